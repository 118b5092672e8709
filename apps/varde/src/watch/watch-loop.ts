import { readNextDueAt, type Database } from '@varde/store';
import type { Log } from '../log.js';
import { lookAtDue, type Round, type WatcherParts } from './watcher.js';

/** Longest sleep between two rounds: what a lost wake-up could cost. */
const SLEEP_LONGEST_MS = 1_000;
/** Wait after a round that failed, so that a database on its way back is not hammered. */
const PAUSE_AFTER_FAULT_MS = 500;

/** What the loop needs beside the watcher's parts. */
export interface LoopParts extends WatcherParts {
  readonly now: () => Date;
  /** Told after each round that looked at somebody, with how long it took. */
  readonly onRound: (round: Round, durationMs: number) => void;
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
      const fault = await round(parts, batch).catch((error: unknown) => {
        report(parts.log, error, batch);
        return 'fault' as const;
      });
      // A row that cannot be written would hold up its whole batch: alone it holds up nobody else.
      batch = fault === 'fault' ? 1 : Math.min(parts.batch, batch * 2);
      if (fault === 'fault') await sleep(PAUSE_AFTER_FAULT_MS);
      else if (fault === 'idle' && !woken && !stopped) await sleep(await untilNextDueMs(parts));
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

async function round(parts: LoopParts, batch: number): Promise<'idle' | 'busy'> {
  const startedMs = performance.now();
  const done = await lookAtDue({ ...parts, batch }, parts.now());
  if (done.looked === 0) return 'idle';
  parts.onRound(done, performance.now() - startedMs);
  return 'busy';
}

async function untilNextDueMs(parts: { readonly database: Database; readonly now: () => Date; readonly log: Log }): Promise<number> {
  try {
    const due = await readNextDueAt(parts.database.dataSource.manager);
    if (due === null) return SLEEP_LONGEST_MS;
    return Math.min(SLEEP_LONGEST_MS, Math.max(0, due.getTime() - parts.now().getTime()));
  } catch (error) {
    report(parts.log, error, 0);
    return PAUSE_AFTER_FAULT_MS;
  }
}

function report(log: Log, error: unknown, batch: number): void {
  log.error({ err: error, batch }, 'a round of looking failed; nothing of it was kept and it will be repeated');
}
