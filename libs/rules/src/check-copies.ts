import { REFERENCES, type ReferenceKey } from '@varde/plans';
import { medianDaysBefore } from './baseline-policy.js';
import type { Rule, RuleEntry } from './catalogue.js';
import { simpleParts } from './condition-kinds.js';
import type { SimpleCondition } from './conditions.js';
import type { JsonReader } from './json-reader.js';
import { isCondition } from './read-trigger.js';

/** References that stand for a parameter of a rule and so must have its range. */
const STANDS_FOR: readonly { readonly key: ReferenceKey; readonly ruleId: string; readonly parameter: string }[] = [
  { key: 'lowest-systolic', ruleId: 'hf.sbp.low', parameter: 'without_symptoms' },
  { key: 'frail-pressure-target', ruleId: 'htn.mean.high', parameter: 'sbp' },
];

/** A reference whose range is not that of its parameter could pass the safety floor of the rule: a fault. */
export function checkReferenceRanges(entries: ReadonlyMap<string, RuleEntry>, reader: JsonReader): void {
  for (const { key, ruleId, parameter } of STANDS_FOR) {
    const { min, max } = REFERENCES[key];
    const range = entries.get(ruleId)?.ranges.find((each) => each.parameter === parameter);
    if (range?.min === min && range.max === max) continue;
    const said = range === undefined ? 'is not there' : `goes from ${range.min} to ${range.max}`;
    reader.fault(`${ruleId}.params.${parameter}`, `${said}, but the reference ${key} goes from ${min} to ${max}`);
  }
}

/** A rule that looks further back than daily medians are read would miss what is there without anybody knowing: a fault. */
export function checkLookBack({ id, trigger, clear }: Pick<Rule, 'id' | 'trigger' | 'clear'>, reader: JsonReader): void {
  checkParts(isCondition(trigger) ? simpleParts(trigger) : [], `${id}.trigger`, reader);
  checkParts(clear.kind === 'readings' ? simpleParts(clear.condition) : [], `${id}.clear`, reader);
}

function checkParts(parts: readonly SimpleCondition[], where: string, reader: JsonReader): void {
  for (const part of parts) {
    if (part.kind !== 'percent_loss' && part.kind !== 'median_shift') continue;
    const days = part.kind === 'percent_loss' ? part.days : part.recentDays + part.referenceDays;
    const read = medianDaysBefore(part.metric);
    if (days > read) reader.fault(where, `${part.kind} looks further back than is read: ${days} days, ${read} are read`);
  }
}
