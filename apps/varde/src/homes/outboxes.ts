import { ADVICE_ANSWERS, QUESTIONNAIRE_OF } from '@varde/look';
import { WHOSE_WEIGHT } from '@varde/rules';
import {
  claimAdvice,
  claimAsks,
  readAdviceToSend,
  readAsksToSend,
  saveAdviceDelivered,
  saveAdviceFailed,
  saveAdviceUnheard,
  saveAskDelivered,
  saveAskFailed,
  saveAskUnheard,
  saveSentToHomes,
  type AdviceToSend,
  type AskToSend,
  type DuePage,
} from '@varde/store';
import { decodeAdvice, decodeCommand, encodeAdvice, encodeCommand, formatTopic, type Command } from '@varde/wire';
import type { EntityManager } from 'typeorm';

/** A row that is due to be a message to a gateway. */
export interface HomeMessage {
  readonly id: number;
  readonly topic: string;
  /** Made when it is sent: most of what is due waits for a home that is away. */
  readonly encode: () => Uint8Array;
  /** Of no use after this. */
  readonly until: Date;
}

/** A table of what homes are to be sent. */
export interface HomeOutbox {
  /** What it holds, for the log. */
  readonly name: string;
  /** A page of what is due and still of use. */
  read(manager: EntityManager, now: Date, page: DuePage): Promise<HomeMessage[]>;
  /** Takes those that are still due, until `againAt`. */
  claim(manager: EntityManager, ids: readonly number[], now: Date, againAt: Date): Promise<number[]>;
  /** Where no home confirms: what was taken until then is sent. */
  saveSent(manager: EntityManager, ids: readonly number[], takenUntil: Date): Promise<void>;
  saveFailed(manager: EntityManager, ids: readonly number[], againAt: Date): Promise<void>;
  /** Nobody was there to get these: they are due again then, and nobody reads that they were sent. */
  saveUnheard(manager: EntityManager, ids: readonly number[], againAt: Date): Promise<void>;
  /** Notes a delivery when the payload came from here; answers null when it did not. */
  noteConfirmed(manager: EntityManager, payload: Uint8Array, now: Date): Promise<void> | null;
  /** Makes due again what came from here and has not reached a home that is back; answers null when it did not come from here. */
  noteUnconfirmed(manager: EntityManager, payload: Uint8Array, now: Date): Promise<void> | null;
}

const ASK_PREFIX = 'ask-';
const QUESTION_PREFIX = 'adv-';
/** How long after it is withdrawn a home behind an external broker is still told so. */
const WITHDRAWAL_KEPT_MS = 24 * 3_600_000;
/** What is taken back is known by its number: somebody else may have the gateway now, who is not to read what it was. */
const TAKEN_BACK = {
  kind: 'green',
  mustAnswer: false,
  answers: [],
  text: { nb: 'Dette gjelder ikke lenger.', en: 'This no longer applies.' },
} as const;

/** What homes are asked to measure again. */
export const ASKS: HomeOutbox = {
  name: 'asked homes to measure again',
  read: async (...due) => (await readAsksToSend(...due)).map(toAskMessage),
  claim: claimAsks,
  saveSent: (manager, ...sent) => saveSentToHomes(manager, 'home_ask', ...sent),
  saveFailed: saveAskFailed,
  saveUnheard: saveAskUnheard,
  noteConfirmed: (manager, payload, now) => {
    const id = numberAfter(ASK_PREFIX, decodeCommand(payload));
    return id === null ? null : saveAskDelivered(manager, id, now);
  },
  noteUnconfirmed: (manager, payload, now) => {
    const id = numberAfter(ASK_PREFIX, decodeCommand(payload));
    return id === null ? null : saveAskFailed(manager, [id], now);
  },
};

/** What patients are told, and asked about their self-treatment plan. */
export const ADVICE: HomeOutbox = {
  name: 'told patients at home',
  read: async (manager, now, page) => (await readAdviceToSend(manager, now, page)).map((each) => toAdviceMessage(each, now)),
  claim: claimAdvice,
  saveSent: (manager, ...sent) => saveSentToHomes(manager, 'home_advice', ...sent),
  saveFailed: saveAdviceFailed,
  saveUnheard: saveAdviceUnheard,
  noteConfirmed: (manager, payload, now) => {
    const told = adviceIn(payload);
    return told === null ? null : saveAdviceDelivered(manager, told, now);
  },
  noteUnconfirmed: (manager, payload, now) => {
    const told = adviceIn(payload);
    return told === null ? null : saveAdviceFailed(manager, [told.id], now);
  },
};

function adviceIn(payload: Uint8Array): { readonly id: number; readonly withdrawn: boolean } | null {
  const advice = decodeAdvice(payload);
  if (advice !== null) return { id: advice.adviceId, withdrawn: advice.withdrawn };
  const id = numberAfter(QUESTION_PREFIX, decodeCommand(payload));
  return id === null ? null : { id, withdrawn: false };
}

function numberAfter(prefix: string, command: Command | null): number | null {
  const id = command?.commandId ?? '';
  return id.startsWith(prefix) ? Number(id.slice(prefix.length)) : null;
}

function toAskMessage({ id, tenant, clientId, deviceName, metrics, restMinutes, times, text, answerBy }: AskToSend): HomeMessage {
  const commandId = `${ASK_PREFIX}${id}`;
  const topic = formatTopic({ kind: 'cmd', tenant, gateway: clientId });
  const what = { commandId, kind: 'remeasure', device: deviceName, metrics, questionnaire: null } as const;
  return { id, topic, encode: () => encodeCommand({ ...what, restMinutes, times, answerBy, text }), until: answerBy };
}

function toAdviceMessage(advice: AdviceToSend, now: Date): HomeMessage {
  const { id, tenant, clientId, deviceName, kind, weightAsked, text, answers, mustAnswer, advisedAt, ofUseUntil, withdrawn } = advice;
  if (kind === 'did_it_help' || kind === 'warning_signs' || kind === 'whose_weight') {
    const about = weightAsked === null ? {} : { items: { [WHOSE_WEIGHT.about]: weightAsked } };
    const asked = { device: deviceName, metrics: [], questionnaire: QUESTIONNAIRE_OF[kind], ...about, restMinutes: 0, times: 1 };
    const encode = () => encodeCommand({ commandId: `${QUESTION_PREFIX}${id}`, kind: 'answer', ...asked, answerBy: ofUseUntil, text });
    return { id, topic: formatTopic({ kind: 'cmd', tenant, gateway: clientId }), encode, until: ofUseUntil };
  }
  const buttons = answers.map((code) => ({ code, ...ADVICE_ANSWERS[code] }));
  const said = withdrawn ? TAKEN_BACK : { kind, mustAnswer, answers: buttons, text };
  const shown = { adviceId: id, device: deviceName, ...said, advisedAt, ofUseUntil, withdrawn };
  const until = withdrawn ? new Date(now.getTime() + WITHDRAWAL_KEPT_MS) : ofUseUntil;
  return { id, topic: formatTopic({ kind: 'advice', tenant, gateway: clientId }), encode: () => encodeAdvice(shown), until };
}
