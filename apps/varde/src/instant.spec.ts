import { readInstant } from './instant.js';

test.each([
  ['2026-01-15T07:00:00Z', '2026-01-15T07:00:00.000Z'],
  ['2026-01-15T08:00+01:00', '2026-01-15T07:00:00.000Z'],
  ['2024-02-29T00:30:00.5+02:00', '2024-02-28T22:30:00.500Z'],
  ['2026-12-31T23:59:59.999999999Z', '2026-12-31T23:59:59.999Z'],
])('%s is a moment', (text, moment) => {
  expect(readInstant(text)?.toISOString()).toBe(moment);
});

test.each([
  // Not a moment in the one form that means the same on every machine.
  ['yesterday', '2026-01-15', '2026-01-15T07:00:00', '2026-01-15 07:00:00Z', ' 2026-01-15T07:00:00Z'],
  // Days, hours and zones that there are none of.
  ['2026-11-31T00:00:00Z', '2026-02-29T00:00:00Z', '2100-02-29T00:00:00Z', '2026-00-10T00:00:00Z', '2026-13-01T00:00:00Z'],
  ['2026-01-00T00:00:00Z', '2026-01-15T24:01:00Z', '2026-01-15T07:60:00Z', '2026-01-15T07:00:00+24:00'],
])('%s is none, and is not taken for another', (...texts) => {
  for (const text of texts) expect(readInstant(text)).toBeNull();
});
