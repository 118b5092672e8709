// What the broker's specs share: a broker with a door that knows one secret, and counters.
import { generate, type IConnectPacket } from 'mqtt-packet';
import { LeanClient, type LeanClientOptions, RawConnection } from './lean-client.js';
import { type Broker, type BrokerDeps, type ConnectionFact, type Delivery, startBroker } from '../apps/varde/src/broker/broker.js';
import type { BrokerOptions } from '../apps/varde/src/broker/options.js';

/** A running broker with what happened in it. */
export interface Rig {
  broker: Broker;
  port: number;
  taken: Delivery[];
  facts: ConnectionFact[];
  counts: Map<string, number>;
  counted(reason: string): number;
  client(over?: Partial<LeanClientOptions>): LeanClient;
  /** A raw connection; signed in as t/gw unless told otherwise. */
  raw(connect?: Partial<IConnectPacket> | null): Promise<RawConnection>;
}

const rigs: Rig[] = [];
const ends: (() => void)[] = [];

/** The CONNECT of gateway gw in tenant t. */
export const connectPacket = (over: Partial<IConnectPacket> = {}): Buffer =>
  generate({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: true,
    clientId: 'gw',
    keepalive: 30,
    username: 't/gw',
    password: Buffer.from('right'),
    ...over,
  } as IConnectPacket);

/** The topic of a reading of gateway gw in tenant t. */
export const OBS = 'varde/v1/t/gw/dev/d/obs';

/** Starts a broker; it and all its clients end after the test (jest's `afterEach`, below). */
export async function startRig(deps: Partial<BrokerDeps> = {}, options: Partial<BrokerOptions> = {}): Promise<Rig> {
  const taken: Delivery[] = [];
  const facts: ConnectionFact[] = [];
  const counts = new Map<string, number>();
  const broker = await startBroker(
    { listen: { tcp: { host: '127.0.0.1', port: 0 } }, ...options },
    {
      authenticate: async (claim) =>
        claim.by === 'certificate' || claim.secret.toString() === 'right' ? { ok: true } : { ok: false, reason: 'credential-wrong' },
      take: async (delivery) => void taken.push(delivery),
      reportStatus: (fact) => facts.push(fact),
      count: (reason) => counts.set(reason, (counts.get(reason) ?? 0) + 1),
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      ...deps,
    },
  );
  const port = broker.addresses.tcp?.port ?? 0;
  const rig: Rig = {
    broker,
    port,
    taken,
    facts,
    counts,
    counted: (reason) => counts.get(reason) ?? 0,
    client: (over = {}) => {
      const client = new LeanClient({ port, tenant: 't', clientId: 'gw', secret: 'right', reconnectAfterMs: null, ...over });
      ends.push(() => client.kill());
      return client;
    },
    raw: async (connect = {}) => {
      const raw = await RawConnection.open(port);
      ends.push(() => raw.close());
      if (connect === null) return raw;
      raw.send(connectPacket(connect));
      expect(await raw.bytes(4)).toBe('20020000');
      raw.received = Buffer.alloc(0);
      return raw;
    },
  };
  rigs.push(rig);
  return rig;
}

afterEach(async () => {
  for (const end of ends.splice(0)) end();
  for (const { broker } of rigs.splice(0)) await broker.stop();
});
