import { makeTestCommunity, makeTestPatient, makeTestPerson } from '../../../../test/community.js';
import { testDatabase } from '../../../../test/engine.js';
import { expectDue } from '../../../../test/expect-due.js';
import { readUnitsForLook } from '../looks/teams-read.js';
import { contactTestCode, withContactTestCode } from './contact-code.js';
import {
  askContactTest,
  confirmContact,
  faultOfAddress,
  readUnitContacts,
  removeContact,
  saveContact,
  type NewContact,
} from './contacts.js';
import { changePersonWork } from './people.js';
import { changePerson } from './person-change.js';

const NOW = new Date('2026-03-04T08:00:00Z');
const KEY = 'a key of this installation, 32 long';
const later = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000);
const SMS = { personId: null, channel: 'sms', address: '+4790000000', signingSecret: null } as const;

describe('addresses', () => {
  test.each<[NewContact['channel'], string, string | null, RegExp | null]>([
    ['sms', '+4790000000', null, null],
    ['sms', '90000000', null, /begins with \+/],
    ['sms', '+47 900 00 000', null, /begins with \+/],
    ['email', 'vakt@example.org', null, null],
    ['email', 'vakt.dho+1@post.example.org', null, null],
    ['email', 'vakt@example', null, /no address of mail/],
    ['email', 'a@example.org, b@example.org', null, /no address of mail/],
    ['email', 'a@example.org\r\nBcc: b@example.org', null, /no address of mail/],
    ['webhook', 'https://example.org/varde', 's'.repeat(32), null],
    ['webhook', 'https://example.org/varde', null, /32 characters/],
    ['webhook', 'ftp://example.org', 's'.repeat(32), /https/],
    ['webhook', 'http://example.org/varde', 's'.repeat(32), /https/],
    ['webhook', 'http://127.0.0.1.example.org/varde', 's'.repeat(32), /https/],
    ['webhook', 'http://127.0.0.1:8080/varde', 's'.repeat(32), null],
    ['webhook', 'http://[::1]:8080/varde', 's'.repeat(32), null],
  ])('%s %j', (channel, address, signingSecret, fault) => {
    const found = faultOfAddress({ channel, address, signingSecret });
    if (fault === null) expect(found).toBeNull();
    else expect(found).toMatch(fault);
  });
});

describe('the code of a test', () => {
  test('is six digits made of id and key, and takes its place in the words', () => {
    const codes = Array.from({ length: 500 }, (_, id) => contactTestCode(KEY, id));
    expect(codes.every((code) => /^\d{6}$/.test(code))).toBe(true);
    expect(new Set(codes).size).toBeGreaterThan(490);
    expect(contactTestCode(KEY, 7)).toBe(contactTestCode(KEY, 7));
    expect(contactTestCode(`${KEY}!`, 7)).not.toBe(contactTestCode(KEY, 7));
    expect(withContactTestCode({ key: 'contact_test/7', text: 'code {code}.' }, KEY)).toBe(`code ${contactTestCode(KEY, 7)}.`);
    expect(withContactTestCode({ key: '7/opened/1', text: 'code {code}.' }, KEY)).toBe('code {code}.');
  });
});

describe('contacts', () => {
  const db = testDatabase();
  let made = 0;

  async function begin(): Promise<{ unitId: number; kari: number; patientId: number }> {
    const code = `contact${(made += 1)}`;
    const community = await makeTestCommunity(db.manager, code, NOW);
    const kari = await makeTestPerson(db.manager, `${code}.kari`, 'nurse', NOW);
    await changePersonWork(db.manager, kari, { unitIds: [community.dhoId] }, NOW);
    return { unitId: community.dhoId, kari, patientId: await makeTestPatient(db.manager, community, NOW) };
  }

  const contactsOf = async (unitId: number) => (await readUnitsForLook(db.manager, [unitId], NOW)).get(unitId)?.contacts;
  const confirm = (contactId: number, code: string, at: Date) => confirmContact(db.manager, { contactId, code, byPersonId: null }, KEY, at);
  async function lastTest(contactId: number): Promise<number> {
    const [row] = await db.manager.query<{ id: number }[]>(`select max(id) as id from contact_test where contact_id = $1`, [contactId]);
    return row?.id ?? 0;
  }
  const wrong = (code: string) => (code === '000000' ? '111111' : '000000');

  test('are part of what a look is given, never their addresses, and every change makes the patients due', async () => {
    const { unitId, kari, patientId } = await begin();
    const secret = 's'.repeat(32);
    await expectDue(db.manager, patientId, NOW, () => saveContact(db.manager, { unitId, ...SMS }, kari, NOW));
    const mail = { unitId, personId: kari, channel: 'email', address: ' kari@example.org ', signingSecret: null } as const;
    const mailId = await saveContact(db.manager, mail, null, NOW);
    await saveContact(
      db.manager,
      { unitId, personId: null, channel: 'webhook', address: 'https://example.org', signingSecret: secret },
      null,
      NOW,
    );
    expect(await contactsOf(unitId)).toEqual([
      { id: expect.any(Number) as number, channel: 'sms', personId: null, testedAt: null },
      { id: mailId, channel: 'email', personId: kari, testedAt: null },
      { id: expect.any(Number) as number, channel: 'webhook', personId: null, testedAt: null },
    ]);
    const kept = await readUnitContacts(db.manager, unitId, NOW);
    expect(kept.map(({ address }) => address)).toEqual(['+4790000000', 'kari@example.org', 'https://example.org']);
    expect(JSON.stringify(kept)).not.toContain(secret);
    await expect(saveContact(db.manager, mail, null, NOW)).rejects.toMatchObject({ name: 'Conflict' });
    await changePerson(db.manager, kari, { active: false }, NOW);
    expect((await contactsOf(unitId))?.map(({ channel }) => channel)).toEqual(['sms', 'webhook']);
    await changePerson(db.manager, kari, { active: true }, NOW);
    await expectDue(db.manager, patientId, NOW, () => removeContact(db.manager, mailId, kari, NOW));
    expect((await contactsOf(unitId))?.length).toBe(2);
    // Removed, it may be added again.
    await saveContact(db.manager, mail, null, NOW);
    await expect(saveContact(db.manager, { ...mail, personId: 99_999 }, null, NOW)).rejects.toMatchObject({ name: 'Conflict' });
    await expect(saveContact(db.manager, { ...mail, unitId: 99_999 }, null, NOW)).rejects.toMatchObject({ name: 'NotFound' });
    await expect(removeContact(db.manager, mailId, null, NOW)).rejects.toMatchObject({ name: 'NotFound' });
  });

  test('a code is queued once, is nowhere kept, and dates the contact when it comes back', async () => {
    const { unitId, patientId } = await begin();
    const id = await saveContact(db.manager, { unitId, ...SMS }, null, NOW);
    expect(await askContactTest(db.manager, id, null, NOW)).toEqual(later(30));
    const notices = await db.manager.query<Record<string, unknown>[]>(`select * from notice where contact_id = $1`, [id]);
    const testId = await lastTest(id);
    expect(notices).toMatchObject([
      { episode_id: null, unit_id: unitId, channel: 'sms', cause: 'contact_test', key: `contact_test/${testId}`, next_try_at: NOW },
    ]);
    const code = contactTestCode(KEY, testId);
    const everything = await db.manager.query<object[]>(`select n.*, t.*, c.* from notice n, contact_test t, contact c where c.id = $1`, [
      id,
    ]);
    expect(JSON.stringify([everything, notices])).not.toContain(code);
    expect((await readUnitContacts(db.manager, unitId, NOW))[0]?.test).toEqual({
      askedAt: NOW,
      expiresAt: later(30),
      sentAt: null,
      givenUpAt: null,
    });

    await expect(confirm(id, wrong(code), later(1))).rejects.toMatchObject({ name: 'Invalid' });
    await expectDue(db.manager, patientId, later(2), () => confirm(id, ` ${code} `, later(2)));
    expect((await contactsOf(unitId))?.[0]?.testedAt).toEqual(later(2));
    expect((await readUnitContacts(db.manager, unitId, later(3)))[0]?.test).toBeNull();
    await expect(confirm(id, code, later(3))).rejects.toThrow(/no code waits/);
  });

  test('a code is good for half an hour, until the next one, and for five guesses', async () => {
    const { unitId } = await begin();
    const id = await saveContact(db.manager, { unitId, ...SMS }, null, NOW);
    await expect(confirm(id, '000000', NOW)).rejects.toThrow(/no code waits/);
    await askContactTest(db.manager, id, null, NOW);
    const first = contactTestCode(KEY, await lastTest(id));
    await expect(confirm(id, first, later(30))).rejects.toThrow(/too old/);
    await askContactTest(db.manager, id, null, later(2));
    const second = contactTestCode(KEY, await lastTest(id));
    await expect(confirm(id, first, later(3))).rejects.toMatchObject({ name: 'Invalid' });
    for (let guess = 0; guess < 4; guess++) await expect(confirm(id, wrong(second), later(3))).rejects.toMatchObject({ name: 'Invalid' });
    await expect(confirm(id, second, later(3))).rejects.toThrow(/too many wrong codes/);
    expect((await contactsOf(unitId))?.[0]?.testedAt).toBeNull();
  });

  test('two who ask at once send one code, and five are sent within an hour at most', async () => {
    const { unitId } = await begin();
    const id = await saveContact(db.manager, { unitId, ...SMS }, null, NOW);
    const both = await Promise.allSettled([askContactTest(db.manager, id, null, NOW), askContactTest(db.manager, id, null, NOW)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    for (let minutes = 2; minutes <= 8; minutes += 2) await askContactTest(db.manager, id, null, later(minutes));
    await expect(askContactTest(db.manager, id, null, later(10))).rejects.toThrow(/within the hour/);
    await askContactTest(db.manager, id, null, later(61));
    await expect(askContactTest(db.manager, 99_999, null, NOW)).rejects.toMatchObject({ name: 'NotFound' });
  });

  test('nothing more is sent to a contact that was removed', async () => {
    const { unitId } = await begin();
    const id = await saveContact(db.manager, { unitId, ...SMS }, null, NOW);
    await askContactTest(db.manager, id, null, NOW);
    await removeContact(db.manager, id, null, later(1));
    const rows = await db.manager.query<object[]>(`select next_try_at, given_up_at from notice where contact_id = $1`, [id]);
    expect(rows).toEqual([{ next_try_at: null, given_up_at: later(1) }]);
  });
});
