import { lastPlannedMs, localClock, nextPlannedMs, type CarePlan, type ScheduledMeasurement } from '@varde/plans';
import { METRICS, type Metric } from '@varde/vitals';
import type { Acts } from './act.js';
import type { Missed, Overdue } from './catalogue.js';
import { amountOf } from './condition.js';
import type { Window, Words } from './finding.js';
import { slotOf } from './measure.js';
import { durationWords, join } from './words.js';

const HOUR_MS = 3_600_000;
/** Bits of the seven weekdays. */
const EVERY_DAY = 0b111_1111;
/** A measurement this long before its planned time, or half way from the one planned before it, still answers it. */
const EARLY_MS = 6 * HOUR_MS;

/** A silence: which planned or computed moment it hangs on, since when it counts, and what is missing. */
export interface Silence {
  readonly anchorMs: number;
  readonly atMs: number;
  readonly metrics: readonly Metric[];
}

/** What a rule of silence makes of a schedule. */
export interface Silences {
  readonly found: readonly Silence[];
  /** The next moment at which something may fall silent. */
  readonly nextMs: number | null;
  /** Newest data of anything planned; null when nothing has come yet. */
  readonly newestMs: number | null;
}

/** One planned metric with its newest data (minus infinity when there is none). */
export interface Line {
  readonly metric: Metric;
  readonly items: readonly ScheduledMeasurement[];
  readonly lastMs: number;
}

/** What silence is judged by. */
export interface SilenceInput {
  readonly zone: string;
  readonly nowMs: number;
  /** The metrics planned now, with their newest data. */
  readonly lines: readonly Line[];
}

function isRunning(item: ScheduledMeasurement, nowMs: number): boolean {
  return item.from.getTime() <= nowMs && (item.to === null || nowMs < item.to.getTime());
}

/** Puts together what is planned and what has come, per metric. Metrics with nothing planned any more are left out. */
export function readSilence({ schedule, zone }: CarePlan, { lastObserved }: Window, acts: Acts, nowMs: number): SilenceInput {
  const lines: Line[] = [];
  for (const { metric } of schedule) {
    if (lines.some((line) => line.metric === metric)) continue;
    const items = schedule.filter((item) => item.metric === metric);
    if (items.some((item) => isRunning(item, nowMs))) lines.push({ metric, items, lastMs: newestMs(metric, lastObserved, acts) });
  }
  return { zone, nowMs, lines };
}

function newestMs(metric: Metric, lastObserved: Window['lastObserved'], { bySlot }: Acts): number {
  let newest = bySlot[slotOf(metric)]?.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY;
  for (const last of lastObserved) if (last.metric === metric) newest = Math.max(newest, last.observedAt.getTime());
  return newest;
}

/** From when on a measurement answers the one planned at `plannedMs`. */
function answersFromMs(line: Line, zone: string, plannedMs: number): number {
  const before = lastPlannedMs(line.items, zone, plannedMs - 1);
  return plannedMs - (before === null ? EARLY_MS : Math.min(EARLY_MS, (plannedMs - before) / 2));
}

/** Planned measurements whose grace has run out (`gen.silence.reminder`): the newest of each metric. */
export function findOverdue(trigger: Overdue, limits: readonly number[], input: SilenceInput): Silences {
  const graceMs = amountOf(trigger.hours, limits) * HOUR_MS;
  const { zone, lines } = input;
  const found: Silence[] = [];
  let nextMs = Number.POSITIVE_INFINITY;
  for (const line of lines) {
    const plannedMs = lastPlannedMs(line.items, zone, input.nowMs - graceMs);
    if (plannedMs !== null && line.lastMs < answersFromMs(line, zone, plannedMs)) {
      found.push({ anchorMs: plannedMs, atMs: plannedMs + graceMs, metrics: [line.metric] });
    }
    const comingMs = nextPlannedMs(line.items, zone, input.nowMs - graceMs);
    if (comingMs !== null) nextMs = Math.min(nextMs, comingMs + graceMs);
  }
  return summarise(found, nextMs, lines);
}

/**
 * Too many planned measurements missed in a row, or too long without data of a metric planned daily (`gen.silence.service`). One
 * silence from the last data on is one anchor, however long it lasts.
 * @param graceMs how long after its planned time a measurement counts as missed
 */
export function findMissed(trigger: Missed, limits: readonly number[], graceMs: number, input: SilenceInput): Silences {
  const { lines } = input;
  const found: Silence[] = [];
  let nextMs = Number.POSITIVE_INFINITY;
  for (const line of lines) {
    const silence = silenceOf(
      line,
      { count: amountOf(trigger.count, limits), hoursMs: amountOf(trigger.hours, limits) * HOUR_MS, graceMs },
      input,
    );
    if (silence === null) continue;
    if (silence.atMs <= input.nowMs) found.push(silence);
    else nextMs = Math.min(nextMs, silence.atMs);
  }
  return summarise(found, nextMs, lines);
}

interface MissedLimits {
  readonly count: number;
  readonly hoursMs: number;
  readonly graceMs: number;
}

/** The silence that will have come, or came, when nothing more arrives. */
function silenceOf(line: Line, { count, hoursMs, graceMs }: MissedLimits, { zone, nowMs }: SilenceInput): Silence | null {
  const startMs = Math.max(line.lastMs, Math.min(...line.items.map((item) => item.from.getTime())));
  let plannedMs: number | null = startMs - 1;
  for (let missed = 0; missed < count && plannedMs !== null;) {
    plannedMs = nextPlannedMs(line.items, zone, plannedMs);
    if (plannedMs !== null && line.lastMs < answersFromMs(line, zone, plannedMs)) missed++;
  }
  const byCount = plannedMs === null ? null : { anchorMs: plannedMs, atMs: plannedMs + graceMs, metrics: [line.metric] };
  if (!isDaily(line.items, nowMs)) return byCount;
  const byHours = { anchorMs: startMs + hoursMs, atMs: startMs + hoursMs, metrics: [line.metric] };
  return byCount !== null && byCount.atMs <= byHours.atMs ? byCount : byHours;
}

function isDaily(items: readonly ScheduledMeasurement[], nowMs: number): boolean {
  let days = 0;
  for (const item of items) {
    if (isRunning(item, nowMs)) for (const weekday of item.weekdays) days |= 1 << (weekday - 1);
  }
  return days === EVERY_DAY;
}

function summarise(found: readonly Silence[], nextMs: number, lines: readonly Line[]): Silences {
  const merged = new Map<number, Silence>();
  for (const silence of found) {
    const same = merged.get(silence.anchorMs);
    merged.set(silence.anchorMs, same === undefined ? silence : { ...same, metrics: [...same.metrics, ...silence.metrics] });
  }
  const newestMs = Math.max(Number.NEGATIVE_INFINITY, ...lines.map(({ lastMs }) => lastMs));
  return {
    found: [...merged.values()],
    nextMs: Number.isFinite(nextMs) ? nextMs : null,
    newestMs: Number.isFinite(newestMs) ? newestMs : null,
  };
}

function namesOf(metrics: readonly Metric[]): Words {
  return join(
    [...metrics].sort().map((metric) => METRICS[metric]),
    ', ',
  );
}

/** A forgotten measurement in words. */
export function tellOverdue({ anchorMs, atMs, metrics }: Silence, zone: string): Words {
  const names = namesOf(metrics);
  const clock = localClock(zone, new Date(anchorMs));
  const grace = durationWords(atMs - anchorMs);
  return {
    nb: `Planlagt måling kl. ${clock} mangler etter ${grace.nb}: ${names.nb}.`,
    en: `The measurement planned for ${clock} is missing after ${grace.en}: ${names.en}.`,
  };
}

/** A lasting silence in words. */
export function tellMissed({ metrics }: Silence, limits: { readonly count: number; readonly hours: number }): Words {
  const names = namesOf(metrics);
  return {
    nb: `Ingen data på ${limits.count} planlagte målinger eller ${limits.hours} timer: ${names.nb}.`,
    en: `No data for ${limits.count} planned measurements or ${limits.hours} hours: ${names.en}.`,
  };
}
