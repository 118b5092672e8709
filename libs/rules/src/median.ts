/** Middle of some values; NaN when there are none. */
export function medianOf(values: readonly number[]): number {
  const sorted = Float64Array.from(values);
  // A few dozen values at most, and often nearly in order: sorted in place, which costs less than calling for it.
  for (let place = 1; place < sorted.length; place++) {
    const value = sorted[place] ?? Number.NaN;
    let at = place;
    for (let before = sorted[at - 1] ?? Number.NaN; at > 0 && before > value; before = sorted[at - 1] ?? Number.NaN) sorted[at--] = before;
    sorted[at] = value;
  }
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
