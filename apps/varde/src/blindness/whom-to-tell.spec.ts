import type { TellContact } from '@varde/store';
import { unitsOf, whomToTell } from './whom-to-tell.js';

const NOW = Date.parse('2026-03-02T22:00:00Z');
const HOUR = 3_600_000;
const always = [{ channel: 'email' as const, address: 'drift@example.no', signingSecret: null }];

function contact(address: string, given: Partial<TellContact> = {}): TellContact {
  return { unitId: 1, channel: 'sms', address, signingSecret: null, duty: null, isOperators: false, ...given };
}
const onDuty = [{ fromMs: NOW - HOUR, toMs: NOW + HOUR }];
const offDuty = [{ fromMs: NOW - 2 * HOUR, toMs: NOW }];

test.each<[string, TellContact[], number[], string[]]>([
  [
    'everybody on duty, of every unit',
    [contact('a', { duty: onDuty }), contact('b', { unitId: 2 }), contact('c', { duty: offDuty })],
    [],
    ['a', 'b'],
  ],
  [
    'only of the units it touches, and the operators',
    [contact('a'), contact('b', { unitId: 2 }), contact('o', { unitId: 3, isOperators: true })],
    [2],
    ['b', 'o'],
  ],
  ['all operators when none of them is on duty', [contact('o', { isOperators: true, duty: offDuty, unitId: 9 })], [2], ['o']],
  ['an address once', [contact('a'), contact('a', { unitId: 2 })], [], ['a']],
  ['everybody when there would be nobody', [contact('a', { duty: offDuty })], [], ['a']],
])('%s', (_, contacts, unitIds, expected) => {
  const told = whomToTell(contacts, unitIds, { always: [], nowMs: NOW });
  expect(told.map(({ address }) => address)).toEqual(expected);
});

test('the addresses of the settings are told always, also when nothing else is known', () => {
  expect(whomToTell([], [], { always, nowMs: NOW })).toEqual(always);
});

test("what is somebody's is of the units their address stands for; of all, for who runs the service, or where there are no others", () => {
  const [a, b] = [contact('a'), contact('b', { unitId: 2 })];
  const contacts = [a, b, contact('b', { unitId: 3 }), contact('o', { unitId: 4, isOperators: true })];
  expect([a, b].map((each) => unitsOf(contacts, each, always))).toEqual([[1], [2, 3]]);
  expect([contact('o'), ...always].map((each) => unitsOf(contacts, each, always))).toEqual([null, null]);
  expect(unitsOf([a], a, always)).toBeNull();
});
