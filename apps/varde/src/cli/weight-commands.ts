import { findForm } from '@varde/plans';
import { WHOSE_WEIGHT } from '@varde/rules';
import { readWeighing } from '@varde/store';
import { randomUUID } from 'node:crypto';
import { Registry } from 'prom-client';
import { openQuestionnaires } from '../catalogue.js';
import { enterThrough } from '../enter-through.js';
import { enterAnswers } from '../entering/enter-answers.js';
import { createIngest } from '../ingest/ingest.js';
import { openLog } from '../log.js';
import { actingPerson, askOwnPassword, PERSON_OPTIONS, refuseOtherRoles } from './acting-person.js';
import { UsageError, type Command } from './command.js';

const WHOSE: Command = {
  words: ['weight', 'whose'],
  args: '<measurement> yes|no --by <username>',
  summary: 'Enter whether it was the patient who stood on the scale: yes, and the weight counts; no, and it is left out',
  takes: [2, 2],
  options: {
    'answered-by': { type: 'string', value: '<who>', meaning: 'patient, carer or nurse: whose word it is; default patient' },
    ...PERSON_OPTIONS,
  },
  askFirst: askOwnPassword,
  run: async (typed, bench) => {
    const { database, manager, terminal } = bench;
    const measurementId = typed.bigId(0, 'the measurement');
    const word = typed.word(1, 'yes or no');
    if (word !== 'yes' && word !== 'no') throw new UsageError('say whether it was the patient: yes or no');
    const answeredBy = typed.oneOf('answered-by', ['patient', 'carer', 'nurse'] as const) ?? 'patient';
    const person = await actingPerson(typed, bench);
    refuseOtherRoles(person, ['nurse', 'physician']);
    const { patientId } = await readWeighing(manager, measurementId, null);
    const questionnaires = await openQuestionnaires();
    const forms = findForm(questionnaires);
    const around = { database, log: openLog('silent'), metrics: new Registry(), publishAck: () => undefined, now: terminal.now };
    const ingest = createIngest({ ...around, findForm: forms });
    try {
      const items = { [WHOSE_WEIGHT.about]: measurementId, [WHOSE_WEIGHT.isMine]: word === 'yes' };
      const given = { patientId, key: randomUUID(), questionnaire: WHOSE_WEIGHT.questionnaire, version: null, answeredBy, at: null, items };
      const kept = await enterAnswers(
        { manager, enter: enterThrough(ingest), findForm: forms, questionnaires },
        person,
        given,
        terminal.now(),
      );
      const what = word === 'yes' ? "is the patient's and counts" : "is not the patient's and is left out";
      return { lines: [`Weighing ${measurementId} of patient ${patientId} ${what}.`], data: { ...kept, patientId, about: measurementId } };
    } finally {
      await ingest.stop();
    }
  },
};

/** Commands about whose a weight is. */
export const WEIGHT_COMMANDS: readonly Command[] = [WHOSE];
