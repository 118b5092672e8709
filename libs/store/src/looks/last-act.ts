/** Whose last act is asked for, as SQL. */
export interface ActsOf {
  /** The device's id. */
  readonly device: string;
  /** The wearer's id: what an earlier wearer measured came through another home. Null: whoever wore it. */
  readonly patient: string | null;
  readonly now: string;
}

// What was printed tells the order only within one kind: 'gateway:' and a time for an act without one, years like 2029 of a clock that was
// ahead once, and times that can be. By text alone one such act would be the last for ever. So the last of each, one step down the index that makes
// acts unique, and of these the one that came last. Records of a memory without a time are all printed 'memory': of them the last that was kept; with
// a sum, for by the ids alone the planner walks back through everybody's acts in search of one that nearly nobody has.
function rangesOf(now: string): readonly string[] {
  const afterTomorrow = `to_char(${now}::timestamptz at time zone 'UTC' + interval '2 days', 'YYYY-MM-DD')`;
  return [
    `m.printed < ${afterTomorrow} and m.printed < 'gateway:'`,
    `m.printed >= ${afterTomorrow} and m.printed < 'gateway:'`,
    `m.printed >= 'gateway:' and m.printed < 'memory'`,
  ];
}

/**
 * A query for the last act of a device: its `id`, the `client_id` of the gateway it came through, and `received_at`. The newest by the device's own
 * clock where it has one, however late an older one comes: the gateway of that may be somebody else's by now. For use as `lateral`.
 */
export function lastActOf({ device, patient, now }: ActsOf): string {
  const of = `m.device_id = ${device}${patient === null ? '' : ` and m.patient_id = ${patient}`}`;
  const lastBy = (range: string, order: string): string =>
    `(select m.id, m.client_id, m.received_at from measurement m where ${of} and ${range} order by ${order} desc limit 1)`;
  const last = [...rangesOf(now).map((range) => lastBy(range, 'm.printed')), lastBy(`m.printed = 'memory'`, '(m.id + 0)')];
  return `select act.id, act.client_id, act.received_at from (${last.join(' union all ')}) act order by act.received_at desc, act.id desc limit 1`;
}
