import { DEFAULT_PATHWAY } from './default-pathway.js';
import type { Pathway, Route } from './pathway.js';
import { CONTACT_TESTED_DAYS, findHoles, type Hole, type Known } from './preflight.js';
import { teamOf, unitOf, type CareLevel, type Contact, type Duty, type OpeningHours, type Unit } from './unit.js';

const OFFICE: readonly OpeningHours[] = [{ weekdays: [1, 2, 3, 4, 5], from: '08:00', to: '16:00' }];
const DAILY: readonly OpeningHours[] = [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '08:00', to: '16:00' }];
const ALWAYS: readonly OpeningHours[] = [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00' }];
const unit = (id: number, careLevel: CareLevel, openingHours = OFFICE, more: Partial<Unit> = {}): Unit =>
  unitOf({ id, name: careLevel, careLevel, zone: 'Europe/Oslo', openingHours, ...more });
const DHO = unit(1, 'dho');
const GP = unit(2, 'gp');
const LEGEVAKT = unit(3, 'legevakt', ALWAYS);
const ALL: Known = { staff: new Map(), contactTestedDays: CONTACT_TESTED_DAYS };

/** Monday 12 January 2026 and two weeks on. */
const PERIOD = { from: new Date('2026-01-12T00:00:00+01:00'), to: new Date('2026-01-26T00:00:00+01:00') };
const TESTED: Contact = { id: 1, channel: 'sms', personId: null, testedAt: new Date('2026-01-02T12:00:00+01:00') };

const withoutAdvice: Pathway = {
  ...DEFAULT_PATHWAY,
  routes: DEFAULT_PATHWAY.routes.map((route): Route => ({ ...route, endsWithAdvice: false })),
};

/** One line for each hole of red and yellow (critical finds the same at other steps), at local time. */
function lines(units: readonly Unit[], { pathway = DEFAULT_PATHWAY, known = ALL, period = PERIOD } = {}): string[] {
  return findHoles(pathway, teamOf(units), period, known)
    .filter(({ severity }) => severity !== 'critical')
    .map(textOf);
}

function textOf({ fromAt, toAt, severity, step, problem, unitId, leadUnitId }: Hole): string {
  const local = (at: Date) => at.toLocaleString('sv-SE', { timeZone: 'Europe/Oslo', dateStyle: 'short', timeStyle: 'short' });
  return `${local(fromAt)} - ${local(toAt)} ${severity} ${step.number}/${step.of} ${problem} ${unitId} lead ${leadUnitId}`;
}

const DAY_MS = 86_400_000;
/** A duty every day (or on these weekdays), at these hours after midnight; past 24 the next day. */
function everyDay(personId: number, kind: Duty['kind'], [from, to]: readonly [number, number], weekdays = [1, 2, 3, 4, 5, 6, 7]): Duty[] {
  return Array.from({ length: 28 }, (_, day) => {
    const midnight = PERIOD.from.getTime() + (day - 7) * DAY_MS;
    const weekday = (day % 7) + 1;
    if (!weekdays.includes(weekday)) return [];
    return [{ personId, kind, from: new Date(midnight + from * 3_600_000), to: new Date(midnight + to * 3_600_000) }];
  }).flat();
}
const without = (roster: readonly Duty[], day: string): Duty[] =>
  roster.filter(({ from }) => from.toLocaleDateString('sv-SE', { timeZone: 'Europe/Oslo' }) !== day);

describe('no hole', () => {
  test('a day service with legevakt at night: closed levels are passed over at once, and yellow waits', () => {
    expect(findHoles(withoutAdvice, teamOf([DHO, GP, LEGEVAKT]), PERIOD, ALL)).toEqual([]);
  });

  test('info with a ladder of its own waits for opening hours as yellow does', () => {
    const step = { afterMin: 0, openingHoursClock: true, careLevel: 'dho' as const, to: 'worklist' };
    const info: Route = { severity: 'info', first: ['dho'], ladder: [step], acknowledgementMin: 60 };
    expect(findHoles({ ...DEFAULT_PATHWAY, routes: [info] }, teamOf([DHO, LEGEVAKT]), PERIOD, ALL)).toEqual([]);
  });

  test('nobody at night, where the pathway says that it ends with advice to the patient', () => {
    expect(findHoles(DEFAULT_PATHWAY, teamOf([DHO, GP]), PERIOD, ALL)).toEqual([]);
  });

  test('shifts by day and on call by night, with a contact that was tested', () => {
    const duty = [...everyDay(7, 'shift', [8, 16]), ...everyDay(8, 'on_call', [16, 32])];
    expect(findHoles(withoutAdvice, teamOf([unit(1, 'dho', DAILY, { duty, contacts: [TESTED] })]), PERIOD, ALL)).toEqual([]);
  });

  test('a shift that is missing while another one is there', () => {
    const duty = [...without(everyDay(7, 'shift', [8, 16]), '2026-01-14'), ...everyDay(8, 'shift', [8, 16])];
    expect(lines([unit(1, 'dho', OFFICE, { duty }), GP, LEGEVAKT])).toEqual([]);
  });
});

describe('a hole', () => {
  test('nobody on duty: the unit is open and its roster is empty, to the minute', () => {
    const duty = without(everyDay(7, 'shift', [8, 16]), '2026-01-14');
    expect(lines([unit(1, 'dho', OFFICE, { duty }), GP, LEGEVAKT])).toEqual([
      '2026-01-14 08:00 - 2026-01-14 16:00 yellow 1/4 nobody_on_duty 1 lead 1',
      '2026-01-14 08:00 - 2026-01-14 16:00 red 2/5 nobody_on_duty 1 lead 1',
      '2026-01-14 08:00 - 2026-01-14 16:00 red 3/5 nobody_on_duty 1 lead 1',
      '2026-01-14 08:01 - 2026-01-14 16:00 yellow 2/4 nobody_on_duty 1 lead 1',
    ]);
  });

  test('a night nobody is on call, although the pathway may end with advice: other weeks have somebody', () => {
    const duty = [...everyDay(7, 'shift', [8, 16]), ...without(everyDay(8, 'on_call', [16, 32]), '2026-01-17')];
    expect(lines([unit(1, 'dho', DAILY, { duty, contacts: [TESTED] })])).toEqual([
      '2026-01-17 16:00 - 2026-01-18 08:00 red 1/5 nobody_on_duty 1 lead 1',
      '2026-01-17 16:00 - 2026-01-18 08:00 red 2/5 nobody_on_duty 1 lead 1',
      '2026-01-17 16:00 - 2026-01-18 08:00 red 3/5 nobody_on_duty 1 lead 1',
    ]);
  });

  test('an untested contact: only on call needs it, and it grows old within the period', () => {
    const duty = [...everyDay(7, 'shift', [8, 16]), ...everyDay(8, 'on_call', [16, 32], [6])];
    const old: Contact = { ...TESTED, personId: 8, testedAt: new Date(Date.parse('2026-01-20T12:00:00+01:00') - 180 * DAY_MS) };
    const lines1 = lines([unit(1, 'dho', OFFICE, { duty, contacts: [old] })]);
    expect(lines1).toEqual([
      '2026-01-24 16:00 - 2026-01-25 08:00 red 1/5 untested_contact 1 lead 1',
      '2026-01-24 16:30 - 2026-01-25 08:00 red 2/5 untested_contact 1 lead 1',
      '2026-01-24 17:00 - 2026-01-25 08:00 red 3/5 untested_contact 1 lead 1',
    ]);
    const ofAnother: Contact = { ...TESTED, personId: 9 };
    expect(lines([unit(1, 'dho', OFFICE, { duty, contacts: [ofAnother] })])).toContain(
      '2026-01-17 16:00 - 2026-01-18 08:00 red 1/5 untested_contact 1 lead 1',
    );
  });

  test('a closed level: nobody at night and the pathway does not say that it ends there; the owner sees to it', () => {
    const holes = lines([DHO, GP], { pathway: withoutAdvice });
    expect(holes.slice(0, 3)).toEqual([
      '2026-01-12 00:00 - 2026-01-12 08:00 red 4/5 closed_level 2 lead 1',
      '2026-01-12 16:00 - 2026-01-13 08:00 red 4/5 closed_level 2 lead 1',
      '2026-01-13 16:00 - 2026-01-14 08:00 red 4/5 closed_level 2 lead 1',
    ]);
    expect(holes).toContain('2026-01-16 16:00 - 2026-01-19 08:00 red 4/5 closed_level 2 lead 1');
  });

  test('a closed level on a holiday: 17 May', () => {
    const period = { from: new Date('2026-05-14T12:00:00+02:00'), to: new Date('2026-05-20T12:00:00+02:00') };
    const closing = unit(1, 'dho', ALWAYS, { onHolidays: 'closed' });
    expect(lines([closing], { pathway: withoutAdvice, period })).toContain(
      '2026-05-17 00:00 - 2026-05-18 00:00 red 3/5 closed_level 1 lead 1',
    );
  });

  test('the hour that comes twice and the hour that is missing are where clocks put them', () => {
    const night: readonly OpeningHours[] = [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '04:00', to: '02:00' }];
    for (const [from, to, hours] of [
      ['2026-03-28T12:00:00+01:00', '2026-03-29T12:00:00+02:00', 1],
      ['2026-10-24T12:00:00+02:00', '2026-10-25T12:00:00+01:00', 2],
      ['2026-11-24T12:00:00+01:00', '2026-11-25T12:00:00+01:00', 2],
    ] as const) {
      const period = { from: new Date(from), to: new Date(to) };
      const holes = findHoles(withoutAdvice, teamOf([unit(1, 'dho', night)]), period, ALL).filter(({ severity }) => severity === 'red');
      expect(holes.map(({ fromAt, toAt }) => (toAt.getTime() - fromAt.getTime()) / 3_600_000)).toEqual([hours]);
    }
  });

  test('an empty unit, whenever a step comes to it; somebody who leads another unit sees to it', () => {
    const known: Known = { ...ALL, staff: new Map([[3, { people: 0, leads: 0 }]]) };
    expect(lines([DHO, GP, LEGEVAKT], { known }).slice(0, 3)).toEqual([
      '2026-01-12 00:00 - 2026-01-12 08:00 red 1/5 empty_unit 3 lead 1',
      '2026-01-12 00:00 - 2026-01-12 08:00 red 5/5 empty_unit 3 lead 1',
      '2026-01-12 09:30 - 2026-01-13 08:00 red 5/5 empty_unit 3 lead 1',
    ]);
  });

  test('no unit at all', () => {
    expect(lines([])).toEqual([
      '2026-01-12 00:00 - 2026-01-26 00:00 yellow 1/4 no_unit null lead null',
      '2026-01-12 00:00 - 2026-01-26 00:00 red 1/5 no_unit null lead null',
    ]);
  });
});
