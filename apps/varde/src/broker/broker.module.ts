import { hostname } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { findSecret, readCredentials, readRevokedClients, revokeReplacedBy, type ClientCredentials } from '@varde/store';
import { Counter, Gauge } from 'prom-client';
import type { Config } from '../config.js';
import { HomeSender } from '../homes/home-sender.js';
import { PROVIDED, type Provided } from '../provided.js';
import { readTlsFiles, type TlsFiles } from '../tls-files.js';
import { Turns } from '../turns.js';
import { startBroker, type Broker, type Delivery, type Verdict } from './broker.js';
import { ConnectionLog } from './connection-log.js';
import { CredentialCache } from './credential-cache.js';
import type { Claim } from './identity.js';
import type { BrokerOptions } from './options.js';
import { isAwaited } from './topics.js';

/** How often revoked credentials are looked for: a revoked gateway is gone within 5 s. */
const REVOKED_EVERY_MS = 3_000;
/** How late a revocation may be seen: it is dated before its commit, by the clock of another machine. */
const REVOKED_LATE_MS = 60_000;
/** A wrong secret is looked for in what was read longer ago than this once more: it may have been made since. A flood of them reads no more often. */
const READ_AGAIN_AFTER_MS = 1_000;
/** A list that revokes a stolen certificate is in force within a minute. */
const TLS_FILES_READ_EVERY_MS = 60_000;
/** A request to a home that has not confirmed it by then is sent again. */
const ASK_AGAIN_MS = 30_000;

/** The credential that a secret is of, and those of the client made before it. */
interface Used {
  readonly id: number;
  readonly older: readonly number[];
}

/** The room where devices connect. It opens its ports only when it is told who takes the messages. */
@Injectable()
export class BrokerRoom implements OnApplicationShutdown {
  /** `mqtt://host:port` once it is open; null before, and when TCP is switched off. */
  url: string | null = null;
  /** Where a client on this machine reaches it, by whatever it listens to; null before it is open. */
  ownUrl: string | null = null;
  private broker: Broker | undefined;
  private connections: ConnectionLog | undefined;
  private revoking: Turns | undefined;
  private renewing: Turns | undefined;
  /** Credentials that were acted upon, of those that are still asked for. */
  private ended: ReadonlySet<number> = new Set();
  /** Credentials that ended because their client came here with a new one: what it has here is the new one's. */
  private readonly replacedHere = new Set<number>();
  private homes: HomeSender | undefined;
  private readonly refusals: Counter<'reason'>;

  private readonly credentials: CredentialCache<ClientCredentials>;

  constructor(@Inject(PROVIDED) private readonly provided: Provided) {
    const { manager } = provided.database.dataSource;
    this.credentials = new CredentialCache(({ tenant, clientId }) => readCredentials(manager, tenant, clientId));
    const registers = [provided.metrics];
    this.refusals = new Counter({
      name: 'varde_broker_refused_total',
      help: 'Refused or limited by the broker',
      labelNames: ['reason'],
      registers,
    });
    const read = (count: () => number) =>
      function (this: Gauge): void {
        this.set(count());
      };
    new Gauge({
      name: 'varde_broker_clients',
      help: 'Connected gateways',
      registers,
      collect: read(() => this.broker?.connectedClients ?? 0),
    });
    new Gauge({
      name: 'varde_broker_waiting',
      help: 'Messages that wait for their commit',
      registers,
      collect: read(() => this.broker?.waitingMessages ?? 0),
    });
  }

  /** Opens the ports. `take` resolves when a message is committed; only then is it acknowledged. */
  async open(take: (delivery: Delivery) => Promise<unknown>): Promise<void> {
    const { database, log, work } = this.provided;
    const connections = new ConnectionLog(database.dataSource, { name: hostname(), startedAt: new Date() }, log);
    this.connections = connections;
    const tlsFiles = await readTlsFiles(this.provided.config.mqtt);
    const broker = await startBroker(brokerOptions(this.provided.config, tlsFiles), {
      authenticate: (claim) => this.authenticate(claim),
      take,
      reportStatus: (fact) => connections.note(fact),
      count: (reason) => this.refusals.inc({ reason }),
      confirmed: (topic, payload) => {
        if (isAwaited(topic)) this.homes?.noteConfirmed(payload);
      },
      unconfirmed: (_topic, payload) => this.homes?.noteUnconfirmed(payload),
      log,
    });
    this.broker = broker;
    const way = { hears: broker.hears.bind(broker), publish: broker.publish.bind(broker), againAfterMs: ASK_AGAIN_MS, isConfirmed: true };
    this.homes = new HomeSender({ database, log, now: () => new Date(), way, work });
    await this.homes.start();
    const { tcp } = broker.addresses;
    this.url = tcp ? `mqtt://${tcp.host}:${tcp.port}` : null;
    this.ownUrl = ownUrlOf(broker);
    let since = new Date();
    this.revoking = new Turns(
      async () => {
        const until = new Date();
        await this.letGo(broker, new Date(since.getTime() - REVOKED_LATE_MS));
        since = until;
      },
      (error) => log.warn({ err: error }, 'revoked credentials could not be read; they will be at the next turn'),
    );
    this.revoking.every(REVOKED_EVERY_MS);
    if (tlsFiles !== null) this.keepTlsCurrent(broker, tlsFiles);
  }

  /** Certificates are renewed every few weeks and revocation lists every few days: neither should need a restart. */
  private keepTlsCurrent(broker: Broker, atStart: TlsFiles): void {
    const { config, log } = this.provided;
    let inUse = atStart;
    this.renewing = new Turns(
      async () => {
        const files = await readTlsFiles(config.mqtt);
        if (files === null || isDeepStrictEqual(files, inUse)) return;
        broker.renewTls(files);
        inUse = files;
        log.info({}, 'the certificate files have changed and are in use');
      },
      (error) => log.error({ err: error }, 'the certificate files cannot be used; those read before stay in use'),
    );
    this.renewing.every(TLS_FILES_READ_EVERY_MS);
  }

  /** Sends to a gateway on one of its own topics; nothing happens when the room is not open. */
  async publish(topic: string, payload: Uint8Array): Promise<void> {
    await this.broker?.publish(topic, payload);
  }

  /** Whether a gateway subscribed to this topic: it is connected, or its session is kept for it. */
  isSubscribed(topic: string): boolean {
    return this.broker?.isSubscribed(topic) ?? false;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.revoking?.stop();
    await this.renewing?.stop();
    await this.homes?.stop();
    await this.broker?.stop();
    await this.connections?.stop();
  }

  private async authenticate(claim: Claim): Promise<Verdict> {
    const known = await this.credentials.read(claim);
    if (!known) return { ok: false, reason: 'credential-unknown' };
    // A certificate was proven against our authority and names this client; a client without any credential in force is shut out.
    if (claim.by === 'certificate') return { ok: true };
    const used = this.usedOf(known, claim.secret) ?? this.usedOf(await this.credentials.read(claim, READ_AGAIN_AFTER_MS), claim.secret);
    if (used === null) return { ok: false, reason: 'credential-wrong' };
    if (used.older.length > 0) await this.endReplaced(claim, used);
    return { ok: true };
  }

  private usedOf(known: ClientCredentials | null, secret: Buffer): Used | null {
    const secrets = known?.secrets ?? [];
    const kept = secrets.map((each) => each.hmac);
    const id = secrets[findSecret(this.provided.secret, secret, kept)]?.credentialId;
    if (id === undefined) return null;
    return { id, older: secrets.flatMap(({ credentialId }) => (credentialId < id ? [credentialId] : [])) };
  }

  /** A new secret in use ends the one it replaces. A database that is away now is no reason to turn somebody away who is known. */
  private async endReplaced(claim: Claim, { id, older }: Used): Promise<void> {
    const { database, log } = this.provided;
    for (const each of older) this.replacedHere.add(each);
    try {
      await revokeReplacedBy(database.dataSource.manager, id, new Date());
      this.credentials.forget(claim);
      log.info({ tenant: claim.tenant, clientId: claim.clientId }, 'a gateway uses its new secret; the one before is revoked');
    } catch (error) {
      for (const each of older) this.replacedHere.delete(each);
      log.warn({ err: error }, 'a secret that was replaced could not be revoked; it will be when the new one is used next');
    }
  }

  private async letGo(broker: Broker, since: Date): Promise<void> {
    const revoked = await readRevokedClients(this.provided.database.dataSource.manager, since);
    for (const client of revoked.filter(({ credentialId }) => !this.ended.has(credentialId))) {
      this.credentials.forget(client);
      if (!this.replacedHere.delete(client.credentialId)) broker.kick(client);
    }
    this.ended = new Set(revoked.map(({ credentialId }) => credentialId));
  }
}

function ownUrlOf({ addresses: { tcp, ws, tls } }: Broker): string | null {
  const here = ({ host, port }: { host: string; port: number }): string =>
    `${{ '0.0.0.0': '127.0.0.1', '::': '[::1]' }[host] ?? host}:${port}`;
  if (tcp) return `mqtt://${here(tcp)}`;
  if (ws) return `ws://${here(ws)}/mqtt`;
  return tls ? `mqtts://${here(tls)}` : null;
}

function brokerOptions({ mqtt }: Config, tlsFiles: TlsFiles | null): BrokerOptions {
  const at = (port: number) => ({ host: mqtt.host, port });
  return {
    listen: {
      ...(mqtt.port !== null ? { tcp: at(mqtt.port) } : {}),
      ...(mqtt.wsPort !== null ? { ws: at(mqtt.wsPort) } : {}),
      ...(tlsFiles !== null ? { tls: at(mqtt.tlsPort) } : {}),
    },
    ...(tlsFiles !== null ? { tlsFiles } : {}),
    limits: {
      packetBytesMax: mqtt.packetBytesMax,
      topicLevelsMax: mqtt.topicLevelsMax,
      connectionsMax: mqtt.connectionsMax,
      messagesInFlightMax: mqtt.inFlightMax,
      connectTimeoutMs: mqtt.connectTimeoutMs,
      packetsPerClient: { burst: mqtt.messagesPerSecMax * 200, perSecond: mqtt.messagesPerSecMax },
      connectsPerAddress: { burst: mqtt.connectsPerAddressPerSecMax * 10, perSecond: mqtt.connectsPerAddressPerSecMax },
    },
  };
}

/** Broker as a part of the service. */
@Module({ providers: [BrokerRoom], exports: [BrokerRoom] })
export class BrokerModule {}
