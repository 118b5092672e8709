import type { Database } from '@varde/store';

/** The clocks of one pathway in minutes, and how late they may be taken. */
export interface Timing {
  readonly ladderMin: readonly number[];
  /** Runs out after so long; after as long a ladder that has ended without anybody begins again. */
  readonly acknowledgementMin: number;
  /** How long another unit was given to answer; null: nobody asks. */
  readonly answerMin: number | null;
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
  /** Offers and questions that nobody answered in time. */
  readonly unanswered: number;
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
 * Walks a history along the clocks: an episode waits and climbs its ladder, or somebody has it until that runs out; what others are asked
 * waits for an answer until its time is over. Every rung and every end comes once, none is passed over, none early, none left undone for
 * longer than `lateMaxMs` by somebody who was there.
 */
export function checkStory({ episodeId, lines }: Story, timing: Timing, longestWithin: LongestWithin): CheckedStory {
  const walk = new Walk(episodeId, timing, longestWithin);
  for (const { kind, at } of lines) walk.take(kind, at);
  return walk;
}

class Walk implements CheckedStory {
  readonly faults: string[] = [];
  rungs = 0;
  runOuts = 0;
  unanswered = 0;
  latestMs = 0;
  private beganMs = 0;
  private taken = 0;
  private lastRungMs = 0;
  private hasEndMs: number | null = null;
  private readonly offers: number[] = [];
  private readonly questions: number[] = [];

  constructor(
    private readonly episodeId: number,
    private readonly timing: Timing,
    private readonly longestWithin: LongestWithin,
  ) {}

  take(kind: string, at: Date): void {
    switch (kind) {
      case 'opened':
        this.must(this.beganMs === 0, 'opened twice', at);
        this.beganMs = at.getTime();
        return;
      case 'escalated':
        return this.climb(at);
      case 'acknowledged':
        this.must(this.longestWithin(this.dueMs(), at.getTime()) <= this.timing.lateMaxMs, `rung ${this.taken + 1} passed over`, at);
        this.hasEndMs = at.getTime() + this.timing.acknowledgementMin * MINUTE_MS;
        return;
      case 'acknowledgement_ran_out':
        this.must(this.hasEndMs !== null, 'ran out although nobody had it', at);
        this.inTime(this.hasEndMs ?? 0, at, 'the end of the acknowledgement');
        this.runOuts++;
        this.hasEndMs = null;
        return this.begin(at);
      case 'offered':
        return void this.offers.push(at.getTime() + (this.timing.answerMin ?? 0) * MINUTE_MS);
      case 'advice_asked':
        return void this.questions.push(at.getTime() + (this.timing.answerMin ?? 0) * MINUTE_MS);
      case 'offer_ran_out':
        return this.end(this.offers, at, 'the end of an offer');
      case 'advice_ran_out':
        return this.end(this.questions, at, 'the end of a question');
    }
  }

  private climb(at: Date): void {
    this.must(this.hasEndMs === null, 'a rung although somebody has it', at);
    if (this.taken === this.timing.ladderMin.length) {
      // It says that it begins again, and takes its first rung with that.
      this.inTime(this.dueMs(), at, 'the ladder that begins again');
      return this.begin(at);
    }
    this.inTime(this.dueMs(), at, `rung ${this.taken + 1}`);
    this.taken++;
    this.rungs++;
    this.lastRungMs = at.getTime();
  }

  private begin(at: Date): void {
    this.beganMs = at.getTime();
    this.taken = 0;
  }

  private end(waiting: number[], at: Date, what: string): void {
    const plannedMs = waiting.shift();
    this.must(plannedMs !== undefined, `${what}, which nobody waited for`, at);
    if (plannedMs !== undefined) this.inTime(plannedMs, at, what);
    this.unanswered++;
  }

  /** When the ladder goes on. */
  private dueMs(): number {
    const minutes = this.timing.ladderMin[this.taken];
    return minutes === undefined ? this.lastRungMs + this.timing.acknowledgementMin * MINUTE_MS : this.beganMs + minutes * MINUTE_MS;
  }

  private inTime(plannedMs: number, at: Date, what: string): void {
    this.must(at.getTime() >= plannedMs, `${what} too early`, at);
    const lateMs = this.longestWithin(plannedMs, at.getTime());
    this.latestMs = Math.max(this.latestMs, lateMs);
    this.must(lateMs <= this.timing.lateMaxMs, `${what} ${lateMs.toFixed(0)} ms late`, at);
  }

  private must(holds: boolean, what: string, at: Date): void {
    if (!holds) this.faults.push(`episode ${this.episodeId}: ${what} at ${at.toISOString()}`);
  }
}
