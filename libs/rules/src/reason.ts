import { METRICS } from '@varde/vitals';
import { isDoubtful, valueOf, type Act } from './act.js';
import type { Amount, BaselineDelta, Condition, Rule, Threshold, WindowGain } from './catalogue.js';
import { amountOf, difference, lowestBefore, MET, prepare } from './condition.js';
import type { AppliedLimit, Words } from './finding.js';
import type { ActRule, Draft } from './fold.js';
import { JUDGED_METRICS, slotOf } from './measure.js';
import { dayOf, type Scene } from './scene.js';
import { amountWords, doubtWords, durationWords, join, metricWords, opWords, sourceWords, valueWords } from './words.js';

/** What a sentence about a rule is made from. */
export interface Telling {
  readonly ready: ActRule;
  readonly scene: Scene;
  /** Limits in force when the act was measured, in the order of the rule's `ranges`. */
  readonly limits: readonly AppliedLimit[];
}

/** Why a rule says what it says of an act, in words, with numbers, units, limit and its source, and how old it was. */
export function tellDraft(draft: Draft, telling: Telling): Words {
  const { act, result, verdict } = draft;
  if (result === 'not_evaluable') return tellUnknown(telling.ready);
  const sentences = [tellBreach(act, telling)];
  if (verdict !== null) sentences.push(...tellVerdict(draft, telling));
  const { slots } = telling.ready;
  if (isDoubtful(act, slots)) sentences.push(tellDoubt(act, slots));
  const lateMs = act.receivedAt.getTime() - act.atMs;
  if (lateMs >= LATE_MENTIONED_MS) {
    const late = durationWords(lateMs);
    sentences.push({ nb: `Målt ${late.nb} før den kom fram.`, en: `Measured ${late.en} before it arrived.` });
  }
  return join(sentences);
}

/** Delays below this are how messages travel. */
const LATE_MENTIONED_MS = 5 * 60_000;

function tellBreach(act: Act, telling: Telling): Words {
  const { condition, rule } = telling.ready;
  const holding = holdingParts(condition, act, telling);
  // A recorded fire may stand on an act that no longer meets the trigger; then the rule's own name must do.
  const told =
    holding.length > 0
      ? join(
          holding.map((part) => tellPart(part, act, telling)),
          '; ',
        )
      : rule.title;
  const days = rule.persistenceDays;
  const again = days > 1 ? { nb: `, ${days} målte dager på rad`, en: `, ${days} measured days in a row` } : { nb: '', en: '' };
  return { nb: `${told.nb}${again.nb}.`, en: `${told.en}${again.en}.` };
}

type Part = Threshold | BaselineDelta | WindowGain;

/** The parts of a trigger that hold for an act: they are why it fired. */
export function holdingParts(condition: Condition, act: Act, telling: Telling): readonly Part[] {
  if (condition.kind === 'any_answer_today') return [];
  const values = telling.limits.map(({ value }) => value);
  if (prepare(condition)(act, values, telling.scene) !== MET) return [];
  if ('of' in condition) return condition.of.flatMap((part) => holdingParts(part, act, telling));
  return [condition];
}

function tellPart(part: Part, act: Act, telling: Telling): Words {
  if (part.kind === 'threshold') return tellThreshold(part, act, telling);
  return part.kind === 'baseline_delta' ? tellDelta(part, act, telling) : tellGain(part, act, telling);
}

const appliedOf = (amount: Amount, { limits }: Telling): AppliedLimit | null => limits[amount.parameter] ?? null;
const limitValue = (amount: Amount, { limits }: Telling): number =>
  amountOf(
    amount,
    limits.map(({ value }) => value),
  );

function tellThreshold({ metric, op, limit }: Threshold, act: Act, telling: Telling): Words {
  const name = metricWords(metric);
  const value = valueWords(metric, valueOf(act, slotOf(metric)));
  const compared = opWords(op, valueWords(metric, limitValue(limit, telling)));
  const source = sourceWords(telling.ready.rule, appliedOf(limit, telling));
  return { nb: `${name.nb} ${value.nb} er ${compared.nb} (${source.nb})`, en: `${name.en} ${value.en} is ${compared.en} (${source.en})` };
}

function tellDelta({ metric, limit }: BaselineDelta, act: Act, telling: Telling): Words {
  const own = valueOf(act, slotOf(metric));
  const baseline = telling.scene.baselines.at(metric, dayOf(act, telling.scene.zone));
  const change = difference(own, baseline);
  const [name, value, usual] = [metricWords(metric), valueWords(metric, own), valueWords(metric, baseline)];
  const moved = pointWords(metric, Math.abs(change));
  const allowed = pointWords(metric, Math.abs(limitValue(limit, telling)));
  const source = sourceWords(telling.ready.rule, appliedOf(limit, telling));
  return {
    nb: `${name.nb} ${value.nb} er ${moved.nb} ${change < 0 ? 'under' : 'over'} personlig utgangsverdi ${usual.nb} (${allowed.nb} eller mer, ${source.nb})`,
    en: `${name.en} ${value.en} is ${moved.en} ${change < 0 ? 'below' : 'above'} the personal baseline of ${usual.en} (${allowed.en} or more, ${source.en})`,
  };
}

function pointWords(metric: Part['metric'], points: number): Words {
  const { unit, decimals } = METRICS[metric];
  if (unit !== '%') return amountWords(points, unit, decimals);
  const number = amountWords(points, '', 0);
  return { nb: `${number.nb}prosentpoeng`, en: `${number.en}percentage points` };
}

function tellGain(gain: WindowGain, act: Act, telling: Telling): Words {
  const { metric, days, op, limit } = gain;
  const own = valueOf(act, slotOf(metric));
  const lowest = lowestBefore(gain, act, telling.scene);
  const from = lowest === null ? own : valueOf(lowest, slotOf(metric));
  const [name, value, low] = [metricWords(metric), valueWords(metric, own), valueWords(metric, from)];
  const gained = valueWords(metric, difference(own, from));
  const compared = opWords(op, valueWords(metric, limitValue(limit, telling)));
  const source = sourceWords(telling.ready.rule, appliedOf(limit, telling));
  return {
    nb: `${name.nb} ${value.nb} er ${gained.nb} mer enn laveste vekt de siste ${days} dagene, ${low.nb} (${compared.nb}, ${source.nb})`,
    en: `${name.en} ${value.en} is ${gained.en} more than the lowest weight of the last ${days} days, ${low.en} (${compared.en}, ${source.en})`,
  };
}

function tellVerdict({ verdict, result, act }: Draft, telling: Telling): readonly Words[] {
  if (verdict === null || verdict.untilMs === null) return [];
  const window = durationWords(Math.ceil((verdict.untilMs - act.atMs) / 60_000) * 60_000);
  if (result === 'pending') {
    return [{ nb: `Ny måling er ønsket innen ${window.nb}.`, en: `A new reading is wanted within ${window.en}.` }];
  }
  if (result === 'fire_unconfirmed') {
    return [{ nb: `Ikke bekreftet: ingen ny måling innen ${window.nb}.`, en: `Not confirmed: no new reading within ${window.en}.` }];
  }
  const judged = join(
    telling.ready.slots.map((slot) => judgedWords(slot, verdict.judged)).filter((words) => words !== null),
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

function judgedWords(slot: number, judged: Act): Words | null {
  const value = valueOf(judged, slot);
  const metric = JUDGED_METRICS[slot];
  return metric === undefined || Number.isNaN(value) ? null : valueWords(metric, value);
}

function tellDoubt(act: Act, slots: readonly number[]): Words {
  const doubts = slots.map((slot) => act.doubts[slot] ?? null).filter((doubt) => doubt !== null);
  const told = join([...new Set(doubts)].map(doubtWords), ', ');
  return { nb: `Usikker måling: ${told.nb}.`, en: `Doubtful reading: ${told.en}.` };
}

function tellUnknown({ rule, condition }: ActRule): Words {
  const missing =
    condition.kind === 'baseline_delta'
      ? { nb: 'for få målinger til en personlig utgangsverdi', en: 'too few readings for a personal baseline' }
      : { nb: 'en måling å sammenligne med mangler', en: 'a reading to compare with is missing' };
  return { nb: `Kan ikke vurderes: ${missing.nb} (${rule.title.nb}).`, en: `Cannot be judged: ${missing.en} (${rule.title.en}).` };
}

/** Limits that a finding keeps: those of the rule's parameters, and fixed ones that it broke. */
export function limitsKept(act: Act, telling: Telling): readonly AppliedLimit[] {
  const { condition, rule } = telling.ready;
  const fixed = holdingParts(condition, act, telling).filter((part) => part.limit.parameter < 0);
  return [...telling.limits, ...fixed.map((part) => fixedLimit(part, rule))];
}

function fixedLimit({ metric, op, limit }: Part, rule: Rule): AppliedLimit {
  return { parameter: `${metric} ${op}`, value: limit.factor, unit: METRICS[metric].unit, source: 'catalogue', version: rule.version };
}
