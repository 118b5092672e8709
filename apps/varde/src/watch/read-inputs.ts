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
  readKnownPlans,
  readReadings,
  readRecorded,
  readRefusedValues,
  readSnoozes,
  readUndelivered,
  together,
  type ReadMedians,
  type SummarisedClaim,
} from '@varde/store';
import type { EntityManager } from 'typeorm';

/**
 * Everything the looks at these patients may know, in a few statements however many they are, most of them sent together. A patient for whom no
 * pathway is in force is left out.
 */
export async function readInputs(
  tx: EntityManager,
  catalogue: Catalogue,
  claims: readonly SummarisedClaim[],
  now: Date,
): Promise<Map<number, LookInput>> {
  const read = await readAll(tx, catalogue, claims, now);
  const inputs = new Map<number, LookInput>();
  for (const claim of claims) {
    const input = inputOf(claim, read, { catalogue, now });
    if (input !== null) inputs.set(claim.patientId, input);
  }
  return inputs;
}

async function readAll(tx: EntityManager, catalogue: Catalogue, claims: readonly SummarisedClaim[], now: Date) {
  const ids = claims.map((claim) => claim.patientId);
  // Only a clock that has run out can find a silence whose cause is asked for.
  const byClock = claims.filter((claim) => claim.isByClock).map((claim) => claim.patientId);
  const [agreed, readings, answers, refused, episodes, snoozes, contacts, advised] = await together([
    readKnownPlans(tx, claims, now),
    readReadings(tx, claims, catalogue.metrics, now),
    readAnswers(tx, claims, now),
    readRefusedValues(tx, ids, now),
    readEpisodesForLook(tx, ids, now),
    readSnoozes(tx, ids, now),
    readContacts(tx, byClock, now),
    readAdvised(tx, ids, now),
  ]);
  const recordedFrom = claims.map(
    ({ patientId, zone, unlookedFrom }) => new Date(recordedFromMs(windowBounds(zone, unlookedFrom, now), refused.get(patientId) ?? [])),
  );
  const silenceRules = catalogue.rules.filter((rule) => rule.domain === 'silence').map((rule) => rule.id);
  // Whatever has caused the look: what was given up in the same instant would else be seen by the next clock only.
  const calling = ids.filter((id) => episodes.get(id)?.some(isCalling) === true);
  const [medians, recorded, undelivered] = await together([
    readDailyMedians(tx, claims, agreed, { metrics: catalogue.baselineMetrics, now }),
    readRecorded(tx, ids, silenceRules, recordedFrom),
    readUndelivered(tx, calling),
  ]);
  return { agreed, readings, answers, refused, episodes, snoozes, contacts, advised, medians, recorded, undelivered };
}

const NO_MEDIANS: ReadMedians = { dailyMedians: [] };

type ReadForAll = Awaited<ReturnType<typeof readAll>>;

function inputOf(claim: SummarisedClaim, read: ReadForAll, { catalogue, now }: Pick<LookInput, 'catalogue' | 'now'>): LookInput | null {
  const { patientId, unlookedFrom } = claim;
  const agreed = read.agreed.get(patientId);
  if (!agreed?.pathway) return null;
  const { plan, team, pathway, frozenPathway } = agreed;
  const window = {
    readings: read.readings.get(patientId) ?? [],
    refused: read.refused.get(patientId) ?? [],
    ...(read.medians.get(patientId) ?? NO_MEDIANS),
    answers: read.answers.get(patientId) ?? [],
  };
  const lastObserved = [...newest(claim.lastObserved, window)].map(([metric, observedAt]) => ({ metric, observedAt }));
  const contact = read.contacts.get(patientId);
  const episodes = read.episodes.get(patientId) ?? [];
  return {
    catalogue,
    plan,
    window: { ...window, lastObserved, ...(contact && { contact }) },
    unlookedFrom,
    recorded: read.recorded.get(patientId) ?? [],
    episodes,
    snoozes: read.snoozes.get(patientId) ?? [],
    team,
    pathway,
    ...saidTo(read.advised.get(patientId), read.undelivered.get(patientId)),
    frozenPathways: episodes.flatMap((episode) => frozenPathway(episode.pathwayId, episode.pathwayVersion) ?? []),
    now,
  };
}

/** Whether the ladder of an episode moves on at once when nobody could be told: grave, and waiting for a person. */
export function isCalling(episode: Episode): boolean {
  return stateOf(episode) === 'waiting' && isWorse(episode.severity, 'yellow');
}

/** What a patient was told, and the episodes that call of which nobody could be told. Nothing is left out of the log but absence. */
export function saidTo(advised: LookInput['advised'], undelivered: LookInput['undelivered']): Pick<LookInput, 'advised' | 'undelivered'> {
  return { ...(advised && { advised }), ...(undelivered && { undelivered }) };
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
