import { TIME_UNKNOWN } from '@varde/vitals';
import { saidOf, type Asked } from '../../../test/rule-story.js';

const DAY = 1440;
const GAIN: Asked = { programme: 'hf', ruleId: 'hf.weight.gain_3d', metric: 'weight' };
const SPO2: Asked = { programme: 'copd', ruleId: 'copd.spo2.critical', metric: 'spo2' };
const STEADY = [
  [80, -3 * DAY],
  [80.1, -2 * DAY],
  [80, -DAY],
] as const;

describe('a weight of nobody knows when', () => {
  test('is no gain', () => {
    expect(saidOf(GAIN, [...STEADY, [84, 0]], DAY)).not.toEqual([]);
    expect(saidOf(GAIN, [...STEADY, [84, 0, TIME_UNKNOWN]], 2 * DAY)).toEqual([]);
  });

  test('is nothing that a gain is counted from', () => {
    expect(saidOf(GAIN, [...STEADY, [76, -5, TIME_UNKNOWN], [80, 0]], 2 * DAY)).toEqual([]);
    expect(
      saidOf(
        GAIN,
        [
          [76, -DAY, TIME_UNKNOWN],
          [80, 0],
        ],
        2 * DAY,
      ),
    ).toEqual([]);
  });

  test('neither hides a gain nor is the weighing that was asked for', () => {
    const gained = saidOf(GAIN, [...STEADY, [83, 0]], DAY);
    expect(gained).toEqual(['0 pending', '0 fire_unconfirmed']);
    expect(saidOf(GAIN, [...STEADY, [80.2, -5, TIME_UNKNOWN], [83, 0]], DAY)).toEqual(gained);
    expect(saidOf(GAIN, [...STEADY, [83, 0], [80.2, 5, TIME_UNKNOWN]], DAY)).toEqual(gained);
    expect(saidOf(GAIN, [...STEADY, [83, 0], [83, 5, TIME_UNKNOWN]], DAY)).toEqual(gained);
  });
});

describe('a value of nobody knows when', () => {
  test('is asked for again', () => {
    expect(saidOf(SPO2, [[80, 0, TIME_UNKNOWN]], 60)).toEqual(['0 pending', '0 fire_unconfirmed']);
  });

  test('is no re-measure, of another such one least of all', () => {
    const twice = [
      [80, 0, TIME_UNKNOWN],
      [80, 1, TIME_UNKNOWN],
    ] as const;
    expect(saidOf(SPO2, twice, 1)).toEqual(['0 pending', '1 pending']);
  });

  test('speaks for no day', () => {
    const reduced: Asked = { programme: 'frail', ruleId: 'gen.spo2.reduced', metric: 'spo2' };
    expect(
      saidOf(
        reduced,
        [
          [92, -DAY],
          [92, 0],
        ],
        1,
      ),
    ).toEqual(['0 fire']);
    expect(
      saidOf(
        reduced,
        [
          [92, -DAY, TIME_UNKNOWN],
          [92, 0],
        ],
        1,
      ),
    ).toEqual([]);
    expect(
      saidOf(
        reduced,
        [
          [92, -DAY],
          [92, 0, TIME_UNKNOWN],
        ],
        60,
      ),
    ).toEqual([]);
  });

  test('is none of two in a day', () => {
    const high: Asked = { programme: 'dm', ruleId: 'dm.glucose.high', metric: 'glucose' };
    expect(
      saidOf(
        high,
        [
          [19, -60],
          [19, 0],
        ],
        1,
      ),
    ).not.toEqual([]);
    expect(
      saidOf(
        high,
        [
          [19, -60, TIME_UNKNOWN],
          [19, 0],
        ],
        1,
      ),
    ).toEqual([]);
    expect(
      saidOf(
        high,
        [
          [19, -60],
          [19, 0, TIME_UNKNOWN],
        ],
        1,
      ),
    ).toEqual([]);
  });
});
