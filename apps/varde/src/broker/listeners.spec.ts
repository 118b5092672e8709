import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { generate } from 'mqtt-packet';
import { WebSocket } from 'ws';
import { readyPublish, until } from '../../../../test/lean-client.js';
import { CERTIFICATES } from '../../../../test/certificates.js';
import { connectPacket, OBS, type Rig, startRig } from '../../../../test/broker-rig.js';
import type { Claim } from './identity.js';

const free = { host: '127.0.0.1', port: 0 };
const { authority, server } = CERTIFICATES;
const tlsFiles = { certificate: server.cert, key: server.key, clientCa: authority };

const publish = generate({ cmd: 'publish', topic: OBS, payload: 'x', qos: 1, messageId: 1, dup: false, retain: false });

describe('TLS', () => {
  const tlsRig = async (claims: Claim[] = [], files: object = {}): Promise<Rig & { tlsPort: number }> => {
    const authenticate = async (claim: Claim): Promise<{ ok: true }> => {
      claims.push(claim);
      return { ok: true };
    };
    const rig = await startRig({ authenticate }, { listen: { tls: free }, tlsFiles: { ...tlsFiles, ...files } });
    return { ...rig, tlsPort: rig.broker.addresses.tls?.port ?? 0 };
  };
  const ca = [authority];

  test('with a secret', async () => {
    const claims: Claim[] = [];
    const rig = await tlsRig(claims);
    const client = rig.client({ port: rig.tlsPort, tls: { ca } });
    await client.connect();
    client.publish(1, readyPublish(OBS, 'x'));
    await client.whenIdle();
    expect(claims).toMatchObject([{ by: 'secret', tenant: 't', clientId: 'gw' }]);
  });

  test.each(['bySanUri', 'byCommonName'] as const)('with a certificate that names the gateway %s, instead of a secret', async (which) => {
    const claims: Claim[] = [];
    const rig = await tlsRig(claims);
    const socket = connectTls({ port: rig.tlsPort, host: '127.0.0.1', ca, ...CERTIFICATES[which] });
    await once(socket, 'secureConnect');
    socket.write(connectPacket({ username: undefined, password: undefined } as never));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    expect(answer.toString('hex')).toBe('20020000');
    expect(claims).toMatchObject([{ by: 'certificate', tenant: 't', clientId: 'gw' }]);
    expect(claims[0]).toHaveProperty('fingerprint256', expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/));
  });

  test.each([
    ['names another gateway than the client id', { clientId: 'other', username: undefined }, '20020002'],
    ['and a user name that disagree', { username: 't/other' }, '20020004'],
  ])('a certificate that %s', async (_what, over, answer) => {
    const rig = await tlsRig();
    const socket = connectTls({ port: rig.tlsPort, host: '127.0.0.1', ca, ...CERTIFICATES.bySanUri });
    await once(socket, 'secureConnect');
    socket.write(connectPacket({ password: undefined, ...over } as never));
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    expect(bytes.toString('hex')).toBe(answer);
  });

  test('a certificate that names nobody', async () => {
    const rig = await tlsRig();
    const client = rig.client({ port: rig.tlsPort, tls: { ca, ...CERTIFICATES.ofNobody } });
    await expect(client.connect()).rejects.toMatchObject({ returnCode: 5 });
  });

  test('a certificate from another authority, or revoked, ends the connection whatever the secret', async () => {
    const rig = await tlsRig([], { clientCrl: CERTIFICATES.revocation });
    for (const bad of [CERTIFICATES.alien, CERTIFICATES.byCommonName]) {
      await expect(rig.client({ port: rig.tlsPort, tls: { ca, ...bad } }).connect()).rejects.toThrow();
    }
    expect(rig.counted('certificate-not-trusted')).toBe(2);
    await rig.client({ port: rig.tlsPort, tls: { ca, ...CERTIFICATES.bySanUri } }).connect();
  });

  test('why a certificate is not trusted is said, once a minute', async () => {
    const said: unknown[] = [];
    const log = { info: () => undefined, warn: (detail: object) => said.push(detail), error: () => undefined };
    const rig = await startRig({ log }, { listen: { tls: free }, tlsFiles: { ...tlsFiles, clientCrl: CERTIFICATES.revocation } });
    for (let times = 0; times < 2; times++) {
      const tls = { ca, ...CERTIFICATES.byCommonName };
      await expect(rig.client({ port: rig.broker.addresses.tls?.port ?? 0, tls }).connect()).rejects.toThrow();
    }
    expect(said).toEqual([{ reason: 'CERT_REVOKED' }]);
  });

  test('files that are renewed hold at once: who is revoked now is ended, and comes in no more, also with the session of before', async () => {
    const rig = await tlsRig();
    let last: Buffer | undefined;
    const comes = async (which: 'bySanUri' | 'byCommonName', session?: Buffer): Promise<TLSSocket> => {
      const socket = connectTls({ port: rig.tlsPort, host: '127.0.0.1', ca, ...CERTIFICATES[which], ...(session && { session }) });
      socket.on('error', () => undefined);
      socket.on('session', (made: Buffer) => (last = made));
      socket.resume();
      await once(socket, 'secureConnect');
      socket.write(connectPacket({ username: undefined, password: undefined } as never));
      return socket;
    };
    const stolen = await comes('byCommonName');
    expect(await until(() => rig.broker.connectedClients === 1 && last !== undefined)).toBe(true);
    const session = last;

    rig.broker.renewTls({ ...tlsFiles, clientCrl: CERTIFICATES.revocation });
    await once(stolen, 'close');
    for (const kept of [undefined, session]) await once(await comes('byCommonName', kept), 'close');
    expect(rig.counted('certificate-not-trusted')).toBe(2);
    await comes('bySanUri');
    expect(await until(() => rig.broker.connectedClients === 1)).toBe(true);
  });

  test('a handshake that never ends is ended', async () => {
    const rig = await startRig({}, { listen: { tls: free }, tlsFiles, limits: { connectTimeoutMs: 100 } });
    const socket = connectTcp({ port: rig.broker.addresses.tls?.port ?? 0, host: '127.0.0.1' });
    let isClosed = false;
    socket.on('close', () => (isClosed = true));
    socket.on('error', () => undefined);
    expect(await until(() => isClosed)).toBe(true);
  });
});

describe('WebSocket', () => {
  const open = async (port: number, protocols: string[] = ['mqtt'], path = '/mqtt'): Promise<WebSocket> => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols);
    await once(socket, 'open');
    return socket;
  };
  const collect = (socket: WebSocket): (() => string) => {
    const chunks: Buffer[] = [];
    socket.on('message', (data: Buffer) => chunks.push(data));
    return () => Buffer.concat(chunks).toString('hex');
  };
  const wsRig = async (): Promise<Rig & { wsPort: number }> => {
    const rig = await startRig({}, { listen: { ws: free } });
    return { ...rig, wsPort: rig.broker.addresses.ws?.port ?? 0 };
  };

  test('packets in one frame, and one packet over several frames [MQTT-6.0.0-2]', async () => {
    const rig = await wsRig();
    const socket = await open(rig.wsPort);
    const received = collect(socket);
    expect(socket.protocol).toBe('mqtt'); // [MQTT-6.0.0-4]
    socket.send(Buffer.concat([connectPacket(), publish]));
    socket.send(publish.subarray(0, 5));
    socket.send(publish.subarray(5));
    expect(await until(() => received() === '200200004002000140020001')).toBe(true);
    socket.terminate();
    expect(await until(() => rig.broker.connectedClients === 0)).toBe(true);
  });

  test('a text frame ends the connection [MQTT-6.0.0-1]', async () => {
    const rig = await wsRig();
    const socket = await open(rig.wsPort);
    socket.send('hello');
    await once(socket, 'close');
    expect(rig.counted('web-socket-not-binary')).toBe(1);
  });

  test('a refused sign-in is answered before the end', async () => {
    const rig = await wsRig();
    const socket = await open(rig.wsPort);
    const received = collect(socket);
    socket.send(connectPacket({ password: Buffer.from('wrong') }));
    await once(socket, 'close');
    expect(received()).toBe('20020004');
  });

  test('an oversized frame ends the connection before sign-in', async () => {
    const rig = await wsRig();
    const socket = await open(rig.wsPort);
    socket.on('error', () => undefined);
    socket.send(Buffer.alloc(2_000_000, 0x10));
    await once(socket, 'close');
    expect(rig.broker.connectedClients).toBe(0);
    expect(rig.counted('packet-too-large')).toBe(1);
  });

  test.each([
    ['more fragments than any packet needs', 300, 1],
    ['an unfinished message of more than a sign-in could be', 5, 40_000],
  ])('%s ends the connection before sign-in', async (_what, fragments, bytes) => {
    const rig = await wsRig();
    const socket = await open(rig.wsPort);
    socket.on('error', () => undefined);
    const closed = once(socket, 'close');
    for (let at = 0; at < fragments; at += 1) socket.send(Buffer.alloc(bytes, 0x10), { binary: true, fin: false });
    await closed;
    expect(Object.fromEntries(rig.counts)).toEqual({ 'packet-too-large': 1 });
  });

  test('many packets in one message, as much as may be in flight [MQTT-6.0.0-2]', async () => {
    const rig = await wsRig();
    const socket = await open(rig.wsPort);
    const received = collect(socket);
    socket.send(connectPacket());
    expect(await until(() => received() === '20020000')).toBe(true);
    const large = (messageId: number): Buffer =>
      generate({ cmd: 'publish', topic: OBS, payload: Buffer.alloc(8_000), qos: 1, messageId, dup: false, retain: false });
    socket.send(Buffer.concat(Array.from({ length: 100 }, (_, at) => large(at + 1))));
    expect(await until(() => rig.taken.length === 100)).toBe(true);
    expect(await until(() => received().length === 8 + 100 * 8)).toBe(true);
  });

  test.each([
    ['says nothing', ''],
    ['never ends its request', 'GET /mqtt HTTP/1.1\r\nHost: x\r\n'],
  ])('a connection that %s is ended in time', async (_what, sent) => {
    const rig = await startRig({}, { listen: { ws: free }, limits: { connectTimeoutMs: 100 } });
    const socket = connectTcp({ port: rig.broker.addresses.ws?.port ?? 0, host: '127.0.0.1' });
    let isClosed = false;
    socket.on('close', () => (isClosed = true));
    socket.on('error', () => undefined);
    socket.resume();
    socket.write(sent);
    expect(await until(() => isClosed)).toBe(true);
    expect(rig.counted('connect-timeout')).toBe(1);
  });

  test('another path, and plain HTTP, are turned away', async () => {
    const rig = await wsRig();
    await expect(open(rig.wsPort, ['mqtt'], '/other')).rejects.toThrow();
    expect((await fetch(`http://127.0.0.1:${rig.wsPort}/mqtt`)).status).toBe(426);
  });

  test.each([
    ['says nothing', ''],
    ['has sent half a request', 'GET /mqtt HTTP/1.1\r\nHost: x\r\n'],
  ])('a connection that %s does not hold up the end', async (_what, sent) => {
    const rig = await wsRig();
    const socket = connectTcp({ port: rig.wsPort, host: '127.0.0.1' });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(sent);
    await pause(100);
    let isStopped = false;
    void rig.broker.stop().then(() => (isStopped = true));
    expect(await until(() => isStopped)).toBe(true);
  });

  test('a message that is being committed at the end is still acknowledged', async () => {
    let commit = (): void => undefined;
    const rig = await startRig({ take: () => new Promise<void>((resolve) => (commit = resolve)) }, { listen: { ws: free } });
    const socket = await open(rig.broker.addresses.ws?.port ?? 0);
    const received = collect(socket);
    socket.send(Buffer.concat([connectPacket(), publish]));
    expect(await until(() => rig.broker.waitingMessages === 1)).toBe(true);
    const stopped = rig.broker.stop();
    await pause(50);
    commit();
    await stopped;
    expect(await until(() => received() === '2002000040020001')).toBe(true);
  });

  test('with TLS', async () => {
    const rig = await startRig({}, { listen: { wss: free, tcp: free }, tlsFiles });
    const socket = new WebSocket(`wss://127.0.0.1:${rig.broker.addresses.wss?.port}/mqtt`, 'mqtt', {
      ca: [authority],
      ...CERTIFICATES.bySanUri,
    });
    await once(socket, 'open');
    const received = collect(socket);
    socket.send(connectPacket({ username: undefined, password: undefined } as never));
    expect(await until(() => received() === '20020000')).toBe(true);
    socket.terminate();
  });
});
