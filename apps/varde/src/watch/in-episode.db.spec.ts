import { findForm, newestQuestionnaire } from '@varde/plans';
import { changeEpisode, inTransaction, readChart, readNextDueAt, saveDevice, savePatient, saveWearer, type Viewer } from '@varde/store';
import { encodeAnswers, type OutgoingReading } from '@varde/wire';
import { randomUUID } from 'node:crypto';
import { makeTestCommunity, makeTestPerson } from '../../../../test/community.js';
import { openTestDatabase, testLog, type TestDatabase } from '../../../../test/engine.js';
import { bare, obs, openTestIngest, wall, type TestHome } from '../../../../test/ingest-rig.js';
import { openCatalogue, openQuestionnaires } from '../catalogue.js';
import { replayPatient } from '../cli/replay-patient.js';
import type { Ingest } from '../ingest/ingest.js';
import type { Log } from '../log.js';
import { tellQuestions } from '../triage/questions.js';
import { lookAtDue, type WatcherParts } from './watcher.js';

/*
 * A patient with COPD by the default schedule, after its first fourteen days: two days a week, daily while an episode is open.
 */
let db: TestDatabase;
let parts: WatcherParts;
let ingest: Ingest;
let home: TestHome;
let nora: Viewer;
const query = <Row>(sql: string, values: unknown[] = []): Promise<Row[]> => db.database.dataSource.query(sql, values);
/** A day and clock of March 2026 in Oslo; the 2nd is a Monday. */
const at = (text: string): Date => new Date(`2026-03-${text}+01:00`);
const JOINED = new Date('2026-02-09T08:00:00+01:00');

beforeAll(async () => {
  db = await openTestDatabase();
  parts = { database: db.database, catalogue: await openCatalogue(), batch: 50, log: testLog as unknown as Log };
  ingest = openTestIngest(db.database, { checkCredentials: false, findForm: findForm(await openQuestionnaires()) }).ingest;
  const { manager } = db.database.dataSource;
  const community = await makeTestCommunity(manager, 'daily', JOINED);
  const { communityId, dhoId } = community;
  const plain = { communityId, name: 'Kari', birthYear: 1950, zone: 'Europe/Oslo', pathwayId: null };
  const patientId = await savePatient(manager, { ...plain, unitIds: [dhoId], programmes: ['copd'] }, JOINED);
  const device = 'OX-1';
  const deviceId = await saveDevice(manager, { communityId, name: device, kind: 'pulse-oximeter', model: null }, JOINED);
  await saveWearer(manager, { deviceId, userSlot: null, patientId, from: JOINED }, JOINED);
  await query(`update scheduled_measurement set from_at = $2 where patient_id = $1 and metric = 'questionnaire:weekly'`, [
    patientId,
    new Date('2027-01-01T00:00:00Z'),
  ]);
  await query(`update patient_watch set due_at = $2 where patient_id = $1`, [patientId, at('02T06:00')]);
  home = { community, patientId, deviceId, device, gateway: 'gw-1' };
  const personId = await makeTestPerson(manager, 'nora', 'nurse', JOINED);
  nora = { personId, username: 'nora', name: 'nora', roles: ['nurse'], unitIds: [dhoId] };
});
afterAll(async () => {
  await ingest.stop();
  await db.close();
});

/** Lets the clock go on: a look whenever one is due. */
async function liveUntil(end: Date): Promise<void> {
  for (;;) {
    const due = await readNextDueAt(db.database.dataSource.manager, 0);
    if (due === null || due > end) return;
    expect(await lookAtDue(parts, due)).toMatchObject({ failed: 0 });
  }
}
async function measure(when: string, ...values: readonly (readonly ['spo2' | 'temperature', number])[]): Promise<void> {
  await liveUntil(at(when));
  const measurements = values.map(([type, value]) => ({ type, value, unit: type === 'spo2' ? '%' : 'Cel' }) as const);
  const reading: OutgoingReading = { kind: 'visit', deviceTime: wall(at(when)), gatewayTime: at(when), measurements };
  await ingest.take(obs(home, [reading], { receivedAt: at(when) }));
  await lookAtDue(parts, at(when));
}
async function answer(when: string): Promise<void> {
  const answers = [
    {
      questionnaire: 'daily',
      version: 1,
      answeredAt: wall(at(when)),
      gatewayTime: at(when),
      items: { dyspnoea_worse: false, cough_worse: false },
    },
  ];
  const device = { id: home.device, idType: 'serial' } as const;
  const payload = encodeAnswers({ messageId: randomUUID(), sentAt: at(when), device, answers });
  await ingest.take(bare(home, `dev/${home.device}/answers`, payload, at(when)));
}
/** When the day's questions are planned, as who asks them is told. */
async function plannedAt(now: Date): Promise<Date | null> {
  const { plan, closelyFollowedFrom } = await readChart(db.database.dataSource.manager, nora, home.patientId, now);
  const questionnaires = await openQuestionnaires();
  expect(newestQuestionnaire(questionnaires, 'daily')).not.toBeNull();
  const told = tellQuestions({ questionnaires, plan, closelyFollowedFrom, recent: [] }, now);
  return told.find(({ questionnaire }) => questionnaire === 'daily')?.plannedAt ?? null;
}
const days = (...wanted: readonly number[]): Promise<(Date | null)[]> => Promise.all(wanted.map((day) => plannedAt(at(`0${day}T07:00`))));
/** What is told of what is missing is told besides. */
const OF_VALUES = `not exists (select from episode e where e.id = episode_id and e.domains = '{silence}')`;
const silences = () =>
  query<{ rule: string; judged: Date }>(
    `select rule_id as rule, judged_at as judged from finding where patient_id = $1 and domain = 'silence' and judged_at >= $2 order by id`,
    [home.patientId, at('02T09:30')],
  );

test('two days a week; an episode asks for every day, is told, and says what is missing; its end asks no more', async () => {
  await answer('02T09:10');
  await measure('02T09:10', ['spo2', 94]);
  expect(await days(2, 3, 4, 5, 6)).toEqual([at('02T09:00'), null, null, at('05T09:00'), null]);

  await measure('02T10:00', ['temperature', 38.4]);
  expect(await days(2, 3, 4, 5, 6)).toEqual([2, 3, 4, 5, 6].map((day) => at(`0${day}T09:00`)));
  const [advice] = await query<{ nb: string; en: string }>(
    `select text_nb as nb, text_en as en from home_advice where patient_id = $1 and kind = 'yellow' and ${OF_VALUES}`,
    [home.patientId],
  );
  expect(advice?.nb).toContain('Mål og svar på spørsmålene hver dag, til du får beskjed om noe annet.');
  expect(advice?.en).toContain('Measure and answer the questions every day, until you are told otherwise.');

  await liveUntil(at('04T12:00'));
  const missing = [
    { rule: 'gen.silence.reminder', judged: at('03T13:00') },
    { rule: 'gen.silence.service', judged: at('04T11:00') },
  ];
  expect((await silences()).filter(({ judged }) => judged > at('02T12:00'))).toEqual(missing);

  const [episode] = await query<{ id: string }>(`select id from episode where patient_id = $1 and domains = '{infection}'`, [
    home.patientId,
  ]);
  const act = { kind: 'close', outcome: 'treated_at_home', note: '' } as const;
  await inTransaction(db.database.dataSource, (tx) =>
    changeEpisode(tx, nora, { episodeId: Number(episode?.id), seenVersion: null, act }, at('04T12:30')),
  );
  await liveUntil(at('04T12:31'));
  expect(await days(4, 5, 6)).toEqual([null, at('05T09:00'), null]);
  const steps = await query<{ en: string; at: Date }>(
    `select reason_en as en, at from episode_step where kind = 'cleared' and reason_en like '%Not expected any more%'`,
  );
  expect(steps.map((step) => step.at)).toEqual([at('04T12:30'), at('04T12:30')]);
  expect(steps.map(({ en }) => en.split('.')[0])).toEqual(['Clear: Planned measurement missing', expect.stringMatching(/^Clear: No data/)]);
});

test('one that comes back asks from then on; when it closes by itself the patient is told that the usual days are back', async () => {
  await measure('05T09:05', ['spo2', 94], ['temperature', 38.4]);
  expect(await days(5, 6, 7)).toEqual([5, 6, 7].map((day) => at(`0${day}T09:00`)));
  const before = (await silences()).length;
  await liveUntil(at('06T12:59'));
  // The questions of Thursday alone: nothing of the days on which it was closed.
  expect((await silences()).slice(before)).toEqual([{ rule: 'gen.silence.reminder', judged: at('05T13:00') }]);
  await measure('07T15:00', ['temperature', 36.9]);
  await measure('07T15:10', ['temperature', 36.9]);
  expect(await days(7, 8, 9)).toEqual([null, null, at('09T09:00')]);
  const told = await query<{ nb: string; at: Date }>(
    `select text_nb as nb, advised_at as at from home_advice where patient_id = $1 and kind = 'green' and ${OF_VALUES}`,
    [home.patientId],
  );
  expect(told).toEqual([{ nb: 'Du kan gå tilbake til de vanlige dagene for målinger og spørsmål.', at: at('07T15:10') }]);
});

test('a replay comes to the same, silence and its end too', async () => {
  await liveUntil(at('08T08:00'));
  const { differences, looks } = await replayPatient(db.database.dataSource.manager, parts.catalogue, home.patientId, {
    from: null,
    to: null,
  });
  expect(differences).toEqual([]);
  expect(looks).toBeGreaterThan(5);
});
