import fc from 'fast-check';
import { SEVERITIES } from '@varde/rules';
import { checkPathway } from './check-pathway.js';
import { DEFAULT_PATHWAY } from './default-pathway.js';
import { chooseOwner, NoOwner, routeOf, unitsInOrder } from './owner.js';
import type { Pathway, Route, RouteCondition } from './pathway.js';
import { OWNING_LEVELS, teamOf, unitOf, type CareLevel, type OpeningHours, type Team, type Unit } from './unit.js';

const OFFICE: readonly OpeningHours[] = [{ weekdays: [1, 2, 3, 4, 5], from: '08:00', to: '15:30' }];
const ALWAYS: readonly OpeningHours[] = [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00' }];
const unit = (id: number, careLevel: CareLevel, openingHours = OFFICE, zone = 'Europe/Oslo'): Unit =>
  unitOf({ id, name: `${careLevel} ${id}`, careLevel, zone, openingHours });

const THURSDAY_NOON = new Date('2026-01-15T12:00:00+01:00');
const THURSDAY_NIGHT = new Date('2026-01-15T23:00:00+01:00');
const dho = unit(1, 'dho');
const gp = unit(2, 'gp');
const legevakt = unit(3, 'legevakt', ALWAYS);

describe('the owner', () => {
  test.each([
    ['yellow by day', [dho, gp, legevakt], 'yellow', THURSDAY_NOON, 1],
    ['yellow by night waits where it belongs', [dho, gp, legevakt], 'yellow', THURSDAY_NIGHT, 1],
    ['red by day', [dho, gp, legevakt], 'red', THURSDAY_NOON, 1],
    ['red by night goes to whoever is open', [dho, gp, legevakt], 'red', THURSDAY_NIGHT, 3],
    ['red by night with nobody open stays first', [gp, dho], 'red', THURSDAY_NIGHT, 1],
    ['critical by night', [dho, gp, legevakt], 'critical', THURSDAY_NIGHT, 3],
    ['two units of a level: the open one', [dho, unit(9, 'dho', ALWAYS)], 'yellow', THURSDAY_NIGHT, 9],
    ['a team without the level on the route', [unit(5, 'home_nursing'), gp], 'yellow', THURSDAY_NOON, 5],
    ['a team without it, by night', [unit(5, 'home_nursing'), legevakt], 'yellow', THURSDAY_NIGHT, 3],
  ] as const)('%s', (...[, units, severity, at, expected]) => {
    expect(chooseOwner(DEFAULT_PATHWAY, teamOf(units), severity, at).unitId).toBe(expected);
  });

  test('is never a guest, which is there only for the episode it owns', () => {
    const guest = unit(9, 'dho', ALWAYS);
    const owner = (guestUnitIds: number[]) =>
      chooseOwner(DEFAULT_PATHWAY, teamOf([dho, gp, guest], { guestUnitIds }), 'yellow', THURSDAY_NIGHT).unitId;
    expect([owner([]), owner([guest.id])]).toEqual([guest.id, dho.id]);
    const clinic = unit(8, 'hospital_outpatient');
    const team = teamOf([gp, clinic], { guestUnitIds: [clinic.id], responsibleUnitId: clinic.id });
    expect(unitsInOrder(team, ['responsible', 'hospital_outpatient', 'gp'])).toEqual([gp]);
    expect(() => chooseOwner(DEFAULT_PATHWAY, { ...team, guestUnitIds: [gp.id, clinic.id] }, 'red', THURSDAY_NOON)).toThrow(NoOwner);
  });

  test('is chosen with a reason in both languages', () => {
    expect(chooseOwner(DEFAULT_PATHWAY, teamOf([dho, legevakt]), 'red', THURSDAY_NIGHT).reason).toEqual({
      nb: 'Ansvarlig: legevakt 3 (legevakt 116117), først bemannet i forløpet nå',
      en: 'Owner: legevakt 3 (legevakt 116117), first staffed on the pathway now',
    });
  });

  test('is found by the catalogue where the pathway has no route', () => {
    expect(chooseOwner({ ...DEFAULT_PATHWAY, routes: [] }, teamOf([dho]), 'red', THURSDAY_NOON).careLevel).toBe('dho');
  });

  test.each([[[]], [[unit(6, 'patient', ALWAYS), unit(7, 'amk', ALWAYS)]]])('a team without a unit that can own is an error', (units) => {
    expect(() => chooseOwner(DEFAULT_PATHWAY, teamOf(units), 'red', THURSDAY_NOON)).toThrow(NoOwner);
    expect(checkPathway(DEFAULT_PATHWAY, teamOf(units))).toContainEqual(expect.objectContaining({ where: 'team', blocking: true }));
  });

  test('is always found, and open when anybody on the route is, for any team with a unit that can own', () => {
    const level = fc.constantFrom<CareLevel>('patient', 'dho', 'home_nursing', 'gp', 'psht', 'legevakt', 'hospital_outpatient', 'amk');
    const anyUnit = fc.tuple(level, fc.constantFrom(OFFICE, ALWAYS, []));
    const teams = fc.tuple(fc.array(anyUnit, { maxLength: 5 }), fc.constantFrom(...OWNING_LEVELS));
    fc.assert(
      fc.property(teams, fc.constantFrom(...SEVERITIES), fc.integer({ min: 0, max: 7 * 24 }), ([rest, owning], severity, hour) => {
        const units = [...rest, [owning, OFFICE] as const].map(([careLevel, openingHours], index) =>
          unit(index + 1, careLevel, openingHours),
        );
        const owner = chooseOwner(DEFAULT_PATHWAY, teamOf(units), severity, new Date(THURSDAY_NOON.getTime() + hour * 3_600_000));
        return units.some(({ id, careLevel }) => id === owner.unitId && OWNING_LEVELS.includes(careLevel) && careLevel === owner.careLevel);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the route', () => {
  const clinic = unit(4, 'hospital_outpatient');
  const units = [dho, gp, legevakt, clinic];
  const red = DEFAULT_PATHWAY.routes.find(({ severity }) => severity === 'red')!;
  const to = (first: CareLevel, when: RouteCondition | null = null): Route => ({ ...red, first: [first], when });
  const NIGHTS = [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '22:00', to: '07:00' }];
  const chosen = (routes: readonly Route[], about: Partial<Omit<Team, 'units'>>, at = THURSDAY_NOON) =>
    routeOf({ ...DEFAULT_PATHWAY, routes }, 'red', teamOf(units, about), at).first[0];

  test.each<[string, RouteCondition, Partial<Omit<Team, 'units'>>, boolean]>([
    ['nothing asked', {}, {}, true],
    ['one of these municipalities', { municipalityIds: [7, 8] }, { municipalityId: 8 }, true],
    ['another municipality', { municipalityIds: [7, 8] }, { municipalityId: 9 }, false],
    ['no municipality known', { municipalityIds: [7, 8] }, {}, false],
    ['a programme that runs', { programmes: ['hf', 'copd'] }, { programmes: ['copd'] }, true],
    ['a programme that does not', { programmes: ['hf'] }, { programmes: ['copd'] }, false],
    ['the clinic holds the responsibility', { responsibleLevels: ['hospital_outpatient'] }, { responsibleUnitId: 4 }, true],
    ['the GP holds it when nobody else does', { responsibleLevels: ['gp'] }, {}, true],
    ['the GP does not when the clinic does', { responsibleLevels: ['gp'] }, { responsibleUnitId: 4 }, false],
    ['all that is said', { programmes: ['copd'], municipalityIds: [7] }, { programmes: ['copd'], municipalityId: 7 }, true],
    ['only some of it', { programmes: ['copd'], municipalityIds: [7] }, { programmes: ['copd'], municipalityId: 8 }, false],
  ])('with a condition: %s', (_, when, about, holds) => {
    expect(chosen([to('hospital_outpatient', when), to('dho')], about)).toBe(holds ? 'hospital_outpatient' : 'dho');
  });

  test.each([
    ['23:30 of a winter night', '2026-01-15T23:30:00+01:00', true],
    ['06:59 of a summer night', '2026-07-15T06:59:00+02:00', true],
    ['07:00', '2026-07-15T07:00:00+02:00', false],
    ['the hour that comes twice', '2026-10-25T02:30:00+01:00', true],
    ['after the hour that is skipped', '2026-03-29T03:00:00+02:00', true],
  ])('of nights at %s in the zone of the patient', (_, at, holds) => {
    expect(chosen([to('legevakt', { hours: NIGHTS }), to('dho')], {}, new Date(at))).toBe(holds ? 'legevakt' : 'dho');
  });

  test('is the first that holds, and the catalogue where none does', () => {
    expect(chosen([to('gp', { programmes: ['copd'] }), to('legevakt', { programmes: ['copd'] })], { programmes: ['copd'] })).toBe('gp');
    expect(chosen([to('gp', { programmes: ['hf'] })], { programmes: ['copd'] })).toBe('dho');
  });

  test('of the default calls on the clinic after municipal follow-up, only when it holds the responsibility', () => {
    const owner = (about: Partial<Omit<Team, 'units'>>) =>
      chooseOwner(DEFAULT_PATHWAY, teamOf([unit(9, 'dho', []), ...units.slice(1)], about), 'red', THURSDAY_NOON).unitId;
    expect(owner({ responsibleUnitId: 4 })).toBe(4);
    expect(owner({})).toBe(2);
  });
});

test('an owner is staffed by a roster, not by opening hours', () => {
  const onCall = {
    ...gp,
    duty: [{ personId: 1, kind: 'on_call' as const, from: THURSDAY_NOON, to: new Date('2026-01-16T08:00:00+01:00') }],
  };
  expect(chooseOwner(DEFAULT_PATHWAY, teamOf([dho, onCall]), 'red', THURSDAY_NIGHT).unitId).toBe(gp.id);
  expect(chooseOwner(DEFAULT_PATHWAY, teamOf([{ ...dho, duty: [] }, gp]), 'red', THURSDAY_NOON).unitId).toBe(gp.id);
});

describe('the holes of a pathway', () => {
  const whole = teamOf([dho, gp, legevakt, unit(4, 'home_nursing', ALWAYS)]);
  const holes = (pathway: Pathway, units: readonly Unit[] = whole.units) =>
    checkPathway(pathway, teamOf(units)).map(({ blocking, where, problem }) => `${blocking ? 'blocking, ' : ''}${where}: ${problem}`);
  const red = DEFAULT_PATHWAY.routes[2]!;
  const withRed = (change: Partial<typeof red>): Pathway => ({
    ...DEFAULT_PATHWAY,
    routes: DEFAULT_PATHWAY.routes.map((route) => (route === red ? { ...red, ...change } : route)),
  });

  test('none in the default with a whole team', () => expect(holes(DEFAULT_PATHWAY)).toEqual([]));

  test.each<[string, Pathway, readonly Unit[], string]>([
    [
      'a severity without a route',
      { ...DEFAULT_PATHWAY, routes: DEFAULT_PATHWAY.routes.slice(1) },
      whole.units,
      'blocking, info: no route',
    ],
    [
      'two routes',
      { ...DEFAULT_PATHWAY, routes: [...DEFAULT_PATHWAY.routes, red] },
      whole.units,
      'blocking, red, route 2: nobody ever takes it: everybody it is meant for takes route 1',
    ],
    ['no ladder', withRed({ ladder: [] }), whole.units, 'blocking, red: no ladder'],
    ['nobody to go first', withRed({ first: ['psht'] }), whole.units, 'red: the team has no unit at psht to go first'],
    [
      'an acknowledgement of no time',
      withRed({ acknowledgementMin: 0 }),
      whole.units,
      'blocking, red: an acknowledgement would run out as it is made',
    ],
    [
      'steps out of order',
      withRed({ ladder: [...red.ladder].reverse() }),
      whole.units,
      'blocking, red, step 2: it is due before the step it follows',
    ],
    [
      'a time that is none',
      withRed({ ladder: [{ ...red.ladder[0]!, afterMin: Number.NaN }] }),
      whole.units,
      'blocking, red, step 1: its time is not a number of minutes',
    ],
    [
      'a level without a unit',
      DEFAULT_PATHWAY,
      [dho, gp, unit(4, 'home_nursing')],
      'red, step 5: the team has no unit at legevakt; the step moves on at once',
    ],
    [
      'an unknown zone',
      DEFAULT_PATHWAY,
      [...whole.units, unit(8, 'psht', OFFICE, 'Europe/Nidaros')],
      'blocking, unit 8: unknown time zone Europe/Nidaros',
    ],
    [
      'hours that are none',
      DEFAULT_PATHWAY,
      [...whole.units, unit(8, 'psht', [{ weekdays: [1], from: '8', to: '16:00' }])],
      'blocking, unit 8: 8 is not a time of day (HH:MM)',
    ],
    [
      'a day that is none',
      DEFAULT_PATHWAY,
      [...whole.units, unit(8, 'psht', [{ weekdays: [0], from: '08:00', to: '16:00' }])],
      'blocking, unit 8: 0 is not a weekday (1 Monday to 7 Sunday)',
    ],
    ['a unit that never opens', DEFAULT_PATHWAY, [...whole.units, unit(8, 'psht', [])], 'unit 8: it never opens'],
  ])('%s', (_, pathway, units, hole) => expect(holes(pathway, units)).toContain(hole));
});
