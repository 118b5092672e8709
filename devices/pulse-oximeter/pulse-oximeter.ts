import { encodeSpotCheck } from '@varde/wire';
import { shownValue, type DeviceKind } from '../device.js';

/** Device error beside the person's own noise, one standard deviation (clinical reference, simulation in section 2.5). */
const ERROR = { spo2Percent: 0.7, pulsePerMin: 2 };

/** A finger pulse oximeter: saturation and pulse, whole numbers, PLX Spot-Check 0x2A5E. */
export const PULSE_OXIMETER: DeviceKind = {
  kind: 'pulse-oximeter',
  act: 'pulse-oximetry',
  manufacturer: 'Simulated',
  model: 'SIM-OX1',
  characteristic: '2A5E',
  measure: (state, chance) => [
    { type: 'spo2', value: Math.min(100, Math.round(state.spo2Percent + ERROR.spo2Percent * chance.bell())), unit: '%' },
    { type: 'pulse', value: Math.round(state.pulsePerMin + ERROR.pulsePerMin * chance.bell()), unit: '/min' },
  ],
  frame: (shown, printed) =>
    encodeSpotCheck({
      spo2: shownValue(shown, 'spo2'),
      pulse: shownValue(shown, 'pulse'),
      deviceTime: printed,
      isClockNotSet: false,
      measurementStatus: null,
      sensorStatus: null,
      pulseAmplitudePercent: null,
      trailingBytes: 0,
    }),
};
