import { closelyFollowedFrom } from '@varde/alerts';
import { PAUSE_REMINDS_BEFORE_MS, pauseMomentDue, pauseWordsForHome, pauseWordsForTeam, type PauseMoment } from '@varde/look';
import type { Pause } from '@varde/plans';
import type { CareLevel } from '@varde/routing';
import type { EntityManager } from 'typeorm';
import { readEpisodesForLook } from '../episodes/episode-rows.js';
import { saveWorklistChanges } from '../episodes/stream.js';
import { saveAdvice } from '../looks/home-advice.js';
import { saveTask } from '../looks/task-save.js';

const HOUR_MS = 3_600_000;
/** Kind of the tasks that tell a unit of a pause. */
const PAUSE_TASK = 'pause';
/** How long units see that a pause has ended, and a home that is away is still told. */
const ENDED_SHOWN_MS = 24 * HOUR_MS;
const PAUSES_AT_ONCE = 100;

interface PauseRow {
  id: number;
  patient_id: number;
  zone: string;
  kind: Pause['kind'];
  from_at: Date;
  to_at: Date;
  told: PauseMoment[];
}

// Only those of which something is due, so that none waits behind a hundred others; which moment it is, `pauseMomentDue` says. What ended a
// week ago is told to nobody; the row of the pause is the lock, so that two who ask do not wait for each other. A pause that another one follows
// at once does not end for anybody: the patient goes on not measuring. What ended first is told first, so that the last word at home is the
// newest.
const DUE = `
  select p.id, p.patient_id, n.zone, p.kind, p.from_at, p.to_at, array(select t.moment from pause_told t where t.pause_id = p.id) as told
  from pause p join patient n on n.id = p.patient_id
  where p.from_at <= $1 and p.to_at > p.from_at and p.to_at > $1 - interval '7 days' and (n.monitored_to is null or n.monitored_to > $1)
    and not exists (select from pause_told t where t.pause_id = p.id and t.moment = 'ended')
    and (p.to_at > $1 and not exists (select from pause_told t where t.pause_id = p.id and t.moment = 'began')
      or not exists (select from pause q where q.patient_id = p.patient_id and q.from_at <= p.to_at and q.to_at > p.to_at)
      and (p.to_at <= $1
        or p.to_at - make_interval(secs => least(${PAUSE_REMINDS_BEFORE_MS / 1_000}, extract(epoch from p.to_at - p.from_at)::float8 / 4)) <= $1
          and not exists (select from pause_told t where t.pause_id = p.id and t.moment = 'ends_soon')))
  order by p.to_at, p.from_at, p.id limit ${PAUSES_AT_ONCE} for update of p skip locked`;

/**
 * Tells those whom pauses concern, once each, that one has begun, is about to end, or has ended: every unit of the patient's team by a line
 * on its list of tasks and a change of the worklist, the patient at home. Lines that have served their time settle. Answers how many it told of.
 */
export async function tellPauses(tx: EntityManager, now: Date): Promise<number> {
  await tx.query(`update task set state = 'settled', closed_at = $1 where kind = '${PAUSE_TASK}' and state = 'open' and due_at <= $1`, [
    now,
  ]);
  const rows = await tx.query<PauseRow[]>(DUE, [now]);
  const due = await saveTold(
    tx,
    rows.flatMap((row) => {
      const moment = pauseMomentDue({ from: row.from_at, to: row.to_at }, row.told, now);
      return moment === null ? [] : [{ row, moment }];
    }),
    now,
  );
  const patientIds = [...new Set(due.map(({ row }) => row.patient_id))];
  const episodes = patientIds.length === 0 ? new Map<number, never[]>() : await readEpisodesForLook(tx, patientIds, now);
  for (const each of due) {
    await tellPause(tx, { ...each, isFollowed: closelyFollowedFrom(episodes.get(each.row.patient_id) ?? []) !== null }, now);
  }
  const changes = due.map(({ row }) => ({ at: now, patientId: row.patient_id, episodeId: null, unitId: null, kind: 'changed' as const }));
  // Last: it holds a lock until the commit.
  await saveWorklistChanges(tx, changes);
  return due.length;
}

interface Telling {
  readonly row: PauseRow;
  readonly moment: PauseMoment;
}

/** Keeps what is told now; answers those of it that nobody has told of since it was read: a lock does not show what was told before it was had. */
async function saveTold(tx: EntityManager, due: readonly Telling[], now: Date): Promise<Telling[]> {
  const saved = await tx.query<{ pause_id: number }[]>(
    `insert into pause_told (pause_id, moment, at) select id, moment, $3 from unnest($1::integer[], $2::text[]) as d (id, moment)
     on conflict do nothing returning pause_id`,
    [due.map(({ row }) => row.id), due.map(({ moment }) => moment), now],
  );
  return due.filter(({ row }) => saved.some((each) => each.pause_id === row.id));
}

async function tellPause(
  tx: EntityManager,
  { row, moment, isFollowed }: Telling & { readonly isFollowed: boolean },
  now: Date,
): Promise<void> {
  const { id, patient_id: patientId, zone, kind, to_at: to } = row;
  await tx.query(
    `update task set state = 'settled', closed_at = $3 where patient_id = $1 and kind = $4 and state = 'open' and key like $2`,
    [patientId, `pause-%:${id}:%`, now, PAUSE_TASK],
  );
  const units = await tx.query<{ id: number; care_level: CareLevel }[]>(
    `select u.id, u.care_level from team_unit t join unit u on u.id = t.unit_id where t.patient_id = $1 order by u.id`,
    [patientId],
  );
  const dueAt = moment === 'ended' ? new Date(now.getTime() + ENDED_SHOWN_MS) : to;
  for (const unit of units) {
    const forRole = unit.care_level === 'gp' || unit.care_level === 'hospital_outpatient' ? 'physician' : 'nurse';
    const common = { kind: PAUSE_TASK, ruleId: null, forRole, reason: pauseWordsForTeam(moment, { kind, to }, zone), dueAt } as const;
    await saveTask(tx, { patientId, unitId: unit.id, task: { ...common, key: `pause-${moment}:${id}:${unit.id}` } }, now);
  }
  const text = pauseWordsForHome(moment, { to, isFollowed }, zone);
  const draft = {
    key: `pause/${id}/${moment}`,
    kind: 'green' as const,
    text,
    answers: ['seen' as const],
    mustAnswer: false,
    ofUseUntil: dueAt,
    measurementId: null,
  };
  await saveAdvice(tx, [{ patientId, episodeId: null, draft }], now);
}
