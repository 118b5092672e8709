import type { Finding, Severity, Words } from './finding.js';
import { durationWords } from './words.js';

const HOUR_MS = 3_600_000;
/** `late_data_policy.up_to_2h_late`, which the catalogue gives in words: what took longer to reach us was late. */
export const LIVE_MS = 2 * HOUR_MS;
/** `late_data_policy`: what took longer than this raises nothing but one yellow. */
export const OLD_MS = 24 * HOUR_MS;

/** What late arrival makes of a finding. */
export interface LateSeverity {
  /** The severity to act on; null when it raises nothing, though it is recorded. */
  readonly severity: Severity | null;
  /** Why the severity is another one, said beside the finding's own reason, which gives the age; null when it is not. */
  readonly note: Words | null;
}

/**
 * Severity of a finding that fired, by how long after the measurement it reached us (`late_data_policy`): live up to 2 hours; up to
 * 24 hours critical becomes red, with the age said; older ones raise nothing but one yellow for what would have been red or critical.
 * A finding of a clock is about now and never late.
 */
export function lateSeverity(finding: Pick<Finding, 'severity' | 'at' | 'receivedAt' | 'domain'>): LateSeverity {
  const lateMs = finding.receivedAt.getTime() - finding.at.getTime();
  if (finding.domain === 'silence' || lateMs <= LIVE_MS) return { severity: finding.severity, note: null };
  if (lateMs <= OLD_MS) {
    if (finding.severity !== 'critical') return { severity: finding.severity, note: null };
    const age = durationWords(lateMs);
    return {
      severity: 'red',
      note: { nb: `Rød, ikke akutt: målt for ${age.nb} siden.`, en: `Red, not critical: measured ${age.en} ago.` },
    };
  }
  if (finding.severity !== 'red' && finding.severity !== 'critical') return { severity: null, note: null };
  return {
    severity: 'yellow',
    note: { nb: 'Gammel rød måling funnet.', en: 'Old red reading found.' },
  };
}
