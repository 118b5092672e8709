// Whatever bytes come: no crash, nobody signed in by accident, nothing waiting for ever.
import fc from 'fast-check';
import { generate, type Packet } from 'mqtt-packet';
import { RawConnection, until } from '../../../../test/lean-client.js';
import { connectPacket, OBS, startRig } from '../../../../test/broker-rig.js';
import { readConnect } from './connect.js';
import { checkPacket, readHeader } from './packet.js';
import { REFUSALS } from './refusal.js';

const VALID: Buffer[] = [
  connectPacket(),
  connectPacket({ will: { topic: 'varde/v1/t/gw/status', payload: Buffer.from('gone'), qos: 1, retain: true } }),
  ...(
    [
      { cmd: 'publish', topic: OBS, payload: 'x', qos: 0, dup: false, retain: false },
      { cmd: 'publish', topic: OBS, payload: 'x', qos: 1, messageId: 1, dup: false, retain: false },
      { cmd: 'publish', topic: OBS, payload: 'x', qos: 2, messageId: 2, dup: false, retain: true },
      { cmd: 'pubrel', messageId: 2 },
      { cmd: 'puback', messageId: 2 },
      { cmd: 'pubrec', messageId: 2 },
      { cmd: 'subscribe', messageId: 3, subscriptions: [{ topic: 'varde/v1/t/gw/ack', qos: 1 }] },
      { cmd: 'unsubscribe', messageId: 4, unsubscriptions: ['varde/v1/t/gw/ack'] },
      { cmd: 'pingreq' },
      { cmd: 'disconnect' },
    ] satisfies Packet[]
  ).map((packet) => generate(packet)),
];
const LIMITS = { topicBytesMax: 300, topicLevelsMax: 8, filtersMax: 8 };
const KNOWN = new Set<string>(Object.keys(REFUSALS));

const mutated = fc
  .tuple(fc.constantFrom(...VALID), fc.array(fc.tuple(fc.nat(120), fc.nat(255)), { maxLength: 4 }), fc.nat(120))
  .map(([bytes, changes, cutAt]) => {
    const copy = Buffer.from(bytes);
    for (const [at, value] of changes) if (at < copy.length) copy[at] = value;
    return cutAt < copy.length ? copy.subarray(0, cutAt) : copy;
  });

test('the readers answer any bytes with a packet or a known reason', () => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), (raw) => {
      const bytes = Buffer.from(raw);
      const header = readHeader(bytes, 0);
      if (header.state === 'fault') expect(KNOWN).toContain(header.reason);
      const body = bytes.subarray(2);
      const connect = readConnect(body);
      if (!connect.ok) expect(KNOWN).toContain(connect.reason);
      for (const kind of [1, 3, 4, 5, 6, 7, 8, 10, 12, 14]) {
        const reason = checkPacket(kind, (bytes[0] ?? 0) & 15, body, LIMITS);
        if (reason !== null) expect(KNOWN).toContain(reason);
      }
    }),
    { numRuns: 1_000 },
  );
});

test('a broker under random, mutated and truncated packets goes on serving', async () => {
  const rig = await startRig({}, { limits: { connectTimeoutMs: 200 } });
  const inputs = fc.sample(
    fc.array(fc.oneof(mutated, mutated, fc.uint8Array({ maxLength: 50 }).map(Buffer.from)), { minLength: 1, maxLength: 5 }),
    {
      numRuns: 250,
      seed: 20261121,
    },
  );
  for (const [index, packets] of inputs.entries()) {
    const raw = await RawConnection.open(rig.port);
    if (index % 3 > 0) raw.send(connectPacket());
    raw.send(Buffer.concat(packets));
    if (index % 5 === 0) await raw.closes(5);
    raw.close();
  }
  const client = rig.client({ clientId: 'sound' });
  await client.connect();
  expect(await until(() => rig.broker.waitingMessages === 0)).toBe(true);
  expect(await until(() => rig.broker.connectedClients === 1)).toBe(true);
  for (const reason of rig.counts.keys()) expect(KNOWN).toContain(reason);
}, 60_000);
