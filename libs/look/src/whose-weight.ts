import { actOfAnchor, OLD_MS, saidOfWeights, type Finding, type RuleReading } from '@varde/rules';
import { WEIGHT_JUMP_KG } from '@varde/vitals';
import { whoseWeightWords } from './advise-words.js';
import type { AdviceAnswered, AdviceDraft, Advised } from './advice.js';
import type { LookInput } from './input-and-outcome.js';
import { isPaused } from './period.js';

const HOUR_MS = 3_600_000;
/** For how long after the weighing the home is asked: after that nobody remembers it. A nurse may still answer. */
const OF_USE_MS = 48 * HOUR_MS;
const KEY = 'whose/';

/** The weighing that a question is about, by its measurement; null for what is not such a question. */
export function weightAskedOf(key: string): number | null {
  return key.startsWith(KEY) ? Number(key.slice(KEY.length)) : null;
}

/**
 * Asks whether it was the patient who stood on the scale, of a weight that may be another person's (`gen.tech.other_person`): once, the newest
 * first, and not of one like another that is waiting for its answer, which holds for both. Not in a pause, nor of what is older than a day.
 */
export function askWhoseWeight(
  { window, plan, catalogue, now, advised = [] }: LookInput,
  findings: readonly Finding[],
): AdviceDraft | null {
  const rule = catalogue.rules.find(({ trigger }) => trigger.kind === 'jump');
  const jumps = findings.filter(
    ({ ruleId, result, at }) => ruleId === rule?.id && result === 'fire' && now.getTime() - at.getTime() < OLD_MS,
  );
  if (jumps.length === 0 || isPaused(plan, now)) return null;
  const said = saidOfWeights(window.answers);
  const weights = new Map(window.readings.flatMap((each) => (each.metric === 'weight' ? [[each.measurementId, each] as const] : [])));
  const waiting = advised.flatMap(({ key }) => weights.get(weightAskedOf(key) ?? Number.NaN) ?? []);
  const [newest] = jumps
    .flatMap(({ anchor }) => weights.get(actOfAnchor(anchor) ?? Number.NaN) ?? [])
    .filter(({ measurementId }) => !said.has(measurementId))
    .sort((a, b) => b.observedAt.getTime() - a.observedAt.getTime() || b.measurementId - a.measurementId);
  if (newest === undefined || waiting.some((each) => isLike(each, newest))) return null;
  return {
    key: `${KEY}${newest.measurementId}`,
    kind: 'whose_weight',
    text: whoseWeightWords(plan.zone, newest),
    answers: [],
    mustAnswer: false,
    measurementId: newest.measurementId,
    ofUseUntil: new Date(newest.observedAt.getTime() + OF_USE_MS),
  };
}

function isLike(a: RuleReading, b: RuleReading): boolean {
  return a.measurementId === b.measurementId || Math.abs(a.value - b.value) < WEIGHT_JUMP_KG;
}

/** The answer to such a question, whoever has given it. */
export function answeredWhose({ id, key, episodeId }: Advised, { window }: Pick<LookInput, 'window'>): readonly AdviceAnswered[] {
  const said = saidOfWeights(window.answers).get(weightAskedOf(key) ?? Number.NaN);
  return said === undefined ? [] : [{ adviceId: id, episodeId, answer: said.isMine ? 'was_me' : 'was_not_me', at: said.at }];
}
