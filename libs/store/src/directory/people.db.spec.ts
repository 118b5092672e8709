import { makeTestCommunity, makeTestPerson } from '../../../../test/community.js';
import { testDatabase } from '../../../../test/engine.js';
import { changePasswordHash, changePersonRoles, changePersonWork, readPeople, readPersonByUsername, savePerson } from './people.js';
import { changePerson } from './person-change.js';
import { saveSelfTestHome } from './self-test.js';

const NOW = new Date('2026-03-02T08:00:00Z');
const HASH = '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA';

describe('people', () => {
  const db = testDatabase();

  test('are kept with roles and units, and listed without a hash', async () => {
    const { dhoId, gpId, organisationId } = await makeTestCommunity(db.manager, 'people', NOW);
    const id = await savePerson(
      db.manager,
      { username: 'kari', name: ' Kari ', passwordHash: HASH, roles: ['nurse', 'nurse'], unitIds: [gpId, dhoId] },
      NOW,
    );
    const kari = await readPersonByUsername(db.manager, 'kari');
    expect(kari).toEqual({
      ...{ id, username: 'kari', name: 'Kari', roles: ['nurse'], active: true },
      ...{ organisationId, unitIds: [dhoId, gpId], createdAt: NOW },
    });
    expect(JSON.stringify(await readPeople(db.manager))).not.toContain('argon2');
    await changePersonWork(db.manager, id, { unitIds: [gpId] }, NOW);
    expect((await readPersonByUsername(db.manager, 'kari')).unitIds).toEqual([gpId]);
  });

  test.each([
    [{ username: 'K' }, /username/],
    [{ username: 'Kari' }, /username/],
    [{ name: ' ' }, /name/],
    [{ roles: [] }, /at least one role/],
    [{ roles: ['boss' as never] }, /no such role: boss/],
    [{ passwordHash: 'secret' }, /argon2id/],
  ])('%j is refused', async (wrong, reason) => {
    const good = { username: 'ola', name: 'Ola', passwordHash: HASH, roles: ['nurse' as const], unitIds: [] };
    await expect(savePerson(db.manager, { ...good, ...wrong }, NOW)).rejects.toMatchObject({
      name: 'Invalid',
      message: expect.stringMatching(reason) as string,
    });
  });

  test('a username is one person, also when two add it at once, and nothing of a refused person stays', async () => {
    const add = () => savePerson(db.manager, { username: 'twin', name: 'Twin', passwordHash: HASH, roles: ['nurse'], unitIds: [] }, NOW);
    const outcomes = await Promise.allSettled([add(), add()]);
    expect(outcomes.map((each) => each.status).sort()).toEqual(['fulfilled', 'rejected']);
    const lost = savePerson(db.manager, { username: 'lost', name: 'Lost', passwordHash: HASH, roles: ['nurse'], unitIds: [99_999] }, NOW);
    await expect(lost).rejects.toMatchObject({ name: 'NotFound' });
    await expect(readPersonByUsername(db.manager, 'lost')).rejects.toMatchObject({ name: 'NotFound', thing: 'person' });
  });

  test('who is made inactive or gets a new password is signed out', async () => {
    const id = await makeTestPerson(db.manager, 'leaver', 'nurse', NOW);
    const signIn = () =>
      db.manager.query(
        `insert into session (token_hash, person_id, created_at, expires_at) values (gen_random_uuid()::text::bytea, $1, $2, $2)`,
        [id, NOW],
      );
    const sessions = async () => (await db.manager.query<unknown[]>(`select 1 from session where person_id = $1`, [id])).length;
    await signIn();
    await changePasswordHash(db.manager, id, HASH);
    expect(await sessions()).toBe(0);
    await signIn();
    await changePerson(db.manager, id, { active: false }, NOW);
    expect(await sessions()).toBe(0);
    expect((await readPersonByUsername(db.manager, 'leaver')).active).toBe(false);
  });

  test('nobody works for the unit of the made-up patients', async () => {
    const { unitId } = await saveSelfTestHome(db.database.dataSource, 'a-machine', 'a key of the test, long enough for it', NOW);
    const add = savePerson(db.manager, { username: 'lotte', name: 'Lotte', passwordHash: HASH, roles: ['nurse'], unitIds: [unitId] }, NOW);
    await expect(add).rejects.toMatchObject({ name: 'NotFound', thing: 'unit' });
  });

  test('the last administrator stays, also when two leave at once', async () => {
    const first = await makeTestPerson(db.manager, 'admin1', 'administrator', NOW);
    const second = await makeTestPerson(db.manager, 'admin2', 'administrator', NOW);
    const outcomes = await Promise.allSettled([
      changePerson(db.manager, first, { active: false }, NOW),
      changePersonRoles(db.manager, second, ['nurse']),
    ]);
    expect(outcomes.map((each) => each.status).sort()).toEqual(['fulfilled', 'rejected']);
    const left = (await readPeople(db.manager)).filter((person) => person.active && person.roles.includes('administrator'));
    expect(left).toHaveLength(1);
  });
});
