// With a zone always: a time without one means something else on every machine.
const INSTANT = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

/** The first moment that anybody may name. */
export const EARLIEST = new Date('1900-01-01T00:00:00Z');
/** The last one. */
export const LATEST = new Date('2200-01-01T00:00:00Z');

/** A moment in ISO 8601 with its zone; null: it is none, for one its day is not in the calendar (which `Date` takes for another one). */
export function readInstant(text: string): Date | null {
  const day = INSTANT.exec(text)?.[1];
  if (day === undefined) return null;
  const isInCalendar = new Date(`${day}T00:00:00Z`).toJSON()?.slice(0, 10) === day;
  const at = new Date(text);
  return isInCalendar && !Number.isNaN(at.getTime()) ? at : null;
}
