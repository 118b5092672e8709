import type { LastBeat } from '@varde/store';
import { PartObserver, PATIENCE } from './judge-parts.js';

const START = Date.parse('2026-03-02T08:00:00Z');
const at = (seconds: number): Date => new Date(START + seconds * 1_000);

function beat(seconds: number, given: Partial<LastBeat> = {}): LastBeat {
  return { part: 'watch', process: 'a', host: 'h', at: at(seconds), lateSince: null, lateWhat: null, leftAt: null, ...given };
}

/** When the part is first said to be blind, looking every five seconds at what the beats are then; null: not within two minutes. */
function blindAfter(beats: (seconds: number) => LastBeat[]): { seconds: number; why: string; since: number } | null {
  const observer = new PartObserver();
  for (let seconds = 0; seconds <= 120; seconds += 5) {
    const [found] = observer.observe(beats(seconds), at(seconds), seconds * 1_000).flatMap(({ blind }) => blind ?? []);
    if (found) return { seconds, why: found.why, since: (found.since.getTime() - START) / 1_000 };
  }
  return null;
}

describe('whether a part is blind', () => {
  test.each<[string, (seconds: number) => LastBeat[], ReturnType<typeof blindAfter>]>([
    ['one that beats is not', (s) => [beat(s)], null],
    ['one that has stopped is silent after 25 s', (s) => [beat(Math.min(s, 20))], { seconds: 45, why: 'silent', since: 20 }],
    [
      'one that hangs in a process that beats creeps by its slowest message',
      (s) => [beat(s < 20 ? s : 20 + (s - 20) / 100)],
      { seconds: 45, why: 'silent', since: 20.25 },
    ],
    ['one that was dead already when we began, too', () => [beat(-300)], { seconds: 25, why: 'silent', since: -300 }],
    ['another process plays it', (s) => [beat(Math.min(s, 20)), beat(s, { process: 'b' })], null],
    [
      'after a goodbye a restart has its time',
      (s) => [s < 20 ? beat(s) : beat(20, { leftAt: at(20) })],
      { seconds: 65, why: 'silent', since: 20 },
    ],
    [
      'a restart within it tells nobody',
      (s) => [s < 20 ? beat(s) : beat(20, { leftAt: at(20) }), ...(s >= 50 ? [beat(s, { process: 'b' })] : [])],
      null,
    ],
    [
      'a goodbye while another plays it',
      (s) => [beat(Math.min(s, 20), { leftAt: s < 20 ? null : at(20) }), beat(s, { process: 'b' })],
      null,
    ],
    ['one that lives but is late', (s) => [beat(s, { lateSince: at(-30) })], { seconds: 25, why: 'late', since: -30 }],
    ['a backlog that melts', (s) => [beat(s, { lateSince: at(s - 60 + s * 5) })], null],
    ['work that has waited for less than the limit', (s) => [beat(s, { lateSince: at(s - 39) })], null],
    ['clocks that jump an hour change nothing', (s) => [beat(s < 30 ? s : s + 3_600)], null],
    ['and back again', (s) => [beat(s < 30 ? s : s - 3_600)], null],
  ])('%s', (_, beats, expected) => expect(blindAfter(beats)).toEqual(expected));

  test('says what of a part is late, by all who play it', () => {
    const observer = new PartObserver();
    const late = { lateSince: at(-60) };
    const beats = (s: number): LastBeat[] => [
      beat(s, { ...late, lateWhat: 'sms' }),
      beat(s, { ...late, process: 'b', lateWhat: 'sms,email' }),
      beat(s, { process: 'c', lateWhat: null }),
    ];
    for (const s of [0, 5]) observer.observe(beats(s), at(s), s * 1_000);
    expect(observer.observe(beats(10), at(10), 10_000)[0]?.blind).toMatchObject({ why: 'late', detail: 'sms,email' });
  });

  test('an observer that has slept begins to watch anew, and so does one whose database was away', () => {
    const observer = new PartObserver();
    const blind = (seconds: number, beatAt: number): number =>
      observer.observe([beat(beatAt)], at(seconds), seconds * 1_000).filter((each) => each.blind !== null).length;
    expect([blind(0, 0), blind(5, 5), blind(300, 5), blind(305, 305), blind(330, 305)]).toEqual([0, 0, 0, 0, 0]);
    expect([blind(335, 305), blind(340, 305), blind(345, 305), blind(350, 305), blind(355, 305)]).toEqual([0, 0, 0, 0, 1]);
  });

  test('a creeping beat does not show that something sees again', () => {
    const observer = new PartObserver();
    const proven: number[] = [];
    for (let seconds = 0; seconds <= 900; seconds += 5) {
      const beatAt = seconds < 30 || seconds >= 600 ? seconds : 30 + (seconds - 30) / 300;
      const [state] = observer.observe([beat(beatAt)], at(seconds), seconds * 1_000);
      if (state?.changedMs === seconds * 1_000) proven.push(seconds);
    }
    expect(proven.filter((seconds) => seconds > 55)).toEqual(proven.filter((seconds) => seconds >= 600));
    expect(proven).toContain(600);
  });

  test('the limits leave time to tell within a minute', () => {
    expect(Math.max(PATIENCE.silentMs, PATIENCE.goodbyeMs, PATIENCE.lateMs + PATIENCE.lateStandsMs) + 5_000).toBeLessThan(60_000);
  });
});
