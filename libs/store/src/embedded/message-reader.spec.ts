import fc from 'fast-check';
import { MESSAGE_BYTES_MAX, MessageReader, UnreadableBytes } from './message-reader.js';
import { int32, message, queryMessage, SYNC, zeroEnded } from './protocol.js';
import { readStartup } from './startup.js';

test('messages come out whole and in order however the bytes were cut', () => {
  const aMessage = fc.uint8Array({ maxLength: 40 }).map((body) => message('d', Buffer.from(body)));
  fc.assert(
    fc.property(fc.array(aMessage, { maxLength: 10 }), fc.array(fc.nat(20), { minLength: 1 }), (messages, cuts) => {
      const bytes = Buffer.concat(messages);
      const reader = new MessageReader();
      const out: Buffer[] = [];
      for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
        const size = 1 + (cuts[turn % cuts.length] ?? 0);
        reader.push(bytes.subarray(at, at + size));
        at += size;
        for (let next = reader.next(); next; next = reader.next()) out.push(Buffer.from(next));
      }
      expect(out).toEqual(messages);
    }),
  );
});

test('random bytes are refused or awaited, never anything else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, isStartup) => {
      const reader = new MessageReader();
      reader.push(Buffer.from(bytes));
      try {
        const packet = isStartup ? reader.nextStartup() : reader.next();
        if (packet && isStartup) expect(readStartup(packet)).toHaveProperty('kind');
      } catch (error) {
        expect(error).toBeInstanceOf(UnreadableBytes);
      }
    }),
  );
});

test('a message that is too long is refused by its length alone', () => {
  const reader = new MessageReader();
  reader.push(Buffer.concat([Buffer.from('Q'), int32(MESSAGE_BYTES_MAX + 1)]));
  expect(() => reader.next()).toThrow(UnreadableBytes);
});

const startup = (version: number, ...pairs: string[]): Buffer => {
  const body = Buffer.concat([int32(version), ...pairs.map(zeroEnded), Buffer.alloc(1)]);
  return Buffer.concat([int32(body.length + 4), body]);
};

test('the start-up says who comes and with which settings', () => {
  const read = readStartup(
    startup(
      196608,
      'user',
      'varde',
      'application_name',
      'console',
      'options',
      '-c TimeZone=Europe/Oslo --lc-messages=C\\ x',
      'DateStyle',
      'ISO',
    ),
  );
  expect(read).toMatchObject({ kind: 'session', applicationName: 'console' });
  expect(read.kind === 'session' && [...read.settings]).toEqual([
    ['TimeZone', 'Europe/Oslo'],
    ['lc_messages', 'C x'],
    ['DateStyle', 'ISO'],
  ]);
});

test.each([
  ['protocol 2', startup(131072), '0A000'],
  ['replication', startup(196608, 'user', 'a', 'replication', 'true'), '0A000'],
  ['another encoding', startup(196608, 'user', 'a', 'client_encoding', 'LATIN1'), '0A000'],
  ['a short cancel', Buffer.concat([int32(8), int32(80877102)]), '08P01'],
])('%s is refused', (_, packet, code) => {
  expect(readStartup(packet)).toMatchObject({ kind: 'refused', code });
});

test('protocol 3.2 and unknown extensions are answered with 3.0', () => {
  const read = readStartup(startup(196610, 'user', 'a', '_pq_.new_thing', '1'));
  expect(read.kind === 'session' && read.negotiation.toString('latin1')).toBe(`v\0\0\0\x1b\0\x03\0\0\0\0\0\x01_pq_.new_thing\0`);
});

test('a query and a sync are messages of their own', () => {
  const reader = new MessageReader();
  reader.push(Buffer.concat([queryMessage('select 1'), SYNC]));
  expect([reader.next()?.toString('latin1'), reader.next(), reader.next()]).toEqual(['Q\0\0\0\rselect 1\0', SYNC, null]);
});
