import fc from 'fast-check';
import { isZone, offsetMsAt } from './zone.js';

const HOUR_MS = 3_600_000;

describe('offset of a zone', () => {
  test.each([
    ['Europe/Oslo', '2026-01-15T12:00:00Z', 1],
    ['Europe/Oslo', '2026-07-15T12:00:00Z', 2],
    ['Europe/Oslo', '2026-03-29T00:59:59.999Z', 1],
    ['Europe/Oslo', '2026-03-29T01:00:00Z', 2],
    ['Europe/Oslo', '2026-10-25T00:59:59Z', 2],
    ['Europe/Oslo', '2026-10-25T01:00:00Z', 1],
    ['Europe/Oslo', '2026-12-31T23:30:00Z', 1],
    ['Asia/Kolkata', '2026-01-15T12:00:00Z', 5.5],
    ['UTC', '2026-01-15T12:00:00Z', 0],
  ])('%s at %s is %p h ahead', (zone, at, hours) => {
    expect(offsetMsAt(zone, Date.parse(at)) / HOUR_MS).toBe(hours);
  });

  test('agrees with Intl at any instant of 20 years, in zones with odd habits', () => {
    const zones = ['Europe/Oslo', 'America/St_Johns', 'Australia/Lord_Howe', 'Africa/Casablanca', 'Pacific/Apia'];
    const range = { min: new Date('2015-01-01T00:00:00Z'), max: new Date('2034-12-31T00:00:00Z'), noInvalidDate: true };
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.date(range), (zone, at) => {
        const shown = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' }).format(at);
        const local = new Date(at.getTime() + offsetMsAt(zone, at.getTime()));
        expect(local.toISOString().slice(0, 19).replace('T', ' ')).toBe(shown);
      }),
      { numRuns: 500 },
    );
  });

  test('an unknown zone is refused by name', () => {
    expect(isZone('Europe/Oslo')).toBe(true);
    expect(isZone('Europe/Atlantis')).toBe(false);
    expect(isZone('')).toBe(false);
    expect(() => offsetMsAt('Europe/Atlantis', 0)).toThrow(RangeError);
  });
});
