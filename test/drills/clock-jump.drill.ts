import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { changeEpisode, inTransaction, type Viewer } from '@varde/store';
import { ServiceProcess } from '../service-process.js';
import {
  clientOf,
  eventually,
  foundHomes,
  hireNurse,
  openDrillDatabase,
  pause,
  readCount,
  spo2Message,
  type DrillDatabase,
  type DrillHome,
} from './drill-rig.js';
import { checkStory, readStories, type CheckedStory, type Timing } from './timer-story.js';

/**
 * Somebody sets the clock of the service's machine an hour forth, and back again, while ladders climb and acknowledgements run. The built
 * service goes by that clock in every place, since it is loaded under it (`jumped-clock.cjs`); the database keeps its own.
 *
 * What is promised: a step is taken when the service's clock reaches its time, once, and none is passed over. So a jump forth takes
 * steps early by as much as it is long; a jump back leaves what was begun under the wrong clock at most as late as it was long, and nothing
 * stands still for longer. That is what `rungs at most an hour late` measures against the true clock.
 */

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const HOMES = 30;
/** What falls due may be this fresh. */
const QUIET_MS = 1_000;
const TIMING: Timing = { ladderMin: [0, 30, 90, 150, 240], acknowledgementMin: 40, answerMin: null, lateMaxMs: 5_000 };

/** The clock of the service, ahead of the machine's. */
class JumpedClock {
  private readonly dir = mkdtempSync(join(tmpdir(), 'varde-clock-'));
  readonly file = join(this.dir, 'ahead-ms');
  private aheadMs = 0;

  constructor(private readonly database: DrillDatabase['database']) {
    writeFileSync(this.file, '0');
  }

  nowMs(): number {
    return Date.now() + this.aheadMs;
  }

  /** Sets it, and waits until all that is due by it is done: the longest a watcher may need. */
  async set(aheadMs: number): Promise<void> {
    writeFileSync(`${this.file}.new`, String(aheadMs));
    renameSync(`${this.file}.new`, this.file);
    this.aheadMs = aheadMs;
    await pause(QUIET_MS);
    await eventually('all that is due is done', async () => (await this.countOverdue()) === 0, TIMING.lateMaxMs - QUIET_MS);
  }

  private async countOverdue(): Promise<number> {
    const sql = 'select count(*)::int as n from patient_watch where due_at <= $1';
    return readCount(this.database, sql, [new Date(this.nowMs() - QUIET_MS)]);
  }

  close(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

let drill: DrillDatabase;
let clock: JumpedClock;
beforeEach(async () => {
  drill = await openDrillDatabase();
  clock = new JumpedClock(drill.database);
});
afterEach(async () => {
  clock.close();
  await drill.close();
});

test('the clock jumps an hour forth and back while ladders climb: each step once, none passed over, none frozen', async () => {
  const homes = await foundHomes(drill.database, 3 * HOMES, TIMING.ladderMin, TIMING.acknowledgementMin);
  const [before, during, after] = [homes.slice(0, HOMES), homes.slice(HOMES, 2 * HOMES), homes.slice(2 * HOMES)];
  const env = { NODE_OPTIONS: `--require ${join(import.meta.dirname, 'jumped-clock.cjs')}`, VARDE_DRILL_CLOCK: clock.file };
  const service = await ServiceProcess.start({ databaseUrl: drill.url, roles: 'broker,ingest,watch', env });
  const nurse = await hireNurse(drill.database);
  try {
    await measure(before, service.mqttPort);
    expect(await rungsOf(before)).toEqual(new Set([1]));

    await clock.set(HOUR_MS);
    expect(await rungsOf(before)).toEqual(new Set([2]));
    await measure(during, service.mqttPort);
    await acknowledge(nurse, [...before.slice(0, 10), ...during.slice(0, 10)]);

    await clock.set(0);
    expect(await rungsOf(before.slice(10))).toEqual(new Set([2]));
    expect(await rungsOf(during.slice(10))).toEqual(new Set([1]));
    await measure(after, service.mqttPort);
    await acknowledge(nurse, [...before.slice(10, 20), ...after.slice(0, 10)]);
    const trueMs = Date.now();

    // An hour and a half by the true clock: what was begun while the clock was ahead is late by no more than it was ahead.
    await clock.set(90 * MINUTE_MS + 10_000);
    expect(await rungsOf(during.slice(10))).toEqual(new Set([2]));
    expect(clock.nowMs() - trueMs - (TIMING.ladderMin[1] ?? 0) * MINUTE_MS).toBeLessThan(HOUR_MS + 60_000);

    for (let minutes = 120; minutes <= 480; minutes += 20) await clock.set(minutes * MINUTE_MS);
    const stories = await readStories(drill.database);
    const checked = stories.map((story) => checkStory(story, TIMING, () => 0));
    // Each once, in order and none early; that none was late has been seen after each jump.
    expect(checked.flatMap(({ faults }) => faults)).toEqual([]);
    expect(stories).toHaveLength(3 * HOMES);
    for (const { rungs } of checked) expect(rungs).toBeGreaterThanOrEqual(TIMING.ladderMin.length);
    const sum = (of: (each: CheckedStory) => number) => checked.reduce((total, each) => total + of(each), 0);
    expect(sum(({ runOuts }) => runOuts)).toBe(40);
    process.stdout.write(`${sum(({ rungs }) => rungs)} rungs and 40 ends of acknowledgements over two jumps, each once\n`);
  } finally {
    await service.kill();
  }
}, 300_000);

async function measure(homes: readonly DrillHome[], port: number): Promise<void> {
  await Promise.all(
    homes.map(async (home) => {
      const client = clientOf(home, port);
      await client.connect();
      client.publish(0, spo2Message(home, 80, new Date()));
      await client.whenIdle();
      client.kill();
    }),
  );
  await eventually('their problems are open', async () => [...(await rungsOf(homes))].every((rungs) => rungs > 0), 20_000);
}

/** As triage does it, by the clock of the service. */
async function acknowledge(nurse: Viewer, homes: readonly DrillHome[]): Promise<void> {
  for (const { id } of await critical(homes)) {
    const act = { episodeId: Number(id), seenVersion: null, act: { kind: 'acknowledge' } } as const;
    await inTransaction(drill.database.dataSource, (tx) => changeEpisode(tx, nurse, act, new Date(clock.nowMs())));
  }
}

/** How many rungs of the running ladder are taken, of these homes' critical episodes; 0: there is none. */
async function rungsOf(homes: readonly DrillHome[]): Promise<Set<number>> {
  const rows = await critical(homes);
  return new Set([...rows.map(({ rungs }) => rungs), ...(rows.length < homes.length ? [0] : [])]);
}

async function critical(homes: readonly DrillHome[]): Promise<{ id: string; rungs: number }[]> {
  return drill.database.dataSource.query(
    `select id, ladder_steps_taken as rungs from episode where severity = 'critical' and patient_id = any($1) order by id`,
    [homes.map(({ patientId }) => patientId)],
  );
}
