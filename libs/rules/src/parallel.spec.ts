import { saidOf, type Asked } from '../../../test/rule-story.js';

const CRITICAL: Asked = { programme: 'copd', ruleId: 'copd.spo2.critical', metric: 'spo2' };
const SUGAR: Asked = { programme: 'dm', ruleId: 'dm.glucose.level2', metric: 'glucose' };

describe('the new reading that is asked for beside a fire', () => {
  test('is noted when it is normal: the first one, within 15 minutes', () => {
    expect(
      saidOf(
        CRITICAL,
        [
          [82, 0],
          [93, 9],
        ],
        60,
      ),
    ).toEqual(['0 fire', '9 not_confirmed']);
    expect(
      saidOf(
        CRITICAL,
        [
          [82, 0],
          [93, 15],
          [94, 15.5],
        ],
        60,
      ),
    ).toEqual(['0 fire', '15 not_confirmed']);
    expect(
      saidOf(
        CRITICAL,
        [
          [82, 0],
          [93, 15.1],
        ],
        60,
      ),
    ).toEqual(['0 fire']);
    expect(
      saidOf(
        SUGAR,
        [
          [2.8, 0],
          [3.4, 10],
          [4.4, 12],
        ],
        14,
      ),
    ).toEqual(['0 fire', '10 not_confirmed']);
  });

  test('is a fire when it is not, and another is waited for from there', () => {
    expect(
      saidOf(
        CRITICAL,
        [
          [82, 0],
          [81, 9],
          [93, 20],
        ],
        60,
      ),
    ).toEqual(['0 fire', '9 fire', '20 not_confirmed']);
  });

  test('a later one is a fire again, whatever was normal between', () => {
    expect(
      saidOf(
        CRITICAL,
        [
          [82, 0],
          [93, 9],
          [81, 12],
        ],
        60,
      ),
    ).toEqual(['0 fire', '9 not_confirmed', '12 fire']);
  });
});

test('what asks before it fires notes nothing while it stands', () => {
  const LOW: Asked = { programme: 'copd', ruleId: 'copd.spo2.below_target', metric: 'spo2' };
  expect(
    saidOf(
      LOW,
      [
        [87, 0],
        [86, 10],
        [92, 15],
      ],
      60,
    ),
  ).toEqual(['0 pending', '0 fire']);
});
