import { encodeBloodPressure } from '@varde/wire';
import { shownValue, type DeviceKind } from '../device.js';

const ERROR = { systolicMmHg: 3, diastolicMmHg: 2, pulsePerMin: 2 };

/** An upper-arm cuff: systolic, diastolic, mean pressure and pulse, Blood Pressure Measurement 0x2A35. */
export const BLOOD_PRESSURE_MONITOR: DeviceKind = {
  kind: 'blood-pressure-monitor',
  act: 'blood-pressure',
  manufacturer: 'Simulated',
  model: 'SIM-BP1',
  characteristic: '2A35',
  tellsStatus: true,
  measure: (state, chance) => {
    const systolic = Math.round(state.systolicMmHg + ERROR.systolicMmHg * chance.bell());
    const diastolic = Math.min(systolic - 20, Math.round(state.diastolicMmHg + ERROR.diastolicMmHg * chance.bell()));
    return [
      { type: 'systolic', value: systolic, unit: 'mm[Hg]' },
      { type: 'diastolic', value: diastolic, unit: 'mm[Hg]' },
      { type: 'map', value: Math.round((systolic + 2 * diastolic) / 3), unit: 'mm[Hg]' },
      { type: 'pulse', value: Math.round(state.pulsePerMin + ERROR.pulsePerMin * chance.bell()), unit: '/min' },
    ];
  },
  frame: (shown, printed) =>
    encodeBloodPressure({
      unit: 'mm[Hg]',
      systolic: shownValue(shown, 'systolic'),
      diastolic: shownValue(shown, 'diastolic'),
      map: shownValue(shown, 'map'),
      deviceTime: printed,
      pulse: shownValue(shown, 'pulse'),
      user: null,
      status: 0,
      trailingBytes: 0,
    }),
};
