import type { LimitRange, ReferenceKey } from '@varde/plans';
import type { Metric } from '@varde/vitals';
import type {
  Amount,
  Condition,
  ContextKey,
  Op,
  ProtocolMean,
  ProtocolPulsePressure,
  SimpleCondition,
  SymptomPattern,
} from './conditions.js';
import type { JsonObject, JsonReader } from './json-reader.js';
import { METRIC_OF_MEASURE, slotOf } from './measure.js';
import { NEWS2_CLASSES } from './news2/chart.js';

const OPS: readonly [Op, ...Op[]] = ['<', '<=', '>', '>='];
const CONTEXT_KEYS: readonly [ContextKey, ...ContextKey[]] = ['target_88_92', 'on_oxygen', 'symptoms_worse'];
/** The catalogue's names of references, and what they are called here. */
const REFERENCE_OF: Readonly<Record<string, ReferenceKey>> = { dry_weight: 'dry-weight' };

/** What reading a trigger needs to know: where faults go, and the parameters it may name. */
export interface TriggerContext {
  readonly reader: JsonReader;
  readonly ranges: readonly Pick<LimitRange, 'parameter'>[];
  /** Parameters named so far: one that nothing names would be set in vain. */
  readonly named: Set<string>;
}

/** Reads the members of one object, and names every one that nobody reads. */
class Members {
  private readonly read = new Set<string>(['kind']);

  constructor(
    readonly object: JsonObject,
    readonly where: string,
    readonly context: TriggerContext,
  ) {}

  /** A member that may be missing. */
  optional(key: string): unknown {
    this.read.add(key);
    return this.object[key];
  }

  amount(key: string): Amount {
    return readAmount(this.optional(key), this.at(key), this.context);
  }

  metric(key: string): Metric {
    return readMeasure(this.optional(key), this.at(key), this.context.reader);
  }

  op(): Op {
    return this.context.reader.oneOf(this.optional('op'), OPS, this.at('op'));
  }

  count(key: string): number {
    return this.context.reader.count(this.optional(key), this.at(key));
  }

  truth(key: string): boolean {
    const value = this.optional(key);
    if (typeof value !== 'boolean') this.context.reader.fault(this.at(key), 'must be true or false');
    return value === true;
  }

  items(key: string): readonly string[] {
    const items = this.context.reader.texts(this.optional(key), this.at(key));
    if (items.length === 0) this.context.reader.fault(this.at(key), 'must name answers');
    return items;
  }

  word<Word extends string>(key: string, words: readonly [Word, ...Word[]]): Word {
    return this.context.reader.oneOf(this.optional(key), words, this.at(key));
  }

  at(key: string): string {
    return `${this.where}.${key}`;
  }

  end(): void {
    this.context.reader.only(this.object, [...this.read], this.where);
  }
}

type ReadKind<Kind extends Condition['kind']> = (members: Members) => Extract<Condition, { kind: Kind }>;

const compared = (members: Members, limit = 'limit'): { metric: Metric; op: Op; limit: Amount } => ({
  metric: members.metric('measure'),
  op: members.op(),
  limit: members.amount(limit),
});

/** How each kind of trigger that is asked of acts is read. */
const TRIGGER_READERS = {
  threshold: (members) => ({ kind: 'threshold', ...compared(members) }),
  baseline_delta: (members) => ({
    kind: 'baseline_delta',
    ...compared(members, 'delta'),
    days: members.optional('days') === undefined ? 1 : members.count('days'),
  }),
  baseline_at_least: (members) => ({ kind: 'baseline_at_least', metric: members.metric('measure'), limit: members.amount('limit') }),
  mean_z: (members) => ({ kind: 'mean_z', parts: readZParts(members), op: members.op(), limit: members.amount('limit') }),
  repeat_threshold: (members) => ({
    kind: 'repeat_threshold',
    ...compared(members),
    times: members.count('times'),
    hours: members.count('hours'),
  }),
  window_gain: (members) => ({ kind: 'window_gain', ...compared(members), days: members.count('days') }),
  window_loss: (members) => ({ kind: 'window_loss', ...compared(members), days: members.count('days') }),
  window_gain_at: (members) => ({
    kind: 'window_gain_at',
    ...compared(members),
    days: members.count('days'),
    toleranceDays: members.count('tolerance_days'),
  }),
  median_shift: (members) => ({
    kind: 'median_shift',
    ...compared(members),
    recentDays: members.count('recent_days'),
    referenceDays: members.count('reference_days'),
    recentMin: members.count('min_recent'),
    referenceMin: members.count('min_reference'),
  }),
  percent_loss: (members) => ({ kind: 'percent_loss', ...compared(members), days: members.count('days') }),
  reference_delta: (members) => ({ kind: 'reference_delta', ...compared(members, 'delta'), reference: readReference(members) }),
  protocol_mean: (members) => ({
    kind: 'protocol_mean',
    days: members.count('days'),
    discardsFirstDay: members.truth('discard_first_day'),
    readingsMin: members.count('min_readings'),
    daysMin: members.count('min_days'),
    systolic: members.amount('sbp'),
    diastolic: members.amount('dbp'),
  }),
  protocol_pulse_pressure: (members) => ({
    kind: 'protocol_pulse_pressure',
    days: members.count('days'),
    discardsFirstDay: members.truth('discard_first_day'),
    readingsMin: members.count('min_readings'),
    op: members.op(),
    limit: members.amount('limit'),
  }),
  flag_sessions: (members) => ({
    kind: 'flag_sessions',
    metric: METRIC_OF_MEASURE[members.word('flag', ['irregular'])] ?? 'irregular-pulse',
    perSessionMin: members.count('per_session_min'),
    perSessionOf: members.count('per_session_of'),
    sessions: members.amount('sessions'),
    days: members.count('days'),
  }),
  pair_drop: (members) => ({
    kind: 'pair_drop',
    sitting: members.metric('sitting'),
    standing: members.metric('standing'),
    op: members.op(),
    limit: members.amount('limit'),
  }),
  any_answer: (members) => ({ kind: 'any_answer', items: members.items('items') }),
  any_answer_today: (members) => ({ kind: 'any_answer_today', items: members.items('items') }),
  symptom_pattern: (members) => ({ kind: 'symptom_pattern', major: members.items('major'), minor: members.items('minor') }),
  context_is: (members) => ({ kind: 'context_is', key: members.word('key', CONTEXT_KEYS), value: members.truth('value') }),
  news2_class: (members) => ({ kind: 'news2_class', is: members.word('is', NEWS2_CLASSES) }),
  context_delta: (members) => ({
    kind: 'context_delta',
    key: members.word('key', ['news2_total']),
    previous: members.word('previous', ['news2_previous']),
    op: members.op(),
    limit: members.amount('delta'),
  }),
  all: (members) => ({ kind: 'all', of: readParts(members) }),
  any: (members) => ({ kind: 'any', of: readParts(members) }),
  count: (members) => ({ kind: 'count', atLeast: members.amount('at_least'), of: readParts(members) }),
} satisfies { [Kind in Exclude<Condition['kind'], ClearOnly>]: ReadKind<Kind> };

type ClearOnly = 'symptom_pattern_absent' | 'news2_class_below' | 'next_protocol_below' | 'count_below';
type TriggerKind = keyof typeof TRIGGER_READERS;

/** Kinds of trigger that are asked of acts of measuring. */
export const CONDITION_WORDS = Object.keys(TRIGGER_READERS) as [TriggerKind, ...TriggerKind[]];

/** A condition of a trigger. A kind, measure or member that is unknown is a fault, never skipped. */
export function readCondition(object: JsonObject, where: string, context: TriggerContext): Condition {
  const kind = context.reader.oneOf(object['kind'], CONDITION_WORDS, `${where}.kind`);
  const members = new Members(object, where, context);
  const read: (from: Members) => Condition = TRIGGER_READERS[kind];
  const condition = read(members);
  members.end();
  return condition;
}

/** How each kind that only clears is read; it speaks of the rule's trigger. Null when the trigger is not of the kind it needs. */
const CLEAR_READERS = {
  symptom_pattern_absent: (members, trigger) =>
    trigger.kind === 'symptom_pattern'
      ? { kind: 'symptom_pattern_absent', pattern: trigger satisfies SymptomPattern, days: members.count('days') }
      : null,
  news2_class_below: (_members, trigger) => (trigger.kind === 'news2_class' ? { kind: 'news2_class_below', than: trigger.is } : null),
  next_protocol_below: (_members, trigger) =>
    isProtocol(trigger) ? ({ kind: 'next_protocol_below', protocol: trigger } satisfies SimpleCondition) : null,
  count_below: (members, trigger) =>
    trigger.kind === 'count' ? { kind: 'count_below', atMost: members.count('at_most'), of: trigger.of } : null,
} satisfies {
  [Kind in ClearOnly]: (members: Members, trigger: { readonly kind: string } & Condition) => Extract<Condition, { kind: Kind }> | null;
};

/** The condition that clears a rule: any condition of a trigger, or one that speaks of the rule's own trigger. */
export function readClearCondition(object: JsonObject, where: string, context: TriggerContext, trigger: Condition | null): Condition {
  const kinds: readonly [string, ...string[]] = [...CONDITION_WORDS, ...Object.keys(CLEAR_READERS)];
  const kind = context.reader.oneOf(object['kind'], kinds, `${where}.kind`);
  if (!(kind in CLEAR_READERS)) return readCondition(object, where, context);
  const members = new Members(object, where, context);
  const condition = trigger === null ? null : CLEAR_READERS[kind as ClearOnly](members, trigger);
  if (condition === null) context.reader.fault(`${where}.kind`, `${kind} does not fit the rule's trigger`);
  else members.end();
  return condition ?? { kind: 'any', of: [] };
}

function isProtocol(trigger: Condition): trigger is ProtocolMean | ProtocolPulsePressure {
  return trigger.kind === 'protocol_mean' || trigger.kind === 'protocol_pulse_pressure';
}

function readParts(members: Members): readonly Condition[] {
  const { reader } = members.context;
  const of = reader.list(members.optional('of'), members.at('of'));
  if (of.length === 0) reader.fault(members.at('of'), 'must have parts');
  return of.map((part, at) => {
    const where = `${members.at('of')}[${at}]`;
    return readCondition(reader.object(part, where), where, members.context);
  });
}

function readZParts(members: Members): { metric: Metric; sign: 1 | -1; spreadMin: number }[] {
  const { reader } = members.context;
  const parts = reader.list(members.optional('parts'), members.at('parts'));
  if (parts.length === 0) reader.fault(members.at('parts'), 'must have parts');
  return parts.map((each, at) => {
    const where = `${members.at('parts')}[${at}]`;
    const part = reader.object(each, where);
    reader.only(part, ['measure', 'sign', 'sd_floor'], where);
    const sign = part['sign'];
    if (sign !== 1 && sign !== -1) reader.fault(`${where}.sign`, 'must be 1 or -1');
    const spreadMin = reader.number(part['sd_floor'], `${where}.sd_floor`);
    if (spreadMin <= 0) reader.fault(`${where}.sd_floor`, 'must be above 0');
    return { metric: readMeasure(part['measure'], `${where}.measure`, reader), sign: sign === -1 ? -1 : 1, spreadMin };
  });
}

function readReference(members: Members): ReferenceKey {
  const name = members.optional('reference');
  const key = typeof name === 'string' ? REFERENCE_OF[name] : undefined;
  if (key === undefined) members.context.reader.fault(members.at('reference'), `${JSON.stringify(name)} is no reference a clinician sets`);
  return key ?? 'dry-weight';
}

/** A measure that rules look at. */
export function readMeasure(json: unknown, where: string, reader: JsonReader): Metric {
  const metric = METRIC_OF_MEASURE[reader.text(json, where)];
  if (metric !== undefined && slotOf(metric) >= 0) return metric;
  reader.fault(where, `${JSON.stringify(json)} is no measure that rules may look at`);
  return 'spo2';
}

/** A fixed number, or a parameter of the rule by its name (`$limit`, `-$drop`). */
export function readAmount(json: unknown, where: string, { reader, ranges, named }: TriggerContext): Amount {
  if (typeof json !== 'string') return { parameter: -1, factor: reader.number(json, where) };
  const factor = json.startsWith('-') ? -1 : 1;
  const name = factor === -1 ? json.slice(1) : json;
  const parameter = ranges.findIndex((range) => `$${range.parameter}` === name);
  if (parameter < 0) reader.fault(where, `${json} names no parameter of the rule`);
  else named.add(name.slice(1));
  return { parameter, factor };
}
