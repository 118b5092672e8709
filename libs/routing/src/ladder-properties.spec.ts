import fc from 'fast-check';
import type { Episode } from '@varde/alerts';
import { SEVERITIES, type Severity } from '@varde/rules';
import { DEFAULT_PATHWAY } from './default-pathway.js';
import { dueLadderSteps, unitsOfStep } from './ladder.js';
import { chooseOwner, routeOf } from './owner.js';
import { isStaffed } from './reach.js';
import { teamOf, unitOf, type CareLevel, type Duty, type OpeningHours, type Team } from './unit.js';
import { waitingEpisode } from './waiting-episode.js';

/**
 * Ladders that nobody answers, over weeks around both changes of the clock and over Easter and Christmas, with rosters and without, looked at on
 * time, late and too early, and with the clock of the machine set back and forward by an hour while they run.
 */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** A Friday evening before each: the spring night, the autumn night, Easter, Christmas. */
const STARTS = ['2026-03-27T18:00:00+01:00', '2026-10-23T18:00:00+02:00', '2026-04-01T18:00:00+02:00', '2026-12-23T18:00:00+01:00'];
const LEVELS: readonly CareLevel[] = ['dho', 'gp', 'legevakt', 'home_nursing', 'psht', 'hospital_outpatient'];
const HOURS: readonly (readonly OpeningHours[])[] = [
  [{ weekdays: [1, 2, 3, 4, 5], from: '08:00', to: '15:30' }],
  [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00' }],
  [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '21:00', to: '02:30' }],
  [],
];

type Move = { readonly kind: 'on time' } | { readonly kind: 'late' | 'early' | 'clock'; readonly minutes: number };

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Move>({ kind: 'on time' }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('late' as const), minutes: fc.oneof(fc.nat(20), fc.nat(3_000)) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('early' as const), minutes: fc.nat(90) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clock' as const), minutes: fc.constantFrom(-60, 60, -7, 7) }) },
);

const drawnUnit = fc.record({
  careLevel: fc.constantFrom(...LEVELS),
  hours: fc.constantFrom(...HOURS),
  onHolidays: fc.constantFrom('as_usual' as const, 'closed' as const, 'as_sunday' as const),
  duty: fc.option(
    fc.array(
      fc.record({
        kind: fc.constantFrom('shift' as const, 'on_call' as const),
        from: fc.nat(20 * 24),
        hours: fc.integer({ min: 1, max: 30 }),
      }),
      {
        maxLength: 8,
      },
    ),
    { nil: null },
  ),
});

const story = fc
  .record({
    start: fc.constantFrom(...STARTS),
    severity: fc.constantFrom<Severity>(...SEVERITIES),
    units: fc.array(drawnUnit, { minLength: 1, maxLength: 4 }),
    isResponsible: fc.boolean(),
    moves: fc.array(move, { minLength: 10, maxLength: 40 }),
  })
  .map(({ start, units, isResponsible, ...rest }) => {
    const startMs = Date.parse(start);
    const made = units.map(({ careLevel, hours: openingHours, onHolidays, duty }, index) => {
      const roster = duty?.map(({ kind, from, hours }): Duty => {
        const fromMs = startMs + (from - 24) * HOUR_MS;
        return { personId: 1, kind, from: new Date(fromMs), to: new Date(fromMs + hours * HOUR_MS) };
      });
      const about = { id: index + 1, name: careLevel, careLevel, zone: 'Europe/Oslo', openingHours, onHolidays };
      return unitOf({ ...about, duty: roster ? roster.sort((a, b) => a.from.getTime() - b.from.getTime()) : null });
    });
    return { startMs, team: teamOf(made, { responsibleUnitId: isResponsible ? made.length : null }), ...rest };
  });

function opened(severity: Severity, team: Team, at: Date): Episode {
  const ownerUnitId = chooseOwner(DEFAULT_PATHWAY, team, severity, at).unitId;
  return waitingEpisode(severity, ownerUnitId, at);
}

/** Everybody a ladder may tell now: its owner and the units of its steps. */
function staffedNow(episode: Episode, team: Team, now: Date): number[] {
  const { ladder } = routeOf(DEFAULT_PATHWAY, episode.severity, team, now);
  const called = [...team.units.filter(({ id }) => id === episode.ownerUnitId), ...ladder.flatMap((step) => unitsOfStep(step, team))];
  return called.filter((unit) => isStaffed(unit, now)).map(({ id }) => id);
}

test('every ladder tells each step once, ends at somebody staffed or says that nobody is, and always has a next clock', () => {
  fc.assert(
    fc.property(story, ({ startMs, team, severity, moves }) => {
      const isGrave = severity === 'red' || severity === 'critical';
      let nowMs = startMs;
      let episode = opened(severity, team, new Date(nowMs));
      const keys = new Set<string>();
      for (const each of [{ kind: 'on time' } as Move, ...moves]) {
        if (each.kind === 'clock') nowMs += each.minutes * MINUTE_MS;
        else if (each.kind === 'early')
          nowMs = Math.max(nowMs, Math.min(nowMs + each.minutes * MINUTE_MS, episode.nextStepAt!.getTime() - 1));
        else nowMs = Math.max(nowMs, episode.nextStepAt!.getTime()) + (each.kind === 'late' ? each.minutes * MINUTE_MS : 0);
        // A moment that comes twice may give a ladder the name of one before; the database sends a notice of one key once.
        if (each.kind === 'clock' && each.minutes < 0) keys.clear();
        const now = new Date(nowMs);
        const climb = dueLadderSteps(episode, DEFAULT_PATHWAY, team, now);
        if (!climb) {
          expect(episode.nextStepAt!.getTime()).toBeGreaterThan(nowMs);
          continue;
        }
        const { ladderStartedAt, ladderStepsTaken, nextStepAt, unreached, notices } = climb;
        expect(nextStepAt!.getTime()).toBeGreaterThan(nowMs);
        for (const { key, unitId } of notices) {
          expect(keys.has(key)).toBe(false);
          keys.add(key);
          if (isGrave)
            expect(
              isStaffed(
                team.units.find(({ id }) => id === unitId)!,
                now,
              ),
            ).toBe(true);
        }
        const staffed = staffedNow(episode, team, now);
        if (unreached) expect([isGrave, staffed, notices]).toEqual([true, [], []]);
        // Nobody waits while somebody who may be told is there, unless everybody that is due has been told already.
        if (isGrave && staffed.length > 0) expect(ladderStepsTaken).toBeGreaterThan(0);
        episode = { ...episode, ladderStartedAt, ladderStepsTaken, nextStepAt };
        // A second look at the same moment, as after a restart, finds nothing to do.
        expect(dueLadderSteps(episode, DEFAULT_PATHWAY, team, now)).toBeNull();
      }
    }),
    { numRuns: 250 },
  );
});

test('nobody staffed when it opens is said in that look, and the first who comes is told within the minute of coming', () => {
  fc.assert(
    fc.property(story, ({ startMs, team, severity }) => {
      fc.pre(severity === 'red' || severity === 'critical');
      let episode = opened(severity, team, new Date(startMs));
      const first = dueLadderSteps(episode, DEFAULT_PATHWAY, team, new Date(startMs))!;
      expect(first.unreached).toBe(staffedNow(episode, team, new Date(startMs)).length === 0);
      if (!first.unreached) return;
      const { ladderStartedAt, ladderStepsTaken, nextStepAt } = first;
      episode = { ...episode, ladderStartedAt, ladderStepsTaken, nextStepAt };
      for (let atMs = startMs; atMs < Math.min(nextStepAt!.getTime(), startMs + 7 * 24 * HOUR_MS); atMs += 30 * MINUTE_MS) {
        expect(staffedNow(episode, team, new Date(atMs))).toEqual([]);
      }
      const then = dueLadderSteps(episode, DEFAULT_PATHWAY, team, nextStepAt!)!;
      expect(then.unreached).toBe(staffedNow(episode, team, nextStepAt!).length === 0);
      // Unreached again only where nobody is known to come, and it is tried each day.
      if (then.unreached) expect(then.nextStepAt!.getTime() - nextStepAt!.getTime()).toBeLessThanOrEqual(24 * HOUR_MS);
    }),
    { numRuns: 60 },
  );
});
