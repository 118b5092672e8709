import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { generate, parser, type IConnackPacket, type Packet } from 'mqtt-packet';

const MQTT5 = { protocolVersion: 5 } as const;
/** What a subscription may be answered: QoS 1, or a refusal. */
export const GRANTED = 1;
export const NOT_AUTHORIZED = 0x87;
/** What a message may be answered that no session, connected or kept, is subscribed to. */
export const NO_MATCHING_SUBSCRIBERS = 0x10;

/** An external MQTT 5 broker with real bytes, which does what such a broker may do and Mosquitto cannot be made to. It hands nothing on. */
export class OtherBroker {
  /** What each subscription is answered. */
  granted = GRANTED;
  /** What those to statuses are answered; null: the same. */
  statusGranted: number | null = null;
  /** What it keeps, by topic, and sends with each subscription to it. */
  readonly retained = new Map<string, string>();
  /** What each message is answered, null: nothing. */
  puback: number | null = 0;
  /** What came. */
  readonly seen = { connections: 0, subscribes: 0, filters: [] as string[], topics: [] as string[], unconfirmedMax: 0 };
  private unconfirmed = 0;
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;

  /** @param receiveMaximum messages it takes unconfirmed at once */
  constructor(private readonly receiveMaximum = 10) {
    this.server = createServer((socket) => this.take(socket));
  }

  /** Starts it; answers its address. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `mqtt://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Ends the connections there are. */
  drop(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Ends it. */
  close(): void {
    this.server.close();
    this.drop();
  }

  private take(socket: Socket): void {
    this.sockets.add(socket);
    this.seen.connections += 1;
    const packets = parser(MQTT5);
    packets.on('packet', (packet) => this.answer(packet, (answer) => void socket.write(generate(answer, MQTT5))));
    socket.on('data', (bytes) => packets.parse(bytes));
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
  }

  private answer(packet: Packet, write: (answer: Packet) => void): void {
    const { receiveMaximum } = this;
    if (packet.cmd === 'connect') {
      const connack: IConnackPacket = { cmd: 'connack', reasonCode: 0, sessionPresent: false, properties: { receiveMaximum } };
      write(connack);
    }
    if (packet.cmd === 'subscribe') {
      this.seen.subscribes += 1;
      this.seen.filters = packet.subscriptions.map(({ topic }) => topic);
      write({ cmd: 'suback', messageId: packet.messageId ?? 0, granted: this.seen.filters.map((filter) => this.answerTo(filter)) });
      for (const [topic, payload] of this.retained)
        if (this.seen.filters.some((filter) => this.answerTo(filter) === GRANTED && matches(topic, filter)))
          write({ cmd: 'publish', topic, payload, qos: 0, retain: true, dup: false });
    }
    if (packet.cmd === 'publish') this.confirm(packet.topic, packet.messageId ?? 0, write);
  }

  private answerTo(filter: string): number {
    return filter.endsWith('status') ? (this.statusGranted ?? this.granted) : this.granted;
  }

  private confirm(topic: string, messageId: number, write: (answer: Packet) => void): void {
    const reasonCode = this.puback;
    this.seen.topics.push(topic);
    this.unconfirmed += 1;
    this.seen.unconfirmedMax = Math.max(this.seen.unconfirmedMax, this.unconfirmed);
    if (reasonCode === null) return;
    setTimeout(() => {
      this.unconfirmed -= 1;
      write({ cmd: 'puback', messageId, reasonCode });
    }, 20);
  }
}

/** Whether a topic is one of a filter that has no `#`; of a shared subscription none is, as nothing that was retained is sent for it. */
function matches(topic: string, filter: string): boolean {
  const [levels, asked] = [topic.split('/'), filter.split('/')];
  return levels.length === asked.length && asked.every((level, at) => level === '+' || level === levels[at]);
}
