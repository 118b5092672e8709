/** Work that is begun again and again, and never anew while it still goes on: what takes long in one lane holds up no other. */
export class Lane {
  private going: Promise<void> | null = null;

  constructor(private readonly failed: (error: unknown) => void) {}

  /** Begins it, unless it goes on. */
  begin(work: () => Promise<void>): void {
    this.going ??= work()
      .catch(this.failed)
      .finally(() => (this.going = null));
  }

  /** Resolves when nothing goes on. */
  async end(): Promise<void> {
    await this.going;
  }
}
