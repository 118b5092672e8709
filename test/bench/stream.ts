import { foundCommunity } from './homes.js';
import { connectHomes, disconnect, drain, sendAtPace, type Sender } from './load.js';
import { countUnlooked, pause, startService, waitUntilLooked, withSpine, type Bench, type Run } from './rig.js';
import { latenciesOf, percentileOf, rounded } from './statistics.js';
import { followWorklist } from './worklist-follower.js';

const HOMES = 1_000;
const PER_SEC = 1_000;
/** Of so many turns one is critical, for a patient without an episode so far. */
const CRITICAL_EVERY = 100;
const CRITICAL_SPO2_PERCENT = 80;
const WARM_UP_SEC = 3;
const FOLLOWED_SINCE_MS = 10 * 60_000;
const LOOKS_WAIT_MS = 300_000;
const LAST_EVENTS_MS = 10_000;

/** From PUBLISH to the event on a nurse's stream, at 1,000 messages a second of which one in a hundred opens an episode. */
export const stream: Bench = (run) =>
  withSpine(run, async ({ bench, intake }) => {
    const seconds = run.isTrial ? 5 : run.seconds;
    const perSec = run.perSec ?? PER_SEC;
    const critical = Math.ceil(((seconds + WARM_UP_SEC) * perSec) / CRITICAL_EVERY) + 1;
    const community = await foundCommunity(bench.database, (run.devices ?? HOMES) + critical, new Date(Date.now() - FOLLOWED_SINCE_MS));
    await waitUntilLooked(bench.database, LOOKS_WAIT_MS);
    const triage = await startService(bench.url, 'triage');
    const openedAtMs = new Map<number, number>();
    const senders = await connectHomes(community.homes, intake.mqttPort, { window: 20, shape: 'spo2' });
    try {
      const follower = await followWorklist(triage.apiUrl, community.nurse, ({ patientId, kind }) => {
        if (kind === 'opened' && !openedAtMs.has(patientId)) openedAtMs.set(patientId, performance.now());
      });
      const load = { ordinary: senders.slice(critical), worsening: senders.slice(0, critical) };
      const measured = await measure(run, load, { seconds, perSec });
      const unlooked = await countUnlooked(bench.database);
      await pause(1_000);
      const endMs = performance.now() + LAST_EVENTS_MS;
      while (measured.sentAtMs.size > countSeen(measured, openedAtMs) && performance.now() < endMs) await pause(50);
      follower.close();
      return [resultOf(perSec, { ...measured, unlooked }, openedAtMs)];
    } finally {
      disconnect(senders);
      await triage.stop();
    }
  });

interface Measured {
  readonly sentAtMs: ReadonlyMap<number, number>;
  readonly pubackMs: readonly number[];
  readonly notAcknowledged: number;
  readonly idle: number;
}

async function measure(
  run: Run,
  load: { ordinary: readonly Sender[]; worsening: readonly Sender[] },
  how: { seconds: number; perSec: number },
): Promise<Measured> {
  const sentAtMs = new Map<number, number>();
  const pubackMs: number[] = [];
  const idle = await run.quiet();
  let next = 0;
  const send = (turn: number): void => {
    const worse = turn % CRITICAL_EVERY === CRITICAL_EVERY - 1 ? load.worsening[next++] : undefined;
    const sender = worse ?? load.ordinary[turn % load.ordinary.length];
    if (!sender) return;
    if (worse) sentAtMs.set(worse.home.patientId, performance.now());
    sender.client.publish(turn, worse ? worse.mould.make(CRITICAL_SPO2_PERCENT) : sender.mould.makeOrdinary());
  };
  const pace = { perSec: how.perSec, outstandingMax: Number.POSITIVE_INFINITY, send };
  await sendAtPace(load.ordinary, { ...pace, durationMs: WARM_UP_SEC * 1000 });
  await pause(500);
  sentAtMs.clear();
  for (const { client } of load.ordinary) client.onAcknowledged = (_, latencyMs) => pubackMs.push(latencyMs);
  await sendAtPace(load.ordinary, { ...pace, durationMs: how.seconds * 1000 });
  const notAcknowledged = await drain([...load.ordinary, ...load.worsening], LAST_EVENTS_MS);
  return { sentAtMs, pubackMs, notAcknowledged, idle };
}

function countSeen({ sentAtMs }: Measured, openedAtMs: ReadonlyMap<number, number>): number {
  return [...sentAtMs.keys()].filter((patientId) => openedAtMs.has(patientId)).length;
}

function resultOf(perSec: number, measured: Measured & { readonly unlooked: number }, openedAtMs: ReadonlyMap<number, number>) {
  const latencies = [...measured.sentAtMs].flatMap(([patientId, sentMs]) => {
    const openedMs = openedAtMs.get(patientId);
    return openedMs === undefined ? [] : [openedMs - sentMs];
  });
  const unseen = measured.sentAtMs.size - latencies.length;
  return {
    bench: 'stream',
    figure: `publish to worklist stream, p99 in ms at ${perSec}/s`,
    value: rounded(percentileOf(latencies, 99), 1),
    gate: 250,
    aim: 50,
    better: 'lower' as const,
    missing: unseen + measured.notAcknowledged,
    detail: {
      ...latenciesOf(latencies),
      expected: measured.sentAtMs.size,
      unseen,
      notAcknowledged: measured.notAcknowledged,
      puback: latenciesOf(measured.pubackMs),
      arrivalsUnlookedAtTheEnd: measured.unlooked,
      idleBefore: measured.idle,
    },
  };
}
