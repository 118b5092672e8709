import type { Metric } from '@varde/vitals';
import { judgeAct, refuseAct, type Delivered, type DeliveredAct } from './act.js';
import type { AskedItem, FindForm, Form } from './form.js';
import { isObject, optionalText, shown, type JsonObject } from './json.js';
import { contextOf } from './obs.js';
import type { Answer, AnsweredBy, Device, Measurement } from './message.js';
import type { Refusal, RefusalReason } from './refusal.js';
import { parseUtc } from './time-text.js';

/** The most items of one filled-in questionnaire. */
const ITEMS_MAX = 100;
const DETAIL_CHARS_MAX = 200;
const CODE = /^[a-z][a-z0-9_-]{0,39}$/;
const ANSWERERS: ReadonlySet<unknown> = new Set<AnsweredBy>(['patient', 'carer', 'nurse']);

const isAnswerer = (value: unknown): value is AnsweredBy => ANSWERERS.has(value);
const isSlot = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255;

/**
 * The judged questionnaires of a `varde.answers/1` message's `answers`, each one act. An answer nobody asked for or of the wrong kind is
 * refused and the others are taken; a questionnaire that is not known is refused whole and parked.
 */
export function decodeAnswerSets(
  sets: readonly unknown[],
  findForm: FindForm,
  device: Device,
): { measurements: Measurement[]; refused: readonly Refusal[] } {
  const measurements: Measurement[] = [];
  const refused: Refusal[] = [];
  for (const [index, set] of sets.entries()) {
    const judged = decodeSet(set, index, findForm, device);
    if (judged.measurement !== null) measurements.push(judged.measurement);
    refused.push(...judged.refused);
  }
  return { measurements, refused };
}

interface JudgedSet {
  readonly measurement: Measurement | null;
  readonly refused: readonly Refusal[];
}

function decodeSet(set: unknown, index: number, findForm: FindForm, device: Device): JudgedSet {
  const alone = (reason: RefusalReason, detail: string): JudgedSet => ({ measurement: null, refused: [refuseAct(index, reason, detail)] });
  if (!isObject(set)) return alone('schema', `answers: ${shown(set)}`);
  const { questionnaire, version, items, answeredBy } = set;
  if (typeof questionnaire !== 'string' || !CODE.test(questionnaire)) return alone('schema', `questionnaire: ${shown(questionnaire)}`);
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) return alone('schema', `version: ${shown(version)}`);
  if (answeredBy !== undefined && !isAnswerer(answeredBy)) return alone('schema', `answeredBy: ${shown(answeredBy)}`);
  if (!isObject(items)) return alone('schema', `items: ${shown(items)}`);
  if (Object.keys(items).length > ITEMS_MAX) return alone('schema', `items: ${Object.keys(items).length}, at most ${ITEMS_MAX}`);
  const act = actOf(set, index, questionnaire, device);
  if (typeof act === 'string') return alone('schema', act);
  const printedValues = printedItems(items);
  const form = findForm(questionnaire, version);
  if (form === null) {
    const { measurement } = judgeAct(act);
    return {
      measurement: { ...measurement, printedValues },
      refused: [refuseAct(index, 'unknown-questionnaire', `${questionnaire} version ${version}`)],
    };
  }
  return judgeSet({ act, form, items, printedValues, answeredBy: answeredBy ?? 'patient' });
}

/** Where and when the set was filled in, or which field is wrong. */
function actOf(set: JsonObject, index: number, questionnaire: string, device: Device): DeliveredAct | string {
  const { key, answeredAt, userSlot } = set;
  const gatewayTime = parseUtc(set['gatewayTime']);
  if (gatewayTime === null) return `gatewayTime: ${shown(set['gatewayTime'])}`;
  if (key !== undefined && optionalText(key) === null) return `key: ${shown(key)}`;
  if (answeredAt !== undefined && optionalText(answeredAt, 40) === null) return `answeredAt: ${shown(answeredAt)}`;
  if (userSlot !== undefined && !isSlot(userSlot)) return `userSlot: ${shown(userSlot)}`;
  const own = optionalText(key);
  return {
    index,
    kind: 'questionnaire',
    // Two questionnaires of one second are two acts, and no conflict.
    key: own === null ? questionnaire : `${questionnaire}:${own}`,
    userSlot: isSlot(userSlot) && userSlot !== 255 ? userSlot : null,
    deviceTime: optionalText(answeredAt),
    gatewayTime,
    stored: set['stored'] === true,
    clockNotSet: device.clock?.notSet === true,
    delivered: [],
    absent: [],
    quality: 'manual',
    flags: [],
    isStatusKnown: false,
    context: contextOf(set['context']),
    raw: null,
    answers: null,
  };
}

interface OpenSet {
  readonly act: DeliveredAct;
  readonly form: Form;
  readonly items: JsonObject;
  readonly printedValues: string;
  readonly answeredBy: AnsweredBy;
}

function judgeSet({ act, form, items, printedValues, answeredBy }: OpenSet): JudgedSet {
  const taken = new Map<string, Answer>();
  const unknown: string[] = [];
  const wrong: string[] = [];
  for (const [code, value] of Object.entries(items)) {
    const item = form.items.get(code);
    if (item === undefined) unknown.push(CODE.test(code) ? code : `a code of ${code.length} characters`);
    else if (isAnswer(item, value)) taken.set(code, value);
    else wrong.push(`${code}: ${shown(value)}`);
  }
  answerAlso(form, taken);
  const delivered = scoresOf(form, taken, wrong);
  const judged = judgeAct({ ...act, delivered });
  const answers =
    taken.size === 0 ? null : { questionnaire: form.code, version: form.version, answeredBy, items: Object.fromEntries(taken) };
  const refused = delivered.length === 0 ? [] : [...judged.refused];
  refused.push(...refusedItems(act.index, 'unknown-item', unknown), ...refusedItems(act.index, 'wrong-answer', wrong));
  if (taken.size === 0 && refused.length === 0) refused.push(refuseAct(act.index, 'no-value', 'no question is answered'));
  return { measurement: { ...judged.measurement, answers, printedValues }, refused };
}

/** Programmes that ask the same thing under other names ask it once; the answer holds for all of them. */
function answerAlso(form: Form, taken: Map<string, Answer>): void {
  for (const [code, value] of [...taken]) {
    for (const other of form.items.get(code)?.answersAlso ?? []) if (!taken.has(other)) taken.set(other, value);
  }
}

/** One refusal for all items of one reason: they stand and fall together with the act they belong to. */
function refusedItems(index: number, reason: RefusalReason, items: readonly string[]): Refusal[] {
  return items.length === 0 ? [] : [refuseAct(index, reason, items.join(', ').slice(0, DETAIL_CHARS_MAX))];
}

function isAnswer(item: AskedItem, value: unknown): value is Answer {
  if (item.kind === 'yes_no') return typeof value === 'boolean';
  if (item.kind === 'choice') return typeof value === 'string' && item.choices.includes(value);
  if (typeof value !== 'number' || !Number.isFinite(value) || value < item.min || value > item.max) return false;
  return !item.isWhole || Number.isInteger(value);
}

/** The scores the answers come to. A sum wins over a total that was entered beside it and says something else: that one is refused. */
function scoresOf(form: Form, taken: Map<string, Answer>, wrong: string[]): Delivered[] {
  const scores: Delivered[] = [];
  const add = (type: Metric, value: number): void => void scores.push({ type, value, unit: '{score}' });
  for (const { metric, entered, sumOf } of form.scores) {
    const total = numberOf(taken.get(entered));
    const sum = sumOf.length === 0 ? null : sumOfAll(sumOf, taken);
    if (sum !== null && total !== null && sum !== total) {
      wrong.push(`${entered}: ${total}, its parts come to ${sum}`);
      taken.delete(entered);
    }
    const score = sum ?? total;
    if (score !== null) add(metric, score);
  }
  return scores;
}

function sumOfAll(codes: readonly string[], taken: ReadonlyMap<string, Answer>): number | null {
  let sum = 0;
  for (const code of codes) {
    const value = numberOf(taken.get(code));
    if (value === null) return null;
    sum += value;
  }
  return sum;
}

/** A number, also of a choice whose codes are numbers (`mmrc`: '0' to '4'). */
function numberOf(answer: Answer | undefined): number | null {
  if (typeof answer === 'number') return answer;
  return typeof answer === 'string' && /^\d{1,3}$/.test(answer) ? Number(answer) : null;
}

// What is no answer in any form may nest without end; it is told apart no further than that.
const printed = (value: unknown): string => (typeof value === 'object' && value !== null ? shown(value) : JSON.stringify(value));

/** All items as delivered, in one order, used or not: what tells two copies of a filled-in questionnaire from two of them. */
function printedItems(items: JsonObject): string {
  return Object.keys(items)
    .sort()
    .map((code) => `${code}=${printed(items[code])}`)
    .join(';');
}
