import { AFTER_EXERCISE, METRICS } from '@varde/vitals';
import { isDoubtful, isUnsure, valueOf, type Act } from './act.js';
import type { Rule } from './catalogue.js';
import { isCompound, kindOf, prepare, simpleParts } from './condition-kinds.js';
import { amountOf, MET, UNKNOWN, type Telling } from './condition.js';
import type { Condition, SimpleCondition } from './conditions.js';
import type { AppliedLimit, Words } from './finding.js';
import type { Draft } from './fold.js';
import { JUDGED_METRICS } from './measure.js';
import type { ActRule } from './prepare-rule.js';
import type { SaidOfWeight } from './whose-weight.js';
import { capital, doubtWords, durationWords, join, valueWords } from './words.js';

/** Delays below this are how messages travel. */
const LATE_MENTIONED_MS = 5 * 60_000;

/** Why a rule says what it says of an act, in words, with numbers, units, limit and its source, and how old it was. */
export function tellDraft(draft: Draft, ready: ActRule, telling: Telling, because: readonly Words[] = []): Words {
  const { act, result, verdict } = draft;
  if (result === 'not_evaluable') return tellUnknown(act, ready, telling);
  if (result === 'not_confirmed' && verdict === null) return tellNormal(act, ready);
  const sentences = [tellBreach(act, ready, telling), ...because];
  if (verdict !== null) sentences.push(...tellVerdict(draft, ready));
  const { slots } = ready;
  if (act.said !== null) sentences.push(tellOwn(act.said, act));
  if (isUnsure(act, slots)) sentences.push(tellDoubt(act, slots));
  else if (isDoubtful(act, slots)) sentences.push(WALKED);
  const lateMs = act.receivedAt.getTime() - act.atMs;
  if (lateMs >= LATE_MENTIONED_MS) {
    const late = durationWords(lateMs);
    sentences.push({ nb: `Målt ${late.nb} før den kom fram.`, en: `Measured ${late.en} before it arrived.` });
    sentences.push(...slots.map((slot) => tellNewer(slot, act, telling)).filter((words) => words !== null));
  }
  return join(sentences);
}

/** What has been measured since, beside a finding on an old reading: whoever reads of the old value sees the newer one. */
function tellNewer(slot: number, act: Act, { scene }: Telling): Words | null {
  const newest = scene.acts.bySlot[slot]?.at(-1);
  const words = newest === undefined || newest.atMs <= act.atMs ? null : judgedWords(slot, newest);
  if (newest === undefined || words === null) return null;
  const later = durationWords(newest.atMs - act.atMs);
  return { nb: `Nyere måling, ${later.nb} senere: ${words.nb}.`, en: `A newer reading, ${later.en} later: ${words.en}.` };
}

/** What of a trigger an act meets. */
export function tellBreach(act: Act, { condition, rule }: ActRule, telling: Telling): Words {
  const holding = holdingParts(condition, act, telling);
  // A recorded fire may stand on an act that no longer meets the trigger; then the rule's own name must do.
  const told =
    holding.length > 0
      ? join(
          holding.map((part) => kindOf(part).tell(part, act, telling)),
          '; ',
        )
      : rule.title;
  const days = amountOf(rule.persistenceDays, limitValuesOf(telling));
  const again = days > 1 ? { nb: `, ${days} målte dager på rad`, en: `, ${days} measured days in a row` } : { nb: '', en: '' };
  return { nb: `${told.nb}${again.nb}.`, en: `${told.en}${again.en}.` };
}

/** The parts of a trigger that hold for an act: they are why it fired. */
function holdingParts(condition: Condition, act: Act, telling: Telling): readonly SimpleCondition[] {
  if (prepare(condition)(act, limitValuesOf(telling), telling.scene) !== MET) return [];
  return isCompound(condition) ? condition.of.flatMap((part) => holdingParts(part, act, telling)) : [condition];
}

/** Acts besides the asked one that what fired rests on: those it compares with, and those its values were borrowed from. */
export function actsBehind(condition: Condition, act: Act, telling: Telling): readonly Act[] {
  const limits = limitValuesOf(telling);
  const compared = holdingParts(condition, act, telling).flatMap((part) => kindOf(part).restsOn?.(part, act, telling.scene, limits) ?? []);
  return [...act.borrowedFrom, ...compared];
}

const limitValuesOf = ({ limits }: Telling): readonly number[] => limits.map(({ value }) => value);

function tellVerdict({ verdict, result, act }: Draft, ready: ActRule): readonly Words[] {
  if (verdict === null || verdict.untilMs === null) return [];
  const window = durationWords(Math.ceil((verdict.untilMs - act.atMs) / 60_000) * 60_000);
  if (result === 'pending') {
    return [{ nb: `Ny måling er ønsket innen ${window.nb}.`, en: `A new reading is wanted within ${window.en}.` }];
  }
  if (result === 'fire_unconfirmed') {
    return [{ nb: `Ikke bekreftet: ingen ny måling innen ${window.nb}.`, en: `Not confirmed: no new reading within ${window.en}.` }];
  }
  const judged = join(
    ready.slots.map((slot) => judgedWords(slot, verdict.judged)).filter((words) => words !== null),
    ', ',
  );
  const means =
    verdict.decidedBy.length > 1
      ? { nb: 'snittet av de to siste målingene, ', en: 'the mean of the last two readings, ' }
      : { nb: 'ny måling, ', en: 'a new reading, ' };
  return result === 'fire'
    ? [{ nb: `Bekreftet av ${means.nb}${judged.nb}.`, en: `Confirmed by ${means.en}${judged.en}.` }]
    : [{ nb: `Ikke bekreftet av ${means.nb}${judged.nb}.`, en: `Not confirmed by ${means.en}${judged.en}.` }];
}

/** Of a reading that was asked for beside what had fired at once. */
function tellNormal(act: Act, { slots, rule }: ActRule): Words {
  const values = join(
    slots.map((slot) => judgedWords(slot, act)).filter((words) => words !== null),
    ', ',
  );
  return {
    nb: `Ny måling, ${values.nb}, er ikke slik (${rule.title.nb}). En person må avslutte.`,
    en: `A new reading, ${values.en}, is not so (${rule.title.en}). A person must close it.`,
  };
}

function judgedWords(slot: number, judged: Act): Words | null {
  const value = valueOf(judged, slot);
  const metric = JUDGED_METRICS[slot];
  return metric === undefined || Number.isNaN(value) ? null : valueWords(metric, value);
}

const WALKED = sentenceOf(doubtWords(AFTER_EXERCISE));

function sentenceOf({ nb, en }: Words): Words {
  return { nb: `${capital(nb)}.`, en: `${capital(en)}.` };
}

function tellDoubt(act: Act, slots: readonly number[]): Words {
  const doubts = slots.map((slot) => act.doubts[slot] ?? null).filter((doubt) => doubt !== null);
  const told = join([...new Set(doubts)].map(doubtWords), ', ');
  return { nb: `Usikker måling: ${told.nb}.`, en: `Doubtful reading: ${told.en}.` };
}

/** Why a weight that was doubted as another person's counts, and since when. */
export function tellOwn({ at }: SaidOfWeight, { atMs }: Pick<Act, 'atMs'>): Words {
  const later = durationWords(Math.max(0, at.getTime() - atMs));
  return {
    nb: `Det er svart at det var pasienten som sto på vekten (${later.nb} etter).`,
    en: `It was answered that it was the patient on the scale (${later.en} later).`,
  };
}

function tellUnknown(act: Act, { rule, condition }: ActRule, telling: Telling): Words {
  const missing = new Map<string, Words>();
  for (const part of simpleParts(condition)) {
    const kind = kindOf(part);
    if (kind.prepare(part)(act, limitValuesOf(telling), telling.scene) !== UNKNOWN) continue;
    const words = kind.missing(part, act, telling);
    missing.set(words.nb, words);
  }
  const told = join([...missing.values()], ', ');
  return { nb: `Kan ikke vurderes: ${told.nb} (${rule.title.nb}).`, en: `Cannot be judged: ${told.en} (${rule.title.en}).` };
}

/** Limits that a finding keeps: those of the rule's parameters, and fixed ones that it broke. */
export function limitsKept(act: Act, { condition, rule }: ActRule, telling: Telling): readonly AppliedLimit[] {
  const fixed = holdingParts(condition, act, telling)
    .map((part) => fixedLimit(part, rule))
    .filter((limit) => limit !== null);
  return [...telling.limits, ...fixed];
}

function fixedLimit(part: SimpleCondition, rule: Rule): AppliedLimit | null {
  if (!('limit' in part) || !('metric' in part) || part.limit.parameter >= 0) return null;
  const op = 'op' in part ? part.op : '>=';
  const { unit: own } = METRICS[part.metric];
  const isChange = part.kind === 'baseline_delta';
  const unit = part.kind === 'percent_loss' ? '%' : isChange && own === '%' ? 'percentage points' : own;
  const of = isChange ? `${part.metric} - baseline` : part.kind === 'baseline_at_least' ? `baseline of ${part.metric}` : part.metric;
  return { parameter: `${of} ${op}`, value: part.limit.factor, unit, source: 'catalogue', version: rule.version };
}
