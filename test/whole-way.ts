// What the whole-way tests share: the service as it is started by its users, over a database of the test's own.
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Programme } from '@varde/plans';
import type { CareLevel, Route } from '@varde/routing';
import {
  saveCommunity,
  saveCredential,
  saveDevice,
  saveOrganisation,
  savePatient,
  savePerson,
  saveWearer,
  type Database,
  type PersonRole,
  type Webhook,
} from '@varde/store';
import { decodeAck, encodeObs, type AckResult, type OutgoingReading } from '@varde/wire';
import { readConfig } from '../apps/varde/src/config.js';
import { openLog } from '../apps/varde/src/log.js';
import { start, type Service } from '../apps/varde/src/start.js';
import { hashPassword } from '../apps/varde/src/password.js';
import { leaveOutQuestions, saveOpenUnit } from './community.js';
import { LeanClient, readyPublish, type ReadyPublish } from './lean-client.js';
import { PASSWORD } from './small-community.js';
import { asker, type Asker } from './triage-api.js';

/** Key of the device credentials in whole-way tests. */
export const SECRET_KEY = 'a key for the whole way, of no use elsewhere';

/** Starts the whole service, or the roles named, on a database given by its address; ports are any free ones. */
export function startService(databaseUrl: string, settings: Readonly<Record<string, string>> = {}): Promise<Service> {
  const config = readConfig({
    DATABASE_URL: databaseUrl,
    VARDE_SECRET: SECRET_KEY,
    VARDE_HTTP_PORT: '0',
    VARDE_MQTT_PORT: '0',
    VARDE_MQTT_WS_PORT: 'none',
    VARDE_DATA_DIR: join(tmpdir(), 'varde-whole-way'),
    VARDE_SELF_TEST_MINUTES: '0',
    VARDE_LOG_LEVEL: process.env['VARDE_TEST_LOG'] ? 'debug' : 'silent',
    ...settings,
  });
  return start(config, openLog(config.logLevel));
}

/** The port of a service's broker. */
export function mqttPort(service: Service): number {
  return Number(new URL(service.mqttUrl ?? '').port);
}

/** A founded community: two units that never close. */
export interface Founded {
  readonly communityId: number;
  /** The tenant of its topics. */
  readonly code: string;
  readonly dhoId: number;
  readonly gpId: number;
  readonly since: Date;
}

/** How a community is founded. */
export interface Founding {
  readonly since: Date;
  /** Null: the pathway of the catalogue. */
  readonly routes?: readonly Route[] | null;
  /** Where the follow-up service gets its notices. */
  readonly webhook?: Webhook | null;
}

/** Founds a community with a follow-up service and a GP office. */
export async function foundCommunity({ dataSource: { manager } }: Database, founding: Founding): Promise<Founded> {
  const { since, routes = null, webhook = null } = founding;
  const code = `way-${randomUUID().slice(0, 8)}`;
  const pathway = routes === null ? null : { name: 'test', routes };
  const { communityId } = await saveCommunity(manager, { code, name: 'Oppdiktet helsefellesskap', pathway }, since);
  const organisationId = await saveOrganisation(manager, { communityId, name: 'Oppdiktet kommune' });
  const unit = (name: string, careLevel: Exclude<CareLevel, 'patient'>, told: Webhook | null): Promise<number> =>
    saveOpenUnit(manager, { organisationId, name, careLevel, webhook: told });
  return { communityId, code, dhoId: await unit('Oppfølging', 'dho', webhook), gpId: await unit('Fastleger', 'gp', null), since };
}

/** Adds a person with the password of the small community, and signs in through the API. */
export async function addPerson(
  { database, apiUrl }: Service,
  username: string,
  role: PersonRole,
  unitIds: readonly number[],
): Promise<Asker> {
  const passwordHash = await hashPassword(PASSWORD);
  await savePerson(
    database.dataSource.manager,
    { username, name: `Navn ${username}`, passwordHash, roles: [role], unitIds: [...unitIds] },
    new Date(),
  );
  const answer = await asker(apiUrl ?? '', '').ask('POST', '/api/session', { username, password: PASSWORD });
  if (answer.status !== 200) throw new Error(`${username} could not sign in: ${answer.status} ${await answer.text()}`);
  return asker(apiUrl ?? '', answer.headers.get('set-cookie')?.split(';')[0] ?? '');
}

/** A home to add: what is worn there, by device id and kind. */
export interface NewHome {
  readonly gateway: string;
  readonly programmes: readonly Programme[];
  readonly devices: readonly { readonly id: string; readonly kind: string }[];
  /** Which of the units are the team; the follow-up service when left out. */
  readonly unitIds?: readonly number[];
}

/** A home whose gateway may connect. */
export interface AddedHome extends NewHome {
  readonly tenant: string;
  readonly secret: string;
  readonly patientId: number;
}

/** Adds a patient with the devices they wear and a gateway with its credential. */
export async function addHome({ dataSource: { manager } }: Database, founded: Founded, home: NewHome): Promise<AddedHome> {
  const { communityId, since } = founded;
  const plain = { communityId, birthYear: 1948, zone: 'Europe/Oslo', pathwayId: null };
  const unitIds = home.unitIds ?? [founded.dhoId];
  const patientId = await savePatient(
    manager,
    { ...plain, name: `Oppdiktet ${home.gateway}`, unitIds, programmes: home.programmes },
    since,
  );
  if (!home.devices.some(({ kind }) => kind === 'tablet')) await leaveOutQuestions(manager, patientId);
  for (const { id, kind } of home.devices) {
    const deviceId = await saveDevice(manager, { communityId, name: id, kind, model: null }, since);
    await saveWearer(manager, { deviceId, userSlot: null, patientId, from: since }, since);
  }
  const { secret } = await saveCredential(manager, { communityId, clientId: home.gateway }, SECRET_KEY, since);
  return { ...home, tenant: founded.code, secret, patientId };
}

/** One act of measuring, as `obs` has it; the device prints an offset, so that its time is exact. */
export function act(kind: string, at: Date, values: OutgoingReading['measurements'], key?: string): OutgoingReading {
  return { ...(key === undefined ? {} : { key }), kind, deviceTime: at.toISOString(), gatewayTime: at, measurements: values };
}

/** One saturation. */
export const spo2 = (percent: number, at: Date, key?: string): OutgoingReading =>
  act('pulse-oximetry', at, [{ type: 'spo2', value: percent, unit: '%' }], key);

/** A message of a home, ready to be published, and its id. */
export function message(
  home: AddedHome,
  device: string,
  readings: readonly OutgoingReading[],
): { readonly id: string; readonly publish: ReadyPublish } {
  const id = randomUUID();
  const payload = encodeObs({ messageId: id, sentAt: new Date(), device: { id: device, idType: 'serial' }, readings });
  return { id, publish: readyPublish(`varde/v1/${home.tenant}/${home.gateway}/dev/${device}/obs`, Buffer.from(payload)) };
}

/** A gateway on its connection, with every answer it got. */
export class Gateway {
  readonly answers = new Map<string, AckResult>();
  private sequence = 0;

  private constructor(
    readonly home: AddedHome,
    readonly client: LeanClient,
  ) {
    client.onMessage = (_, payload) => {
      for (const result of decodeAck(payload)?.results ?? []) this.answers.set(result.messageId, result);
    };
  }

  /** Connects and listens to its answers. */
  static async open(home: AddedHome, port: number): Promise<Gateway> {
    const client = new LeanClient({ port, tenant: home.tenant, clientId: home.gateway, secret: home.secret, clean: true });
    const gateway = new Gateway(home, client);
    await client.connect();
    await client.subscribe(`varde/v1/${home.tenant}/${home.gateway}/ack`);
    return gateway;
  }

  /** Sends readings of a device in one message; resolves with the answer when that and the PUBACK have come. */
  async send(device: string, ...readings: readonly OutgoingReading[]): Promise<AckResult> {
    return this.sendReady(message(this.home, device, readings));
  }

  /** The same for a message made before, which may have been sent already. */
  async sendReady({ id, publish }: ReturnType<typeof message>): Promise<AckResult> {
    this.answers.delete(id);
    this.client.publish(++this.sequence, publish);
    await this.client.whenIdle();
    return eventually('the message is answered', () => this.answers.get(id));
  }

  close(): void {
    this.client.kill();
  }
}

/** Asks again until the answer is neither undefined, null nor false, and answers it; fails with what it waited for. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined | null | false> | T | undefined | null | false,
  withinMs = 20_000,
): Promise<T> {
  const endMs = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false) return answer;
    if (performance.now() > endMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await pause(30);
  }
}

/** Waits. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** One change that the stream told of. */
export interface Told {
  readonly id: number;
  readonly patientId: number;
  readonly episodeId: number | null;
  readonly kind: string;
}

/** Follows the worklist as this person until `leave`. */
export async function followWorklist(service: Service, who: Asker): Promise<{ readonly told: readonly Told[]; leave(): void }> {
  const leaving = new AbortController();
  const answer = await fetch(`${service.apiUrl}/api/stream`, { headers: { cookie: who.cookie }, signal: leaving.signal });
  if (!answer.ok || !answer.body) throw new Error(`the stream was answered ${answer.status}`);
  const told: Told[] = [];
  const read = async (body: ReadableStream<Uint8Array>): Promise<void> => {
    const decoder = new TextDecoder();
    let text = '';
    for await (const bytes of body) {
      text += decoder.decode(bytes, { stream: true });
      const parts = text.split('\n\n');
      text = parts.pop() ?? '';
      for (const part of parts) {
        const data = /^event: change$/m.test(part) ? /^data: (.*)$/m.exec(part)?.[1] : undefined;
        if (data !== undefined) told.push(JSON.parse(data) as Told);
      }
    }
  };
  read(answer.body as ReadableStream<Uint8Array>).catch((error: unknown) => {
    if (!leaving.signal.aborted) throw error;
  });
  return { told, leave: () => leaving.abort() };
}
