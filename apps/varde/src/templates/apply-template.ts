import { saveCommunity, saveOrganisation, savePathway, savePatient, savePerson, saveUnit } from '@varde/store';
import type { EntityManager } from 'typeorm';
import type { Template } from './template.js';

/** How a template is set up. */
export interface Applying {
  /** Code of the community; null: the template's own. */
  readonly code: string | null;
  readonly now: Date;
  /** The hash of a new person's password. */
  passwordHashOf(username: string): Promise<string>;
}

/** What was set up, by the template's keys. */
export interface Applied {
  readonly communityId: number;
  readonly code: string;
  readonly pathwayId: number;
  readonly organisations: ReadonlyMap<string, number>;
  readonly units: ReadonlyMap<string, number>;
  readonly people: ReadonlyMap<string, { readonly id: number; readonly username: string }>;
  readonly patients: ReadonlyMap<string, number>;
}

/** What has been set up so far. */
interface Ground extends Applied {
  readonly template: Template;
  readonly organisations: Map<string, number>;
  readonly units: Map<string, number>;
  readonly people: Map<string, { readonly id: number; readonly username: string }>;
  readonly patients: Map<string, number>;
  readonly now: Date;
}

/**
 * Sets up a community of the template, through the same functions as the API and the command line; all of it or nothing.
 * @throws Conflict when there is a community of this code
 */
export async function applyTemplate(manager: EntityManager, template: Template, applying: Applying): Promise<Applied> {
  const code = applying.code ?? template.code;
  const { now } = applying;
  // Before the transaction: hashing takes its time.
  const hashes = new Map<string, string>();
  for (const { key } of template.people) hashes.set(key, await applying.passwordHashOf(usernameOf(key, code)));
  return manager.transaction(async (tx) => {
    const founded = await saveCommunity(tx, { code, name: template.community, pathway: null }, now);
    const none = { organisations: new Map(), units: new Map(), people: new Map(), patients: new Map() };
    const ground: Ground = { ...founded, code, template, now, ...none };
    await applyOrganisations(tx, ground);
    await applyPathway(tx, ground);
    await applyPeople(tx, ground, hashes);
    await applyPatients(tx, ground);
    const { communityId, pathwayId, organisations, units, people, patients } = ground;
    return { communityId, code, pathwayId, organisations, units, people, patients };
  });
}

/** Two communities of one template have people of their own. */
function usernameOf(key: string, code: string): string {
  return `${key}.${code}`;
}

async function applyOrganisations(tx: EntityManager, { template, communityId, organisations, units }: Ground): Promise<void> {
  for (const { key, name } of template.organisations) organisations.set(key, await saveOrganisation(tx, { communityId, name }));
  for (const { key, name, careLevel, organisations: owners, hours } of template.units) {
    const organisationId = idOf(organisations, owners[0] ?? '');
    units.set(key, await saveUnit(tx, { organisationId, name, careLevel, zone: template.zone, openingHours: hours, webhook: null }));
  }
}

/** The template's pathway is the second version; the first is the catalogue's, for a community cannot be without one. */
async function applyPathway(tx: EntityManager, { template, communityId, pathwayId, now }: Ground): Promise<void> {
  const routes = template.pathway.routes.filter(({ when }) => when === null).map((route) => ({ ...route, when: null }));
  await savePathway(tx, { id: pathwayId, communityId, name: template.pathway.name, routes, inForceFrom: now });
}

async function applyPeople(tx: EntityManager, ground: Ground, hashes: ReadonlyMap<string, string>): Promise<void> {
  for (const { key, name, roles, units } of ground.template.people) {
    const username = usernameOf(key, ground.code);
    const unitIds = units.map((unit) => idOf(ground.units, unit));
    const id = await savePerson(tx, { username, name, roles, unitIds, passwordHash: hashes.get(key) ?? '' }, ground.now);
    ground.people.set(key, { id, username });
  }
}

async function applyPatients(tx: EntityManager, { template, communityId, pathwayId, units, patients, now }: Ground): Promise<void> {
  for (const { key, name, birthYear, programmes, team } of template.patients) {
    const unitIds = team.map((unit) => idOf(units, unit));
    patients.set(key, await savePatient(tx, { communityId, name, birthYear, zone: template.zone, unitIds, programmes, pathwayId }, now));
  }
}

function idOf(ids: ReadonlyMap<string, number>, key: string): number {
  const id = ids.get(key);
  if (id === undefined) throw new RangeError(`the template names ${key}, which was not set up`);
  return id;
}
