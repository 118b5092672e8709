import type { LimitRange } from '@varde/plans';
import type { Metric } from '@varde/vitals';
import type { Amount, Clear, Condition, Op, Trigger } from './catalogue.js';
import type { JsonObject, JsonReader } from './json-reader.js';
import { METRIC_OF_MEASURE, slotOf } from './measure.js';

const OPS: readonly [Op, ...Op[]] = ['<', '<=', '>', '>='];

/** What reading a trigger needs to know: where faults go, and the parameters it may name. */
export interface TriggerContext {
  readonly reader: JsonReader;
  readonly ranges: readonly Pick<LimitRange, 'parameter'>[];
}

/** The trigger of a rule in force. A kind or member that cannot be judged is a fault, never skipped. */
export function readTrigger(json: unknown, where: string, context: TriggerContext): Trigger {
  const { reader } = context;
  const object = reader.object(json, where);
  const { kind } = object;
  switch (kind) {
    case 'overdue':
      reader.only(object, ['kind', 'by_h'], where);
      return { kind, hours: readAmount(object['by_h'], `${where}.by_h`, context) };
    case 'missed':
      reader.only(object, ['kind', 'count', 'or_hours'], where);
      return {
        kind,
        count: readAmount(object['count'], `${where}.count`, context),
        hours: readAmount(object['or_hours'], `${where}.or_hours`, context),
      };
    case 'plausibility':
      reader.only(object, ['kind', 'result'], where);
      reader.oneOf(object['result'], ['reject'], `${where}.result`);
      return { kind };
    case 'status_bits':
      reader.only(object, ['kind', 'spo2', 'bp'], where);
      return { kind };
    case 'unit_ratio':
      reader.only(object, ['kind', 'pairs'], where);
      return {
        kind,
        pairs: reader.list(object['pairs'], `${where}.pairs`).map((pair, at) => readPair(pair, `${where}.pairs[${at}]`, reader)),
      };
    case 'jump':
      reader.only(object, ['kind', 'measure', 'hours', 'limit'], where);
      return {
        kind,
        metric: readMeasure(object['measure'], `${where}.measure`, reader),
        hours: reader.number(object['hours'], `${where}.hours`),
        limit: readAmount(object['limit'], `${where}.limit`, context),
      };
    default:
      return readCondition(object, where, context);
  }
}

function readPair(json: unknown, where: string, reader: JsonReader): { metric: Metric; ratio: number; tolerance: number } {
  const [measure, ratio, tolerance] = reader.list(json, where);
  return {
    metric: readMeasure(measure, `${where}[0]`, reader),
    ratio: reader.number(ratio, `${where}[1]`),
    tolerance: reader.number(tolerance, `${where}[2]`),
  };
}

const CONDITION_KEYS: Readonly<Record<string, readonly string[]>> = {
  threshold: ['kind', 'measure', 'op', 'limit'],
  baseline_delta: ['kind', 'measure', 'op', 'delta'],
  window_gain: ['kind', 'measure', 'days', 'op', 'limit'],
  any_answer_today: ['kind', 'items'],
  all: ['kind', 'of'],
  any: ['kind', 'of'],
};

function readCondition(object: JsonObject, where: string, context: TriggerContext): Condition {
  const { reader } = context;
  const kind = reader.oneOf(
    object['kind'],
    ['any_answer_today', 'threshold', 'baseline_delta', 'window_gain', 'all', 'any'],
    `${where}.kind`,
  );
  reader.only(object, CONDITION_KEYS[kind] ?? [], where);
  if (kind === 'any_answer_today') {
    reader.texts(object['items'], `${where}.items`);
    return { kind };
  }
  if (kind === 'all' || kind === 'any') {
    const of = reader.list(object['of'], `${where}.of`);
    if (of.length === 0) reader.fault(`${where}.of`, 'must have parts');
    return { kind, of: of.map((part, at) => readCondition(reader.object(part, `${where}.of[${at}]`), `${where}.of[${at}]`, context)) };
  }
  const limitKey = kind === 'baseline_delta' ? 'delta' : 'limit';
  const compared = {
    metric: readMeasure(object['measure'], `${where}.measure`, reader),
    op: reader.oneOf(object['op'], OPS, `${where}.op`),
    limit: readAmount(object[limitKey], `${where}.${limitKey}`, context),
  };
  if (kind === 'window_gain') return { kind, ...compared, days: reader.count(object['days'], `${where}.days`) };
  return { kind, ...compared };
}

/** The clear condition of a rule in force; its own members `readings` and `manual_close` stand beside those of the condition. */
export function readClear(json: unknown, where: string, context: TriggerContext): Clear {
  const { reader } = context;
  const { readings, manual_close: manualClose, ...condition } = reader.object(json, where);
  if (typeof manualClose !== 'boolean') reader.fault(`${where}.manual_close`, 'must be true or false');
  const { kind } = condition;
  if (kind === 'manual' || kind === 'measurement_received' || kind === 'next_valid_reading') {
    reader.only(condition, ['kind'], where);
    return { kind };
  }
  return {
    kind: 'readings',
    condition: readCondition(condition, where, context),
    readings: reader.count(readings, `${where}.readings`),
  };
}

function readMeasure(json: unknown, where: string, reader: JsonReader): Metric {
  const metric = METRIC_OF_MEASURE[reader.text(json, where)];
  if (metric !== undefined && slotOf(metric) >= 0) return metric;
  reader.fault(where, `${JSON.stringify(json)} is no measure that rules in force may look at`);
  return 'spo2';
}

function readAmount(json: unknown, where: string, { reader, ranges }: TriggerContext): Amount {
  if (typeof json !== 'string') return { parameter: -1, factor: reader.number(json, where) };
  const factor = json.startsWith('-') ? -1 : 1;
  const name = factor === -1 ? json.slice(1) : json;
  const parameter = ranges.findIndex((range) => `$${range.parameter}` === name);
  if (parameter < 0) reader.fault(where, `${json} names no parameter of the rule`);
  return { parameter, factor };
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
