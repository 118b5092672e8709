/** Something done again and again, one turn at a time: each takes all that is due when it begins. */
export class Turns {
  /** When a turn last ended well: `performance.now()`. */
  workedAtMs = performance.now();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | null = null;
  private isWanted = false;

  /** @param failed takes what a turn rejects with; the next follows all the same */
  constructor(
    private readonly turn: () => Promise<unknown>,
    private readonly failed: (error: unknown) => void,
  ) {}

  /** Begins a turn now and then, unless one runs. */
  every(ms: number): void {
    this.timer = setInterval(() => {
      if (this.running === null) this.begin();
    }, ms);
  }

  /** Begins a turn, or one more after the one that runs: what has come meanwhile may be too late for that. */
  begin(): void {
    this.isWanted = true;
    this.running ??= this.run();
  }

  /** Resolves when no turn runs any more. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.isWanted = false;
    await this.running;
  }

  private async run(): Promise<void> {
    try {
      while (this.isWanted) {
        this.isWanted = false;
        try {
          // A promise in any case: turns that end before `begin` has noted that they run would seem to run for ever.
          await (async () => this.turn())();
          this.workedAtMs = performance.now();
        } catch (error) {
          this.failed(error);
        }
      }
    } finally {
      this.running = null;
    }
  }
}
