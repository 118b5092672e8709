import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import {
  breathlessTimes,
  bridgeOf,
  BRIDGED_DOMAINS,
  IllegalMove,
  isWorse,
  nextEpisode,
  withEpisodeId,
  type Episode,
  type OwnershipStep,
  type PersonStep,
  type Snooze,
  snoozeOf,
} from '@varde/alerts';
import { DEFAULT_PATHWAY, teamOf, unitOf, type CareLevel, type OpeningHours, type Team } from '@varde/routing';
import { SEVERITIES, type Domain, type Finding, type Severity } from '@varde/rules';
import { afterLook } from '../../../test/after-look.js';
import { quiet } from '../../../test/look-story.js';
import { decide, type GradedFinding, type Judged } from './decide.js';
import type { EpisodeChange, LookInput } from './input-and-outcome.js';

/**
 * A model of one patient over weeks, with random findings, clears, people and irregular looks. After every step the promises of DESIGN
 * section 6 are checked: one open episode per domain, exactly one owner of the team, every notice once, every ladder step once, and no open
 * unacknowledged episode without a clock.
 */

const MINUTE_MS = 60_000;
const START = Date.parse('2026-03-25T06:00:00+01:00');
const words = { nb: 'x', en: 'x' };

const HOURS: readonly (readonly OpeningHours[])[] = [
  [{ weekdays: [1, 2, 3, 4, 5], from: '08:00', to: '15:30' }],
  [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00' }],
  [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '21:00', to: '07:30' }],
  [],
];
const DOMAINS: readonly Domain[] = ['respiratory', 'fluid', 'cardiac', 'blood_pressure', 'silence', 'technical'];
const LEVELS: readonly CareLevel[] = ['dho', 'gp', 'legevakt', 'home_nursing', 'psht', 'hospital_outpatient', 'patient', 'amk'];

type Act = Exclude<PersonStep['kind'], OwnershipStep['kind']>;

type Move =
  | { readonly kind: 'look'; readonly findings: readonly Drawn[]; readonly clears: readonly number[]; readonly breathless: boolean }
  | { readonly kind: 'person'; readonly what: Act; readonly which: number; readonly forMin: number }
  | { readonly kind: 'wait'; readonly minutes: number }
  | { readonly kind: 'wait for the clock'; readonly lateMin: number };

interface Drawn {
  readonly rule: number;
  readonly severity: Severity;
  readonly agoMin: number;
  readonly result: Finding['result'];
  readonly acted: boolean;
  readonly superseded: boolean;
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  rule: fc.nat(11),
  severity: fc.constantFrom(...SEVERITIES),
  agoMin: fc.oneof(fc.constant(0), fc.nat(90), fc.nat(4000)),
  result: fc.constantFrom('fire', 'fire', 'fire', 'fire_unconfirmed', 'pending', 'not_confirmed'),
  acted: fc.nat(9).map((n) => n > 0),
  superseded: fc.nat(9).map((n) => n === 0),
});
const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('look' as const),
      findings: fc.array(drawn, { maxLength: 4 }),
      clears: fc.array(fc.nat(11), { maxLength: 3 }),
      breathless: fc.nat(19).map((n) => n === 0),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('person' as const),
      what: fc.constantFrom<Act>(
        'acknowledge',
        'acknowledge',
        'close',
        'close',
        'release',
        'leave',
        'end_shift',
        'note',
        'snooze',
        'undo_snooze',
      ),
      which: fc.nat(5),
      forMin: fc.nat(600),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), minutes: fc.oneof(fc.nat(30), fc.nat(600), fc.nat(6000)) }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('wait for the clock' as const), lateMin: fc.oneof(fc.constant(0), fc.nat(3), fc.nat(2000)) }),
  },
);

const team: fc.Arbitrary<Team> = fc
  .tuple(fc.constantFrom(...HOURS), fc.array(fc.tuple(fc.constantFrom(...LEVELS), fc.constantFrom(...HOURS)), { maxLength: 4 }))
  .map(([ofFirst, rest]) =>
    teamOf(
      [['dho', ofFirst] as const, ...rest].map(([careLevel, openingHours], index) =>
        unitOf({ id: index + 1, name: careLevel, careLevel, zone: 'Europe/Oslo', openingHours }),
      ),
    ),
  );

/** Four domains with two rules each, and two without a bridge: rule number to rule. */
function toFinding({ rule, severity, agoMin, result, acted, superseded }: Drawn, nowMs: number): GradedFinding {
  const at = new Date(nowMs - agoMin * MINUTE_MS);
  const now = new Date(nowMs);
  const finding: Finding = {
    ...{ ruleId: `rule-${rule}`, ruleVersion: 1, domain: DOMAINS[rule % DOMAINS.length]!, result, severity },
    ...{
      anchor: `t:${at.getTime()}/${severity}/${superseded}/${acted}`,
      at,
      receivedAt: now,
      readingIds: [],
      limits: [],
      reason: words,
      superseded,
    },
    pendingUntil: result === 'pending' ? new Date(nowMs + 30 * MINUTE_MS) : null,
  };
  return { finding, severity: acted ? severity : null, reason: words };
}

class Patient {
  merges = 0;
  lastId = 0;
  nowMs = START;
  input: LookInput;
  nextLookAt: Date | null = null;
  /** Keys of notices with the moment they were made at. */
  readonly keys = new Map<string, number>();
  readonly rungs = new Map<string, number>();

  constructor(given: Team) {
    this.input = { ...quiet, team: given, now: new Date(START) };
  }

  take(step: Move): void {
    switch (step.kind) {
      case 'wait':
        this.nowMs += step.minutes * MINUTE_MS;
        return;
      case 'wait for the clock':
        if (this.nextLookAt) this.nowMs = Math.max(this.nowMs, this.nextLookAt.getTime()) + step.lateMin * MINUTE_MS;
        return this.look({ findings: [], cleared: [], nextAt: null });
      case 'person':
        return this.person(step);
      case 'look':
        if (step.breathless) this.answerBreathless();
        return this.look({
          findings: step.findings.map((each) => toFinding(each, this.nowMs)),
          cleared: step.clears.map((rule) => ({ ruleId: `rule-${rule}`, at: new Date(this.nowMs), reason: words })),
          nextAt: null,
        });
    }
  }

  private answerBreathless(): void {
    const at = new Date(this.nowMs);
    const items = { dyspnoea_worse: true };
    const answers = [{ measurementId: this.nowMs, questionnaire: 'daily', items, observedAt: at, receivedAt: at }];
    this.input = { ...this.input, window: { ...this.input.window, answers } };
  }

  private look(judged: Judged): void {
    const input = {
      ...this.input,
      now: new Date(this.nowMs),
      snoozes: this.input.snoozes.filter(({ until }) => until.getTime() > this.nowMs),
    };
    const outcome = decide(input, judged);
    for (const { episode } of outcome.episodes) {
      const before = input.episodes.find(({ id }) => id === episode.id);
      must(episode.version === (before?.version ?? 0) + 1, 'one look is one change');
    }
    if (judged.findings.length + judged.cleared.length > 1) {
      const turned = { ...judged, findings: [...judged.findings, ...judged.findings].reverse(), cleared: [...judged.cleared].reverse() };
      must(isDeepStrictEqual(decide(input, turned).episodes, outcome.episodes), 'duplicates and order within a look make no difference');
    }

    this.checkMerged(outcome.episodes, input.episodes);
    const firstId = this.lastId + 1;
    this.input = afterLook(input, outcome, () => ++this.lastId);
    this.noteNotices(outcome.episodes, firstId);
    this.nextLookAt = outcome.nextLookAt;
    must(!this.nextLookAt || this.nextLookAt.getTime() > this.nowMs, 'the next look is to come');

    const again = decide(this.input, judged);
    must(again.episodes.length === 0 && again.findings.length === 0, 'the same look again changes nothing');
    must(again.nextLookAt?.getTime() === this.nextLookAt?.getTime(), 'and expects the same');
    this.check();
    this.checkBridged();
  }

  private checkBridged(): void {
    const open = this.input.episodes.filter(({ closedAt }) => closedAt === null).map((episode) => ({ episode }));
    const breathlessAt = breathlessTimes(this.input.window.answers);
    const pairs = open.flatMap((a, place) => open.slice(place + 1).map((b) => bridgeOf(a, b, breathlessAt)));
    must(
      pairs.every((bridge) => bridge === null),
      'one problem is one open episode',
    );
  }

  /** What goes into another loses nothing on the way, and those who had it know. */
  private checkMerged(changes: readonly EpisodeChange[], before: readonly Episode[]): void {
    for (const { episode: gone, notices } of changes.filter(({ episode }) => episode.outcome === 'merged')) {
      this.merges++;
      const was = before.find(({ id }) => id === gone.id);
      let into = changes.find(({ episode }) => episode.id === gone.mergedIntoId);
      must(was !== undefined && was.closedAt === null && into !== undefined, 'what was open goes into another of the same look');
      while (into?.episode.outcome === 'merged') into = changes.find(({ episode }) => episode.id === into?.episode.mergedIntoId);
      must(into !== undefined && into.episode.closedAt === null, 'which is open after it');
      if (!into || !was) return;
      const { episode } = into;
      must(
        gone.domains.every((domain) => episode.domains.includes(domain)),
        'its areas go on',
      );
      must(
        gone.signals.every(({ ruleId }) => episode.signals.some((signal) => signal.ruleId === ruleId)),
        'its signals go on',
      );
      const standing = gone.signals.filter((signal) => signal.standing);
      const isMilder = ({ severity }: { severity: Severity }) => [severity, gone.severity].every((each) => isWorse(each, episode.severity));
      must(!standing.some(isMilder), 'the one that goes on is no milder than what stands');
      must(gone.nextStepAt === null && gone.acknowledgementEndsAt === null, 'no clock of what has gone');
      must(
        notices.every(({ cause }) => cause !== 'escalated' && cause !== 'severity_rose'),
        'nobody is called about what has gone',
      );
      const isHeldBack = episode.severity === 'yellow' && episode.acknowledgedAt === null;
      const told = into.notices.map(({ unitId }) => unitId);
      must(told.includes(episode.ownerUnitId) || isHeldBack, 'the owner of the one that goes on is told');
      must(told.includes(was.ownerUnitId) || was.ownerUnitId === episode.ownerUnitId, 'and whoever had the other');
    }
  }

  /**
   * A key, and with it a step of one ladder, is used once; the store would give a new episode its id, so keys of new ones are read under it.
   * Time stands still between many moves here: what is made twice in the same moment is one row of the store, told once.
   */
  private noteNotices(changes: readonly EpisodeChange[], firstId: number): void {
    let newId = firstId;
    for (const { episode, notices } of changes) {
      const id = episode.id === 0 ? newId++ : episode.id;
      for (const { key } of notices.map((notice) => withEpisodeId(notice, id))) {
        must((this.keys.get(key) ?? this.nowMs) === this.nowMs, `notice ${key} once`);
        this.keys.set(key, this.nowMs);
      }
      const run = `${id}/${episode.relapses}/${episode.severity}/${episode.ladderStartedAt.toISOString()}`;
      must(episode.ladderStepsTaken >= (this.rungs.get(run) ?? 0), 'a ladder is climbed upwards');
      this.rungs.set(run, episode.ladderStepsTaken);
    }
  }

  private person({ what, which, forMin }: Extract<Move, { kind: 'person' }>): void {
    const episode = this.input.episodes[which % Math.max(1, this.input.episodes.length)];
    if (!episode) return;
    const at = new Date(this.nowMs);
    const until = new Date(this.nowMs + forMin * MINUTE_MS);
    const step = personStep(what, { at, until, ruleId: episode.signals[which % episode.signals.length]!.ruleId });
    try {
      const { episode: next } = nextEpisode(episode, step);
      this.input = { ...this.input, episodes: this.input.episodes.map((each) => (each === episode ? next : each)) };
      if (step.kind === 'snooze')
        this.input = { ...this.input, snoozes: [...this.input.snoozes, { id: 1, ...snoozeOf(episode, step) } satisfies Snooze] };
      if (step.kind === 'undo_snooze')
        this.input = { ...this.input, snoozes: this.input.snoozes.filter(({ ruleId }) => ruleId !== step.ruleId) };
    } catch (error) {
      if (!(error instanceof IllegalMove)) throw error;
    }
    // A person's step asks for a look at once, as the store does.
    this.nextLookAt = at;
    this.check();
  }

  private check(): void {
    const { episodes, team: given } = this.input;
    const open = episodes.filter(({ closedAt }) => closedAt === null);
    const domains = open.flatMap((episode) => episode.domains);
    must(new Set(domains).size === domains.length, 'one open episode per domain');
    for (const episode of open) {
      must(given.units.filter(({ id }) => id === episode.ownerUnitId).length === 1, 'exactly one owner');
      const ladder = DEFAULT_PATHWAY.routes.find(({ severity }) => severity === episode.severity)!.ladder;
      const hasClock = episode.nextStepAt !== null || episode.acknowledgedAt !== null;
      must(hasClock, 'a clock until a person has it');
      must(episode.acknowledgedAt !== null || episode.ladderStepsTaken <= ladder.length, 'no step after the last');
      must((episode.clearedAt !== null) === episode.signals.every(({ standing }) => !standing), 'cleared when nothing stands');
      must(episode.domains.every((domain) => BRIDGED_DOMAINS.includes(domain)) || episode.domains.length === 1, 'only the bridge joins');
    }
    for (const { closedAt, outcome, closedByPersonId, severity, mergedIntoId } of episodes) {
      must((closedAt === null) === (outcome === null), 'an end has an outcome');
      must(outcome !== 'settled' || severity === 'yellow' || severity === 'info', 'red and critical end by a person');
      must(outcome === null || outcome === 'settled' || outcome === 'merged' || closedByPersonId === 7, 'whoever closed it is known');
      must((outcome === 'merged') === (mergedIntoId !== null), 'what has gone into another says which');
    }
  }
}

function must(holds: boolean, promise: string): void {
  if (!holds) throw new Error(`broken: ${promise}`);
}

function personStep(kind: Act, { at, until, ruleId }: { at: Date; until: Date; ruleId: string }): PersonStep {
  const by = { at, byPersonId: 7, zone: 'Europe/Oslo' };
  switch (kind) {
    case 'acknowledge':
      return { kind, ...by, endsAt: until };
    case 'close':
      return { kind, ...by, outcome: 'no_action_needed', note: '', secondLook: false };
    case 'snooze':
      return { kind, ...by, ruleId, until, note: 'known' };
    case 'undo_snooze':
      return { kind, ...by, ruleId };
    case 'leave':
      return { kind, ...by };
    case 'end_shift':
      return { kind, ...by, endsAt: at };
    case 'release':
    case 'note':
      return { kind, ...by, note: 'x' };
  }
}

/** Of 400 patients: were episodes never merged, the promises about it would all hold. */
const MERGES_MIN = 90;

test('no sequence of findings, clocks and people breaks the promises (30,000 steps)', () => {
  let [steps, merges] = [0, 0];
  fc.assert(
    fc.property(team, fc.array(move, { minLength: 60, maxLength: 100, size: 'max' }), (given, moves) => {
      const patient = new Patient(given);
      for (const each of moves) patient.take(each);
      steps += moves.length;
      merges += patient.merges;
    }),
    { numRuns: 400, endOnFailure: true },
  );
  expect(steps).toBeGreaterThan(30_000);
  expect(merges).toBeGreaterThan(MERGES_MIN);
}, 120_000);
