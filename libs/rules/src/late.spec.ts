import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Severity } from './finding.js';
import { JsonReader } from './json-reader.js';
import { checkLatePolicy, LATE_WORDS, lateSeverity } from './late.js';

const MINUTE_MS = 60_000;
const late = (severity: Severity, minutes: number, domain: 'cardiac' | 'silence' = 'cardiac'): ReturnType<typeof lateSeverity> =>
  lateSeverity({ severity, domain, at: new Date(0), receivedAt: new Date(minutes * MINUTE_MS) });

describe('late_data_policy of the catalogue', () => {
  const file = JSON.parse(readFileSync(join(__dirname, 'catalogue/rules-catalogue.json'), 'utf8')) as {
    readonly late_data_policy: Readonly<Record<string, unknown>>;
  };
  const policy = file.late_data_policy;
  const faultsOf = (json: unknown): readonly string[] => {
    const reader = new JsonReader();
    checkLatePolicy(json, reader);
    return reader.faults;
  };

  test('says what is built, and nothing else is in it', () => {
    expect(policy).toEqual(LATE_WORDS);
    expect(faultsOf(policy)).toEqual([]);
  });

  test('a changed, lost or new sentence is a fault', () => {
    const { up_to_2h_late: live, ...others } = policy;
    expect(faultsOf({ ...others, up_to_3h_late: live, future: 'more than 10 minutes ahead: clock task' })).toEqual([
      'late_data_policy.up_to_2h_late: says something else than is built',
      'late_data_policy.future: says something else than is built',
      'late_data_policy.up_to_3h_late: says something else than is built',
    ]);
  });

  test('its hours are those that are kept to', () => {
    const hoursOf = (pattern: RegExp): readonly number[] =>
      Object.keys(policy).flatMap((name) => (pattern.exec(name)?.slice(1) ?? []).map(Number));
    const [[live], [from, to], [old]] = [hoursOf(/^up_to_(\d+)h/), hoursOf(/^(\d+)_to_(\d+)h/), hoursOf(/^over_(\d+)h/)] as const;
    expect([from, to]).toEqual([live, old]);
    const at = (hours: number | undefined, over: 0 | 1) => late('critical', (hours ?? 0) * 60 + over).severity;
    expect([at(live, 0), at(live, 1), at(old, 0), at(old, 1)]).toEqual(['critical', 'red', 'red', 'yellow']);
  });
});

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
