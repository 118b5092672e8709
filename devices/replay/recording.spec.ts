import { existsSync, readFileSync } from 'node:fs';
import { readRecording, RecordingError } from './recording.js';
import { daysToNow } from './replay.js';

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

test('what cannot be sent is left out with its reason and row', () => {
  const csv = `${HEADER}a,2019-06-28 13:45:15,Skin Temperature,33,Cel\na,yesterday,Body weight,70,kg\na,2019-06-28 13:45:15,Body weight,3A,kg\n`;
  expect([...readRecording(csv).leftOut]).toEqual([
    ['Skin Temperature is not measured by a device of the contract', [2]],
    ['the date is not YYYY-MM-DD HH:MM:SS', [3]],
    ['the value is not a number', [4]],
  ]);
});

test.each(['2019-13-05 10:00:00', '2019-02-30 10:00:00', '2019-02-29 10:00:00', '2019-06-28 24:00:00', '2019-06-28 10:60:00'])(
  'the date %s, which no calendar or clock has, is left out and leaves the others a newest day',
  (date) => {
    const csv = `${HEADER}a,2019-06-28 13:45:15,Body weight,70,kg\nb,${date},Body weight,71,kg\nb,${date},Body weight,72,kg\n`;
    const recording = readRecording(csv);
    expect(recording.acts.map((act) => act.wall)).toEqual(['2019-06-28T13:45:15']);
    expect([...recording.leftOut]).toEqual([['there is no such date or time', [3, 4]]]);
    expect(daysToNow(recording, new Date('2019-06-30T14:00:00Z'))).toBe(2);
  },
);

test.each(['2020-02-29 00:00:00', '2019-12-31T23:59:59'])('the date %s is there', (date) => {
  const { acts, leftOut } = readRecording(`${HEADER}a,${date},Body weight,70,kg\n`);
  expect(acts.map((act) => act.wall)).toEqual([date.replace(' ', 'T')]);
  expect(leftOut.size).toBe(0);
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
  const without = [...leftOut.values()].reduce((sum, rows) => sum + rows.length, 0);
  expect(sent + without).toBe(csv.trimEnd().split('\n').length - 1);
  expect(new Set(acts.map((act) => act.patient)).size).toBe(40);
});
