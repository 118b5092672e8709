import fc from 'fast-check';
import { teamOf } from '@varde/routing';
import type { RuleReading } from '@varde/rules';
import type { Metric } from '@varde/vitals';
import { afterLook } from '../../../test/after-look.js';
import { CATALOGUE, ONE_UNIT, planOf } from '../../../test/clinic.js';
import { quiet } from '../../../test/look-story.js';
import type { LookInput, LookOutcome } from './input-and-outcome.js';
import { CANNOT_BE_JUDGED, cannotBeJudged, look } from './look.js';

const HOUR_MS = 3_600_000;
/** Thursday 15 January 2026, 10:00 in Oslo, and hours after it. */
const hours = (n: number) => new Date(Date.parse('2026-01-15T10:00:00+01:00') + n * HOUR_MS);

const aLook: LookInput = {
  ...quiet,
  catalogue: CATALOGUE,
  plan: planOf({ enrolments: [{ programme: 'copd', from: hours(-24 * 90), to: null }] }),
  ...{ team: ONE_UNIT, now: hours(0) },
};

let measurements = 0;
const reading = (metric: Metric, value: number, at: Date, receivedAt = at): RuleReading => ({
  measurementId: ++measurements,
  metric,
  value,
  observedAt: at,
  receivedAt,
  doubt: null,
});

/** One look at what has come: the readings so far, looked at from the oldest new one. */
function lookAt(
  input: LookInput,
  at: Date,
  ...fresh: readonly RuleReading[]
): { readonly input: LookInput; readonly outcome: LookOutcome } {
  const oldestMs = Math.min(...fresh.map(({ observedAt }) => observedAt.getTime()));
  const next: LookInput = {
    ...input,
    window: { ...input.window, readings: [...input.window.readings, ...fresh] },
    unlookedFrom: fresh.length > 0 ? new Date(oldestMs) : null,
    now: at,
  };
  const outcome = look(next);
  let id = Math.max(0, ...input.episodes.map((episode) => episode.id));
  return { input: afterLook(next, outcome, () => ++id), outcome };
}

describe('a look with the rules of the catalogue', () => {
  test('L1: a critical measured before a newer better reading opens an episode that a person must close', () => {
    const first = lookAt(aLook, hours(0), reading('spo2', 90, hours(0)));
    const late = lookAt(first.input, hours(0.5), reading('spo2', 82, hours(-1), hours(0.5)));
    expect(late.outcome.episodes).toMatchObject([{ episode: { severity: 'critical', ownerUnitId: 1, closedAt: null } }]);
    expect(late.outcome.episodes[0]?.notices.filter(({ cause }) => cause === 'opened')).toHaveLength(1);
  });

  test('L2: a critical six hours old is red, with its age in the words of the notice', () => {
    const { outcome } = lookAt(aLook, hours(0), reading('spo2', 82, hours(-6), hours(0)));
    expect(outcome.episodes).toMatchObject([{ episode: { severity: 'red' } }]);
    expect(outcome.episodes[0]?.notices[0]?.text).toMatchObject({
      nb: expect.stringContaining('6 timer'),
      en: expect.stringContaining('6 hours'),
    });
  });

  test('L4: a late normal reading leaves the episode as it is', () => {
    const open = lookAt(aLook, hours(0), reading('spo2', 82, hours(0)));
    const late = lookAt(open.input, hours(0.6), reading('spo2', 93, hours(-1), hours(0.6)), reading('spo2', 94, hours(-0.9), hours(0.6)));
    expect(late.input.episodes).toMatchObject([{ severity: 'critical', clearedAt: null }]);
  });

  test('L5: the same stored measurement looked at three times is one alert', () => {
    const low = reading('spo2', 82, hours(0));
    const open = lookAt(aLook, hours(0), low);
    const again = look({ ...open.input, unlookedFrom: hours(0), now: hours(0) });
    expect(again).toMatchObject({ findings: [], episodes: [] });
  });

  test('two good readings clear it and it waits for a person; the frozen ladder goes on', () => {
    const open = lookAt(aLook, hours(0), reading('spo2', 82, hours(0)));
    const good = lookAt(open.input, hours(2), reading('spo2', 92, hours(1)), reading('spo2', 92, hours(2)));
    const [episode] = good.input.episodes;
    expect(episode?.signals.find(({ ruleId }) => ruleId === 'copd.spo2.critical')).toMatchObject({ standing: false, clearedAt: hours(2) });
    expect(episode).toMatchObject({ closedAt: null, outcome: null });
  });
});

describe('a reading that comes late, inside an older breach of its rule', () => {
  const BELOW = 'copd.spo2.below_target';
  /** Low at 0, never measured again in its time, and normal from 32 minutes on: told, cleared, and closed by nobody. */
  const cleared = (): LookInput => {
    const low = lookAt(aLook, hours(0), reading('spo2', 78, hours(0)));
    const well = lookAt(low.input, hours(32 / 60), reading('spo2', 88, hours(32 / 60)));
    return lookAt(well.input, hours(25), reading('spo2', 88, hours(25))).input;
  };
  const said = ({ recorded }: LookInput) =>
    recorded.filter(({ ruleId, result }) => ruleId === BELOW && result !== 'pending').map(({ at, result }) => [at, result]);
  const late = () => reading('spo2', 78, hours(31 / 60), hours(46));
  const again = () => [reading('spo2', 78, hours(46)), reading('spo2', 78, hours(46.1))];

  test('is part of it, as it would have been in time', () => {
    const low = lookAt(aLook, hours(0), reading('spo2', 78, hours(0)));
    const inTime = lookAt(low.input, hours(31 / 60), reading('spo2', 78, hours(31 / 60)));
    const { input } = lookAt(cleared(), hours(46), late());
    expect(said(input)).toEqual(said(inTime.input));
    expect(input.episodes[0]).toMatchObject({ relapses: 0, signals: [{ standing: false }, { ruleId: BELOW, count: 2, standing: false }] });
  });

  test('is said the same of when everything is judged again, while the rule stands by a later one', () => {
    const all = lookAt(cleared(), hours(46.2), ...again(), late());
    expect(look({ ...all.input, unlookedFrom: hours(-48) })).toMatchObject({ findings: [], episodes: [] });
  });
});

describe('a look that throws', () => {
  const broken = {
    ...aLook,
    plan: { ...aLook.plan, zone: 'Europe/Nidaros' },
    window: { ...aLook.window, readings: [reading('spo2', 82, hours(0))] },
  };

  test('is a technical episode, once for as long as it lasts, and it ends when a look works again', () => {
    expect(() => look({ ...broken, unlookedFrom: hours(0) })).toThrow(RangeError);
    const first = cannotBeJudged(broken);
    expect(first.episodes).toMatchObject([
      { episode: { domains: ['technical'], severity: 'yellow', ownerUnitId: 1 }, notices: [{ cause: 'opened' }] },
    ]);
    const waiting = afterLook(broken, first, () => 1);
    expect(cannotBeJudged({ ...waiting, now: hours(1) })).toMatchObject({ findings: [], episodes: [] });
    const { input } = lookAt({ ...waiting, plan: aLook.plan, window: aLook.window }, hours(2));
    expect(input.episodes).toMatchObject([{ clearedAt: hours(2), signals: [{ ruleId: CANNOT_BE_JUDGED, standing: false }] }]);
    expect(lookAt(input, hours(48)).input.episodes).toMatchObject([{ outcome: 'settled' }]);
  });

  test('leaves the ladders of the other episodes running', () => {
    const open = lookAt(aLook, hours(0), reading('spo2', 82, hours(0)));
    const { episodes } = cannotBeJudged({ ...open.input, now: hours(0.1) });
    expect(episodes.find(({ episode }) => episode.severity === 'critical')?.notices).toMatchObject([{ cause: 'escalated' }]);
  });

  test('in a team that nobody can own in leaves only the finding', () => {
    expect(() => look({ ...aLook, team: teamOf([]), window: broken.window, unlookedFrom: hours(0) })).toThrow(
      expect.objectContaining({ name: 'NoOwner' }),
    );
    expect(cannotBeJudged({ ...broken, team: teamOf([]) })).toMatchObject({
      findings: [{ ruleId: CANNOT_BE_JUDGED }],
      episodes: [],
      nextLookAt: null,
    });
  });
});

test('looking again after the outcome was written changes nothing, whatever came', () => {
  const value = fc.record({
    metric: fc.constantFrom<[Metric, number, number]>(['spo2', 78, 98], ['pulse', 38, 140], ['systolic', 80, 190], ['temperature', 35, 40]),
    share: fc.nat(100),
    agoMin: fc.nat(4000),
    lateMin: fc.nat(600),
  });
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.array(value, { maxLength: 5 }), fc.nat(2000)), { maxLength: 12 }), (looks) => {
      let [input, minutes] = [aLook, 0];
      for (const [values, waitMin] of looks) {
        minutes += waitMin;
        const now = hours(minutes / 60);
        const fresh = values.map(({ metric: [metric, low, high], share, agoMin, lateMin }) => {
          const at = new Date(now.getTime() - agoMin * 60_000);
          return reading(
            metric,
            Math.round(low + ((high - low) * share) / 100),
            at,
            new Date(Math.min(now.getTime(), at.getTime() + lateMin * 60_000)),
          );
        });
        const once = lookAt(input, now, ...fresh);
        const again = look({ ...once.input, unlookedFrom: new Date(now.getTime() - 4000 * 60_000) });
        expect(again).toMatchObject({ findings: [], episodes: [], nextLookAt: once.outcome.nextLookAt });
        input = once.input;
      }
    }),
    { numRuns: 200 },
  );
});
