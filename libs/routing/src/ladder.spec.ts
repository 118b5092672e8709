import type { Climb, Episode } from '@varde/alerts';
import type { Severity } from '@varde/rules';
import { DEFAULT_PATHWAY } from './default-pathway.js';
import { acknowledgementEnds, dueLadderSteps } from './ladder.js';
import type { Route } from './pathway.js';
import { teamOf, unitOf, type CareLevel, type OpeningHours, type Unit } from './unit.js';
import { waitingEpisode } from './waiting-episode.js';

const DAILY: readonly OpeningHours[] = [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '08:00', to: '16:00' }];
const ALWAYS: readonly OpeningHours[] = [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00' }];
const unit = (id: number, careLevel: CareLevel, openingHours: readonly OpeningHours[] = DAILY): Unit =>
  unitOf({ id, name: careLevel, careLevel, zone: 'Europe/Oslo', openingHours });
const DHO = unit(1, 'dho');
const GP = unit(2, 'gp');
const LEGEVAKT = unit(3, 'legevakt', ALWAYS);
const HOME = unit(4, 'home_nursing', ALWAYS);
const WHOLE = [DHO, GP, LEGEVAKT, HOME];

/** Thursday 15 January 2026 in Oslo; hours past 24 are the days after. */
const clock = (text: string) => {
  const [hour = 0, minute = 0] = text.split(':').map(Number);
  return new Date(Date.parse('2026-01-15T00:00:00+01:00') + (hour * 60 + minute) * 60_000);
};

const waiting = (severity: Severity, since: string, ownerUnitId = 1): Episode => waitingEpisode(severity, ownerUnitId, clock(since));

const climbed = (episode: Episode, { ladderStartedAt, ladderStepsTaken, nextStepAt }: Climb): Episode => ({
  ...episode,
  ladderStartedAt,
  ladderStepsTaken,
  nextStepAt,
});

/** Looks at each of these times; what was told to whom, and when the next look is due after the last. */
function climbAt(episode: Episode, units: readonly Unit[], ...times: readonly string[]) {
  const told: string[] = [];
  const keys: string[] = [];
  let now = episode;
  for (const time of times) {
    const climb = dueLadderSteps(now, DEFAULT_PATHWAY, teamOf(units), clock(time));
    if (!climb) continue;
    now = climbed(now, climb);
    keys.push(...climb.notices.map(({ key }) => key));
    told.push(...climb.notices.map(({ unitId }) => `${time} ${units.find(({ id }) => id === unitId)?.careLevel ?? unitId}`));
  }
  expect(new Set(keys).size).toBe(keys.length);
  return { told, next: now.nextStepAt, taken: now.ladderStepsTaken, episode: now };
}

describe('a ladder', () => {
  test('of red by day: each step at its time', () => {
    const { told, next } = climbAt(waiting('red', '09:00'), WHOLE, '09:00', '09:30', '10:00', '11:00');
    expect(told).toEqual(['09:00 dho', '09:30 dho', '10:00 dho', '10:00 gp', '11:00 legevakt']);
    expect(next).toEqual(clock('13:00'));
  });

  test('of critical by day', () => {
    const { told } = climbAt(waiting('critical', '09:00'), WHOLE, '09:00', '09:05', '09:10', '09:15');
    expect(told).toEqual(['09:00 dho', '09:05 dho', '09:10 legevakt', '09:15 home_nursing']);
  });

  test('does nothing between two steps but say when the next is due', () => {
    const { told, next } = climbAt(waiting('red', '09:00'), WHOLE, '09:00', '09:10', '09:29');
    expect(told).toEqual(['09:00 dho']);
    expect(next).toEqual(clock('09:30'));
  });

  test('after a long stop takes every step that was due, once, in order', () => {
    const { told, next } = climbAt(waiting('red', '09:00'), WHOLE, '13:00', '13:00');
    expect(told).toEqual(['13:00 dho', '13:00 dho', '13:00 dho', '13:00 gp', '13:00 legevakt']);
    expect(next).toEqual(clock('15:00'));
  });

  test('of yellow runs on the opening hours of the owner', () => {
    const { told, next } = climbAt(waiting('yellow', '14:00'), WHOLE, '14:00', '34:00', '40:00');
    expect(told).toEqual(['14:00 dho', '34:00 dho', '40:00 dho']);
    expect(next).toEqual(clock('64:00'));
    const second = climbAt(waiting('yellow', '14:00'), WHOLE, '14:00', '34:00', '40:00', '64:00');
    expect(second.told.slice(3)).toEqual(['64:00 gp']);
    // A day later it is closed: at the next opening.
    expect(second.next).toEqual(clock('104:00'));
    expect(climbAt(waiting('yellow', '14:00'), WHOLE, '14:00').next).toEqual(clock('34:00'));
    expect(climbAt(waiting('yellow', '14:00'), WHOLE, '14:00', '34:00').next).toEqual(clock('40:00'));
  });

  test('of yellow at night is on the worklist at once and wakes nobody before opening', () => {
    const { told, next } = climbAt(waiting('yellow', '23:00'), WHOLE, '23:00');
    expect(told).toEqual(['23:00 dho']);
    expect(next).toEqual(clock('36:00'));
  });

  test('of info has no steps, and a clock all the same', () => {
    expect(climbAt(waiting('info', '09:00'), WHOLE, '09:00', '81:00')).toMatchObject({ told: [], next: clock('153:00') });
  });

  test('stops for a person and for the end', () => {
    const at = clock('09:00');
    const held = { ...waiting('red', '09:00'), acknowledgedAt: at, acknowledgedByPersonId: 7 };
    expect(dueLadderSteps(held, DEFAULT_PATHWAY, teamOf(WHOLE), clock('12:00'))).toBeNull();
    expect(dueLadderSteps({ ...waiting('red', '09:00'), closedAt: at }, DEFAULT_PATHWAY, teamOf(WHOLE), clock('12:00'))).toBeNull();
  });
});

describe('a step that reaches nobody', () => {
  test('moves on at once and says so', () => {
    const climb = dueLadderSteps(
      { ...waiting('red', '22:00', LEGEVAKT.id), ladderStepsTaken: 1 },
      DEFAULT_PATHWAY,
      teamOf(WHOLE),
      clock('22:30'),
    );
    expect(climb?.steps.map(({ reason }) => reason.en)).toEqual([
      'Step 2 of 5, all dho staff on duty: no staffed unit (municipal follow-up); moves on at once',
      'Step 3 of 5, team lead and responsible clinician: no staffed unit (municipal follow-up); moves on at once',
      'Step 4 of 5, team lead and responsible clinician: no staffed unit (responsible for the treatment); moves on at once',
      'Step 5 of 5, incident record, legevakt by phone: legevakt is told',
    ]);
    expect(climb).toMatchObject({ ladderStepsTaken: 5, nextStepAt: clock('24:30'), unreached: false });
  });

  test('the first step is the owner, whoever that is', () => {
    expect(climbAt(waiting('red', '22:00', LEGEVAKT.id), WHOLE, '22:00', '22:30').told).toEqual(['22:00 legevakt', '22:30 legevakt']);
  });

  test('with nobody on the ladder staffed it begins again when the first of them is', () => {
    const { told, next, episode } = climbAt(waiting('red', '23:00'), [DHO, GP], '23:00', '32:00', '32:30', '33:00', '34:00');
    expect(told).toEqual(['32:00 dho', '32:30 dho', '33:00 dho', '33:00 gp', '34:00 dho']);
    expect(next).toEqual(clock('36:00'));
    expect(episode.ladderStartedAt).toEqual(clock('32:00'));
  });

  test('half-way when everybody closes: from the beginning in the morning', () => {
    const { told } = climbAt(waiting('red', '15:45'), [DHO, GP], '15:45', '16:15', '32:00', '32:30');
    expect(told).toEqual(['15:45 dho', '32:00 dho', '32:30 dho']);
  });

  test('at the end, with the owner open and nobody left to call, the owner is told that it has ended', () => {
    const climb = dueLadderSteps({ ...waiting('red', '09:00'), ladderStepsTaken: 4 }, DEFAULT_PATHWAY, teamOf([DHO, GP]), clock('11:00'));
    expect(climb?.notices).toMatchObject([
      { unitId: 1, text: { en: 'The ladder has ended and nobody has acknowledged; the episode is still with its owner' } },
    ]);
    expect(climb).toMatchObject({ ladderStepsTaken: 5, nextStepAt: clock('13:00'), unreached: false });
  });

  test('an owner that has left the team: the rest of the team is called', () => {
    expect(climbAt(waiting('red', '09:00', 77), WHOLE, '09:00', '09:30').told).toEqual(['09:00 dho', '09:30 dho']);
    expect(climbAt(waiting('red', '23:00', 77), [DHO, GP], '23:00').next).toEqual(clock('32:00'));
    expect(climbAt(waiting('red', '23:00', 77), [], '23:00')).toMatchObject({ told: [], next: clock('47:00') });
  });

  test('an owner that never opens keeps no yellow waiting for ever', () => {
    const { told, next } = climbAt(waiting('yellow', '09:00'), [unit(1, 'dho', [])], '09:00', '13:00');
    expect(told).toEqual(['09:00 dho', '13:00 dho', '13:00 dho', '13:00 dho']);
    expect(next).toEqual(clock('37:00'));
  });
});

describe('a ladder that has ended', () => {
  test('begins again when nobody has acknowledged for as long as an acknowledgement holds', () => {
    const { told, next } = climbAt(waiting('critical', '09:00'), WHOLE, '09:00', '09:05', '09:10', '09:15', '09:29', '09:30', '09:35');
    expect(told.slice(4)).toEqual(['09:30 dho', '09:35 dho']);
    expect(next).toEqual(clock('09:40'));
  });

  test('says that it begins again', () => {
    const { episode } = climbAt(waiting('red', '09:00'), WHOLE, '09:00', '11:00');
    const again = dueLadderSteps(episode, DEFAULT_PATHWAY, teamOf(WHOLE), clock('13:10'));
    expect(again?.steps.map(({ reason }) => reason.en)).toEqual([
      'Still nobody has acknowledged; the ladder begins again',
      'Step 1 of 5, dho on duty: dho is told',
    ]);
    expect(again?.nextStepAt).toEqual(clock('13:40'));
  });

  test('before ladders began again is given a clock, and nobody is told', () => {
    const old = { ...waiting('red', '09:00'), ladderStepsTaken: 5, nextStepAt: null };
    expect(dueLadderSteps(old, DEFAULT_PATHWAY, teamOf(WHOLE), clock('12:00'))).toMatchObject({
      ...{ ladderStepsTaken: 5, nextStepAt: clock('14:00'), steps: [], notices: [] },
    });
  });
});

describe('nobody staffed', () => {
  const unreached = (severity: Severity, units: readonly Unit[], at = '23:00') => {
    const climb = dueLadderSteps(waiting(severity, at), DEFAULT_PATHWAY, teamOf(units), clock(at));
    if (!climb) throw new Error('nothing was due');
    return climb;
  };

  test.each<[string, Severity, readonly Unit[], boolean]>([
    ['red', 'red', [DHO, GP], true],
    ['critical', 'critical', [DHO, GP], true],
    ['yellow waits for opening hours', 'yellow', [DHO, GP], false],
    ['info waits', 'info', [DHO, GP], false],
    ['somebody is', 'red', WHOLE, false],
    ['home nursing is on the ladder of critical', 'critical', [DHO, HOME], false],
    ['home nursing is not on the ladder of red', 'red', [DHO, HOME], true],
  ])('%s', (_, severity, units, expected) => {
    expect(unreached(severity, units).unreached).toBe(expected);
  });

  test('is said at once, in the look that opens it, with when it begins again', () => {
    expect(unreached('red', [DHO, GP])).toMatchObject({
      ...{ ladderStartedAt: clock('32:00'), ladderStepsTaken: 0, nextStepAt: clock('32:00'), notices: [] },
      steps: [{ reason: { en: 'Nobody on the ladder is staffed now; it begins again when dho is staffed on Friday 16 January at 08:00' } }],
    });
  });

  test('is said once: a look in between finds nothing to do', () => {
    const waits = climbed(waiting('red', '23:00'), unreached('red', [DHO, GP]));
    expect(dueLadderSteps(waits, DEFAULT_PATHWAY, teamOf([DHO, GP]), clock('25:00'))).toBeNull();
  });

  test('and nobody known to come: said once, and tried again each day', () => {
    const never = [unit(1, 'dho', [])];
    const waits = climbed(waiting('red', '23:00'), unreached('red', never));
    expect(waits.nextStepAt).toEqual(clock('47:00'));
    expect(dueLadderSteps(waits, DEFAULT_PATHWAY, teamOf(never), clock('30:00'))).toBeNull();
    expect(dueLadderSteps(waits, DEFAULT_PATHWAY, teamOf(never), clock('47:00'))).toMatchObject({
      ...{ unreached: true, nextStepAt: clock('71:00') },
      steps: [{ reason: { en: expect.stringContaining('nobody is on any roster') as string } }],
    });
  });

  test('until somebody is put on call: told at the next look, not in the morning', () => {
    const waits = climbed(waiting('red', '23:00'), unreached('red', [DHO, GP]));
    const onCall = { ...GP, duty: [{ personId: 3, kind: 'on_call' as const, from: clock('25:00'), to: clock('31:00') }] };
    const now = dueLadderSteps(waits, DEFAULT_PATHWAY, teamOf([DHO, onCall]), clock('25:30'));
    expect(now?.notices.map(({ unitId }) => unitId)).toEqual([GP.id]);
    const later = dueLadderSteps(waits, DEFAULT_PATHWAY, teamOf([DHO, onCall]), clock('24:00'));
    expect(later).toMatchObject({ nextStepAt: clock('25:00'), ladderStartedAt: clock('25:00') });
  });

  test('of red on opening hours: red never waits for them, whatever a pathway says', () => {
    const routes = DEFAULT_PATHWAY.routes.map((route) => ({
      ...route,
      ladder: route.ladder.map((step) => ({ ...step, openingHoursClock: true })),
    }));
    const climb = dueLadderSteps(waiting('red', '23:00'), { ...DEFAULT_PATHWAY, routes }, teamOf([DHO, GP]), clock('23:00'));
    expect(climb?.unreached).toBe(true);
  });
});

describe('a ladder of a route for certain hours', () => {
  const NIGHT: readonly OpeningHours[] = [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '20:00', to: '08:00' }];
  const night: Route = {
    ...{ severity: 'red', when: { hours: NIGHT }, first: ['legevakt'], acknowledgementMin: 60 },
    ladder: [0, 30].map((afterMin) => ({ afterMin, openingHoursClock: false, careLevel: 'legevakt', to: `legevakt ${afterMin}` })),
  };
  const day: Route = { ...night, when: null, ladder: [{ afterMin: 0, openingHoursClock: false, careLevel: 'dho', to: 'dho' }] };
  const pathway = { ...DEFAULT_PATHWAY, routes: [night, day] };
  const AT_NIGHT = unit(3, 'legevakt', NIGHT);
  const look = (episode: Episode, units: readonly Unit[], at: string) => dueLadderSteps(episode, pathway, teamOf(units), clock(at));

  test('goes on by the route of the day when those of the night have gone home', () => {
    const begun = { ...waiting('red', '07:50', AT_NIGHT.id), ladderStepsTaken: 1, nextStepAt: clock('08:20') };
    expect(look(begun, [AT_NIGHT, DHO], '08:20')).toMatchObject({
      ...{ ladderStartedAt: clock('08:20'), unreached: false, notices: [{ unitId: DHO.id }] },
    });
  });

  test('stays on the route it began on when its next step is brought forward to before those hours would have begun', () => {
    const begun = { ...waiting('red', '20:01', AT_NIGHT.id), ladderStepsTaken: 1, nextStepAt: clock('20:02') };
    const climb = look(begun, [AT_NIGHT, unit(1, 'dho', ALWAYS)], '20:02');
    expect(climb).toMatchObject({ ladderStartedAt: clock('20:01'), ladderStepsTaken: 2, notices: [{ unitId: AT_NIGHT.id }] });
  });

  test('waits no longer than for the hour of a route on which somebody is there', () => {
    const noon = unit(1, 'dho', [{ weekdays: [1], from: '08:00', to: '12:00' }]);
    const waits = look(waiting('red', '12:30', noon.id), [noon, LEGEVAKT], '12:30');
    expect(waits).toMatchObject({ unreached: true, nextStepAt: clock('20:00'), notices: [] });
    const episode = climbed(waiting('red', '12:30', noon.id), waits!);
    expect(look(episode, [noon, LEGEVAKT], '12:30')).toBeNull();
    expect(look(episode, [noon, LEGEVAKT], '20:00')?.notices.map(({ unitId }) => unitId)).toEqual([LEGEVAKT.id]);
  });
});

describe('who is responsible for the treatment', () => {
  const CLINIC = unit(5, 'hospital_outpatient');
  const third = (responsibleUnitId: number | null) => {
    const team = teamOf([...WHOLE, CLINIC], { responsibleUnitId });
    const taken = { ...waiting('red', '09:00'), ladderStepsTaken: 2, nextStepAt: clock('10:00') };
    const climb = dueLadderSteps(taken, DEFAULT_PATHWAY, team, clock('10:00'));
    return climb?.notices.map(({ unitId }) => unitId);
  };

  test('is told when it is a clinic', () => expect(third(CLINIC.id)).toEqual([DHO.id, CLINIC.id]));
  test('is the GP otherwise', () => expect(third(null)).toEqual([DHO.id, GP.id]));
});

describe('a step that is brought forward', () => {
  const begun = { ...waiting('red', '09:00'), ladderStepsTaken: 1, nextStepAt: clock('09:05') };

  test('is taken then, and those after it keep their distance, whenever a look asks', () => {
    const { told, next } = climbAt(begun, WHOLE, '09:05', '09:20', '09:35', '10:34', '10:35');
    expect(told).toEqual(['09:05 dho', '09:35 dho', '09:35 gp', '10:35 legevakt']);
    expect(next).toEqual(clock('12:35'));
  });

  test('of yellow is not: what waits for opening hours is never hurried', () => {
    const yellow = { ...waiting('yellow', '09:00'), ladderStepsTaken: 1, nextStepAt: clock('09:05') };
    expect(dueLadderSteps(yellow, DEFAULT_PATHWAY, teamOf(WHOLE), clock('09:05'))).toMatchObject({
      notices: [],
      nextStepAt: clock('13:00'),
    });
  });
});

describe('a clock that is set back', () => {
  test('makes no step be taken twice, and keeps none waiting longer than from one step to the next', () => {
    const { episode } = climbAt(waiting('red', '09:00'), WHOLE, '09:00', '09:30');
    const back = dueLadderSteps(episode, DEFAULT_PATHWAY, teamOf(WHOLE), clock('08:35'));
    expect(back).toMatchObject({ ladderStepsTaken: 2, nextStepAt: clock('09:05'), notices: [], steps: [] });
  });

  test('between the opening and the first look keeps nobody waiting', () => {
    const climb = dueLadderSteps(waiting('red', '09:00'), DEFAULT_PATHWAY, teamOf(WHOLE), clock('08:00'));
    expect(climb?.notices.map(({ unitId }) => unitId)).toEqual([DHO.id]);
  });
});

describe('an acknowledgement at 09:00', () => {
  const route = (severity: Severity, acknowledgementMin?: number | null): Route => {
    const found = DEFAULT_PATHWAY.routes.find((each) => each.severity === severity)!;
    return acknowledgementMin === undefined ? found : { ...found, acknowledgementMin };
  };

  test.each<[string, Route, string | null, string]>([
    ['of critical', route('critical'), null, '09:15'],
    ['of red', route('red'), null, '11:00'],
    ['of yellow', route('yellow'), null, '33:00'],
    ['of info', route('info'), null, '81:00'],
    ['of red with the shift, if that is sooner', route('red'), '10:00', '10:00'],
    ['of critical before the shift', route('critical'), '15:00', '09:15'],
    ['without minutes, with the shift', route('red', null), '15:00', '15:00'],
    ['without minutes and without a roster, as the catalogue says', route('red', null), null, '11:00'],
  ])('%s runs out in its time', (_, given, shiftEndsAt, expected) => {
    expect(acknowledgementEnds(given, shiftEndsAt === null ? null : clock(shiftEndsAt), clock('09:00'))).toEqual(clock(expected));
  });
});
