import { encodeTemperature, TEMPERATURE_SITES } from '@varde/wire';
import { shownValue, type DeviceKind } from '../device.js';

const ERROR_CELSIUS = 0.1;

/** An ear thermometer, tenths of a degree Celsius, Temperature Measurement 0x2A1C. */
export const THERMOMETER: DeviceKind = {
  kind: 'thermometer',
  act: 'temperature',
  manufacturer: 'Simulated',
  model: 'SIM-TH1',
  characteristic: '2A1C',
  measure: (state, chance) => [
    { type: 'temperature', value: Math.round((state.tempCelsius + ERROR_CELSIUS * chance.bell()) * 10) / 10, unit: 'Cel' },
  ],
  frame: (shown, printed) =>
    encodeTemperature({
      unit: 'Cel',
      temperature: shownValue(shown, 'temperature'),
      deviceTime: printed,
      site: TEMPERATURE_SITES.indexOf('ear'),
      trailingBytes: 0,
    }),
};
