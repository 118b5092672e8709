import { randomBytes } from 'node:crypto';
import { localDay } from '@varde/plans';
import {
  changeRosterKept,
  changeUnitOwners,
  saveCommunity,
  saveContact,
  saveOrganisation,
  savePathway,
  savePatient,
  savePerson,
  saveUnit,
  saveUnitService,
  saveWeeklyRoster,
} from '@varde/store';
import type { EntityManager } from 'typeorm';
import { pathwayWithIds } from './pathway-with-ids.js';
import type { Template } from './template.js';

const DAY_MS = 86_400_000;
/** Preflight looks two weeks ahead; a roster that ends there would be a hole at once. */
const ROSTER_WEEKS = 12;

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
    await applyUnits(tx, ground);
    await applyPeople(tx, ground, hashes);
    await applyDuty(tx, ground);
    await applyContacts(tx, ground);
    await applyPatients(tx, ground);
    const { communityId, pathwayId, organisations, units, people, patients } = ground;
    return { communityId, code, pathwayId, organisations, units, people, patients };
  });
}

/** Two communities of one template have people of their own. */
function usernameOf(key: string, code: string): string {
  return `${key}.${code}`;
}

async function applyOrganisations(tx: EntityManager, { template, communityId, organisations }: Ground): Promise<void> {
  for (const { key, name, kind } of template.organisations) organisations.set(key, await saveOrganisation(tx, { communityId, name, kind }));
}

/** The template's pathway is the second version; the first is the catalogue's, for a community cannot be without one. */
async function applyPathway(tx: EntityManager, { template, organisations, communityId, pathwayId, now }: Ground): Promise<void> {
  const agreed = pathwayWithIds(template.pathway, (key) => madeOf(organisations, key));
  await savePathway(tx, { id: pathwayId, communityId, name: template.pathway.name, ...agreed, inForceFrom: now }, now);
}

async function applyUnits(tx: EntityManager, ground: Ground): Promise<void> {
  const { template, organisations, units, now } = ground;
  for (const unit of template.units) {
    const [home = '', ...joint] = unit.organisations;
    const { name, careLevel, hours: openingHours, onHolidays, specialDays, services } = unit;
    const about = { name, careLevel, zone: template.zone, openingHours, onHolidays, specialDays, services, webhook: null };
    const id = await saveUnit(tx, { ...about, organisationId: madeOf(organisations, home) });
    units.set(unit.key, id);
    if (joint.length > 0) {
      const jointWith = joint.map((key) => madeOf(organisations, key));
      await changeUnitOwners(tx, id, jointWith, now);
    }
    for (const key of unit.serves) {
      const agreement = { unitId: id, organisationId: madeOf(organisations, key), from: now, to: null, enteredByPersonId: null };
      await saveUnitService(tx, agreement, now);
    }
  }
}

async function applyPeople(tx: EntityManager, ground: Ground, hashes: ReadonlyMap<string, string>): Promise<void> {
  for (const { key, name, roles, units, organisation } of ground.template.people) {
    const username = usernameOf(key, ground.code);
    const unitIds = units.map((unit) => madeOf(ground.units, unit));
    const organisationId = madeOf(ground.organisations, organisation);
    const id = await savePerson(tx, { username, name, roles, unitIds, organisationId, passwordHash: hashes.get(key) ?? '' }, ground.now);
    ground.people.set(key, { id, username });
  }
}

/** Rosters, and after them that they are kept: a kept roster without anybody would leave a unit without anybody. */
async function applyDuty(tx: EntityManager, { template, units, people, now }: Ground): Promise<void> {
  for (const { key, hasRoster } of template.units) {
    if (!hasRoster) continue;
    const unitId = madeOf(units, key);
    const lines = template.duty.filter(({ unit }) => unit === key);
    const pattern = lines.map(({ person, kind, weekdays, from, to }) => {
      return { personId: madeOf(people, person).id, kind, weekdays, from, to, everyWeeks: 1 };
    });
    const fromDay = localDay(template.zone, new Date(now.getTime() - DAY_MS));
    await saveWeeklyRoster(tx, unitId, { roster: { pattern, fromDay, weeks: ROSTER_WEEKS }, byPersonId: null }, now);
    await changeRosterKept(tx, unitId, true, now);
  }
}

async function applyContacts(tx: EntityManager, { template, units, people, now }: Ground): Promise<void> {
  for (const { unit, person, channel, address, isTested } of template.contacts) {
    const personId = person === null ? null : madeOf(people, person).id;
    const signingSecret = channel === 'webhook' ? randomBytes(24).toString('base64url') : null;
    const reached = { channel, address: address.replaceAll(' ', ''), signingSecret, testedAt: isTested ? now : null };
    await saveContact(tx, { unitId: madeOf(units, unit), personId, ...reached }, null, now);
  }
}

async function applyPatients(tx: EntityManager, ground: Ground): Promise<void> {
  const { template, communityId, pathwayId, organisations, units, patients, now } = ground;
  for (const { key, name, birthYear, programmes, team, municipality, responsible } of template.patients) {
    const who = { communityId, name, birthYear, zone: template.zone, programmes, pathwayId };
    const unitIds = team.map((unit) => madeOf(units, unit));
    const municipalityId = madeOf(organisations, municipality);
    const responsibleUnitId = responsible === null ? null : madeOf(units, responsible);
    patients.set(key, await savePatient(tx, { ...who, unitIds, municipalityId, responsibleUnitId }, now));
  }
}

function madeOf<Made>(made: ReadonlyMap<string, Made>, key: string): Made {
  const one = made.get(key);
  if (one === undefined) throw new RangeError(`the template names ${key}, which was not set up`);
  return one;
}
