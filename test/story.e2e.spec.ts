import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Route } from '@varde/routing';
import type { Service } from '../apps/varde/src/start.js';
import { openTestDatabase, type TestDatabase } from './engine.js';
import type { Asker } from './triage-api.js';
import {
  act,
  addHome,
  addPerson,
  eventually,
  followWorklist,
  foundCommunity,
  Gateway,
  message,
  mqttPort,
  pause,
  spo2,
  startService,
  type AddedHome,
} from './whole-way.js';

const MINUTE_MS = 60_000;
const WEBHOOK_SECRET = 'a key of the follow-up service, for tests';
/** Everything goes to the follow-up service; all its staff are told after three seconds, as a real ladder does after minutes. */
const ROUTES: readonly Route[] = (['info', 'yellow', 'red', 'critical'] as const).map((severity) => ({
  severity,
  first: ['dho'],
  ladder: [
    { afterMin: 0, openingHoursClock: false, careLevel: 'dho', to: 'on duty' },
    { afterMin: 0.05, openingHoursClock: false, careLevel: 'dho', to: 'all staff' },
    { afterMin: 600, openingHoursClock: false, careLevel: 'gp', to: 'GP' },
  ],
  acknowledgementMin: 480,
}));

interface Posted {
  readonly key: string;
  readonly status: number;
  readonly isSigned: boolean;
  readonly body: { readonly cause: string; readonly severity: string; readonly episodeId: number };
}

/** The receiving end of a webhook: out of order at the first try, then takes what comes. */
class Receiver {
  readonly posted: Posted[] = [];
  private readonly server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const status = this.posted.length === 0 ? 500 : 204;
      const [, seconds, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(request.headers['varde-signature'])) ?? [];
      const expected = createHmac('sha256', WEBHOOK_SECRET).update(`${seconds}.${body}`).digest('hex');
      const isFresh = Math.abs(Date.now() / 1000 - Number(seconds)) < 60;
      const key = String(request.headers['varde-notice']);
      this.posted.push({ key, status, isSigned: signature === expected && isFresh, body: JSON.parse(body) });
      response.writeHead(status).end();
    });
  });

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/notices`;
  }

  get taken(): Posted[] {
    return this.posted.filter(({ status }) => status === 204);
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

let db: TestDatabase;
let service: Service;
let home: AddedHome;
let gateway: Gateway;
let nurse: Asker;
let physician: Asker;
const receiver = new Receiver();
beforeAll(async () => {
  db = await openTestDatabase();
  service = await startService(db.url);
  const webhook = { url: await receiver.open(), secret: WEBHOOK_SECRET };
  const founded = await foundCommunity(db.database, { since: new Date(Date.now() - 120 * MINUTE_MS), routes: ROUTES, webhook });
  const devices = [
    { id: 'OX', kind: 'pulse-oximeter' },
    { id: 'TH', kind: 'thermometer' },
  ];
  home = await addHome(db.database, founded, { gateway: 'gw', programmes: ['copd'], devices });
  nurse = await addPerson(service, 'nina', 'nurse', [founded.dhoId]);
  physician = await addPerson(service, 'per', 'physician', [founded.dhoId]);
  gateway = await Gateway.open(home, mqttPort(service));
});
afterAll(async () => {
  gateway.close();
  await service.stop();
  receiver.close();
  await db.close();
});

const ago = (minutes: number): Date => new Date(Date.now() - minutes * MINUTE_MS);
const warmth = (celsius: number, at: Date) => act('temperature', at, [{ type: 'temperature', value: celsius, unit: 'Cel' }]);
const read = async (who: Asker, path: string) => {
  const answer = await who.ask('GET', path);
  expect([path, answer.status]).toEqual([path, 200]);
  return JSON.parse(await answer.text());
};
const does = async (who: Asker, path: string, body: object, status = 200) => {
  const answer = await who.ask('POST', path, body);
  const text = await answer.text();
  expect([path, answer.status, text]).toEqual([path, status, expect.anything()]);
  return JSON.parse(text);
};
/** Until every reading has been looked at. */
const lookedAt = () =>
  eventually('all readings are looked at', async () => {
    const [row] = await db.database.dataSource.query(
      `select (select count(*) from arrival where patient_id = $1) + (select count(*) from patient_watch where patient_id = $1 and due_at <= now())
         as waiting`,
      [home.patientId],
    );
    return Number(row.waiting) === 0;
  });

test('a worsening at home, from the first reading to the closed episode', async () => {
  const stream = await followWorklist(service, nurse);

  // The home measures twice below the target: red, and the nurse hears of it and sees it.
  const first = message(home, 'OX', [spo2(86, ago(3), 'seq:1')]);
  expect(await gateway.sendReady(first)).toMatchObject({ status: 'stored' });
  await lookedAt();
  expect((await read(nurse, '/api/worklist')).rows).toEqual([]); // one low reading waits for the second
  await gateway.send('OX', spo2(86, ago(1), 'seq:2'));
  const opened = await eventually('the stream tells', () => stream.told.find(({ kind }) => kind === 'opened'));
  const id = opened.episodeId ?? 0;
  const path = `/api/episodes/${id}`;
  const list = await read(nurse, '/api/worklist');
  expect(list).toMatchObject({ total: 1, notUpToDateSince: null });
  expect(list.rows[0]).toMatchObject({
    patientId: home.patientId,
    severity: 'red',
    isWaiting: true,
    newest: [{ metric: 'spo2', value: 86, doubt: null }],
    episodes: [{ id, state: 'waiting', ownerUnit: 'Oppfølging', domains: ['respiratory'] }],
  });
  expect(list.rows[0].newest[0].ageSec).toBeGreaterThanOrEqual(60);

  // The story says which rule, by which limit, from which measurements.
  const story = await read(nurse, path);
  expect(story.findings.at(-1)).toMatchObject({
    ruleId: 'copd.spo2.below_target',
    ruleVersion: 1,
    result: 'fire',
    limits: [{ parameter: 'target_low', value: 88, source: 'catalogue' }],
  });
  expect(story.findings.at(-1).readingIds.length).toBeGreaterThan(0);

  // Nobody takes it: after three seconds the ladder tells everybody. Then a person has it, and the ladder stops.
  const causes = async (): Promise<string[]> =>
    (await read(nurse, path)).notices.map(({ cause, channel }: { cause: string; channel: string }) => `${cause} ${channel}`);
  const posted = (cause: string) => eventually(`${cause} is posted`, () => receiver.taken.find(({ body }) => body.cause === cause));
  await posted('escalated');
  await posted('opened'); // at the second try, five seconds after the first
  expect((await read(nurse, '/api/worklist')).rows[0].episodes[0].nextStepAt).not.toBeNull();
  expect(await does(nurse, `${path}/acknowledge`, {})).toMatchObject({ nextStepAt: null, acknowledgedAt: expect.any(String) });
  await does(nurse, `${path}/note`, { note: 'ringte; tungpustet siden i går' });
  const told = await causes();
  expect(told.sort()).toEqual(['escalated webhook', 'escalated worklist', 'opened webhook', 'opened worklist']);

  // A fever joins (told once), is snoozed with a reason, and then says no more.
  await gateway.send('TH', warmth(38.3, ago(0.5)));
  await posted('domain_joined');
  const until = new Date(Date.now() + 4 * 60 * MINUTE_MS).toISOString();
  await does(nurse, `${path}/snooze`, { ruleId: 'gen.temp.high', until, reason: 'antibiotika startet i dag' });
  const settled = (await causes()).length;
  await gateway.send('TH', warmth(38.4, ago(0.1)));
  await lookedAt();
  expect((await read(nurse, '/api/worklist')).rows[0].snoozes).toMatchObject([{ ruleId: 'gen.temp.high', by: 'Navn nina' }]);

  // The physician sets a personal limit and answers for it.
  const limit = { ruleId: 'copd.spo2.critical', parameter: 'limit', value: 85, reason: 'rask forverring i høst', expectedVersion: 0 };
  const changes = [{ kind: 'limit', ruleId: limit.ruleId, parameter: limit.parameter, value: limit.value }];
  const { previewId, effect } = await does(physician, `/api/patients/${home.patientId}/preview`, { changes, days: 28 });
  await does(physician, `/api/patients/${home.patientId}/limits`, limit, 422);
  await does(physician, `/api/patients/${home.patientId}/limits`, { ...limit, previewId }, 201);
  expect((await read(nurse, `/api/patients/${home.patientId}/limits`))[0].shown).toMatchObject({ id: previewId, effect });
  expect((await nurse.ask('POST', `/api/patients/${home.patientId}/limits`, limit)).status).toBe(403);
  const chart = await read(nurse, `/api/patients/${home.patientId}`);
  expect(chart.limits.find(({ ruleId }: { ruleId: string }) => ruleId === limit.ruleId)).toMatchObject({
    value: 85,
    source: 'personal',
    owner: 'Navn per',
    reason: limit.reason,
  });

  // The memory of the device comes late, and the first upload comes once more: kept, counted, nobody is told.
  await gateway.send('OX', spo2(87, ago(80), 'seq:0'));
  expect(await gateway.sendReady(first)).toMatchObject({ status: 'duplicate' });
  await lookedAt();
  expect((await causes()).length).toBe(settled);
  expect((await read(nurse, path)).episode).toMatchObject({ severity: 'red', acknowledgedAt: expect.any(String) });

  // A worse one is told again, by the new limit, although a person has the episode.
  await gateway.send('OX', spo2(85, ago(0), 'seq:3'));
  await posted('severity_rose');
  const worse = await read(nurse, path);
  expect(worse.episode).toMatchObject({ severity: 'critical', acknowledgedAt: null });
  expect(worse.findings.find(({ severity }: { severity: string }) => severity === 'critical')).toMatchObject({
    ruleId: limit.ruleId,
    limits: [{ parameter: 'limit', value: 85, source: 'personal', version: 1 }],
  });
  await does(nurse, `${path}/acknowledge`, {});

  // It ends with an outcome, and the history holds all of it.
  expect((await nurse.ask('POST', `${path}/close`, {})).status).toBe(400);
  // It has been critical: the nurse proposes, the physician looks at it too.
  const end = { outcome: 'seen_by_gp', note: 'prednisolon' };
  expect(await does(nurse, `${path}/close`, end)).toMatchObject({ outcome: null, closeProposed: { outcome: 'seen_by_gp' } });
  expect((await nurse.ask('POST', `${path}/close`, end)).status).toBe(409);
  expect(await does(physician, `${path}/close`, end)).toMatchObject({ outcome: 'seen_by_gp' });
  expect((await read(nurse, '/api/worklist')).rows).toEqual([]);
  await eventually('the stream tells of the end', () => stream.told.find(({ kind, episodeId }) => kind === 'closed' && episodeId === id));
  const whole = await read(nurse, path);
  const steps: string[] = whole.steps.map(({ kind }: { kind: string }) => kind);
  const inOrder = [
    'opened',
    'escalated',
    'acknowledged',
    'noted',
    'domain_joined',
    'snoozed',
    'severity_rose',
    'acknowledged',
    'close_proposed',
    'closed',
  ];
  let place = -1;
  for (const kind of inOrder) expect((place = steps.indexOf(kind, place + 1))).toBeGreaterThanOrEqual(0);
  expect(whole.steps.filter(({ kind }: { kind: string }) => kind === 'finding').length).toBeGreaterThanOrEqual(4);
  expect(stream.told.map(({ id: change }) => change)).toEqual([...stream.told.map(({ id: change }) => change)].sort((a, b) => a - b));
  stream.leave();
});

test('the webhook got each notice once, signed, after a failure at first; what a person had taken was not sent any more', async () => {
  const rows: { key: string; attempts: number; delivered: boolean; why: string | null }[] = await db.database.dataSource.query(
    `select key, attempts, delivered_at is not null as delivered, last_error as why from notice where channel = 'webhook' order by id`,
  );
  await pause(1_500);
  const delivered = rows.filter((row) => row.delivered);
  expect(receiver.taken.map(({ key }) => key).sort()).toEqual(delivered.map(({ key }) => key).sort());
  // The proposal to close may be posted before the second person has closed it, or not any more.
  const causes = receiver.taken.map(({ body }) => body.cause).filter((cause) => cause !== 'close_proposed');
  expect(new Set(causes)).toEqual(new Set(['opened', 'escalated', 'domain_joined', 'severity_rose']));
  expect(rows.filter((row) => !row.delivered && row.why !== 'somebody had it before it was delivered')).toEqual([]);
  expect(receiver.posted.length).toBe(receiver.taken.length + 1);
  expect(receiver.posted.every(({ isSigned }) => isSigned)).toBe(true);
  expect(receiver.posted.find(({ status }) => status === 500)?.body.cause).toBe('opened');
  expect(delivered.map(({ attempts }) => attempts)).toEqual([2, ...delivered.slice(1).map(() => 1)]);
  expect(JSON.stringify(receiver.posted)).not.toContain('Oppdiktet gw');
});
