import { randomBytes } from 'node:crypto';
import type { Programme } from '@varde/plans';
import {
  saveCommunity,
  saveCredential,
  saveDevice,
  saveOrganisation,
  savePatient,
  savePerson,
  saveUnit,
  saveWearer,
  type Database,
} from '@varde/store';
import type { EntityManager } from 'typeorm';
import { hashPassword } from '../password.js';
import { COMMUNITY, FOLLOW_UP, PEOPLE, UNITS } from './community.js';

/** A home as `devices/fleet` reads it from a homes file. */
export interface DemoHome {
  readonly patientId: number;
  readonly tenant: string;
  readonly gateway: string;
  readonly secret: string;
  readonly zone: string;
  readonly seed: string;
  readonly course: string;
  readonly devices: readonly { readonly id: string; readonly kind: string; readonly speaks: 'obs' | 'raw' }[];
  readonly tablet: { readonly id: string; readonly followed: readonly Programme[] };
}

/** What was set up: homes to bring to life and sign-ins to look around with. */
export interface DemoCommunity {
  readonly homes: readonly DemoHome[];
  readonly signIns: readonly { readonly username: string; readonly password: string; readonly what: string }[];
}

/** How a demonstration begins. */
export interface DemoOptions {
  readonly patients: number;
  /** When people began to be followed up: before the history that is filled in. */
  readonly from: Date;
  readonly secretKey: string;
  readonly now: Date;
}

/** Courses of the homes after the first, which is the one that gets worse. */
const COURSES = ['stable', 'stable', 'stable', 'forgetful', 'stable', 'stable', 'wrong_clock', 'stable', 'stable', 'repeater'] as const;

/** Fills an empty database with a small made-up health community, through the same functions as the API and the command line. */
export async function setUpCommunity(database: Database, options: DemoOptions): Promise<DemoCommunity> {
  const { manager } = database.dataSource;
  const { communityId } = await saveCommunity(manager, { code: COMMUNITY.code, name: COMMUNITY.name, pathway: null }, options.from);
  const units = await setUpUnits(manager, communityId);
  const signIns = await setUpPeople(manager, units, options.now);
  const homes: DemoHome[] = [];
  for (let index = 0; index < options.patients; index++) homes.push(await setUpHome(manager, { communityId, units, index, options }));
  return { homes, signIns };
}

async function setUpUnits(manager: EntityManager, communityId: number): Promise<ReadonlyMap<string, number>> {
  const organisations = new Map<string, number>();
  const units = new Map<string, number>();
  for (const { organisation, ...unit } of UNITS) {
    const organisationId = organisations.get(organisation) ?? (await saveOrganisation(manager, { communityId, name: organisation }));
    organisations.set(organisation, organisationId);
    units.set(unit.name, await saveUnit(manager, { ...unit, organisationId }));
  }
  return units;
}

async function setUpPeople(manager: EntityManager, units: ReadonlyMap<string, number>, now: Date): Promise<DemoCommunity['signIns']> {
  const signIns = [];
  for (const person of PEOPLE) {
    const password = randomBytes(6).toString('base64url');
    const unitIds = person.units.flatMap((name) => units.get(name) ?? []);
    const { username, name, roles } = person;
    await savePerson(manager, { username, name, roles, unitIds, passwordHash: await hashPassword(password) }, now);
    signIns.push({ username, password, what: `${roles.join(', ')}${person.units.length > 0 ? ` of ${person.units.join(' and ')}` : ''}` });
  }
  return signIns;
}

interface HomePlace {
  readonly communityId: number;
  readonly units: ReadonlyMap<string, number>;
  readonly index: number;
  readonly options: DemoOptions;
}

async function setUpHome(manager: EntityManager, { communityId, units, index, options }: HomePlace): Promise<DemoHome> {
  const isHeart = index % 3 === 2;
  const isWorsening = index === 0;
  const programmes: Programme[] = isHeart ? ['copd', 'hf'] : ['copd'];
  const followUp = FOLLOW_UP[isWorsening ? 0 : index % FOLLOW_UP.length] ?? FOLLOW_UP[0];
  const team = [followUp, 'Storgata fastleger', 'Pasientsentrert team Nordfjella', 'Lungepoliklinikken'];
  const number = String(index + 1).padStart(2, '0');
  const patientId = await savePatient(
    manager,
    {
      communityId,
      name: `Testpasient ${number}`,
      birthYear: 1940 + (index % 20),
      zone: COMMUNITY.zone,
      unitIds: team.flatMap((name) => units.get(name) ?? []),
      programmes,
      pathwayId: null,
    },
    options.from,
  );
  const gateway = `home-${number}`;
  const credential = await saveCredential(manager, { communityId, clientId: gateway }, options.secretKey, options.now);
  const kinds = isHeart ? ['pulse-oximeter', 'scale', 'blood-pressure-monitor'] : ['pulse-oximeter', 'thermometer'];
  const devices = [];
  for (const [place, kind] of kinds.entries()) {
    const id = `${kind === 'pulse-oximeter' ? 'OX' : kind === 'scale' ? 'WS' : kind === 'thermometer' ? 'TH' : 'BP'}${number}`;
    const deviceId = await saveDevice(manager, { communityId, name: id, kind, model: null }, options.from);
    await saveWearer(manager, { deviceId, userSlot: null, patientId, from: options.from }, options.now);
    devices.push({ id, kind, speaks: (index + place) % 4 === 3 ? ('raw' as const) : ('obs' as const) });
  }
  const tablet = { id: `TB${number}`, followed: programmes };
  const tabletId = await saveDevice(manager, { communityId, name: tablet.id, kind: 'tablet', model: null }, options.from);
  await saveWearer(manager, { deviceId: tabletId, userSlot: null, patientId, from: options.from }, options.now);
  return {
    patientId,
    tenant: COMMUNITY.code,
    gateway,
    secret: credential.secret,
    zone: COMMUNITY.zone,
    seed: `demo-${number}`,
    course: isWorsening ? 'exacerbation' : (COURSES[index % COURSES.length] ?? 'stable'),
    devices,
    tablet,
  };
}
