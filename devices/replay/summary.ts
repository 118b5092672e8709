import type { Recording } from './recording.js';
import type { Replayed } from './replay.js';

const ROWS_NAMED = 5;

/** What the person at the terminal reads after a replay: what was sent, and what was not and why. No pseudonym is in it. */
export function summarise(done: Replayed, leftOut: Recording['leftOut']): string[] {
  const homeless = [...done.withoutStand.values()].reduce((total, count) => total + count, 0);
  return [
    `${done.acts} measurements of ${done.people} people, ${done.messages} messages confirmed`,
    ...[...done.answers].map(([status, count]) => `  answered ${status}: ${count}`),
    ...[...leftOut].map(([reason, rows]) => `  left out ${rows.length} rows: ${reason} (row ${nameRows(rows)})`),
    ...[...done.withoutDevice].map(([kind, count]) => `  not sent ${count} measurements: no device of kind ${kind} in the home`),
    ...(homeless > 0 ? [`  not sent ${homeless} measurements: no home stands for ${done.withoutStand.size} people`] : []),
  ];
}

const nameRows = (rows: readonly number[]): string =>
  [...rows.slice(0, ROWS_NAMED), ...(rows.length > ROWS_NAMED ? ['...'] : [])].join(', ');
