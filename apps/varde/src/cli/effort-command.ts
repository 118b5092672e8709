import { readEffort } from '@varde/store';
import type { Command } from './command.js';
import { knownUnit } from './pick.js';
import { formatTable } from './printed.js';

const DAY_MS = 86_400_000;

/** What a unit costs and gives each organisation whose people work in it. */
export const EFFORT: Command = {
  words: ['unit', 'effort'],
  args: '[--unit <id>] [--days <n>]',
  summary: 'Tell what people did about the episodes of each unit, by the organisation that employs them',
  takes: [0, 0],
  options: {
    unit: { type: 'string', value: '<id>', meaning: 'only this one; default every unit' },
    days: { type: 'string', value: '<n>', meaning: 'in the last so many days; default 28' },
  },
  run: async (typed, { manager, terminal }) => {
    const to = terminal.now();
    const from = new Date(to.getTime() - typed.days(28) * DAY_MS);
    const unitId = await knownUnit(manager, typed.whole('unit'));
    const effort = await readEffort(manager, { unitId, from, to });
    const rows = effort.map(({ unit, organisation, isOwner, acts, taken, minutes, closed, worth }) => [
      ...[unit, organisation, isOwner ? 'yes' : 'no', acts, taken, minutes, closed, worth],
    ]);
    return { lines: formatTable(['UNIT', 'ORGANISATION', 'OWNS IT', 'ACTS', 'TAKEN', 'MINUTES', 'CLOSED', 'TRUE'], rows), data: effort };
  },
};
