import { generate } from 'mqtt-packet';
import { RawConnection, until } from '../../../../test/lean-client.js';
import { connectPacket, OBS, startRig } from '../../../../test/broker-rig.js';

/** A packet of hex pieces; text in quotes becomes a length-prefixed string. */
const packet = (first: string, ...parts: string[]): Buffer => {
  const body = Buffer.concat(
    parts.map((part) => (part.startsWith("'") ? field(part.slice(1, -1)) : Buffer.from(part.replaceAll(' ', ''), 'hex'))),
  );
  return Buffer.concat([Buffer.from(first, 'hex'), Buffer.from([body.length]), body]);
};
const field = (text: string | Buffer): Buffer => {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
};

describe('a CONNECT the standard forbids', () => {
  const SIGNED = ["'t/gw'", "'right'"];
  const cases: [clause: string, bytes: Buffer, answer: string, reason: string][] = [
    [
      'MQTT-3.1.0-1: first packet is a PUBLISH',
      generate({ cmd: 'publish', topic: OBS, payload: 'x', qos: 0, dup: false, retain: false }),
      '',
      'first-packet-not-connect',
    ],
    ['MQTT-3.1.0-1: first packet is a PINGREQ', Buffer.from('c000', 'hex'), '', 'first-packet-not-connect'],
    ['MQTT-3.1.0-1: first byte is HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), '', 'first-packet-not-connect'],
    ['MQTT-2.2.2-2: reserved flags of CONNECT', packet('11', "'MQTT'", '04 c2 001e', "'gw'", ...SIGNED), '', 'fixed-header-flags'],
    ['2.2.3: remaining length of five bytes', Buffer.from('10ffffffff7f', 'hex'), '', 'remaining-length'],
    ['MQTT-3.1.2-1: protocol name MQTX', packet('10', "'MQTX'", '04 c2 001e', "'gw'", ...SIGNED), '', 'protocol-name'],
    ['MQTT-3.1.2-1: protocol name mqtt', packet('10', "'mqtt'", '04 c2 001e', "'gw'", ...SIGNED), '', 'protocol-name'],
    ['MQTT-3.1.2-2: level 5 gets code 1', packet('10', "'MQTT'", '05 c2 001e 00', "'gw'", ...SIGNED), '20020001', 'protocol-level'],
    ['MQTT-3.1.2-2: level 0 gets code 1', packet('10', "'MQTT'", '00 c2 001e', "'gw'", ...SIGNED), '20020001', 'protocol-level'],
    ['MQTT-3.1.2-2: bridge level 0x84 gets code 1', packet('10', "'MQTT'", '84 c2 001e', "'gw'", ...SIGNED), '20020001', 'protocol-level'],
    ['MQTT-3.1.2-3: reserved connect flag', packet('10', "'MQTT'", '04 c3 001e', "'gw'", ...SIGNED), '', 'connect-flags'],
    [
      'MQTT-3.1.2-14: will QoS 3',
      packet('10', "'MQTT'", '04 de 001e', "'gw'", "'varde/v1/t/gw/status'", "'x'", ...SIGNED),
      '',
      'connect-flags',
    ],
    ['MQTT-3.1.2-13: will QoS without will', packet('10', "'MQTT'", '04 ca 001e', "'gw'", ...SIGNED), '', 'connect-flags'],
    ['MQTT-3.1.2-15: will retain without will', packet('10', "'MQTT'", '04 e2 001e', "'gw'", ...SIGNED), '', 'connect-flags'],
    ['MQTT-3.1.2-22: password without user name', packet('10', "'MQTT'", '04 42 001e', "'gw'", "'right'"), '', 'connect-flags'],
    ['MQTT-3.1.2-19: user name flag without a user name', packet('10', "'MQTT'", '04 82 001e', "'gw'"), '', 'connect-malformed'],
    ['MQTT-3.1.2-18: a user name without its flag', packet('10', "'MQTT'", '04 02 001e', "'gw'", "'t/gw'"), '', 'connect-malformed'],
    ['MQTT-3.1.2-21: password flag without a password', packet('10', "'MQTT'", '04 c2 001e', "'gw'", "'t/gw'"), '', 'connect-malformed'],
    ['MQTT-3.1.3-1: bytes after the payload', packet('10', "'MQTT'", '04 c2 001e', "'gw'", ...SIGNED, '00'), '', 'connect-malformed'],
    ['MQTT-3.1.3-3: no client id at all', packet('10', "'MQTT'", '04 02 001e'), '', 'connect-malformed'],
    ['empty CONNECT', Buffer.from('1000', 'hex'), '', 'protocol-name'],
    [
      'MQTT-3.1.3-8: empty client id with a kept session gets code 2',
      packet('10', "'MQTT'", '04 c0 001e', "''", ...SIGNED),
      '20020002',
      'client-id',
    ],
    ['MQTT-1.5.3-2: NUL in the client id', packet('10', "'MQTT'", '04 c2 001e', "'g\0'", ...SIGNED), '', 'text-not-allowed'],
    ['MQTT-1.5.3-1: surrogate in the client id', packet('10', "'MQTT'", '04 c2 001e 0003 eda080', ...SIGNED), '', 'text-not-allowed'],
    [
      '1.5.3: control character in the user name',
      packet('10', "'MQTT'", '04 c2 001e', "'gw'", "'t/\u0001'", "'right'"),
      '',
      'text-not-allowed',
    ],
    ['1.5.3: U+009F in the user name', packet('10', "'MQTT'", '04 c2 001e', "'gw'", "'t/\u009f'", "'right'"), '', 'text-not-allowed'],
    [
      'MQTT-1.5.3-2: NUL in the will topic',
      packet('10', "'MQTT'", '04 c6 001e', "'gw'", "'a\0'", "'x'", ...SIGNED),
      '',
      'text-not-allowed',
    ],
    [
      '1.5.3: U+FFFF in the will topic',
      packet('10', "'MQTT'", '04 c6 001e', "'gw'", "'a\uffff'", "'x'", ...SIGNED),
      '',
      'text-not-allowed',
    ],
    ['MQTT-4.7.3-1: empty will topic', packet('10', "'MQTT'", '04 c6 001e', "'gw'", "''", "'x'", ...SIGNED), '', 'publish-topic'],
    [
      'MQTT-3.3.2-2: wildcard in the will topic',
      packet('10', "'MQTT'", '04 c6 001e', "'gw'", "'varde/#'", "'x'", ...SIGNED),
      '',
      'publish-topic',
    ],
  ];

  test.each(cases)('%s', async (_clause, bytes, answer, reason) => {
    const rig = await startRig();
    const raw = await rig.raw(null);
    raw.send(bytes);
    expect(await raw.closes()).toBe(true);
    expect(raw.received.toString('hex')).toBe(answer);
    expect(Object.fromEntries(rig.counts)).toEqual({ [reason]: 1 });
    expect(rig.broker.connectedClients).toBe(0);
  });

  test('every prefix of a good CONNECT waits, and its whole signs in, byte by byte', async () => {
    const rig = await startRig();
    const raw = await rig.raw(null);
    const bytes = connectPacket();
    for (let at = 0; at < bytes.length; at++) {
      expect(raw.received.length).toBe(0);
      raw.send(bytes.subarray(at, at + 1));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await raw.bytes(4)).toBe('20020000');
  });

  test('MQTT-3.1.3-6: an empty client id with a clean session gets the id that belongs to the user name', async () => {
    const rig = await startRig();
    const raw = await rig.raw({ clientId: '' });
    raw.send(generate({ cmd: 'publish', topic: OBS, payload: 'x', qos: 1, messageId: 1, dup: false, retain: false }));
    expect(await raw.bytes(4)).toBe('40020001');
    expect(rig.taken[0]?.clientId).toBe('gw');
  });

  test('MQTT 3.1 (MQIsdp, level 3) is spoken too', async () => {
    const rig = await startRig();
    await rig.raw({ protocolId: 'MQIsdp', protocolVersion: 3 });
    expect(rig.broker.connectedClients).toBe(1);
  });
});

describe('a packet the standard forbids after CONNECT', () => {
  const TOPIC = `'${OBS}'`;
  const cases: [clause: string, bytes: Buffer, reason: string][] = [
    ['MQTT-3.1.0-2: second CONNECT', connectPacket(), 'second-connect'],
    ['2.2.1: kind 0', Buffer.from('0000', 'hex'), 'packet-kind'],
    ['2.2.1: kind 15', Buffer.from('f000', 'hex'), 'packet-kind'],
    ['2.2.1: CONNACK from a client', Buffer.from('20020000', 'hex'), 'packet-kind'],
    ['2.2.1: SUBACK from a client', Buffer.from('9003000100', 'hex'), 'packet-kind'],
    ['2.2.1: UNSUBACK from a client', Buffer.from('b0020001', 'hex'), 'packet-kind'],
    ['2.2.1: PINGRESP from a client', Buffer.from('d000', 'hex'), 'packet-kind'],
    ['2.2.3: remaining length of five bytes', Buffer.from('30ffffffff01', 'hex'), 'remaining-length'],
    ['MQTT-3.3.1-4: QoS 3', packet('36', TOPIC, '0001', '78'), 'publish-qos'],
    ['MQTT-3.3.1-2: DUP with QoS 0', packet('38', TOPIC, '78'), 'publish-qos'],
    ['MQTT-4.7.3-1: empty topic', packet('30', "''", '78'), 'publish-topic'],
    ['MQTT-3.3.2-2: # in a topic', packet('30', "'varde/v1/t/gw/#'", '78'), 'publish-topic'],
    ['MQTT-3.3.2-2: + in a topic', packet('30', "'varde/v1/t/+/status'", '78'), 'publish-topic'],
    ['MQTT-2.3.1-1: QoS 1 with packet identifier 0', packet('32', TOPIC, '0000', '78'), 'packet-id-zero'],
    ['MQTT-2.3.1-1: QoS 2 with packet identifier 0', packet('34', TOPIC, '0000', '78'), 'packet-id-zero'],
    ['QoS 1 without a packet identifier', packet('32', TOPIC), 'packet-malformed'],
    ['topic longer than the packet', packet('30', '00ff', '78'), 'packet-malformed'],
    ['PUBLISH of one byte', Buffer.from('300100', 'hex'), 'packet-malformed'],
    ['MQTT-1.5.3-2: NUL in a topic', packet('30', "'varde/\0'", '78'), 'text-not-allowed'],
    ['MQTT-1.5.3-1: surrogate in a topic', packet('30', '0003 eda080', '78'), 'text-not-allowed'],
    ['1.5.3: U+0001 in a topic', packet('30', "'a\u0001'", '78'), 'text-not-allowed'],
    ['1.5.3: U+007F in a topic', packet('30', "'a\u007f'", '78'), 'text-not-allowed'],
    ['1.5.3: U+009F in a topic', packet('30', "'a\u009f'", '78'), 'text-not-allowed'],
    ['1.5.3: U+FFFF in a topic', packet('30', "'a\uffff'", '78'), 'text-not-allowed'],
    ['MQTT-1.5.3-1: overlong UTF-8 in a topic', packet('30', '0002 c0af', '78'), 'text-not-allowed'],
    ['MQTT-2.2.2-2: PUBACK flags', Buffer.from('41020001', 'hex'), 'fixed-header-flags'],
    ['PUBACK with packet identifier 0', Buffer.from('40020000', 'hex'), 'packet-id-zero'],
    ['PUBACK of three bytes', Buffer.from('4003000100', 'hex'), 'packet-malformed'],
    ['PUBREC of no bytes', Buffer.from('5000', 'hex'), 'packet-malformed'],
    ['MQTT-3.6.1-1: PUBREL flags', Buffer.from('60020001', 'hex'), 'fixed-header-flags'],
    ['PUBREL with packet identifier 0', Buffer.from('62020000', 'hex'), 'packet-id-zero'],
    ['MQTT-3.8.1-1: SUBSCRIBE flags', packet('80', '0001', "'a'", '00'), 'fixed-header-flags'],
    ['MQTT-2.3.1-1: SUBSCRIBE with packet identifier 0', packet('82', '0000', "'a'", '00'), 'packet-id-zero'],
    ['MQTT-3.8.3-3: SUBSCRIBE without a filter', packet('82', '0001'), 'topic-filter'],
    ['SUBSCRIBE without the QoS', packet('82', '0001', "'a'"), 'packet-malformed'],
    ['MQTT-3-8.3-4: SUBSCRIBE with QoS 3', packet('82', '0001', "'a'", '03'), 'subscribe-qos'],
    ['MQTT-3-8.3-4: SUBSCRIBE with reserved bits', packet('82', '0001', "'a'", '04'), 'subscribe-qos'],
    ['MQTT-4.7.3-1: SUBSCRIBE to an empty filter', packet('82', '0001', "''", '00'), 'topic-filter'],
    ['MQTT-4.7.1-2: a/#/b', packet('82', '0001', "'a/#/b'", '00'), 'topic-filter'],
    ['MQTT-4.7.1-2: a#', packet('82', '0001', "'a#'", '00'), 'topic-filter'],
    ['MQTT-4.7.1-3: a/b+', packet('82', '0001', "'a/b+'", '00'), 'topic-filter'],
    ['MQTT-4.7.1-3: +b/c', packet('82', '0001', "'+b/c'", '00'), 'topic-filter'],
    ['MQTT-1.5.3-2: NUL in a filter', packet('82', '0001', "'a\0'", '00'), 'text-not-allowed'],
    ['MQTT-3.10.1-1: UNSUBSCRIBE flags', packet('a0', '0001', "'a'"), 'fixed-header-flags'],
    ['MQTT-2.3.1-1: UNSUBSCRIBE with packet identifier 0', packet('a2', '0000', "'a'"), 'packet-id-zero'],
    ['MQTT-3.10.3-2: UNSUBSCRIBE without a filter', packet('a2', '0001'), 'topic-filter'],
    ['1.5.3: control character in UNSUBSCRIBE', packet('a2', '0001', "'a\u0002'"), 'text-not-allowed'],
    ['PINGREQ flags', Buffer.from('c100', 'hex'), 'fixed-header-flags'],
    ['PINGREQ with a body', Buffer.from('c00100', 'hex'), 'packet-malformed'],
    ['MQTT-3.14.1-1: DISCONNECT flags', Buffer.from('e100', 'hex'), 'fixed-header-flags'],
    ['DISCONNECT with a body', Buffer.from('e00100', 'hex'), 'packet-malformed'],
  ];

  test.each(cases)('%s', async (_clause, bytes, reason) => {
    const rig = await startRig();
    const raw = await rig.raw();
    raw.send(bytes);
    expect(await raw.closes()).toBe(true);
    expect(raw.received.toString('hex')).toBe('');
    expect(Object.fromEntries(rig.counts)).toEqual({ [reason]: 1 });
    expect(rig.taken).toEqual([]);
    expect(rig.broker.waitingMessages).toBe(0);
  });
});

describe('what the standard asks for', () => {
  test('MQTT-3.12.4-1: PINGREQ is answered, also between other packets of one segment', async () => {
    const rig = await startRig();
    const raw = await rig.raw();
    const publish = generate({ cmd: 'publish', topic: OBS, payload: 'x', qos: 1, messageId: 7, dup: false, retain: false });
    raw.send(Buffer.concat([Buffer.from('c000', 'hex'), publish, Buffer.from('c000', 'hex')]));
    expect(await raw.bytes(8)).toBe('d000d00040020007');
  });

  test('section 4.7 and 1.5.3: a topic of more than ASCII is fine (U+2A6D4), only not ours', async () => {
    const rig = await startRig();
    const raw = await rig.raw();
    raw.send(
      generate({ cmd: 'publish', topic: 'varde/v1/t/gw/dev/\u{2A6D4}/obs', payload: 'x', qos: 1, messageId: 1, dup: false, retain: false }),
    );
    expect(await raw.bytes(4)).toBe('40020001');
    expect(rig.counted('publish-off-contract')).toBe(1);
  });

  test('MQTT-4.3.3-2: QoS 2 is taken before PUBREC, and PUBREL always completes', async () => {
    const rig = await startRig();
    const raw = await rig.raw();
    raw.send(generate({ cmd: 'publish', topic: OBS, payload: 'x', qos: 2, messageId: 5, dup: false, retain: false }));
    expect(await raw.bytes(4)).toBe('50020005');
    expect(rig.taken).toHaveLength(1);
    raw.send('6202 0005');
    expect(await raw.bytes(8)).toBe('5002000570020005');
    raw.send('6202 0009'); // a PUBREL for something we do not know: the first PUBCOMP may have been lost
    expect(await raw.bytes(12)).toBe('500200057002000570020009');
  });

  test('MQTT-3.14.4-3: after DISCONNECT there is no will, and nothing after it counts', async () => {
    const rig = await startRig();
    const raw = await rig.raw({ will: { topic: 'varde/v1/t/gw/status', payload: Buffer.from('gone'), qos: 1, retain: true } });
    raw.send('e000');
    expect(await raw.closes()).toBe(true);
    expect(rig.taken).toEqual([]);
  });

  test('MQTT-3.1.2-8: without DISCONNECT the will is taken', async () => {
    const rig = await startRig();
    const raw = await rig.raw({ will: { topic: 'varde/v1/t/gw/status', payload: Buffer.from('gone'), qos: 1, retain: true } });
    raw.close();
    expect(await until(() => rig.taken.length === 1)).toBe(true);
    expect(rig.taken[0]).toMatchObject({ topic: 'varde/v1/t/gw/status', isWill: true, tenant: 't', clientId: 'gw', retain: true });
    expect(await until(() => rig.broker.readRetained('varde/v1/t/gw/status') !== null)).toBe(true);
  });

  test('packets sent together with CONNECT, before CONNACK, are taken in order', async () => {
    const rig = await startRig();
    const raw: RawConnection = await rig.raw(null);
    const publishes = Array.from({ length: 90 }, (_, i) =>
      generate({ cmd: 'publish', topic: OBS, payload: String(i), qos: 1, messageId: i + 1, dup: false, retain: false }),
    );
    raw.send(Buffer.concat([connectPacket(), ...publishes]));
    expect((await raw.bytes(4 + 4 * 90)).length).toBe(2 * (4 + 4 * 90));
    expect(rig.taken.map(({ payload }) => Buffer.from(payload).toString())).toEqual(Array.from({ length: 90 }, (_, i) => String(i)));
  });
});
