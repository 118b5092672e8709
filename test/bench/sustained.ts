import type { Database } from '@varde/store';
import { foundCommunity } from './homes.js';
import { connectHomes, disconnect, drain, sendAtPace, type Sender } from './load.js';
import { readingsOf } from './mould.js';
import { pause, waitUntilLooked, withSpine, type Bench, type Run, type Spine } from './rig.js';
import { latenciesOf, medianOf, rounded } from './statistics.js';

const HOMES = 1_000;
const PER_SEC = 20_000;
const WINDOW = 20;
const OUTSTANDING_MAX = 60;
const TOLD_EVERY_SEC = 10;
const FOLLOWED_SINCE_MS = 10 * 60_000;
const DRAIN_MS = 60_000;
const LOOKS_WAIT_MS = 300_000;
const LATENCIES_EVERY = 50;

interface Second {
  readonly atSec: number;
  readonly acknowledged: number;
  /** How long the oldest reading nobody has looked at has waited. */
  readonly lagMs: number;
}

/**
 * Acknowledged readings a second held for the whole time by 1,000 homes, every reading looked at: offered are as many as the aim, and the
 * time until the last look counts.
 */
export const sustained: Bench = (run) =>
  withSpine(run, async (spine) => {
    const { database } = spine.bench;
    const { homes } = await foundCommunity(database, run.devices ?? HOMES, new Date(Date.now() - FOLLOWED_SINCE_MS));
    await waitUntilLooked(database, LOOKS_WAIT_MS);
    const idle = await run.quiet();
    const senders = await connectHomes(homes, spine.intake.mqttPort, { window: WINDOW, shape: 'spo2' });
    try {
      return [await hold(run, spine, senders, idle)];
    } finally {
      disconnect(senders);
    }
  });

async function hold(run: Run, spine: Spine, senders: readonly Sender[], idle: number) {
  const { database } = spine.bench;
  const offered = run.perSec ?? PER_SEC;
  const durationMs = (run.isTrial ? 5 : run.seconds) * 1000;
  const count = { acknowledged: 0 };
  const latencies: number[] = [];
  for (const { client } of senders) {
    client.onAcknowledged = (sequence, latencyMs) => {
      count.acknowledged += 1;
      client.acknowledged.delete(sequence);
      if (count.acknowledged % LATENCIES_EVERY === 0) latencies.push(latencyMs);
    };
  }
  const startedMs = performance.now();
  const watching = watchSeconds(run, database, count);
  const { leftOut } = await sendAtPace(senders, { perSec: offered / readingsOf('spo2'), durationMs, outstandingMax: OUTSTANDING_MAX });
  const lost = await drain(senders, DRAIN_MS);
  const acknowledgedMs = performance.now() - startedMs;
  await waitUntilLooked(database, LOOKS_WAIT_MS);
  const lookedMs = performance.now() - startedMs;
  const seconds = await watching.stop();
  const stored = await readStored(database);
  const lags = seconds.map(({ lagMs }) => lagMs);
  return {
    bench: 'sustained',
    figure: `readings/s acknowledged and looked at, held for ${rounded(durationMs / 1000)} s`,
    value: rounded(count.acknowledged / (lookedMs / 1000)),
    gate: 5_000,
    aim: 20_000,
    better: 'higher' as const,
    missing: Math.abs(count.acknowledged - stored.readings) + lost + stored.failedLooks,
    detail: {
      offeredPerSec: offered,
      turnsLeftOut: leftOut,
      notAcknowledged: lost,
      acknowledgedPerSec: rounded(count.acknowledged / (acknowledgedMs / 1000)),
      slowestSecond: Math.min(...seconds.slice(1, Math.floor(durationMs / 1000) - 1).map(({ acknowledged }) => acknowledged)),
      lookedAfterLastAckMs: rounded(lookedMs - acknowledgedMs),
      lagMs: { median: medianOf(lags), max: Math.max(...lags) },
      puback: latenciesOf(latencies),
      ...stored,
      isComplete: stored.readings === count.acknowledged,
      idleBefore: idle,
    },
  };
}

/** Counts acknowledgements and measures the lag of the looks once a second. */
function watchSeconds(run: Run, database: Database, count: { acknowledged: number }): { stop(): Promise<Second[]> } {
  const seconds: Second[] = [];
  const issued: { id: number; atMs: number }[] = [];
  const startedMs = performance.now();
  let isOver = false;
  let before = 0;
  const watch = async (): Promise<void> => {
    for (let atSec = 1; !isOver; atSec++) {
      await pause(Math.max(0, startedMs + atSec * 1000 - performance.now()));
      const { acknowledged } = count;
      const lagMs = await measureLag(database, issued);
      const second = { atSec, acknowledged: acknowledged - before, lagMs };
      before = acknowledged;
      seconds.push(second);
      if (atSec % TOLD_EVERY_SEC === 0) run.say(`sustained ${JSON.stringify(second)}`);
    }
  };
  const watching = watch();
  return {
    stop: async () => {
      isOver = true;
      await watching;
      return seconds;
    },
  };
}

/** Arrivals carry no time: their ids do, held against the ids given out at each second so far. */
async function measureLag(database: Database, issued: { id: number; atMs: number }[]): Promise<number> {
  const [row] = await database.dataSource.query<{ oldest: string | null; newest: string }[]>(
    `select (select min(id) from arrival) as oldest, last_value as newest from arrival_id_seq`,
  );
  const nowMs = performance.now();
  issued.push({ id: Number(row?.newest ?? 0), atMs: nowMs });
  if (!row || row.oldest === null) return 0;
  const oldest = Number(row.oldest);
  const seen = issued.find(({ id }) => id >= oldest);
  return rounded(nowMs - (seen?.atMs ?? nowMs));
}

async function readStored(database: Database): Promise<{ readings: number; refused: number; episodes: number; failedLooks: number }> {
  const [row] = await database.dataSource.query<{ readings: number; refused: number; episodes: number; failed: number }[]>(
    `select (select count(*) from reading)::int as readings, (select count(*) from refused)::int as refused,
       (select count(*) from episode)::int as episodes, (select count(*) from patient_watch where failures > 0)::int as failed`,
  );
  return { readings: row?.readings ?? 0, refused: row?.refused ?? 0, episodes: row?.episodes ?? 0, failedLooks: row?.failed ?? 0 };
}
