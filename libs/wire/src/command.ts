import { isMetric, type Metric, type Sentence } from '@varde/vitals';
import { isObject, isSentence, parseJson } from './json.js';

/** What a home is asked to do. `remeasure`: measure again after rest. `answer`: fill in a questionnaire. */
export type CommandKind = 'remeasure' | 'answer';

/** One request to a home, in words a patient can be shown as they are. */
export interface Command {
  /** Made once and kept on every resend: a home does what it says once. */
  readonly commandId: string;
  readonly kind: CommandKind;
  /** Which device to use, by its name in the topics; null when any will do. */
  readonly device: string | null;
  /** What to measure again; empty for `answer`. */
  readonly metrics: readonly Metric[];
  /** Which questionnaire; null for `remeasure`. */
  readonly questionnaire: string | null;
  /** What is sent back as it is among the answers, by item: which weighing is asked about. Left out: nothing. */
  readonly items?: Readonly<Record<string, number>>;
  /** Minutes of rest before the first measurement. */
  readonly restMinutes: number;
  /** How many measurements, one to two minutes apart. */
  readonly times: number;
  /** After this it is of no use any more. */
  readonly answerBy: Date;
  readonly text: Sentence;
}

/** The payload on a gateway's `cmd` topic, `varde.cmd/1`, UTF-8 JSON. */
export function encodeCommand({ answerBy, ...command }: Command): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ schema: 'varde.cmd/1', ...command, answerBy: answerBy.toISOString() }));
}

/** The request in a payload, or null when it is none. For gateways and simulated homes. */
export function decodeCommand(payload: Uint8Array): Command | null {
  return toCommand(parseJson(payload));
}

function toCommand(value: unknown): Command | null {
  if (!isObject(value)) return null;
  const { schema, commandId, kind, device, metrics, questionnaire, items, restMinutes, times, answerBy, text } = value;
  if (schema !== 'varde.cmd/1' || typeof commandId !== 'string' || (kind !== 'remeasure' && kind !== 'answer')) return null;
  if (!Array.isArray(metrics) || !metrics.every((each): each is Metric => typeof each === 'string' && isMetric(each))) return null;
  if (device !== null && typeof device !== 'string') return null;
  if (questionnaire !== null && typeof questionnaire !== 'string') return null;
  if (!isCount(restMinutes, 0) || !isCount(times, 1) || typeof answerBy !== 'string' || !isSentence(text)) return null;
  if (items !== undefined && !isNumbers(items)) return null;
  const by = new Date(answerBy);
  if (Number.isNaN(by.getTime())) return null;
  const about = items === undefined ? {} : { items };
  return {
    commandId,
    kind,
    device,
    metrics,
    questionnaire,
    ...about,
    restMinutes,
    times,
    answerBy: by,
    text: { nb: text.nb, en: text.en },
  };
}

function isNumbers(value: unknown): value is Readonly<Record<string, number>> {
  return isObject(value) && Object.values(value).every((each) => typeof each === 'number');
}

function isCount(value: unknown, least: number): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= 60;
}
