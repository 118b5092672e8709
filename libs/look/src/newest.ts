/** Something that was measured or answered at a time. */
interface Observed {
  readonly observedAt: Date;
  readonly measurementId: number;
}

/** Whether it was measured or answered after another; of one moment the one that was stored later. */
export function isLater(a: Observed, b: Observed): boolean {
  const sinceMs = a.observedAt.getTime() - b.observedAt.getTime();
  return sinceMs > 0 || (sinceMs === 0 && a.measurementId > b.measurementId);
}

/** The newest of a list in any order; null when there is none. */
export function newestOf<Each extends Observed>(list: readonly Each[]): Each | null {
  return list.reduce<Each | null>((newest, each) => (newest === null || isLater(each, newest) ? each : newest), null);
}
