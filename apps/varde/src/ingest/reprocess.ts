import { isCounted, readRefusedMessages, saveRefusedProcessed, type NewRefused, type RefusedMessage, type Settlement } from '@varde/store';
import { parseTopic } from '@varde/wire';
import type { DataSource } from 'typeorm';
import type { Delivery } from './delivery.js';
import type { Outcome } from './keep-batch.js';

/** What came of processing one refused thing again. */
export interface Reprocessed {
  readonly refusedId: number;
  /** `settled` before: nothing was done. */
  readonly result: 'processed' | 'still-open' | 'settled' | 'not-found';
  readonly note: string;
}

/** What reprocessing needs. */
export interface ReprocessDeps {
  readonly dataSource: DataSource;
  readonly now: () => Date;
  /** Takes a message the ordinary way and says what came of it. */
  readonly keep: (delivery: Delivery) => Promise<Outcome>;
}

const AT_ONCE = 50;

/** See Ingest.reprocess. A message of which several parts were refused is taken once. */
export async function reprocess(deps: ReprocessDeps, refusedIds: readonly number[]): Promise<Reprocessed[]> {
  const done: Reprocessed[] = [];
  for (let from = 0; from < refusedIds.length; from += AT_ONCE) {
    done.push(...(await reprocessSome(deps, refusedIds.slice(from, from + AT_ONCE))));
  }
  return done;
}

async function reprocessSome(deps: ReprocessDeps, ids: readonly number[]): Promise<Reprocessed[]> {
  const found = await readRefusedMessages(deps.dataSource, ids);
  const groups = new Map<string, RefusedMessage[]>();
  for (const each of found.filter(({ state, digest }) => state === 'open' && !isCounted(digest))) {
    const key = `${each.topic}\n${each.receivedAt.getTime()}\n${Buffer.from(each.payload).toString('base64')}`;
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  const judged = (await Promise.all([...groups.values()].map((group) => reprocessOne(deps, group)))).flat();
  await saveRefusedProcessed(deps.dataSource, judged.filter(({ result }) => result === 'processed').map(settlement), deps.now());
  const results = new Map(judged.map((each) => [each.refusedId, each]));
  return ids.map((id) => results.get(id) ?? untouched(id, found));
}

const settlement = ({ refusedId, note }: Reprocessed): Settlement => ({ id: refusedId, note });

function untouched(id: number, found: readonly RefusedMessage[]): Reprocessed {
  const known = found.find((each) => each.id === id);
  if (known === undefined) return { refusedId: id, result: 'not-found', note: 'there is no such refused message' };
  return known.state === 'open'
    ? { refusedId: id, result: 'still-open', note: 'it only counts others, of which nothing is kept' }
    : { refusedId: id, result: 'settled', note: `it is ${known.state} already` };
}

async function reprocessOne(deps: ReprocessDeps, group: readonly RefusedMessage[]): Promise<Reprocessed[]> {
  const [first] = group;
  if (first === undefined) return [];
  const topic = parseTopic(first.topic);
  const outcome = await deps.keep({
    // What had no community then is judged by its topic: the sender was let in with it.
    tenant: first.community ?? topic?.tenant ?? '',
    clientId: first.clientId ?? topic?.gateway ?? '',
    topic: first.topic,
    payload: first.payload,
    retain: first.reason === 'retained',
    dup: false,
    qos: 1,
    receivedAt: first.receivedAt,
  });
  const note = noteOf(outcome);
  return group.map((each) => ({ refusedId: each.id, result: isStillOpen(each, outcome.refused) ? 'still-open' : 'processed', note }));
}

/** Whether it was refused again just as before. One refused for another reason is settled: the new reason has a row of its own. */
function isStillOpen(was: RefusedMessage, again: readonly NewRefused[]): boolean {
  return again.some(({ reason, digest }) => reason === was.reason && Buffer.compare(digest, was.digest) === 0);
}

function noteOf({ stored, duplicates, completed, refused }: Outcome): string {
  const reasons = new Map<string, number>();
  for (const { reason } of refused) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  const parts = [
    ...(stored > 0 ? [`${stored} stored`] : []),
    ...(duplicates > 0 ? [`${duplicates} there already`] : []),
    ...(completed > 0 ? [`${completed} completed`] : []),
    ...[...reasons].map(([reason, times]) => `refused again: ${reason}${times > 1 ? ` (${times})` : ''}`),
  ];
  return parts.length === 0 ? 'taken' : parts.join(', ');
}
