import type { LastBeat } from '@varde/store';
import { PartObserver } from './judge-parts.js';
import { SeesAgain } from './sees-again.js';

const START = Date.parse('2026-03-02T08:00:00Z');
const at = (seconds: number): Date => new Date(START + seconds * 1_000);
const WATCH = { id: 7, part: 'watch' } as const;

/** One process that looks at the beats, with the moments at which it looks. */
class Looker {
  private readonly observer = new PartObserver();
  private readonly over = new SeesAgain();

  /** Looks at the part whose last beat was at `beatAt`; `isKnown`: it is written down as blind. Answers whether it would be told as over. */
  look(seconds: number, beatAt: number, isKnown: boolean): { isBlind: boolean; isOver: boolean } {
    const beat: LastBeat = { part: 'watch', process: 'a', host: 'h', at: at(beatAt), lateSince: null, lateWhat: null, leftAt: null };
    const states = this.observer.observe([beat], at(seconds), seconds * 1_000);
    const isOver = this.over.of(isKnown ? [WATCH] : [], states, seconds * 1_000).length > 0;
    return { isBlind: states.some(({ blind }) => blind !== null), isOver };
  }
}

test('one that looks some milliseconds later than another does not take back what the other has noticed', () => {
  const [first, second] = [new Looker(), new Looker()];
  for (const seconds of [0, 5, 10, 15, 20]) {
    first.look(seconds, Math.min(seconds, 5), false);
    second.look(seconds + 2, Math.min(seconds, 5), false);
  }
  expect(first.look(30.001, 5, false)).toEqual({ isBlind: true, isOver: false });
  // 24.9 seconds after it saw the last change: to this one the part still works.
  expect(second.look(31.9, 5, true)).toEqual({ isBlind: false, isOver: false });
  expect(second.look(36.9, 5, true)).toEqual({ isBlind: true, isOver: false });
  expect(second.look(41.9, 40, true)).toEqual({ isBlind: false, isOver: true });
});

test('what beats again between two looks is believed at the next beat', () => {
  const looker = new Looker();
  for (const seconds of [0, 5, 10]) looker.look(seconds, 0, false);
  expect(looker.look(15, 14, true).isOver).toBe(false);
  expect(looker.look(20, 19, true).isOver).toBe(true);
});

test('a blindness that follows another is known anew', () => {
  const looker = new Looker();
  for (const seconds of [0, 5]) looker.look(seconds, seconds, true);
  looker.look(10, 10, false);
  expect(looker.look(15, 10, true).isOver).toBe(false);
  expect(looker.look(20, 20, true).isOver).toBe(true);
});
