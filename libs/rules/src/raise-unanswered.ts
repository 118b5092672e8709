import type { Act } from './act.js';
import { anchorOfMoment } from './anchor.js';
import { UNMET } from './condition.js';
import { isInDoubt } from './confirm.js';
import type { Finding } from './finding.js';
import type { Folded } from './fold.js';
import { limitsInForce, limitValues, plainFinding, standingSinceMs, type Judging } from './judging.js';
import { LIVE_MS } from './late.js';
import type { ActRule } from './prepare-rule.js';
import { tellBreach } from './reason.js';
import type { Unanswered } from './rules-in-words.js';
import { durationWords, join } from './words.js';

/** The patient cannot do what they were told to: that is no reply to rest on. */
const CANNOT = 'cannot';
/**
 * By how much the time of an answer, which is the home's, may lag behind ours and still be believed (`effectiveTime` of the wire): a device is
 * taken at its word when it is two minutes off its gateway, and a gateway when it is one minute off us.
 */
const HOME_SLOW_MAX_MS = 3 * 60_000;

/**
 * A rule whose patient is told at once, when the reading reaches us, and who has neither answered nor measured a better value in the time
 * for it, becomes graver: a finding of its own, at the moment the time ran out. Only while the rule stands in an open episode (whoever closed
 * it has dealt with it), and not for a reading that came late, nor hours after its time. What was answered or measured by the time somebody
 * looks counts, also when the look is late.
 */
export function raiseUnanswered(ready: ActRule, folded: Folded, judging: Judging): void {
  const { unanswered } = ready;
  if (unanswered === null || folded.standing === null) return;
  const { input, scene, recorded } = judging;
  const ofRule = recorded.get(ready.rule.id);
  const acts = scene.acts.having(ready.slots);
  let saidMs = Number.NEGATIVE_INFINITY;
  const waiting: { readonly firedMs: number; readonly endsMs: number }[] = [];
  for (const fired of acts) {
    if (!folded.firedOn.has(fired.id) || fired.receivedAt.getTime() - fired.atMs > LIVE_MS) continue;
    // Said once for everything that was measured before it was said.
    if (fired.atMs <= saidMs || ofRule?.hasFiredByClockSince(fired.atMs) === true) continue;
    if (hasReplied(fired, judging) || isMeasuredBetter(fired, acts, ready, judging)) continue;
    const isKnown = ofRule?.firedOn(fired.id) === true;
    if (isKnown && (standingSinceMs(ready.rule, input) ?? Number.NEGATIVE_INFINITY) < fired.atMs) continue;
    const endsMs = fired.receivedAt.getTime() + unanswered.withinMs;
    if (scene.nowMs - endsMs > LIVE_MS) continue;
    if (endsMs <= scene.nowMs) {
      judging.findings.push(raisedFinding({ fired, endsMs, unanswered }, ready, judging));
      saidMs = endsMs;
    } else waiting.push({ firedMs: fired.atMs, endsMs });
  }
  // One that arrived late may still have time when a later one has none left: it has been said then.
  for (const { firedMs, endsMs } of waiting) if (firedMs > saidMs) judging.nextMs = Math.min(judging.nextMs, endsMs);
}

/** They are told when the reading reaches us: what they answered before that, they answered to something else. */
function hasReplied({ receivedAt: toldAt }: Act, { input }: Judging): boolean {
  return input.window.answers.some(({ items, observedAt, receivedAt }) => {
    const answer = items['advice_answer'];
    const isAfter = receivedAt > toldAt && observedAt.getTime() >= toldAt.getTime() - HOME_SLOW_MAX_MS;
    return isAfter && answer !== undefined && answer !== CANNOT;
  });
}

/** A value nobody doubts, measured after it, that the rule says nothing of. */
function isMeasuredBetter(fired: Act, acts: readonly Act[], ready: ActRule, { input, scene }: Judging): boolean {
  const limitsAt = limitValues(ready.rule, input.plan);
  return acts.some(
    (act) => act.atMs > fired.atMs && !isInDoubt(act, ready.slots, scene) && ready.ask(act, limitsAt(act.atMs), scene) === UNMET,
  );
}

interface Raise {
  readonly fired: Act;
  readonly endsMs: number;
  readonly unanswered: Unanswered;
}

function raisedFinding({ fired, endsMs, unanswered }: Raise, ready: ActRule, { input, scene }: Judging): Finding {
  const { rule } = ready;
  const { then, withinMs } = unanswered;
  const at = new Date(endsMs);
  const time = durationWords(withinMs);
  return {
    ...plainFinding(rule, input.plan, {
      result: 'fire',
      anchor: anchorOfMoment(at),
      at,
      // Of the clock: it is never late.
      receivedAt: at,
      readingIds: [fired.id],
      reason: join([
        tellBreach(fired, ready, { rule, scene, limits: limitsInForce(rule, input.plan, fired.at) }),
        {
          nb: `Pasienten har verken svart eller målt en bedre verdi på ${time.nb}.`,
          en: `The patient has neither answered nor measured a better value in ${time.en}.`,
        },
      ]),
    }),
    severity: then,
  };
}
