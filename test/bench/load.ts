import { LeanClient } from '../lean-client.js';
import type { Home } from './homes.js';
import { Mould, type Shape } from './mould.js';

const CONNECT_AT_ONCE = 200;
const TICK_MS = 5;

/** One home that is connected, with the mould of its messages. */
export interface Sender {
  readonly home: Home;
  readonly client: LeanClient;
  readonly mould: Mould;
}

/** Connects all homes, some hundred at a time. Several shapes are dealt out to the homes in turn. */
export async function connectHomes(
  homes: readonly Home[],
  port: number,
  how: { window: number; shape: Shape | readonly Shape[] },
): Promise<Sender[]> {
  const shapes = typeof how.shape === 'string' ? [how.shape] : how.shape;
  const senders = homes.map((home, place) => {
    const { tenant, clientId, secret } = home;
    const client = new LeanClient({ port, tenant, clientId, secret, window: how.window, keepAliveSeconds: 3600, reconnectAfterMs: null });
    return { home, client, mould: new Mould(home, shapes[place % shapes.length] ?? 'spo2') };
  });
  for (let at = 0; at < senders.length; at += CONNECT_AT_ONCE) {
    await Promise.all(senders.slice(at, at + CONNECT_AT_ONCE).map(({ client }) => client.connect()));
  }
  return senders;
}

/** Ends all connections. */
export function disconnect(senders: readonly Sender[]): void {
  for (const { client } of senders) client.end();
}

/** What a load reached. */
export interface Sent {
  readonly acknowledged: number;
  /** From the first sending to the last acknowledgement. */
  readonly durationMs: number;
}

/**
 * Sends so many messages as fast as they are acknowledged, every home with its window full. Each home's queue is kept a window ahead, so
 * that everything one acknowledging chunk makes room for goes out in one write.
 */
export async function sendAtFullSpeed(senders: readonly Sender[], messages: number, window: number): Promise<Sent> {
  let left = messages;
  let acknowledged = 0;
  const startedMs = performance.now();
  let lastMs = startedMs;
  const waitingForMore = new Map<Sender, number>();
  const publish = (sender: Sender, count: number): void => {
    for (let n = 0; n < count && left > 0; n++, left--) sender.client.publish(left, sender.mould.makeOrdinary());
  };
  const topUp = (): void => {
    for (const [sender, count] of waitingForMore) publish(sender, count);
    waitingForMore.clear();
  };
  for (const sender of senders) {
    sender.client.acknowledged.clear();
    sender.client.onAcknowledged = () => {
      acknowledged += 1;
      lastMs = performance.now();
      if (waitingForMore.size === 0) setImmediate(topUp);
      waitingForMore.set(sender, (waitingForMore.get(sender) ?? 0) + 1);
    };
  }
  for (const sender of senders) publish(sender, window * 2);
  while (acknowledged < messages) {
    if (senders.some(({ client }) => !client.isConnected)) throw new Error('a home lost its connection');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return { acknowledged, durationMs: lastMs - startedMs };
}

/** How messages are sent by the clock. */
export interface Pace {
  readonly perSec: number;
  readonly durationMs: number;
  /** Messages given to one home and not acknowledged, at most: beyond that its turn is left out, and the pace is not held. */
  readonly outstandingMax: number;
  /** The message for the n-th turn. Default: an ordinary one of the home whose turn it is. */
  readonly send?: (turn: number) => void;
}

/** Sends by the clock, home after home; answers the turns that were left out. Acknowledgements are the caller's to watch. */
export async function sendAtPace(senders: readonly Sender[], pace: Pace): Promise<{ sent: number; leftOut: number }> {
  const ordinary = (turn: number): void => {
    const sender = senders[turn % senders.length];
    if (sender === undefined || sender.client.outstanding >= pace.outstandingMax) leftOut += 1;
    else sender.client.publish(turn, sender.mould.makeOrdinary());
  };
  const send = pace.send ?? ordinary;
  let leftOut = 0;
  let turn = 0;
  const startedMs = performance.now();
  for (;;) {
    const passedMs = Math.min(performance.now() - startedMs, pace.durationMs);
    for (const due = Math.floor((passedMs / 1000) * pace.perSec); turn < due; turn++) send(turn);
    if (passedMs >= pace.durationMs) return { sent: turn - leftOut, leftOut };
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
}

/** Waits until everything is acknowledged, at most so long; answers how many messages are not. */
export async function drain(senders: readonly Sender[], longestMs: number): Promise<number> {
  const endMs = performance.now() + longestMs;
  const outstanding = (): number => senders.reduce((sum, { client }) => sum + client.outstanding, 0);
  while (outstanding() > 0 && performance.now() < endMs) await new Promise((resolve) => setTimeout(resolve, 10));
  return outstanding();
}
