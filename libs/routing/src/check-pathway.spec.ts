import fc from 'fast-check';
import { SEVERITIES } from '@varde/rules';
import { validatePathway } from './check-pathway.js';
import type { Meeting } from './dead-ends.js';
import { DEFAULT_DEADLINES, DEFAULT_PATHWAY } from './default-pathway.js';
import { dueLadderSteps } from './ladder.js';
import { chooseOwner, conditionHolds } from './owner.js';
import type { Cooperation, Pathway, Route, RouteCondition } from './pathway.js';
import { teamOf, unitOf, type CareLevel, type Duty, type OpeningHours, type Unit } from './unit.js';
import { unreachableRoutes } from './unreachable.js';
import { waitingEpisode } from './waiting-episode.js';

const OFFICE: readonly OpeningHours[] = [{ weekdays: [1, 2, 3, 4, 5], from: '08:00', to: '15:30' }];
const ALWAYS: readonly OpeningHours[] = [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00' }];
const NIGHTS: readonly OpeningHours[] = [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '15:30', to: '08:00' }];
const FROM = new Date('2026-02-01T00:00:00+01:00');
const [LYNGNES, STORVIK, TRUST] = [11, 12, 13];
const ORGANISATIONS = new Set([LYNGNES, STORVIK, TRUST]);

const unit = (id: number, careLevel: CareLevel, openingHours = OFFICE, more: Partial<Unit> = {}): Unit =>
  unitOf({ id, name: careLevel, careLevel, zone: 'Europe/Oslo', openingHours, organisationIds: [LYNGNES], ...more });
const DHO = unit(1, 'dho');
const GP = unit(2, 'gp');
const LEGEVAKT = unit(3, 'legevakt', ALWAYS);
const HOME = unit(4, 'home_nursing', ALWAYS);
const CLINIC = unit(5, 'hospital_outpatient', ALWAYS);
const WHOLE = [DHO, GP, LEGEVAKT, HOME];

const lyngnes = (units: readonly Unit[]): Meeting => ({ name: 'municipality Lyngnes', team: teamOf(units, { municipalityId: LYNGNES }) });
/** The default without the agreement that emergency advice is an end. */
const UNAGREED: Pathway = { ...DEFAULT_PATHWAY, routes: DEFAULT_PATHWAY.routes.map((route) => ({ ...route, endsWithAdvice: false })) };
const RED = UNAGREED.routes.find(({ severity }) => severity === 'red')!;
const withRed = (...reds: readonly Partial<Route>[]): Pathway => ({
  ...UNAGREED,
  routes: [...UNAGREED.routes.filter((route) => route !== RED), ...reds.map((change) => ({ ...RED, ...change }))],
});

const said = (pathway: Pathway, ...meetings: readonly Meeting[]) =>
  validatePathway(pathway, { organisationIds: ORGANISATIONS, meetings }, FROM).map(
    ({ blocking, where, problem }) => `${blocking ? 'REFUSED ' : ''}${where}: ${problem}`,
  );

describe('a route that can end nowhere is refused with the path that shows it', () => {
  test('a whole team has no hole at any hour', () => expect(said(UNAGREED, lyngnes(WHOLE))).toEqual([]));

  test('nobody at night', () => {
    expect(said(UNAGREED, lyngnes([DHO, GP, HOME]))).toEqual([
      'REFUSED municipality Lyngnes, red, Monday 00:00: dho closed -> gp closed -> legevakt none -> nobody (130.5 hours of every week, 20 days out of the ordinary)',
      'municipality Lyngnes, red, step 5: the team has no unit at legevakt; the step moves on at once',
      'municipality Lyngnes, critical, step 3: the team has no unit at legevakt; the step moves on at once',
    ]);
  });

  test('nobody for one half hour of a week', () => {
    const hours = [
      { weekdays: [1, 2, 3, 4, 5, 6], from: '00:00', to: '24:00' },
      { weekdays: [7], from: '00:00', to: '02:00' },
      { weekdays: [7], from: '02:30', to: '24:00' },
    ];
    const holes = said(UNAGREED, lyngnes([unit(1, 'dho', hours), LEGEVAKT_NONE, HOME]));
    expect(holes[0]).toBe(
      'REFUSED municipality Lyngnes, red, Sunday 02:00: dho closed -> gp closed -> legevakt none -> nobody (0.5 hours of every week, 4 days out of the ordinary)',
    );
  });

  test('nobody on holidays, though every hour of an ordinary week is somebody’s', () => {
    const closed = unit(1, 'dho', ALWAYS, { onHolidays: 'closed' });
    const [first, ...rest] = said(UNAGREED, lyngnes([closed, GP, HOME]));
    expect(first).toBe(
      'REFUSED municipality Lyngnes, red, Thursday 2026-04-02 00:00: dho closed -> gp closed -> legevakt none -> nobody (12 days out of the ordinary)',
    );
    expect(rest.filter((hole) => hole.startsWith('REFUSED'))).toEqual([]);
  });

  test('nobody on Christmas Eve from noon, a day that the unit has said is not like others', () => {
    const eve = { day: Date.UTC(2026, 11, 24), hours: [{ from: '08:00', to: '12:00' }] };
    const [first] = said(UNAGREED, lyngnes([unit(1, 'dho', ALWAYS, { specialDays: [eve] }), unit(2, 'gp', []), HOME]));
    expect(first).toContain(
      'red, Thursday 2026-12-24 00:00: dho closed -> gp closed -> legevakt none -> nobody (1 day out of the ordinary)',
    );
  });

  test('a legevakt written over midnight: the morning after a Sunday, and after a holiday that is as one', () => {
    const hours = [
      { weekdays: [1, 2, 3, 4, 5], from: '15:00', to: '08:00' },
      { weekdays: [6, 7], from: '00:00', to: '24:00' },
    ];
    const legevakt = unit(3, 'legevakt', hours, { onHolidays: 'as_sunday' });
    const dho = { ...DHO, onHolidays: 'closed' as const };
    const [monday] = said(UNAGREED, lyngnes([dho, GP, legevakt, HOME]));
    expect(monday).toMatch(/red, Monday 00:00: dho closed -> gp closed -> legevakt closed -> nobody \(8 hours of every week, \d+ days/);
    const sundays = { ...legevakt, openingHours: [...hours, { weekdays: [7], from: '15:00', to: '08:00' }], onHolidays: 'closed' as const };
    const [after] = said(UNAGREED, lyngnes([{ ...dho, onHolidays: 'as_usual' as const }, GP, sundays, HOME]));
    // Maundy Thursday itself is served by day; its evening is not, nor is the night.
    expect(after).toMatch(/red, Thursday 2026-04-02 08:00|red, Thursday 2026-04-02 15:30/);
  });

  test('an agreed end is no hole, and is named', () => {
    expect(said(DEFAULT_PATHWAY, lyngnes([DHO, GP, HOME]))[0]).toBe(
      'municipality Lyngnes, red, Monday 00:00: dho closed -> gp closed -> legevakt none -> emergency advice to the patient (130.5 hours of every week, 20 days out of the ordinary)',
    );
  });

  test('an on-call rota promises its nights by keeping them', () => {
    const monday = Date.parse('2026-02-02T15:30:00+01:00');
    const duty: Duty[] = Array.from({ length: 7 }, (_, day) => ({
      ...{ personId: 1, kind: 'on_call' as const },
      from: new Date(monday + day * 86_400_000),
      to: new Date(monday + day * 86_400_000 + 16.5 * 3_600_000),
    }));
    const rota = {
      ...GP,
      duty: [
        ...duty,
        { personId: 2, kind: 'on_call' as const, from: new Date('2026-02-07T08:00:00+01:00'), to: new Date('2026-02-08T08:00:00+01:00') },
      ],
    };
    expect(said(UNAGREED, lyngnes([DHO, rota, HOME])).filter((hole) => hole.startsWith('REFUSED'))).toEqual([
      'REFUSED municipality Lyngnes, red, Sunday 08:00: dho closed -> gp closed -> legevakt none -> nobody (7.5 hours of every week, 4 days out of the ordinary)',
    ]);
  });

  test('yellow waits, but not for a unit that never opens', () => {
    expect(said(UNAGREED, lyngnes([unit(1, 'dho', []), LEGEVAKT, HOME, CLINIC]))).toContain(
      'REFUSED municipality Lyngnes, yellow, Monday 00:00: dho never open -> gp none -> nobody (168 hours of every week, 20 days out of the ordinary)',
    );
  });

  test('nobody that can own', () => {
    expect(said(UNAGREED, lyngnes([unit(6, 'amk', ALWAYS)]))).toContain(
      'REFUSED municipality Lyngnes, red, Monday 00:00: dho none -> gp none -> legevakt none -> nobody can own it (168 hours of every week, 20 days out of the ordinary)',
    );
  });

  test('only in one municipality, only for one programme, only when the clinic is responsible', () => {
    const nights: RouteCondition = { hours: NIGHTS };
    const copd = withRed(
      {
        when: { ...nights, municipalityIds: [LYNGNES], programmes: ['copd'], responsibleLevels: ['hospital_outpatient'] },
        first: ['gp'],
        ladder: [{ ...RED.ladder[0]!, careLevel: 'gp' }],
      },
      {},
    );
    const storvik: Meeting = { name: 'municipality Storvik', team: teamOf([...WHOLE, CLINIC], { municipalityId: STORVIK }) };
    expect(said(copd, lyngnes([...WHOLE, CLINIC]), storvik)).toEqual([
      'REFUSED municipality Lyngnes, hospital_outpatient responsible, copd, red, Monday 00:00: gp closed -> nobody (115.5 hours of every week, 20 days out of the ordinary)',
    ]);
  });
});

const LEGEVAKT_NONE = unit(2, 'gp', []);

describe('what a pathway may not be in itself', () => {
  const pair = (a: number, b: number, step: number, programme: string | null = null) =>
    ({ organisationIds: [a, b], step, programme }) as unknown as Cooperation;
  const cooperating = (...cooperations: readonly Cooperation[]): Pathway => ({ ...DEFAULT_PATHWAY, cooperations });
  const step = RED.ladder[0]!;

  test.each<[string, Pathway, string]>([
    ['no route', { ...DEFAULT_PATHWAY, routes: DEFAULT_PATHWAY.routes.slice(1) }, 'info: no route'],
    [
      'a last route with a condition',
      withRed({ when: { programmes: ['copd'] } }),
      'red: its last route has a condition: whoever it does not hold for would have no route',
    ],
    [
      'an unknown municipality',
      withRed({ when: { municipalityIds: [99] } }, {}),
      'red, route 1: there is no organisation 99 in the community',
    ],
    ['an unknown programme', withRed({ when: { programmes: ['gout'] } }, {}), 'red, route 1: there is no programme gout'],
    [
      'an unknown level of responsibility',
      withRed({ when: { responsibleLevels: ['amk'] } }, {}),
      'red, route 1: amk is no level that can be responsible for a treatment',
    ],
    [
      'hours that are none',
      withRed({ when: { hours: [{ weekdays: [8], from: '25:00', to: '12:00' }] } }, {}),
      'red, route 1: 25:00 is not a time of day (HH:MM)',
    ],
    ['a condition that never holds', withRed({ when: { municipalityIds: [] } }, {}), 'red, route 1: its condition never holds'],
    [
      'a shadowed route',
      withRed({}, { when: { programmes: ['copd'] } }, {}),
      'red, route 2: nobody ever takes it: everybody it is meant for takes route 1',
    ],
    [
      'shadowed by two together',
      withRed(
        { when: { hours: OFFICE } },
        { when: { hours: NIGHTS } },
        { when: { hours: [{ weekdays: [1], from: '07:00', to: '09:00' }] } },
        {},
      ),
      'red, route 3: nobody ever takes it: everybody it is meant for takes route 1 and 2',
    ],
    ['nobody first', withRed({ first: [] }), 'red: nobody goes first'],
    ['a level that cannot own first', withRed({ first: ['amk'] }), 'red: amk is no level that can own'],
    ['no ladder', withRed({ ladder: [] }), 'red: no ladder'],
    ['an acknowledgement of no time', withRed({ acknowledgementMin: 0 }), 'red: an acknowledgement would run out as it is made'],
    ['a ladder out of order', withRed({ ladder: [{ ...step, afterMin: 30 }, step] }), 'red, step 2: it is due before the step it follows'],
    ['a step that is never', withRed({ ladder: [{ ...step, afterMin: Number.NaN }] }), 'red, step 1: its time is not a number of minutes'],
    ['a step to nobody', withRed({ ladder: [{ ...step, careLevel: 'patient' }] }), 'red, step 1: patient has no unit that can be told'],
    ['a step to 113', withRed({ ladder: [{ ...step, careLevel: 'amk' }] }), 'red, step 1: amk has no unit that can be told'],
    [
      'red on opening hours',
      withRed({ ladder: [{ ...step, openingHoursClock: true }] }),
      'red, step 1: red and critical never wait for opening hours',
    ],
    [
      'red after service days',
      withRed({ ladder: [{ ...step, serviceDays: 1 }] }),
      'red, step 1: its service days need the opening-hours clock',
    ],
    [
      'yellow after service days on the ordinary clock',
      {
        ...UNAGREED,
        routes: UNAGREED.routes.map((route) => (route.severity === 'yellow' ? { ...route, ladder: [{ ...step, serviceDays: 1 }] } : route)),
      },
      'yellow, step 1: its service days need the opening-hours clock',
    ],
    [
      'advice as the end of yellow',
      { ...DEFAULT_PATHWAY, routes: DEFAULT_PATHWAY.routes.map((route) => ({ ...route, endsWithAdvice: true })) },
      'yellow: only red and critical end with emergency advice',
    ],
    ['step 5 without a programme', cooperating(pair(11, 12, 5)), 'cooperation of 11 and 12: step 5 needs the programme that it is about'],
    ['another step with one', cooperating(pair(11, 12, 4, 'copd')), 'cooperation of 11 and 12: only step 5 is about one programme'],
    ['step 5 in no programme that there is', cooperating(pair(11, 12, 5, 'gout')), 'cooperation of 11 and 12: there is no programme gout'],
    ['cooperation with itself', cooperating(pair(11, 11, 2)), 'cooperation of 11 and 11: an organisation stands on no step with itself'],
    ['a pair the wrong way round', cooperating(pair(12, 11, 2)), 'cooperation of 12 and 11: the lower id comes first'],
    ['a step 7', cooperating(pair(11, 12, 7)), 'cooperation of 11 and 12: the steps are 1 to 6'],
    ['a stranger', cooperating(pair(11, 99, 2)), 'cooperation of 11 and 99: there is no organisation 99 in the community'],
    ['a pair twice', cooperating(pair(11, 12, 5, 'copd'), pair(11, 12, 2)), 'cooperation of 11 and 12: the pair is named twice'],
    [
      'a deadline of no time',
      { ...DEFAULT_PATHWAY, deadlines: { ...DEFAULT_DEADLINES, handoverMin: { ...DEFAULT_DEADLINES.handoverMin, red: 0 } } },
      'deadlines, handoverMin, red: it is no whole number of minutes from 1 to 525600',
    ],
  ])('%s', (_, pathway, hole) => expect(said(pathway, lyngnes(WHOLE))).toContain(`REFUSED ${hole}`));

  test('two fields of step 5 for one pair are no fault', () => {
    expect(said({ ...UNAGREED, cooperations: [pair(11, 12, 5, 'copd'), pair(11, 12, 5, 'hf')] }, lyngnes(WHOLE))).toEqual([]);
  });

  test('the pathway of the catalogue has no fault in itself', () => expect(said(DEFAULT_PATHWAY)).toEqual([]));
});

describe('for any pathway and team', () => {
  const hours = fc.constantFrom(OFFICE, ALWAYS, NIGHTS, [{ weekdays: [6, 7], from: '10:00', to: '14:00' }], []);
  const level = fc.constantFrom<CareLevel>('dho', 'gp', 'legevakt', 'home_nursing', 'psht', 'hospital_outpatient');
  const condition = fc.record(
    {
      municipalityIds: fc.subarray([LYNGNES, STORVIK], { minLength: 1 }),
      programmes: fc.subarray(['copd', 'hf'], { minLength: 1 }),
      responsibleLevels: fc.subarray<CareLevel>(['gp', 'hospital_outpatient'], { minLength: 1 }),
      hours: hours.filter((each) => each.length > 0),
    },
    { requiredKeys: [] },
  );
  const routes = fc.array(fc.record({ when: condition, first: fc.array(level, { minLength: 1, maxLength: 2 }) }), { maxLength: 4 });

  test('a route that is called unreachable is never taken, and every other one is by somebody', () => {
    const programmes = fc.subarray(['copd', 'hf', 'dm']);
    fc.assert(
      fc.property(
        routes,
        fc.constantFrom(LYNGNES, STORVIK, TRUST),
        programmes,
        fc.nat(7 * 24 * 4),
        (given, municipalityId, running, quarter) => {
          const all = [...given.map((change) => ({ ...RED, ...change })), RED];
          const at = new Date(Date.UTC(2026, 0, 5) + quarter * 900_000);
          const team = teamOf([], { municipalityId, programmes: running, zone: 'UTC' });
          const taken = all.findIndex(({ when }) => conditionHolds(when, team, at));
          return !unreachableRoutes(all, 'red').some(({ index }) => index === taken);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('what is saved without a warning reaches somebody staffed at once, at every hour of a year', () => {
    const team = fc.array(fc.tuple(level, hours), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(routes, team, fc.array(fc.nat(365 * 24 * 4), { minLength: 20, maxLength: 20 }), (given, levels, quarters) => {
        const pathway = withRed(...given, {});
        const units = levels.map(([careLevel, openingHours], index) => unit(index + 1, careLevel, openingHours));
        const holes = validatePathway(pathway, { organisationIds: ORGANISATIONS, meetings: [lyngnes(units)] }, FROM);
        fc.pre(!holes.some(({ blocking }) => blocking));
        const { team: met } = lyngnes(units);
        for (const quarter of quarters) {
          const at = new Date(FROM.getTime() + quarter * 900_000);
          for (const severity of SEVERITIES.filter((each) => each === 'red' || each === 'critical')) {
            const { unitId } = chooseOwner(pathway, met, severity, at);
            const climb = dueLadderSteps(waitingEpisode(severity, unitId, at), pathway, met, at);
            if (climb?.unreached !== false) return false;
          }
        }
        return true;
      }),
      { numRuns: 60 },
    );
  });
});
