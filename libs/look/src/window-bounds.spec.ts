import { daysToSummarise, LONGEST_DAYS } from './window-bounds.js';

// 11:00 on 10 January 2027 in Oslo: local day 20,828.
const NOW = new Date('2027-01-10T10:00:00Z');
const TODAY = 20_828;
const asked = (given: { summarisedTo: number | null; unlookedFrom?: Date | null; zone?: string }, now = NOW) =>
  daysToSummarise({ zone: 'Europe/Oslo', unlookedFrom: null, ...given }, now);

test.each([
  ['nothing before: as far back as any rule reads', null, { from: TODAY - LONGEST_DAYS, to: TODAY - 1 }],
  ['two days have ended', TODAY - 3, { from: TODAY - 2, to: TODAY - 1 }],
  ['one has', TODAY - 2, { from: TODAY - 1, to: TODAY - 1 }],
  ['none has', TODAY - 1, null],
  ['a clock that was set back', TODAY + 1, null],
])('days to summarise: %s', (_name, summarisedTo, days) => {
  expect(asked({ summarisedTo })).toEqual(days);
});

test('a late reading has its day and those after it summarised anew; one of today none', () => {
  const at = (text: string): Date => new Date(text);
  expect(asked({ summarisedTo: TODAY - 1, unlookedFrom: at('2027-01-04T12:00:00Z') })).toEqual({ from: TODAY - 6, to: TODAY - 1 });
  // Midnight in Oslo is 23:00 UTC.
  expect(asked({ summarisedTo: TODAY - 1, unlookedFrom: at('2027-01-09T22:59:59Z') })).toEqual({ from: TODAY - 1, to: TODAY - 1 });
  expect(asked({ summarisedTo: TODAY - 1, unlookedFrom: at('2027-01-09T23:00:00Z') })).toBeNull();
});

test('a day ends at midnight of the home', () => {
  const [before, after] = [new Date('2027-01-10T22:59:00Z'), new Date('2027-01-10T23:00:00Z')];
  expect(asked({ summarisedTo: TODAY - 1 }, before)).toBeNull();
  expect(asked({ summarisedTo: TODAY - 1 }, after)).toEqual({ from: TODAY, to: TODAY });
  expect(asked({ summarisedTo: TODAY - 1, zone: 'Pacific/Auckland' }, before)).toEqual({ from: TODAY, to: TODAY });
});
