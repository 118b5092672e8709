import { dayText } from '@varde/plans';
import { isDoubtful, type Act } from './act.js';
import type { Clear, Condition, Rule } from './catalogue.js';
import { MET, UNKNOWN, UNMET, slotsOf, prepare, type Ask } from './condition.js';
import { confirmBreach, confirmWindowMs, type Verdict } from './confirm.js';
import type { Result } from './finding.js';
import type { RecordedOfRule } from './recorded.js';
import { BASELINE_GATES } from './rules-in-force.js';
import { dayOf, type Scene } from './scene.js';
import { slotOf } from './measure.js';

/** A rule that is asked of acts, with its conditions made ready. Made once per catalogue. */
export interface ActRule {
  readonly rule: Rule;
  readonly condition: Condition;
  readonly slots: readonly number[];
  readonly ask: Ask;
  readonly clear: { readonly ask: Ask; readonly readings: number } | null;
}

/** Makes a rule ready whose trigger is a condition; null for those of clocks and of devices. */
export function prepareRule(rule: Rule): ActRule | null {
  const { trigger } = rule;
  switch (trigger.kind) {
    case 'threshold':
    case 'baseline_delta':
    case 'window_gain':
    case 'any_answer_today':
    case 'all':
    case 'any':
      return { rule, condition: trigger, slots: slotsOf(trigger), ask: prepare(trigger), clear: prepareClear(rule.clear) };
    case 'overdue':
    case 'missed':
    case 'plausibility':
    case 'status_bits':
    case 'unit_ratio':
    case 'jump':
      return null;
  }
}

function prepareClear(clear: Clear): ActRule['clear'] {
  return clear.kind === 'readings' ? { ask: prepare(clear.condition), readings: clear.readings } : null;
}

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
  /** Acts before this were looked at before: only what was left pending there is still open. */
  readonly unlookedFromMs: number;
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
  /** Acts it fired on, recorded or not. */
  readonly firedOn: Set<Act>;
  readonly clearedAtMs: number[];
  /** When it last fired, if it stands at the end. */
  standing: { sinceMs: number; lastMs: number } | null;
  /** Earliest end of a re-measure window that is still open. */
  nextMs: number | null;
}

const anchorOf = (act: Act): string => `m:${act.id}`;

/**
 * Goes through the acts of one rule in the order they were measured: breach, confirmation, standing, clear. The outcome depends on
 * the set of acts, what was recorded, and the time; never on the order in which anything arrived.
 */
export function foldActs(input: FoldInput): Folded {
  return new Fold(input).run();
}

class Fold {
  private readonly acts: readonly Act[];
  private readonly outcome: Folded = { drafts: [], firedOn: new Set(), clearedAtMs: [], standing: null, nextMs: null };
  private readonly seenFromMs: number;
  private clearReadings = 0;
  private unknownDay = Number.NaN;

  constructor(private readonly input: FoldInput) {
    const { ready, scene, standingSinceMs } = input;
    this.acts = actsOf(ready.slots, scene);
    this.seenFromMs = input.unlookedFromMs - confirmWindowMs(ready.rule.confirm);
    const firstMs = this.acts[0]?.atMs ?? Number.POSITIVE_INFINITY;
    // Inside the window what was recorded says on which act the rule fired.
    if (standingSinceMs !== null && (standingSinceMs < firstMs || input.recorded?.firedAt(standingSinceMs) !== true)) {
      this.outcome.standing = { sinceMs: standingSinceMs, lastMs: standingSinceMs };
    }
  }

  run(): Folded {
    for (let at = this.firstOpen(); at < this.acts.length; at++) {
      const act = this.acts[at];
      if (act === undefined) continue;
      at += this.outcome.standing === null ? this.lookIdle(act, at) : this.lookStanding(act);
    }
    return this.outcome;
  }

  /**
   * Place of the first act that can matter: before it everything was looked at, nothing was said, and the rule did not stand. What
   * a look costs thus depends on what is new and on what is wrong, not on how much was measured.
   */
  private firstOpen(): number {
    const { recorded, standingSinceMs } = this.input;
    const fromMs = Math.min(this.seenFromMs, recorded?.oldestMs ?? Number.POSITIVE_INFINITY, standingSinceMs ?? Number.POSITIVE_INFINITY);
    let at = this.acts.length;
    while (at > 0 && (this.acts[at - 1]?.atMs ?? Number.NEGATIVE_INFINITY) >= fromMs) at--;
    return at;
  }

  /** Answers how many of the acts that follow have been used up. */
  private lookIdle(act: Act, at: number): number {
    const isForced = this.hasFiredOn(act);
    const answer = this.ask(act);
    if (!isForced && answer !== MET) {
      if (answer === UNKNOWN) this.noteUnknown(act);
      return 0;
    }
    const verdict = answer === MET ? this.confirm(act, at) : null;
    if (isForced) return this.standOn(act, verdict);
    if (verdict === null || !this.runs(act)) return 0;
    this.draft(verdict.result, act, verdict);
    if (verdict.result === 'fire' || verdict.result === 'fire_unconfirmed') this.stand(act);
    if (verdict.result === 'pending') this.outcome.nextMs = verdict.untilMs;
    return verdict.used;
  }

  /** A recorded fire stands whatever late readings say; one that was unconfirmed may become confirmed. */
  private standOn(act: Act, verdict: Verdict | null): number {
    this.stand(act);
    if (verdict === null) return 0;
    // Had the fire not been recorded, these would have settled it; the last of them may begin to clear it.
    if (verdict.result !== 'fire') return Math.max(0, verdict.used - 1);
    this.draft('fire', act, verdict);
    return verdict.used;
  }

  private lookStanding(act: Act): number {
    const answer = this.ask(act);
    const isForced = this.hasFiredOn(act);
    if (isForced || (answer === MET && this.runs(act))) {
      this.stand(act);
      if (!isForced) this.draft('fire', act, null);
    } else if (answer !== MET) this.countClear(act);
    return 0;
  }

  private countClear(act: Act): void {
    const { ready, scene, limitsAt } = this.input;
    if (ready.clear === null || isDoubtful(act, ready.slots)) return;
    const answer = ready.clear.ask(act, limitsAt(act.atMs), scene);
    if (answer === UNKNOWN) return;
    this.clearReadings = answer === MET ? this.clearReadings + 1 : 0;
    if (this.clearReadings < ready.clear.readings) return;
    this.outcome.standing = null;
    this.outcome.clearedAtMs.push(act.atMs);
  }

  private stand(act: Act): void {
    this.clearReadings = 0;
    this.outcome.firedOn.add(act);
    this.outcome.standing = { sinceMs: this.outcome.standing?.sinceMs ?? act.atMs, lastMs: act.atMs };
  }

  private confirm(act: Act, at: number): Verdict {
    const { ready, scene } = this.input;
    const breach = { acts: this.acts, at, act, slots: ready.slots, ask: (each: Act) => this.askOnce(each) };
    return confirmBreach(ready.rule.confirm, breach, scene);
  }

  private askOnce(act: Act): ReturnType<Ask> {
    const { ready, scene, limitsAt } = this.input;
    return ready.ask(act, limitsAt(act.atMs), scene);
  }

  /** The trigger with its persistence: the newest act of each of the measured days before must meet it too. */
  private ask(act: Act): ReturnType<Ask> {
    const answer = this.askOnce(act);
    const { persistenceDays } = this.input.ready.rule;
    if (answer !== MET || persistenceDays === 1) return answer;
    return daysBefore(this.acts, act, persistenceDays, this.input.scene).every(
      (earlier) => earlier !== null && this.askOnce(earlier) === MET,
    )
      ? MET
      : UNMET;
  }

  private runs(act: Act): boolean {
    const { ready, scene, runsAt } = this.input;
    if (!runsAt(act.atMs)) return false;
    const gate = BASELINE_GATES[ready.rule.id];
    if (gate === undefined || slotOf(gate.metric) < 0) return true;
    return !(scene.baselines.at(gate.metric, dayOf(act, scene.zone)) <= gate.restsAtMost);
  }

  private hasFiredOn(act: Act): boolean {
    return this.input.recorded?.fired(anchorOf(act)) ?? false;
  }

  private noteUnknown(act: Act): void {
    const { unlookedFromMs, recorded, scene } = this.input;
    if (act.atMs < unlookedFromMs || !this.runs(act)) return;
    const day = dayOf(act, scene.zone);
    if (day === this.unknownDay) return;
    this.unknownDay = day;
    if (recorded?.has(`d:${dayText(day)}`, 'not_evaluable') === true) return;
    this.outcome.drafts.push({ result: 'not_evaluable', act, verdict: null });
  }

  private draft(result: Result, act: Act, verdict: Verdict | null): void {
    const { recorded } = this.input;
    const anchor = anchorOf(act);
    const isOpen = recorded?.has(anchor, 'pending') ?? false;
    if (act.atMs < this.seenFromMs && !isOpen) return;
    if (recorded?.has(anchor, result) === true) return;
    if (result === 'pending' && recorded?.knows(anchor) === true) return;
    this.outcome.drafts.push({ result, act, verdict });
  }
}

function actsOf(slots: readonly number[], { acts }: Scene): readonly Act[] {
  const [first, ...more] = slots;
  if (first === undefined) return [];
  if (more.length === 0) return acts.bySlot[first] ?? [];
  return acts.all.filter((act) => slots.some((slot) => !Number.isNaN(act.values[slot] ?? Number.NaN)));
}

/** The newest act of each of the last measured days before an act's own, newest day first; null where there was no such day. */
export function daysBefore(acts: readonly Act[], act: Act, days: number, { zone }: Scene): readonly (Act | null)[] {
  const found: Act[] = [];
  let day = dayOf(act, zone);
  for (let at = acts.length - 1; at >= 0 && found.length < days - 1; at--) {
    const earlier = acts[at];
    if (earlier === undefined || dayOf(earlier, zone) >= day) continue;
    day = dayOf(earlier, zone);
    found.push(earlier);
  }
  return Array.from({ length: days - 1 }, (_none, index) => found[index] ?? null);
}
