import { localDayNumber, type CarePlan, type PressureWeek } from '@varde/plans';
import { groupActs, hasValue, isDoubtful, type Act } from './act.js';
import type { Catalogue, Rule } from './catalogue.js';
import { amountOf } from './condition.js';
import type { ProtocolMean } from './conditions.js';
import type { Window, Words } from './finding.js';
import { limitsInForce } from './judging.js';
import { slotOf } from './measure.js';
import { meansOfActs } from './pressure-conditions.js';
import { numberWords } from './words.js';

const PRESSURE = [slotOf('systolic'), slotOf('diastolic')] as const;
/** The rule whose protocol and target a review goes by. */
const MEAN_RULE = 'htn.mean.high';

/** Whose week it is, and what was measured. */
export interface WeekMeasured {
  readonly catalogue: Catalogue;
  readonly plan: CarePlan;
  readonly window: Pick<Window, 'readings'>;
}

/**
 * The mean home pressure of the week before a review beside the target in force, as a sentence: "all readings except day 1" of those that
 * nothing speaks against, or how many are lacking. Null: the catalogue has no such mean.
 */
export function tellPressureWeek({ catalogue, plan, window }: WeekMeasured, week: PressureWeek): Words | null {
  const rule = catalogue.rules.find(({ id }) => id === MEAN_RULE);
  if (rule?.trigger.kind !== 'protocol_mean') return null;
  const protocol = rule.trigger;
  const { systolic, diastolic, readings, days } = meansOfActs(protocol, countedOf(protocol, window, week, plan.zone), plan.zone);
  if (Number.isNaN(systolic)) {
    const { readingsMin, daysMin } = protocol;
    return {
      nb: `snittet av hjemmeblodtrykket kan ikke vurderes: ${readings} målinger på ${days} dager uten den første, minst ${readingsMin} på ${daysMin} trengs`,
      en: `the mean home pressure cannot be judged: ${readings} readings on ${days} days without the first, at least ${readingsMin} on ${daysMin} are needed`,
    };
  }
  const target = targetOf(rule, protocol, plan, week.to);
  const [mean, limit] = [pressureWords([systolic, diastolic]), pressureWords(target)];
  const isOver = systolic >= target[0] || diastolic >= target[1];
  return {
    nb: `hjemmeblodtrykket er i snitt ${mean.nb} mmHg av ${readings} målinger på ${days} dager; målet er under ${limit.nb}: ${isOver ? 'over målet' : 'innenfor målet'}`,
    en: `the mean home pressure is ${mean.en} mmHg of ${readings} readings on ${days} days; the target is below ${limit.en}: ${isOver ? 'over the target' : 'within the target'}`,
  };
}

/** The accepted readings of the week, both pressures, without the first day on which there are any. */
function countedOf(protocol: ProtocolMean, { readings }: Pick<Window, 'readings'>, week: PressureWeek, zone: string): readonly Act[] {
  const dayOf = ({ atMs }: Act): number => localDayNumber(zone, atMs);
  const acts = (groupActs(readings, []).bySlot[PRESSURE[0]] ?? []).filter(
    (act) => hasValue(act, PRESSURE[1]) && !isDoubtful(act, PRESSURE) && dayOf(act) >= week.firstDay && dayOf(act) < week.reviewDay,
  );
  const firstDay = Math.min(...acts.map(dayOf));
  return protocol.discardsFirstDay ? acts.filter((act) => dayOf(act) > firstDay) : acts;
}

function targetOf(rule: Rule, { systolic, diastolic }: ProtocolMean, plan: CarePlan, at: Date): readonly [number, number] {
  const limits = limitsInForce(rule, plan, at).map(({ value }) => value);
  return [amountOf(systolic, limits), amountOf(diastolic, limits)];
}

function pressureWords(values: readonly number[]): Words {
  const words = values.map((value) => numberWords(Math.round(value * 10) / 10));
  return { nb: words.map(({ nb }) => nb).join('/'), en: words.map(({ en }) => en).join('/') };
}
