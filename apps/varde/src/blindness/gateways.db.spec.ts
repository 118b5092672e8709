import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import {
  readBlind,
  saveBrokerStarted,
  saveConnectionNews,
  saveHeartbeats,
  saveBlind,
  inTransaction,
  type ConnectionNews,
} from '@varde/store';
import pg from 'pg';
import { Registry } from 'prom-client';
import { isNative, testDatabase, testLog } from '../../../../test/engine.js';
import { rowsRead } from '../../../../test/rows-read.js';
import { anEpisode, saveAnEpisode, saveMeasurement, saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';
import type { Log } from '../log.js';
import type { Provided } from '../provided.js';
import { Sight } from '../sight.js';
import { upToDate, WorkBook } from '../work-book.js';
import { BlindnessRoom } from './blindness.js';
import { noticeGateways } from './gateways.js';
import { Remembered } from './remembered.js';
import { tellBlindDue, tellOverDue, type TellParts } from './tell-due.js';

const NOW = new Date('2026-03-02T08:00:00Z');
const seconds = (count: number): Date => new Date(NOW.getTime() + count * 1_000);
const log = testLog as unknown as Log;

const db = testDatabase();
let small: SmallCommunity;
let parts: TellParts;
let said: string[];
let text: string;
beforeAll(async () => {
  small = await saveSmallCommunity(db.database.dataSource);
  await measureThrough('gw', small.patients.first);
  parts = {
    database: db.database,
    remembered: new Remembered('unused', 'unused', log),
    always: [{ channel: 'sms', address: '+4790000001', signingSecret: null }],
    courier: (_, message) => {
      said.push(message.kind);
      text = message.text.en;
      return Promise.resolve(null);
    },
    player: { process: 'front', host: 'one' },
    log,
  };
});
beforeEach(async () => {
  for (const table of ['blindness', 'heartbeat', 'gateway', 'credential']) await query(`delete from ${table}`);
  said = [];
});

const source = () => db.database.dataSource;
const query = <Row>(sql: string, values: unknown[] = []): Promise<Row[]> => source().query(sql, values);
const seen = (kind: ConnectionNews['kind'], at: Date): Promise<void> =>
  saveConnectionNews(source(), 'one', [{ tenant: 'liten', clientId: 'gw', kind, at }]);

async function measureThrough(clientId: string, patientId: number): Promise<void> {
  const [device] = await query<{ id: number }>(
    `insert into device (community_id, name, kind, registered_at) values ($1, $3, 'pulse-oximeter', $2) returning id`,
    [small.communityId, NOW, `OX-${clientId}`],
  );
  await query(`insert into wearer (device_id, patient_id, from_at) values ($1, $2, $3)`, [device?.id, patientId, seconds(-600)]);
  await saveMeasurement(source(), { deviceId: device?.id ?? 0, patientId, at: NOW, clientId });
}

/** The broker's process beats, having begun to play it then. */
async function brokerBeats(at: Date, { since = seconds(-600), process = 'front' } = {}): Promise<void> {
  await saveHeartbeats(source(), { process, host: 'one' }, [{ part: 'broker', workedAgoMs: 0, lateForMs: null }], at);
  await query('update heartbeat set since = $1 where process = $2', [since, process]);
}

const tellDue = async (at: Date): Promise<void> => {
  await tellBlindDue(parts, at);
  await tellOverDue(parts, at);
};

/** One turn: notices, and tells what is due. Answers how many gateways are blind. */
async function turn(at: Date): Promise<number> {
  await noticeGateways(source(), await readBlind(source().manager), at);
  await tellDue(at);
  return (await readBlind(source().manager)).length;
}

/** A gateway that is gone, and people were told. */
async function begin(): Promise<void> {
  await seen('connected', seconds(-300));
  await seen('disconnected', NOW);
  await brokerBeats(seconds(35));
  expect(await turn(seconds(35))).toBe(1);
  expect(said).toEqual(['blind']);
}

describe('a gateway that is gone', () => {
  beforeEach(begin);

  test('is told once, not again hourly, and when it is back', async () => {
    for (const hour of [1, 2, 5]) {
      await brokerBeats(seconds(hour * 3_600 + 40));
      expect(await turn(seconds(hour * 3_600 + 40))).toBe(1);
    }
    expect(said).toEqual(['blind']);
    await seen('connected', seconds(20_000));
    await brokerBeats(seconds(20_001));
    expect([await turn(seconds(20_001)), await turn(seconds(20_040))]).toEqual([0, 0]);
    expect(said).toEqual(['blind', 'sees_again']);
  });

  test.each<[keyof SmallCommunity['patients'], string]>([
    ['first', '1 notice never reached anybody'],
    ['second', 'nothing is lost'],
  ])('is told as over with the notices that reached nobody, when they are about its own patients (%s)', async (patient, lost) => {
    const episodeId = await saveAnEpisode(source(), anEpisode(small, NOW, { patientId: small.patients[patient] }));
    await query(
      `insert into notice (episode_id, key, channel, cause, severity, unit_id, text_nb, text_en, queued_at, attempts, given_up_at, has_failed)
       values ($1, 'failed', 'webhook', 'opened', 'red', $2, 'x', 'x', $3, 5, $4, true)`,
      [episodeId, small.units.north, NOW, seconds(60)],
    );
    await seen('connected', seconds(90));
    await brokerBeats(seconds(91));
    expect([await turn(seconds(91)), await turn(seconds(120))]).toEqual([0, 0]);
    expect(said).toEqual(['blind', 'sees_again']);
    expect(text).toContain(lost);
    await query('truncate episode cascade');
  });

  test('is not back because a broker begins, nor blind again two minutes later', async () => {
    await saveBrokerStarted(source(), 'one', seconds(60));
    for (let at = 65; at <= 300; at += 5) {
      await brokerBeats(seconds(at), { since: seconds(61), process: 'after' });
      expect(await turn(seconds(at))).toBe(1);
    }
    expect(said).toEqual(['blind']);
  });

  test('is not back because the broker says nothing, though it is written as connected to it', async () => {
    await seen('connected', seconds(36));
    expect([await turn(seconds(52)), await turn(seconds(80))]).toEqual([1, 1]);
    await brokerBeats(seconds(85));
    expect([await turn(seconds(85)), await turn(seconds(120))]).toEqual([0, 0]);
    expect(said).toEqual(['blind', 'sees_again']);
  });

  test('is not back after a day', async () => {
    await brokerBeats(seconds(25 * 3_600));
    expect([await turn(seconds(25 * 3_600)), await turn(seconds(25 * 3_600 + 30))]).toEqual([1, 1]);
    expect(said).toEqual(['blind']);
  });

  test.each<[string, () => Promise<unknown>, string[]]>([
    [
      'it came and ended its connection in order',
      () => seen('connected', seconds(40)).then(() => seen('left', seconds(41))),
      ['sees_again'],
    ],
    ['somebody else is its broker now, to whom it is online', () => query(`update gateway set connected = null`), ['sees_again']],
    [
      'its credential was revoked',
      () =>
        query(`insert into credential (community_id, client_id, secret_hmac, created_at, revoked_at) values ($1, 'gw', '\\x00', $2, $3)`, [
          small.communityId,
          NOW,
          seconds(40),
        ]),
      [],
    ],
    ['nobody measures through it any more', () => query(`update measurement set client_id = 'new'`), []],
  ])('is over when %s', async (_, act, told) => {
    await act();
    await brokerBeats(seconds(45));
    expect([await turn(seconds(45)), await turn(seconds(120))]).toEqual([0, 0]);
    expect(said).toEqual(['blind', ...told]);
    await query(`update measurement set client_id = 'gw'`);
  });
});

test('a gateway that was missed while its patient was away is told when the pause has ended', async () => {
  const { first } = small.patients;
  await query('delete from worklist_change');
  await query(
    `insert into pause (patient_id, kind, from_at, to_at, reason, set_by_person_id, set_at) values ($1, 'holiday', $2, $3, 'away', $4, $2)`,
    [first, seconds(-60), seconds(3_600), small.people.nora],
  );
  const changes = () => query(`select patient_id, kind from worklist_change`);
  await seen('connected', seconds(-300));
  await seen('disconnected', NOW);
  await brokerBeats(seconds(35));
  expect(await turn(seconds(35))).toBe(1);
  expect([said, await changes()]).toEqual([[], []]);
  for (const at of [3_601, 3_606]) {
    await brokerBeats(seconds(at));
    expect(await turn(seconds(at))).toBe(1);
  }
  expect([said, await changes()]).toEqual([['blind'], [{ patient_id: first, kind: 'not_up_to_date' }]]);
  expect(await readBlind(source().manager)).toMatchObject([{ part: 'gateway', patientIds: [first] }]);
  await query('delete from pause');
});

test('a part is told again hourly', async () => {
  await inTransaction(source(), (tx) => saveBlind(tx, { part: 'homes', subject: '', why: 'silent', since: NOW }, NOW));
  for (const at of [0, 1_800, 3_600]) await tellDue(seconds(at));
  expect(said).toEqual(['blind', 'blind']);
});

/** Connections of these that have been lost for forty seconds. */
const gone = (clientIds: readonly string[]): Promise<unknown> =>
  query(
    `insert into gateway (community_id, client_id, online, status, status_at, connected, left_in_order, connected_changed_at, connected_to)
     select $1, c, true, '{}', $2, false, false, $2, 'one' from unnest($3::text[]) c`,
    [small.communityId, seconds(560), clientIds],
  );

test('the gateways of a valley take as many statements as one does', async () => {
  await brokerBeats(seconds(600));
  await gone(['gw']);
  const ofOne = await statementsOf(async () => noticeGateways(source(), await readBlind(source().manager), seconds(600)));
  await gone(Array.from({ length: 500 }, (_, nth) => `gw-${nth}`));
  const ofMany = await statementsOf(async () => noticeGateways(source(), await readBlind(source().manager), seconds(600)));
  expect(await query('select count(*)::integer as n, count(next_tell_at)::integer as told from blindness')).toEqual([{ n: 501, told: 1 }]);
  expect(ofMany).toBeLessThanOrEqual(ofOne + 1);
});

// The embedded engine keeps no counts of what it reads.
(isNative ? test : test.skip)('whom they touch is found without reading through all that was ever measured', async () => {
  const stored = 20_000;
  await query(
    `insert into measurement (device_id, kind, printed, occurrence, values_key, patient_id, observed_at, time_quality, time_rule_version,
       received_at, from_memory, quality, client_id)
     select device_id, 'past', n::text, '', '', patient_id, at, 'q', 1, at, false, 'ok', client_id
     from (select * from measurement limit 1) m, generate_series(1, $1::integer) n, lateral (select $2::timestamptz - n * interval '1 minute' as at) t`,
    [stored, NOW],
  );
  await query('analyze measurement');
  await brokerBeats(seconds(600));
  await gone(['gw', ...Array.from({ length: 50 }, (_, nth) => `gw-${nth}`)]);
  const turns = async (): Promise<void> => {
    for (let turn = 0; turn < 3; turn++) await noticeGateways(source(), await readBlind(source().manager), seconds(600 + turn * 5));
  };
  expect(await rowsRead(db.database, ['measurement'], turns)).toBeLessThan(stored);
  expect(await query(`select subject from blindness where cardinality(patient_ids) > 0`)).toEqual([{ subject: 'liten/gw' }]);
  await query(`delete from measurement where kind = 'past'`);
});

test('the homes of one power cut are few messages, each home told within a minute of its loss, and few when they are back', async () => {
  const homes = Array.from({ length: 12 }, (_, nth) => ({ clientId: nth === 0 ? 'gw' : `gw-${nth}`, lostAt: nth * 5 }));
  for (const { clientId } of homes.slice(1)) await measureThrough(clientId, small.patients.first);
  const news = (kind: ConnectionNews['kind'], at: (nth: number) => number): Promise<void> =>
    saveConnectionNews(
      source(),
      'one',
      homes.map(({ clientId }, nth) => ({ tenant: 'liten', clientId, kind, at: seconds(at(nth)) })),
    );
  const turns = async (from: number, to: number, act: (at: number) => Promise<void> = () => Promise.resolve()): Promise<void> => {
    for (let at = from; at <= to; at += 5) {
      await act(at);
      await brokerBeats(seconds(at));
      await turn(seconds(at));
    }
  };
  await news('connected', () => -300);
  await news('disconnected', (nth) => homes[nth]?.lostAt ?? 0);
  await turns(30, 120);
  expect(said.length).toBeLessThanOrEqual(5);
  const late = await query(`select subject from blindness where told_at is null or told_at > since + interval '60 seconds'`);
  expect(late).toEqual([]);
  said = [];
  // They come back one after another, all within the minute.
  await turns(605, 720, async (at) => {
    const clientId = homes[(at - 605) / 5]?.clientId;
    if (clientId !== undefined)
      await saveConnectionNews(source(), 'one', [{ tenant: 'liten', clientId, kind: 'connected', at: seconds(at) }]);
  });
  expect(said.length).toBeLessThanOrEqual(3);
  expect(new Set(said)).toEqual(new Set(['sees_again']));
  await query(`update measurement set client_id = 'gw'`);
});

/** How many statements go to the database meanwhile. */
async function statementsOf(work: () => Promise<void>): Promise<number> {
  const query = jest.spyOn(pg.Client.prototype, 'query');
  try {
    await work();
    return query.mock.calls.length;
  } finally {
    query.mockRestore();
  }
}

test('a turn whose gateways hang tells what else is blind', async () => {
  const told: string[] = [];
  const send = ({ text }: { text: string }): Promise<object> => {
    told.push(text);
    return Promise.resolve({ ok: true });
  };
  const work = new WorkBook();
  work.enter('broker', upToDate);
  const provided = {
    ...{ database: db.database, couriers: { mailer: null, sms: { send } }, work, sight: new Sight(), log, metrics: new Registry() },
    config: {
      dataDir: mkdtempSync(join(tmpdir(), 'varde-told-')),
      tell: [{ channel: 'sms', address: '+4790000001', signingSecret: null }],
    },
  };
  const room = new BlindnessRoom(provided as unknown as Provided);
  await inTransaction(source(), (tx) => saveBlind(tx, { part: 'homes', subject: '', why: 'silent', since: NOW }, NOW));
  const { manager } = source();
  const ask = manager.query.bind(manager);
  let answer: (rows: unknown[]) => void = () => undefined;
  const hanging = new Promise<unknown[]>((resolve) => (answer = resolve));
  const asked = jest
    .spyOn(manager, 'query')
    .mockImplementation((sql, values) => (sql.includes('from gateway g') ? hanging : ask(sql, values)));
  room.onApplicationBootstrap();
  for (let tries = 0; told.length === 0 && tries < 100; tries++) await wait(100);
  expect(told).toEqual([expect.stringContaining('sendingen til hjemmene')]);
  expect(provided.sight.blind).toMatchObject([{ part: 'homes' }]);
  answer([]);
  await room.onApplicationShutdown();
  asked.mockRestore();
});
