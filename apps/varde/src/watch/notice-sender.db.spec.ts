import type { NoticeDraft } from '@varde/alerts';
import type { Severity } from '@varde/rules';
import { askContactTest, inTransaction, saveContact, saveEpisodeChanges, saveNoticeReceipt } from '@varde/store';
import { openTestDatabase, type TestDatabase } from '../../../../test/engine.js';
import { startMailServer, startSmsReceiver, type MailServer, type SmsReceiver } from '../../../../test/receivers.js';
import { anEpisode, saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';
import { openCouriers, type Couriers } from '../sending/couriers.js';
import { openLog } from '../log.js';
import type { SmsGateway } from '../sending/sms.js';
import { CHANNELS, NoticeSender, type SenderParts } from './notice-sender.js';

const TOKEN = 'et langt og hemmelig ord for gatewayen';
const NOW = new Date('2026-03-02T08:00:00Z');
const HOUR_MS = 3_600_000;
const PERSON_SMS = '+4790000002';
const UNIT_SMS = '+4790000001';

let db: TestDatabase;
let small: SmallCommunity;
let mail: MailServer;
let sms: SmsReceiver;
let couriers: Couriers;
const counted: string[] = [];
const firstTries: string[] = [];

beforeAll(async () => {
  db = await openTestDatabase();
  small = await saveSmallCommunity(db.database.dataSource);
  [mail, sms] = [await startMailServer(), await startSmsReceiver()];
  couriers = openCouriers({ mail: { url: mail.url, from: 'Varde <varde@example.no>' }, sms: { url: sms.url, token: TOKEN } });
});
afterAll(async () => {
  couriers.mailer?.close();
  await Promise.all([mail.close(), sms.close()]);
  await db.close();
});
beforeEach(async () => {
  for (const table of ['episode_domain', 'episode_step', 'notice', 'episode', 'contact_test', 'contact', 'duty'])
    await db.database.dataSource.query(`delete from ${table}`);
  mail.taken.length = sms.asked.length = counted.length = firstTries.length = 0;
  mail.answer = mail.answerToText = () => null;
  sms.answer = () => 202;
});

const parts = (given: Partial<SenderParts> = {}): SenderParts => ({
  ...{ database: db.database, couriers, secret: 'nøkkel', publicUrl: 'https://varde.example.no', log: openLog('silent'), now: () => NOW },
  count: (result) => void counted.push(result),
  onFirstTry: (channel, waitedMs) => void firstTries.push(`${channel} ${waitedMs}`),
  ...given,
});
const sendAll = async (at = NOW, given: Partial<SenderParts> = {}): Promise<void> => {
  await Promise.all(
    CHANNELS.map(async (channel) => {
      const sender = new NoticeSender(parts({ now: () => at, ...given }), channel);
      await sender.take();
      await sender.stop();
    }),
  );
};
const contact = (channel: 'sms' | 'email', address: string, personId: number | null = null, unitId = small.units.north): Promise<number> =>
  saveContact(db.database.dataSource.manager, { unitId, personId, channel, address, signingSecret: null }, null, NOW);
const onDuty = (personId: number, kind: 'shift' | 'on_call', fromH: number, toH: number): Promise<unknown> =>
  db.database.dataSource.query(`insert into duty (unit_id, person_id, kind, from_at, to_at, entered_at) values ($1, $2, $3, $4, $5, $6)`, [
    small.units.north,
    personId,
    kind,
    new Date(NOW.getTime() + fromH * HOUR_MS),
    new Date(NOW.getTime() + toH * HOUR_MS),
    NOW,
  ]);

/** Opens an episode with one notice to its owner, whose words are full of the patient. */
async function tell(severity: Severity, cause: NoticeDraft['cause'] = 'opened'): Promise<number> {
  const text = { nb: 'Første Oppdiktet: SpO2 86 % under målområdet', en: 'Første Oppdiktet: SpO2 86 % below the target' };
  const notice = { key: `0/${cause}/1`, cause, severity, unitId: small.units.north, at: NOW, text };
  const change = { episode: anEpisode(small, NOW, { severity }), steps: [], findings: [], notices: [notice] };
  const [id] = await inTransaction(db.database.dataSource, (tx) =>
    saveEpisodeChanges(tx, [{ patientId: change.episode.patientId, change }], NOW),
  );
  return id ?? 0;
}

interface Row {
  readonly id: number;
  readonly channel: string;
  readonly attempts: number;
  readonly sent_at: Date | null;
  readonly delivered_at: Date | null;
  readonly next_try_at: Date | null;
  readonly given_up_at: Date | null;
  readonly last_error: string | null;
  readonly receipt_id: string | null;
}
const rowsOf = (channel: string): Promise<Row[]> =>
  db.database.dataSource.query(`select *, notice.id::int as id from notice where channel = $1 order by notice.id`, [channel]);
const dueAt = async (): Promise<Date | null> => {
  const [row] = await db.database.dataSource.query<{ due_at: Date | null }[]>(`select due_at from patient_watch where patient_id = $1`, [
    small.patients.first,
  ]);
  return row?.due_at ?? null;
};

describe('who is told', () => {
  test("the unit's own contacts always, a person's while they have duty there", async () => {
    await contact('sms', UNIT_SMS);
    await contact('sms', PERSON_SMS, small.people.nora);
    await contact('email', 'pia@example.no', small.people.pia);
    await contact('email', 'tove@example.no', small.people.tove);
    await contact('sms', '+4790000009', null, small.units.south);
    await onDuty(small.people.nora, 'on_call', -1, 1);
    await onDuty(small.people.pia, 'shift', -1, 1);
    await onDuty(small.people.tove, 'shift', 1, 9);
    await tell('red');
    await sendAll();
    expect(sms.asked.map(({ body }) => body.to).sort()).toEqual([UNIT_SMS, PERSON_SMS]);
    expect(mail.taken.map(({ to }) => to)).toEqual([['pia@example.no']]);
  });

  test('nobody who has left or may act on episodes no longer, whatever duty is still entered', async () => {
    const { dataSource } = db.database;
    await contact('sms', PERSON_SMS, small.people.nora);
    await contact('email', 'pia@example.no', small.people.pia);
    await contact('sms', UNIT_SMS, small.people.tove);
    for (const who of ['nora', 'pia', 'tove'] as const) await onDuty(small.people[who], 'shift', -1, 1);
    await dataSource.query(`update person set active = false where id = $1`, [small.people.nora]);
    await dataSource.query(`update person set roles = '{operator}' where id = $1`, [small.people.tove]);
    await dataSource.query(`delete from person_unit where person_id = $1`, [small.people.pia]);
    try {
      await tell('red');
      await sendAll();
      expect([sms.asked, mail.taken]).toEqual([[], []]);
    } finally {
      await dataSource.query(`update person set active = true`);
      await dataSource.query(`update person set roles = '{team_lead}' where id = $1`, [small.people.tove]);
      await dataSource.query(`insert into person_unit (person_id, unit_id) values ($1, $2)`, [small.people.pia, small.units.north]);
    }
  });

  test.each<[Severity, NoticeDraft['cause'], number, number]>([
    ['info', 'opened', 0, 0],
    ['yellow', 'opened', 0, 1],
    ['yellow', 'offered', 1, 1],
    ['red', 'opened', 1, 1],
    ['critical', 'escalated', 1, 1],
  ])('of what is %s and %s: %i by SMS, %i by e-mail', async (severity, cause, texts, mails) => {
    await contact('sms', UNIT_SMS);
    await contact('email', 'vakt@example.no');
    await tell(severity, cause);
    expect([(await rowsOf('sms')).length, (await rowsOf('email')).length]).toEqual([texts, mails]);
    expect(await rowsOf('worklist')).toHaveLength(1);
  });
});

describe('what is told', () => {
  test('nothing about the patient, whatever the notice says: only which unit must look, where, and a number', async () => {
    await contact('sms', UNIT_SMS);
    await contact('email', 'vakt@example.no');
    for (const cause of [
      'opened',
      'relapsed',
      'severity_rose',
      'escalated',
      'acknowledgement_ran_out',
      'assigned',
      'offered',
      'advice_asked',
      'patient_answered',
      'domain_joined',
    ] as const) {
      const id = await tell('red', cause);
      await db.database.dataSource.query(`delete from episode_domain where episode_id = $1`, [id]);
    }
    await sendAll();
    const bodies = [...sms.asked.map(({ body }) => `${body.text} ${body.id}`), ...mail.taken.map(({ raw }) => decoded(raw))];
    expect(bodies).toHaveLength(20);
    for (const body of bodies) {
      expect(body).not.toMatch(/Oppdiktet|Første|1950|SpO2|86|respir|pust|patientId|episode/i);
      expect(body).toContain('Oppfølging Nordvik');
    }
    expect(sms.asked[0]?.body.text).toMatch(
      /^Varde: en ny rød hendelse hos Oppfølging Nordvik\. Logg inn: https:\/\/varde\.example\.no \(varsel \d+\)$/,
    );
  });

  test('the code of a contact test, which is kept nowhere', async () => {
    const id = await contact('sms', UNIT_SMS);
    await askContactTest(db.database.dataSource.manager, id, null, NOW);
    await sendAll();
    expect(sms.asked[0]?.body.text).toMatch(/koden .* er \d{6}\./);
    const [row] = await db.database.dataSource.query<{ text_nb: string }[]>(`select text_nb from notice`);
    expect(row?.text_nb).toContain('{code}');
  });
});

/** The text of a mail, whatever it was encoded in. */
function decoded(raw: string): string {
  const [head = '', body = ''] = raw.split(/\r\n\r\n/);
  const subject = /^Subject: ([\s\S]*?)\r\n(?=\S)/m.exec(`${head}\r\nX`)?.[1] ?? '';
  const words = subject.replaceAll(/=\?UTF-8\?Q\?(.*?)\?=\s*/gi, (_, text: string) => quoted(text.replaceAll('_', ' ')));
  const isQuoted = /quoted-printable/i.test(head);
  const text = /base64/i.test(head)
    ? Buffer.from(body, 'base64').toString('utf8')
    : isQuoted
      ? quoted(body.replaceAll(/=\r\n/g, ''))
      : body;
  return `${words}\n${text}`;
}

function quoted(text: string): string {
  const bytes = text.replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

describe('once', () => {
  test('however many senders run', async () => {
    for (let number = 0; number < 8; number++) await contact('sms', `+479000010${number}`);
    for (let number = 0; number < 8; number++) await contact('email', `vakt${number}@example.no`);
    await tell('red');
    await Promise.all(Array.from({ length: 6 }, () => sendAll()));
    expect(sms.asked.map(({ body }) => body.to).sort()).toEqual([...new Set(sms.asked.map(({ body }) => body.to))].sort());
    expect([sms.asked.length, mail.taken.length]).toEqual([8, 8]);
    await sendAll(new Date(NOW.getTime() + HOUR_MS));
    expect([sms.asked.length, mail.taken.length]).toEqual([8, 8]);
  });

  test('one that a sender took and died with is sent when the lease ends, under the same name', async () => {
    await contact('sms', UNIT_SMS);
    await tell('red');
    const named: string[] = [];
    const dying: SmsGateway = {
      send: ({ key }) => {
        named.push(key);
        return Promise.reject(new Error('died in the middle'));
      },
    };
    await sendAll(new Date(NOW.getTime() + 1_500), { couriers: { ...couriers, sms: dying } });
    await sendAll(new Date(NOW.getTime() + 31_499));
    expect(sms.asked).toEqual([]);
    await sendAll(new Date(NOW.getTime() + 31_500));
    await sendAll(new Date(NOW.getTime() + HOUR_MS));
    expect(sms.asked.map(({ headers }) => headers['idempotency-key'])).toEqual(named);
    expect(await rowsOf('sms')).toMatchObject([{ attempts: 2, sent_at: new Date(NOW.getTime() + 31_500), next_try_at: null }]);
    // How long it waited is told of the first try only.
    expect(firstTries).toEqual(['sms 1500']);
  });
});

describe('how far it has come', () => {
  test('sent is not delivered: mail says no more, a text message when the gateway says so', async () => {
    await contact('sms', UNIT_SMS);
    await contact('email', 'vakt@example.no');
    await tell('red');
    expect(await rowsOf('sms')).toMatchObject([{ sent_at: null }]);
    await sendAll();
    expect(sms.asked[0]?.headers).toMatchObject({ authorization: `Bearer ${TOKEN}` });
    expect(await rowsOf('email')).toMatchObject([{ sent_at: NOW, delivered_at: null, next_try_at: null }]);
    const [row] = await rowsOf('sms');
    expect(row).toMatchObject({ sent_at: NOW, delivered_at: null, receipt_id: `r-varde-notice-${row?.id}` });
    const later = new Date(NOW.getTime() + 4_000);
    const { manager } = db.database.dataSource;
    const receipt = { receiptId: row?.receipt_id ?? '', status: 'delivered' as const, reason: '' };
    expect(await saveNoticeReceipt(manager, receipt, later)).toBe(true);
    expect(await saveNoticeReceipt(manager, { ...receipt, status: 'failed', reason: 'late' }, later)).toBe(true);
    expect(await rowsOf('sms')).toMatchObject([{ delivered_at: later, given_up_at: null }]);
    expect(await saveNoticeReceipt(manager, { ...receipt, receiptId: 'nobody knows' }, later)).toBe(false);
  });

  test('a receipt that it failed gives it up, and the patient is looked at', async () => {
    await contact('sms', UNIT_SMS);
    await tell('red');
    await sendAll();
    await db.database.dataSource.query(`update patient_watch set due_at = null`);
    const [row] = await rowsOf('sms');
    await saveNoticeReceipt(
      db.database.dataSource.manager,
      { receiptId: row?.receipt_id ?? '', status: 'failed', reason: 'no such number' },
      NOW,
    );
    expect(await rowsOf('sms')).toMatchObject([{ given_up_at: NOW, last_error: 'no such number' }]);
    expect(await dueAt()).toEqual(NOW);
  });

  test.each<[Severity, number[]]>([
    ['critical', [5, 15, 30]],
    ['red', [5, 15, 60, 180]],
    ['yellow', [5, 15, 60, 300, 900, 3_600, 3_600, 3_600]],
  ])('%s: tried again after %j seconds and given up; then the patient is looked at', async (severity, waitsS) => {
    await contact('email', 'vakt@example.no');
    mail.answer = () => 451;
    await tell(severity);
    await db.database.dataSource.query(`update patient_watch set due_at = null`);
    let at = NOW;
    for (const waitS of waitsS) {
      await sendAll(at);
      const next = new Date(at.getTime() + waitS * 1_000);
      expect(await rowsOf('email')).toMatchObject([{ next_try_at: next, given_up_at: null }]);
      at = next;
    }
    expect(await dueAt()).toBeNull();
    await sendAll(at);
    const attempts = waitsS.length + 1;
    expect(await rowsOf('email')).toMatchObject([
      { attempts, next_try_at: null, given_up_at: at, last_error: 'the mail server answered 451' },
    ]);
    expect(await dueAt()).toEqual(at);
  });

  test.each<[string, () => void, Partial<SenderParts>, string]>([
    ['a mail server that knows nobody of the name', () => (mail.answer = () => 550), {}, 'the mail server answered 550'],
    ['a gateway that cannot reach the number', () => (sms.answer = () => 422), {}, 'the gateway answered 422'],
    ['no mail server', () => undefined, { couriers: { mailer: null, sms: null } }, 'is set'],
  ])('%s: given up at once', async (_what, refuse, given, because) => {
    await contact(because.includes('gateway') ? 'sms' : 'email', because.includes('gateway') ? UNIT_SMS : 'vakt@example.no');
    await tell('red');
    refuse();
    await sendAll(NOW, given);
    const rows = [...(await rowsOf('email')), ...(await rowsOf('sms'))];
    expect(rows).toMatchObject([{ attempts: 1, given_up_at: NOW, sent_at: null }]);
    expect(rows[0]?.last_error).toContain(because);
  });
});

describe('whether anybody could be reached by a channel', () => {
  /** After so many tries of one notice, the last of which gives it up. */
  const closedAfter = async (channel: 'sms' | 'email', tries: number, given: Partial<SenderParts> = {}): Promise<boolean> => {
    await contact(channel, channel === 'sms' ? UNIT_SMS : 'vakt@example.no');
    const id = await tell('red');
    await db.database.dataSource.query(`update notice set attempts = $2 where episode_id = $1`, [id, 5 - tries]);
    let at = NOW;
    const sender = new NoticeSender(parts({ ...given, now: () => at }), channel);
    for (let number = 1; number <= tries; number++) {
      await sender.take();
      await sender.stop();
      at = new Date(at.getTime() + HOUR_MS);
    }
    return sender.closedForMs !== null;
  };

  const none: Couriers = { mailer: null, sms: null };
  const nobody = 'http://127.0.0.1:1';
  const gone = openCouriers({
    mail: { url: nobody.replace('http', 'smtp'), from: 'Varde <varde@example.no>' },
    sms: { url: nobody, token: TOKEN },
  });
  afterAll(() => gone.mailer?.close());
  interface Given {
    readonly answers?: number;
    readonly toText?: number;
    readonly by?: Couriers;
    readonly tries?: number;
  }
  test.each<[string, 'sms' | 'email', Given, boolean]>([
    ['a gateway that takes messages', 'sms', {}, false],
    ['a token that has expired', 'sms', { answers: 401 }, true],
    ['an address that is no gateway', 'sms', { answers: 404 }, true],
    ['a number that is none', 'sms', { answers: 422 }, false],
    ['a gateway that failed once', 'sms', { answers: 500 }, false],
    ['a gateway that failed twice', 'sms', { answers: 500, tries: 2 }, true],
    ['a connection to the gateway that was gone', 'sms', { by: gone }, false],
    ['no gateway is set', 'sms', { by: none }, true],
    ['a mail server that takes messages', 'email', {}, false],
    ['a receiver that the mail server does not know', 'email', { answers: 550 }, false],
    ['a receiver that is to be tried later', 'email', { answers: 451, tries: 3 }, false],
    ['a mailbox that is full', 'email', { toText: 552 }, false],
    ['a filter that refuses what is written', 'email', { toText: 554 }, false],
    ['a mail server that was busy once', 'email', { toText: 451 }, false],
    ['a mail server that was busy twice', 'email', { toText: 451, tries: 2 }, true],
    ['a mail server that was not there once', 'email', { by: gone }, false],
    ['no mail server is set', 'email', { by: none }, true],
  ])('%s (%s)', async (_, channel, { answers, toText, by = couriers, tries = 1 }, expected) => {
    sms.answer = () => answers ?? 202;
    mail.answer = () => answers ?? null;
    mail.answerToText = () => toText ?? null;
    expect(await closedAfter(channel, tries, { couriers: by })).toBe(expected);
    // Whatever came of it, nothing waits: only that shows it.
    expect((await rowsOf(channel)).every(({ next_try_at }) => next_try_at === null)).toBe(true);
  });

  test('not by a mail server that does not let us in', async () => {
    const wrong = openCouriers({ mail: { url: mail.url.replace('hemmelig', 'feil'), from: 'Varde <varde@example.no>' }, sms: null });
    expect(await closedAfter('email', 1, { couriers: wrong })).toBe(true);
    wrong.mailer?.close();
  });
});
