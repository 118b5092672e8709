import fc from 'fast-check';
import { stateAt, worsening, type Person } from './person.js';
import { sessionsBetween } from '../fleet/habit.js';

const HOUR_MS = 3_600_000;
const at = (hours: number): Date => new Date(Date.UTC(2026, 0, 10) + hours * HOUR_MS);
const aPerson = (over: Partial<Person> = {}): Person => ({ seed: 'a', course: 'stable', worseningFrom: null, worseningHours: 72, ...over });

test('the same seed gives the same life, whenever and however often it is asked', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 0, max: 5_000 }), (seed, hours) => {
      expect(stateAt(aPerson({ seed }), at(hours))).toEqual(stateAt(aPerson({ seed }), at(hours)));
    }),
  );
});

test('a stable person varies by about one point of saturation from day to day', () => {
  const days = Array.from({ length: 400 }, (_, day) => stateAt(aPerson(), at(24 * day)).spo2Percent);
  const mean = days.reduce((sum, value) => sum + value, 0) / days.length;
  const deviation = Math.sqrt(days.reduce((sum, value) => sum + (value - mean) ** 2, 0) / days.length);
  expect(deviation).toBeGreaterThan(0.7);
  expect(deviation).toBeLessThan(1.3);
});

test('an exacerbation builds over days and takes saturation down and pulse up', () => {
  const ill = aPerson({ course: 'exacerbation', worseningFrom: at(0) });
  expect([-1, 0, 36, 72, 100].map((hours) => worsening(ill, at(hours)))).toEqual([0, 0, 0.5, 1, 1]);
  const well = stateAt({ ...ill, worseningFrom: null }, at(72));
  const worst = stateAt(ill, at(72));
  expect(worst.spo2Percent).toBeLessThan(well.spo2Percent - 8);
  expect(worst.pulsePerMin).toBeGreaterThan(well.pulsePerMin + 20);
});

test('heart failure gains fluid as weight', () => {
  const wet = aPerson({ course: 'fluid', worseningFrom: at(0) });
  expect(stateAt(wet, at(72)).weightKg - stateAt({ ...wet, worseningFrom: null }, at(72)).weightKg).toBeCloseTo(3.2);
});

test('people measure on most mornings, a forgetful one on every third', () => {
  const month = (person: Person): number => sessionsBetween(person, 'Europe/Oslo', at(0), at(24 * 300)).length;
  expect(month(aPerson())).toBeGreaterThan(260);
  expect(month(aPerson({ course: 'forgetful' }))).toBeLessThan(140);
});

test('sessions of two periods are those of the whole', () => {
  const [first, second] = [
    sessionsBetween(aPerson(), 'Europe/Oslo', at(0), at(100)),
    sessionsBetween(aPerson(), 'Europe/Oslo', at(100), at(300)),
  ];
  expect([...first, ...second]).toEqual(sessionsBetween(aPerson(), 'Europe/Oslo', at(0), at(300)));
});
