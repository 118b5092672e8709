import { Silence } from './silence.js';

const START = Date.parse('2026-03-02T08:00:00Z');
const at = (seconds: number): Date => new Date(START + seconds * 1_000);
const begin = (): Silence => new Silence({ silentMs: 25_000, sleptMs: 15_000 }, at(0));

/** Looks every five seconds; answers when it is said to be silent, and when people are to be told. */
function lookOn(silence: Silence, fromSeconds: number, toSeconds: number): { silent: number[]; told: number[] } {
  const [silent, told]: [number[], number[]] = [[], []];
  for (let seconds = fromSeconds; seconds <= toSeconds; seconds += 5) {
    if (silence.look(seconds * 1_000) === null) continue;
    silent.push(seconds);
    if (silence.takeTelling(seconds * 1_000)) told.push(seconds);
  }
  return { silent, told };
}

test('whoever answers is not silent, however slowly', () => {
  const silence = begin();
  for (let seconds = 0; seconds < 200; seconds += 20) {
    expect(lookOn(silence, seconds, seconds + 15).silent).toEqual([]);
    expect(silence.end(at(seconds + 20), (seconds + 20) * 1_000)).toBeNull();
  }
});

test('silence begins with the last answer, is told once and hourly, and ends', () => {
  const silence = begin();
  silence.end(at(10), 10_000);
  const { silent, told } = lookOn(silence, 15, 4_000);
  expect([silent[0], told]).toEqual([35, [35, 3_635]]);
  expect(silence.look(4_005_000)).toEqual(at(10));
  expect(silence.end(at(4_010), 4_010_000)).toEqual(at(10));
  expect(silence.end(at(4_015), 4_015_000)).toBeNull();
  expect(lookOn(silence, 4_020, 4_045).told).toEqual([4_040]);
});

test('a telling that reached nobody is given back, and taken again soon', () => {
  const silence = begin();
  silence.end(at(10), 10_000);
  expect(lookOn(silence, 15, 40).told).toEqual([35]);
  silence.giveTellingBack();
  expect(lookOn(silence, 45, 60).told).toEqual([45]);
  silence.giveTellingBack();
  expect(lookOn(silence, 65, 4_000).told).toEqual([65, 3_665]);
});

test('an observer that has slept itself begins to wait anew', () => {
  const silence = begin();
  expect(lookOn(silence, 0, 20).silent).toEqual([]);
  expect(lookOn(silence, 100, 120).silent).toEqual([]);
  expect(lookOn(silence, 125, 125).silent).toEqual([125]);
});
