import { isWorse, type Episode } from '@varde/alerts';
import type { FollowUp, RuleReading, Words } from '@varde/rules';
import type { Metric } from '@varde/vitals';
import { REST_MINUTES, type HomeAsk } from './ask-home.js';
import type { LookInput } from './input-and-outcome.js';
import { newestOf } from './newest.js';
import { isPaused } from './period.js';

const WEIGHING: readonly Metric[] = ['weight'];

const WAITED_FOR: Words = {
  nb: 'Oppfølgingen venter på en ny måling fra deg.',
  en: 'Your follow-up service is waiting for a new measurement from you.',
};

/**
 * Asks the home for a measurement while a grave episode is open, some time before people are told that nothing has come (decision 26): of
 * what the episode is about, on the device it was last measured with. The same request in every look until then: it is kept once, by its key.
 * Nobody is asked in a pause.
 * @param open the open episodes of the patient, after the look
 */
export function followUpAsks(input: LookInput, followUp: FollowUp | null, open: readonly Episode[]): readonly HomeAsk[] {
  const { plan, now } = input;
  if (followUp === null || followUp.askAt > now || followUp.dueAt <= now || isPaused(plan, now)) return [];
  const measured = lastMeasured(input, open);
  if (measured === null) return [];
  const { measurementId, metric } = measured;
  const isWeighing = WEIGHING.includes(metric);
  const text = isWeighing
    ? { nb: `${WAITED_FOR.nb} Vei deg, hvis du kan.`, en: `${WAITED_FOR.en} Please weigh yourself, if you can.` }
    : {
        nb: `${WAITED_FOR.nb} Sitt i ro i ${REST_MINUTES} minutter, og mål med samme apparat.`,
        en: `${WAITED_FOR.en} Please sit still for ${REST_MINUTES} minutes, then measure with the same device.`,
      };
  const restMinutes = isWeighing ? 0 : REST_MINUTES;
  return [{ key: keyOf(followUp.afterId), measurementId, restMinutes, times: 1, answerBy: followUp.dueAt, text }];
}

const keyOf = (id: number): string => `f:${id}`;

/** The newest measurement that something grave was found of; of anything, where it was found of answers or by a clock. */
function lastMeasured({ window: { readings } }: LookInput, open: readonly Episode[]): RuleReading | null {
  const grave = open.filter(({ severity }) => isWorse(severity, 'yellow'));
  const foundMs = new Set(grave.flatMap(({ signals }) => signals.map(({ lastAt }) => lastAt.getTime())));
  return newestOf(readings.filter(({ observedAt }) => foundMs.has(observedAt.getTime()))) ?? newestOf(readings);
}

/** The request that something new has answered, if there was one: it is not sent any more. */
export function settledFollowUp({ window, unlookedFrom, episodes }: LookInput): readonly string[] {
  if (unlookedFrom === null || !episodes.some(({ closedAt, severity }) => closedAt === null && isWorse(severity, 'yellow'))) return [];
  const before = newestOf([...window.readings, ...window.answers].filter(({ observedAt }) => observedAt < unlookedFrom));
  return before === null ? [] : [keyOf(before.measurementId)];
}
