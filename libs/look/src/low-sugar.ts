import { UNANSWERED, type Finding } from '@varde/rules';
import { perhapsLowSugarWords } from './advise-words.js';
import type { AdviceDraft } from './advice.js';

/** Older than this, what to do about it now is for a new measurement to say. */
export const SUGAR_OF_USE_H = 2;
const HOUR_MS = 3_600_000;

/**
 * What the patient is told of a blood sugar that may be so low that they must take sugar and reply, while nobody knows whether it is: there is no
 * episode to tell it of yet. A value the device doubts, one in another unit, or one below what the meter can show; null where there is none
 * among the new findings. It is told in a pause too: waiting is what is dangerous.
 */
export function tellPerhapsLow(findings: readonly Finding[], now: Date): AdviceDraft | null {
  const low = findings.find(({ result, ruleId, mayMeet }) => result === 'pending' && (mayMeet ?? ruleId) in UNANSWERED);
  if (low === undefined) return null;
  return {
    key: `sugar/${low.anchor}`,
    kind: 'red',
    text: perhapsLowSugarWords(),
    answers: ['seen', 'called_116117', 'cannot'],
    mustAnswer: true,
    measurementId: null,
    ofUseUntil: new Date(now.getTime() + SUGAR_OF_USE_H * HOUR_MS),
  };
}
