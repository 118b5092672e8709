import { BLOOD_PRESSURE_MONITOR } from '../blood-pressure-monitor/blood-pressure-monitor.js';
import type { DeviceKind } from '../device.js';
import type { Course } from '../person/person.js';
import { PULSE_OXIMETER } from '../pulse-oximeter/pulse-oximeter.js';
import { SCALE } from '../scale/scale.js';
import { THERMOMETER } from '../thermometer/thermometer.js';
import type { TabletSetup } from '../questionnaire/tablet.js';
import type { HomeSetup } from './home.js';

/** Every kind of simulated device by its name. */
export const DEVICE_KINDS: ReadonlyMap<string, DeviceKind> = new Map(
  [PULSE_OXIMETER, SCALE, BLOOD_PRESSURE_MONITOR, THERMOMETER].map((kind) => [kind.kind, kind]),
);

const COURSES: readonly Course[] = ['stable', 'exacerbation', 'fluid', 'forgetful', 'wrong_clock', 'repeater'];

/** One home of a homes file; devices are named by kind. */
export interface HomeLine {
  readonly tenant: string;
  readonly gateway: string;
  readonly secret: string;
  readonly zone: string;
  readonly seed: string;
  readonly course: Course;
  readonly worseningFrom: string | null;
  readonly worseningHours: number;
  readonly devices: readonly { readonly id: string; readonly kind: string; readonly speaks: 'obs' | 'raw' }[];
  /** What the person answers questions on, and what they are followed up for; left out: they are not asked. */
  readonly tablet?: TabletSetup;
}

/** The homes file cannot be used; the message says where. */
class HomesFileError extends Error {
  override name = 'HomesFileError';
}

/** Reads a homes file: a JSON array of homes. Throws HomesFileError. */
export function readHomes(json: string): HomeSetup[] {
  const parsed: unknown = JSON.parse(json);
  if (!Array.isArray(parsed)) throw new HomesFileError('a homes file is a JSON array of homes');
  return parsed.map((line: HomeLine, index) => toSetup(line, index));
}

function toSetup(line: HomeLine, index: number): HomeSetup {
  const at = `home ${index + 1}`;
  for (const field of ['tenant', 'gateway', 'secret', 'zone', 'seed'] as const) {
    if (typeof line[field] !== 'string' || line[field] === '') throw new HomesFileError(`${at}: ${field} is missing`);
  }
  if (!COURSES.includes(line.course)) throw new HomesFileError(`${at}: course must be one of ${COURSES.join(', ')}`);
  const devices = line.devices.map(({ id, kind, speaks }) => {
    const known = DEVICE_KINDS.get(kind);
    if (!known) throw new HomesFileError(`${at}: device kind ${kind} is not one of ${[...DEVICE_KINDS.keys()].join(', ')}`);
    return { id, kind: known, speaks };
  });
  const worseningFrom = line.worseningFrom === null ? null : new Date(line.worseningFrom);
  const person = { seed: line.seed, course: line.course, worseningFrom, worseningHours: line.worseningHours };
  const { tenant, gateway, secret, zone, tablet } = line;
  return { tenant, gateway, secret, zone, person, devices, ...(tablet && { tablet }) };
}
