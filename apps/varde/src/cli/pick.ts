import { NotFound, readCommunities, readOrganisations, readUnits, refuseUnknownPatient, type Community, type KeptUnit } from '@varde/store';
import type { EntityManager } from 'typeorm';
import { UsageError, type Option } from './command.js';

/** Which community a command works in. */
export const COMMUNITY_OPTION: Readonly<Record<string, Option>> = {
  community: { type: 'string', value: '<code>', meaning: 'which community; not needed while there is only one' },
};

/** The community of this code, or the only one. @throws NotFound; UsageError when there are several */
export async function pickCommunity(manager: EntityManager, code: string | null): Promise<Community> {
  const communities = await readCommunities(manager);
  if (code !== null) {
    const named = communities.find((community) => community.code === code);
    if (named === undefined) throw new NotFound('community', code);
    return named;
  }
  const [only, ...others] = communities;
  if (only === undefined) throw new UsageError('there is no community yet; begin with: varde init');
  if (others.length > 0) throw new UsageError(`say which with --community: ${communities.map((each) => each.code).join(', ')}`);
  return only;
}

/** The unit of this id. @throws NotFound */
export async function pickUnit(manager: EntityManager, id: number): Promise<KeptUnit> {
  const unit = (await readUnits(manager)).find((each) => each.id === id);
  if (unit === undefined) throw new NotFound('unit', id);
  return unit;
}

/** An id to list by, or null for all, when there is such a unit: an empty list is an all-clear. @throws NotFound */
export async function knownUnit<Id extends number | null>(manager: EntityManager, id: Id): Promise<Id> {
  if (id !== null) await pickUnit(manager, id);
  return id;
}

/** An id to list by, or null for all, when there is such a patient: an empty list is an all-clear. @throws NotFound */
export async function knownPatient<Id extends number | null>(manager: EntityManager, id: Id): Promise<Id> {
  if (id !== null) await refuseUnknownPatient(manager, id);
  return id;
}

/** The organisation of this name in the community, null when there is none; without a name the only one. @throws UsageError */
export async function pickOrganisation(manager: EntityManager, communityId: number, name: string | null): Promise<number | null> {
  const organisations = (await readOrganisations(manager)).filter((each) => each.communityId === communityId);
  if (name !== null) return organisations.find((each) => each.name === name)?.id ?? null;
  const [only, ...others] = organisations;
  if (only !== undefined && others.length === 0) return only.id;
  throw new UsageError(
    only === undefined
      ? '--organisation is missing'
      : `say which with --organisation: ${organisations.map((each) => each.name).join(', ')}`,
  );
}
