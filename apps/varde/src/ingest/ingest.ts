import type { Database, Log } from '@varde/store';
import type { Ack, AckResult, FindForm } from '@varde/wire';
import type { Registry } from 'prom-client';
import { describeFault, sqlState } from './database-fault.js';
import { Overloaded, senderOf, type Delivery, type PublishAck } from './delivery.js';
import { GatewayClocks } from './gateway-clocks.js';
import { GroupCommit, WaitingRoom, type WaitingLimits } from './group-commit.js';
import { keepBatch, refusedByDatabase, type Outcome } from './keep-batch.js';
import { KnownDevices } from './known-devices.js';
import { Meter } from './meter.js';
import { readDelivery, type Received } from './read-delivery.js';
import { reprocess, type Reprocessed } from './reprocess.js';

/** What ingest needs of the rest of the service. */
export interface IngestDeps {
  readonly database: Pick<Database, 'dataSource'>;
  readonly log: Log;
  readonly metrics: Registry;
  readonly publishAck: PublishAck;
  /** Whether somebody listens to a gateway's answers; for others none is made. Default: somebody does. */
  readonly isAckHeard?: (tenant: string, clientId: string) => boolean;
  readonly now: () => Date;
  /** Whether gateways must have a credential of ours: where somebody else's broker lets them in. Default false. */
  readonly checkCredentials?: boolean;
  /** Commits under way at once, each for its own share of the clients. Default 1: an embedded database has one backend. */
  readonly lanes?: number;
  /** The questionnaires that are known. Default: none, and answers are parked. */
  readonly findForm?: FindForm;
  /** Default 50,000 messages and 128 MiB. */
  readonly waitingMax?: WaitingLimits;
}

/** The room where a message comes: decoded, checked, bound, committed, acknowledged. */
export interface Ingest {
  /**
   * Takes one message. Resolves after the commit of everything it produced (readings stored, or the message kept as refused) with the answer
   * to its sender; null when it has no id to answer to. Messages of one client are committed and answered in the order they came.
   *
   * While the database is away it waits. Rejects at once with `Overloaded` when too much waits, with `Stopped` when ingest stops, with the
   * database's error when the message can never be kept.
   */
  take(delivery: Delivery): Promise<Ack | null>;
  /** As `take`, and says all that became of it. For what a person enters, who waits for more than an acknowledgement. */
  keep(delivery: Delivery): Promise<Outcome>;
  /** Takes refused messages again, as if they came now but received when they were. Doing it twice does no harm. */
  reprocess(refusedIds: readonly number[]): Promise<Reprocessed[]>;
  /** Messages that wait for their commit. */
  readonly waiting: number;
  /** How long the oldest message has waited for its commit, in milliseconds; null: none waits. */
  readonly waitedMs: number | null;
  /** Takes nothing more, commits what waits if the database answers. */
  stop(): Promise<void>;
}

const BATCH_MESSAGES_MAX = 500;
// Some two thousand acts when messages are full of them: what an acknowledgement waits for at most.
const BATCH_BYTES_MAX = 512 * 1024;
// The embedded broker holds its clients back well before this; the limit is for whoever does not.
const WAITING_MAX: WaitingLimits = { messagesMax: 50_000, bytesMax: 128 * 1024 * 1024 };
/** What one waiting message costs beside its bytes: decoded, with its promise. */
const MESSAGE_BYTES = 1_024;

/** Opens the room. Nothing runs until something is taken. */
export function createIngest(deps: IngestDeps): Ingest {
  return new IngestRoom(deps);
}

class IngestRoom implements Ingest {
  private readonly room: WaitingRoom;
  private readonly meter: Meter;
  private readonly clocks = new GatewayClocks();
  private readonly devices: KnownDevices;
  private readonly lanes: readonly GroupCommit<Received, Outcome>[];

  constructor(private readonly deps: IngestDeps) {
    this.room = new WaitingRoom(deps.waitingMax ?? WAITING_MAX);
    this.devices = new KnownDevices(deps.database.dataSource, deps.checkCredentials ?? false);
    this.meter = new Meter(deps.metrics, () => this.waiting);
    this.lanes = Array.from({ length: deps.lanes ?? 1 }, () => this.openLane());
  }

  get waiting(): number {
    return this.room.messages;
  }

  get waitedMs(): number | null {
    const since = this.lanes.flatMap(({ oldestAtMs }) => oldestAtMs ?? []);
    return since.length === 0 ? null : performance.now() - Math.min(...since);
  }

  async take(delivery: Delivery): Promise<Ack | null> {
    const { result } = await this.keep(delivery);
    return result === null ? null : ackOf([result]);
  }

  keep(delivery: Delivery): Promise<Outcome> {
    return this.add(delivery);
  }

  reprocess(refusedIds: readonly number[]): Promise<Reprocessed[]> {
    const { database, now } = this.deps;
    return reprocess({ dataSource: database.dataSource, now, keep: (delivery) => this.add(delivery, true) }, refusedIds);
  }

  async stop(): Promise<void> {
    await Promise.all(this.lanes.map((lane) => lane.stop()));
  }

  private add(delivery: Delivery, isAgain = false): Promise<Outcome> {
    const lane = this.lanes[laneOf(delivery, this.lanes.length)];
    if (lane === undefined) return Promise.reject(new Error('ingest has no lane'));
    try {
      this.room.enter(bytesOf(delivery));
    } catch (error) {
      if (error instanceof Overloaded) this.meter.countOverloaded();
      return Promise.reject(error as Error);
    }
    try {
      const received = readDelivery(delivery, isAgain, this.deps.findForm);
      if (received.content.kind === 'readings') this.meter.countIdentityFields(received.content.message.identityFieldsRemoved);
      return lane.add(received);
    } catch (error) {
      // Reading never throws but by a fault of ours, and that must be one message's, not the connection's that brought it nor the process's.
      this.room.leave(bytesOf(delivery));
      return Promise.reject(error as Error);
    }
  }

  private openLane(): GroupCommit<Received, Outcome> {
    return new GroupCommit<Received, Outcome>({
      keep: (batch) => this.keepTogether(batch),
      setAside: (received, error) => this.setAside(received, error),
      batchMax: BATCH_MESSAGES_MAX,
      batchWeightMax: BATCH_BYTES_MAX,
      weightOf: ({ delivery }) => delivery.payload.byteLength,
      onSettled: ({ delivery }) => this.room.leave(bytesOf(delivery)),
      onFault: (fault, error, messages) => {
        this.meter.countFault(fault);
        const line = { ...describeFault(error), messages };
        if (fault === 'again') this.deps.log.warn(line, 'the database did not take a batch; it is tried again and nothing is acknowledged');
        else if (fault === 'content') this.deps.log.warn(line, 'a batch holds something that cannot be stored; looking for it');
        else this.deps.log.error(line, 'a batch cannot be stored and is not acknowledged');
      },
    });
  }

  private async keepTogether(batch: readonly Received[]): Promise<readonly Outcome[]> {
    const { database, log, now } = this.deps;
    const startedMs = performance.now();
    const onBroken = (fault: object): void => log.error(fault, 'a message, or an act of one, could not be judged and was kept as refused');
    const onClockUnkept = (fault: object): void =>
      log.warn(fault, "what is known of gateways' clocks could not be kept; the next message tries again");
    const keeper = { dataSource: database.dataSource, clocks: this.clocks, devices: this.devices, now, onBroken, onClockUnkept };
    const outcomes = await keepBatch(keeper, batch);
    this.meter.countBatch(outcomes, (performance.now() - startedMs) / 1000);
    this.answer(batch, outcomes);
    return outcomes;
  }

  /** One acknowledgement for each gateway that listens, after the commit. */
  private answer(batch: readonly Received[], outcomes: readonly Outcome[]): void {
    const { isAckHeard = () => true } = this.deps;
    const answers = new Map<string, { delivery: Delivery; results: AckResult[] }>();
    for (const [at, { delivery, isAgain }] of batch.entries()) {
      const result = outcomes[at]?.result ?? null;
      if (result === null || isAgain || delivery.isEntered || !isAckHeard(delivery.tenant, delivery.clientId)) continue;
      const key = `${delivery.tenant}/${delivery.clientId}`;
      const known = answers.get(key);
      if (known) known.results.push(result);
      else answers.set(key, { delivery, results: [result] });
    }
    for (const { delivery, results } of answers.values()) void this.publish(delivery, ackOf(results));
  }

  private async publish({ tenant, clientId }: Delivery, ack: Ack): Promise<void> {
    try {
      await this.deps.publishAck(tenant, clientId, ack);
    } catch (error) {
      this.deps.log.warn(
        { ...senderOf({ tenant, clientId }), ...describeFault(error) },
        'an answer could not be sent; the gateway will ask again',
      );
    }
  }

  private setAside(received: Received, error: unknown): Received | null {
    const isSecondTime = received.content.kind === 'refused';
    this.deps.log.error(
      { ...senderOf(received.delivery), ...describeFault(error), isSecondTime },
      'a message cannot be stored; its bytes are kept as refused',
    );
    return isSecondTime ? null : refusedByDatabase(received, sqlState(error));
  }
}

const bytesOf = ({ payload }: Delivery): number => payload.byteLength + MESSAGE_BYTES;
const ackOf = (results: readonly AckResult[]): Ack => ({ schema: 'varde.ack/1', results });

/** All messages of one client go the same lane, so that their order is kept. */
function laneOf({ tenant, clientId }: Delivery, lanes: number): number {
  if (lanes === 1) return 0;
  let hash = tenant.length;
  for (let at = 0; at < clientId.length; at += 1) hash = (hash * 31 + clientId.charCodeAt(at)) >>> 0;
  return hash % lanes;
}
