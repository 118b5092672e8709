import { readLoggedPatients } from '@varde/store';
import { openCatalogue } from '../catalogue.js';
import { UsageError, type Command } from './command.js';
import { knownPatient } from './pick.js';
import { replayPatient, type PatientReplay } from './replay-patient.js';

const PAGE = 500;
/** Differences that are told one by one; the rest is counted. */
const TOLD_MAX = 200;

/** What was stored does not come again. */
class ReplayDiffers extends Error {
  override readonly name = 'ReplayDiffers';
}

/** `varde replay`: the same findings and episodes from the same log, bit for bit. */
export const REPLAY: Command = {
  words: ['replay'],
  args: '--patient <id> | --all [--from <moment>] [--to <moment>]',
  summary: 'Repeat all looks from the log and compare findings and episodes with what is stored, bit for bit; changes nothing',
  takes: [0, 0],
  options: {
    patient: { type: 'string', value: '<id>', meaning: 'only this patient' },
    all: { type: 'boolean', meaning: 'every patient' },
    from: { type: 'string', value: '<moment>', meaning: 'compare only what was judged or opened from here on' },
    to: { type: 'string', value: '<moment>', meaning: 'compare only what was judged or opened up to here' },
  },
  run: async (typed, { manager, terminal }) => {
    const patientId = typed.whole('patient');
    if ((patientId === null) === !typed.has('all')) throw new UsageError('replay takes either --patient <id> or --all');
    await knownPatient(manager, patientId);
    const compared = { from: typed.moment('from'), to: typed.moment('to') };
    const catalogue = await openCatalogue();
    const replays: PatientReplay[] = [];
    const told: string[] = [];
    let after = 0;
    for (;;) {
      const ids = patientId === null ? await readLoggedPatients(manager, after, PAGE) : [patientId];
      for (const id of ids) {
        const one = await replayPatient(manager, catalogue, id, compared);
        replays.push(one);
        told.push(...linesOf(one));
      }
      after = ids.at(-1) ?? after;
      if (patientId !== null || ids.length < PAGE) break;
    }
    const lines = [
      ...told.slice(0, TOLD_MAX),
      ...(told.length > TOLD_MAX ? [`and ${told.length - TOLD_MAX} more`] : []),
      summaryOf(replays),
    ];
    const differences = replays.reduce((sum, each) => sum + each.differences.length, 0);
    if (differences === 0) return { lines, data: { replays } };
    for (const line of typed.has('json') ? [JSON.stringify({ replays }, null, 2)] : lines) terminal.say(line);
    throw new ReplayDiffers(
      `${differences} ${differences === 1 ? 'difference' : 'differences'} between what is stored and what comes again`,
    );
  },
};

function linesOf({ patientId, impossible, differences }: PatientReplay): string[] {
  if (impossible !== null) return [`patient ${patientId} ${impossible}`];
  return differences.map((difference) => `patient ${patientId}: ${difference}`);
}

function summaryOf(replays: readonly PatientReplay[]): string {
  const sum = (of: (each: PatientReplay) => number): number => replays.reduce((total, each) => total + of(each), 0);
  const done = replays.filter(({ impossible }) => impossible === null);
  const differences = sum((each) => each.differences.length);
  return (
    `${done.length} of ${replays.length} patients repeated: ${sum((each) => each.looks)} looks, ${sum((each) => each.findings)} findings, ` +
    `${sum((each) => each.episodes)} episodes, ${differences === 0 ? 'no difference' : `${differences} different`}`
  );
}
