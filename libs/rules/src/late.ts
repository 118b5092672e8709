import { checkBuilt } from './built-words.js';
import type { Finding, Severity, Words } from './finding.js';
import type { JsonReader } from './json-reader.js';
import { durationWords } from './words.js';

const HOUR_MS = 3_600_000;

/**
 * What `late_data_policy` says, word for word: the numbers below, the time of a reading (`wire`) and what is stored once rest on it. A catalogue that
 * says something else is faulty: then somebody must read it and change what is built.
 */
export const LATE_WORDS = {
  clock: 'rules run on measured_at; received_at is kept',
  up_to_2h_late: 'treated as live',
  '2_to_24h_late': "rules run; alerts carry the age; critical becomes red with the text 'measured N hours ago'",
  over_24h_late:
    "no live alert; a reading that would have been red or critical becomes one yellow 'old red reading found'; it still enters baseline and trend",
  future: 'more than 5 minutes ahead: quarantine, clock task',
  never: [
    'a late normal reading closes an alert raised by a newer reading',
    'a late reading changes an already written evaluation; a new evaluation row is added',
  ],
  duplicates: 'same device, patient, measured_at, measure and value: stored once',
  recompute: 'every rule result is a function of the accepted readings up to a time, the limits in force at that time and the rule version',
} as const;

/** Every sentence of `late_data_policy` must be the one that is built, and there must be no other. */
export function checkLatePolicy(json: unknown, reader: JsonReader): void {
  checkBuilt(json, LATE_WORDS, 'late_data_policy', reader);
}

/** `up_to_2h_late`: what took longer to reach us was late. */
export const LIVE_MS = 2 * HOUR_MS;
/** `over_24h_late`: what took longer than this raises nothing but one yellow. */
export const OLD_MS = 24 * HOUR_MS;

/** How long after the measurement a finding reached us. One of a clock is about now and never late. */
export function latenessMs({ domain, at, receivedAt }: Pick<Finding, 'at' | 'receivedAt' | 'domain'>): number {
  return domain === 'silence' ? 0 : Math.max(0, receivedAt.getTime() - at.getTime());
}

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
 */
export function lateSeverity(finding: Pick<Finding, 'severity' | 'at' | 'receivedAt' | 'domain'>): LateSeverity {
  const lateMs = latenessMs(finding);
  if (lateMs <= LIVE_MS) return { severity: finding.severity, note: null };
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
