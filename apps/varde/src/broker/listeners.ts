import { createServer as createHttpServer, type IncomingMessage, type Server as HttpServer, type ServerOptions } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer, Server as TlsServer, TLSSocket, type TlsOptions } from 'node:tls';
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws';
import type { GuardedConnection, Peer } from './guarded-connection.js';
import type { TlsFiles } from '../tls-files.js';
import type { BrokerLimits, BrokerOptions, Endpoint, Log } from './options.js';
import type { RefusalReason } from './refusal.js';

/** What a listener does with those who come. */
export interface Door {
  limits: BrokerLimits;
  count(reason: RefusalReason): void;
  /** Whether a connection from this address is welcome; asked before any byte is read and before the TLS handshake. */
  mayEnter(address: string): boolean;
  enter(socket: Duplex, peer: Peer): GuardedConnection;
}

/** Where the broker can be reached. */
export type Addresses = Partial<Record<Peer['listener'], { host: string; port: number }>>;

/** WebSocket bytes of somebody who is not signed in: two reads of a socket, a hundred times a CONNECT. */
const UNKNOWN_BYTES_MAX = 128 * 1024;
/** Pieces a message may come in: each costs many times its bytes for as long as the message is not whole. */
const FRAGMENTS_MAX = 256;
const CHUNKS_MAX = 1_024;
/** What the library says of a message that is too long, or in too many pieces. */
const TOO_LARGE = new Set(['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 'WS_ERR_TOO_MANY_BUFFERED_PARTS']);

/** Open listeners. */
export interface Listeners {
  addresses: Addresses;
  /** From now on whoever comes is met with these. */
  renewTls(files: TlsFiles): void;
  /** Stops taking connections; those that exist are not ended. */
  close(): Promise<void>;
}

/**
 * Starts the listeners that are asked for. If one cannot start, those already started are closed again.
 * @throws the error of the listener, for instance EADDRINUSE
 */
export async function startListeners(options: BrokerOptions, door: Door, log: Log): Promise<Listeners> {
  const { listen, tlsFiles } = options;
  const path = options.webSocketPath ?? '/mqtt';
  const tls = tlsFiles && tlsOptions(tlsFiles, door.limits);
  const http = httpOptions(door.limits);
  const distrust = distrusting(door, log);
  const planned: { name: Peer['listener']; endpoint: Endpoint; server: Server | HttpServer }[] = [];
  if (listen.tcp) planned.push({ name: 'tcp', endpoint: listen.tcp, server: tcpServer(door) });
  if (listen.tls && tls) planned.push({ name: 'tls', endpoint: listen.tls, server: tlsServer(tls, door, distrust) });
  if (listen.ws)
    planned.push({
      name: 'ws',
      endpoint: listen.ws,
      server: webSocketServer(createHttpServer(http), { listener: 'ws', path, door, distrust }),
    });
  if (listen.wss && tls)
    planned.push({
      name: 'wss',
      endpoint: listen.wss,
      server: webSocketServer(createHttpsServer({ ...tls, ...http }), { listener: 'wss', path, door, distrust }),
    });
  const addresses: Addresses = {};
  const close = async (): Promise<void> => {
    await Promise.all(planned.map(({ server }) => closeListener(server)));
  };
  try {
    for (const { name, endpoint, server } of planned) addresses[name] = await listenOn(server, endpoint);
  } catch (error) {
    await close();
    throw error;
  }
  const renewTls = (files: TlsFiles): void => {
    for (const { server } of planned) if (server instanceof TlsServer) server.setSecureContext(tlsOptions(files, door.limits));
  };
  return { addresses, renewTls, close };
}

/** A connection that has not become a WebSocket has nothing to wait for, and one that says nothing would be waited for without end. */
function closeListener(server: Server | HttpServer): Promise<void> {
  return new Promise((done) => {
    server.close(() => done());
    if ('closeAllConnections' in server) server.closeAllConnections();
  });
}

function listenOn(server: Server | HttpServer, { host, port }: Endpoint): Promise<{ host: string; port: number }> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: 1024 }, () => {
      server.removeListener('error', reject);
      resolve({ host, port: (server.address() as AddressInfo).port });
    });
  });
}

function tlsOptions(files: TlsFiles, limits: BrokerLimits): TlsOptions {
  return {
    cert: files.certificate,
    key: files.key,
    minVersion: 'TLSv1.2',
    handshakeTimeout: limits.connectTimeoutMs,
    // A certificate is one of two ways to sign in, so it is asked for and not demanded; an untrusted one is refused by us.
    ...(files.clientCa ? { ca: files.clientCa, requestCert: true, rejectUnauthorized: false } : {}),
    ...(files.clientCrl ? { crl: files.clientCrl } : {}),
  };
}

/** A request has as long as a sign-in; looked after so seldom as by default, it would have half a minute. */
function httpOptions({ connectTimeoutMs }: BrokerLimits): ServerOptions {
  const connectionsCheckingInterval = Math.min(connectTimeoutMs, 1_000);
  return { requestTimeout: connectTimeoutMs, headersTimeout: connectTimeoutMs, connectionsCheckingInterval };
}

const addressOf = (socket: Socket): string => socket.remoteAddress ?? 'unknown';

/** Turns away whoever comes too often or too many, as early as can be. */
function guardEntrance(server: Server | HttpServer, door: Door): void {
  server.on('connection', (socket: Socket) => {
    if (!door.mayEnter(addressOf(socket))) socket.destroy();
  });
}

function tcpServer(door: Door): Server {
  const server = createTcpServer({ noDelay: true });
  server.on('connection', (socket) => {
    const address = addressOf(socket);
    if (door.mayEnter(address)) door.enter(socket, { address, listener: 'tcp', certificate: null });
    else socket.destroy();
  });
  return server;
}

/** The verified certificate of a client, `null` without one, or `untrusted`. */
function certificateOf(socket: unknown): Peer['certificate'] | 'untrusted' {
  if (!(socket instanceof TLSSocket)) return null;
  const certificate = socket.getPeerCertificate();
  if (!certificate?.raw) return null;
  return socket.authorized ? certificate : 'untrusted';
}

type Distrust = (socket: TLSSocket) => void;

/** Many may come with one that is not trusted: all of them, on the day a revocation list has passed its date. */
const DISTRUST_SAID_EVERY_MS = 60_000;

function distrusting(door: Door, log: Log): Distrust {
  let saidMs = Number.NEGATIVE_INFINITY;
  return ({ authorizationError }) => {
    door.count('certificate-not-trusted');
    const nowMs = performance.now();
    if (nowMs - saidMs < DISTRUST_SAID_EVERY_MS) return;
    saidMs = nowMs;
    // A code of OpenSSL such as `CRL_HAS_EXPIRED`, whatever the types say.
    log.warn({ reason: String(authorizationError) }, 'a client certificate is not trusted');
  };
}

function tlsServer(options: TlsOptions, door: Door, distrust: Distrust): Server {
  const server = createTlsServer({ ...options, noDelay: true });
  guardEntrance(server, door);
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.on('secureConnection', (socket: TLSSocket) => {
    const certificate = certificateOf(socket);
    if (certificate !== 'untrusted') return door.enter(socket, { address: addressOf(socket), listener: 'tls', certificate });
    distrust(socket);
    socket.destroy();
  });
  return server;
}

interface WebSocketDoor {
  readonly listener: 'ws' | 'wss';
  readonly path: string;
  readonly door: Door;
  readonly distrust: Distrust;
}

function webSocketServer(server: HttpServer, entrance: WebSocketDoor): HttpServer {
  const { path, door } = entrance;
  guardEntrance(server, door);
  server.on('request', (_request, response) => response.writeHead(426, { connection: 'close' }).end());
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') door.count('connect-timeout');
    socket.destroy();
  });
  const { packetBytesMax, bytesInFlightMax } = door.limits;
  const sockets = new WebSocketServer({
    server,
    path,
    perMessageDeflate: false,
    maxPayload: Math.max(packetBytesMax, bytesInFlightMax) + 1024, // one message may be many packets [MQTT-6.0.0-2]
    maxFragments: FRAGMENTS_MAX,
    maxBufferedChunks: CHUNKS_MAX,
    handleProtocols: (offered) => (offered.has('mqtt') ? 'mqtt' : offered.has('mqttv3.1') ? 'mqttv3.1' : false), // [MQTT-6.0.0-4]
  });
  // It repeats the errors of its server, which are told by listenOn; unheard they would end the process.
  sockets.on('error', () => undefined);
  sockets.on('connection', (webSocket, request) => takeWebSocket(webSocket, request, entrance));
  return server;
}

function takeWebSocket(webSocket: WebSocket, { socket }: IncomingMessage, { listener, door, distrust }: WebSocketDoor): void {
  let isRefused = false;
  const refuse = (reason: RefusalReason): void => {
    if (!isRefused) door.count(reason);
    isRefused = true;
    webSocket.terminate();
  };
  const certificate = certificateOf(socket);
  if (certificate === 'untrusted') {
    distrust(socket as TLSSocket);
    return webSocket.terminate();
  }
  const stream = createWebSocketStream(webSocket, { readableHighWaterMark: 64 * 1024 });
  webSocket.on('message', (_data, isBinary) => {
    if (!isBinary) refuse('web-socket-not-binary');
  });
  webSocket.on('error', (error: NodeJS.ErrnoException) => {
    if (TOO_LARGE.has(error.code ?? '')) refuse('packet-too-large');
  });
  const connection = door.enter(stream, { address: addressOf(socket), listener, certificate });
  let unknownBytes = 0;
  socket.on('data', function count(bytes: Buffer) {
    unknownBytes += bytes.length;
    if (connection.isSignedIn) socket.off('data', count);
    else if (unknownBytes > UNKNOWN_BYTES_MAX) refuse('packet-too-large');
  });
}
