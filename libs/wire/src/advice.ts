import type { Sentence } from '@varde/vitals';
import { isObject, isSentence, parseJson } from './json.js';

/** Steps of the self-treatment plan, and danger to life. */
export const ADVICE_KINDS = ['green', 'yellow', 'red', 'critical'] as const;
/** What the patient is told to do. */
export type AdviceKind = (typeof ADVICE_KINDS)[number];

/** One of the answers a patient may give, with the words on its button. */
export interface AdviceAnswer extends Sentence {
  /** A choice of the question `advice_answer`. */
  readonly code: string;
}

/** What a home is to show its patient now, in words that are shown as they are (docs/advice.md). */
export interface Advice {
  /** Made once and kept on every resend; the answer names it. A home shows each once, and the newest on top. */
  readonly adviceId: number;
  readonly kind: AdviceKind;
  /** The device on whose `answers` topic it is answered: it names the patient of a gateway that several use. Null: any of the patient's. */
  readonly device: string | null;
  /** Fills the screen and cannot be dismissed without an answer. */
  readonly mustAnswer: boolean;
  readonly answers: readonly AdviceAnswer[];
  readonly text: Sentence;
  readonly advisedAt: Date;
  /** Not to be shown for the first time after this. */
  readonly ofUseUntil: Date;
  /** True: it is of no use any more and goes from the screen. */
  readonly withdrawn: boolean;
}

/** The payload on a gateway's `advice` topic, `varde.advice/1`, UTF-8 JSON. */
export function encodeAdvice({ advisedAt, ofUseUntil, ...advice }: Advice): Uint8Array {
  const times = { advisedAt: advisedAt.toISOString(), ofUseUntil: ofUseUntil.toISOString() };
  return new TextEncoder().encode(JSON.stringify({ schema: 'varde.advice/1', ...advice, ...times }));
}

/** The advice in a payload, or null when it is none. For gateways and simulated homes. */
export function decodeAdvice(payload: Uint8Array): Advice | null {
  const value = parseJson(payload);
  if (!isObject(value) || value['schema'] !== 'varde.advice/1') return null;
  const { adviceId, kind, device, mustAnswer, answers, text, withdrawn } = value;
  if (typeof adviceId !== 'number' || !Number.isInteger(adviceId) || adviceId < 1) return null;
  if (!ADVICE_KINDS.some((each) => each === kind) || (device !== null && typeof device !== 'string')) return null;
  if (typeof mustAnswer !== 'boolean' || typeof withdrawn !== 'boolean' || !isSentence(text)) return null;
  if (!Array.isArray(answers) || !answers.every(isAnswer)) return null;
  const [advisedAt, ofUseUntil] = [toMoment(value['advisedAt']), toMoment(value['ofUseUntil'])];
  if (advisedAt === null || ofUseUntil === null) return null;
  return {
    adviceId,
    kind: kind as AdviceKind,
    device,
    mustAnswer,
    advisedAt,
    ofUseUntil,
    withdrawn,
    answers: answers.map(({ code, nb, en }) => ({ code, nb, en })),
    text: { nb: text.nb, en: text.en },
  };
}

function isAnswer(value: unknown): value is AdviceAnswer {
  return isSentence(value) && typeof value['code'] === 'string';
}

function toMoment(value: unknown): Date | null {
  const at = typeof value === 'string' ? new Date(value) : null;
  return at === null || Number.isNaN(at.getTime()) ? null : at;
}
