import type { Episode } from '@varde/alerts';
import { instantOf, localDayNumber } from '@varde/plans';
import { isRefusedAnchor, LIVE_MS, type Finding, type JudgeInput, type Rule } from '@varde/rules';
import type { Metric } from '@varde/vitals';
import { isPaused } from './period.js';

const MINUTE_MS = 60_000;
/** How long another value is waited for (`gen.tech.implausible`: "always asks for a new reading"). */
const ANSWER_WITHIN_MS = 30 * MINUTE_MS;
/**
 * How often in a row the home is asked: three refused values in a row are for people (`gen.tech.implausible`), and what the device doubts twice it
 * will doubt again.
 */
const ASKED_IN_A_ROW = { refused: 2, doubted: 1 } as const;

const TECHNICAL: ReadonlySet<Rule['trigger']['kind']> = new Set(['plausibility', 'status_bits', 'unit_ratio', 'jump']);

/** What is known beside a finding, to decide whether another value is asked for because of it. */
export interface AskedBeside {
  readonly input: Pick<JudgeInput, 'catalogue' | 'plan' | 'window' | 'recorded' | 'now'> & { readonly episodes: readonly Episode[] };
  /** The other new findings of the look. */
  readonly findings: readonly Finding[];
  readonly cleared: readonly { readonly ruleId: string; readonly at: Date }[];
}

/** Another value that is asked for: until when, and whether it is a weighing. */
export interface AskedAnew {
  readonly answerBy: Date;
  readonly isWeighing: boolean;
}

/**
 * Whether a value that was refused, held back or doubted is to be measured anew, though it means nothing grave. Null: it does not say so, came
 * late, has been measured since, was asked for in vain already, or there is a pause.
 */
export function askedAnew({ ruleId, anchor, result, at, receivedAt }: Finding, beside: AskedBeside): AskedAnew | null {
  const { input, cleared } = beside;
  if (result !== 'fire' || !isTechnical(ruleId, input)) return null;
  if (receivedAt.getTime() - at.getTime() > LIVE_MS || isPaused(input.plan, input.now)) return null;
  const metrics = metricsOf(anchor, input);
  if (metrics.length === 0 || cleared.some((each) => each.ruleId === ruleId && each.at > at)) return null;
  const isWeighing = metrics.includes('weight');
  const { zone } = input.plan;
  const today = localDayNumber(zone, at.getTime());
  const sinceMs = isWeighing ? instantOf(zone, today, 0) : at.getTime() - ANSWER_WITHIN_MS;
  const mayAsk = isRefusedAnchor(anchor) ? ASKED_IN_A_ROW.refused : ASKED_IN_A_ROW.doubted;
  if (countBefore(at, { metrics, sinceMs }, beside) >= mayAsk) return null;
  // The last millisecond of the day: a weighing at midnight is tomorrow's.
  const answerByMs = isWeighing ? instantOf(zone, today + 1, 0) - 1 : at.getTime() + ANSWER_WITHIN_MS;
  return { answerBy: new Date(answerByMs), isWeighing };
}

function isTechnical(ruleId: string, { catalogue }: AskedBeside['input']): boolean {
  const rule = catalogue.rules.find(({ id }) => id === ruleId);
  return rule !== undefined && TECHNICAL.has(rule.trigger.kind);
}

/** What was to be measured, in an act or a refused value; nothing where nobody knows. */
function metricsOf(anchor: string, { window }: AskedBeside['input']): readonly Metric[] {
  const id = Number(anchor.slice(2));
  if (isRefusedAnchor(anchor))
    return window.refused.flatMap(({ refusedId, metric }) => (refusedId === id && metric !== null ? [metric] : []));
  return window.readings.flatMap(({ measurementId, metric }) => (measurementId === id ? [metric] : []));
}

/** How many times the same was measured in vain just before. */
function countBefore(
  at: Date,
  { metrics, sinceMs }: { readonly metrics: readonly Metric[]; readonly sinceMs: number },
  { input, findings }: AskedBeside,
): number {
  const inVain = [...input.recorded, ...findings].filter(
    (each) =>
      each.result === 'fire' &&
      each.at < at &&
      each.at.getTime() >= sinceMs &&
      isTechnical(each.ruleId, input) &&
      metricsOf(each.anchor, input).some((metric) => metrics.includes(metric)),
  );
  return new Set(inVain.map((each) => each.at.getTime())).size;
}

/** The requests for another value that have been answered: what was waited for has come and can be used. */
export function settledAnew({ input, cleared }: Omit<AskedBeside, 'findings'>): readonly string[] {
  if (cleared.length === 0) return [];
  const signals = input.episodes.flatMap((episode) => episode.signals);
  const standing = new Set(signals.flatMap((signal) => (signal.standing ? [signal.ruleId] : [])));
  return input.recorded.flatMap(({ ruleId, anchor, result, at }) =>
    result === 'fire' &&
    standing.has(ruleId) &&
    isTechnical(ruleId, input) &&
    cleared.some((each) => each.ruleId === ruleId && each.at > at)
      ? [anchor]
      : [],
  );
}
