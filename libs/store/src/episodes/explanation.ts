import { Baselines, type Catalogue, type Severity } from '@varde/rules';
import type { EntityManager } from 'typeorm';
import { readDailyMedians } from '../looks/watch-window.js';
import { readCarePlans } from '../looks/plans-read.js';
import type { Viewer } from '../directory/sessions.js';
import { readReadingsOfMeasurements, type ReadingLine } from './episode-lines.js';
import { readEpisodeStory, WITH_ABSORBED, type EpisodeStory, type StoryFinding } from './episode-story.js';

/** A finding of an episode, or one of its areas and time that nobody was told of: it did not fire, was kept quiet, or came too late. */
export interface ExplainedFinding extends StoryFinding {
  readonly anchor: string;
  readonly superseded: boolean;
  readonly pendingUntil: Date | null;
  /** False: it belongs to no episode, because it did not fire or nobody was to be told. */
  readonly isOfEpisode: boolean;
}

/** A rule that was kept quiet for a while. */
export interface PastSnooze {
  readonly ruleId: string;
  /** Nothing worse was kept quiet by it. */
  readonly severity: Severity;
  readonly from: Date;
  /** When it ended, also by being undone. */
  readonly until: Date;
  readonly reason: string;
  readonly by: string;
}

/** Everything an explanation of an episode is told from. */
export interface ExplanationFacts {
  readonly story: EpisodeStory;
  readonly zone: string;
  readonly findings: readonly ExplainedFinding[];
  readonly readings: readonly ReadingLine[];
  readonly snoozes: readonly PastSnooze[];
  /** Names of those who own limits, by id. */
  readonly people: ReadonlyMap<number, string>;
  readonly units: ReadonlyMap<number, string>;
  /** The patient's personal baselines, from the days as they are summarised now. */
  readonly baselines: Baselines;
}

const FINDINGS = `
  select rule_id as "ruleId", rule_version as "ruleVersion", domain, result, severity, at, received_at as "receivedAt",
    judged_at as "judgedAt", reading_ids as "readingIds", limits, reason_nb as nb, reason_en as en, anchor, superseded,
    pending_until as "pendingUntil", episode_id is not null as "isOfEpisode"
  from finding
  where episode_id in ${WITH_ABSORBED}
    or (patient_id = $2 and episode_id is null and domain = any($3) and at between $4 and $5 and result <> 'pending')
  order by at, id`;

/** How long before its beginning what nobody was told of still belongs to the explanation. */
const BEFORE_MS = 24 * 3_600_000;

/**
 * Reads what an explanation of an episode is told from.
 * @throws NotFound when there is none among the patients the person may see
 */
export async function readExplanationFacts(
  manager: EntityManager,
  viewer: Viewer,
  episodeId: number,
  { catalogue, now }: { readonly catalogue: Catalogue; readonly now: Date },
): Promise<ExplanationFacts> {
  const story = await readEpisodeStory(manager, viewer, episodeId, now);
  const { patientId, openedAt, closedAt, domains } = story.episode;
  const from = new Date(Math.min(openedAt.getTime(), ...story.findings.map(({ at }) => at.getTime())) - BEFORE_MS);
  const rows = await manager.query<(Omit<ExplainedFinding, 'readingIds' | 'reason'> & { readingIds: string[]; nb: string; en: string })[]>(
    FINDINGS,
    [episodeId, patientId, domains, from, closedAt ?? now],
  );
  const findings = rows.map(({ readingIds, nb, en, ...rest }) => ({ ...rest, readingIds: readingIds.map(Number), reason: { nb, en } }));
  const plans = await readCarePlans(manager, [patientId], now);
  const zone = plans.get(patientId)?.plan.zone ?? 'UTC';
  const medians = await readDailyMedians(manager, [{ patientId, zone, unlookedFrom: from }], plans, {
    metrics: catalogue.baselineMetrics,
    now,
  });
  return {
    story,
    zone,
    findings,
    readings: await readReadingsOfMeasurements(manager, [...new Set(findings.flatMap((finding) => finding.readingIds))]),
    snoozes: await readPastSnoozes(manager, patientId, from, closedAt ?? now),
    ...(await readOwners(manager, findings)),
    baselines: new Baselines(medians.get(patientId)?.dailyMedians ?? [], catalogue.spreadFloors),
  };
}

async function readPastSnoozes(manager: EntityManager, patientId: number, from: Date, to: Date): Promise<PastSnooze[]> {
  return manager.query<PastSnooze[]>(
    `select s.rule_id as "ruleId", s.severity, s.from_at as "from", least(s.until, s.undone_at) as until, s.reason, p.name as by
     from snooze s join person p on p.id = s.by_person_id
     where s.patient_id = $1 and s.from_at <= $3 and least(s.until, s.undone_at) >= $2 order by s.from_at, s.id`,
    [patientId, from, to],
  );
}

async function readOwners(
  manager: EntityManager,
  findings: readonly ExplainedFinding[],
): Promise<Pick<ExplanationFacts, 'people' | 'units'>> {
  const limits = findings.flatMap((finding) => finding.limits);
  const idsOf = (source: 'personal' | 'unit') => [
    ...new Set(limits.filter((limit) => limit.source === source).flatMap(({ ownerId }) => ownerId ?? [])),
  ];
  const named = async (table: 'person' | 'unit', ids: readonly number[]) => {
    const rows = await manager.query<{ id: number; name: string }[]>(`select id, name from ${table} where id = any($1::int[])`, [ids]);
    return new Map(rows.map(({ id, name }) => [id, name]));
  };
  return { people: await named('person', idsOf('personal')), units: await named('unit', idsOf('unit')) };
}
