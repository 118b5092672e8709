import type { CuffQuirk } from './gatt/blood-pressure.js';
import type { Device } from './message.js';

/** How one model departs from the specification, as real frames show (devices/README 1.4). */
export interface Quirk extends CuffQuirk {
  /** Matches the model's name, with or without its maker in front. */
  readonly model: RegExp;
  /** A mean pressure of 0 is "not measured". */
  readonly isMapZeroAbsent: boolean;
  /** The date the clock starts from when it was never set, `2017-01-01`: a time on it is no time. */
  readonly factoryDate: string | null;
  readonly note: string;
}

const NONE: Quirk = {
  model: /^$/,
  isPulseBigEndian: false,
  hasUserAlways: false,
  isMapZeroAbsent: false,
  factoryDate: null,
  note: '',
};

/** The models known to need care. The first that matches counts. */
const QUIRKS: readonly Quirk[] = [
  {
    ...NONE,
    // Sold with a suffix too: BM85BT.
    model: /\bBM\s?85(?!\d)/i,
    isPulseBigEndian: true,
    hasUserAlways: true,
    isMapZeroAbsent: true,
    note: 'Beurer BM85: pulse and status high byte first, user byte always there, mean 0',
  },
  {
    ...NONE,
    model: /\bBM\s?96\b/i,
    note: 'Beurer BM96: reserved flag and status bits set (ignored for every model), mean NaN, clock years behind (corrected by its clock pair)',
  },
  {
    ...NONE,
    model: /choicemmed|\bMD300/i,
    factoryDate: '2017-01-01',
    note: 'ChoiceMMed oximeters: clock starts at 2017-01-01 and is seldom set',
  },
];

/** What of a device tells its quirk. */
export type Model = Pick<Device, 'manufacturer' | 'model'>;

/** Whether a model is known to need care. */
export function isQuirky(device: Model): boolean {
  return quirkOf(device) !== NONE;
}

/** What is known of a device's model; a quirk that does nothing when the model is not known. */
export function quirkOf(device: Model): Quirk {
  const name = `${device.manufacturer ?? ''} ${device.model ?? ''}`;
  return QUIRKS.find(({ model }) => model.test(name)) ?? NONE;
}
