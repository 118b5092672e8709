import type { Tally } from './ownership-model.js';

/** What a run must have lived through: were every act refused, every promise would hold. */
const LIVED_THROUGH = [
  ...(['accept', 'decline', 'recall', 'move', 'give_advice', 'close', 'release', 'leave'] as const).map((kind) => `act ${kind}`),
  ...(['offer_ran_out', 'advice_ran_out', 'acknowledgement_ran_out', 'relapsed', 'escalated', 'merged'] as const).map(
    (kind) => `line ${kind}`,
  ),
  ...['act take over', 'act acknowledge again', 'guest left', 'race decided'],
];

/** What happened fewer times than given, of all that must happen in a run; empty when the run shows something. */
export function tooRareIn(tally: Tally, atLeast: number): readonly string[] {
  const countOf = (what: string): number => tally.get(what) ?? 0;
  return LIVED_THROUGH.filter((what) => countOf(what) < atLeast).map((what) => `${what} ${countOf(what)}`);
}
