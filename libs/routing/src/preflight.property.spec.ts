import { ladderStepKey, NEVER_OFFERED, type Episode } from '@varde/alerts';
import { SEVERITIES, type Severity } from '@varde/rules';
import { DEFAULT_DEADLINES } from './default-pathway.js';
import { dueLadderSteps, unitsOfStep } from './ladder.js';
import { isOpen } from './opening-hours.js';
import { chooseOwner, routeOf } from './owner.js';
import type { LadderStep, Pathway, Route } from './pathway.js';
import { CONTACT_TESTED_DAYS, findHoles, type Hole, type HoleProblem, type Known } from './preflight.js';
import { teamOf, unitOf, type CareLevel, type Contact, type Duty, type OpeningHours, type Team, type Unit } from './unit.js';

/** Everything below falls on whole hours, so that walking hour by hour misses nothing. */
const SLOT_MS = 3_600_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SEEDS = 100;
/** Monday 00:00 in Oslo, three weeks before clocks go forward, and the Monday before that night. */
const MONDAYS = ['2026-03-02T00:00:00+01:00', '2026-03-23T00:00:00+01:00', '2026-10-19T00:00:00+02:00', '2026-05-11T00:00:00+02:00'];
const PERIOD_DAYS = 2;

/** A small generator of its own (mulberry32): a seed that fails is run again by its number. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

interface Community {
  readonly pathway: Pathway;
  readonly units: readonly Unit[];
  readonly known: Known;
  readonly period: { readonly from: Date; readonly to: Date };
}

const step = (afterMin: number, careLevel: LadderStep['careLevel'], openingHoursClock = false): LadderStep => ({
  ...{ afterMin, careLevel, openingHoursClock },
  to: `${careLevel} after ${afterMin}`,
});
const ladderRoute = (severity: Severity, first: Route['first'], ladder: readonly LadderStep[]): Route => ({
  ...{ severity, first, ladder },
  acknowledgementMin: 120,
});

function pathwayOf(endsWithAdvice: boolean): Pathway {
  const urgent = { endsWithAdvice };
  return {
    ...{ id: 1, version: 1, cooperations: [], deadlines: DEFAULT_DEADLINES },
    routes: [
      ladderRoute('info', ['dho'], []),
      ladderRoute('yellow', ['dho'], [step(0, 'dho', true), step(240, 'dho', true), { ...step(0, 'gp', true), serviceDays: 1 }]),
      {
        ...ladderRoute('red', ['dho', 'gp', 'legevakt'], [step(0, 'dho'), step(60, 'dho'), step(120, 'gp'), step(180, 'legevakt')]),
        ...urgent,
      },
      { ...ladderRoute('critical', ['dho', 'legevakt'], [step(0, 'dho'), step(60, 'legevakt'), step(120, 'home_nursing')]), ...urgent },
    ],
  };
}

const hours = (from: string, to: string, weekdays = [1, 2, 3, 4, 5, 6, 7]): OpeningHours[] => [{ weekdays, from, to }];

// Asked often: a formatter made anew each time would cost more than all the rest.
const CLOCK = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Oslo', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
/** What clocks show, such as `07:00`. */
const shown = (at: Date): string => CLOCK.format(at);

/** Local midnight so many days after a Monday; the nights when clocks change have been counted. */
function midnight(monday: Date, days: number): number {
  const about = monday.getTime() + days * DAY_MS;
  const hour = Number(shown(new Date(about)).slice(0, 2));
  return hour === 0 ? about : hour > 12 ? about + HOUR_MS : about - HOUR_MS;
}

/** Somebody every day from one hour to another, from a week before to a week after the period. */
function daily(monday: Date, personId: number, kind: Duty['kind'], [from, to]: readonly [number, number]): Duty[] {
  return Array.from({ length: PERIOD_DAYS + 18 }, (_, index) => index - 8).map((day) => ({
    ...{ personId, kind, from: new Date(midnight(monday, day) + from * HOUR_MS) },
    to: new Date(to > 24 ? midnight(monday, day + 1) + (to - 24) * HOUR_MS : midnight(monday, day) + to * HOUR_MS),
  }));
}

/** A community where every step of every ladder finds somebody at every hour, in one of several ways. */
function fullCommunity(roll: (below: number) => number): Community {
  const monday = new Date(MONDAYS[roll(MONDAYS.length)]!);
  const tested: Contact = { id: 1, channel: 'sms', personId: null, testedAt: new Date(monday.getTime() - 10 * DAY_MS) };
  const onCall = roll(2) === 0;
  const ofUnit = (id: number, careLevel: CareLevel, openingHours: readonly OpeningHours[], more: Partial<Unit> = {}): Unit =>
    unitOf({ id, name: `${careLevel} ${id}`, careLevel, zone: 'Europe/Oslo', openingHours, ...more });
  const duty = onCall
    ? [...daily(monday, 1, 'shift', [7, 16]), ...daily(monday, 2, 'on_call', [16, 31])]
    : daily(monday, 1, 'shift', [7, 16]);
  const dho = ofUnit(1, 'dho', hours('07:00', '16:00'), {
    duty: roll(4) === 0 ? null : duty,
    contacts: [{ ...tested, personId: roll(2) === 0 ? 2 : null }],
  });
  const gp = ofUnit(2, 'gp', hours('08:00', '15:00', roll(2) === 0 ? [1, 2, 3, 4, 5] : undefined), {
    onHolidays: roll(2) === 0 ? 'closed' : 'as_usual',
  });
  const nights = [...daily(monday, 5, 'on_call', [0, 12]), ...daily(monday, 6, 'on_call', [12, 24])];
  const legevakt =
    roll(2) === 0
      ? ofUnit(3, 'legevakt', hours('00:00', '24:00'))
      : ofUnit(3, 'legevakt', hours('16:00', '23:00'), { duty: nights, contacts: [tested] });
  const home = ofUnit(4, 'home_nursing', hours('00:00', '24:00'));
  const from = new Date(monday.getTime() + roll(24) * SLOT_MS);
  return {
    pathway: pathwayOf(roll(3) === 0),
    units: roll(2) === 0 ? [dho, gp, legevakt, home] : [dho, gp, legevakt],
    known: { staff: new Map(), contactTestedDays: CONTACT_TESTED_DAYS },
    period: { from, to: new Date(from.getTime() + PERIOD_DAYS * DAY_MS) },
  };
}

/** Takes one thing away. */
function remove(community: Community, roll: (below: number) => number): Community {
  const { units, known, period } = community;
  const index = roll(units.length);
  const unit = units[index]!;
  const change = (changed: Partial<Unit>): Community => ({
    ...community,
    units: units.map((each, at) => (at === index ? { ...each, ...changed } : each)),
  });
  switch (roll(6)) {
    case 0:
      return { ...community, known: { ...known, staff: new Map([...known.staff, [unit.id, { people: 0, leads: 0 }]]) } };
    case 1: {
      const testedAt =
        roll(2) === 0 ? null : new Date(period.from.getTime() - CONTACT_TESTED_DAYS * DAY_MS + roll(PERIOD_DAYS * 24) * SLOT_MS);
      return change({ contacts: unit.contacts.map((contact) => ({ ...contact, testedAt })) });
    }
    case 2: {
      const opens = roll(16);
      const text = (hour: number) => `${String(hour).padStart(2, '0')}:00`;
      return change({
        openingHours: hours(
          text(opens),
          text(opens + 1 + roll(8)),
          [1, 2, 3, 4, 5, 6, 7].filter(() => roll(4) > 0),
        ),
      });
    }
    case 3:
      return units.length > 1 ? { ...community, units: units.filter((_, at) => at !== index) } : community;
    default: {
      const inPeriod = (unit.duty ?? []).filter(({ from, to }) => to > period.from && from < period.to);
      const gone = inPeriod[roll(Math.max(1, inPeriod.length))];
      return gone ? change({ duty: (unit.duty ?? []).filter((each) => each !== gone) }) : community;
    }
  }
}

/** `severity step problem unit`, by the hour in which a step finds it. */
type Slots = Set<string>;
interface AtSlot {
  readonly number: number;
  readonly problem: HoleProblem;
  readonly unitId: number | null;
  readonly slot: number;
}
const slotName = (severity: Severity, { number, problem, unitId, slot }: AtSlot): string =>
  `${severity} ${number} ${problem} ${unitId} ${new Date(slot).toISOString()}`;

function slotsOf(holes: readonly Hole[]): Slots {
  const slots = new Set<string>();
  for (const { severity, step: at, problem, unitId, fromAt, toAt } of holes) {
    for (let slot = Math.ceil(fromAt.getTime() / SLOT_MS) * SLOT_MS; slot < toAt.getTime(); slot += SLOT_MS) {
      slots.add(slotName(severity, { number: at.number, problem, unitId, slot }));
    }
  }
  return slots;
}

/** The same by brute force: an episode every hour, looked at every hour, and every moment asked from the rosters as written. */
function bruteForce(community: Community): Slots {
  const { units, period } = community;
  const slots = new Set<string>();
  const team = teamOf(units);
  const starts: Date[] = [];
  for (let start = period.from.getTime() - DAY_MS; start < period.to.getTime(); start += SLOT_MS) starts.push(new Date(start));
  for (const severity of SEVERITIES) {
    const faults = starts.flatMap((start) => faultsFrom(community, team, severity, start));
    const within = faults.filter(({ slot }) => slot >= period.from.getTime() && slot < period.to.getTime());
    for (const { index, ...fault } of within) slots.add(slotName(severity, { number: index + 1, ...fault }));
  }
  return slots;
}

interface SlotFault {
  readonly slot: number;
  readonly index: number;
  readonly problem: HoleProblem;
  readonly unitId: number | null;
}

function faultsFrom({ pathway, known }: Community, team: Team, severity: Severity, start: Date): SlotFault[] {
  const route = routeOf(pathway, severity, team, start);
  const { ladder } = route;
  if (ladder.length === 0) return [];
  if (team.units.length === 0) return [{ slot: start.getTime(), index: 0, problem: 'no_unit', unitId: null }];
  const owner = team.units.find(({ id }) => id === chooseOwner(pathway, team, severity, start).unitId)!;
  const called = (index: number) => (index === 0 ? [owner, ...unitsOfStep(ladder[0]!, team)] : unitsOfStep(ladder[index]!, team));
  const faults: SlotFault[] = [];
  let episode = episodeFrom(severity, owner.id, start);
  for (let slot = start.getTime(); slot < start.getTime() + 12 * DAY_MS; slot += SLOT_MS) {
    if (!episode.nextStepAt || slot < episode.nextStepAt.getTime()) continue;
    const now = new Date(slot);
    const climb = dueLadderSteps(episode, pathway, team, now);
    if (!climb) break;
    const told = new Map(climb.notices.map(({ key, unitId }) => [key, unitId]));
    const before = faults.length;
    const last = climb.unreached ? ladder.length : climb.ladderStepsTaken;
    for (let index = episode.ladderStepsTaken; index < last; index++) {
      const unitId = told.get(ladderStepKey(episode, index));
      const fault = problemAt(
        called(index),
        team.units.find(({ id }) => id === unitId),
        now,
        { known, isYellow: severity === 'yellow' },
      );
      if (fault) faults.push({ slot, index, ...fault });
    }
    if (climb.unreached && faults.length === before && !route.endsWithAdvice) faults.push({ slot, ...endOf(ladder, called, owner) });
    if (climb.unreached || last >= ladder.length) break;
    episode = { ...episode, ladderStepsTaken: climb.ladderStepsTaken, nextStepAt: climb.nextStepAt };
  }
  return faults;
}

function problemAt(
  called: readonly Unit[],
  told: Unit | undefined,
  at: Date,
  { known, isYellow }: { readonly known: Known; readonly isYellow: boolean },
): { problem: HoleProblem; unitId: number } | null {
  const isEmpty = (unit: Unit) => known.staff.get(unit.id)?.people === 0;
  const onNow = (unit: Unit, kind: Duty['kind'], when = at) =>
    (unit.duty ?? []).filter((each) => each.kind === kind && each.from <= when && when < each.to);
  if (!told) {
    const missed = called.find(
      (unit) => isOpen(unit, at) || [-7, 7].some((days) => onNow(unit, 'on_call', sameClock(at, days)).length > 0),
    );
    return missed ? { problem: isEmpty(missed) ? 'empty_unit' : 'nobody_on_duty', unitId: missed.id } : null;
  }
  if (isEmpty(told)) return { problem: 'empty_unit', unitId: told.id };
  const open = isOpen(told, at);
  if (isYellow && !open) return opensWithin(told, at) ? null : { problem: 'closed_level', unitId: told.id };
  if (told.duty === null || (open && onNow(told, 'shift').length > 0)) return null;
  const people = onNow(told, 'on_call').map(({ personId }) => personId);
  if (people.length === 0) return { problem: 'nobody_on_duty', unitId: told.id };
  const isTested = told.contacts.some(
    ({ testedAt, personId }) =>
      testedAt !== null &&
      at.getTime() - testedAt.getTime() < known.contactTestedDays * DAY_MS &&
      (personId === null || people.includes(personId)),
  );
  return isTested ? null : { problem: 'untested_contact', unitId: told.id };
}

function endOf(ladder: readonly LadderStep[], called: (index: number) => readonly Unit[], owner: Unit): Omit<SlotFault, 'slot'> {
  const all = ladder.flatMap((_, index) => called(index).map((unit) => ({ index, unit })));
  const rostered = all.filter(({ unit }) => unit.duty?.some(({ kind }) => kind === 'on_call'));
  const at = rostered.at(-1) ?? all.filter(({ index, unit }) => index > 0 || unit === owner).at(-1);
  if (!at) return { index: ladder.length - 1, problem: 'no_unit', unitId: null };
  return { index: at.index, problem: rostered.length > 0 ? 'nobody_on_duty' : 'closed_level', unitId: at.unit.id };
}

function opensWithin(unit: Unit, at: Date): boolean {
  for (let slots = 0; slots <= 14 * 24; slots++) if (isOpen(unit, new Date(at.getTime() + slots * SLOT_MS))) return true;
  return false;
}

/** What clocks show now, so many days on. */
function sameClock(at: Date, days: number): Date {
  const plain = new Date(at.getTime() + days * DAY_MS);
  return (
    [plain, new Date(plain.getTime() - HOUR_MS), new Date(plain.getTime() + HOUR_MS)].find((when) => shown(when) === shown(at)) ?? plain
  );
}

function episodeFrom(severity: Severity, ownerUnitId: number, at: Date): Episode {
  return {
    ...{ id: 1, patientId: 1, domains: [], severity, signals: [], openedAt: at, begunAgainAt: null, lastSignalAt: at, ownerUnitId },
    ...NEVER_OFFERED,
    ...{ acknowledgedAt: null, acknowledgedByPersonId: null, acknowledgementEndsAt: null, clearedAt: null },
    ...{ closedAt: null, closedByPersonId: null, outcome: null, relapses: 0, pathwayId: 1, pathwayVersion: 1, version: 1 },
    ...{ ladderStartedAt: at, ladderStepsTaken: 0, nextStepAt: at },
  };
}

const holesOf = ({ pathway, units, period, known }: Community): Hole[] => findHoles(pathway, teamOf(units), period, known);

describe('preflight finds what is there and nothing else', () => {
  test('a community with somebody at every hour has no hole, in every way of being staffed', () => {
    for (let seed = 1; seed <= SEEDS / 4; seed++) {
      const community = fullCommunity(dice(seed));
      expect({ seed, slots: slotsOf(holesOf(community)) }).toEqual({ seed, slots: new Set() });
    }
  });

  test('what is taken away is found to the hour, as by walking every hour of every episode', () => {
    let found = 0;
    const problems = new Set<string>();
    for (let seed = 1; seed <= SEEDS; seed++) {
      const roll = dice(seed);
      let community = fullCommunity(roll);
      for (let times = 1 + roll(3); times > 0; times--) community = remove(community, roll);
      const holes = holesOf(community);
      expect({ seed, slots: [...slotsOf(holes)].sort() }).toEqual({ seed, slots: [...bruteForce(community)].sort() });
      if (holes.length > 0) found++;
      for (const { problem } of holes) problems.add(problem);
    }
    expect(found).toBeGreaterThan(SEEDS / 3);
    expect([...problems].sort()).toEqual(['closed_level', 'empty_unit', 'nobody_on_duty', 'untested_contact']);
  });
});
