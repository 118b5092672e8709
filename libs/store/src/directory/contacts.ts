import type { Contact } from '@varde/routing';
import type { EntityManager } from 'typeorm';
import { raisePlanVersionOfUnit } from './agreement.js';
import { CONTACT_TEST_KEY, contactTestKey, isContactTestCode } from './contact-code.js';
import { Conflict, found, Invalid, refuseFaults } from './illegal.js';
import { faultOfWebhook, lockUnit } from './units.js';

/** Ways to reach a unit's people. */
export const CONTACT_CHANNELS = ['sms', 'email', 'webhook'] as const satisfies readonly Contact['channel'][];

const MINUTE_MS = 60_000;
/** How long a code is good for: mail may be slow, a code must not lie around. */
const CONTACT_TEST_MINUTES = 30;
const WRONG_TRIES_MAX = 5;
const TESTS_AN_HOUR_MAX = 5;

/** A contact as it is kept. */
export interface KeptContact extends Contact {
  readonly unitId: number;
  readonly person: string | null;
  readonly address: string;
  readonly addedAt: Date;
  /** The code that waits for an answer, if one does; sent by whichever service runs, or given up when no try brought it there. */
  readonly test: {
    readonly askedAt: Date;
    readonly expiresAt: Date;
    readonly sentAt: Date | null;
    readonly givenUpAt: Date | null;
  } | null;
}

/** A contact to add. */
export interface NewContact {
  readonly unitId: number;
  /** Null: the unit as a whole. */
  readonly personId: number | null;
  readonly channel: Contact['channel'];
  /** A number with its country (+47...), an address of mail, or of a webhook. */
  readonly address: string;
  /** What bodies posted to a webhook are signed with, at least 32 characters; null for the other channels. */
  readonly signingSecret: string | null;
  /** Left out: nobody has answered a test yet. Only a made-up community says otherwise, for nobody can answer from a made-up address. */
  readonly testedAt?: Date | null;
}

/** Who does it; null: from the command line. */
type By = number | null;

// E.164; mail as servers take it, without the forms nobody uses.
const NUMBER = /^\+[1-9]\d{6,14}$/;
const MAIL = /^[^\s@<>,;:"()]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/;
const MAIL_LENGTH_MAX = 254;

/** What is wrong with a contact's address, or null. */
export function faultOfAddress({ channel, address, signingSecret }: Omit<NewContact, 'unitId' | 'personId'>): string | null {
  switch (channel) {
    case 'sms':
      return NUMBER.test(address) ? null : 'a number for SMS begins with + and the country, such as +4790000000';
    case 'email':
      return MAIL.test(address) && address.length <= MAIL_LENGTH_MAX ? null : `${address} is no address of mail`;
    case 'webhook':
      return faultOfWebhook({ url: address, secret: signingSecret ?? '' });
    default:
      return `a contact is one of ${CONTACT_CHANNELS.join(', ')}`;
  }
}

/**
 * Adds a way to reach a unit or one of its people; everybody the unit serves is looked at again. It counts as untested.
 * @throws Invalid address; NotFound unit; Conflict there already, or the person does not work for the unit
 * @returns its id
 */
export async function saveContact(manager: EntityManager, contact: NewContact, byPersonId: By, now: Date): Promise<number> {
  const { unitId, personId, channel, signingSecret } = contact;
  const address = contact.address.trim();
  refuseFaults([
    faultOfAddress({ channel, address, signingSecret }),
    channel !== 'webhook' && signingSecret !== null && 'only a webhook has a secret',
  ]);
  return manager.transaction(async (tx) => {
    await lockUnit(tx, unitId);
    if (personId !== null) {
      const works = await tx.query<unknown[]>(`select from person_unit where person_id = $1 and unit_id = $2`, [personId, unitId]);
      if (works.length === 0) throw new Conflict(`person ${personId} does not work for the unit`);
    }
    const [row] = await tx.query<{ id: number }[]>(
      `insert into contact (unit_id, person_id, channel, address, signing_secret, added_at, added_by_person_id, tested_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning id`,
      [unitId, personId, channel, address, signingSecret, now, byPersonId, contact.testedAt ?? null],
    );
    if (row === undefined) throw new Conflict('the unit has that contact already');
    await raisePlanVersionOfUnit(tx, unitId, now);
    return row.id;
  });
}

interface ContactRow {
  id: number;
  unit_id: number;
  channel: Contact['channel'];
}

async function lockContact(tx: EntityManager, contactId: number): Promise<ContactRow> {
  const rows = await tx.query<ContactRow[]>(
    `select id, unit_id, channel from contact where id = $1 and removed_at is null for no key update`,
    [contactId],
  );
  return found(rows, 'contact', contactId);
}

/** The unit a contact is of. @throws NotFound */
export async function readUnitOfContact(manager: EntityManager, contactId: number): Promise<number> {
  const rows = await manager.query<{ unit_id: number }[]>(`select unit_id from contact where id = $1 and removed_at is null`, [contactId]);
  return found(rows, 'contact', contactId).unit_id;
}

/** Removes a contact; what was sent to it still names it. @throws NotFound */
export async function removeContact(manager: EntityManager, contactId: number, byPersonId: By, now: Date): Promise<void> {
  await manager.transaction(async (tx) => {
    const { unit_id: unitId } = await lockContact(tx, contactId);
    await tx.query(`update contact set removed_at = $2, removed_by_person_id = $3 where id = $1`, [contactId, now, byPersonId]);
    await raisePlanVersionOfUnit(tx, unitId, now);
    // After the watches, which whoever settles the notices of an episode holds.
    await tx.query(`update notice set next_try_at = null, given_up_at = $2 where contact_id = $1 and next_try_at is not null`, [
      contactId,
      now,
    ]);
  });
}

/** A unit's contacts, by id; never a webhook's secret. @throws NotFound unit */
export async function readUnitContacts(manager: EntityManager, unitId: number, now: Date): Promise<KeptContact[]> {
  interface Row extends ContactRow {
    person_id: number | null;
    person: string | null;
    address: string;
    added_at: Date;
    tested_at: Date | null;
    asked_at: Date | null;
    expires_at: Date | null;
    sent_at: Date | null;
    given_up_at: Date | null;
  }
  found(await manager.query<unknown[]>(`select id from unit where id = $1`, [unitId]), 'unit', unitId);
  const rows = await manager.query<Row[]>(
    `select c.id, c.unit_id, c.channel, c.person_id, p.name as person, c.address, c.added_at, c.tested_at, t.asked_at, t.expires_at, n.sent_at, n.given_up_at
     from contact c left join person p on p.id = c.person_id
       left join lateral (select * from contact_test t where t.contact_id = c.id order by t.id desc limit 1) t
         on t.answered_at is null and t.expires_at > $2
       left join notice n on coalesce(n.episode_id, 0) = 0 and n.key = $3 || t.id and n.channel = c.channel and n.contact_id = c.id
     where c.unit_id = $1 and c.removed_at is null order by c.id`,
    [unitId, now, CONTACT_TEST_KEY],
  );
  return rows.map((row) => ({
    id: row.id,
    unitId: row.unit_id,
    channel: row.channel,
    personId: row.person_id,
    person: row.person,
    address: row.address,
    addedAt: row.added_at,
    testedAt: row.tested_at,
    test: row.asked_at &&
      row.expires_at && { askedAt: row.asked_at, expiresAt: row.expires_at, sentAt: row.sent_at, givenUpAt: row.given_up_at },
  }));
}

/**
 * Queues a message with a code to a contact; a code before it is good no more. The code is never kept: the sender puts it in
 * (`withContactTestCode`).
 * @throws NotFound; Conflict too many were asked for lately
 * @returns until when the code is good
 */
export async function askContactTest(manager: EntityManager, contactId: number, byPersonId: By, now: Date): Promise<Date> {
  const expiresAt = new Date(now.getTime() + CONTACT_TEST_MINUTES * MINUTE_MS);
  await manager.transaction(async (tx) => {
    const contact = await lockContact(tx, contactId);
    const [lately] = await tx.query<{ hour: number; minute: number }[]>(
      `select count(*)::integer as hour, count(*) filter (where asked_at > $3)::integer as minute
       from contact_test where contact_id = $1 and asked_at > $2`,
      [contactId, new Date(now.getTime() - 60 * MINUTE_MS), new Date(now.getTime() - MINUTE_MS)],
    );
    if ((lately?.minute ?? 0) > 0) throw new Conflict('a code was sent less than a minute ago; wait for it');
    if ((lately?.hour ?? 0) >= TESTS_AN_HOUR_MAX)
      throw new Conflict(`${TESTS_AN_HOUR_MAX} codes were sent within the hour; try again later`);
    const rows = await tx.query<{ id: number }[]>(
      `insert into contact_test (contact_id, asked_at, asked_by_person_id, expires_at) values ($1, $2, $3, $4) returning id`,
      [contactId, now, byPersonId, expiresAt],
    );
    await queueTest(tx, contact, found(rows, 'test', contactId).id, now);
  });
  return expiresAt;
}

async function queueTest(tx: EntityManager, { id, unit_id: unitId, channel }: ContactRow, testId: number, now: Date): Promise<void> {
  await tx.query(
    `insert into notice (contact_id, unit_id, key, channel, cause, severity, text_nb, text_en, queued_at, next_try_at)
     values ($1, $2, $3, $4, 'contact_test', 'info', $5, $6, $7, $7)`,
    [
      ...[id, unitId, contactTestKey(testId), channel],
      `Varde: koden for å bekrefte denne adressen er {code}. Den gjelder i ${CONTACT_TEST_MINUTES} minutter.`,
      `Varde: the code that confirms this address is {code}. It is good for ${CONTACT_TEST_MINUTES} minutes.`,
      now,
    ],
  );
}

/** An answer to a test of a contact. */
export interface ContactAnswer {
  readonly contactId: number;
  readonly code: string;
  readonly byPersonId: By;
}

/**
 * Dates a contact whose code has come through; everybody the unit serves is looked at again.
 * @param secretKey the installation's key
 * @throws NotFound; Conflict no code waits, or it is too old or was guessed at too often; Invalid wrong code
 */
export async function confirmContact(manager: EntityManager, answer: ContactAnswer, secretKey: string, now: Date): Promise<void> {
  const isRight = await manager.transaction(async (tx) => {
    const { unit_id: unitId } = await lockContact(tx, answer.contactId);
    const testId = await readWaitingTest(tx, answer.contactId, now);
    if (!isContactTestCode(secretKey, testId, answer.code)) {
      await tx.query(`update contact_test set wrong_tries = wrong_tries + 1 where id = $1`, [testId]);
      return false;
    }
    await tx.query(`update contact_test set answered_at = $2, answered_by_person_id = $3 where id = $1`, [testId, now, answer.byPersonId]);
    await tx.query(`update contact set tested_at = $2 where id = $1`, [answer.contactId, now]);
    await raisePlanVersionOfUnit(tx, unitId, now);
    return true;
  });
  // After the commit: a wrong guess must count.
  if (!isRight) throw new Invalid(['that is not the code that was sent']);
}

async function readWaitingTest(tx: EntityManager, contactId: number, now: Date): Promise<number> {
  const [test] = await tx.query<{ id: number; expires_at: Date; wrong_tries: number; answered_at: Date | null }[]>(
    `select id, expires_at, wrong_tries, answered_at from contact_test where contact_id = $1 order by id desc limit 1`,
    [contactId],
  );
  if (test === undefined || test.answered_at !== null) throw new Conflict('no code waits for an answer; ask for one first');
  if (test.expires_at <= now) throw new Conflict('the code is too old; ask for a new one');
  if (test.wrong_tries >= WRONG_TRIES_MAX) throw new Conflict('too many wrong codes; ask for a new one');
  return test.id;
}
