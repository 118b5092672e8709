import { isRunning, lastPlannedMs, nextPlannedMs, type CarePlan, type Pause, type Planned, type ScheduledMeasurement } from '@varde/plans';
import { isMetric } from '@varde/vitals';
import type { Acts } from './act.js';
import type { Missed, Overdue } from './catalogue.js';
import { amountOf } from './condition.js';
import type { Window } from './finding.js';
import { slotOf } from './measure.js';

const HOUR_MS = 3_600_000;
/** Bits of the seven weekdays. */
const EVERY_DAY = 0b111_1111;
/** A measurement this long before its planned time, or half way from the one planned before it, still answers it. */
const EARLY_MS = 6 * HOUR_MS;

/** A silence: which planned or computed moment it hangs on, since when it counts, and what is missing. */
export interface Silence {
  readonly anchorMs: number;
  readonly atMs: number;
  /** From when on data would have answered it. */
  readonly fromMs: number;
  readonly metrics: readonly Planned[];
}

/** What a rule of silence makes of a schedule. */
export interface Silences {
  readonly found: readonly Silence[];
  /** The next moment at which something may fall silent. */
  readonly nextMs: number | null;
  /** Newest data of anything planned; null when nothing has come yet. */
  readonly newestMs: number | null;
  /** The pause in which the rule rests now. */
  readonly resting: Pause | null;
}

/** One planned metric or questionnaire with its newest data (minus infinity when there is none). */
export interface Line {
  readonly metric: Planned;
  readonly items: readonly ScheduledMeasurement[];
  readonly lastMs: number;
}

/** What silence is judged by. */
export interface SilenceInput {
  readonly zone: string;
  readonly nowMs: number;
  /** The metrics planned now, with their newest data. */
  readonly lines: readonly Line[];
  /** Times in which nothing is expected; none for rules that no pause keeps quiet. */
  readonly pauses: readonly Pause[];
}

type Agreed = Pick<CarePlan, 'schedule' | 'zone' | 'pauses'>;

/** Puts together what is planned and what has come, per metric. Metrics with nothing planned any more are left out. */
export function readSilence(agreed: Agreed, { lastObserved }: Window, acts: Acts, nowMs: number): SilenceInput {
  const { schedule, zone, pauses } = agreed;
  const lines: Line[] = [];
  for (const { metric } of schedule) {
    if (lines.some((line) => line.metric === metric)) continue;
    const items = schedule.filter((item) => item.metric === metric);
    if (items.some((item) => isRunning(item, nowMs))) lines.push({ metric, items, lastMs: newestMs(metric, lastObserved, acts) });
  }
  return { zone, nowMs, lines, pauses };
}

function newestMs(metric: Planned, lastObserved: Window['lastObserved'], { bySlot }: Acts): number {
  let newest = (isMetric(metric) ? bySlot[slotOf(metric)]?.at(-1)?.atMs : undefined) ?? Number.NEGATIVE_INFINITY;
  for (const last of lastObserved) if (last.metric === metric) newest = Math.max(newest, last.observedAt.getTime());
  return newest;
}

/** The pause a moment lies in; of several the one that ends last. */
function pauseAt(pauses: readonly Pause[], atMs: number): Pause | null {
  let found: Pause | null = null;
  for (const pause of pauses) {
    const covers = pause.from.getTime() <= atMs && atMs < pause.to.getTime();
    if (covers && (found === null || pause.to > found.to)) found = pause;
  }
  return found;
}

/** A rule in a pause: nothing is missing, and it is asked again when the pause ends. */
function rest(pause: Pause, lines: readonly Line[]): Silences {
  return { ...summarise([], pause.to.getTime(), lines), resting: pause };
}

/** When the next pause begins: a silence that stands then is none any more. */
function nextPauseMs({ pauses, nowMs }: SilenceInput): number {
  let nextMs = Number.POSITIVE_INFINITY;
  for (const { from } of pauses) if (from.getTime() > nowMs) nextMs = Math.min(nextMs, from.getTime());
  return nextMs;
}

/** From when on a measurement answers the one planned at `plannedMs`. */
function answersFromMs(line: Line, zone: string, plannedMs: number): number {
  const before = lastPlannedMs(line.items, zone, plannedMs - 1);
  return plannedMs - (before === null ? EARLY_MS : Math.min(EARLY_MS, (plannedMs - before) / 2));
}

/** The next planned measurement that what has come does not answer yet: nothing can be missing of the others. */
function nextUnansweredMs(line: Line, zone: string, afterMs: number): number | null {
  let plannedMs = nextPlannedMs(line.items, zone, afterMs);
  while (plannedMs !== null && line.lastMs >= answersFromMs(line, zone, plannedMs)) plannedMs = nextPlannedMs(line.items, zone, plannedMs);
  return plannedMs;
}

/** Planned measurements whose grace has run out (`gen.silence.reminder`): the newest of each metric. */
export function findOverdue(trigger: Overdue, limits: readonly number[], input: SilenceInput): Silences {
  const graceMs = amountOf(trigger.hours, limits) * HOUR_MS;
  const { zone, lines, pauses } = input;
  const pause = pauseAt(pauses, input.nowMs);
  if (pause !== null) return rest(pause, lines);
  const found: Silence[] = [];
  let nextMs = nextPauseMs(input);
  for (const line of lines) {
    const plannedMs = lastPlannedMs(line.items, zone, input.nowMs - graceMs);
    if (plannedMs !== null && pauseAt(pauses, plannedMs) === null) {
      const fromMs = answersFromMs(line, zone, plannedMs);
      if (line.lastMs < fromMs) found.push({ anchorMs: plannedMs, atMs: plannedMs + graceMs, fromMs, metrics: [line.metric] });
    }
    const comingMs = nextUnansweredMs(line, zone, input.nowMs - graceMs);
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
  const pause = pauseAt(input.pauses, input.nowMs);
  if (pause !== null) return rest(pause, lines);
  const missed = { count: amountOf(trigger.count, limits), hoursMs: amountOf(trigger.hours, limits) * HOUR_MS, graceMs };
  const found: Silence[] = [];
  let nextMs = nextPauseMs(input);
  for (const line of lines) {
    const silence = silenceOf(line, missed, input);
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

/** The silence that will have come, or came, when nothing more arrives. What was missed before or during a pause counts no more. */
function silenceOf(line: Line, { count, hoursMs, graceMs }: MissedLimits, input: SilenceInput): Silence | null {
  const { zone, nowMs, pauses } = input;
  const startMs = Math.max(line.lastMs, firstBegunMs(line), lastPausedMs(pauses, nowMs));
  let plannedMs: number | null = startMs - 1;
  for (let missed = 0; missed < count && plannedMs !== null;) {
    plannedMs = nextPlannedMs(line.items, zone, plannedMs);
    const counts = plannedMs !== null && pauseAt(pauses, plannedMs) === null;
    if (counts && line.lastMs < answersFromMs(line, zone, plannedMs ?? 0)) missed++;
  }
  const silent = (anchorMs: number, atMs: number): Silence => ({ anchorMs, atMs, fromMs: startMs, metrics: [line.metric] });
  const byCount = plannedMs === null ? null : silent(plannedMs, plannedMs + graceMs);
  if (!isDaily(line.items, nowMs)) return byCount;
  const byHoursMs = Math.max(startMs, becameDailyMs(line.items, nowMs)) + hoursMs;
  const byHours = silent(byHoursMs, waitedForMs(line, byHoursMs, graceMs, input));
  return byCount !== null && byCount.atMs <= byHours.atMs ? byCount : byHours;
}

/**
 * When the hours have run out for who may be about to measure: who forgot one morning, and measures at ten past eight where it was ten to eight
 * two days ago, is not silent. Half the grace of a measurement is left that could be made at this very moment (decision 26).
 */
function waitedForMs(line: Line, atMs: number, graceMs: number, { zone, pauses }: SilenceInput): number {
  const waitsMs = graceMs / 2;
  const plannedMs = nextPlannedMs(line.items, zone, atMs - waitsMs);
  if (plannedMs === null || pauseAt(pauses, plannedMs) !== null) return atMs;
  return answersFromMs(line, zone, plannedMs) <= atMs ? plannedMs + waitsMs : atMs;
}

function firstBegunMs({ items }: Line): number {
  let firstMs = Number.POSITIVE_INFINITY;
  for (const { from } of items) firstMs = Math.min(firstMs, from.getTime());
  return firstMs;
}

/** When the last pause ended; minus infinity before there was one. */
function lastPausedMs(pauses: readonly Pause[], nowMs: number): number {
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const { to } of pauses) if (to.getTime() <= nowMs) lastMs = Math.max(lastMs, to.getTime());
  return lastMs;
}

/** Since when what runs has been daily without a gap, by whichever lines: hours before that say nothing. */
function becameDailyMs(items: readonly ScheduledMeasurement[], nowMs: number): number {
  const changes = items.flatMap(({ from, to }) => (to === null ? [from.getTime()] : [from.getTime(), to.getTime()]));
  let sinceMs = nowMs;
  for (const changeMs of changes.filter((each) => each <= nowMs).sort((a, b) => b - a)) {
    if (!isDaily(items, changeMs)) break;
    sinceMs = changeMs;
  }
  return sinceMs;
}

function isDaily(items: readonly ScheduledMeasurement[], nowMs: number): boolean {
  let days = 0;
  for (const item of items) {
    if (isRunning(item, nowMs)) for (const weekday of item.weekdays) days |= 1 << (weekday - 1);
  }
  return days === EVERY_DAY;
}

function summarise(found: readonly Silence[], nextMs: number, lines: readonly Line[]): Silences {
  let newestMs = Number.NEGATIVE_INFINITY;
  for (const { lastMs } of lines) newestMs = Math.max(newestMs, lastMs);
  return {
    found: found.length === 0 ? found : merge(found),
    nextMs: Number.isFinite(nextMs) ? nextMs : null,
    newestMs: Number.isFinite(newestMs) ? newestMs : null,
    resting: null,
  };
}

/** One silence for each anchor. */
function merge(found: readonly Silence[]): readonly Silence[] {
  const merged = new Map<number, Silence>();
  for (const { anchorMs, atMs, fromMs, metrics } of found) {
    const same = merged.get(anchorMs);
    merged.set(anchorMs, {
      anchorMs,
      atMs,
      fromMs: Math.min(fromMs, same?.fromMs ?? fromMs),
      metrics: [...(same?.metrics ?? []), ...metrics],
    });
  }
  return [...merged.values()];
}
