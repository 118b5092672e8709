import type { Severity } from '@varde/rules';
import type { Signal } from './episode.js';
import { isWorse, worst } from './episode-policy.js';
import { joinVitals } from './vitals.js';
import type { FindingStep } from './step.js';

/** The signals of two episodes that are one problem: each rule once, counted together. */
export function joinSignals(signals: readonly Signal[], others: readonly Signal[]): readonly Signal[] {
  const known = signals.map((signal) => {
    const other = others.find(({ ruleId }) => ruleId === signal.ruleId);
    return other ? joinSignal(signal, other) : signal;
  });
  const joined = [...known, ...others.filter(({ ruleId }) => !signals.some((signal) => signal.ruleId === ruleId))];
  return [...signals, ...others].some(isKnown) ? asTold(joined) : joined;
}

function joinSignal(a: Signal, b: Signal): Signal {
  const standing = a.standing || b.standing;
  const later = (one: Date | null, two: Date | null): Date | null => (one === null || (two !== null && two > one) ? two : one);
  const joined: Signal = {
    ...notBehindCall(toldOf(a)),
    ruleVersion: Math.max(a.ruleVersion, b.ruleVersion),
    severity: worst(a.severity, b.severity),
    count: a.count + b.count,
    firstAt: a.firstAt < b.firstAt ? a.firstAt : b.firstAt,
    lastAt: a.lastAt > b.lastAt ? a.lastAt : b.lastAt,
    standing,
    clearedAt: standing ? null : later(a.clearedAt, b.clearedAt),
    ...joinVitals(a.vitals, b.vitals),
  };
  const behindCall = [a, b].flatMap((each) => each.behindCall ?? []).reduce<Severity | null>((one, two) => worst(one ?? two, two), null);
  const known = behindCall === null ? joined : { ...joined, behindCall };
  return standing && !isKnown(a) && !isKnown(b) ? { ...known, untold: true } : known;
}

/**
 * The signals after one more finding: its rule counted, times widened. A finding older than the reading that cleared its rule is counted
 * but does not stand again (a late reading undoes nothing newer), unless it is graver than what was cleared.
 */
export function addSignal(signals: readonly Signal[], { finding, severity }: FindingStep): readonly Signal[] {
  const { ruleId, ruleVersion, domain, at } = finding;
  const known = signals.find((signal) => signal.ruleId === ruleId);
  if (!known) {
    const times = { firstAt: at, lastAt: at, standing: true, clearedAt: null };
    return [...signals, { ruleId, ruleVersion, domain, severity, count: 1, ...times, ...joinVitals(finding.vitals) }];
  }
  const staysClear = !known.standing && known.clearedAt !== null && at <= known.clearedAt && !isWorse(severity, known.severity);
  const next: Signal = {
    ...known,
    ruleVersion: Math.max(ruleVersion, known.ruleVersion),
    severity: worst(severity, known.severity),
    count: known.count + 1,
    firstAt: at < known.firstAt ? at : known.firstAt,
    lastAt: at > known.lastAt ? at : known.lastAt,
    standing: !staysClear,
    clearedAt: staysClear ? known.clearedAt : null,
    ...joinVitals(known.vitals, finding.vitals),
  };
  return signals.map((signal) => (signal === known ? next : signal));
}

/** Whether anything stands that the patient was told of, and has not been told otherwise since. */
const isKnown = ({ standing, untold }: Signal): boolean => standing && untold !== true;

/** The signals once the patient knows of what stands. */
export function asTold(signals: readonly Signal[]): readonly Signal[] {
  return signals.some(({ untold }) => untold === true) ? signals.map(toldOf) : signals;
}

function toldOf({ untold: _untold, ...signal }: Signal): Signal {
  return signal;
}

/** The signals after a finding that the patient is not told of: where they know of nothing that stood before it, what stands is untold. */
export function asUntold(before: readonly Signal[], signals: readonly Signal[]): readonly Signal[] {
  return before.some(isKnown) ? signals : signals.map((signal) => (signal.standing ? { ...signal, untold: true } : signal));
}

/** The signals of an episode that a person closes: none stands any more. */
export function endSignals(signals: readonly Signal[], at: Date): readonly Signal[] {
  return signals.map((signal) => (signal.standing ? { ...notBehindCall(signal), standing: false, clearedAt: at } : signal));
}

/**
 * The signals when the patient was to be told of them, as grave as `severity`, and was not, for a call for 113 filled the screen. The very same
 * when that is known of them.
 * @param ruleIds what has been found; of what did not come of a finding, all that stands and is as grave is kept
 */
export function keepBehindCall(signals: readonly Signal[], severity: Severity, ruleIds: readonly string[]): readonly Signal[] {
  const isMeant = ({ ruleId, standing, behindCall, ...signal }: Signal): boolean =>
    standing &&
    (behindCall === undefined || isWorse(severity, behindCall)) &&
    (ruleIds.length > 0 ? ruleIds.includes(ruleId) : !isWorse(severity, signal.severity));
  return signals.some(isMeant) ? signals.map((signal) => (isMeant(signal) ? { ...signal, behindCall: severity } : signal)) : signals;
}

/** How grave what stands behind a call for 113 is to be told; null: nothing does. */
export function behindCallOf(signals: readonly Signal[]): Severity | null {
  let gravest: Severity | null = null;
  for (const { standing, behindCall } of signals) {
    if (standing && behindCall !== undefined) gravest = worst(gravest ?? behindCall, behindCall);
  }
  return gravest;
}

/** The signals once nothing waits behind a call: it has been told, or is not to be. The very same when nothing did. */
export function letFromBehindCall(signals: readonly Signal[]): readonly Signal[] {
  return signals.some(({ behindCall }) => behindCall !== undefined) ? signals.map(notBehindCall) : signals;
}

function notBehindCall({ behindCall: _behindCall, ...signal }: Signal): Signal {
  return signal;
}

/** The signals with one rule cleared, or null when that changes nothing: not standing, or the clearing reading is not newer than the signal. */
export function clearSignal(signals: readonly Signal[], ruleId: string, observedAt: Date): readonly Signal[] | null {
  const standing = signals.find((signal) => signal.ruleId === ruleId && signal.standing);
  if (!standing || observedAt <= standing.lastAt) return null;
  return signals.map((signal) =>
    signal === standing ? { ...notBehindCall(toldOf(signal)), standing: false, clearedAt: observedAt } : signal,
  );
}
