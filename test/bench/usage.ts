import type { Database } from '@varde/store';
import { cpuSeconds } from './machine.js';
import { rounded } from './statistics.js';

/** Counts what processes, and the server's backends on this database together, use of the processors: cores, by name. */
export async function startUsage(
  database: Database,
  pids: Readonly<Record<string, number | null>>,
): Promise<{ stop(): Readonly<Record<string, number>> }> {
  const backends = await database.dataSource.query<{ pid: number }[]>(
    `select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
  );
  const named: (readonly [string, number])[] = [
    ...Object.entries(pids).map(([name, pid]) => [name, pid ?? 0] as const),
    ...backends.map(({ pid }) => ['database', pid] as const),
  ];
  const startedMs = performance.now();
  const before = new Map(named.map(([, pid]) => [pid, secondsOf(pid)]));
  return {
    stop: () => {
      const seconds = (performance.now() - startedMs) / 1000;
      const cores: Record<string, number> = {};
      for (const [name, pid] of named) cores[name] = (cores[name] ?? 0) + (secondsOf(pid) - (before.get(pid) ?? 0)) / seconds;
      return Object.fromEntries(Object.entries(cores).map(([name, used]) => [name, rounded(used, 2)]));
    },
  };
}

/** A backend may have gone meanwhile. */
function secondsOf(pid: number): number {
  try {
    return cpuSeconds(pid);
  } catch {
    return 0;
  }
}
