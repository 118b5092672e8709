import { existsSync, readFileSync } from 'node:fs';
import { readRecording, RecordingError } from './recording.js';

const HEADER = 'patient_id,date,device_type,value,unit\n';

test('rows of one moment and device are one act', () => {
  const csv = `${HEADER}a,2019-06-28 13:45:15,Systolic blood pressure,165.0,mm[Hg]\na,2019-06-28 13:45:15,Diastolic blood pressure,80.0,mm[Hg]\na,2019-06-28 13:45:15,Heart rate,70.0,beats/min\n`;
  expect(readRecording(csv).acts).toEqual([
    {
      patient: 'a',
      wall: '2019-06-28T13:45:15',
      deviceKind: 'blood-pressure-monitor',
      act: 'blood-pressure',
      values: [
        { type: 'systolic', value: 165, unit: 'mm[Hg]' },
        { type: 'diastolic', value: 80, unit: 'mm[Hg]' },
        { type: 'pulse', value: 70, unit: '/min' },
      ],
    },
  ]);
});

test('two values of one metric at one moment are two acts', () => {
  const csv = `${HEADER}a,2019-06-28 13:45:15,Body weight,70,kg\na,2019-06-28 13:45:15,Body weight,71,kg\n`;
  expect(readRecording(csv).acts.map((act) => act.values[0]?.value)).toEqual([70, 71]);
});

test('what cannot be sent is counted with its reason', () => {
  const csv = `${HEADER}a,2019-06-28 13:45:15,Skin Temperature,33,Cel\na,yesterday,Body weight,70,kg\na,2019-06-28 13:45:15,Body weight,3A,kg\n`;
  expect([...readRecording(csv).leftOut]).toEqual([
    ['Skin Temperature is not measured by a device of the contract', 1],
    ['the date is not YYYY-MM-DD HH:MM:SS', 1],
    ['the value is not a number', 1],
  ]);
});

test('a recording without a column is refused with its name', () => {
  expect(() => readRecording('patient_id,date,value,unit\n')).toThrow(
    new RecordingError('the recording has no column device_type; it needs patient_id, date, device_type, value, unit'),
  );
});

const TIHM = '../shared/fixtures/timeseries/tihm-physiology.csv';
const when = existsSync(TIHM) ? test : test.skip;

when('real home readings (TIHM): every row is an act, or is left out with a reason', () => {
  const csv = readFileSync(TIHM, 'utf8');
  const { acts, leftOut } = readRecording(csv);
  const sent = acts.reduce((sum, act) => sum + act.values.length, 0);
  const without = [...leftOut.values()].reduce((sum, count) => sum + count, 0);
  expect(sent + without).toBe(csv.trimEnd().split('\n').length - 1);
  expect(new Set(acts.map((act) => act.patient)).size).toBe(40);
});
