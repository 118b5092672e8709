import { isDoubtful, isUndated, isUnsure, meanAct, type Act } from './act.js';
import type { Confirm } from './catalogue.js';
import { MET, UNKNOWN, type Answer } from './condition.js';
import { hasMoved } from './reweighed.js';
import { endOfDayMs, type Scene } from './scene.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Windows, which the catalogue gives in words (`confirmation_profiles`). */
const WINDOW_MS: Readonly<Record<Confirm, number>> = {
  none: 30 * MINUTE_MS,
  parallel_15min: 15 * MINUTE_MS,
  remeasure_30min: 30 * MINUTE_MS,
  remeasure_60min: 60 * MINUTE_MS,
  bp_repeat: 30 * MINUTE_MS,
  // Longest day: summer time ends.
  reweigh_same_day: 25 * HOUR_MS,
};

/** What the acts after a first breach say of it. */
export interface Verdict {
  readonly result: 'fire' | 'fire_unconfirmed' | 'pending' | 'not_confirmed';
  /** The re-measures that decided, oldest first; empty when none did. */
  readonly decidedBy: readonly Act[];
  /** What was judged in the end: the first act, its re-measure, or the mean of the repeats. */
  readonly judged: Act;
  /** How many acts after the first belong to this verdict and are not looked at again. */
  readonly used: number;
  /** End of the re-measure window; null when none was asked for. */
  readonly untilMs: number | null;
}

/** One breach to confirm: the place of its act among those of the rule, and how the rule is asked. */
export interface Breach {
  readonly acts: readonly Act[];
  readonly at: number;
  readonly act: Act;
  readonly slots: readonly number[];
  readonly ask: (act: Act) => Answer;
}

/** Whether an act counts with care only: its device or its size says so, or it is a weight that may be another unit or another person. */
export function isInDoubt(act: Act, slots: readonly number[], scene: Scene): boolean {
  return isDoubtful(act, slots) || (scene.heldBack.size > 0 && scene.heldBack.has(act));
}

/** How far before an unseen reading a first breach may lie that it decides. */
export function confirmWindowMs(confirm: Confirm): number {
  return WINDOW_MS[confirm];
}

/**
 * Judges a first breach by its confirmation profile. A doubtful act never fires at once, unless exercise is all that speaks against it: rules that would get a re-measure window of
 * 30 minutes, those that ask for a new reading within 15 of so many. A doubtful re-measure may confirm, but a doubtful normal one settles
 * nothing: doubt delays, it never deletes. What was measured nobody knows when is no re-measure at all: it may be the same measurement.
 */
export function confirmBreach(confirm: Confirm, breach: Breach, scene: Scene): Verdict {
  const doubtful = isUnsure(breach.act, breach.slots) || scene.heldBack.has(breach.act);
  switch (confirm) {
    case 'none':
    case 'parallel_15min':
      return doubtful ? remeasure(breach, breach.act.atMs + WINDOW_MS[confirm], scene) : fireAtOnce(breach);
    case 'remeasure_30min':
    case 'remeasure_60min':
      return remeasure(breach, breach.act.atMs + WINDOW_MS[confirm], scene);
    case 'bp_repeat':
      return repeatPressure(breach, breach.act.atMs + WINDOW_MS[confirm], scene);
    case 'reweigh_same_day':
      return doubtful || hasMoved(breach.act, scene) ? reweigh(breach, scene) : fireAtOnce(breach);
  }
}

function fireAtOnce({ act }: Breach): Verdict {
  return { result: 'fire', decidedBy: [], judged: act, used: 0, untilMs: null };
}

function undecided({ act }: Breach, untilMs: number, scene: Scene): Verdict {
  const result = scene.nowMs >= untilMs ? 'fire_unconfirmed' : 'pending';
  return { result, decidedBy: [], judged: act, used: 0, untilMs };
}

function settles(breach: Breach, act: Act, scene: Scene): boolean {
  if (breach.slots.some((slot) => isUndated(act, slot))) return false;
  const answer = breach.ask(act);
  return answer === MET || (answer !== UNKNOWN && !isInDoubt(act, breach.slots, scene));
}

function remeasure(breach: Breach, untilMs: number, scene: Scene): Verdict {
  for (let at = breach.at + 1; at < breach.acts.length; at++) {
    const act = breach.acts[at];
    if (act === undefined || act.atMs > untilMs) break;
    if (!settles(breach, act, scene)) continue;
    const result = breach.ask(act) === MET ? 'fire' : 'not_confirmed';
    return { result, decidedBy: [act], judged: act, used: at - breach.at, untilMs };
  }
  return undecided(breach, untilMs, scene);
}

/** Where there is no second weighing, that the patient says that it was them on the scale does for one. */
function reweigh(breach: Breach, scene: Scene): Verdict {
  // The last millisecond of the day: a weighing at midnight is tomorrow's.
  const verdict = remeasure(breach, endOfDayMs(breach.act, scene.zone) - 1, scene);
  return verdict.decidedBy.length === 0 && breach.act.said !== null ? fireAtOnce(breach) : verdict;
}

/**
 * The mean of the last two repeats decides. A repeat that meets the rule itself, and yet not together with the one before it, is a breach of
 * its own when that mean does not confirm the first: what lies minutes from a normal value is not normal because of it.
 */
function repeatPressure(breach: Breach, untilMs: number, scene: Scene): Verdict {
  const repeats: Act[] = [];
  let used = 0;
  let usedBeforeOwn: number | null = null;
  for (let at = breach.at + 1; at < breach.acts.length; at++) {
    const act = breach.acts[at];
    if (act === undefined || act.atMs > untilMs) break;
    if (!settles(breach, act, scene)) continue;
    if (usedBeforeOwn === null && isOwnBreach(breach, act, repeats.at(-1))) usedBeforeOwn = at - breach.at - 1;
    repeats.push(act);
    used = at - breach.at;
  }
  const [last, beforeLast] = [repeats.at(-1), repeats.at(-2)];
  if (last === undefined) return undecided(breach, untilMs, scene);
  const decidedBy: readonly [Act, ...Act[]] = beforeLast === undefined ? [last] : [beforeLast, last];
  const judged = meanAct(decidedBy);
  if (breach.ask(judged) === MET) return { result: 'fire', decidedBy, judged, used, untilMs };
  return { result: 'not_confirmed', decidedBy, judged, used: usedBeforeOwn ?? used, untilMs };
}

function isOwnBreach({ ask }: Breach, act: Act, before: Act | undefined): boolean {
  return before !== undefined && ask(act) === MET && ask(meanAct([before, act])) !== MET;
}
