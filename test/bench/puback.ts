import { foundCommunity } from './homes.js';
import { connectHomes, disconnect, drain, sendAtPace } from './load.js';
import { openFilesMax, rssBytes } from './machine.js';
import { countUnlooked, waitUntilLooked, withSpine, type Bench } from './rig.js';
import { latenciesOf, percentileOf, rounded } from './statistics.js';
import { startUsage } from './usage.js';

const HOMES = 10_000;
const TRIAL_HOMES = 500;
const PER_SEC = 1_000;
const WARM_UP_MS = 3_000;
const FILES_FOR_THE_REST = 500;
const FOLLOWED_SINCE_MS = 10 * 60_000;
const LOOKS_WAIT_MS = 300_000;
const DRAIN_MS = 30_000;
const MIB = 2 ** 20;

/** PUBLISH to PUBACK at 1,000 messages a second from 10,000 connected homes, looks running. */
export const puback: Bench = (run) =>
  withSpine(run, async ({ bench, intake, watch }) => {
    const wanted = run.devices ?? (run.isTrial ? TRIAL_HOMES : HOMES);
    const count = Math.min(wanted, openFilesMax() - FILES_FOR_THE_REST);
    if (count < wanted)
      run.say(`puback: this machine allows ${count} connections, not ${wanted}: a process may open ${openFilesMax()} files`);
    const { homes } = await foundCommunity(bench.database, count, new Date(Date.now() - FOLLOWED_SINCE_MS));
    await waitUntilLooked(bench.database, LOOKS_WAIT_MS);
    const rssBefore = rssBytes(intake.pid ?? 0);
    const connectingMs = performance.now();
    const senders = await connectHomes(homes, intake.mqttPort, { window: 20, shape: 'spo2' });
    const connectedMs = performance.now() - connectingMs;
    try {
      const rssConnected = rssBytes(intake.pid ?? 0);
      const idle = await run.quiet();
      const perSec = run.perSec ?? PER_SEC;
      await sendAtPace(senders, { perSec, durationMs: WARM_UP_MS, outstandingMax: 20 });
      await drain(senders, DRAIN_MS);
      const latencies: number[] = [];
      for (const { client } of senders) client.onAcknowledged = (_, latencyMs) => latencies.push(latencyMs);
      const usage = await startUsage(bench.database, { intake: intake.pid, watch: watch.pid, load: process.pid });
      const { sent, leftOut } = await sendAtPace(senders, {
        perSec,
        durationMs: (run.isTrial ? 5 : run.seconds) * 1000,
        outstandingMax: 20,
      });
      const usedCores = usage.stop();
      const unlooked = await countUnlooked(bench.database);
      const lost = await drain(senders, DRAIN_MS);
      return [
        {
          bench: 'puback',
          figure: `PUBACK p99 in ms at ${perSec}/s from ${count} connected homes`,
          value: rounded(percentileOf(latencies, 99), 2),
          gate: 50,
          aim: 10,
          better: 'lower',
          missing: leftOut + lost,
          detail: {
            ...latenciesOf(latencies),
            connected: count,
            connectsPerSec: rounded(count / (connectedMs / 1000)),
            rssMib: rounded(rssConnected / MIB),
            rssKibPerConnection: rounded((rssConnected - rssBefore) / 1024 / count, 1),
            sent,
            leftOut,
            notAcknowledged: lost,
            arrivalsUnlookedAtTheEnd: unlooked,
            usedCores,
            idleBefore: idle,
          },
        },
      ];
    } finally {
      disconnect(senders);
    }
  });
