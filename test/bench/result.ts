import { rounded } from './statistics.js';

/** What one benchmark found, to be held against its gate and aim (issue 2, section 8). */
export interface Result {
  readonly bench: string;
  /** In words, with the unit. */
  readonly figure: string;
  readonly value: number;
  /** Lowest and highest of the repetitions, when there are any. */
  readonly range?: readonly [number, number];
  /** Null for a figure that is only told. */
  readonly gate: number | null;
  readonly aim: number | null;
  readonly better: 'higher' | 'lower';
  /** What nobody may be harmed by: the worst of the range counts, not the best. */
  readonly isSafety?: boolean;
  /** What the figure should hold and does not: messages never answered, turns left out, events that never came. With any of it the gate is missed. */
  readonly missing?: number;
  /** Everything else worth keeping of the run. */
  readonly detail: Readonly<Record<string, unknown>>;
}

/** How a result stands; with a range, a gate is missed only when all of the range misses it (PERF 6.1), one of safety when any of it does. */
export function judge({ value, range, gate, aim, better, isSafety = false, missing = 0 }: Result): 'aim' | 'gate' | 'missed' | 'told' {
  if (gate === null || aim === null) return 'told';
  if (missing > 0) return 'missed';
  const holds = (number: number, bound: number): boolean => (better === 'higher' ? number >= bound : number <= bound);
  const [lowest, highest] = range ?? [value, value];
  const [best, worst] = better === 'higher' ? [highest, lowest] : [lowest, highest];
  if (isSafety && !holds(worst, gate)) return 'missed';
  if (holds(value, aim)) return 'aim';
  return holds(best, gate) ? 'gate' : 'missed';
}

/** The results as a table for people. */
export function tableOf(results: readonly Result[]): string {
  const head = ['benchmark', 'figure', 'reached', 'range', 'gate', 'aim', 'stands at'];
  const rows = results.map((result) => [
    result.bench,
    result.figure,
    shown(result.value),
    result.range ? `${shown(result.range[0])} - ${shown(result.range[1])}` : '',
    result.gate === null ? '' : shown(result.gate),
    result.aim === null ? '' : shown(result.aim),
    judge(result) + ((result.missing ?? 0) > 0 ? `, ${result.missing} missing` : ''),
  ]);
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]): string => `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

function shown(number: number): string {
  return String(rounded(number, Math.abs(number) < 100 ? 2 : 0));
}
