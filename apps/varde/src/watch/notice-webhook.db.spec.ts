import type { NoticeCause } from '@varde/alerts';
import type { Severity } from '@varde/rules';
import { readNoticesLateMs, type Database } from '@varde/store';
import { openTestDatabase, type TestDatabase } from '../../../../test/engine.js';
import { startHookReceiver, type HookReceiver } from '../../../../test/receivers.js';
import { anEpisode, saveAnEpisode, saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';
import { eventually } from '../../../../test/whole-way.js';
import type { DataSource, EntityManager } from 'typeorm';
import { openLog } from '../log.js';
import { NoticeSender, type SenderParts } from './notice-sender.js';

const NOW = new Date('2026-03-02T08:00:00Z');

let db: TestDatabase;
let small: SmallCommunity;
let episodeId: number;
let hook: HookReceiver;
let healthy: HookReceiver;
let sender: NoticeSender;

beforeAll(async () => {
  db = await openTestDatabase();
  small = await saveSmallCommunity(db.database.dataSource);
  episodeId = await saveAnEpisode(db.database.dataSource, anEpisode(small, NOW));
}, 60_000);
afterAll(() => db.close());
beforeEach(async () => {
  [hook, healthy] = [await startHookReceiver(), await startHookReceiver()];
  await query(`delete from notice`);
  for (const [unitId, { url }] of [[small.units.north, hook] as const, [small.units.south, healthy] as const])
    await query(`update unit set webhook_url = $2, webhook_secret = $3 where id = $1`, [unitId, url, 's'.repeat(32)]);
  sender = new NoticeSender(parts(), 'webhook');
});
afterEach(async () => {
  await Promise.all([hook.close(), healthy.close(), sender.stop()]);
});

const query = (sql: string, values: unknown[] = []): Promise<unknown> => db.database.dataSource.query(sql, values);
const parts = (): SenderParts => ({
  ...{ database: db.database, couriers: { mailer: null, sms: null }, secret: 'nøkkel', publicUrl: null, log: openLog('silent') },
  now: () => NOW,
  count: () => undefined,
  onFirstTry: () => undefined,
});
const nameOf = (post: HookReceiver['posted'][number] | undefined): unknown => post?.headers['varde-notice'];
const queue = (unitId: number, severity: Severity, count: number, cause: NoticeCause = 'opened'): Promise<unknown> =>
  query(
    `insert into notice (episode_id, key, channel, cause, severity, unit_id, text_nb, text_en, queued_at, next_try_at)
     select $1, $2 || number, 'webhook', $3, $4, $5, 'SpO2 86 %: skrevet', 'SpO2 86 %: written', $6, $6
     from generate_series(1, $7::integer) as number`,
    [episodeId, `${severity}-`, cause, severity, unitId, NOW, count],
  );

test('one that never answers holds up nobody else, makes nobody think that all are late, and gets the rest when it answers', async () => {
  const answers: (() => void)[] = [];
  hook.answer = () => new Promise((resolve) => answers.push(() => resolve(204)));
  const lateMs = (heldUnitIds: readonly number[]): Promise<number | null> => readNoticesLateMs(db.database.dataSource.manager, heldUnitIds);
  await queue(small.units.north, 'yellow', 12);
  await sender.take();
  await eventually('five are in flight', () => hook.posted.length === 5);
  await queue(small.units.south, 'critical', 7);
  expect(await lateMs(sender.heldUnitIds)).toBeGreaterThan(0);
  await sender.take();
  await eventually('the other unit has all of its own', () => healthy.posted.length === 7);
  expect([hook.posted.length, healthy.posted.map(nameOf).includes('critical-7')]).toEqual([5, true]);
  await eventually('nothing else is late', async () => (await lateMs(sender.heldUnitIds)) === null);
  expect(await lateMs([])).toBeGreaterThan(0);
  hook.answer = () => 204;
  for (const answer of answers) answer();
  await eventually('the rest follows without a new turn of the clock', () => hook.posted.length === 12);
  await sender.stop();
  expect(new Set(hook.posted.map(nameOf)).size).toBe(12);
  expect(await lateMs([])).toBeNull();
});

test('one that is answered while the next are claimed leaves room that is used without a new turn of the clock', async () => {
  const answers: (() => void)[] = [];
  hook.answer = () => new Promise((resolve) => answers.push(() => resolve(204)));
  let delivered = 0;
  let meanwhile = async (): Promise<void> => undefined;
  const slow = new NoticeSender({ ...parts(), database: claimingSlowly(() => meanwhile()), count: () => (delivered += 1) }, 'webhook');
  await queue(small.units.north, 'yellow', 3);
  await slow.take();
  await eventually('three are in flight: none waits for room', () => answers.length === 3);
  await queue(small.units.north, 'red', 7);
  meanwhile = async () => {
    meanwhile = async () => undefined;
    answers[0]?.();
    await eventually('one has been answered', () => delivered === 1);
    await new Promise(setImmediate);
  };
  await slow.take();
  await eventually('five are in flight again, after the one', () => answers.length === 6);
  hook.answer = () => 204;
  for (const answer of answers) answer();
  await eventually('the rest follows', () => delivered === 10);
  await slow.stop();
});

/** The database, where what a transaction has done is known only when something else has happened too. */
function claimingSlowly(meanwhile: () => Promise<void>): Database {
  const { dataSource } = db.database;
  const transaction = async (isolation: 'READ COMMITTED', work: (tx: EntityManager) => Promise<unknown>): Promise<unknown> => {
    const done = await dataSource.transaction(isolation, work);
    await meanwhile();
    return done;
  };
  return { ...db.database, dataSource: Object.create(dataSource, { transaction: { value: transaction } }) as DataSource };
}

test('one that sends on to somewhere else is not followed there, and the notice is tried again', async () => {
  hook.movedTo = healthy.url;
  hook.answer = () => 307;
  await queue(small.units.north, 'critical', 1);
  await sender.take();
  await sender.stop();
  expect([hook.posted.length, healthy.posted.length]).toEqual([1, 0]);
  expect(await query(`select delivered_at, given_up_at, next_try_at > $1 as again, last_error from notice`, [NOW])).toEqual([
    { delivered_at: null, given_up_at: null, again: true, last_error: 'answered 307' },
  ]);
});

test.each<[NoticeCause, string]>([
  ['opened', 'SpO2 86 %: skrevet'],
  ['escalated', 'SpO2 86 %: skrevet'],
  ['assigned', 'en rød hendelse hos Oppfølging Nordvik er tildelt'],
  ['offered', 'Oppfølging Nordvik er tilbudt en rød hendelse'],
  ['declined', 'nytt i en rød hendelse hos Oppfølging Nordvik'],
  ['recalled', 'nytt i en rød hendelse hos Oppfølging Nordvik'],
  ['owner_changed', 'nytt i en rød hendelse hos Oppfølging Nordvik'],
  ['advice_asked', 'Oppfølging Nordvik er spurt om råd'],
  ['advice_given', 'nytt i en rød hendelse hos Oppfølging Nordvik'],
  ['close_proposed', 'nytt i en rød hendelse hos Oppfølging Nordvik'],
  ['closed', 'nytt i en rød hendelse hos Oppfølging Nordvik'],
])('is told what was found, but nothing that a person wrote: %s', async (cause, said) => {
  await queue(small.units.north, 'red', 1, cause);
  await sender.take();
  await sender.stop();
  expect(hook.posted.map(({ body }) => JSON.parse(body) as object)).toMatchObject([
    { schema: 'varde.notice/1', episodeId, key: 'red-1', cause, severity: 'red', unitId: small.units.north, text: { nb: said } },
  ]);
});
