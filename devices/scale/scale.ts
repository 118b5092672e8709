import { encodeWeight } from '@varde/wire';
import { shownValue, type DeviceKind } from '../device.js';

const ERROR_KG = 0.1;
/** Resolution of the weight field, fixed by the specification. */
const STEPS_PER_KG = 20;

/** A bathroom scale in kilograms, steps of 0.05, Weight Measurement 0x2A9D. */
export const SCALE: DeviceKind = {
  kind: 'scale',
  act: 'weight',
  manufacturer: 'Simulated',
  model: 'SIM-WS1',
  characteristic: '2A9D',
  measure: (state, chance) => [
    { type: 'weight', value: Math.round((state.weightKg + ERROR_KG * chance.bell()) * STEPS_PER_KG) / STEPS_PER_KG, unit: 'kg' },
  ],
  frame: (shown, printed) =>
    encodeWeight({ unit: 'kg', weight: shownValue(shown, 'weight'), deviceTime: printed, user: null, bmi: null, trailingBytes: 0 }),
};
