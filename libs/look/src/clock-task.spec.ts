import { clockTask, newestOfClocks, type ClockSeen } from './clock-task.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const RECEIVED = new Date('2026-01-15T07:31:06Z');
const later = (ms: number): Date => new Date(RECEIVED.getTime() + ms);

const seen = (change: Partial<ClockSeen> = {}): ClockSeen => ({
  ...{
    of: 'device',
    wrong: 'ahead',
    key: 'clock-ahead:device/1',
    name: 'OX-1',
    patientId: 1,
    unitId: 2,
    receivedAt: RECEIVED,
    offMs: DAY_MS,
  },
  ...change,
});
const RIGHT = { offMs: null };

describe('what a clock showed last', () => {
  test.each<[string, readonly ClockSeen[], readonly (number | null)[]]>([
    ['set meanwhile', [seen(), seen({ ...RIGHT, receivedAt: later(1) })], [null]],
    ['wrong again, and told of in another order', [seen({ receivedAt: later(1) }), seen(RIGHT)], [DAY_MS]],
    ['of what came together the right one, told first', [seen(RIGHT), seen()], [null]],
    ['of what came together the right one, told last', [seen(), seen(RIGHT)], [null]],
    ['another clock', [seen(), seen({ ...RIGHT, key: 'clock-ahead:device/2' })], [DAY_MS, null]],
    ['that of another patient', [seen(), seen({ ...RIGHT, patientId: 3 })], [DAY_MS, null]],
    ['for another unit', [seen({ patientId: null }), seen({ ...RIGHT, patientId: null, unitId: 4 })], [DAY_MS, null]],
  ])('%s', (_, all, expected) => expect(newestOfClocks(all).map(({ offMs }) => offMs)).toEqual(expected));
});

test('a clock that is not ahead is no task', () => expect(clockTask(seen(RIGHT))).toBeNull());

test('one that is ahead is a task for a nurse, by the key of the clock', () => {
  expect(clockTask(seen())).toEqual({
    ...{ key: 'clock-ahead:device/1', kind: 'clock-ahead', ruleId: null, forRole: 'nurse', dueAt: null },
    reason: {
      nb: 'Klokken i apparatet OX-1 går 24 timer foran. Still den: målinger fra minnet kan ikke tidfestes før det er gjort.',
      en: 'The clock of the device OX-1 is 24 hours ahead. Set it: until then measurements from its memory have no sure time.',
    },
  });
  expect(clockTask(seen({ of: 'gateway', name: 'gw-1' }))?.reason).toEqual({
    nb: 'Klokken i gatewayen gw-1 går 24 timer foran. Sørg for at den stilles, for eksempel av en tidstjener.',
    en: 'The clock of the gateway gw-1 is 24 hours ahead. Have it set, for example by a time server.',
  });
});

test.each([
  [6 * MINUTE_MS, '6 minutter', '6 minutes'],
  [2 * HOUR_MS - MINUTE_MS, '119 minutter', '119 minutes'],
  [2 * HOUR_MS, '2 timer', '2 hours'],
  [2 * DAY_MS - HOUR_MS, '47 timer', '47 hours'],
  [2 * DAY_MS, '2 døgn', '2 days'],
])('%i ms ahead is said in words', (offMs, nb, en) => {
  const { reason } = clockTask(seen({ offMs })) ?? { reason: { nb: '', en: '' } };
  expect([reason.nb, reason.en]).toEqual([expect.stringContaining(` ${nb} foran`), expect.stringContaining(` ${en} ahead`)]);
});
