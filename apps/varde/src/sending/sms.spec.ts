import { startHookReceiver } from '../../../../test/receivers.js';
import { openSmsGateway } from './sms.js';

test('a gateway that has moved is not followed: neither the number nor the token goes where it points', async () => {
  const [gateway, elsewhere] = [await startHookReceiver(), await startHookReceiver()];
  gateway.answer = () => 307;
  gateway.movedTo = elsewhere.url;
  const sms = openSmsGateway({ url: gateway.url, token: 'x'.repeat(32) });
  const sending = await sms.send({ to: '+4790000000', text: 'Varde: en ny hendelse', key: 'varde-notice-1' });
  expect(sending).toMatchObject({ ok: false, fault: 'the gateway answered 307' });
  expect([gateway.posted.length, elsewhere.posted.length]).toEqual([1, 0]);
  await Promise.all([gateway.close(), elsewhere.close()]);
});
