import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import type { DataSource } from 'typeorm';
import { medianOf, rounded } from './statistics.js';

const GIB = 2 ** 30;
const QUIET_IDLE = 0.93;
const COMMITS = 500;

/** What the machine is and does, so that a figure can be believed or not. */
export function describeMachine(): Readonly<Record<string, unknown>> {
  return {
    commit: commitId(),
    cores: cpus().length,
    processor: cpus()[0]?.model ?? 'unknown',
    memoryGib: rounded(totalmem() / GIB, 1),
    kernel: release(),
    node: process.version,
    openFilesMax: openFilesMax(),
    loadBefore: loadavg().map((load) => rounded(load, 2)),
  };
}

function commitId(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'not under git';
  }
}

/** Files one process may have open; every connection is one. */
export function openFilesMax(): number {
  const line = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
  return Number(line?.[1] ?? 1024);
}

/** The server's settings that decide what a commit costs, and what one costs: rows committed one by one on one connection. */
export async function describeServer(dataSource: DataSource): Promise<Readonly<Record<string, unknown>>> {
  const [settings] = await dataSource.query<Record<string, string>[]>(`
    select current_setting('server_version') as postgresql, extversion as timescaledb, current_setting('timescaledb.license') as license,
      current_setting('fsync') as fsync, current_setting('synchronous_commit') as synchronous_commit,
      current_setting('full_page_writes') as full_page_writes, current_setting('commit_delay') as commit_delay,
      current_setting('shared_buffers') as shared_buffers, current_setting('max_wal_size') as max_wal_size
    from pg_extension where extname = 'timescaledb'`);
  const runner = dataSource.createQueryRunner();
  const commitMs: number[] = [];
  try {
    await runner.query('create table bench_commit (n int)');
    for (let n = 0; n < COMMITS; n++) {
      const startedMs = performance.now();
      await runner.query(`insert into bench_commit values ($1)`, [n]);
      commitMs.push(performance.now() - startedMs);
    }
    await runner.query('drop table bench_commit');
  } finally {
    await runner.release();
  }
  const perSec = rounded(COMMITS / (commitMs.reduce((sum, ms) => sum + ms, 0) / 1000));
  return { ...settings, singleRowCommitMs: rounded(medianOf(commitMs), 3), singleRowCommitsPerSec: perSec };
}

/** Share of the processor time nobody used during the time. */
export async function readIdle(overMs = 1_000): Promise<number> {
  const before = processorTicks();
  await new Promise((resolve) => setTimeout(resolve, overMs));
  const after = processorTicks();
  return rounded((after.idle - before.idle) / Math.max(1, after.all - before.all), 2);
}

function processorTicks(): { idle: number; all: number } {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number);
  return { idle: (ticks[3] ?? 0) + (ticks[4] ?? 0), all: ticks.reduce((sum, each) => sum + each, 0) };
}

/** Waits until the machine does nothing else, at most so long; answers how idle it was at last. */
export async function waitForQuiet(longestMs: number): Promise<number> {
  const endMs = performance.now() + longestMs;
  let idle = await readIdle();
  while (idle < QUIET_IDLE && performance.now() < endMs) idle = await readIdle();
  return idle;
}

/** Memory a process has in the machine, in bytes. */
export function rssBytes(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib ?? 0) * 1024;
}

/** Processor seconds a process has used so far. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100;
}
