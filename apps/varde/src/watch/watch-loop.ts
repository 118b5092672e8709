import { readNextDueAt } from '@varde/store';
import { letOthersGoFirst } from './set-aside.js';
import { lookAtDue, RoundFailed, type Round, type WatcherParts } from './watcher.js';

/** Longest sleep between two rounds: what a lost wake-up could cost. */
const SLEEP_LONGEST_MS = 1_000;
/** What comes within this time is looked at in one round: a round costs the same for one patient as for ten. */
const GATHER_MS = 20;
/** Wait after a round that failed, so that a database on its way back is not hammered. */
const PAUSE_AFTER_FAULT_MS = 500;
/** How long a round takes when more wait than it can look at: who falls ill meanwhile waits for its end, and then for a round of their own. */
const ROUND_MS = 60;
/** Rounds are not cut below so many patients: what every round costs, however few they are, would be most of it. */
const BATCH_LEAST = 30;

/** What the loop needs beside the watcher's parts. */
export interface LoopParts extends WatcherParts {
  readonly now: () => Date;
  /** Told after each round that looked at somebody, with how long it took. */
  readonly onRound: (round: Round, durationMs: number) => void;
  /** Told after each round that went well, also one that found nobody due. */
  readonly onTurn?: () => void;
}

/** A running watcher. `wake` starts a round at once; `stop` resolves when the round in progress has ended. */
export interface WatchLoop {
  wake(): void;
  stop(): Promise<void>;
}

/** Looks at everybody who is due, then sleeps until the next clock runs out or a reading arrives. */
export function startWatchLoop(parts: LoopParts): WatchLoop {
  let stopped = false;
  let woken = false;
  let wakeSleeper: () => void = () => undefined;

  const sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wakeSleeper = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const run = async (): Promise<void> => {
    let batch = parts.batch;
    while (!stopped) {
      woken = false;
      const { result, next } = await round(parts, batch);
      batch = next;
      if (result === 'fault') await sleep(PAUSE_AFTER_FAULT_MS);
      else if (result === 'idle' && !woken && !stopped) await sleep(await untilNextDueMs(parts));
      if (result !== 'full' && !stopped) await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
    }
  };
  const ended = run();

  return {
    wake() {
      woken = true;
      wakeSleeper();
    },
    async stop() {
      stopped = true;
      wakeSleeper();
      await ended;
    },
  };
}

interface RoundEnded {
  readonly result: 'idle' | 'busy' | 'full' | 'fault';
  /** Patients that the next round may take. */
  readonly next: number;
}

async function round(parts: LoopParts, batch: number): Promise<RoundEnded> {
  const startedMs = performance.now();
  try {
    const done = await lookAtDue({ ...parts, batch }, parts.now());
    parts.onTurn?.();
    if (done.looked === 0) return { result: 'idle', next: batch };
    const tookMs = performance.now() - startedMs;
    parts.onRound(done, tookMs);
    const isFull = done.looked >= batch;
    return { result: isFull ? 'full' : 'busy', next: nextBatch(parts.batch, { batch, isFull, inTime: (done.looked / tookMs) * ROUND_MS }) };
  } catch (error) {
    parts.log.error({ err: error instanceof RoundFailed ? error.cause : error, batch }, 'a round of looks failed; nothing of it was kept');
    if (batch === 1 && error instanceof RoundFailed) await passOver(parts, error);
    // A row that cannot be written would hold up its whole batch: alone it is found and set aside.
    return { result: 'fault', next: 1 };
  }
}

interface RoundSize {
  readonly batch: number;
  /** Whether it took as many as it might: only then can it have been too many. */
  readonly isFull: boolean;
  /** Patients that the time of a round is enough for. */
  readonly inTime: number;
}

/** At most twice as many as before, and no more than the time of a round is enough for. */
function nextBatch(batchMax: number, { batch, isFull, inTime }: RoundSize): number {
  const enough = isFull ? Math.max(BATCH_LEAST, inTime) : Math.max(batch, inTime);
  return Math.max(1, Math.min(batchMax, batch * 2, Math.floor(enough)));
}

async function passOver(parts: LoopParts, { claims: [claim], cause }: RoundFailed): Promise<void> {
  if (claim === undefined) return;
  try {
    await letOthersGoFirst(parts, claim, cause, parts.now());
  } catch (error) {
    const { patientId } = claim;
    parts.log.error({ err: error, patientId }, 'a patient who cannot be judged could not be put on the worklist; it will be tried again');
  }
}

async function untilNextDueMs(parts: LoopParts): Promise<number> {
  try {
    const due = await readNextDueAt(parts.database.dataSource.manager, parts.restMs ?? 0);
    if (due === null) return SLEEP_LONGEST_MS;
    return Math.min(SLEEP_LONGEST_MS, Math.max(0, due.getTime() - parts.now().getTime()));
  } catch (error) {
    parts.log.error({ err: error }, 'the next due look cannot be read; looks wait');
    return PAUSE_AFTER_FAULT_MS;
  }
}
