import { isRunning } from '@varde/plans';
import type { Act } from './act.js';
import { amountOf, compare, difference, MET, UNKNOWN, UNMET, type Answer, type ConditionKind } from './condition.js';
import type { ContextDelta, News2ClassBelow, News2ClassIs, News2Condition } from './conditions.js';
import type { Words } from './finding.js';
import { slotOf } from './measure.js';
import { NEWS2_CLASSES, type News2Measured, type News2Part } from './news2/chart.js';
import { carriesPart, composeNews2, MEASURED, NEWS2_SLOTS, type ComposedNews2 } from './news2/compose.js';
import type { News2Scored, News2ScoredPart } from './news2/score.js';
import { tellNews2 } from './news2/tell.js';
import { USUAL_SATURATION } from './rules-in-words.js';
import { dayOf, type Scene } from './scene.js';
import { limitWords } from './words.js';

const HOUR_MS = 3_600_000;
/** `gen.news2.rise`: "against previous complete score within 7 days". */
const PREVIOUS_WITHIN_MS = 7 * 24 * HOUR_MS;
/** What the class low-medium takes for a usual saturation, the class medium does too. */
const USUAL_AT_MOST = USUAL_SATURATION['gen.news2.low_medium']?.baselineAtMost ?? Number.NEGATIVE_INFINITY;

// Several rules ask for the score of an act; acts are made anew at every look.
const COMPOSED = new WeakMap<Act, ComposedNews2>();

function composedAt(act: Act, scene: Scene): ComposedNews2 | null {
  if (scene.news2 === null) return null;
  const known = COMPOSED.get(act);
  if (known !== undefined) return known;
  const composed = composeNews2(scene.news2, scene.acts, scene.plan, act.atMs);
  COMPOSED.set(act, composed);
  return composed;
}

/** The score of an act, with bounds while parts are missing; null when there is none. */
function scoredAt(act: Act, scene: Scene): News2Scored | null {
  const result = composedAt(act, scene)?.result;
  return result?.status === 'complete' || result?.status === 'incomplete' ? result : null;
}

/** What a score that is not there answers: readings that contradict each other cannot be judged; a person the score is not made for can. */
function unscored(act: Act, scene: Scene): Answer {
  return composedAt(act, scene)?.result.status === 'not-applicable' ? UNMET : UNKNOWN;
}

const NO_CHART: Words = { nb: 'NEWS2-tabellen mangler', en: 'the NEWS2 chart is missing' };

function tellScore(_condition: News2Condition, act: Act, { scene }: { readonly scene: Scene }): Words {
  const composed = composedAt(act, scene);
  return composed === null || scene.news2 === null ? NO_CHART : tellNews2(scene.news2, composed.result);
}

/** A respiratory rate is counted for nothing but a NEWS2: around one, readings that contradict each other leave a score undone. */
function isScoreAsked(_condition: News2Condition, act: Act, scene: Scene): boolean {
  const sources = composedAt(act, scene)?.sources ?? [];
  return carriesPart(act) && sources.some(({ part }) => part === 'respiratory-rate');
}

function restsOnParts(_condition: News2Condition, act: Act, scene: Scene): readonly Act[] {
  const acts = composedAt(act, scene)?.sources.map((source) => source.act) ?? [];
  return [...new Set(acts.filter((each) => each !== null && each.id !== act.id))].filter((each) => each !== null);
}

const slots = (): readonly number[] => NEWS2_SLOTS;

// An open class is no answer of its own, unless what is missing could only make it graver: what is missing at home is shown with its bounds,
// not said to be unjudged every day.
const classIs: ConditionKind<News2ClassIs> = {
  slots,
  prepare:
    ({ is }) =>
    (act, _limits, scene) => {
      if (!carriesPart(act)) return UNMET;
      const scored = scoredAt(act, scene);
      if (scored === null) return unscored(act, scene);
      return scored.risk === is || (is === 'medium' && hasReachedMedium(scored, act, scene)) ? MET : UNMET;
    },
  tell: tellScore,
  missing: tellScore,
  restsOn: restsOnParts,
  isAsked: isScoreAsked,
};

/**
 * Whether a score without a class has a total of medium or more whatever is missing (`policies.missing`: "a lower bound of 5 or 7 still
 * triggers its response"). Not where nobody has counted a rate and an oximeter alone says so of a saturation that may be usual: it would every
 * morning of somebody on oxygen, and what is low for a person is said by rules of its own.
 */
function hasReachedMedium(scored: News2Scored, act: Act, scene: Scene): boolean {
  if (scored.risk !== null || scored.atLeast !== 'medium') return false;
  if (!scored.missing.includes('respiratory-rate') || !isOximeterAlone(scored)) return true;
  return scene.baselines.at('spo2', dayOf(act, scene.zone)) > USUAL_AT_MOST;
}

/** What an oximeter shows, and the oxygen that is agreed. */
const OF_AN_OXIMETER: ReadonlySet<News2Part> = new Set(['spo2', 'oxygen', 'pulse']);

/**
 * Whether nothing else has points and nothing but a saturation on scale 1 may be red. How many points the saturation has does not matter: a
 * lower one is never taken more lightly.
 */
function isOximeterAlone({ spo2Scale, parts, red }: News2Scored): boolean {
  const isOther = ({ part, points }: News2ScoredPart): boolean => points > 0 && !OF_AN_OXIMETER.has(part);
  return spo2Scale === 1 && !parts.some(isOther) && red.every((part) => part === 'spo2');
}

/** Red for nothing but a saturation on scale 1. */
function isRedForSaturation({ spo2Scale, red }: News2Scored): boolean {
  return spo2Scale === 1 && red.length === 1 && red[0] === 'spo2';
}

const classBelow: ConditionKind<News2ClassBelow> = {
  slots,
  prepare: ({ than }) => {
    const limit = NEWS2_CLASSES.indexOf(than);
    return (act, _limits, scene) => {
      if (!carriesPart(act)) return UNKNOWN;
      const possible = scoredAt(act, scene)?.possible ?? [];
      const graver = possible.filter((risk) => NEWS2_CLASSES.indexOf(risk) >= limit).length;
      if (possible.length > 0 && graver === 0) return MET;
      return possible.length > 0 && graver === possible.length ? UNMET : UNKNOWN;
    };
  },
  tell: tellScore,
  missing: tellScore,
  restsOn: restsOnParts,
};

const rise: ConditionKind<ContextDelta> = {
  slots,
  prepare:
    ({ op, limit }) =>
    (act, limits, scene) => {
      if (!carriesPart(act)) return UNMET;
      const scored = scoredAt(act, scene);
      if (scored === null) return unscored(act, scene);
      if (scored.total === null) return UNMET;
      const { total } = scored;
      const previous = previousComplete(act, scene);
      return compare(previous === null ? Number.NaN : difference(total, previous.total), op, amountOf(limit, limits));
    },
  tell: (condition, act, telling) => {
    const told = tellScore(condition, act, telling);
    const previous = previousComplete(act, telling.scene);
    const total = scoredAt(act, telling.scene)?.total ?? null;
    if (previous === null || total === null) return told;
    const { value, source } = limitWords(condition.limit, telling);
    const points = difference(total, previous.total);
    return {
      nb: `${told.nb}; ${points} over forrige fullstendige skår, ${previous.total} (${value} eller mer, ${source.nb})`,
      en: `${told.en}; ${points} above the previous complete score of ${previous.total} (${value} or more, ${source.en})`,
    };
  },
  missing: (condition, act, telling) =>
    scoredAt(act, telling.scene) === null
      ? tellScore(condition, act, telling)
      : { nb: 'ingen fullstendig NEWS2 de siste 7 dagene å sammenligne med', en: 'no complete NEWS2 of the last 7 days to compare with' },
  restsOn: (condition, act, scene) => {
    const previous = previousComplete(act, scene);
    return [...restsOnParts(condition, act, scene), ...(previous === null ? [] : [previous.act])];
  },
  isAsked: isScoreAsked,
};

/** The newest complete score made of none of the readings of this one, so that a session is not compared with its own first half. */
function previousComplete(act: Act, scene: Scene): { readonly act: Act; readonly total: number } | null {
  const oldestFastMs = composedAt(act, scene)?.oldestFastMs ?? act.atMs;
  const freshMs = scene.news2?.freshMs ?? 0;
  // No complete score is without a respiratory rate in its hour: only around those is there anything to compose.
  const rates = scene.acts.bySlot[slotOf('respiratory-rate')] ?? [];
  const { all } = scene.acts;
  for (let at = all.length - 1; at >= 0; at--) {
    const earlier = all[at];
    if (earlier === undefined || earlier.atMs >= oldestFastMs) continue;
    if (act.atMs - earlier.atMs > PREVIOUS_WITHIN_MS) return null;
    if (!carriesPart(earlier) || !rates.some(({ atMs }) => atMs <= earlier.atMs && earlier.atMs - atMs <= freshMs)) continue;
    const total = scoredAt(earlier, scene)?.total ?? null;
    if (total !== null) return { act: earlier, total };
  }
  return null;
}

/** The readings that are red in the score of an act: part and act. What is answered or agreed is none. */
export function redAt(act: Act, scene: Scene): readonly { readonly part: News2Measured; readonly act: Act }[] {
  const red = scoredAt(act, scene)?.red ?? [];
  const sources = composedAt(act, scene)?.sources ?? [];
  return MEASURED.flatMap((part) => {
    const source = sources.find((each) => each.part === part)?.act ?? null;
    return source !== null && red.includes(part) ? [{ part, act: source }] : [];
  });
}

/** How conditions about NEWS2 are judged. */
export const NEWS2_KINDS: { readonly [Kind in News2Condition['kind']]: ConditionKind<Extract<News2Condition, { kind: Kind }>> } = {
  news2_class: classIs,
  news2_class_below: classBelow,
  context_delta: rise,
};

/**
 * Whether the score of an act is red for nothing but a saturation on scale 1 that is usual for the person (`gen.news2.low_medium`,
 * evidence note): scale 1 would say so of a patient with a low target on every other day. Who follows the COPD programme and has no
 * baseline yet may be one (clinical/README 1.7, decision 41).
 * @param baselineAtMost personal baseline in percent at or below which it is usual
 */
export function isUsualSaturation(act: Act, scene: Scene, baselineAtMost: number): boolean {
  const scored = scoredAt(act, scene);
  if (scored === null || !isRedForSaturation(scored)) return false;
  const baseline = scene.baselines.at('spo2', dayOf(act, scene.zone));
  if (!Number.isNaN(baseline)) return baseline <= baselineAtMost;
  return scene.plan.enrolments.some((enrolment) => enrolment.programme === 'copd' && isRunning(enrolment, act.atMs));
}
