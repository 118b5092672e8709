import {
  saveBatch,
  saveMissingValues,
  type Batch,
  type DeviceFacts,
  type DeviceState,
  type NewMeasurement,
  type NewRefused,
} from '@varde/store';
import { isOfStream, sameWithoutClock, type AckResult } from '@varde/wire';
import type { DataSource } from 'typeorm';
import { describeFault } from './database-fault.js';
import type { GatewayClocks } from './gateway-clocks.js';
import type { KnownDevices } from './known-devices.js';
import { clockName, keepClocks, recallClocks } from './kept-clocks.js';
import { BROKEN_DETAIL, judge, whollyRefused, type Judged, type JudgedAct } from './judge.js';
import type { Received } from './read-delivery.js';
import { tellRestartsApart } from './restarted-clocks.js';
import { countBeyondRoom } from './unclaimed.js';
import { addWeightDoubts } from './weight-doubts.js';

/** What became of one delivery, after the commit. */
export interface Outcome {
  /** What to tell the sender; null when the message had no id to answer to, or asks for no answer. */
  readonly result: AckResult | null;
  readonly status: AckResult['status'] | 'status';
  /** Acts stored, and acts that were there already. */
  readonly stored: number;
  readonly duplicates: number;
  /** Of the duplicates: seconds of a stream of whose minute one was there. */
  readonly thinned: number;
  /** Of those that were there already: acts that lacked values, which were added. */
  readonly completed: number;
  readonly readings: number;
  readonly refused: readonly NewRefused[];
}

/** What keeping a batch needs. */
export interface Keeper {
  readonly dataSource: DataSource;
  readonly clocks: GatewayClocks;
  readonly devices: KnownDevices;
  readonly now: () => Date;
  readonly onBroken: (fault: object) => void;
  readonly onClockUnkept: (fault: object) => void;
}

/**
 * Keeps a batch: one query writes everything and is the transaction; one before it when it holds weights, one when a clock may have restarted,
 * one when there are devices of which nothing is remembered; and of gateways' clocks one before when they are not remembered, one after when there
 * is news of them. What is remembered of devices is checked by the transaction: if a wearer, say, has changed, nothing is kept and all is judged
 * again by what is known then. Changes after that leave the readings as if they had come just before.
 */
export async function keepBatch(keeper: Keeper, batch: readonly Received[]): Promise<Outcome[]> {
  await recallClocks(keeper, batch);
  const kept = (await keepAsKnown(keeper, batch, false)) ?? (await keepAnew(keeper, batch));
  await keepClocks(keeper, batch);
  return kept;
}

async function keepAnew(keeper: Keeper, batch: readonly Received[]): Promise<Outcome[]> {
  keeper.devices.forget();
  return (await keepAsKnown(keeper, batch, true)) ?? [];
}

/** Null when the directory has changed and nothing was kept. */
async function keepAsKnown(keeper: Keeper, batch: readonly Received[], whateverChanges: boolean): Promise<Outcome[] | null> {
  const known = await keeper.devices.read(batch.map(({ about }) => about));
  const alone = batch.map((received) => {
    const facts = known.of(received.about);
    return judgeSafely(keeper, received, received.delivery.isEntered ? { ...facts, isGatewayKnown: true } : facts);
  });
  const judged = await countBeyondRoom(keeper.dataSource, await tellRestartsApart(keeper.dataSource, alone));
  const order = inOrder(judged);
  const rows = await addWeightDoubts(
    keeper.dataSource,
    order.kept.map(({ act }) => act.row),
  );
  const whole: Batch = {
    measurements: rows,
    refused: countedOnce(judged.flatMap(({ refused }) => refused)),
    devices: stateOfEach(judged.flatMap(({ device }) => (device === null ? [] : [device]))),
    gateways: lastOf(
      judged.flatMap(({ gateway }) => (gateway === null ? [] : [gateway])),
      (each) => `${each.communityId}\n${each.clientId}`,
    ),
  };
  const isEmpty = Object.values(whole).every((part) => part.length === 0);
  const before = isEmpty ? new Set<number>() : await saveBatch(keeper.dataSource, whole, whateverChanges ? null : known.directoryVersion);
  if (before === null) return null;
  for (const { device, received } of judged) if (device !== null) keeper.devices.forget(received.about);
  const completed = await completeAgain(keeper, judged, order, { rows, before });
  const isNew = new Set(order.kept.filter((_, place) => !before.has(place)).map(({ act }) => act));
  return judged.map((each) => outcomeOf(each, isNew, completed));
}

interface Kept {
  /** In the order of `Order.kept`. */
  readonly rows: readonly NewMeasurement[];
  /** Places of those that were there already. */
  readonly before: ReadonlySet<number>;
}

/**
 * An act that is processed again may be there without the values for which it was parked. Only then: what comes again by itself was judged as it is
 * judged now. A statement of its own: if it fails the refused message is still open, and processing it once more does no harm.
 */
async function completeAgain(keeper: Keeper, judged: readonly Judged[], order: Order, { rows, before }: Kept): Promise<Set<JudgedAct>> {
  const again = new Set(judged.filter(({ received }) => received.isAgain).flatMap(({ acts }) => acts));
  const there = order.kept.flatMap(({ act }, place) => {
    const row = rows[place];
    return row !== undefined && before.has(place) && again.has(act) ? [{ act, row }] : [];
  });
  const lacking = await saveMissingValues(
    keeper.dataSource,
    there.map(({ row }) => row),
    keeper.now(),
  );
  return new Set(there.filter((_, place) => lacking.has(place)).map(({ act }) => act));
}

/** A fault of ours in one message, or in one act of it, must not hold up the others, nor lose that one: it is kept with its bytes. */
function judgeSafely(keeper: Keeper, received: Received, facts: DeviceFacts): Judged {
  const { clocks } = keeper;
  const { content, delivery, about, isAgain } = received;
  const onBroken = (error: unknown): void => keeper.onBroken(describeFault(error));
  try {
    if (content.kind !== 'readings') return judge(received, facts, { offsetMs: null, behindMs: null }, onBroken);
    const gateway = clockName(about);
    const { sentAt, gatewayClock } = content.message;
    const { receivedAt } = delivery;
    if (isAgain)
      return judge(received, facts, { offsetMs: clocks.offsetThen(gateway, gatewayClock, receivedAt), behindMs: null }, onBroken);
    const isGateway = facts.communityId !== null && facts.isGatewayKnown && delivery.isEntered !== true;
    if (isGateway && !delivery.dup) clocks.learn(gateway, sentAt, receivedAt);
    const offsetMs = clocks.offsetOf(gateway, gatewayClock, receivedAt);
    return judge(received, facts, { offsetMs, behindMs: clocks.behindOf(gateway, receivedAt) }, onBroken);
  } catch (error) {
    onBroken(error);
    return whollyRefused(received, facts, 'decode', BROKEN_DETAIL);
  }
}

interface Order {
  /** Acts to keep, those with one key in the order they came, keys in an order all processes share. */
  readonly kept: readonly { readonly act: JudgedAct; readonly key: string }[];
}

function inOrder(judged: readonly Judged[]): Order {
  const kept: { act: JudgedAct; key: string }[] = [];
  const undated = new Map<string, JudgedAct[]>();
  for (const { acts } of judged) {
    for (const act of acts) {
      const { deviceId, printed, kind, occurrence } = act.row;
      if (act.row.nearby === null || !isCopy(undated, act)) kept.push({ act, key: `${deviceId}\n${printed}\n${kind}\n${occurrence}` });
    }
  }
  kept.sort((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0));
  return { kept };
}

/** Whether the batch already has a copy, by another way, of an act whose device printed no time. */
function isCopy(undated: Map<string, JudgedAct[]>, act: JudgedAct): boolean {
  const { deviceId, kind, valuesKey } = act.row;
  const key = `${deviceId}\n${kind}\n${valuesKey}`;
  const before = undated.get(key) ?? [];
  if (before.some((other) => sameWithoutClock(act, other))) return true;
  undated.set(key, [...before, act]);
  return false;
}

/** Each refusal once, with how often it came; the batch's order. */
function countedOnce(refused: readonly NewRefused[]): NewRefused[] {
  const once = new Map<string, NewRefused>();
  for (const each of refused) {
    const key = `${Buffer.from(each.digest).toString('base64')}\n${each.topic}\n${each.reason}`;
    const before = once.get(key);
    once.set(key, before === undefined ? each : { ...before, timesReceived: before.timesReceived + each.timesReceived });
  }
  return [...once.values()];
}

/** Each device once, with the last that was said of each thing: a reading tells of the battery only, a status perhaps of all but that. */
function stateOfEach(states: readonly DeviceState[]): DeviceState[] {
  const known = new Map<number, DeviceState>();
  for (const state of states) {
    const before = known.get(state.deviceId);
    // As the database takes one after the other: what is older than what is known says nothing.
    if (before !== undefined && state.atMs < before.atMs) continue;
    known.set(state.deviceId, {
      ...state,
      batteryPercent: state.batteryPercent ?? before?.batteryPercent ?? null,
      errors: state.errors ?? before?.errors ?? null,
      contactAtMs: state.contactAtMs ?? before?.contactAtMs ?? null,
    });
  }
  return [...known.values()];
}

function lastOf<T>(states: readonly T[], keyOf: (state: T) => string): T[] {
  return [...new Map(states.map((state) => [keyOf(state), state])).values()];
}

function outcomeOf({ received, acts, refused }: Judged, isNew: ReadonlySet<JudgedAct>, isCompleted: ReadonlySet<JudgedAct>): Outcome {
  const fresh = acts.filter((act) => isNew.has(act));
  const readings = fresh.reduce((sum, { row }) => sum + row.readings.length, 0);
  const completed = acts.filter((act) => isCompleted.has(act)).length;
  const thinned = acts.filter((act) => !isNew.has(act) && isOfStream(act.measurement)).length;
  const common = { stored: fresh.length, duplicates: acts.length - fresh.length, thinned, completed, readings, refused };
  const answer = answerOf(common);
  const messageId = messageIdOf(received);
  return { ...common, status: answer?.status ?? 'status', result: answer === null || messageId === null ? null : { messageId, ...answer } };
}

function messageIdOf({ content }: Received): string | null {
  if (content.kind === 'readings') return content.message.messageId;
  return content.kind === 'refused' ? content.refusal.messageId : null;
}

function answerOf({
  stored,
  duplicates,
  thinned,
  refused,
}: Pick<Outcome, 'stored' | 'duplicates' | 'thinned' | 'refused'>): Omit<AckResult, 'messageId'> | null {
  const why = thinned > 0 ? { reason: 'stream' } : {};
  if (stored > 0) return { status: 'stored', readings: stored, ...why };
  if (duplicates > 0) return { status: 'duplicate', ...why };
  const told = refused.find(({ parked }) => parked) ?? refused[0];
  return told === undefined ? null : { status: told.parked ? 'parked' : 'rejected', reason: told.reason };
}

/** The delivery that takes the place of one the database cannot store: its bytes, kept as refused. */
export function refusedByDatabase(received: Received, code: string | null): Received {
  const { content } = received;
  const messageId = content.kind === 'readings' ? content.message.messageId : null;
  const detail = `the database cannot store it: ${code ?? 'a fault of the program'}`;
  return { ...received, content: { kind: 'refused', refusal: { reason: 'decode', detail, messageId } } };
}
