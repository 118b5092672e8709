import { NEVER_OFFERED, type Climb, type Episode } from '@varde/alerts';
import type { Severity } from '@varde/rules';
import { DEFAULT_PATHWAY } from './default-pathway.js';
import { acknowledgementEnds, dueLadderSteps } from './ladder.js';
import { teamOf, unitOf, type CareLevel, type OpeningHours, type Unit } from './unit.js';

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

function waiting(severity: Severity, since: string, ownerUnitId = 1): Episode {
  const at = clock(since);
  return {
    ...{ id: 5, patientId: 11, domains: ['respiratory'], severity, signals: [], openedAt: at, lastSignalAt: at, ownerUnitId },
    ...NEVER_OFFERED,
    ...{ acknowledgedAt: null, acknowledgedByPersonId: null, acknowledgementEndsAt: null, clearedAt: null },
    ...{ closedAt: null, closedByPersonId: null, outcome: null, relapses: 0, pathwayId: 0, pathwayVersion: 1, version: 1 },
    ...{ ladderStartedAt: at, ladderStepsTaken: 0, nextStepAt: at },
  };
}

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
    if (!climb) throw new Error('it does not wait');
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
    expect(told).toEqual(['09:00 dho', '09:30 dho', '10:00 gp', '11:00 legevakt']);
    expect(next).toBeNull();
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
    expect(told).toEqual(['13:00 dho', '13:00 dho', '13:00 gp', '13:00 legevakt']);
    expect(next).toBeNull();
  });

  test('of yellow runs on the opening hours of the owner', () => {
    const { told, next } = climbAt(waiting('yellow', '14:00'), WHOLE, '14:00', '34:00', '40:00');
    expect(told).toEqual(['14:00 dho', '34:00 dho', '40:00 dho']);
    expect(next).toBeNull();
    expect(climbAt(waiting('yellow', '14:00'), WHOLE, '14:00').next).toEqual(clock('34:00'));
    expect(climbAt(waiting('yellow', '14:00'), WHOLE, '14:00', '34:00').next).toEqual(clock('40:00'));
  });

  test('of yellow at night is on the worklist at once and wakes nobody before opening', () => {
    const { told, next } = climbAt(waiting('yellow', '23:00'), WHOLE, '23:00');
    expect(told).toEqual(['23:00 dho']);
    expect(next).toEqual(clock('36:00'));
  });

  test('of info has no steps', () => {
    expect(climbAt(waiting('info', '09:00'), WHOLE, '09:00')).toMatchObject({ told: [], next: null });
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
      'Step 2 of 4, all dho staff on duty: no open unit (municipal follow-up); moves on at once',
      'Step 3 of 4, team lead and responsible clinician: no open unit (GP); moves on at once',
      'Step 4 of 4, incident record, legevakt by phone: legevakt is told',
    ]);
    expect(climb).toMatchObject({ ladderStepsTaken: 4, nextStepAt: null });
  });

  test('the first step is the owner, whoever that is', () => {
    expect(climbAt(waiting('red', '22:00', LEGEVAKT.id), WHOLE, '22:00', '22:30').told).toEqual(['22:00 legevakt', '22:30 legevakt']);
  });

  test('with nobody on the ladder open it begins again when the owner opens', () => {
    const { told, next, episode } = climbAt(waiting('red', '23:00'), [DHO, GP], '23:00', '32:00', '32:30', '33:00', '34:00');
    expect(told).toEqual(['32:00 dho', '32:30 dho', '33:00 gp', '34:00 dho']);
    expect(next).toBeNull();
    expect(episode.ladderStartedAt).toEqual(clock('32:00'));
  });

  test('half-way when everybody closes: from the beginning in the morning', () => {
    const { told } = climbAt(waiting('red', '15:45'), [DHO, GP], '15:45', '16:15', '32:00', '32:30');
    expect(told).toEqual(['15:45 dho', '32:00 dho', '32:30 dho']);
  });

  test('at the end, with the owner open and nobody left to call, the owner is told that it has ended', () => {
    const climb = dueLadderSteps({ ...waiting('red', '09:00'), ladderStepsTaken: 3 }, DEFAULT_PATHWAY, teamOf([DHO, GP]), clock('11:00'));
    expect(climb?.notices).toMatchObject([
      { unitId: 1, text: { en: 'The ladder has ended and nobody has acknowledged; the episode is still with its owner' } },
    ]);
    expect(climb).toMatchObject({ ladderStepsTaken: 4, nextStepAt: null });
  });

  test('an owner that has left the team: the rest of the team is called', () => {
    expect(climbAt(waiting('red', '09:00', 77), WHOLE, '09:00', '09:30').told).toEqual(['09:00 dho', '09:30 dho']);
    expect(climbAt(waiting('red', '23:00', 77), [DHO, GP], '23:00').next).toEqual(clock('32:00'));
    expect(climbAt(waiting('red', '23:00', 77), [], '23:00')).toMatchObject({ told: ['23:00 77'], next: null });
  });

  test('an owner that never opens keeps no yellow waiting for ever', () => {
    const { told, next } = climbAt(waiting('yellow', '09:00'), [unit(1, 'dho', [])], '09:00', '13:00');
    expect(told).toEqual(['09:00 dho', '13:00 dho', '13:00 dho']);
    expect(next).toBeNull();
  });
});

test.each([
  ['red', '17:00'],
  ['yellow', '17:00'],
  ['info', null],
] as const)('an acknowledgement of %s at 09:00 runs out at %s', (severity, expected) => {
  expect(acknowledgementEnds(DEFAULT_PATHWAY, severity, clock('09:00'))).toEqual(expected && clock(expected));
});
