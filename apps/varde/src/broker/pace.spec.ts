import fc from 'fast-check';
import { Fifo } from './fifo.js';
import { AddressPace, TokenBucket } from './pace.js';
import { WaitingRoom } from './waiting-room.js';

test('a bucket never gives more than burst + rate x time, and says when the next one is there', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 100 }), fc.array(fc.nat(500)), (burst, perSecond, pauses) => {
      const bucket = new TokenBucket({ burst, perSecond }, 0);
      let nowMs = 0;
      let taken = 0;
      for (const pauseMs of pauses) {
        nowMs += pauseMs;
        while (bucket.take(nowMs)) taken += 1;
        expect(taken).toBeLessThanOrEqual(burst + (nowMs * perSecond) / 1000 + 1e-3);
        nowMs += bucket.waitMs(nowMs);
        expect(bucket.take(nowMs)).toBe(true);
        taken += 1;
      }
    }),
  );
});

test('addresses are paced apart from each other, and quiet ones are forgotten', () => {
  const pace = new AddressPace({ burst: 1, perSecond: 1 }, 3);
  expect([pace.take('a', 0), pace.take('a', 0), pace.take('b', 0)]).toEqual([true, false, true]);
  expect([pace.take('c', 0), pace.take('d', 0), pace.take('e', 0)]).toEqual([true, true, true]);
  expect(pace.take('e', 999)).toBe(false);
  expect(pace.take('e', 1_000)).toBe(true);
});

test('a waiting room wakes those who wait in their order, and no more than there is room for', () => {
  const room = new WaitingRoom(4, 1_000);
  const woken: string[] = [];
  for (let i = 0; i < 4; i++) room.enter(1);
  expect(room.isFull).toBe(true);
  for (const name of ['a', 'b', 'c']) {
    room.waitForRoom({
      resumeReading: () => {
        woken.push(name);
        room.enter(1);
      },
    });
  }
  room.leave(1, 1);
  expect(woken).toEqual(['a']);
  room.leave(2, 2);
  expect(woken).toEqual(['a', 'b', 'c']);
  expect(room.waitingMessages).toBe(4);
});

test('a fifo is an array with push and shift', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer()), { maxLength: 3_000 }), (steps) => {
      const fifo = new Fifo<number>();
      const model: number[] = [];
      for (const step of steps) {
        if (step === null) expect(fifo.shift()).toBe(model.shift());
        else {
          fifo.push(step);
          model.push(step);
        }
        expect([fifo.length, fifo.peek()]).toEqual([model.length, model[0]]);
      }
    }),
    { numRuns: 50 },
  );
});
