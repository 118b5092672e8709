import { taskOwner } from '@varde/routing';
import type { Severity, Words } from '@varde/rules';
import type { EntityManager } from 'typeorm';
import { saveTask } from '../looks/task-save.js';
import { readTeams } from '../looks/teams-read.js';
import { saveNotices, type EpisodeNotice } from './notice-rows.js';
import { saveWorklistChanges } from './stream.js';

/** Kind of the task that says what a rule found while it was kept quiet. */
const SNOOZE_TASK = 'snooze-ended';
const SNOOZES_AT_ONCE = 100;

interface EndedRow {
  id: number;
  patient_id: number;
  rule_id: string;
  severity: Severity;
  until: Date;
  episode_id: string | null;
  owner_unit_id: number | null;
  stands: boolean;
  /** It has fired since it was clear, and the episode has not counted it. */
  unheard: boolean;
  fired: number;
  reason_nb: string | null;
  reason_en: string | null;
}

// What ended a day ago has been told of by what came since. The row of the snooze is the lock: each is told once however many ask. A firing
// that was graver than the open episode is in no episode (it would have made that worse in silence), and its signal does not stand.
const ENDED = `
  select s.id, s.patient_id, s.rule_id, s.severity, s.until, e.id as episode_id, e.owner_unit_id, coalesce(e.stands, false) as stands,
    coalesce(e.unheard, false) as unheard,
    (select count(*)::int from finding f where f.patient_id = s.patient_id and f.rule_id = s.rule_id and f.result in ('fire', 'fire_unconfirmed')
       and f.judged_at >= s.from_at and f.judged_at < s.until) as fired,
    last.reason_nb, last.reason_en
  from snooze s
  left join lateral (
    select e.id, e.owner_unit_id, exists (
      select from jsonb_array_elements(e.signals) g where g->>'ruleId' = s.rule_id and (g->>'standing')::boolean) as stands, exists (
      select from finding f
      where f.patient_id = s.patient_id and f.rule_id = s.rule_id and f.result in ('fire', 'fire_unconfirmed') and f.episode_id is null
        and f.judged_at >= s.from_at and f.judged_at < s.until and f.at > all (
          select (g->>'clearedAt')::timestamptz from jsonb_array_elements(e.signals) g
          where g->>'ruleId' = s.rule_id and g->>'clearedAt' is not null)) as unheard
    from episode e where e.patient_id = s.patient_id and e.closed_at is null
      and exists (select from jsonb_array_elements(e.signals) g where g->>'ruleId' = s.rule_id)
    order by e.id desc limit 1
  ) e on true
  left join lateral (
    select f.reason_nb, f.reason_en from finding f where f.patient_id = s.patient_id and f.rule_id = s.rule_id and f.result in ('fire', 'fire_unconfirmed')
      and f.judged_at < s.until order by f.judged_at desc, f.id desc limit 1
  ) last on true
  where s.undone_at is null and s.end_told_at is null and s.until <= $1 and s.until > $1 - interval '1 day'
  order by s.until, s.id limit ${SNOOZES_AT_ONCE} for update of s skip locked`;

/**
 * Says of each snooze that has run out, once, whether its rule still stands, or has fired unheard: to the owner of the open episode by a
 * notice; when none is open and the rule has fired meanwhile, by a task. A rule that has been silent is let go without a word. Answers how many
 * were told of.
 */
export async function tellEndedSnoozes(tx: EntityManager, now: Date): Promise<number> {
  const ended = await tx.query<EndedRow[]>(ENDED, [now]);
  if (ended.length === 0) return 0;
  await tx.query(`update snooze set end_told_at = $2 where id = any($1::int[])`, [ended.map(({ id }) => id), now]);
  const standing = ended.filter(({ episode_id: episodeId, stands, unheard, fired }) =>
    episodeId === null ? fired > 0 : stands || unheard,
  );
  await saveNotices(
    tx,
    standing.flatMap((row) => toNotice(row, now) ?? []),
    now,
  );
  await saveTasks(
    tx,
    standing.filter((row) => row.episode_id === null),
    now,
  );
  const changes = standing.map(({ patient_id: patientId, episode_id: id, owner_unit_id: unitId }) => ({
    at: now,
    patientId,
    episodeId: id === null ? null : Number(id),
    unitId,
    kind: 'changed' as const,
  }));
  // Last: it holds a lock until the commit.
  await saveWorklistChanges(tx, changes);
  return standing.length;
}

function wordsOf({ rule_id: ruleId, stands, fired, reason_nb: nb, reason_en: en }: EndedRow): Words {
  const times = { nb: fired === 1 ? 'én gang' : `${fired} ganger`, en: fired === 1 ? 'once' : `${fired} times` };
  const meanwhile = fired === 0 ? { nb: '', en: '' } : { nb: ` (slo ut ${times.nb} imens)`, en: ` (it fired ${times.en} meanwhile)` };
  return {
    nb: `${ruleId} varsler igjen: den var stilt${stands ? ' og står fortsatt' : ''}${meanwhile.nb}${nb === null ? '' : `. Sist: ${nb}`}`,
    en: `${ruleId} may tell again: it was kept quiet${stands ? ' and still stands' : ''}${meanwhile.en}${en === null ? '' : `. Last: ${en}`}`,
  };
}

function toNotice(row: EndedRow, now: Date): EpisodeNotice | null {
  const { id, episode_id: episodeId, owner_unit_id: unitId, severity } = row;
  if (episodeId === null || unitId === null) return null;
  const key = `${episodeId}/snooze_ended/${id}`;
  return { episodeId: Number(episodeId), draft: { key, cause: 'snooze_ended', severity, unitId, at: now, text: wordsOf(row) } };
}

async function saveTasks(tx: EntityManager, rows: readonly EndedRow[], now: Date): Promise<void> {
  if (rows.length === 0) return;
  const teams = await readTeams(
    tx,
    rows.map((row) => row.patient_id),
    now,
  );
  for (const row of rows) {
    const { patient_id: patientId, rule_id: ruleId, id, until: dueAt } = row;
    const team = teams.get(patientId);
    const unitId = team ? taskOwner(team, 'nurse') : null;
    if (unitId === null) continue;
    const task = { key: `${SNOOZE_TASK}:${id}`, kind: SNOOZE_TASK, ruleId, forRole: 'nurse' as const, reason: wordsOf(row), dueAt };
    await saveTask(tx, { patientId, unitId, task }, now);
  }
}
