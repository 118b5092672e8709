import type { TaskDraft } from '@varde/plans';
import { taskOwner } from '@varde/routing';
import type { EntityManager } from 'typeorm';
import { readGatewayPatients } from '../server/gone-gateways.js';
import { RESTS_DAYS, saveTasks } from './task-save.js';
import { readTeams } from './teams-read.js';

const KIND = 'shared-identity';
/** It is over when the broker has not seen it for so long: two boxes that wait longer and longer between their tries go on for days. */
const OVER_AFTER_MS = 3_600_000;
const DAY_MS = 86_400_000;

const SHARED = `
  select c.code || '/' || g.client_id as subject
  from gateway g join community c on c.id = g.community_id and not c.self_test
  where g.clone_suspected_at > $1 order by 1`;

const SETTLE = `
  update task set state = 'settled', closed_at = $1
  where kind = '${KIND}' and state = 'open' and not key = any($2::text[])`;

/** Open, or closed by a person a short while ago. */
const KNOWN = `
  select unit_id, key from task
  where kind = '${KIND}' and key = any($1::text[]) and (state = 'open' or (state in ('done', 'dismissed') and closed_at > $2))`;

/**
 * Raises a task for the unit of those who measure through a gateway whose identity two boxes share, once for as long as they do, and settles it
 * when it is over. No look does: the boxes may keep each other from delivering anything.
 */
export async function keepSharedIdentityTasks(tx: EntityManager, now: Date): Promise<void> {
  const shared = await tx.query<{ subject: string }[]>(SHARED, [new Date(now.getTime() - OVER_AFTER_MS)]);
  const subjects = shared.map(({ subject }) => subject);
  const keys = subjects.map(keyOf);
  await tx.query(SETTLE, [now, keys]);
  if (subjects.length === 0) return;
  const touched = await readGatewayPatients(tx, subjects, now);
  const patientIds = [...new Set(touched.flatMap((each) => each.patientIds))];
  const teams = await readTeams(tx, patientIds, now);
  const known = await tx.query<{ unit_id: number; key: string }[]>(KNOWN, [keys, new Date(now.getTime() - RESTS_DAYS * DAY_MS)]);
  const tasks = touched.flatMap(({ subject, patientIds: ids }) => {
    const owners = ids.flatMap((id) => {
      const team = teams.get(id);
      return (team && taskOwner(team, 'nurse')) ?? [];
    });
    return [...new Set(owners)].map((unitId) => ({ patientId: null, unitId, task: taskOf(subject) }));
  });
  const isKnown = (unitId: number, key: string): boolean => known.some((each) => each.unit_id === unitId && each.key === key);
  await saveTasks(
    tx,
    tasks.filter(({ unitId, task }) => !isKnown(unitId, task.key)),
    now,
  );
}

const keyOf = (subject: string): string => `${KIND}:${subject}`;

function taskOf(subject: string): TaskDraft {
  const name = subject.slice(subject.indexOf('/') + 1);
  const reason = {
    nb: `To bokser kobler seg til som gatewayen ${name} og kaster hverandre ut, eller den mister stadig forbindelsen. Målinger kan komme sent, og råd nå feil hjem. Finn den andre boksen, og gi den en egen identitet.`,
    en: `Two boxes connect as the gateway ${name} and throw each other out, or it loses its connection again and again. Measurements may come late, and advice reach the wrong home. Find the other box, and give it an identity of its own.`,
  };
  return { key: keyOf(subject), kind: KIND, ruleId: null, forRole: 'nurse', reason, dueAt: null };
}
