import { readUnits, saveOrganisation, saveUnit, UNIT_CARE_LEVELS } from '@varde/store';
import { UsageError, type Command } from './command.js';
import { formatHours, parseHours } from './hours.js';
import { COMMUNITY_OPTION, pickCommunity, pickOrganisation } from './pick.js';
import { formatTable } from './printed.js';

const ADD: Command = {
  words: ['unit', 'add'],
  args: '<name> --level <care level> [--hours <hours>] [--organisation <name>]',
  summary: 'Add a unit; its organisation is added when it is new',
  takes: [1, 1],
  options: {
    level: { type: 'string', value: '<care level>', meaning: `one of ${UNIT_CARE_LEVELS.join(', ')}` },
    hours: { type: 'string', value: '<hours>', meaning: 'always (the default), or like "mon-fri 08:00-15:30; sat 10:00-14:00"' },
    zone: { type: 'string', value: '<zone>', meaning: 'time zone of the hours; default Europe/Oslo' },
    organisation: { type: 'string', value: '<name>', meaning: 'not needed while there is only one' },
    ...COMMUNITY_OPTION,
  },
  run: async (typed, { manager }) => {
    const name = typed.word(0, 'the name');
    const careLevel = typed.oneOf('level', UNIT_CARE_LEVELS);
    if (careLevel === null) throw new UsageError(`--level is missing: one of ${UNIT_CARE_LEVELS.join(', ')}`);
    const openingHours = parseHours(typed.text('hours') ?? 'always');
    const zone = typed.text('zone') ?? 'Europe/Oslo';
    const { id: communityId } = await pickCommunity(manager, typed.text('community'));
    const organisation = typed.text('organisation');
    const known = await pickOrganisation(manager, communityId, organisation);
    const id = await manager.transaction(async (tx) => {
      const organisationId = known ?? (await saveOrganisation(tx, { communityId, name: organisation ?? '' }));
      return saveUnit(tx, { organisationId, name, careLevel, zone, openingHours, webhook: null });
    });
    return {
      lines: [`Unit ${id}: ${name} (${careLevel}), open ${formatHours(openingHours)}`],
      data: { id, name, careLevel, openingHours },
    };
  },
};

const LIST: Command = {
  words: ['unit', 'list'],
  args: '',
  summary: 'List the units',
  takes: [0, 0],
  options: {},
  run: async (_, { manager }) => {
    const units = await readUnits(manager);
    const rows = units.map((unit) => [unit.id, unit.organisation, unit.name, unit.careLevel, formatHours(unit.openingHours)]);
    return { lines: formatTable(['ID', 'ORGANISATION', 'NAME', 'LEVEL', 'OPEN'], rows), data: units };
  },
};

/** Commands about units. */
export const UNIT_COMMANDS: readonly Command[] = [ADD, LIST];
