import type { RegisteredDevice, WearerPeriod } from '@varde/store';
import type { Measurement, Message } from '@varde/wire';
import { bindAct } from './bind.js';

const NOW = Date.UTC(2026, 2, 2, 8);
const HOUR_MS = 3_600_000;
const worn = (change: Partial<WearerPeriod> = {}): WearerPeriod => ({
  userSlot: null,
  patientId: 1,
  zone: 'Europe/Oslo',
  fromMs: NOW - 240 * HOUR_MS,
  toMs: null,
  enrolledMs: null,
  ...change,
});
const device = (...wearers: WearerPeriod[]): RegisteredDevice => ({
  id: 7,
  model: null,
  registeredAtMs: NOW - 1_000 * HOUR_MS,
  batteryPercent: null,
  wearers,
});

/** A live act at a wall time without offset, two seconds before `gatewayMs`. */
function act(deviceTime: string | null, gatewayMs: number, change: Partial<Measurement> = {}): Measurement {
  const plain = { index: 0, kind: 'weight', key: null, clockNotSet: false, values: [], absent: [], quality: 'good', flags: [] } as const;
  const rest = { context: {}, raw: null, answers: null, printedValues: '' };
  return { ...plain, ...rest, userSlot: null, stored: false, deviceTime, gatewayTime: new Date(gatewayMs), ...change };
}

function bind(measurement: Measurement, ...wearers: WearerPeriod[]) {
  const receivedAt = new Date(Math.max(measurement.gatewayTime.getTime(), NOW) + 1_000);
  const plain = { schema: 'varde.obs/1', messageId: '', gatewayFirmware: null, gatewayClock: null, measurements: [], refused: [] } as const;
  const of = {
    id: 'X',
    idType: 'serial',
    kind: null,
    manufacturer: null,
    model: null,
    serial: null,
    fw: null,
    batteryPercent: null,
  } as const;
  const message: Message = { ...plain, sentAt: receivedAt, device: { ...of, clock: null }, identityFieldsRemoved: 0 };
  return bindAct(measurement, message, device(...wearers), { receivedAt, gatewayOffsetMs: null });
}

test('the wall time is that of the home of who wore the device then', () => {
  const before = worn({ patientId: 1, zone: 'Europe/Helsinki', toMs: NOW - 100 * HOUR_MS });
  const now = worn({ patientId: 2, zone: 'Europe/Oslo', fromMs: NOW - 100 * HOUR_MS });
  // Read from memory without a clock pair: the printed time counts, in the zone of the earlier wearer's home.
  const bound = bind(act('2026-02-24T08:00:00', NOW, { stored: true }), before, now);
  expect(bound).toMatchObject({ ok: true, patientId: 1, time: { timeQuality: 'doubtful', observedAt: new Date('2026-02-24T06:00:00Z') } });
});

test.each([
  ['the first millisecond belongs to the new wearer', 0, 2],
  ['the one before it to the old one', -1, 1],
])('%s', (_, shiftMs, patientId) => {
  const change = NOW - 10 * HOUR_MS;
  const wearers = [worn({ patientId: 1, toMs: change }), worn({ patientId: 2, fromMs: change })];
  expect(bind(act(null, change + shiftMs), ...wearers)).toMatchObject({ ok: true, patientId });
});

test.each([
  ['a day and a bit from the change', 25, true],
  ['within a day of the change', 23, false],
])('a doubtful time %s', (_, hours, ok) => {
  const change = NOW - 100 * HOUR_MS;
  const wearers = [worn({ patientId: 1, toMs: change }), worn({ patientId: 2, fromMs: change })];
  const printed = new Date(change + (hours + 1) * HOUR_MS).toISOString().slice(0, 19);
  const bound = bind(act(printed, NOW, { stored: true }), ...wearers);
  expect(bound.ok).toBe(ok);
  if (!bound.ok) expect(bound.reason).toBe('clock');
});

test.each([
  ['two days', 48, true],
  ['less than two days', 47.9, false],
])('a record of a memory without a time, %s after a change of wearer', (_, hours, ok) => {
  const change = NOW - hours * HOUR_MS;
  const wearers = [worn({ patientId: 1, toMs: change }), worn({ patientId: 2, fromMs: change })];
  const bound = bind(act(null, NOW, { stored: true }), ...wearers);
  expect(bound).toMatchObject(ok ? { ok, patientId: 2, time: { timeQuality: 'received-late' } } : { ok, reason: 'clock' });
});

test.each([
  ['the slot it names', 2, [worn({ userSlot: 1 }), worn({ userSlot: 2, patientId: 2 })], 2],
  ['the only wearer, whatever slot a device without shared use prints', 2, [worn()], 1],
  ['nobody, when the device is shared and no slot is given', null, [worn({ userSlot: 1 })], null],
  ['nobody, when the slot is nobody’s', 3, [worn({ userSlot: 1 })], null],
  ['nobody, when nobody has worn it', null, [], null],
])('an act belongs to %s', (_, userSlot, wearers, patientId) => {
  const bound = bind(act(null, NOW, { userSlot }), ...wearers);
  expect(bound.ok ? bound.patientId : bound.reason).toBe(patientId ?? 'no-wearer');
});

test.each([
  ['as far back as its first wearer was dated', Date.UTC(2019, 0, 1), '2019-04-01T06:00:00.000Z', 'doubtful'],
  ['no further than a year before its registration otherwise', NOW - 240 * HOUR_MS, '2026-03-02T08:00:00.000Z', 'received-late'],
])('the memory of a device reaches %s', (_, fromMs, observedAt, timeQuality) => {
  const { time } = bind(act('2019-04-01T08:00:00', NOW, { stored: true }), worn({ fromMs }));
  expect(time).toMatchObject({ observedAt: new Date(observedAt), timeQuality });
});

test('what was measured before the patient followed any programme is known to be so', () => {
  const wearer = worn({ enrolledMs: NOW - 10 * HOUR_MS });
  expect(bind(act(null, NOW - 10 * HOUR_MS), wearer)).toMatchObject({ ok: true, isBeforeEnrolment: false });
  expect(bind(act(null, NOW - 10 * HOUR_MS - 1), wearer)).toMatchObject({ ok: true, isBeforeEnrolment: true });
  expect(bind(act(null, NOW - 10 * HOUR_MS - 1), worn())).toMatchObject({ ok: true, isBeforeEnrolment: false });
});
