import { testDatabase } from '../../../../test/engine.js';
import { saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';
import { endSession, forgetSignInTry, readAccount, readSession, saveSession, saveSignInTry } from './sessions.js';

const db = testDatabase();
let small: SmallCommunity;
beforeAll(async () => {
  small = await saveSmallCommunity(db.database.dataSource);
});
beforeEach(() => db.database.dataSource.query(`truncate session, sign_in_failure`));

const NOW = new Date('2026-03-02T08:00:00Z');
const later = (minutes: number): Date => new Date(NOW.getTime() + minutes * 60_000);
const TOKEN_HASH = Buffer.alloc(32, 7);
const WINDOW_MS = 15 * 60_000;
const tryOnce = (username: string, address: string, at = NOW) => saveSignInTry(db.manager, { username, address }, at, WINDOW_MS);

test('a session is its person with roles and units as they are now, until it ends', async () => {
  const { manager } = db.database.dataSource;
  await saveSession(manager, { tokenHash: TOKEN_HASH, personId: small.people.nora, expiresAt: later(60) }, NOW);
  expect(await readSession(manager, TOKEN_HASH, NOW)).toEqual({
    viewer: { personId: small.people.nora, username: 'nora', name: 'Navn nora', roles: ['nurse'], unitIds: [small.units.north] },
    expiresAt: later(60),
  });
  expect(await readSession(manager, TOKEN_HASH, later(60))).toBeNull();
  expect(await readSession(manager, Buffer.alloc(32, 8), NOW)).toBeNull();
  await endSession(manager, TOKEN_HASH);
  await endSession(manager, TOKEN_HASH);
  expect(await readSession(manager, TOKEN_HASH, NOW)).toBeNull();
});

test('only somebody active has an account', async () => {
  const { manager } = db.database.dataSource;
  expect(await readAccount(manager, 'siri')).toMatchObject({ personId: small.people.siri });
  await manager.query(`update person set active = false where username = 'siri'`);
  expect(await readAccount(manager, 'siri')).toBeNull();
  expect(await readAccount(manager, 'nobody')).toBeNull();
});

test('tries are counted by name and by address, for as long as the window', async () => {
  expect(await tryOnce('nora', 'a')).toMatchObject({ byUsername: 1, byAddress: 1 });
  expect(await tryOnce('nora', 'b')).toMatchObject({ byUsername: 2, byAddress: 1 });
  const third = await tryOnce('siri', 'a');
  expect(third).toMatchObject({ byUsername: 1, byAddress: 2 });
  await forgetSignInTry(db.manager, third.id);
  expect(await tryOnce('siri', 'a')).toMatchObject({ byUsername: 1, byAddress: 2 });
  expect(await tryOnce('nora', 'a', later(15))).toMatchObject({ byUsername: 1, byAddress: 1 });
});

test('tries at the same moment see each other', async () => {
  const tries = await Promise.all(Array.from({ length: 12 }, () => tryOnce('nora', 'a')));
  expect(Math.max(...tries.map(({ byUsername }) => byUsername))).toBe(12);
  expect(tries.filter(({ byUsername }) => byUsername <= 8).length).toBeLessThanOrEqual(8);
});
