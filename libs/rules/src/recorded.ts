import type { Finding, Result } from './finding.js';

/** A finding already recorded, as far as judging needs it. */
export type RecordedFinding = Pick<Finding, 'ruleId' | 'anchor' | 'result' | 'at'>;

const BIT: Readonly<Record<Result, number>> = { fire: 1, fire_unconfirmed: 2, pending: 4, not_confirmed: 8, not_evaluable: 16 };
const FIRED = BIT.fire | BIT.fire_unconfirmed;

/** What has been recorded of one rule, by anchor. */
export class RecordedOfRule {
  private readonly bits = new Map<string, number>();

  /** Adds one recorded finding. */
  add(anchor: string, result: Result): void {
    this.bits.set(anchor, (this.bits.get(anchor) ?? 0) | BIT[result]);
  }

  /** Whether exactly this has been recorded. */
  has(anchor: string, result: Result): boolean {
    return ((this.bits.get(anchor) ?? 0) & BIT[result]) !== 0;
  }

  /** Whether the rule fired on this anchor, confirmed or not. A recorded fire is never taken back. */
  fired(anchor: string): boolean {
    return ((this.bits.get(anchor) ?? 0) & FIRED) !== 0;
  }

  /** Whether anything has been recorded on this anchor. */
  knows(anchor: string): boolean {
    return this.bits.has(anchor);
  }
}

/** Sorts what has been recorded by rule. */
export function groupRecorded(recorded: readonly RecordedFinding[]): ReadonlyMap<string, RecordedOfRule> {
  const byRule = new Map<string, RecordedOfRule>();
  for (const { ruleId, anchor, result } of recorded) {
    let ofRule = byRule.get(ruleId);
    if (ofRule === undefined) byRule.set(ruleId, (ofRule = new RecordedOfRule()));
    ofRule.add(anchor, result);
  }
  return byRule;
}
