import { createHmac } from 'node:crypto';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What a receiver was told. */
export interface ToldThing {
  /** `performance.now()`. */
  readonly atMs: number;
  readonly kind: 'blind' | 'sees_again';
  readonly key: string;
  readonly text: { readonly nb: string; readonly en: string };
  readonly blind: readonly {
    readonly part: string;
    readonly why: string;
    readonly subject: string;
    readonly since: string;
    readonly to: string | null;
  }[];
  readonly late?: {
    readonly readingsLate: number;
    readonly patientsLate: number;
    readonly noticesLate: number;
    readonly stillWaiting: number;
  };
}

/** The key the receiver's messages are signed with. */
export const RECEIVER_KEY = 'a key of a receiver of the drills';

/** A person's channel: a webhook that remembers what it was told and when. */
export class Receiver {
  readonly told: ToldThing[] = [];
  readonly unsigned: string[] = [];

  private constructor(private readonly server: HttpServer) {}

  static async open(): Promise<Receiver> {
    const receiver: { it: Receiver | null } = { it: null };
    const server = createHttpServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        receiver.it?.take(Buffer.concat(chunks).toString(), String(request.headers['varde-signature']));
        response.writeHead(204).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    receiver.it = new Receiver(server);
    return receiver.it;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  /** What it was told of one part since a moment. */
  of(part: string, kind: ToldThing['kind'], sinceMs: number): ToldThing[] {
    return this.told.filter((each) => each.atMs >= sinceMs && each.kind === kind && each.blind.some((one) => one.part === part));
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private take(body: string, signature: string): void {
    const told = JSON.parse(body) as ToldThing & { schema: string };
    if (told.schema !== 'varde.blindness/1') return;
    const [, seconds = '', signed] = /^t=(\d+),v1=([0-9a-f]+)$/.exec(signature) ?? [];
    if (createHmac('sha256', RECEIVER_KEY).update(`${seconds}.${body}`).digest('hex') !== signed) this.unsigned.push(body);
    this.told.push({ ...told, atMs: performance.now() });
  }
}

/** Stands between the service and its database, so that the database can be away, or hang, for the service alone. */
export class DatabaseDoor {
  private readonly sockets = new Set<Socket>();
  private state: 'open' | 'shut' | 'hanging' = 'open';

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  /** A door to the database of this address, over TCP or a local socket. */
  static async open(databaseUrl: string): Promise<DatabaseDoor> {
    const url = new URL(databaseUrl.replace('@/', '@socket/'));
    const dir = url.searchParams.get('host');
    const port = Number(url.searchParams.get('port') ?? (url.port || 5432));
    const dial = (): Socket => (dir?.startsWith('/') ? connect(`${dir}/.s.PGSQL.${port}`) : connect(port, url.hostname));
    const holder: { it: DatabaseDoor | null } = { it: null };
    const server = createServer((socket) => holder.it?.enter(socket, dial));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const own = new URL(url);
    for (const name of ['host', 'port']) own.searchParams.delete(name);
    own.searchParams.set('sslmode', 'disable');
    own.hostname = '127.0.0.1';
    own.port = String((server.address() as AddressInfo).port);
    holder.it = new DatabaseDoor(server, own.href);
    return holder.it;
  }

  /** As when the server is gone: connections break, new ones are refused. */
  shut(): void {
    this.state = 'shut';
    for (const socket of this.sockets) socket.destroy();
  }

  /** As when the server hangs: connections stand, and nothing is answered. */
  hang(): void {
    this.state = 'hanging';
    for (const socket of this.sockets) socket.pause();
  }

  /** It answers again. */
  reopen(): void {
    this.state = 'open';
    for (const socket of this.sockets) socket.resume();
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private enter(socket: Socket, dial: () => Socket): void {
    if (this.state === 'shut') return void socket.destroy();
    const beyond = dial();
    for (const [from, to] of [
      [socket, beyond],
      [beyond, socket],
    ] as const) {
      this.sockets.add(from);
      from.on('data', (chunk) => to.write(chunk));
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
      if (this.state === 'hanging') from.pause();
    }
  }
}
