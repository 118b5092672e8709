import type { Metric } from '@varde/vitals';

/**
 * A recording is a CSV with a header and the columns `patient_id,date,device_type,value,unit` in any order: a pseudonym, local
 * wall time `YYYY-MM-DD HH:MM:SS`, what was measured, the number, and its UCUM unit. No field may contain a comma.
 */
export interface RecordedAct {
  readonly patient: string;
  /** Local wall time as recorded, `YYYY-MM-DDTHH:MM:SS`. */
  readonly wall: string;
  readonly deviceKind: string;
  /** What the act is called on the wire. */
  readonly act: string;
  readonly values: readonly { readonly type: Metric; readonly value: number; readonly unit: string }[];
}

/** A recording as it was understood. */
export interface Recording {
  /** In order of time. */
  readonly acts: readonly RecordedAct[];
  /** Rows that were left out, by reason: their numbers in the file, where the header is row 1. */
  readonly leftOut: ReadonlyMap<string, readonly number[]>;
}

/** The recording cannot be read; the message says why. */
export class RecordingError extends Error {
  override name = 'RecordingError';
}

interface Measured {
  readonly type: Metric;
  readonly deviceKind: string;
  readonly act: string;
}

const cuff = (type: Metric): Measured => ({ type, deviceKind: 'blood-pressure-monitor', act: 'blood-pressure' });
const oximeter = (type: Metric): Measured => ({ type, deviceKind: 'pulse-oximeter', act: 'pulse-oximetry' });

/** What the names in the column `device_type` mean: the words of the TIHM data set, and the metrics' own names. */
const MEASURED: ReadonlyMap<string, Measured> = new Map([
  ['systolic blood pressure', cuff('systolic')],
  ['diastolic blood pressure', cuff('diastolic')],
  ['heart rate', cuff('pulse')],
  ['systolic', cuff('systolic')],
  ['diastolic', cuff('diastolic')],
  ['spo2', oximeter('spo2')],
  ['pulse', oximeter('pulse')],
  ['body temperature', { type: 'temperature', deviceKind: 'thermometer', act: 'temperature' }],
  ['temperature', { type: 'temperature', deviceKind: 'thermometer', act: 'temperature' }],
  ['body weight', { type: 'weight', deviceKind: 'scale', act: 'weight' }],
  ['weight', { type: 'weight', deviceKind: 'scale', act: 'weight' }],
]);
const UNITS: ReadonlyMap<string, string> = new Map([['beats/min', '/min']]);
const COLUMNS = ['patient_id', 'date', 'device_type', 'value', 'unit'] as const;
const WALL = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})$/;

/** Reads a recording; rows of one patient, moment and device are one act. Throws RecordingError when a column is missing. */
export function readRecording(csv: string): Recording {
  const [header = '', ...lines] = csv.split(/\r?\n/);
  const names = header.split(',').map((name) => name.trim().replaceAll('"', ''));
  const missing = COLUMNS.filter((column) => !names.includes(column));
  if (missing.length > 0) throw new RecordingError(`the recording has no column ${missing.join(', ')}; it needs ${COLUMNS.join(', ')}`);
  const place = new Map(names.map((name, index) => [name, index]));
  const leftOut = new Map<string, number[]>();
  const acts: Acts = new Map();
  for (const [index, line] of lines.entries()) {
    if (line === '') continue;
    const cells = line.split(',');
    const reason = addRow((column) => cells[place.get(column) ?? -1]?.trim().replaceAll('"', '') ?? '', acts);
    if (reason === null) continue;
    const rows = leftOut.get(reason);
    if (rows) rows.push(index + 2);
    else leftOut.set(reason, [index + 2]);
  }
  const all = [...acts.values()].flatMap(({ head, values }) => values.map((each) => ({ ...head, values: [...each.values()] })));
  return { acts: all.sort((a, b) => (a.wall < b.wall ? -1 : a.wall > b.wall ? 1 : 0)), leftOut };
}

type Acts = Map<string, { head: Omit<RecordedAct, 'values'>; values: Map<Metric, RecordedAct['values'][number]>[] }>;

function addRow(cell: (column: (typeof COLUMNS)[number]) => string, acts: Acts): string | null {
  const measured = MEASURED.get(cell('device_type').toLowerCase());
  if (!measured) return `${cell('device_type') || 'nothing'} is not measured by a device of the contract`;
  const printed = WALL.exec(cell('date'));
  if (!printed) return 'the date is not YYYY-MM-DD HH:MM:SS';
  const wall = `${printed[1]}T${printed[2]}`;
  if (!isInCalendar(wall)) return 'there is no such date or time';
  const value = Number(cell('value'));
  if (cell('value') === '' || !Number.isFinite(value)) return 'the value is not a number';
  const { type, deviceKind, act } = measured;
  const head = { patient: cell('patient_id'), wall, deviceKind, act };
  const key = `${head.patient}/${head.wall}/${deviceKind}`;
  const found = acts.get(key) ?? { head, values: [] };
  acts.set(key, found);
  // Two rows of one metric at one moment are two acts, as when a cuff was used twice within a second's resolution.
  let slot = found.values.find((values) => !values.has(type));
  if (!slot) found.values.push((slot = new Map()));
  slot.set(type, { type, value, unit: UNITS.get(cell('unit')) ?? cell('unit') });
  return null;
}

/** Date.parse takes 30 February for a day of March, and one date that is none would leave the whole recording without a newest day. */
function isInCalendar(wall: string): boolean {
  const wallMs = Date.parse(`${wall}Z`);
  return !Number.isNaN(wallMs) && new Date(wallMs).toISOString().startsWith(wall);
}
