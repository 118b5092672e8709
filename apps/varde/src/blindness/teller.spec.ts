import { startHookReceiver, startMailServer, startSmsReceiver } from '../../../../test/receivers.js';
import { openCouriers } from '../sending/couriers.js';
import { openLog } from '../log.js';
import { signature } from '../sending/webhook.js';
import { blindBody, courierOf, tellEverybody, type BlindMessage } from './teller.js';
import type { Address } from './whom-to-tell.js';

const NOW = new Date('2026-03-02T08:00:00Z');
const MESSAGE: BlindMessage = {
  ...{ key: 'blind-7', kind: 'blind', text: { nb: 'Ingen ser målingene', en: 'Nobody sees the readings' } },
  facts: { blind: [{ part: 'watch' }] },
};
const SECRET = 'nøkkelen til mottakeren';
const LOG = openLog('silent');

const open = async () => {
  const [mail, sms, hook] = await Promise.all([startMailServer(), startSmsReceiver(), startHookReceiver()]);
  const couriers = openCouriers({ mail: { url: mail.url, from: 'Varde <varde@example.no>' }, sms: { url: sms.url, token: 'ord' } });
  const close = () => {
    couriers.mailer?.close();
    return Promise.all([mail.close(), sms.close(), hook.close()]);
  };
  return { mail, sms, hook, courier: courierOf(couriers, () => NOW), close };
};
let opened: Awaited<ReturnType<typeof open>>;
beforeEach(async () => {
  opened = await open();
});
afterEach(() => opened.close());

const everybody = (): Address[] => [
  { channel: 'email', address: 'vakt@example.no', signingSecret: null },
  { channel: 'sms', address: '+4790000001', signingSecret: null },
  { channel: 'webhook', address: opened.hook.url, signingSecret: SECRET },
];

test('by mail, by text message and by webhook, each in its own form', async () => {
  const { mail, sms, hook, courier } = opened;
  expect(await tellEverybody(courier, everybody(), MESSAGE, LOG)).toBe(3);
  expect(mail.taken).toMatchObject([{ to: ['vakt@example.no'], raw: expect.stringContaining('Subject: Varde ser ikke') }]);
  expect(mail.taken[0]?.raw).toContain('Nobody sees the readings');
  expect(sms.asked).toMatchObject([
    { headers: { 'idempotency-key': 'blind-7' }, body: { to: '+4790000001', text: 'Ingen ser målingene' } },
  ]);
  const body = blindBody(MESSAGE);
  expect(hook.posted).toMatchObject([{ headers: { 'varde-notice': 'blind-7', 'varde-signature': signature(body, SECRET, NOW) }, body }]);
  expect(JSON.parse(body)).toMatchObject({ schema: 'varde.blindness/1', kind: 'blind', blind: [{ part: 'watch' }] });
});

test('what fails is tried three times, two and then six seconds apart; who was told is not told again', async () => {
  const { mail, sms, hook, courier } = opened;
  const triedMs: number[] = [];
  mail.answer = () => 451;
  sms.answer = () => {
    triedMs.push(performance.now());
    return triedMs.length < 3 ? 503 : 202;
  };
  expect(await tellEverybody(courier, everybody(), MESSAGE, LOG)).toBe(2);
  const [first = 0, second = 0, third = 0] = triedMs;
  // A timer may run a little early; how late it runs depends on the machine.
  expect(second - first).toBeGreaterThan(1_950);
  expect(third - second).toBeGreaterThan(5_950);
  expect(third - first).toBeLessThan(30_000);
  expect(new Set(sms.asked.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  expect([triedMs.length, hook.posted.length, mail.taken.length]).toEqual([3, 1, 0]);
});

test('a channel that nothing is set for reaches nobody', async () => {
  const courier = courierOf({ mailer: null, sms: null }, () => NOW);
  const faults = await Promise.all(everybody().map((address) => courier(address, MESSAGE)));
  expect(faults).toEqual(['no way to send email is set', 'no way to send sms is set', null]);
});
