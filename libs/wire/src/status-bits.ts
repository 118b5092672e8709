import type { DoubtReason } from '@varde/vitals';
import type { Quality } from './message.js';

/** What one status bit means for the act. */
export interface StatusBit {
  readonly bit: number;
  readonly flag: string;
  readonly quality: Quality;
  /** The value comes from the device's memory. */
  readonly isStored?: true;
  /** The bit that makes one number with this: both set is a reserved value, which says nothing. */
  readonly unless?: number;
}

/** Blood pressure measurement status, 16 bits. 3-4 are the pulse range; 6-15 are reserved, set by real cuffs, and ignored. */
export const CUFF_STATUS: readonly StatusBit[] = [
  { bit: 0, flag: 'body-movement', quality: 'questionable' },
  { bit: 1, flag: 'cuff-too-loose', quality: 'questionable' },
  { bit: 2, flag: 'irregular-pulse', quality: 'good' },
  { bit: 3, flag: 'pulse-above-range', quality: 'good', unless: 4 },
  { bit: 4, flag: 'pulse-below-range', quality: 'good', unless: 3 },
  { bit: 5, flag: 'improper-position', quality: 'questionable' },
];

/** Oximeter measurement status, 16 bits. Ongoing, validated and fully qualified say nothing that changes what is done. */
export const OXIMETER_MEASUREMENT_STATUS: readonly StatusBit[] = [
  { bit: 6, flag: 'early-estimate', quality: 'preliminary' },
  { bit: 9, flag: 'from-storage', quality: 'good', isStored: true },
  { bit: 10, flag: 'demonstration', quality: 'demo' },
  { bit: 11, flag: 'testing', quality: 'test' },
  { bit: 12, flag: 'calibration', quality: 'test' },
  { bit: 13, flag: 'unavailable', quality: 'invalid' },
  { bit: 14, flag: 'questionable', quality: 'questionable' },
  { bit: 15, flag: 'invalid', quality: 'invalid' },
];

/** Oximeter device and sensor status, 24 bits. */
export const OXIMETER_SENSOR_STATUS: readonly StatusBit[] = [
  { bit: 1, flag: 'equipment-malfunction', quality: 'invalid' },
  { bit: 2, flag: 'signal-irregularity', quality: 'good' },
  { bit: 3, flag: 'inadequate-signal', quality: 'questionable' },
  { bit: 4, flag: 'poor-signal', quality: 'questionable' },
  { bit: 5, flag: 'low-perfusion', quality: 'questionable' },
  { bit: 6, flag: 'erratic-signal', quality: 'questionable' },
  { bit: 7, flag: 'non-pulsatile', quality: 'invalid' },
  { bit: 8, flag: 'questionable-pulse', quality: 'questionable' },
  { bit: 10, flag: 'interference', quality: 'questionable' },
  { bit: 11, flag: 'sensor-not-on-user', quality: 'invalid' },
  { bit: 12, flag: 'unknown-sensor', quality: 'good' },
  { bit: 13, flag: 'sensor-displaced', quality: 'invalid' },
  { bit: 14, flag: 'sensor-malfunction', quality: 'invalid' },
  { bit: 15, flag: 'sensor-disconnected', quality: 'invalid' },
];

/** What `gen.tech.quality` of the catalogue calls the bits of an oximeter, after ISO/IEEE 11073; of a cuff it uses our own names. */
const CATALOGUE_NAMES: Readonly<Record<string, string>> = {
  'sensor-off': 'sensor-not-on-user',
  'signal-pulse-questionable': 'questionable-pulse',
  'signal-non-pulsatile': 'non-pulsatile',
  'signal-erratic': 'erratic-signal',
  'signal-low-perfusion': 'low-perfusion',
  'signal-poor': 'poor-signal',
  'signal-inadequate': 'inadequate-signal',
  'sensor-interference': 'interference',
};
const QUALITY_OF: ReadonlyMap<string, Quality> = new Map(
  [...CUFF_STATUS, ...OXIMETER_MEASUREMENT_STATUS, ...OXIMETER_SENSOR_STATUS].map(({ flag, quality }) => [flag, quality]),
);

/**
 * What a flag that another decoder read says of its act, by our name or the catalogue's. What that decoder did not call invalid is not refused
 * for a flag, only doubted; what is no measurement of a patient is none whoever read it (devices/README 1.2).
 */
export function flagQuality(flag: string): Quality {
  const quality = QUALITY_OF.get(CATALOGUE_NAMES[flag] ?? flag) ?? 'good';
  return quality === 'invalid' ? 'questionable' : quality;
}

const BADNESS: Readonly<Record<Quality, number>> = { good: 0, manual: 1, preliminary: 2, questionable: 3, invalid: 4, test: 5, demo: 5 };

/** The quality that wins when two are said of one act: test data first, then invalid, questionable, preliminary. */
export function worst(one: Quality, other: Quality): Quality {
  return BADNESS[other] > BADNESS[one] ? other : one;
}

/** The doubt that a quality casts on every value of its act. */
export function qualityDoubt(quality: Quality): DoubtReason | null {
  if (quality === 'questionable') return 'device-questionable';
  return quality === 'preliminary' ? 'preliminary' : null;
}

/** Flags and quality of a status word. Bits the table does not know are ignored. */
export function statusOf(
  bits: number,
  table: readonly StatusBit[],
): { readonly flags: readonly string[]; readonly quality: Quality; readonly isStored: boolean } {
  const isSet = (bit: number): boolean => (bits & (1 << bit)) !== 0;
  const set = table.filter(({ bit, unless }) => isSet(bit) && (unless === undefined || !isSet(unless)));
  return {
    flags: set.map(({ flag }) => flag),
    quality: set.reduce<Quality>((quality, bit) => worst(quality, bit.quality), 'good'),
    isStored: set.some(({ isStored }) => isStored === true),
  };
}
