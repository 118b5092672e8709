import { nextEpisode, type Episode, type Step } from '@varde/alerts';
import { DEFAULT_PATHWAY, teamOf, unitOf, type CareLevel, type OpeningHours, type Unit } from '@varde/routing';
import type { Domain, Finding, RuleReading, Severity, Words } from '@varde/rules';
import type { AdviceAnswer } from '../libs/look/src/advice.js';
import { afterLook } from './after-look.js';
import { EMPTY_CATALOGUE, planOf } from './clinic.js';
import { decide, type GradedFinding, type Judged } from '../libs/look/src/decide.js';
import type { LookInput, LookOutcome } from '../libs/look/src/input-and-outcome.js';

/*
 * One patient from look to look, for the specs of libs/look.
 */

const HOUR_MS = 3_600_000;
/** Thursday 15 January 2026, 08:00 in Oslo, and hours after it. */
export const hours = (n: number): Date => new Date(Date.parse('2026-01-15T08:00:00+01:00') + n * HOUR_MS);
const words = (text: string): Words => ({ nb: text, en: text });

const ALWAYS: readonly OpeningHours[] = [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00' }];
const DAILY: readonly OpeningHours[] = [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '08:00', to: '16:00' }];
const unit = (id: number, careLevel: CareLevel, openingHours: readonly OpeningHours[]): Unit =>
  unitOf({ id, name: careLevel, careLevel, zone: 'Europe/Oslo', openingHours });
const TEAM = teamOf([unit(1, 'dho', DAILY), unit(2, 'gp', DAILY), unit(3, 'legevakt', ALWAYS), unit(4, 'home_nursing', ALWAYS)]);

/** Nothing found, nothing known; two units at work by day and two always. */
export const quiet: LookInput = {
  catalogue: EMPTY_CATALOGUE,
  plan: planOf(),
  window: { readings: [], refused: [], dailyMedians: [], answers: [], lastObserved: [] },
  unlookedFrom: null,
  recorded: [],
  episodes: [],
  snoozes: [],
  team: TEAM,
  pathway: DEFAULT_PATHWAY,
  frozenPathways: [DEFAULT_PATHWAY],
  now: hours(0),
};
/** Rules have nothing to say. */
export const nothing: Judged = { findings: [], cleared: [], nextAt: null };

/** A finding that fired at a moment, as grave as it is acted on (`acted`; null: too old to tell anybody). */
export function graded(at: Date, given: Partial<Finding> & { acted?: Severity | null } = {}): GradedFinding {
  const { acted, ...finding } = given;
  const whole: Finding = {
    ...{ ruleId: 'copd.spo2.drop', ruleVersion: 1, domain: 'respiratory' as Domain, result: 'fire', severity: 'yellow' },
    ...{ anchor: `t:${at.toISOString()}`, at, receivedAt: at, readingIds: [], limits: [], reason: words('low'), pendingUntil: null },
    superseded: false,
    ...finding,
  } as Finding;
  return { finding: whole, severity: acted === undefined ? whole.severity : acted, reason: whole.reason };
}

const measuredAt = (at: Date): RuleReading => ({
  ...{ measurementId: 1, metric: 'temperature', value: 36.9, observedAt: at, receivedAt: at, doubt: null },
});

/** A patient over time: each look sees what the looks before it left. */
export class Story {
  input: LookInput;
  /** `cause severity` of every notice, in order. */
  readonly told: string[] = [];
  readonly outcomes: LookOutcome[] = [];
  private lastId = 0;

  /** @param given what is not as in `quiet` */
  constructor(given: Partial<LookInput> = {}) {
    this.input = { ...quiet, ...given };
  }

  /** What rules say comes of something measured, which the looks after it see too. */
  look(at: Date, judged: Partial<Judged> = {}, given: Partial<LookInput> = {}): this {
    if ((judged.findings ?? judged.cleared) !== undefined) {
      this.input = { ...this.input, window: { ...this.input.window, readings: [measuredAt(at)] } };
    }
    const input = { ...this.input, ...given, now: at };
    const outcome = decide(input, { ...nothing, ...judged });
    this.outcomes.push(outcome);
    this.told.push(...outcome.episodes.flatMap(({ notices }) => notices.map(({ cause, severity }) => `${cause} ${severity}`)));
    this.input = afterLook(input, outcome, () => ++this.lastId);
    return this;
  }

  /** Looks whenever a look is due, until `end`. */
  wait(end: Date): this {
    for (let due = this.outcomes.at(-1)?.nextLookAt; due && due <= end; due = this.outcomes.at(-1)?.nextLookAt) this.look(due);
    return this.look(end);
  }

  person(step: Step, index = 0): this {
    const episode = nextEpisode(this.input.episodes[index], step).episode;
    this.input = { ...this.input, episodes: this.input.episodes.map((each, place) => (place === index ? episode : each)) };
    return this;
  }

  /** The patient answers whatever was told them, and has not been answered. */
  answer(answer: AdviceAnswer = 'started'): this {
    const { advised = [] } = this.input;
    this.input = { ...this.input, advised: advised.map((each) => ({ answer, ...each, isRead: true })) };
    return this;
  }

  get episodes(): readonly Episode[] {
    return this.input.episodes;
  }
}

/** What rules say when these findings are all there is. */
export const fires = (...findings: GradedFinding[]): Partial<Judged> => ({ findings });
/** What rules say when one of them is clear. */
export const clears = (at: Date, ruleId = 'copd.spo2.drop') => ({
  cleared: [{ ruleId, at, reason: words('clear') }],
});
