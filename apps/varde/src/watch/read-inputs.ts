import { isWorse, stateOf, type Episode } from '@varde/alerts';
import { recordedFromMs, windowBounds, type LookInput } from '@varde/look';
import { plannedQuestionnaire, type Planned } from '@varde/plans';
import type { Catalogue } from '@varde/rules';
import {
  readAdvised,
  readAnswers,
  readContacts,
  readDailyMedians,
  readEpisodesForLook,
  readPlans,
  readReadings,
  readRecorded,
  readRefusedValues,
  readSnoozes,
  readUndelivered,
  type Claim,
} from '@varde/store';
import type { EntityManager } from 'typeorm';

/**
 * Everything the looks at these patients may know, in a few statements however many they are. A patient for whom no pathway is
 * in force is left out.
 */
export async function readInputs(
  tx: EntityManager,
  catalogue: Catalogue,
  claims: readonly Claim[],
  now: Date,
): Promise<Map<number, LookInput>> {
  const ids = claims.map((claim) => claim.patientId);
  const agreed = await readPlans(tx, ids, now);
  const readings = await readReadings(tx, claims, catalogue.metrics, now);
  const answers = await readAnswers(tx, claims, now);
  const refused = await readRefusedValues(tx, ids, now);
  const medians = await readDailyMedians(tx, claims, agreed, { metrics: catalogue.baselineMetrics, now });
  const recordedFrom = claims.map(
    ({ patientId, zone, unlookedFrom }) => new Date(recordedFromMs(windowBounds(zone, unlookedFrom, now), refused.get(patientId) ?? [])),
  );
  const silenceRules = catalogue.rules.filter((rule) => rule.domain === 'silence').map((rule) => rule.id);
  const recorded = await readRecorded(tx, ids, silenceRules, recordedFrom);
  const episodes = await readEpisodesForLook(tx, ids, now);
  const snoozes = await readSnoozes(tx, ids, now);
  // Only a clock that has run out can find a silence whose cause is asked for.
  const byClock = claims.filter((claim) => claim.isByClock).map((claim) => claim.patientId);
  const contacts = await readContacts(tx, byClock, now);
  // Whatever has caused the look: what was given up in the same instant would else be seen by the next clock only.
  const calling = ids.filter((id) => episodes.get(id)?.some(isCalling) === true);
  const said = await readSaid(tx, { ids, calling }, now);
  const inputs = new Map<number, LookInput>();
  for (const claim of claims) {
    const plan = agreed.get(claim.patientId);
    if (!plan?.pathway) continue;
    const window = {
      readings: readings.get(claim.patientId) ?? [],
      refused: refused.get(claim.patientId) ?? [],
      dailyMedians: medians.get(claim.patientId) ?? [],
      answers: answers.get(claim.patientId) ?? [],
      lastObserved: [],
    };
    const lastObserved = newest(claim.lastObserved, window);
    const own = episodes.get(claim.patientId) ?? [];
    const contact = contacts.get(claim.patientId);
    inputs.set(claim.patientId, {
      catalogue,
      plan: plan.plan,
      window: {
        ...window,
        lastObserved: [...lastObserved].map(([metric, observedAt]) => ({ metric, observedAt })),
        ...(contact && { contact }),
      },
      unlookedFrom: claim.unlookedFrom,
      recorded: recorded.get(claim.patientId) ?? [],
      episodes: own,
      snoozes: snoozes.get(claim.patientId) ?? [],
      team: plan.team,
      pathway: plan.pathway,
      ...said(claim.patientId),
      frozenPathways: own.flatMap((episode) => plan.frozenPathway(episode.pathwayId, episode.pathwayVersion) ?? []),
      now,
    });
  }
  return inputs;
}

/** Whether the ladder of an episode moves on at once when nobody could be told: grave, and waiting for a person. */
function isCalling(episode: Episode): boolean {
  return stateOf(episode) === 'waiting' && isWorse(episode.severity, 'yellow');
}

/** What patients were told, and episodes of those who call of which nobody could be told. Nothing is left out of the log but absence. */
async function readSaid(
  tx: EntityManager,
  { ids, calling }: { readonly ids: readonly number[]; readonly calling: readonly number[] },
  now: Date,
): Promise<(patientId: number) => Pick<LookInput, 'advised' | 'undelivered'>> {
  const advised = await readAdvised(tx, ids, now);
  const undelivered = await readUndelivered(tx, calling);
  return (patientId) => {
    const [told, lost] = [advised.get(patientId), undelivered.get(patientId)];
    return { ...(told && { advised: told }), ...(lost && { undelivered: lost }) };
  };
}

function newest(
  known: ReadonlyMap<Planned, Date>,
  { readings, answers }: Pick<LookInput['window'], 'readings' | 'answers'>,
): Map<Planned, Date> {
  const result = new Map(known);
  const take = (planned: Planned, observedAt: Date): void => {
    const before = result.get(planned);
    if (!before || observedAt > before) result.set(planned, observedAt);
  };
  for (const { metric, observedAt } of readings) take(metric, observedAt);
  for (const { questionnaire, observedAt } of answers) take(plannedQuestionnaire(questionnaire), observedAt);
  return result;
}
