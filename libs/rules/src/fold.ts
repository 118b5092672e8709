import { dayText, referenceAtMs } from '@varde/plans';
import type { Act } from './act.js';
import { anchorOfAct, anchorOfDay } from './anchor.js';
import { viewAct } from './borrow.js';
import { MET, UNKNOWN, UNMET, amountOf, type Answer } from './condition.js';
import { confirmBreach, confirmWindowMs, isInDoubt, type Verdict } from './confirm.js';
import { meetsDaysBefore } from './daily.js';
import { hasFired, type Result } from './finding.js';
import type { ActRule } from './prepare-rule.js';
import type { RecordedOfRule } from './recorded.js';
import { dayOf, type Scene } from './scene.js';

/** `episode_policy.close.yellow`: "automatic after all rules are clear and 48 hours without signal". */
const ENDS_AFTER_MS = 48 * 3_600_000;
/** How long the new reading that is asked for beside a fire is waited for. */
const PARALLEL_MS = confirmWindowMs('parallel_15min');

/** What the fold needs to know of one rule of one patient. */
export interface FoldInput {
  readonly ready: ActRule;
  readonly scene: Scene;
  /** Whether the rule runs for the patient at a time. */
  readonly runsAt: (atMs: number) => boolean;
  /** Values in force of the rule's parameters at a time. */
  readonly limitsAt: (atMs: number) => readonly number[];
  readonly recorded: RecordedOfRule | null;
  /** When the rule last fired, if it was standing; null when it was not. */
  readonly standingSinceMs: number | null;
  /** From when on what the rule fired on belongs to an episode that is open, whether or not it has cleared there; null: there is none. */
  readonly openFromMs: number | null;
  /** Acts before this were looked at before: only what was left pending there is still open. */
  readonly unlookedFromMs: number;
  /** Start of the local day of the oldest unseen act, when answers among the unseen may change what a rule says of acts before them. */
  readonly dayFromMs: number;
}

/** Something the rule says of an act, not yet put in words. */
export interface Draft {
  readonly result: Result;
  readonly act: Act;
  readonly verdict: Verdict | null;
}

/** What one rule makes of the acts of a window. */
export interface Folded {
  readonly drafts: Draft[];
  /** Ids of the acts it fired on, recorded or not. */
  readonly firedOn: Set<number>;
  readonly clearedAtMs: number[];
  /** When it last fired, if it stands at the end. */
  standing: { sinceMs: number; lastMs: number } | null;
  /** Earliest end of a re-measure window that is still open. */
  nextMs: number | null;
}

/**
 * Goes through the acts of one rule in the order they were measured: breach, confirmation, standing, clear. The outcome depends on
 * the set of acts, what was recorded, and the time; never on the order in which anything arrived. Null: the rule has nothing to say.
 */
export function foldActs(input: FoldInput): Folded | null {
  return isQuiet(input) ? null : new Fold(input).run();
}

/**
 * Whether a fold would say nothing, as nearly always: the rule does not stand, nothing that matters was recorded of it, and every act that
 * is asked answers that it does not hold.
 */
function isQuiet({ ready, scene, recorded, standingSinceMs, limitsAt, unlookedFromMs, dayFromMs }: FoldInput): boolean {
  if (standingSinceMs !== null || ready.rule.borrowsMs !== 0 || (recorded !== null && recorded.oldestMs !== Number.POSITIVE_INFINITY)) {
    return false;
  }
  const fromMs = seenFromMs(ready, unlookedFromMs, dayFromMs);
  const acts = scene.acts.having(ready.slots);
  for (let at = acts.length - 1; at >= 0; at--) {
    const act = acts[at];
    if (act === undefined || act.atMs < fromMs) return true;
    if (ready.ask(act, limitsAt(act.atMs), scene) !== UNMET) return false;
  }
  return true;
}

/** From when on a rule's acts are asked again: acts before it were looked at with all that matters to them. */
function seenFromMs({ rule, looksAtDay }: ActRule, unlookedFromMs: number, dayFromMs: number): number {
  const fromMs = unlookedFromMs - confirmWindowMs(rule.confirm);
  return looksAtDay ? Math.min(fromMs, dayFromMs) : fromMs;
}

/**
 * In what state a rule is between two acts. Recalled: it fired here, and the episode of that has ended. Held: it fired here in an episode that
 * is open, and has cleared since; until the reading that cleared it, it stands here as it did. Neither makes it stand after the last act.
 */
type Phase = 'idle' | 'recalled' | 'held' | 'standing';

class Fold {
  private readonly acts: readonly Act[];
  private readonly from: number;
  private readonly outcome: Folded = { drafts: [], firedOn: new Set(), clearedAtMs: [], standing: null, nextMs: null };
  private readonly seenFromMs: number;
  private clearReadings = 0;
  private phase: Phase = 'idle';
  private unknownDay = Number.NaN;
  /** Until when a normal reading is the one that was asked for beside the last fire. */
  private parallelUntilMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly input: FoldInput) {
    const { ready, scene, standingSinceMs } = input;
    const acts = scene.acts.having(ready.slots);
    this.seenFromMs = seenFromMs(ready, input.unlookedFromMs, input.dayFromMs);
    const firstMs = acts[0]?.atMs ?? Number.POSITIVE_INFINITY;
    // Inside the window what was recorded says on which act the rule fired.
    if (standingSinceMs !== null && (standingSinceMs < firstMs || input.recorded?.firedAt(standingSinceMs) !== true)) {
      this.outcome.standing = { sinceMs: standingSinceMs, lastMs: standingSinceMs };
      this.phase = 'standing';
    }
    const open = this.firstOpen(acts);
    // Rules that borrow look at no day before the act's own; the others need the days before.
    this.acts = ready.rule.borrowsMs === 0 ? acts : acts.slice(open).map((act) => this.view(act));
    this.from = ready.rule.borrowsMs === 0 ? open : 0;
  }

  run(): Folded {
    for (let at = this.from; at < this.acts.length; at++) {
      const act = this.acts[at];
      if (act === undefined) continue;
      this.endByItself(act.atMs);
      at += this.unfired(at, this.lookAt(act, at));
    }
    if (this.phase !== 'standing') this.end();
    this.endByItself(this.input.scene.nowMs);
    return this.outcome;
  }

  /**
   * Place of the first act that can matter: before it everything was looked at, nothing was said, and the rule did not stand. What
   * a look costs thus depends on what is new and on what is wrong, not on how much was measured.
   */
  private firstOpen(acts: readonly Act[]): number {
    const { recorded, standingSinceMs } = this.input;
    const fromMs = Math.min(this.seenFromMs, recorded?.oldestMs ?? Number.POSITIVE_INFINITY, standingSinceMs ?? Number.POSITIVE_INFINITY);
    let at = acts.length;
    while (at > 0 && (acts[at - 1]?.atMs ?? Number.NEGATIVE_INFINITY) >= fromMs) at--;
    return at;
  }

  private view(act: Act): Act {
    const { ready, scene } = this.input;
    return viewAct(act, ready, scene, (each) => this.askOnce(each));
  }

  /** A rule that nothing clears and no person need close lets its episode end: 48 hours after its last signal it no longer stands. */
  private endByItself(nowMs: number): void {
    const { standing } = this.outcome;
    if (standing === null || !this.input.ready.endsItself) return;
    const endsMs = standing.lastMs + ENDS_AFTER_MS;
    if (nowMs >= endsMs) {
      this.end();
      this.outcome.clearedAtMs.push(endsMs);
    } else if (nowMs === this.input.scene.nowMs) this.wake(endsMs);
  }

  private end(): void {
    this.outcome.standing = null;
    this.phase = 'idle';
  }

  private wake(atMs: number): void {
    this.outcome.nextMs = Math.min(this.outcome.nextMs ?? atMs, atMs);
  }

  /** How many of so many acts that follow have no fire of their own on record: what has one stands by itself, whatever it has confirmed. */
  private unfired(at: number, used: number): number {
    for (let after = 1; after <= used; after++) {
      const act = this.acts[at + after];
      if (act !== undefined && this.hasFiredOn(act)) return after - 1;
    }
    return used;
  }

  /** Answers how many of the acts that follow have been used up. */
  private lookAt(act: Act, at: number): number {
    const isForced = this.hasFiredOn(act);
    const answer = this.ask(act);
    if (this.phase === 'standing' || (this.phase === 'held' && !this.isLeftOpen(act))) this.goOn(act, answer, isForced);
    // What has been dealt with makes nothing new fire at once: it is confirmed as the first was.
    else if (isForced) return this.standOn(act, answer === MET ? this.confirm(act, at) : null);
    else if (answer === MET) return this.begin(act, this.confirm(act, at));
    else if (this.phase === 'recalled') this.countClear(act);
    else if (answer === UNKNOWN) this.noteUnknown(act);
    return 0;
  }

  private begin(act: Act, verdict: Verdict): number {
    if (!this.runs(act)) return 0;
    this.draft(verdict.result, act, verdict);
    if (hasFired(verdict.result)) this.stand(act, 'standing');
    if (verdict.result === 'pending' && verdict.untilMs !== null) this.wake(verdict.untilMs);
    return verdict.used;
  }

  /** A recorded fire stands whatever late readings say; one that was unconfirmed may become confirmed. */
  private standOn(act: Act, verdict: Verdict | null): number {
    this.stand(act, this.recordedPhase(act));
    if (verdict === null) return 0;
    // Had the fire not been recorded, these would have settled it; the last of them may begin to clear it.
    if (verdict.result !== 'fire') return Math.max(0, verdict.used - 1);
    this.draft('fire', act, verdict);
    return verdict.used;
  }

  private goOn(act: Act, answer: Answer, isForced: boolean): void {
    if (isForced) this.stand(act, this.phase === 'standing' ? 'standing' : this.recordedPhase(act));
    else if (answer === MET && this.runs(act)) {
      // One that was looked at when the rule did not stand, not confirmed or confirming another, is not said again.
      const isNew = act.atMs >= this.newFromMs();
      this.stand(act, isNew ? 'standing' : this.phase);
      if (isNew) this.draft('fire', act, null);
    } else if (answer !== MET) {
      if (answer === UNKNOWN) this.noteUnknown(act);
      else this.noteNormal(act);
      this.countClear(act);
    }
  }

  /** "a normal new reading is added to the alert, a person closes it" (`parallel_15min`): the first after each fire. */
  private noteNormal(act: Act): void {
    const { ready, scene } = this.input;
    if (act.atMs > this.parallelUntilMs || isInDoubt(act, ready.slots, scene)) return;
    this.parallelUntilMs = Number.NEGATIVE_INFINITY;
    this.draft('not_confirmed', act, null);
  }

  private countClear(act: Act): void {
    const { ready, scene, limitsAt } = this.input;
    if (ready.clear === null || isInDoubt(act, ready.slots, scene)) return;
    const answer = ready.clear.ask(act, limitsAt(act.atMs), scene, this.outcome.standing?.lastMs);
    if (answer === UNKNOWN) return;
    this.clearReadings = answer === MET ? this.clearReadings + 1 : 0;
    if (this.clearReadings < ready.clear.readings) return;
    this.end();
    this.outcome.clearedAtMs.push(act.atMs);
  }

  /**
   * How the rule stands by a recorded fire. Asked of the episode it belongs to and not of what stands now, which a later fire would answer: what
   * has been dealt with stays so, and what comes late inside a breach is part of it, as in time.
   */
  private recordedPhase({ atMs }: Act): Phase {
    const { openFromMs, standingSinceMs } = this.input;
    if (openFromMs === null || atMs < openFromMs) return 'recalled';
    return standingSinceMs === null || standingSinceMs < atMs ? 'held' : 'standing';
  }

  private stand(act: Act, phase: Phase): void {
    this.clearReadings = 0;
    this.phase = phase;
    this.outcome.firedOn.add(act.id);
    if (this.input.ready.rule.confirm === 'parallel_15min') this.parallelUntilMs = act.atMs + PARALLEL_MS;
    this.outcome.standing = { sinceMs: this.outcome.standing?.sinceMs ?? act.atMs, lastMs: act.atMs };
  }

  private confirm(act: Act, at: number): Verdict {
    const { ready, scene } = this.input;
    const breach = { acts: this.acts, at, act, slots: ready.slots, ask: (each: Act) => this.askOnce(each) };
    return confirmBreach(ready.rule.confirm, breach, scene);
  }

  private askOnce(act: Act): Answer {
    const { ready, scene, limitsAt } = this.input;
    return ready.ask(act, limitsAt(act.atMs), scene);
  }

  /** The trigger with its persistence: the newest act of each of the measured days before must meet it too. */
  private ask(act: Act): Answer {
    const answer = this.askOnce(act);
    if (answer !== MET) return answer;
    const days = amountOf(this.input.ready.rule.persistenceDays, this.input.limitsAt(act.atMs));
    if (days === 1) return answer;
    const asked = { acts: this.acts, slots: this.input.ready.slots, ask: (each: Act) => this.askOnce(each) };
    return meetsDaysBefore(asked, act, days, this.input.scene) ? MET : UNMET;
  }

  private runs(act: Act): boolean {
    const { ready, scene, runsAt } = this.input;
    if (!runsAt(act.atMs)) return false;
    const { referenceGate, baselineGate } = ready;
    if (referenceGate !== null && (referenceAtMs(scene.plan, referenceGate.reference, act.atMs)?.value ?? 0) !== 0) return false;
    return baselineGate === null || !(scene.baselines.at(baselineGate.metric, dayOf(act, scene.zone)) <= baselineGate.restsAtMost);
  }

  /** Whether a breach still waits for its re-measure: an episode that has come back meanwhile, by another rule, must not take it as said. */
  private isLeftOpen(act: Act): boolean {
    return this.input.recorded?.isPending(anchorOfAct(act.id)) ?? false;
  }

  private hasFiredOn(act: Act): boolean {
    return this.input.recorded?.firedOn(act.id) ?? false;
  }

  /** From when on acts may be new to the rule, or what it says of them. */
  private newFromMs(): number {
    const { ready, unlookedFromMs, dayFromMs } = this.input;
    return ready.looksAtDay ? Math.min(unlookedFromMs, dayFromMs) : unlookedFromMs;
  }

  private noteUnknown(act: Act): void {
    const { recorded, scene, ready } = this.input;
    if (act.atMs < this.newFromMs() || !this.runs(act)) return;
    // Of several metrics an act may lack some: only one that asks for an answer all the same goes without it.
    if (!ready.isAsked(act, scene)) return;
    const day = dayOf(act, scene.zone);
    if (day === this.unknownDay) return;
    this.unknownDay = day;
    if (recorded?.has(anchorOfDay(dayText(day)), 'not_evaluable') === true) return;
    this.outcome.drafts.push({ result: 'not_evaluable', act, verdict: null });
  }

  private draft(result: Result, act: Act, verdict: Verdict | null): void {
    const { recorded } = this.input;
    const anchor = anchorOfAct(act.id);
    const isOpen = recorded?.has(anchor, 'pending') ?? false;
    if (act.atMs < this.seenFromMs && !isOpen) return;
    if (recorded?.has(anchor, result) === true) return;
    if (result === 'pending' && recorded?.knows(anchor) === true) return;
    this.outcome.drafts.push({ result, act, verdict });
  }
}
