import type { Severity } from './finding.js';
import { lateSeverity } from './late.js';

const MINUTE_MS = 60_000;
const late = (severity: Severity, minutes: number, domain: 'cardiac' | 'silence' = 'cardiac'): ReturnType<typeof lateSeverity> =>
  lateSeverity({ severity, domain, at: new Date(0), receivedAt: new Date(minutes * MINUTE_MS) });

test.each<[Severity, number, Severity | null]>([
  ['critical', -5, 'critical'],
  ['critical', 0, 'critical'],
  ['critical', 120, 'critical'],
  ['critical', 121, 'red'],
  ['red', 121, 'red'],
  ['yellow', 121, 'yellow'],
  ['info', 121, 'info'],
  ['critical', 1440, 'red'],
  ['critical', 1441, 'yellow'],
  ['red', 1441, 'yellow'],
  ['yellow', 1441, null],
  ['info', 1441, null],
])('%s, %p minutes late: %p', (severity, minutes, expected) => {
  expect(late(severity, minutes).severity).toBe(expected);
});

test('the age is said from two hours on, and an old reading is called so', () => {
  expect(late('red', 120).note).toBeNull();
  expect(late('red', 180).note?.nb).toBe('Målt for 3 timer siden.');
  expect(late('red', 3 * 1440).note).toEqual({
    nb: 'Gammel rød måling funnet, målt for 3 dager siden.',
    en: 'Old red reading found, measured 3 days ago.',
  });
});

test('a silence noticed late is still now', () => {
  expect(late('yellow', 3 * 1440, 'silence')).toEqual({ severity: 'yellow', note: null });
});
