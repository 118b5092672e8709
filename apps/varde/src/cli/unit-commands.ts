import {
  changeHolidays,
  changeOpeningHours,
  changeServices,
  changeUnitOwners,
  endUnitService,
  HOLIDAY_RULES,
  NotFound,
  ORGANISATION_KINDS,
  readUnits,
  readUnitServices,
  saveOrganisation,
  saveUnit,
  saveUnitService,
  UNIT_CARE_LEVELS,
} from '@varde/store';
import type { EntityManager } from 'typeorm';
import { UsageError, type Command } from './command.js';
import { formatHours, formatSpecialDays, parseHours, parseSpecialDays } from './hours.js';
import { COMMUNITY_OPTION, pickCommunity, pickOrganisation, pickUnit } from './pick.js';
import { formatMoment, formatTable } from './printed.js';

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
    'organisation-kind': { type: 'string', value: '<kind>', meaning: `of a new organisation: one of ${ORGANISATION_KINDS.join(', ')}` },
    ...COMMUNITY_OPTION,
  },
  run: async (typed, { manager }) => {
    const name = typed.wordsAt(0, 'the name', 200);
    const careLevel = typed.oneOf('level', UNIT_CARE_LEVELS);
    if (careLevel === null) throw new UsageError(`--level is missing: one of ${UNIT_CARE_LEVELS.join(', ')}`);
    const openingHours = parseHours(typed.text('hours') ?? 'always');
    const zone = typed.text('zone') ?? 'Europe/Oslo';
    const { id: communityId } = await pickCommunity(manager, typed.text('community'));
    const organisation = typed.maybeWords('organisation', 200);
    const known = await pickOrganisation(manager, communityId, organisation);
    const kind = typed.oneOf('organisation-kind', ORGANISATION_KINDS) ?? 'other';
    const id = await manager.transaction(async (tx) => {
      const organisationId = known ?? (await saveOrganisation(tx, { communityId, name: organisation ?? '', kind }));
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

const CHANGE: Command = {
  words: ['unit', 'change'],
  args: '<unit id> [--hours <hours>] [--on-holidays <rule>] [--special-days <days>] [--service <words>]',
  summary: "Change a unit's hours, holidays, special days or services; what is left out stays",
  takes: [1, 1],
  options: {
    hours: { type: 'string', value: '<hours>', meaning: 'always, or like "mon-fri 08:00-15:30; sat 10:00-14:00"' },
    'on-holidays': { type: 'string', value: '<rule>', meaning: `on public holidays: one of ${HOLIDAY_RULES.join(', ')}` },
    'special-days': { type: 'string', value: '<days>', meaning: 'like "2026-12-24 08:00-14:00; 2026-12-31 closed"; empty: none' },
    service: {
      type: 'string',
      multiple: true,
      value: '<words>',
      meaning: 'what it does for people; replaces those before, empty: says nothing of it',
    },
  },
  run: async (typed, { manager, terminal }) => {
    const { id, onHolidays, specialDays } = await pickUnit(manager, typed.id(0, 'the unit'));
    const [hours, days, rule] = [typed.text('hours'), typed.text('special-days'), typed.oneOf('on-holidays', HOLIDAY_RULES)];
    const services = typed.eachWords('service', 200);
    await manager.transaction(async (tx) => {
      if (hours !== null) await changeOpeningHours(tx, id, parseHours(hours), terminal.now());
      if (days !== null || rule !== null) {
        const holidays = { onHolidays: rule ?? onHolidays, specialDays: days === null ? specialDays : parseSpecialDays(days) };
        await changeHolidays(tx, id, holidays, terminal.now());
      }
      if (services !== null) await changeServices(tx, id, services);
    });
    const now = await pickUnit(manager, id);
    return {
      lines: [
        `Unit ${id}: ${now.name}, open ${formatHours(now.openingHours)}`,
        `Public holidays  ${now.onHolidays.replace('_', ' ')}`,
        `Special days     ${formatSpecialDays(now.specialDays) || 'none'}`,
        `Services         ${now.services.join(', ') || 'not said'}`,
      ],
      data: now,
    };
  },
};

async function organisationIdsOf(manager: EntityManager, communityId: number, names: readonly string[]): Promise<number[]> {
  const ids: number[] = [];
  for (const name of names) {
    const id = await pickOrganisation(manager, communityId, name);
    if (id === null) throw new NotFound('organisation', name);
    ids.push(id);
  }
  return ids;
}

const OWNERS: Command = {
  words: ['unit', 'owners'],
  args: '<unit id> [--joint-with <organisation>]',
  summary: 'Let organisations own a unit together with its home, from step 4 of the staircase; without any it is the home’s alone',
  takes: [1, 1],
  options: { 'joint-with': { type: 'string', multiple: true, value: '<organisation>', meaning: 'name of one that owns it too' } },
  run: async (typed, { manager, terminal }) => {
    const { id, communityId } = await pickUnit(manager, typed.id(0, 'the unit'));
    const names = typed.eachWords('joint-with', 200) ?? [];
    await changeUnitOwners(manager, id, await organisationIdsOf(manager, communityId, names), terminal.now());
    const unit = await pickUnit(manager, id);
    return { lines: [`Unit ${id} belongs to ${[unit.organisation, ...names].join(', ')}.`], data: unit };
  },
};

const SERVE: Command = {
  words: ['unit', 'serve'],
  args: '<unit id> --municipality <organisation> [--from <moment>] [--to <moment>]',
  summary: "Enter an agreement: the unit serves a municipality's patients, and the municipality answers for their data",
  takes: [1, 1],
  options: {
    municipality: { type: 'string', value: '<organisation>', meaning: 'its name' },
    from: { type: 'string', value: '<moment>', meaning: 'from when; default now' },
    to: { type: 'string', value: '<moment>', meaning: 'until when; default until it is ended' },
  },
  run: async (typed, { manager, terminal }) => {
    const { id: unitId, communityId } = await pickUnit(manager, typed.id(0, 'the unit'));
    const name = typed.needed('municipality');
    const [organisationId = 0] = await organisationIdsOf(manager, communityId, [name]);
    const now = terminal.now();
    const agreement = { unitId, organisationId, from: typed.moment('from') ?? now, to: typed.moment('to'), enteredByPersonId: null };
    const id = await saveUnitService(manager, agreement, now);
    return { lines: [`Agreement ${id}: unit ${unitId} serves ${name} from ${formatMoment(agreement.from)}.`], data: { id, ...agreement } };
  },
};

const AGREEMENTS: Command = {
  words: ['unit', 'agreements'],
  args: '<unit id>',
  summary: 'List the municipalities a unit serves by agreement',
  takes: [1, 1],
  options: {},
  run: async (typed, { manager }) => {
    const { id } = await pickUnit(manager, typed.id(0, 'the unit'));
    const agreements = await readUnitServices(manager, id);
    const rows = agreements.map((each) => [each.id, each.organisationId, formatMoment(each.from), formatMoment(each.to)]);
    return { lines: formatTable(['ID', 'ORGANISATION', 'FROM', 'TO'], rows), data: agreements };
  },
};

const UNSERVE: Command = {
  words: ['unit', 'unserve'],
  args: '<unit id> <agreement id> [--at <moment>]',
  summary: 'End an agreement; not while patients of the municipality have the unit in their team',
  takes: [2, 2],
  options: { at: { type: 'string', value: '<moment>', meaning: 'when; default now' } },
  run: async (typed, { manager, terminal }) => {
    const agreement = { unitId: typed.id(0, 'the unit'), serviceId: typed.id(1, 'the agreement') };
    const now = terminal.now();
    const at = typed.moment('at') ?? now;
    await endUnitService(manager, agreement, at, now);
    return { lines: [`Agreement ${agreement.serviceId} ends ${formatMoment(at)}.`], data: { ...agreement, at } };
  },
};

/** Commands about units. */
export const UNIT_COMMANDS: readonly Command[] = [ADD, LIST, CHANGE, OWNERS, SERVE, AGREEMENTS, UNSERVE];
