import { DEFAULT_DEADLINES, type Cooperation, type Deadlines, type Pathway, type PathwayHole, type Route } from '@varde/routing';
import type { EntityManager } from 'typeorm';
import { PATHWAY_COLUMNS, toPathway, type PathwayRow } from '../looks/pathway-rows.js';
import { savePreflightDue } from './agreement.js';
import { Conflict, Forbidden, found, Invalid, refuseFaults } from './illegal.js';
import { checkPathwayForCommunity } from './pathway-check.js';
import type { Viewer } from './sessions.js';

/** A version of a pathway to keep; it never changes afterwards, for episodes are frozen to it. */
export interface NewPathway {
  /** Null: a new pathway; else the next version of this one. */
  readonly id: number | null;
  /** The version it was written from: refused when there is a newer one. Left out: whatever the newest is. */
  readonly seenVersion?: number;
  readonly communityId: number;
  readonly name: string;
  readonly routes: readonly Route[];
  /** Left out: every pair of organisations stands on step 1. */
  readonly cooperations?: readonly Cooperation[];
  /** Left out: those of the program. */
  readonly deadlines?: Deadlines;
  readonly inForceFrom: Date;
  /** Why it is as it is, in a person's words. */
  readonly reason?: string;
  /** Null or left out: from the command line, or made with its community. */
  readonly savedByPersonId?: number | null;
}

/** A kept version of a pathway with what it is called. */
export interface KeptPathway extends Pathway {
  readonly communityId: number;
  readonly name: string;
  readonly inForceFrom: Date;
  readonly reason: string;
  /** Null: from the command line, or made with its community. */
  readonly savedByPersonId: number | null;
  /** Null: not known. */
  readonly savedAt: Date | null;
}

const INSERT = `
  insert into pathway (id, version, community_id, name, in_force_from, routes, cooperations, deadlines, reason, saved_by_person_id, saved_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`;

/** A version that was kept, with what whoever saves it should know. */
export interface SavedPathway extends Pathway {
  readonly warnings: readonly PathwayHole[];
}

/**
 * Keeps a new pathway, or the next version of one, once it is found whole (`checkPathwayForCommunity`). Episodes that are open stay on the
 * version they were opened with; the chains of the next 14 days are walked anew.
 * @throws Invalid with every hole, or no name, or in force before the version it follows; NotFound community or pathway; Conflict a newer
 * version than the one it was written from
 */
export async function savePathway(manager: EntityManager, given: NewPathway, now: Date): Promise<SavedPathway> {
  refuseFaults([given.name.trim() === '' && 'a pathway needs a name', given.routes.length === 0 && 'a pathway needs routes']);
  return manager.transaction(async (tx) => {
    // Ids and versions are counted, not generated: two who count at once would count the same.
    await tx.query(`lock table pathway in share row exclusive mode`);
    const { communityId } = given;
    found(await tx.query<unknown[]>(`select id from community where id = $1`, [communityId]), 'community', communityId);
    const pathway = toNewVersion(await nextVersion(tx, given), given);
    const holes = await checkPathwayForCommunity(tx, { communityId, pathway, from: given.inForceFrom }, now);
    refuseFaults(holes.map(({ blocking, where, problem }) => blocking && `${where}: ${problem}`));
    await tx.query(INSERT, [
      ...[pathway.id, pathway.version, communityId, given.name.trim(), given.inForceFrom],
      ...[pathway.routes, pathway.cooperations, pathway.deadlines].map((part) => JSON.stringify(part)),
      ...[given.reason ?? '', given.savedByPersonId ?? null, now],
    ]);
    await savePreflightDue(tx, now);
    return { ...pathway, warnings: holes };
  });
}

/**
 * What saving it would answer, without saving it: every hole, refusing ones and warnings.
 * @throws NotFound community or pathway
 */
export async function checkNewPathway(manager: EntityManager, given: NewPathway, now: Date): Promise<PathwayHole[]> {
  const { communityId } = given;
  found(await manager.query<unknown[]>(`select id from community where id = $1`, [communityId]), 'community', communityId);
  const next = given.id === null ? { id: 0, version: 1 } : await nextVersion(manager, given);
  return checkPathwayForCommunity(manager, { communityId, pathway: toNewVersion(next, given), from: given.inForceFrom }, now);
}

function toNewVersion(of: Pick<Pathway, 'id' | 'version'>, given: NewPathway): Pathway {
  const { routes, cooperations = [], deadlines = DEFAULT_DEADLINES } = given;
  return { ...of, routes, cooperations, deadlines };
}

async function nextVersion(tx: EntityManager, pathway: NewPathway): Promise<{ id: number; version: number }> {
  if (pathway.id === null) {
    const [row] = await tx.query<{ id: number }[]>(`select coalesce(max(id), 0) + 1 as id from pathway`);
    return { id: row?.id ?? 1, version: 1 };
  }
  const last = found(
    await tx.query<{ version: number; in_force_from: Date }[]>(
      `select version, in_force_from from pathway where id = $1 and community_id = $2 order by version desc limit 1`,
      [pathway.id, pathway.communityId],
    ),
    'pathway',
    pathway.id,
  );
  if (pathway.seenVersion !== undefined && pathway.seenVersion !== last.version) {
    throw new Conflict(`version ${last.version} was saved after version ${pathway.seenVersion}, which this one was written from`);
  }
  if (pathway.inForceFrom < last.in_force_from) {
    throw new Invalid([`a version comes into force after the one before it, which is in force from ${last.in_force_from.toISOString()}`]);
  }
  return { id: pathway.id, version: last.version + 1 };
}

/** Refuses somebody who leads no unit of the community, unless they administrate. @throws Forbidden */
export async function refuseOutsider(manager: EntityManager, { roles, unitIds }: Viewer, communityId: number): Promise<void> {
  if (roles.includes('administrator')) return;
  const own = await manager.query<unknown[]>(
    `select u.id from unit u join unit_organisation o on o.unit_id = u.id join organisation g on g.id = o.organisation_id
     where u.id = any($1::int[]) and g.community_id = $2 limit 1`,
    [unitIds, communityId],
  );
  if (own.length === 0) throw new Forbidden('a pathway is agreed by those who work in its community');
}

interface KeptRow extends PathwayRow {
  name: string;
  in_force_from: Date;
  reason: string;
  saved_by_person_id: number | null;
  saved_at: Date | null;
}

/** Every version of every pathway of a community, newest version first. */
export async function readPathwayVersions(manager: EntityManager, communityId: number): Promise<KeptPathway[]> {
  const rows = await manager.query<KeptRow[]>(
    `select ${PATHWAY_COLUMNS}, p.name, p.in_force_from, p.reason, p.saved_by_person_id, p.saved_at
     from pathway p where p.community_id = $1 order by p.id, p.version desc`,
    [communityId],
  );
  return rows.map((row) => ({
    ...toPathway(row),
    communityId,
    name: row.name,
    inForceFrom: row.in_force_from,
    reason: row.reason,
    savedByPersonId: row.saved_by_person_id,
    savedAt: row.saved_at,
  }));
}
