/** The middle of the numbers, NaN of none. */
export function medianOf(numbers: readonly number[]): number {
  return percentileOf(numbers, 50);
}

/** The number that so many percent of them do not exceed (nearest rank), NaN of none. */
export function percentileOf(numbers: readonly number[], percent: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}

/** Rounded to so many digits after the point. */
export function rounded(number: number, digits = 0): number {
  return Math.round(number * 10 ** digits) / 10 ** digits;
}

/** p50, p90, p99 and the largest of some latencies. */
export function latenciesOf(ms: readonly number[]): Record<'count' | 'p50Ms' | 'p90Ms' | 'p99Ms' | 'maxMs', number> {
  const at = (percent: number): number => rounded(percentileOf(ms, percent), 2);
  return { count: ms.length, p50Ms: at(50), p90Ms: at(90), p99Ms: at(99), maxMs: at(100) };
}
