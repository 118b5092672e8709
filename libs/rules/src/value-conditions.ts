import { hasValue, isUndated, valueOf, type Act } from './act.js';
import { amountOf, compare, difference, MET, UNMET, type Ask, type ConditionKind, type Telling } from './condition.js';
import type { BaselineAtLeast, BaselineDelta, MeanZ, RepeatThreshold, Threshold } from './conditions.js';
import { daysBefore, meetsDaysBefore, type DaysAsked } from './daily.js';
import type { Words } from './finding.js';
import { slotOf } from './measure.js';
import { dayOf, type Scene } from './scene.js';
import { changeWords, join, limitWords, metricWords, numberWords, opWords, pointWords, valueWords } from './words.js';

const HOUR_MS = 3_600_000;

const threshold: ConditionKind<Threshold> = {
  slots: ({ metric }) => [slotOf(metric)],
  prepare: ({ metric, op, limit }) => {
    const slot = slotOf(metric);
    return (act, limits) => compare(valueOf(act, slot), op, amountOf(limit, limits));
  },
  tell: ({ metric, op, limit }, act, telling) => {
    const name = metricWords(metric);
    const value = valueWords(metric, valueOf(act, slotOf(metric)));
    const told = limitWords(limit, telling);
    const compared = opWords(op, valueWords(metric, told.value));
    return {
      nb: `${name.nb} ${value.nb} er ${compared.nb} (${told.source.nb})`,
      en: `${name.en} ${value.en} is ${compared.en} (${told.source.en})`,
    };
  },
  missing: ({ metric }) => missingReading(metric),
};

const baselineDelta: ConditionKind<BaselineDelta> = {
  slots: ({ metric }) => [slotOf(metric)],
  prepare: (condition) => {
    const { op, limit, days } = condition;
    const askOne: Ask = (act, limits, scene) => compare(changeOf(condition, act, scene), op, amountOf(limit, limits));
    if (days === 1) return askOne;
    // "With 'days', the newest N values must all meet it": one of each measured day.
    return (act, limits, scene) => {
      const answer = askOne(act, limits, scene);
      if (answer !== MET) return answer;
      return meetsDaysBefore(askedDaily(condition, scene, limits), act, days, scene) ? MET : UNMET;
    };
  },
  tell: tellDelta,
  missing: ({ metric }, act) =>
    Number.isNaN(valueOf(act, slotOf(metric)))
      ? missingReading(metric)
      : { nb: 'for få målinger til en personlig utgangsverdi', en: 'too few readings for a personal baseline' },
  restsOn: (condition, act, scene, limits) => daysBefore(askedDaily(condition, scene, limits), act, condition.days, scene),
};

function changeOf({ metric }: Pick<BaselineDelta, 'metric'>, act: Act, scene: Scene): number {
  return difference(valueOf(act, slotOf(metric)), scene.baselines.at(metric, dayOf(act, scene.zone)));
}

function askedDaily(condition: BaselineDelta, scene: Scene, limits: readonly number[]): DaysAsked {
  const { metric, op, limit } = condition;
  const slot = slotOf(metric);
  return {
    acts: scene.acts.bySlot[slot] ?? [],
    slots: [slot],
    ask: (each) => compare(changeOf(condition, each, scene), op, amountOf(limit, limits)),
  };
}

function tellDelta({ metric, op, limit, days }: BaselineDelta, act: Act, telling: Telling): Words {
  const { scene } = telling;
  const own = valueOf(act, slotOf(metric));
  const baseline = scene.baselines.at(metric, dayOf(act, scene.zone));
  const change = difference(own, baseline);
  const [name, value, usual] = [metricWords(metric), valueWords(metric, own), valueWords(metric, baseline)];
  const moved = pointWords(metric, Math.abs(change));
  const told = limitWords(limit, telling);
  const allowed = changeWords(op, pointWords(metric, Math.abs(told.value)));
  const again = days > 1 ? { nb: `, ${days} dager på rad`, en: `, ${days} days in a row` } : { nb: '', en: '' };
  return {
    nb: `${name.nb} ${value.nb} er ${moved.nb} ${change < 0 ? 'under' : 'over'} personlig utgangsverdi ${usual.nb} (${allowed.nb}, ${told.source.nb})${again.nb}`,
    en: `${name.en} ${value.en} is ${moved.en} ${change < 0 ? 'below' : 'above'} the personal baseline of ${usual.en} (${allowed.en}, ${told.source.en})${again.en}`,
  };
}

const baselineAtLeast: ConditionKind<BaselineAtLeast> = {
  slots: ({ metric }) => [slotOf(metric)],
  prepare:
    ({ metric, limit }) =>
    (act, limits, scene) =>
      compare(scene.baselines.at(metric, dayOf(act, scene.zone)), '>=', amountOf(limit, limits)),
  tell: ({ metric, limit }, act, telling) => {
    const baseline = valueWords(metric, telling.scene.baselines.at(metric, dayOf(act, telling.scene.zone)));
    const least = valueWords(metric, limitWords(limit, telling).value);
    return {
      nb: `Personlig utgangsverdi er ${baseline.nb} (${least.nb} eller høyere)`,
      en: `The personal baseline is ${baseline.en} (${least.en} or higher)`,
    };
  },
  missing: () => ({ nb: 'for få målinger til en personlig utgangsverdi', en: 'too few readings for a personal baseline' }),
};

const meanZ: ConditionKind<MeanZ> = {
  slots: ({ parts }) => parts.map(({ metric }) => slotOf(metric)),
  prepare: (condition) => (act, limits, scene) => compare(meanOf(condition, act, scene), condition.op, amountOf(condition.limit, limits)),
  tell: (condition, act, telling) => {
    const { parts, op, limit } = condition;
    const told = limitWords(limit, telling);
    const compared = opWords(op, numberWords(told.value, 1));
    const mean = numberWords(meanOf(condition, act, telling.scene), 1);
    const values = join(
      parts.map(({ metric }) => {
        const [value, usual] = [
          valueWords(metric, valueOf(act, slotOf(metric))),
          valueWords(metric, telling.scene.baselines.at(metric, dayOf(act, telling.scene.zone))),
        ];
        return { nb: `${value.nb} mot vanlig ${usual.nb}`, en: `${value.en} against the usual ${usual.en}` };
      }),
      ', ',
    );
    return {
      nb: `Samlet avvik fra personlig utgangsverdi er ${mean.nb} standardavvik, ${compared.nb} (${told.source.nb}): ${values.nb}`,
      en: `The mean deviation from the personal baselines is ${mean.en} standard deviations, ${compared.en} (${told.source.en}): ${values.en}`,
    };
  },
  missing: ({ parts }, act) => {
    const lacking = parts.find(({ metric }) => Number.isNaN(valueOf(act, slotOf(metric))));
    return lacking === undefined
      ? { nb: 'for få målinger til en personlig utgangsverdi', en: 'too few readings for a personal baseline' }
      : missingReading(lacking.metric);
  },
  // A saturation without its pulse, not the pulse that a cuff counts.
  isAsked: ({ parts }, act) => parts[0] !== undefined && hasValue(act, slotOf(parts[0].metric)),
};

/** Mean of signed (value - baseline) / spread, the spread never below its floor; without the noise of binary fractions. */
function meanOf({ parts }: MeanZ, act: Act, scene: Scene): number {
  const day = dayOf(act, scene.zone);
  let sum = 0;
  for (const { metric, sign, spreadMin } of parts) {
    const spread = Math.max(scene.baselines.spread(metric, day), spreadMin);
    sum += (sign * difference(valueOf(act, slotOf(metric)), scene.baselines.at(metric, day))) / spread;
  }
  return Math.round((sum / parts.length) * 1e6) / 1e6;
}

const repeatThreshold: ConditionKind<RepeatThreshold> = {
  slots: ({ metric }) => [slotOf(metric)],
  prepare: (condition) => {
    const { metric, op, limit, times } = condition;
    const slot = slotOf(metric);
    return (act, limits, scene) => {
      const answer = compare(valueOf(act, slot), op, amountOf(limit, limits));
      if (answer !== MET) return answer;
      if (isUndated(act, slot)) return UNMET;
      return 1 + earlierBreaches(condition, act, { scene, limit: amountOf(limit, limits) }).length >= times ? MET : UNMET;
    };
  },
  tell: (condition, act, telling) => {
    const { metric, op, limit, hours } = condition;
    const told = limitWords(limit, telling);
    const breaches = [act, ...earlierBreaches(condition, act, { scene: telling.scene, limit: told.value })];
    const values = join(
      breaches.map((each) => valueWords(metric, valueOf(each, slotOf(metric)))),
      { nb: ' og ', en: ' and ' },
    );
    const compared = opWords(op, valueWords(metric, told.value));
    const name = metricWords(metric);
    return {
      nb: `${name.nb} ${values.nb} er ${compared.nb}, ${breaches.length} ganger på ${hours} timer (${told.source.nb})`,
      en: `${name.en} ${values.en} is ${compared.en}, ${breaches.length} times in ${hours} hours (${told.source.en})`,
    };
  },
  missing: ({ metric }) => missingReading(metric),
  // Every earlier value of the hours, whichever limit was in force: none of them is left out of the log.
  restsOn: ({ metric, hours }, act, scene) => valuesBefore(metric, hours, act, scene),
};

function earlierBreaches(
  { metric, op, hours }: RepeatThreshold,
  act: Act,
  { scene, limit }: { scene: Scene; limit: number },
): readonly Act[] {
  const slot = slotOf(metric);
  return valuesBefore(metric, hours, act, scene).filter((each) => compare(valueOf(each, slot), op, limit) === MET);
}

function valuesBefore(metric: RepeatThreshold['metric'], hours: number, act: Act, { acts }: Scene): readonly Act[] {
  const fromMs = act.atMs - hours * HOUR_MS;
  const found: Act[] = [];
  const slot = slotOf(metric);
  const list = acts.bySlot[slot] ?? [];
  for (let at = list.length - 1; at >= 0; at--) {
    const each = list[at];
    if (each === undefined || each.atMs < fromMs) break;
    if (!isUndated(each, slot) && (each.atMs < act.atMs || (each.atMs === act.atMs && each.id < act.id))) found.push(each);
  }
  return found;
}

function missingReading(metric: Threshold['metric']): Words {
  const name = metricWords(metric);
  return { nb: `måling mangler (${name.nb.toLowerCase()})`, en: `a reading is missing (${name.en.toLowerCase()})` };
}

/** How conditions about single values and their baselines are judged. */
export const VALUE_KINDS = {
  threshold,
  baseline_delta: baselineDelta,
  baseline_at_least: baselineAtLeast,
  mean_z: meanZ,
  repeat_threshold: repeatThreshold,
};
