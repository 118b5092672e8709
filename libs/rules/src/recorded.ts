import { anchorOfAct, anchorOfTransient, isMomentAnchor } from './anchor.js';
import type { Catalogue } from './catalogue.js';
import { confirmWindowMs } from './confirm.js';
import type { Finding, Result } from './finding.js';

/** A finding already recorded, as far as judging needs it. */
export type RecordedFinding = Pick<Finding, 'ruleId' | 'anchor' | 'result' | 'at'>;

const BIT: Readonly<Record<Result, number>> = { fire: 1, fire_unconfirmed: 2, pending: 4, not_confirmed: 8, not_evaluable: 16 };
const FIRED = BIT.fire | BIT.fire_unconfirmed;

/** What has been recorded of one rule, by anchor. */
export class RecordedOfRule {
  private readonly bits = new Map<string, number>();
  /** Time of the oldest anchor that says in what state the rule was. */
  oldestMs = Number.POSITIVE_INFINITY;

  private readonly firedMs = new Set<number>();
  private newestClockMs = Number.NEGATIVE_INFINITY;
  private readonly pendingMs = new Map<string, number>();

  /** Adds one recorded finding. */
  add({ anchor, result, at }: RecordedFinding): void {
    if (result === 'pending') this.pendingMs.set(anchor, at.getTime());
    if (result !== 'not_evaluable') this.oldestMs = Math.min(this.oldestMs, at.getTime());
    if ((BIT[result] & FIRED) !== 0) {
      this.firedMs.add(at.getTime());
      if (isMomentAnchor(anchor)) this.newestClockMs = Math.max(this.newestClockMs, at.getTime());
    }
    this.bits.set(anchor, (this.bits.get(anchor) ?? 0) | BIT[result]);
  }

  /** Time of the oldest anchor that was left pending and has had no answer since; null when there is none. */
  pendingFromMs(): number | null {
    if (this.pendingMs.size === 0) return null;
    let fromMs: number | null = null;
    for (const [anchor, atMs] of this.pendingMs) {
      if (this.isPending(anchor) && (fromMs === null || atMs < fromMs)) fromMs = atMs;
    }
    return fromMs;
  }

  /** Whether this anchor was left pending and has had no answer since. */
  isPending(anchor: string): boolean {
    return this.bits.get(anchor) === BIT.pending;
  }

  /** Whether exactly this has been recorded. */
  has(anchor: string, result: Result): boolean {
    return ((this.bits.get(anchor) ?? 0) & BIT[result]) !== 0;
  }

  /** Whether the rule fired on this act: by its own verdict, or as the third that was not confirmed. */
  firedOn(measurementId: number): boolean {
    return this.fired(anchorOfAct(measurementId)) || this.fired(anchorOfTransient(measurementId));
  }

  /** Whether the rule fired on this anchor, confirmed or not. A recorded fire is never taken back. */
  fired(anchor: string): boolean {
    return ((this.bits.get(anchor) ?? 0) & FIRED) !== 0;
  }

  /** Whether the rule fired on a moment of the clock at this time or later. */
  hasFiredByClockSince(atMs: number): boolean {
    return this.newestClockMs >= atMs;
  }

  /** Whether the rule fired at this time or later. */
  hasFiredSince(atMs: number): boolean {
    return [...this.firedMs].some((firedMs) => firedMs >= atMs);
  }

  /** Whether the rule fired on an anchor of this time. */
  firedAt(atMs: number): boolean {
    return this.firedMs.has(atMs);
  }

  /** Whether anything has been recorded on this anchor. */
  knows(anchor: string): boolean {
    return this.bits.has(anchor);
  }
}

/** Whether something that was recorded as pending still waits for its re-measure: nothing more has been said of it, and its window is open. */
export function isWaited(recorded: readonly RecordedFinding[], { rules }: Pick<Catalogue, 'rules'>, now: Date): boolean {
  const pending = recorded.filter(({ result }) => result === 'pending');
  return pending.some(({ ruleId, anchor, at }) => {
    const confirm = rules.find(({ id }) => id === ruleId)?.confirm;
    if (confirm === undefined || at.getTime() + confirmWindowMs(confirm) <= now.getTime()) return false;
    return !recorded.some((other) => other.ruleId === ruleId && other.anchor === anchor && other.result !== 'pending');
  });
}

const GROUPED = new WeakMap<readonly RecordedFinding[], ReadonlyMap<string, RecordedOfRule>>();

/** What has been recorded, by rule: sorted once for as long as the list is the same one. The list must not change. */
export function groupRecorded(recorded: readonly RecordedFinding[]): ReadonlyMap<string, RecordedOfRule> {
  const known = GROUPED.get(recorded);
  if (known !== undefined) return known;
  const byRule = new Map<string, RecordedOfRule>();
  GROUPED.set(recorded, byRule);
  for (const finding of recorded) {
    let ofRule = byRule.get(finding.ruleId);
    if (ofRule === undefined) byRule.set(finding.ruleId, (ofRule = new RecordedOfRule()));
    ofRule.add(finding);
  }
  return byRule;
}
