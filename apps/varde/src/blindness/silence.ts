/** What is still so is told again after this. */
export const AGAIN_MS = 3_600_000;
/** What reached nobody is tried again after this. */
export const NOBODY_REACHED_AGAIN_MS = 10_000;

/** In which hour of something that is told hourly `now` is: what is told again is another message, what is tried again is the same. */
export function hourOf(since: Date, now: Date): number {
  return Math.max(0, Math.floor((now.getTime() - since.getTime()) / AGAIN_MS));
}

/** How long somebody may answer nobody, in milliseconds. */
export interface SilencePatience {
  readonly silentMs: number;
  /** An observer that has not looked for so long has slept itself, and begins to wait anew. */
  readonly sleptMs: number;
}

/** Whether somebody who is asked again and again answers no more, by a steady clock that never goes back (`performance.now()`). */
export class Silence {
  private answeredMs: number | null = null;
  private lookedMs: number | null = null;
  private since: Date | null = null;
  private toldMs: number | null = null;
  private againMs = AGAIN_MS;

  /** @param answeredAt when they last answered, or the asking began */
  constructor(
    private readonly patience: SilencePatience,
    private answeredAt: Date,
  ) {}

  /** They have answered. Says since when they had been silent; null: they had not been for too long. */
  end(now: Date, steadyMs: number): Date | null {
    const { since } = this;
    this.answeredMs = this.lookedMs = steadyMs;
    this.answeredAt = now;
    this.since = null;
    this.toldMs = null;
    return since;
  }

  /** They have not answered. Says since when; null: not for too long. */
  look(steadyMs: number): Date | null {
    const hasSlept = this.lookedMs !== null && steadyMs - this.lookedMs > this.patience.sleptMs;
    this.lookedMs = steadyMs;
    if (hasSlept || this.answeredMs === null) this.answeredMs = steadyMs;
    if (steadyMs - this.answeredMs < this.patience.silentMs) return null;
    return (this.since ??= this.answeredAt);
  }

  /** Whether people are to be told now: once, and again while it lasts. */
  takeTelling(steadyMs: number): boolean {
    if (this.toldMs !== null && steadyMs - this.toldMs < this.againMs) return false;
    this.toldMs = steadyMs;
    this.againMs = AGAIN_MS;
    return true;
  }

  /** The telling that was taken reached nobody: it may soon be taken again. */
  giveTellingBack(): void {
    this.againMs = NOBODY_REACHED_AGAIN_MS;
  }
}
