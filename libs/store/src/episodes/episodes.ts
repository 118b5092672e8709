import { withEpisodeId, type Episode } from '@varde/alerts';
import type { EpisodeChange } from '@varde/look';
import type { EntityManager } from 'typeorm';
import { queryPrepared, type Prepared } from '../server/prepared.js';
import { removeGuests } from './guests.js';
import { saveOffers, saveQuestions, type Answered } from './handovers.js';
import { moveAdvice, saveAdvice, withdrawAdvice, type MergedEpisode } from '../looks/home-advice.js';
import { settleAskedNotices, settleMergedNotices } from './episode-notices.js';
import { saveNotices } from './notice-rows.js';
import { saveWorklistChanges, type WorklistChangeDraft, type WorklistChangeKind } from './stream.js';

/** An episode was changed by somebody else after it was read: nothing was kept, read it again. */
export class StaleEpisode extends Error {
  override readonly name = 'StaleEpisode';

  constructor(readonly episodeIds: readonly number[]) {
    super(`changed by somebody else in the meantime: episode ${episodeIds.join(', ')}`);
  }
}

/** A change of one patient's episode. */
export interface PatientEpisodeChange {
  readonly patientId: number;
  readonly change: EpisodeChange;
  /** A person's own words that answer an offer or a question; left out: there are none. */
  readonly answer?: string;
}

/** A change whose episode has its id. */
interface Saved extends Answered {
  readonly change: EpisodeChange;
  readonly isNew: boolean;
}

/**
 * Stores changed and new episodes with everything that hangs on them (covered domains, history, findings, notices), lets guests of the team
 * go that own nothing any more, and tells the followers of the worklist. A handful of statements however many changes there are. Must be the
 * last thing its transaction does.
 * The caller holds the patients' rows of `patient_watch`; that keeps a look and a person apart, the version only proves it.
 * @returns the ids of the episodes, in the order given
 * @throws StaleEpisode when a stored episode is not older than the change
 */
export async function saveEpisodeChanges(tx: EntityManager, changes: readonly PatientEpisodeChange[], now: Date): Promise<number[]> {
  if (changes.length === 0) return [];
  const saved = await saveRows(tx, changes);
  await saveDomains(tx, saved);
  await saveOffers(tx, saved);
  await saveQuestions(tx, saved);
  await removeGuests(tx, saved, now);
  await saveSteps(tx, saved);
  await bindFindings(tx, saved);
  const notices = saved.flatMap(({ change, episodeId }) =>
    change.notices.map((draft) => ({ episodeId, draft: withEpisodeId(draft, episodeId) })),
  );
  await settleMergedNotices(tx, mergedOf(saved), now);
  await settleAskedNotices(tx, saved, now);
  await saveNotices(tx, notices, now);
  await tellPatients(tx, saved, now);
  await saveWorklistChanges(
    tx,
    saved.map((each) => toWorklistChange(each, now)),
  );
  return saved.map(({ episodeId }) => episodeId);
}

const COLUMNS: readonly (readonly [column: string, field: string, sqlName: string])[] = [
  ['patient_id', 'patientId', 'integer'],
  ['domains', 'domains', 'text[]'],
  ['severity', 'severity', 'text'],
  ['signals', 'signals', 'jsonb'],
  ['opened_at', 'openedAt', 'timestamptz'],
  ['begun_again_at', 'begunAgainAt', 'timestamptz'],
  ['last_signal_at', 'lastSignalAt', 'timestamptz'],
  ['owner_unit_id', 'ownerUnitId', 'integer'],
  ['assigned_to_person_id', 'assignedToPersonId', 'integer'],
  ['offers_made', 'offersMade', 'integer'],
  ['consultations_asked', 'consultationsAsked', 'integer'],
  ['offer_number', 'offerNumber', 'integer'],
  ['offered_to_unit_id', 'offeredToUnitId', 'integer'],
  ['follower_unit_ids', 'followerUnitIds', 'integer[]'],
  ['close_proposed', 'closeProposed', 'jsonb'],
  ['acknowledged_at', 'acknowledgedAt', 'timestamptz'],
  ['acknowledged_by_person_id', 'acknowledgedByPersonId', 'integer'],
  ['acknowledgement_ends_at', 'acknowledgementEndsAt', 'timestamptz'],
  ['cleared_at', 'clearedAt', 'timestamptz'],
  ['closed_at', 'closedAt', 'timestamptz'],
  ['closed_by_person_id', 'closedByPersonId', 'integer'],
  ['outcome', 'outcome', 'text'],
  ['merged_into_id', 'mergedIntoId', 'bigint'],
  ['relapses', 'relapses', 'integer'],
  ['pathway_id', 'pathwayId', 'integer'],
  ['pathway_version', 'pathwayVersion', 'integer'],
  ['ladder_started_at', 'ladderStartedAt', 'timestamptz'],
  ['ladder_steps_taken', 'ladderStepsTaken', 'integer'],
  ['next_step_at', 'nextStepAt', 'timestamptz'],
  ['version', 'version', 'integer'],
];
const columnList = COLUMNS.map(([column]) => column).join(', ');
const fieldList = COLUMNS.map(([, field]) => `x."${field}"`).join(', ');
const recordset = `jsonb_to_recordset($1::jsonb) as x (ordinal integer, id bigint, ${COLUMNS.map(([, field, sqlName]) => `"${field}" ${sqlName}`).join(', ')})`;

const INSERT: Prepared = {
  name: 'varde_insert_episodes',
  text: `
  with given as materialized (select nextval(pg_get_serial_sequence('episode', 'id')) as new_id, x.* from ${recordset}),
  saved as (insert into episode (id, ${columnList}) overriding system value select x.new_id, ${fieldList} from given x)
  select ordinal, new_id from given`,
};

const UPDATE: Prepared = {
  name: 'varde_update_episodes',
  text: `
  update episode e set ${COLUMNS.map(([column, field]) => `${column} = x."${field}"`).join(', ')}
  from ${recordset}
  where e.id = x.id and e.patient_id = x."patientId" and e.version < x.version
  returning e.id`,
};

async function saveRows(tx: EntityManager, changes: readonly PatientEpisodeChange[]): Promise<Saved[]> {
  const rows = changes.map(({ patientId, change: { episode } }, ordinal) => ({
    ...episode,
    patientId,
    ordinal,
    offerNumber: episode.offer?.number ?? null,
    offeredToUnitId: episode.offer?.toUnitId ?? null,
  }));
  const idOf = new Map<number, number>();
  const fresh = rows.filter(({ id }) => id === 0);
  if (fresh.length > 0) {
    const inserted = await queryPrepared<{ ordinal: number; new_id: string }>(tx, INSERT, [JSON.stringify(fresh)], fresh.length);
    for (const row of inserted) idOf.set(row.ordinal, Number(row.new_id));
  }
  const known = rows.filter(({ id }) => id !== 0);
  if (known.length > 0) {
    const updated = await queryPrepared<{ id: string }>(tx, UPDATE, [JSON.stringify(known)], known.length);
    const done = new Set(updated.map(({ id }) => Number(id)));
    const stale = known.filter(({ id }) => !done.has(id));
    if (stale.length > 0) throw new StaleEpisode(stale.map(({ id }) => id));
  }
  return changes.map(({ change, answer = null }, ordinal) => {
    const { episode, steps } = change;
    const isNew = episode.id === 0;
    return { change, isNew, episode, steps, answer, episodeId: isNew ? (idOf.get(ordinal) ?? 0) : episode.id };
  });
}

const LET_GO: Prepared = {
  name: 'varde_let_go_domains',
  text: `
  delete from episode_domain d using unnest($1::bigint[]) as changed (episode_id)
  where d.episode_id = changed.episode_id
    and not exists (select from unnest($2::bigint[], $3::text[]) as held (episode_id, domain)
                    where held.episode_id = d.episode_id and held.domain = d.domain)`,
};

// A domain that another open episode holds is no conflict to be passed over: the unique key refuses the whole change.
const HOLD: Prepared = {
  name: 'varde_hold_domains',
  text: `
  insert into episode_domain (patient_id, domain, episode_id)
  select held.patient_id, held.domain, held.episode_id
  from unnest($1::bigint[], $2::text[], $3::integer[]) as held (episode_id, domain, patient_id)
  where not exists (select from episode_domain d where d.episode_id = held.episode_id and d.domain = held.domain)`,
};

async function saveDomains(tx: EntityManager, saved: readonly Saved[]): Promise<void> {
  const held = saved
    .filter(({ change }) => change.episode.closedAt === null)
    .flatMap(({ change: { episode }, episodeId }) =>
      episode.domains.map((domain) => ({ episodeId, domain, patientId: episode.patientId })),
    );
  const ids = held.map((each) => each.episodeId);
  const domains = held.map((each) => each.domain);
  const changed = saved.filter(({ isNew }) => !isNew).map(({ episodeId }) => episodeId);
  if (changed.length > 0) await queryPrepared(tx, LET_GO, [changed, ids, domains], changed.length);
  if (held.length > 0) await queryPrepared(tx, HOLD, [ids, domains, held.map((each) => each.patientId)], held.length);
}

const STEPS: Prepared = {
  name: 'varde_episode_steps',
  text: `
  insert into episode_step (episode_id, at, kind, by_person_id, reason_nb, reason_en)
  select * from unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::integer[], $5::text[], $6::text[])`,
};

async function saveSteps(tx: EntityManager, saved: readonly Saved[]): Promise<void> {
  const steps = saved.flatMap(({ change, episodeId }) => change.steps.map((step) => ({ episodeId, step })));
  if (steps.length === 0) return;
  await queryPrepared(
    tx,
    STEPS,
    [
      steps.map(({ episodeId }) => episodeId),
      steps.map(({ step }) => step.at),
      steps.map(({ step }) => step.kind),
      steps.map(({ step }) => step.byPersonId),
      steps.map(({ step }) => step.reason.nb),
      steps.map(({ step }) => step.reason.en),
    ],
    steps.length,
  );
}

const BIND_FINDINGS: Prepared = {
  name: 'varde_bind_findings',
  text: `
  update finding f set episode_id = x.episode_id
  from unnest($1::bigint[], $2::integer[], $3::text[], $4::text[], $5::text[]) as x (episode_id, patient_id, rule_id, anchor, result)
  where f.patient_id = x.patient_id and f.rule_id = x.rule_id and f.anchor = x.anchor and f.result = x.result and f.episode_id is null`,
};

/** Findings are written before the episodes they belong to have an id. */
async function bindFindings(tx: EntityManager, saved: readonly Saved[]): Promise<void> {
  const findings = saved.flatMap(({ change, episodeId }) =>
    change.findings.map((finding) => ({ episodeId, patientId: change.episode.patientId, finding })),
  );
  if (findings.length === 0) return;
  await queryPrepared(
    tx,
    BIND_FINDINGS,
    [
      findings.map(({ episodeId }) => episodeId),
      findings.map(({ patientId }) => patientId),
      findings.map(({ finding }) => finding.ruleId),
      findings.map(({ finding }) => finding.anchor),
      findings.map(({ finding }) => finding.result),
    ],
    findings.length,
  );
}

const mergedOf = (saved: readonly Saved[]): MergedEpisode[] =>
  saved.flatMap(({ episode: { mergedIntoId }, episodeId, steps }) =>
    mergedIntoId !== null && steps.some(({ kind }) => kind === 'merged') ? [{ episodeId, intoId: mergedIntoId }] : [],
  );

async function tellPatients(tx: EntityManager, saved: readonly Saved[], now: Date): Promise<void> {
  await moveAdvice(tx, mergedOf(saved));
  const closed = saved.filter(({ change }) => change.episode.closedAt !== null).map(({ episodeId }) => episodeId);
  await withdrawAdvice(tx, closed, now);
  const advice = saved.flatMap(({ change: { episode, advice: drafts = [] }, episodeId }) =>
    drafts.map((draft) => ({ patientId: episode.patientId, episodeId, draft })),
  );
  await saveAdvice(tx, advice, now);
}

function toWorklistChange({ change, episodeId, isNew }: Saved, now: Date): WorklistChangeDraft {
  const { episode, steps } = change;
  const last = steps.at(-1)?.kind;
  return {
    at: now,
    patientId: episode.patientId,
    episodeId,
    unitId: episode.ownerUnitId,
    kind: kindOf(episode, isNew, last),
  };
}

function kindOf({ closedAt, mergedIntoId }: Episode, isNew: boolean, lastStep: string | undefined): WorklistChangeKind {
  if (lastStep === 'snoozed' || lastStep === 'snooze_undone') return lastStep;
  if (closedAt !== null) return mergedIntoId === null ? 'closed' : 'merged';
  return isNew ? 'opened' : 'changed';
}
