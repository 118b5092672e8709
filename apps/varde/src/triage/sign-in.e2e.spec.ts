import { createHash } from 'node:crypto';
import { openTestDatabase, type TestDatabase } from '../../../../test/engine.js';
import { PASSWORD, saveSmallCommunity } from '../../../../test/small-community.js';
import { asker, openTriageApi, type TriageApi } from '../../../../test/triage-api.js';
import { hashPassword } from '../password.js';
import { TRIES_BY_ADDRESS_MAX, TRIES_BY_USERNAME_MAX } from './sign-in.js';

let db: TestDatabase;
let first: TriageApi;
let second: TriageApi;
beforeAll(async () => {
  db = await openTestDatabase();
  await saveSmallCommunity(db.database.dataSource);
  first = await openTriageApi(db.database);
  second = await openTriageApi(db.database, { VARDE_HTTP_SECURE_COOKIE: 'true' });
}, 60_000);
afterAll(async () => {
  await first.close();
  await second.close();
  await db.close();
});
beforeEach(() => db.database.dataSource.query(`truncate sign_in_failure, session`));

const attempt = (username: string, password: string, api = first) => asker(api.url, '').ask('POST', '/api/session', { username, password });
const failures = async (): Promise<number> => (await db.database.dataSource.query(`select count(*)::int as n from sign_in_failure`))[0].n;

test('a session is a cookie no script can read; only its hash is kept', async () => {
  const answer = await attempt('nora', PASSWORD);
  const cookie = answer.headers.get('set-cookie') ?? '';
  expect(cookie).toMatch(/^varde_session=[\w-]{43}; Path=\/; Max-Age=36000; HttpOnly; SameSite=Strict$/);
  expect(await answer.json()).toMatchObject({ username: 'nora', roles: ['nurse'], units: [{ name: 'Oppfølging Nordvik' }] });
  const token = /=([^;]+)/.exec(cookie)?.[1] ?? '';
  expect(await db.database.dataSource.query(`select encode(token_hash, 'hex') as hash from session`)).toEqual([
    { hash: createHash('sha256').update(token).digest('hex') },
  ]);
  expect(await failures()).toBe(0);
});

test('over HTTPS the cookie is bound to the host and never sent in the clear', async () => {
  const cookie = (await attempt('nora', PASSWORD, second)).headers.get('set-cookie') ?? '';
  expect(cookie).toMatch(/^__Host-varde_session=[\w-]{43}; Path=\/; .*Secure$/);
  expect((await asker(second.url, cookie.split(';')[0] ?? '').ask('GET', '/api/session')).status).toBe(200);
});

test('signing out ends the session itself, not only the cookie', async () => {
  const nora = await first.signIn('nora');
  const out = await nora.ask('DELETE', '/api/session');
  expect([out.status, out.headers.get('set-cookie')]).toEqual([204, expect.stringMatching(/^varde_session=; Path=\/; Max-Age=0/)]);
  expect((await nora.ask('GET', '/api/session')).status).toBe(401);
});

test('a session ends with its time', async () => {
  const nora = await first.signIn('nora');
  await db.database.dataSource.query(`update session set expires_at = now() - interval '1 second'`);
  expect((await nora.ask('GET', '/api/session')).status).toBe(401);
});

test('an unknown name, a wrong password and an inactive person get the same answer', async () => {
  await db.database.dataSource.query(`update person set active = false where username = 'odd'`);
  const answers = [await attempt('nobody', PASSWORD), await attempt('nora', 'wrong'), await attempt('odd', PASSWORD)];
  const told = await Promise.all(answers.map(async (answer) => [answer.status, answer.headers.get('set-cookie'), await answer.text()]));
  expect(told[0]).toEqual([401, null, expect.stringContaining('unknown name or wrong password')]);
  expect(told[1]).toEqual(told[0]);
  expect(told[2]).toEqual(told[0]);
});

test('an unknown name takes as long as a wrong password', async () => {
  await db.database.dataSource.query(`update person set password_hash = $1 where username = 'siri'`, [await hashPassword(PASSWORD)]);
  const timed = async (username: string): Promise<number> => {
    const startedMs = performance.now();
    await attempt(username, 'wrong');
    return performance.now() - startedMs;
  };
  const median = (times: number[]): number => times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
  const known: number[] = [];
  const unknown: number[] = [];
  for (let round = 0; round < 7; round += 1) {
    known.push(await timed('siri'));
    unknown.push(await timed(`nobody${round}`));
  }
  // argon2 is nearly all of it; a name that skipped it would be ten times faster. Wide, for a busy machine.
  expect(median(unknown) / median(known)).toBeGreaterThan(0.4);
  expect(median(unknown) / median(known)).toBeLessThan(2.5);
});

test('after too many tries not even the right password is looked at, in any process, until the wait is over', async () => {
  for (let tries = 0; tries < TRIES_BY_USERNAME_MAX; tries += 1) {
    expect((await attempt('nora', 'wrong', tries % 2 === 0 ? first : second)).status).toBe(401);
  }
  for (const api of [first, second]) {
    const answer = await attempt('NORA', PASSWORD, api);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '900']);
  }
  expect((await attempt('pia', PASSWORD)).status).toBe(200);
  await db.database.dataSource.query(`update sign_in_failure set at = at - interval '16 minutes'`);
  expect((await attempt('nora', PASSWORD)).status).toBe(200);
});

test('many tries at the same moment count as many', async () => {
  const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => attempt('nora', `wrong ${n}`, n % 2 === 0 ? first : second)));
  const looked = answers.filter(({ status }) => status === 401).length;
  expect(looked).toBeLessThanOrEqual(TRIES_BY_USERNAME_MAX);
  expect(answers.every(({ status }) => status === 401 || status === 429)).toBe(true);
});

test('tries for ever new names from one address are stopped too', async () => {
  await db.database.dataSource.query(
    `insert into sign_in_failure (username, address, at) select 'name' || n, '127.0.0.1', now() from generate_series(1, $1) n`,
    [TRIES_BY_ADDRESS_MAX],
  );
  expect((await attempt('one.more', 'x')).status).toBe(429);
});

describe('behind a proxy', () => {
  const through = (api: TriageApi, forwardedFor: string, password: string): Promise<Response> =>
    fetch(`${api.url}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': forwardedFor },
      body: JSON.stringify({ username: 'nora', password }),
    });
  const addresses = async (): Promise<string[]> =>
    (await db.database.dataSource.query<{ address: string }[]>(`select distinct address from sign_in_failure order by 1`)).map(
      ({ address }) => address,
    );
  const failFrom = (address: string) =>
    db.database.dataSource.query(
      `insert into sign_in_failure (username, address, at) select 'name' || n, $2, now() from generate_series(1, $1) n`,
      [TRIES_BY_ADDRESS_MAX, address],
    );

  test('what a stranger fails at shuts out nobody else: the one proxy in front says who comes, and nobody before it is believed', async () => {
    const behind = await openTriageApi(db.database, { VARDE_HTTP_PROXIES: '1' });
    try {
      await failFrom('203.0.113.1');
      expect((await through(behind, '203.0.113.1', PASSWORD)).status).toBe(429);
      // A stranger who writes the header as well has it before what the proxy adds, and on a network that is private too.
      expect((await through(behind, '203.0.113.2, 203.0.113.1', PASSWORD)).status).toBe(429);
      expect((await through(behind, '203.0.113.1, 10.0.0.2', PASSWORD)).status).toBe(200);
      await through(behind, '203.0.113.1, 10.0.0.2', 'wrong');
      expect(await addresses()).toEqual(['10.0.0.2', '203.0.113.1']);
    } finally {
      await behind.close();
    }
  });

  test('a proxy that is not named is not believed', async () => {
    const elsewhere = await openTriageApi(db.database, { VARDE_HTTP_PROXIES: '192.0.2.1' });
    try {
      await through(elsewhere, '203.0.113.1', 'wrong');
      await through(first, '203.0.113.3', 'wrong');
      expect(await addresses()).toEqual(['127.0.0.1', '203.0.113.3']);
    } finally {
      await elsewhere.close();
    }
  });
});

test('a name may not hold what does not belong in one', async () => {
  expect((await attempt('a\u0000b', 'x')).status).toBe(400);
  expect((await attempt('', 'x')).status).toBe(400);
  expect((await attempt('x'.repeat(65), 'x')).status).toBe(400);
  expect(await failures()).toBe(0);
});
