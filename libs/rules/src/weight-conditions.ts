import { referenceAtMs, REFERENCES } from '@varde/plans';
import { TIME_UNKNOWN, type Metric } from '@varde/vitals';
import { isUndated, valueOf, type Act } from './act.js';
import { amountOf, compare, difference, type Ask, type ConditionKind, type Telling } from './condition.js';
import type { MedianShift, PercentLoss, ReferenceDelta, WindowGain, WindowGainAt, WindowLoss } from './conditions.js';
import { isAccepted } from './daily.js';
import type { Words } from './finding.js';
import { slotOf } from './measure.js';
import { medianOf } from './median.js';
import { dayOf, type Scene } from './scene.js';
import { doubtWords, limitWords, metricWords, numberWords, opWords, pointWords, valueWords } from './words.js';

/** Which acts before one are compared with: those of local days `first` to `last`, and whether their lowest or highest value counts. */
interface Before {
  readonly metric: Metric;
  readonly first: number;
  readonly last: number;
  readonly wanted: 'lowest' | 'highest';
}

/**
 * The act a change is counted from: the lowest or highest accepted value of some days. When there are only doubtful ones, or such that a
 * second weighing has refuted, that of them: doubt must not blind the rule. Null when there is none, or only values in what may be another unit
 * or of nobody knows when.
 */
function extremeBefore({ metric, first, last, wanted }: Before, act: Act, scene: Scene): Act | null {
  const slot = slotOf(metric);
  const list = scene.acts.bySlot[slot] ?? [];
  let accepted: Act | null = null;
  let doubtful: Act | null = null;
  for (let at = list.length - 1; at >= 0; at--) {
    const earlier = list[at];
    if (earlier === undefined || earlier.atMs >= act.atMs) continue;
    const day = dayOf(earlier, scene.zone);
    if (day < first) break;
    if (day > last || isUndated(earlier, slot) || scene.heldBack.get(earlier) === 'unit') continue;
    if (isAccepted(earlier, slot, scene) && !scene.refuted.has(earlier)) accepted = furtherOf(accepted, earlier, slot, wanted);
    else doubtful = furtherOf(doubtful, earlier, slot, wanted);
  }
  return accepted ?? doubtful;
}

function furtherOf(found: Act | null, act: Act, slot: number, wanted: Before['wanted']): Act {
  if (found === null) return act;
  const isLower = valueOf(act, slot) < valueOf(found, slot);
  const isHigher = valueOf(act, slot) > valueOf(found, slot);
  return (wanted === 'lowest' ? isLower : isHigher) ? act : found;
}

/** Own value of an act; NaN when it may be in another unit and so says nothing of a change. */
function ownValue(metric: Metric, act: Act, scene: Scene): number {
  return scene.heldBack.get(act) === 'unit' ? Number.NaN : valueOf(act, slotOf(metric));
}

/** Own value for a change over days; NaN also when nobody knows of which day it is. */
function datedValue(metric: Metric, act: Act, scene: Scene): number {
  return isUndated(act, slotOf(metric)) ? Number.NaN : ownValue(metric, act, scene);
}

type Change = WindowGain | WindowLoss | WindowGainAt;

function beforeOf(condition: Change, act: Act, scene: Scene): Act | null {
  const { metric, days } = condition;
  const day = dayOf(act, scene.zone);
  if (condition.kind === 'window_gain_at') {
    const { toleranceDays } = condition;
    return extremeBefore({ metric, first: day - days - toleranceDays, last: day - days + toleranceDays, wanted: 'lowest' }, act, scene);
  }
  return extremeBefore(
    { metric, first: day - days, last: day, wanted: condition.kind === 'window_gain' ? 'lowest' : 'highest' },
    act,
    scene,
  );
}

/** How much was gained, or lost for `window_loss`; NaN when there is nothing to compare with. */
function changeOf(condition: Change, act: Act, scene: Scene): number {
  const before = beforeOf(condition, act, scene);
  if (before === null) return Number.NaN;
  const gained = difference(datedValue(condition.metric, act, scene), valueOf(before, slotOf(condition.metric)));
  return condition.kind === 'window_loss' ? 0 - gained : gained;
}

const changeKind = <Asked extends Change>(): ConditionKind<Asked> => ({
  slots: ({ metric }) => [slotOf(metric)],
  prepare: (condition) => (act, limits, scene) => compare(changeOf(condition, act, scene), condition.op, amountOf(condition.limit, limits)),
  tell: tellChange,
  missing: tellMissingBefore,
  restsOn: (condition, act, scene) => [beforeOf(condition, act, scene)].filter((each) => each !== null),
});

function tellChange(condition: Change, act: Act, telling: Telling): Words {
  const { metric, days, op, limit } = condition;
  const before = beforeOf(condition, act, telling.scene);
  const own = valueOf(act, slotOf(metric));
  const [name, value, from] = [
    metricWords(metric),
    valueWords(metric, own),
    valueWords(metric, before === null ? own : valueOf(before, slotOf(metric))),
  ];
  const moved = valueWords(metric, Math.abs(changeOf(condition, act, telling.scene)));
  const told = limitWords(limit, telling);
  const compared = opWords(op, valueWords(metric, told.value));
  const last = days === 1 ? { nb: 'det siste døgnet', en: 'the last day' } : { nb: `de siste ${days} dagene`, en: `the last ${days} days` };
  const than = {
    window_gain: { nb: `mer enn laveste vekt ${last.nb}`, en: `more than the lowest weight of ${last.en}` },
    window_loss: { nb: `mindre enn høyeste vekt ${last.nb}`, en: `less than the highest weight of ${last.en}` },
    window_gain_at: { nb: `mer enn laveste vekt for ${days} dager siden`, en: `more than the lowest weight ${days} days ago` },
  }[condition.kind];
  return {
    nb: `${name.nb} ${value.nb} er ${moved.nb} ${than.nb}, ${from.nb} (${compared.nb}, ${told.source.nb})`,
    en: `${name.en} ${value.en} is ${moved.en} ${than.en}, ${from.en} (${compared.en}, ${told.source.en})`,
  };
}

function tellMissingBefore({ metric }: { readonly metric: Metric }, act: Act, { scene }: Telling): Words {
  if (isUndated(act, slotOf(metric))) return doubtWords(TIME_UNKNOWN);
  return scene.heldBack.get(act) === 'unit'
    ? { nb: 'vekten kan være i en annen enhet', en: 'the weight may be in another unit' }
    : { nb: 'en tidligere måling å sammenligne med mangler', en: 'an earlier reading to compare with is missing' };
}

/** Recent and earlier days of a shift, as local day numbers. */
function shiftDays(
  { recentDays, referenceDays }: MedianShift,
  act: Act,
  scene: Scene,
): Record<'recent' | 'reference', readonly [number, number]> {
  const today = dayOf(act, scene.zone);
  const firstRecent = today - recentDays + 1;
  return { recent: [firstRecent, today], reference: [firstRecent - referenceDays, firstRecent - 1] };
}

/** Medians of the two spans; NaN for one with too few measured days. */
function shiftOf(condition: MedianShift, act: Act, scene: Scene): { readonly recent: number; readonly reference: number } {
  const { metric, recentMin, referenceMin } = condition;
  const days = shiftDays(condition, act, scene);
  const recent = scene.days.mediansUpTo(metric, days.recent, act, scene);
  if (recent.length < recentMin) return { recent: Number.NaN, reference: Number.NaN };
  const reference = scene.days.mediansUpTo(metric, days.reference, act, scene);
  return { recent: medianOf(recent), reference: reference.length < referenceMin ? Number.NaN : medianOf(reference) };
}

const medianShift: ConditionKind<MedianShift> = {
  slots: ({ metric }) => [slotOf(metric)],
  prepare: (condition) => (act, limits, scene) => {
    const { recent, reference } = shiftOf(condition, act, scene);
    return compare(difference(recent, reference), condition.op, amountOf(condition.limit, limits));
  },
  tell: (condition, act, telling) => {
    const { metric, recentDays, referenceDays, op, limit } = condition;
    const { recent, reference } = shiftOf(condition, act, telling.scene);
    const told = limitWords(limit, telling);
    const compared = opWords(op, valueWords(metric, told.value));
    const [now, usual, moved] = [
      valueWords(metric, recent),
      valueWords(metric, reference),
      pointWords(metric, Math.abs(difference(recent, reference))),
    ];
    const more = recent >= reference ? { nb: 'mer', en: 'more' } : { nb: 'mindre', en: 'less' };
    return {
      nb: `Median vekt de siste ${recentDays} dagene ${now.nb} er ${moved.nb} ${more.nb} enn de ${referenceDays} dagene før, ${usual.nb} (${compared.nb}, ${told.source.nb})`,
      en: `The median weight of the last ${recentDays} days, ${now.en}, is ${moved.en} ${more.en} than of the ${referenceDays} days before, ${usual.en} (${compared.en}, ${told.source.en})`,
    };
  },
  missing: ({ recentDays, recentMin, referenceDays, referenceMin }) => ({
    nb: `for få målte dager (minst ${recentMin} av de siste ${recentDays} og ${referenceMin} av de ${referenceDays} før)`,
    en: `too few measured days (at least ${recentMin} of the last ${recentDays} and ${referenceMin} of the ${referenceDays} before)`,
  }),
  restsOn: (condition, act, scene) => {
    const { metric } = condition;
    const { recent } = shiftDays(condition, act, scene);
    const acts = scene.acts.bySlot[slotOf(metric)] ?? [];
    return acts.filter((each) => each !== act && each.atMs <= act.atMs && dayOf(each, scene.zone) >= recent[0]);
  },
};

/**
 * Highest accepted value of the days before an act: of the acts in the window, and of the days before them as the store summed them up. A
 * doubtful one, perhaps of another person, only when there is no accepted one in either.
 */
function highestBefore({ metric, days }: PercentLoss, act: Act, scene: Scene): number {
  const today = dayOf(act, scene.zone);
  const first = today - days;
  let highest = Number.NaN;
  for (const [day, stored] of scene.days.storedOf(metric)) {
    if (day >= first && day < today && !(stored.highest <= highest)) highest = stored.highest;
  }
  const before = extremeBefore({ metric, first, last: today, wanted: 'highest' }, act, scene);
  if (before === null || (!Number.isNaN(highest) && !isAccepted(before, slotOf(metric), scene))) return highest;
  const value = valueOf(before, slotOf(metric));
  return value <= highest ? highest : value;
}

/** Percent without the noise of binary fractions. */
function lossOf(condition: PercentLoss, act: Act, scene: Scene): number {
  const highest = highestBefore(condition, act, scene);
  const percent = ((highest - datedValue(condition.metric, act, scene)) / highest) * 100;
  return Math.round(percent * 1e6) / 1e6;
}

const percentLoss: ConditionKind<PercentLoss> = {
  slots: ({ metric }) => [slotOf(metric)],
  prepare: (condition) => (act, limits, scene) => compare(lossOf(condition, act, scene), condition.op, amountOf(condition.limit, limits)),
  tell: (condition, act, telling) => {
    const { metric, days, op, limit } = condition;
    const told = limitWords(limit, telling);
    const [name, value, highest] = [
      metricWords(metric),
      valueWords(metric, valueOf(act, slotOf(metric))),
      valueWords(metric, highestBefore(condition, act, telling.scene)),
    ];
    const lost = numberWords(lossOf(condition, act, telling.scene), 1);
    const percent = numberWords(told.value);
    const compared = opWords(op, { nb: `${percent.nb} %`, en: `${percent.en}%` });
    return {
      nb: `${name.nb} ${value.nb} er ${lost.nb} % under høyeste vekt de siste ${days} dagene, ${highest.nb} (${compared.nb}, ${told.source.nb})`,
      en: `${name.en} ${value.en} is ${lost.en}% below the highest weight of the last ${days} days, ${highest.en} (${compared.en}, ${told.source.en})`,
    };
  },
  missing: tellMissingBefore,
  restsOn: (condition, act, scene) => {
    const { metric, days } = condition;
    const today = dayOf(act, scene.zone);
    const before = extremeBefore({ metric, first: today - days, last: today, wanted: 'highest' }, act, scene);
    // Of what the store summed up there is no act to name.
    return before === null || valueOf(before, slotOf(metric)) !== highestBefore(condition, act, scene) ? [] : [before];
  },
};

function referenceWords({ reference }: ReferenceDelta): Words {
  return REFERENCES[reference].title;
}

const prepareReference = ({ metric, reference, op, limit }: ReferenceDelta): Ask => {
  return (act, limits, scene) => {
    const set = referenceAtMs(scene.plan, reference, act.atMs);
    if (set === null) return compare(Number.NaN, op, 0);
    return compare(difference(ownValue(metric, act, scene), set.value), op, amountOf(limit, limits));
  };
};

const referenceDelta: ConditionKind<ReferenceDelta> = {
  slots: ({ metric }) => [slotOf(metric)],
  prepare: prepareReference,
  tell: (condition, act, telling) => {
    const { metric, reference, op, limit } = condition;
    const own = valueOf(act, slotOf(metric));
    const set = referenceAtMs(telling.scene.plan, reference, act.atMs)?.value ?? own;
    const moved = difference(own, set);
    const told = limitWords(limit, telling);
    const compared = opWords(op, valueWords(metric, told.value));
    const [name, value, away, from, called] = [
      metricWords(metric),
      valueWords(metric, own),
      valueWords(metric, Math.abs(moved)),
      valueWords(metric, set),
      referenceWords(condition),
    ];
    return {
      nb: `${name.nb} ${value.nb} er ${away.nb} ${moved < 0 ? 'under' : 'over'} ${called.nb} ${from.nb} (${compared.nb}, ${told.source.nb})`,
      en: `${name.en} ${value.en} is ${away.en} ${moved < 0 ? 'below' : 'above'} the ${called.en} of ${from.en} (${compared.en}, ${told.source.en})`,
    };
  },
  missing: (condition, act, telling) => {
    if (referenceAtMs(telling.scene.plan, condition.reference, act.atMs) !== null) return tellMissingBefore(condition, act, telling);
    const called = referenceWords(condition);
    return { nb: `${called.nb} mangler`, en: `the ${called.en} is missing` };
  },
};

/** How conditions about the weight over days are judged. */
export const WEIGHT_KINDS = {
  window_gain: changeKind<WindowGain>(),
  window_loss: changeKind<WindowLoss>(),
  window_gain_at: changeKind<WindowGainAt>(),
  median_shift: medianShift,
  percent_loss: percentLoss,
  reference_delta: referenceDelta,
};
