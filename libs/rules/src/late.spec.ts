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

test('what became of the severity is said', () => {
  expect(late('critical', 120).note).toBeNull();
  expect(late('red', 180).note).toBeNull();
  expect(late('critical', 180).note).toEqual({
    nb: 'Rød, ikke akutt: målt for 3 timer siden.',
    en: 'Red, not critical: measured 3 hours ago.',
  });
  expect(late('red', 3 * 1440).note).toEqual({ nb: 'Gammel rød måling funnet.', en: 'Old red reading found.' });
});

test('a silence noticed late is still now', () => {
  expect(late('yellow', 3 * 1440, 'silence')).toEqual({ severity: 'yellow', note: null });
});
