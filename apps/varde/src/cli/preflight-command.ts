import { problemWords, stretchWords } from '@varde/routing';
import { readPreflight } from '@varde/store';
import type { Command } from './command.js';
import { everyUnit } from './limit-commands.js';
import { knownPatient, knownUnit } from './pick.js';
import { formatMoment, formatTable } from './printed.js';

/** `varde preflight`: where somebody would find nobody in the next 14 days. */
export const PREFLIGHT: Command = {
  words: ['preflight'],
  args: '[<unit>]',
  summary: 'List the holes of the next 14 days: who would find nobody at which step, and when',
  takes: [0, 1],
  options: { patient: { type: 'string', value: '<id>', meaning: 'only those that concern this patient' } },
  run: async (typed, { manager, terminal }) => {
    const unitId = typed.positionals.length > 0 ? typed.id(0, 'the unit') : null;
    const patientId = await knownPatient(manager, typed.whole('patient'));
    const question = { unitId: await knownUnit(manager, unitId), patientId };
    const { walkedAt, holes } = await readPreflight(manager, await everyUnit(manager), question, terminal.now());
    // Without names, as the list of patients.
    const data = { walkedAt, holes: holes.map(({ patients, ...hole }) => ({ ...hole, patientIds: patients.map(({ id }) => id) })) };
    if (walkedAt === null) return { lines: ['Nobody has looked yet: a running service does, within seconds of a change and daily.'], data };
    const rows = holes.map((hole) => [
      ...[hole.leadUnit, hole.unit ?? hole.careLevel, problemWords(hole.problem).en],
      ...[stretchWords(hole, hole.zone).en, hole.patientCount],
    ]);
    const seen = `Looked ${formatMoment(walkedAt)}.`;
    if (holes.length === 0) return { lines: [`${seen} No hole in the next 14 days.`], data };
    return { lines: [seen, ...formatTable(['TEAM LEAD OF', 'WHERE', 'PROBLEM', 'WHEN AND AT WHICH STEP', 'PATIENTS'], rows)], data };
  },
};
