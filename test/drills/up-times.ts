/** When each of several processes was up, by the clock that it goes by. */
export class UpTimes {
  private readonly periods: { who: string; from: number; to: number }[] = [];

  /** It answers from now on. */
  begin(who: string, atMs = Date.now()): void {
    this.periods.push({ who, from: atMs, to: Infinity });
  }

  /** It is gone, or its clock is no longer what it was. */
  end(who: string, atMs = Date.now()): void {
    const last = this.periods.findLast((each) => each.who === who);
    if (last) last.to = atMs;
  }

  /** The longest time within a period that one process, of those asked for, was up without a break: for so long it could have acted and did not. */
  longestWithin(from: number, to: number, among: readonly string[] | null = null): number {
    const lengths = this.periods
      .filter(({ who }) => among === null || among.includes(who))
      .map((each) => Math.min(each.to, to) - Math.max(each.from, from));
    return Math.max(0, ...lengths);
  }
}
