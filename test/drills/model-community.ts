import {
  DEFAULT_PATHWAY,
  dutyOfWeeks,
  teamOf,
  unitOf,
  type CareLevel,
  type Cooperation,
  type Duty,
  type OpeningHours,
  type Pathway,
  type Route,
  type StaircaseStep,
  type Team,
  type Unit,
  type WeeklyDuty,
} from '@varde/routing';

/**
 * The community of the ownership model: three organisations, five units, eleven persons, of whom two work in two organisations. Fictitious.
 * Every world gets its own hours, rosters with holes, and steps of the staircase from its numbers.
 */

/** Draws from a list, or a whole number below a limit. */
export interface Chance {
  below(limit: number): number;
  of<T>(list: readonly T[]): T;
  isOneIn(count: number): boolean;
}

/** Numbers that look random and are the same for the same seed. */
export function chanceOf(seed: number): Chance {
  let state = (Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (limit: number) => next() % limit;
  return {
    below,
    isOneIn: (count) => below(count) === 0,
    of: (list) => {
      const chosen = list[below(list.length)];
      if (chosen === undefined) throw new RangeError('nothing to choose from');
      return chosen;
    },
  };
}

/** Somebody who acts, and for which units. */
export interface Person {
  readonly id: number;
  readonly unitIds: readonly number[];
}

/** Units by number, as they are in {@link Community}. */
export const UNIT = { north: 1, south: 2, gp: 3, legevakt: 4, clinic: 5 } as const;
const ORGANISATION = { north: 1, south: 2, trust: 3 } as const;

/** Who works where: one position is shared between north and the clinic, one between north and south. */
export const PEOPLE: readonly Person[] = [
  ...[11, 12].map((id) => ({ id, unitIds: [UNIT.north] })),
  ...[21, 22].map((id) => ({ id, unitIds: [UNIT.south] })),
  ...[31, 32].map((id) => ({ id, unitIds: [UNIT.gp] })),
  { id: 41, unitIds: [UNIT.legevakt] },
  ...[51, 52].map((id) => ({ id, unitIds: [UNIT.clinic] })),
  { id: 61, unitIds: [UNIT.north, UNIT.clinic] },
  { id: 62, unitIds: [UNIT.north, UNIT.south] },
];

const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];
const WORKDAYS = [1, 2, 3, 4, 5];
const hours = (weekdays: readonly number[], from: string, to: string): OpeningHours => ({ weekdays, from, to });
const OFFICE = [hours(WORKDAYS, '08:00', '15:30')];
const DAYS_AND_SATURDAY = [hours(WORKDAYS, '07:30', '21:00'), hours([6], '10:00', '16:00')];
const NIGHTS = [hours(EVERY_DAY, '21:00', '07:30'), hours([6, 7], '00:00', '24:00')];
const ALWAYS = [hours(EVERY_DAY, '00:00', '24:00')];

const line = (personId: number, kind: Duty['kind'], when: OpeningHours, everyWeeks = 1): WeeklyDuty => ({
  ...{ personId, kind, everyWeeks },
  ...when,
});

/** Rosters that a unit may have; null keeps none. The last but one has holes, the last is empty. */
const ROSTERS: Readonly<Record<number, readonly (readonly WeeklyDuty[] | null)[]>> = {
  [UNIT.north]: [
    [11, 12, 61].map((id, index) => line(id, 'shift', hours(WORKDAYS, ['08:00', '10:00', '12:00'][index] ?? '', '21:00'))),
    null,
    [line(11, 'shift', hours([1, 3], '08:00', '15:30'), 2), line(12, 'on_call', hours([5], '15:30', '23:00'))],
    [],
  ],
  [UNIT.south]: [
    null,
    [line(21, 'shift', hours(EVERY_DAY, '08:00', '16:00')), line(22, 'on_call', hours(EVERY_DAY, '16:00', '08:00'))],
    [],
  ],
  [UNIT.gp]: [null, [line(31, 'shift', hours([1, 2, 4], '08:00', '15:00'))], []],
  [UNIT.legevakt]: [
    [line(41, 'on_call', hours(EVERY_DAY, '15:30', '08:00'))],
    null,
    [line(41, 'shift', hours([6, 7], '08:00', '24:00'), 2)],
    [],
  ],
  [UNIT.clinic]: [[line(51, 'shift', hours(WORKDAYS, '07:00', '15:00')), line(52, 'on_call', hours([6, 7], '00:00', '24:00'))], null, []],
};

const LEVEL: Readonly<Record<number, CareLevel>> = {
  ...{ [UNIT.north]: 'dho', [UNIT.south]: 'dho', [UNIT.gp]: 'gp' },
  ...{ [UNIT.legevakt]: 'legevakt', [UNIT.clinic]: 'hospital_outpatient' },
};

const OWNERS: Readonly<Record<number, readonly number[]>> = {
  [UNIT.north]: [ORGANISATION.north],
  [UNIT.south]: [ORGANISATION.south],
  [UNIT.gp]: [ORGANISATION.north],
  // A joint service: two municipalities own it.
  [UNIT.legevakt]: [ORGANISATION.north, ORGANISATION.south],
  [UNIT.clinic]: [ORGANISATION.trust],
};

/** How long a roster is known ahead, as a look is given it: this week and the three that follow. */
const WEEKS_KNOWN = 4;
const WEEK_MS = 7 * 86_400_000;

/** One health community on its way through time. */
export class Community {
  private readonly hoursOf: ReadonlyMap<number, readonly OpeningHours[]>;
  private readonly rosterOf = new Map<number, number>();
  private readonly made = new Map<string, Unit>();
  private now: { readonly key: string; readonly team: Team } | null = null;
  readonly pathways: readonly Pathway[];

  constructor(chance: Chance) {
    this.hoursOf = new Map<number, readonly OpeningHours[]>([
      [UNIT.north, chance.of([OFFICE, DAYS_AND_SATURDAY, ALWAYS])],
      [UNIT.south, chance.of([OFFICE, DAYS_AND_SATURDAY])],
      [UNIT.gp, OFFICE],
      [UNIT.legevakt, chance.of([NIGHTS, ALWAYS, []])],
      [UNIT.clinic, chance.of([OFFICE, []])],
    ]);
    for (const id of Object.values(UNIT)) this.changeRoster(id, chance);
    this.pathways = [1, 2].map((version) => pathwayOf(version, chance));
  }

  /** Sickness, a roster written anew, a unit whose duty is thinned out. */
  changeRoster(unitId: number, chance: Chance): void {
    this.rosterOf.set(unitId, chance.below(ROSTERS[unitId]?.length ?? 1));
    this.now = null;
  }

  /** A unit as a look at `nowMs` is given it: its roster is cut to whole weeks, so it changes once a week. */
  unit(id: number, nowMs: number): Unit {
    const monday = mondayOf(nowMs);
    const roster = this.rosterOf.get(id) ?? 0;
    const key = `${id}/${roster}/${monday}`;
    const known = this.made.get(key);
    if (known) return known;
    const pattern = ROSTERS[id]?.[roster] ?? null;
    const duty = pattern === null ? null : dutyOfWeeks('Europe/Oslo', pattern, { fromDay: monday - WEEK_MS, weeks: WEEKS_KNOWN + 1 });
    const made = unitOf({
      ...{ id, name: `unit ${id}`, careLevel: LEVEL[id] ?? 'dho', zone: 'Europe/Oslo', openingHours: this.hoursOf.get(id) ?? [] },
      ...{ duty, organisationIds: OWNERS[id] ?? [], onHolidays: id === UNIT.legevakt ? 'as_sunday' : 'closed' },
    });
    this.made.set(key, made);
    return made;
  }

  /** The team of somebody who lives in one of the municipalities. */
  team(unitIds: readonly number[], about: Pick<Team, 'municipalityId' | 'responsibleUnitId'>, nowMs: number): Team {
    const monday = mondayOf(nowMs);
    const key = `${monday}/${about.municipalityId}/${unitIds.join()}`;
    if (this.now?.key === key) return this.now.team;
    const units = unitIds.map((id) => this.unit(id, nowMs));
    const team = teamOf(units, { ...about, programmes: ['copd'] });
    this.now = { key, team };
    return team;
  }
}

function mondayOf(nowMs: number): number {
  const day = Math.floor(nowMs / 86_400_000);
  // Day 0 of the epoch was a Thursday.
  return (day - ((day + 3) % 7)) * 86_400_000;
}

function pathwayOf(version: number, chance: Chance): Pathway {
  const pairs: readonly (readonly [number, number])[] = [
    [ORGANISATION.north, ORGANISATION.south],
    [ORGANISATION.north, ORGANISATION.trust],
    [ORGANISATION.south, ORGANISATION.trust],
  ];
  const cooperations = pairs.map((organisationIds): Cooperation => {
    const step = chance.of<StaircaseStep>([1, 2, 3, 4, 5, 6]);
    return { organisationIds, step, programme: step === 5 ? chance.of(['copd', 'hf']) : null };
  });
  return { ...DEFAULT_PATHWAY, id: 1, version, cooperations, routes: [...chance.of(ROUTES), ...DEFAULT_PATHWAY.routes] };
}

const night: Route = {
  ...{ severity: 'red', when: { hours: [hours(EVERY_DAY, '20:00', '08:00')] }, first: ['legevakt', 'dho'], acknowledgementMin: 60 },
  ladder: [
    { afterMin: 0, openingHoursClock: false, careLevel: 'legevakt', to: 'on call' },
    { afterMin: 20, openingHoursClock: false, careLevel: 'hospital_outpatient', to: 'clinic on call' },
  ],
};
const clinical: Route = {
  ...{
    severity: 'critical',
    when: { responsibleLevels: ['hospital_outpatient'] },
    first: ['responsible', 'dho'],
    acknowledgementMin: null,
  },
  ladder: [
    { afterMin: 0, openingHoursClock: false, careLevel: 'responsible', to: 'clinic' },
    { afterMin: 10, openingHoursClock: false, careLevel: 'dho', to: 'follow-up' },
    { afterMin: 20, openingHoursClock: false, careLevel: 'legevakt', to: 'out of hours' },
  ],
};
/** Routes of a community's own before those of the catalogue. */
const ROUTES: readonly (readonly Route[])[] = [[], [night], [clinical], [night, clinical]];
