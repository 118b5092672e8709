import type { Database } from '@varde/store';

/** The clocks of one pathway in minutes, and how late they may be taken. */
export interface Timing {
  readonly ladderMin: readonly number[];
  /** Null: an acknowledgement does not run out. */
  readonly acknowledgementMin: number | null;
  readonly lateMaxMs: number;
}

/** The history of one episode, oldest line first. */
export interface Story {
  readonly episodeId: number;
  readonly lines: readonly { readonly kind: string; readonly at: Date }[];
}

/** What a history shows. */
export interface CheckedStory {
  readonly faults: readonly string[];
  readonly rungs: number;
  readonly runOuts: number;
  /** The longest that anything was left undone by a watcher that was there. */
  readonly latestMs: number;
}

/** Longest time within a period that somebody was there to act. */
export type LongestWithin = (fromMs: number, toMs: number) => number;

const MINUTE_MS = 60_000;

/** Histories of the critical episodes, which are those a drill has caused. */
export async function readStories({ dataSource }: Database): Promise<Story[]> {
  const rows = await dataSource.query<{ id: string; kind: string; at: Date }[]>(
    `select e.id, s.kind, s.at from episode_step s join episode e on e.id = s.episode_id where e.severity = 'critical' order by e.id, s.id`,
  );
  const stories = new Map<string, { kind: string; at: Date }[]>();
  for (const { id, kind, at } of rows) stories.set(id, [...(stories.get(id) ?? []), { kind, at }]);
  return [...stories].map(([id, lines]) => ({ episodeId: Number(id), lines }));
}

/**
 * Walks a history along the clocks: an episode waits and climbs its ladder, or somebody has it until that runs out. Every rung and every
 * end comes once, none is passed over, none early, none left undone for longer than `lateMaxMs` by somebody who was there.
 */
export function checkStory({ episodeId, lines }: Story, timing: Timing, longestWithin: LongestWithin): CheckedStory {
  const faults: string[] = [];
  let [began, rungs, total, runOuts, latestMs] = [0, 0, 0, 0, 0];
  let hasEndMs: number | null = null;
  const rungAt = (index: number) => began + (timing.ladderMin[index] ?? Infinity) * MINUTE_MS;
  const must = (holds: boolean, what: string, at: Date) => holds || faults.push(`episode ${episodeId}: ${what} at ${at.toISOString()}`);
  const inTime = (plannedMs: number, at: Date, what: string) => {
    must(at.getTime() >= plannedMs, `${what} too early`, at);
    const lateMs = longestWithin(plannedMs, at.getTime());
    latestMs = Math.max(latestMs, lateMs);
    must(lateMs <= timing.lateMaxMs, `${what} ${lateMs.toFixed(0)} ms late`, at);
  };
  for (const { kind, at } of lines) {
    switch (kind) {
      case 'opened':
        must(began === 0, 'opened twice', at);
        began = at.getTime();
        break;
      case 'escalated':
        must(hasEndMs === null, 'a rung although somebody has it', at);
        must(rungs < timing.ladderMin.length, 'a rung above the last', at);
        inTime(rungAt(rungs++), at, `rung ${rungs}`);
        total++;
        break;
      case 'acknowledged':
        must(longestWithin(rungAt(rungs), at.getTime()) <= timing.lateMaxMs, `rung ${rungs + 1} passed over`, at);
        hasEndMs = timing.acknowledgementMin === null ? Infinity : at.getTime() + timing.acknowledgementMin * MINUTE_MS;
        break;
      case 'acknowledgement_ran_out':
        must(hasEndMs !== null, 'ran out although nobody had it', at);
        inTime(hasEndMs ?? 0, at, 'the end of the acknowledgement');
        [hasEndMs, began, rungs, runOuts] = [null, at.getTime(), 0, runOuts + 1];
        break;
    }
  }
  return { faults, rungs: total, runOuts, latestMs };
}
