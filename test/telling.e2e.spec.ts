import { createHmac } from 'node:crypto';
import { changePlanText, saveContact } from '@varde/store';
import type { Service } from '../apps/varde/src/start.js';
import { openTestDatabase, type TestDatabase } from './engine.js';
import { startMailServer, startSmsReceiver, type MailServer, type SmsReceiver } from './receivers.js';
import {
  addHome,
  addPerson,
  eventually,
  foundCommunity,
  Gateway,
  mqttPort,
  spo2,
  startService,
  type AddedHome,
  type Founded,
} from './whole-way.js';

const TOKEN = 'et langt og hemmelig ord for gatewayen';

let db: TestDatabase;
let service: Service;
let founded: Founded;
let mail: MailServer;
let sms: SmsReceiver;

beforeAll(async () => {
  db = await openTestDatabase();
  [mail, sms] = [await startMailServer(), await startSmsReceiver()];
  service = await startService(db.url, {
    VARDE_SMTP_URL: mail.url,
    VARDE_MAIL_FROM: 'varde@example.no',
    VARDE_SMS_URL: sms.url,
    VARDE_SMS_TOKEN: TOKEN,
    VARDE_PUBLIC_URL: 'https://varde.example.no',
  });
  founded = await foundCommunity(db.database, { since: new Date(Date.now() - 86_400_000) });
}, 120_000);
afterAll(async () => {
  await service.stop();
  await Promise.all([mail.close(), sms.close()]);
  await db.close();
});

const addOximeterHome = (name: string): Promise<AddedHome> =>
  addHome(db.database, founded, {
    gateway: name,
    programmes: ['copd'],
    devices: [{ id: `OX-${name}`, kind: 'pulse-oximeter' }],
    unitIds: [founded.dhoId, founded.gpId],
  });
const stepsOf = async ({ patientId }: AddedHome): Promise<string[]> => {
  const rows = await db.database.dataSource.query<{ en: string }[]>(
    `select s.reason_en as en from episode_step s join episode e on e.id = s.episode_id where e.patient_id = $1 and s.kind = 'escalated' order by s.id`,
    [patientId],
  );
  return rows.map(({ en }) => en);
};
async function red(home: AddedHome): Promise<void> {
  const gateway = await Gateway.open(home, mqttPort(service));
  const device = `OX-${home.gateway}`;
  await gateway.send(device, spo2(86, new Date(Date.now() - 60_000)));
  await gateway.send(device, spo2(86, new Date()));
  gateway.close();
}
const add = (channel: 'sms' | 'email', address: string): Promise<number> =>
  saveContact(
    db.database.dataSource.manager,
    { unitId: founded.dhoId, personId: null, channel, address, signingSecret: null },
    null,
    new Date(),
  );

test('a red item goes out by SMS and e-mail; the receipt of the gateway makes it delivered; opening it makes it read', async () => {
  await add('sms', '+4790000001');
  await add('email', 'vakt@example.no');
  const home = await addOximeterHome('told');
  await red(home);
  const text = await eventually('the message is handed over', () => sms.asked[0]);
  await eventually('the mail is taken', () => mail.taken[0]);
  const counted = await (await fetch(`${service.apiUrl}/metrics`)).text();
  expect(counted).toMatch(/^varde_notice_first_try_seconds_bucket{le="15",channel="sms"} 1$/m);
  expect(text.body.text).toMatch(/^Varde: .*rød hendelse.*https:\/\/varde\.example\.no/);
  const receipt = { receiptId: `r-${text.body.id}`, status: 'delivered' };
  const seconds = Math.floor(Date.now() / 1000);
  const digest = createHmac('sha256', TOKEN).update(`${seconds}.${receipt.receiptId}.delivered.`).digest('hex');
  const post = (signature: string): Promise<Response> =>
    fetch(`${service.apiUrl}/api/sms/receipts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'varde-signature': signature },
      body: JSON.stringify(receipt),
    });
  expect((await post(`t=${seconds},v1=${digest.replace(/^../, '00')}`)).status).toBe(403);
  expect((await post(`t=${seconds - 900},v1=${digest}`)).status).toBe(403);
  expect((await post(`t=${seconds},v1=${digest}`)).status).toBe(204);
  const nurse = await addPerson(service, 'telling-nurse', 'nurse', [founded.dhoId]);
  const [episode] = await db.database.dataSource.query<{ id: string }[]>(
    `select id from episode where patient_id = $1 and severity = 'red'`,
    [home.patientId],
  );
  const story = (await (await nurse.ask('GET', `/api/episodes/${episode?.id}`)).json()) as {
    notices: { channel: string; sentAt: string | null; deliveredAt: string | null; readAt: string | null; to: string | null }[];
    advice: { kind: string; sentAt: string | null }[];
  };
  expect(story.notices.find(({ channel }) => channel === 'sms')).toMatchObject({ deliveredAt: expect.any(String), acceptedAt: null });
  expect(story.notices.find(({ channel }) => channel === 'email')).toMatchObject({ sentAt: expect.any(String), deliveredAt: null });
  expect(story.advice).toMatchObject([{ kind: 'red' }]);
  const rows = db.database.dataSource.query<{ read: boolean }[]>(
    `select read_at is not null as read from notice where episode_id = $1 and channel = 'sms'`,
    [episode?.id],
  );
  expect(await rows).toEqual([{ read: true }]);
});

test('a step whose every message is refused for good moves on at once, and says so', async () => {
  mail.answer = () => 550;
  sms.answer = () => 422;
  const home = await addOximeterHome('refused');
  const begunMs = Date.now();
  await red(home);
  // By the clock the second step would come after half an hour.
  const steps = await eventually('the ladder moves on', async () => {
    const all = await stepsOf(home);
    return all.some((line) => line.startsWith('Step 2')) ? all : null;
  });
  expect(Date.now() - begunMs).toBeLessThan(20_000);
  expect(steps).toContain('None of the messages about the last step could be delivered; moves on at once');
  [mail.answer, sms.answer] = [() => null, () => 202];
});

test('words agreed with the patient are what they are told', async () => {
  const home = await addOximeterHome('agreed');
  const nurse = await addPerson(service, 'agreeing-nurse', 'nurse', [founded.dhoId]);
  const doctor = await addPerson(service, 'agreeing-doctor', 'physician', [founded.dhoId]);
  const path = `/api/patients/${home.patientId}/plan-texts`;
  const words = { nb: 'Ta to drag, ring lungesykepleieren.', en: 'Two puffs, call the lung nurse.', reason: 'avtalt', expectedVersion: 0 };
  expect((await nurse.ask('POST', path, { ...words, key: 'red' })).status).toBe(201);
  expect((await nurse.ask('POST', path, { ...words, key: 'red' })).status).toBe(409);
  expect((await nurse.ask('POST', path, { ...words, key: 'call_113', nb: 'Ring 113.', en: 'Call 113.' })).status).toBe(403);
  expect((await doctor.ask('POST', path, { ...words, key: 'call_113', nb: '113 er varslet.', en: 'Call 113.' })).status).toBe(400);
  await red(home);
  const told = await eventually('the patient is told', async () => {
    const rows = await db.database.dataSource.query<{ text_nb: string }[]>(
      `select text_nb from home_advice where patient_id = $1 and kind = 'red'`,
      [home.patientId],
    );
    return rows[0]?.text_nb;
  });
  expect(told).toContain('Ta to drag, ring lungesykepleieren.');
  const [person] = await db.database.dataSource.query<{ id: number }[]>(`select id from person where username = 'agreeing-doctor'`);
  const author = { personId: person?.id ?? 0, roles: ['physician' as const] };
  const change = {
    patientId: home.patientId,
    key: 'red' as const,
    text: words,
    reason: 'ny',
    validFrom: null,
    validTo: null,
    expectedVersion: 1,
  };
  expect(await changePlanText(db.database.dataSource.manager, author, change, new Date())).toMatchObject({ version: 2 });
  expect(await (await nurse.ask('GET', path)).json()).toMatchObject([{ version: 2 }, { version: 1, validTo: expect.any(String) }]);
});
