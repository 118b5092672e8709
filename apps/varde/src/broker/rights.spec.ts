// Who may connect, and who may do what.
import { generate } from 'mqtt-packet';
import { RawConnection, readyPublish, until } from '../../../../test/lean-client.js';
import { connectPacket, OBS, startRig } from '../../../../test/broker-rig.js';
import { openLog } from '../log.js';

const subscribe = (...topics: string[]): Buffer =>
  generate({ cmd: 'subscribe', messageId: 1, subscriptions: topics.map((topic) => ({ topic, qos: 1 as const })) });

describe('sign-in', () => {
  test.each([
    ['wrong secret', { password: Buffer.from('wrong') }, 4, 'credential-wrong'],
    ['no secret', { password: undefined }, 4, 'credential-wrong'],
    ['no user name', { username: undefined, password: undefined }, 4, 'user-name'],
    ['user name without a tenant', { username: 'gw' }, 4, 'user-name'],
    ['user name with three parts', { username: 't/gw/x' }, 4, 'user-name'],
    ['user name with a wildcard', { username: 't/+', clientId: '+' }, 4, 'user-name'],
    ['client id of another', { clientId: 'other' }, 2, 'client-id'],
    ['will on the status of another', { will: { topic: 'varde/v1/t/other/status', payload: Buffer.from('x') } }, 5, 'will-not-allowed'],
    ['will on a reading', { will: { topic: OBS, payload: Buffer.from('x') } }, 5, 'will-not-allowed'],
    ['will on $SYS', { will: { topic: '$SYS/x', payload: Buffer.from('x') } }, 5, 'will-not-allowed'],
  ])('%s is refused', async (_what, over, returnCode, reason) => {
    const rig = await startRig();
    const raw = await rig.raw(null);
    raw.send(connectPacket(over as Parameters<typeof connectPacket>[0]));
    expect(await raw.closes()).toBe(true);
    expect(raw.received.toString('hex')).toBe(`200200${String(returnCode).padStart(2, '0')}`);
    expect(Object.fromEntries(rig.counts)).toEqual({ [reason]: 1 });
  });

  test.each([
    ['credential-revoked', 5],
    ['credential-unknown', 4],
  ] as const)('%s', async (reason, returnCode) => {
    const rig = await startRig({ authenticate: async () => ({ ok: false, reason }) });
    await expect(rig.client().connect()).rejects.toMatchObject({ returnCode });
    expect(rig.counted(reason)).toBe(1);
  });

  test('while the credential cannot be read the device is told to come back (code 3)', async () => {
    const rig = await startRig({ authenticate: async () => Promise.reject(new Error('no database')) });
    await expect(rig.client().connect()).rejects.toMatchObject({ returnCode: 3 });
    expect(rig.counted('credential-unreadable')).toBe(1);
  });

  test('also when the answer does not come in time', async () => {
    const rig = await startRig({ authenticate: () => new Promise(() => undefined) }, { limits: { connectTimeoutMs: 100 } });
    await expect(rig.client().connect()).rejects.toMatchObject({ returnCode: 3 });
  });

  test('the same client id in two tenants is two gateways', async () => {
    const rig = await startRig();
    const [one, other] = [rig.client(), rig.client({ tenant: 'u' })];
    await one.connect();
    await other.connect();
    one.publish(1, readyPublish(OBS, 'x'));
    await one.whenIdle();
    expect(rig.broker.connectedClients).toBe(2);
    expect(rig.counted('take-over')).toBe(0);
  });

  test.each(['__proto__', 'constructor', 'toString'])('client id %s is a name like any other', async (clientId) => {
    const rig = await startRig();
    const client = rig.client({ clientId });
    await client.connect();
    client.publish(1, readyPublish(`varde/v1/t/${clientId}/dev/d/obs`, 'x'));
    await client.whenIdle();
  });
});

describe('publish', () => {
  test.each([
    'varde/v1/t/other/dev/d/obs',
    'varde/v1/u/gw/dev/d/obs',
    'varde/v1/t/gw',
    'varde/v1/t/gwx/dev/d/obs',
    'varde/v2/t/gw/dev/d/obs',
    '$SYS/broker/x',
    '$share/g/varde',
    'home/x',
  ])('on %s: not taken, connection closed [MQTT-3.3.5-2]', async (topic) => {
    const rig = await startRig();
    const raw = await rig.raw();
    raw.send(generate({ cmd: 'publish', topic, payload: 'x', qos: 1, messageId: 1, dup: false, retain: false }));
    expect(await raw.closes()).toBe(true);
    expect(raw.received.length).toBe(0);
    expect(rig.taken).toEqual([]);
    expect(rig.counted('publish-not-allowed')).toBe(1);
    expect(rig.broker.waitingMessages).toBe(0);
  });

  test.each([
    ['home/Kari Nordmann', 'contract'],
    ['varde/v1/u/Kari Nordmann/dev/d/obs', 'tenant'],
    [`varde/v1/t/Kari Nordmann/${'x'.repeat(200)}`, 'gateway'],
  ])('on %s: the log says who it was, from where and how far it was off, and nothing of the topic', async (topic, outside) => {
    const written: string[] = [];
    const rig = await startRig({ log: openLog('trace', { write: (line) => void written.push(line) }) });
    const raw = await rig.raw();
    raw.send(generate({ cmd: 'publish', topic, payload: 'x', qos: 1, messageId: 1, dup: false, retain: false }));
    expect(await raw.closes()).toBe(true);
    const lines = written.map((line) => JSON.parse(line) as object);
    expect(lines).toContainEqual(
      expect.objectContaining({
        ...{ tenant: 't', clientId: 'gw', address: '127.0.0.1' },
        topic: { outside, levels: topic.split('/').length, bytes: Buffer.byteLength(topic) },
      }),
    );
    for (const each of ['Kari', 'Nordmann', 'home', 'xxx']) expect(written.join('')).not.toContain(each);
  });

  test('under the own prefix but not in the contract: ingest keeps it as refused, so it is acknowledged', async () => {
    const rig = await startRig();
    const client = rig.client();
    await client.connect();
    client.publish(1, readyPublish('varde/v1/t/gw/dev/d/telemetry', 'x'));
    await client.whenIdle();
    expect(rig.taken).toHaveLength(1);
    expect(rig.counted('publish-off-contract')).toBe(1);
  });

  test('retain is for status: on a reading it is ignored and counted [MQTT-3.3.1-5 for status]', async () => {
    const rig = await startRig();
    const client = rig.client();
    await client.connect();
    client.publish(1, readyPublish(OBS, 'reading', true));
    client.publish(2, readyPublish('varde/v1/t/gw/status', 'online', true));
    client.publish(3, readyPublish('varde/v1/t/gw/dev/d/status', 'battery', true));
    await client.whenIdle();
    expect(rig.counted('retain-ignored')).toBe(1);
    expect(await until(() => rig.broker.readRetained('varde/v1/t/gw/dev/d/status') !== null)).toBe(true);
    expect(rig.broker.readRetained(OBS)).toBeNull();
    expect(Buffer.from(rig.broker.readRetained('varde/v1/t/gw/status') ?? []).toString()).toBe('online');
    client.publish(4, readyPublish('varde/v1/t/gw/status', '', true)); // [MQTT-3.3.1-10]
    await client.whenIdle();
    expect(await until(() => rig.broker.readRetained('varde/v1/t/gw/status') === null)).toBe(true);
    // What a reading asked for is not done, so whoever decodes is not told of it: behind another broker it means that the reading is an old one.
    expect(rig.taken.map(({ retain }) => retain)).toEqual([false, true, true, true]);
  });
});

describe('subscribe', () => {
  test.each([
    '#',
    '+/+',
    '$SYS/#',
    'varde/v1/t/gw/#',
    'varde/v1/t/gw/+',
    'varde/v1/t/other/ack',
    'varde/v1/u/gw/cmd',
    'varde/v1/t/other/advice',
    OBS,
    'varde/v1/t/gw/status',
  ])('to %s is answered with 0x80 [MQTT-3.9.3-2]', async (topic) => {
    const rig = await startRig();
    const raw = await rig.raw();
    raw.send(subscribe(topic));
    expect(await raw.bytes(5)).toBe('9003000180');
    expect(rig.counted('subscribe-not-allowed')).toBe(1);
  });

  test('to the own ack, cmd and advice is granted, and only these arrive', async () => {
    const rig = await startRig();
    const client = rig.client();
    const got: string[] = [];
    client.onMessage = (topic, payload) => got.push(`${topic} ${payload.toString()}`);
    await client.connect();
    await client.subscribe('varde/v1/t/gw/ack');
    await client.subscribe('varde/v1/t/gw/cmd');
    await client.subscribe('varde/v1/t/gw/advice');
    client.publish(1, readyPublish(OBS, 'x'));
    await client.whenIdle();
    await rig.broker.publish('varde/v1/t/other/ack', Buffer.from('not for us'));
    await rig.broker.publish('varde/v1/t/gw/ack', Buffer.from('stored'));
    await rig.broker.publish('varde/v1/t/gw/cmd', Buffer.from('set clock'));
    await rig.broker.publish('varde/v1/t/gw/advice', Buffer.from('rest'));
    expect(await until(() => got.length === 3)).toBe(true);
    expect(got).toEqual(['varde/v1/t/gw/ack stored', 'varde/v1/t/gw/cmd set clock', 'varde/v1/t/gw/advice rest']);
  });

  test('what is confirmed is known, whatever else goes out at QoS 0', async () => {
    const confirmed: string[] = [];
    const rig = await startRig({ confirmed: (topic, payload) => confirmed.push(`${topic} ${Buffer.from(payload).toString()}`) });
    const client = rig.client();
    await client.connect();
    await client.subscribe('varde/v1/t/gw/ack', 0);
    await client.subscribe('varde/v1/t/gw/advice', 1);
    await rig.broker.publish('varde/v1/t/gw/ack', Buffer.from('stored'));
    await rig.broker.publish('varde/v1/t/gw/advice', Buffer.from('rest'));
    expect(await until(() => confirmed.length > 0)).toBe(true);
    expect(confirmed).toEqual(['varde/v1/t/gw/advice rest']);
  });

  test('a refused filter beside a granted one is not remembered in a kept session', async () => {
    const rig = await startRig();
    const first = await rig.raw({ clean: false });
    first.send(subscribe('varde/v1/t/gw/ack', 'varde/v1/t/other/cmd'));
    expect(await first.bytes(6)).toBe('900400010180');
    first.close();
    await until(() => rig.broker.connectedClients === 0);
    await rig.broker.publish('varde/v1/t/other/cmd', Buffer.from('secret'));
    await rig.broker.publish('varde/v1/t/gw/ack', Buffer.from('ours'));
    const again = await RawConnection.open(rig.port);
    again.send(connectPacket({ clean: false }));
    const text = Buffer.from(await again.bytes(30), 'hex').toString('latin1');
    again.close();
    expect(text).toContain('ours');
    expect(text).not.toContain('secret');
  });

  test('a kept session gets what was sent while it was away [MQTT-3.1.2-5], the last messages only', async () => {
    const rig = await startRig({}, { limits: { queuedMessagesMax: 3 } });
    const client = rig.client({ clean: false });
    await client.connect();
    await client.subscribe('varde/v1/t/gw/ack');
    client.kill();
    await until(() => rig.broker.connectedClients === 0);
    for (let i = 0; i < 5; i++) await rig.broker.publish('varde/v1/t/gw/ack', Buffer.from(String(i)));
    expect(rig.counted('queue-overflow')).toBe(2);
    const got: string[] = [];
    const again = rig.client({ clean: false });
    again.onMessage = (_topic, payload) => got.push(payload.toString());
    await again.connect();
    await until(() => got.length === 3);
    expect(got).toEqual(['2', '3', '4']);
  });

  test('what a patient was told or asked does not wait in a session, for the gateway may have changed hands: the service is told', async () => {
    const unconfirmed: string[] = [];
    const rig = await startRig({ unconfirmed: (topic, payload) => unconfirmed.push(`${topic} ${Buffer.from(payload).toString()}`) });
    const first = await rig.raw({ clean: false });
    first.send(subscribe('varde/v1/t/gw/ack', 'varde/v1/t/gw/cmd', 'varde/v1/t/gw/advice'));
    await first.bytes(7);
    // Sent, and never confirmed; then sent while nobody is there.
    await rig.broker.publish('varde/v1/t/gw/advice', Buffer.from('call 113'));
    expect(await until(() => first.received.includes('call 113'))).toBe(true);
    first.close();
    await until(() => rig.broker.connectedClients === 0);
    await rig.broker.publish('varde/v1/t/gw/cmd', Buffer.from('measure again'));
    await rig.broker.publish('varde/v1/t/gw/ack', Buffer.from('stored'));
    expect(unconfirmed).toEqual([]);
    const again = await RawConnection.open(rig.port);
    again.send(connectPacket({ clean: false }));
    await until(() => again.received.includes('stored'));
    const text = again.received.toString('latin1');
    again.close();
    expect(text).not.toMatch(/call 113|measure again/);
    expect(unconfirmed).toEqual(['varde/v1/t/gw/advice call 113', 'varde/v1/t/gw/cmd measure again']);
  });
});

describe('the service ends a connection', () => {
  test('kick ends it at once, says so, and forgets the session', async () => {
    const rig = await startRig();
    const client = rig.client({ clean: false });
    await client.connect();
    await client.subscribe('varde/v1/t/gw/cmd');
    expect(rig.broker.kick({ tenant: 't', clientId: 'gw' })).toBe(true);
    expect(await until(() => !client.isConnected)).toBe(true);
    expect(rig.counted('kicked')).toBe(1);
    expect(rig.facts.map(({ kind }) => kind)).toEqual(['connected', 'disconnected']);
    expect(rig.facts[1]).toMatchObject({ tenant: 't', clientId: 'gw', reason: 'kicked' });
    expect(rig.broker.kick({ tenant: 't', clientId: 'gw' })).toBe(false);
  });

  test('a credential revoked during the sign-in ends the sign-in', async () => {
    let answer: () => void = () => undefined;
    const rig = await startRig({ authenticate: () => new Promise((resolve) => (answer = () => resolve({ ok: true }))) });
    const connecting = rig.client().connect();
    const outcome = expect(connecting).rejects.toThrow('ended before CONNACK');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(rig.broker.kick({ tenant: 't', clientId: 'gw' })).toBe(true);
    answer();
    await outcome;
    expect(rig.broker.connectedClients).toBe(0);
  });
});
