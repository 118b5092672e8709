import { dayText, dayWords, isRunning, localDayNumber, type CarePlan } from '@varde/plans';
import { Baselines } from './baseline.js';
import type { Catalogue } from './catalogue.js';
import { difference } from './condition.js';
import type { DailyMedian, Words } from './finding.js';
import { limitsInForce } from './judging.js';
import { metricWords, pointWords, valueWords } from './words.js';

/** The smallest change of a CAT score that matters (clinical/README 2.3: "yellow at +4, note at +2"). */
const NOTED_FROM = 2;
const RULE = 'copd.cat.rise';
const CAT = 'cat-score';

/** What a CAT score is held against. */
export interface CatNoteFacts {
  readonly catalogue: Catalogue;
  readonly plan: CarePlan;
  /** Summaries of the days before the answer. */
  readonly dailyMedians: readonly DailyMedian[];
}

/**
 * What is noted beside a CAT answer that has risen by what matters, and by less than the rule fires at (`copd.cat.rise`): no finding and no
 * episode. Null: it has not, there is no baseline, or the patient does not follow the programme.
 */
export function tellCatNote({ catalogue, plan, dailyMedians }: CatNoteFacts, { score, at }: { score: number; at: Date }): Words | null {
  const rule = catalogue.rules.find(({ id }) => id === RULE);
  const [limit] = rule === undefined ? [] : limitsInForce(rule, plan, at);
  if (rule === undefined || limit === undefined) return null;
  const isFollowed = plan.enrolments.some((each) => rule.programmes.includes(each.programme) && isRunning(each, at.getTime()));
  const baselines = new Baselines(dailyMedians);
  const day = localDayNumber(plan.zone, at.getTime());
  const [baseline, days] = [baselines.at(CAT, day), baselines.daysAt(CAT, day)];
  const rise = difference(score, baseline);
  if (!isFollowed || days === null || !(rise >= NOTED_FROM && rise < limit.value)) return null;
  const [name, own, usual] = [metricWords(CAT), valueWords(CAT, score), valueWords(CAT, baseline)];
  const [by, least, breach] = [pointWords(CAT, rise), pointWords(CAT, NOTED_FROM), pointWords(CAT, limit.value)];
  const [first, last] = days.map((each) => dayWords('UTC', new Date(dayText(each)))) as [Words, Words];
  return {
    nb: `${name.nb} ${own.nb} er ${by.nb} over personlig utgangsverdi ${usual.nb} (${first.nb} til ${last.nb}). ${least.nb} er den minste endringen som betyr noe; ${breach.nb} eller mer gir en hendelse.`,
    en: `${name.en} ${own.en} is ${by.en} above the personal baseline of ${usual.en} (${first.en} to ${last.en}). ${least.en} is the smallest change that matters; ${breach.en} or more makes an episode.`,
  };
}
