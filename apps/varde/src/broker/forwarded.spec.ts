import { Forwarded } from './forwarded.js';

const cmd = (payload: string) => ({ topic: 'varde/v1/t/g/cmd', payload: Buffer.from(payload) });
const ack = { topic: 'varde/v1/t/g/ack', payload: Buffer.from('{}') };

test('a confirmation is of the message in its place, whatever went out between', () => {
  const forwarded = new Forwarded();
  forwarded.note(ack, false);
  forwarded.note(cmd('first'), true);
  forwarded.note(ack, false);
  forwarded.note(cmd('second'), true);
  expect([1, 2, 3, 4, 5].map(() => forwarded.confirm()?.payload.toString() ?? null)).toEqual([null, 'first', null, 'second', null]);
});

test('what is sent again and again to a gateway that confirms nothing is remembered once', () => {
  const forwarded = new Forwarded();
  for (const payload of ['call', 'call', 'other', 'call']) forwarded.note(cmd(payload), true);
  expect(forwarded.awaited).toBe(2);
  expect([1, 2, 3, 4].map(() => forwarded.confirm()?.payload.toString() ?? null)).toEqual(['call', null, 'other', null]);
  forwarded.note(cmd('call'), true);
  expect(forwarded.confirm()?.payload.toString()).toBe('call');
});
