import type { ScheduledMeasurement } from './care-plan.js';
import { isRunning } from './period.js';
import { isOnlyInEpisode } from './schedule.js';

type Items = readonly ScheduledMeasurement[];

/**
 * "union of measures, one session a day, most frequent wins" (`conflict_resolution`, schedule; what the patient agreed to is
 * `keepToMeasuringDays`): what several programmes ask for as one schedule. At every time each measure follows the list that has it most often a week. A measure that is
 * asked for once a day moves to the session of the first list; morning and evening of one list stay apart. What is agreed for an open
 * episode is joined by itself: it takes nothing from what always runs, nor gives way to it.
 * @param lists what runs already first, then what is added
 */
export function unionOfSchedules(lists: readonly Items[]): Items {
  const sessions = [...new Set((lists.find((list) => list.length > 0) ?? []).map(({ atLocal }) => atLocal))].sort();
  const moved = lists.map((list) => list.map((item) => toSession(item, list, sessions)));
  const kinds = [false, true].map((only) => moved.map((list) => list.filter((item) => isOnlyInEpisode(item) === only)));
  return kinds.flatMap((of) => {
    const metrics = [...new Set(of.flat().map(({ metric }) => metric))];
    return metrics.flatMap((metric) => joinOne(of.map((list) => list.filter((item) => item.metric === metric))));
  });
}

function toSession(item: ScheduledMeasurement, list: Items, sessions: readonly string[]): ScheduledMeasurement {
  const [first] = sessions;
  const isOnceADay = list.every(({ metric, atLocal }) => metric !== item.metric || atLocal === item.atLocal);
  return first === undefined || !isOnceADay || sessions.includes(item.atLocal) ? item : { ...item, atLocal: first };
}

/** One measure: from each moment at which anything begins or ends, the items of the list with most of it a week. */
function joinOne(lists: readonly Items[]): Items {
  const all = lists.flat();
  const moments = [...new Set(all.flatMap(({ from, to }) => [from.getTime(), to?.getTime() ?? Number.POSITIVE_INFINITY]))].sort(
    (a, b) => a - b,
  );
  const joined: ScheduledMeasurement[] = [];
  for (const [index, startMs] of moments.entries()) {
    const endMs = moments[index + 1];
    if (endMs === undefined) break;
    const running = lists.map((list) => list.filter((item) => isRunning(item, startMs)));
    const most = running.reduce((best, items) => (perWeek(items) > perWeek(best) ? items : best), []);
    for (const item of most) extend(joined, item, startMs, endMs);
  }
  return joined;
}

function perWeek(items: Items): number {
  return items.reduce((sum, { weekdays }) => sum + weekdays.length, 0);
}

/** Goes on with what ended here and is the same, or begins anew. */
function extend(joined: ScheduledMeasurement[], item: ScheduledMeasurement, startMs: number, endMs: number): void {
  const to = Number.isFinite(endMs) ? new Date(endMs) : null;
  const at = joined.findIndex(
    (each) => each.to?.getTime() === startMs && each.atLocal === item.atLocal && each.weekdays.join() === item.weekdays.join(),
  );
  const before = joined[at];
  if (before === undefined) joined.push({ ...item, from: new Date(startMs), to });
  else joined[at] = { ...before, to };
}
