import type { Metric } from '@varde/vitals';
import type { Clear, OtherTrigger, Trigger } from './catalogue.js';
import type { Condition } from './conditions.js';
import type { JsonObject, JsonReader } from './json-reader.js';
import { CONDITION_WORDS, readAmount, readClearCondition, readCondition, readMeasure, type TriggerContext } from './read-condition.js';
import { SEVERITIES } from './finding.js';

type ReadOther<Kind> = (object: JsonObject, where: string, context: TriggerContext) => Extract<OtherTrigger, { kind: Kind }>;

/** How each kind of trigger of a clock or a device is read. */
const OTHER_READERS: { readonly [Kind in OtherTrigger['kind']]: ReadOther<Kind> } = {
  overdue: (object, where, context) => {
    context.reader.only(object, ['kind', 'by_h'], where);
    return { kind: 'overdue', hours: readAmount(object['by_h'], `${where}.by_h`, context) };
  },
  missed: (object, where, context) => {
    context.reader.only(object, ['kind', 'count', 'or_hours'], where);
    return {
      kind: 'missed',
      count: readAmount(object['count'], `${where}.count`, context),
      hours: readAmount(object['or_hours'], `${where}.or_hours`, context),
    };
  },
  context_elapsed: (object, where, context) => {
    context.reader.only(object, ['kind', 'key', 'at_least_h', 'unless'], where);
    return {
      kind: 'context_elapsed',
      key: context.reader.oneOf(object['key'], ['plan_started_h'], `${where}.key`),
      hours: readAmount(object['at_least_h'], `${where}.at_least_h`, context),
      unless: context.reader.oneOf(object['unless'], ['symptoms_better'], `${where}.unless`),
    };
  },
  episode_overdue: (object, where, context) => {
    context.reader.only(object, ['kind', 'severity', 'hours'], where);
    return {
      kind: 'episode_overdue',
      severity: context.reader.oneOf(object['severity'], SEVERITIES, `${where}.severity`),
      hours: readAmount(object['hours'], `${where}.hours`, context),
    };
  },
  plausibility: (object, where, { reader }) => {
    reader.only(object, ['kind', 'result'], where);
    reader.oneOf(object['result'], ['reject'], `${where}.result`);
    return { kind: 'plausibility' };
  },
  status_bits: (object, where, { reader }) => {
    reader.only(object, ['kind', 'spo2', 'bp'], where);
    return { kind: 'status_bits' };
  },
  unit_ratio: (object, where, { reader }) => {
    reader.only(object, ['kind', 'pairs'], where);
    const pairs = reader.list(object['pairs'], `${where}.pairs`);
    return { kind: 'unit_ratio', pairs: pairs.map((pair, at) => readPair(pair, `${where}.pairs[${at}]`, reader)) };
  },
  jump: (object, where, context) => {
    context.reader.only(object, ['kind', 'measure', 'hours', 'limit'], where);
    return {
      kind: 'jump',
      metric: readMeasure(object['measure'], `${where}.measure`, context.reader),
      hours: context.reader.number(object['hours'], `${where}.hours`),
      limit: readAmount(object['limit'], `${where}.limit`, context),
    };
  },
};

/** Every kind of trigger there is. */
export const TRIGGER_WORDS: readonly [Trigger['kind'], ...Trigger['kind'][]] = [
  ...CONDITION_WORDS,
  ...(Object.keys(OTHER_READERS) as OtherTrigger['kind'][]),
];

/** The trigger of a rule. A kind or member that cannot be judged is a fault, never skipped. */
export function readTrigger(json: unknown, where: string, context: TriggerContext): Trigger {
  const { reader } = context;
  const object = reader.object(json, where);
  const kind = reader.oneOf(object['kind'], TRIGGER_WORDS, `${where}.kind`);
  if (!isOtherKind(kind)) return readCondition(object, where, context);
  const read: (...from: Parameters<ReadOther<string>>) => OtherTrigger = OTHER_READERS[kind];
  return read(object, where, context);
}

function isOtherKind(kind: Trigger['kind']): kind is OtherTrigger['kind'] {
  return kind in OTHER_READERS;
}

/** Whether a trigger is asked of acts of measuring; the others are of a clock or a device. */
export function isCondition(trigger: Trigger): trigger is Condition {
  return !isOtherKind(trigger.kind);
}

function readPair(json: unknown, where: string, reader: JsonReader): { metric: Metric; ratio: number; tolerance: number } {
  const [measure, ratio, tolerance] = reader.list(json, where);
  return {
    metric: readMeasure(measure, `${where}[0]`, reader),
    ratio: reader.number(ratio, `${where}[1]`),
    tolerance: reader.number(tolerance, `${where}[2]`),
  };
}

/** Kinds of clear condition that are met by the first reading that meets them: the file gives them no count. */
const MET_BY_ONE: ReadonlySet<unknown> = new Set(['symptom_pattern_absent', 'news2_class_below', 'next_protocol_below']);

/** The clear condition of a rule; its own members `readings` and `manual_close` stand beside those of the condition. */
export function readClear(json: unknown, where: string, context: TriggerContext, trigger: Trigger): Clear {
  const { reader } = context;
  const { readings, manual_close: manualClose, ...condition } = reader.object(json, where);
  if (typeof manualClose !== 'boolean') reader.fault(`${where}.manual_close`, 'must be true or false');
  const { kind } = condition;
  if (kind === 'manual' || kind === 'measurement_received' || kind === 'next_valid_reading') {
    reader.only(condition, ['kind'], where);
    if (readings !== undefined) reader.fault(where, 'readings is unknown');
    return kind === 'manual' ? { kind, byPerson: manualClose === true } : { kind };
  }
  if (MET_BY_ONE.has(kind) && readings !== undefined) reader.fault(where, 'readings is unknown');
  return {
    kind: 'readings',
    condition: readClearCondition(condition, where, context, isCondition(trigger) ? trigger : null),
    readings: MET_BY_ONE.has(kind) ? 1 : reader.count(readings, `${where}.readings`),
  };
}

/**
 * Which way a parameter makes a rule fire less often, from where the trigger uses it: a `<=` limit downward, a `>=` limit upward,
 * a fall below the baseline (`<=` against `-$drop`) upward, and a time upward.
 */
export function lessSensitiveWay(trigger: unknown, parameter: string): 'lower' | 'higher' {
  return findWay(trigger, parameter) ?? 'higher';
}

function findWay(json: unknown, parameter: string): 'lower' | 'higher' | null {
  if (typeof json !== 'object' || json === null) return null;
  if (Array.isArray(json)) return json.map((part) => findWay(part, parameter)).find((way) => way !== null) ?? null;
  const { op } = json as JsonObject;
  for (const value of Object.values(json as JsonObject)) {
    const below = typeof op === 'string' && op.startsWith('<');
    if (value === `$${parameter}`) return below ? 'lower' : 'higher';
    if (value === `-$${parameter}`) return below ? 'higher' : 'lower';
    const inside = findWay(value, parameter);
    if (inside !== null) return inside;
  }
  return null;
}
