import { sessionsBetween } from '../devices/fleet/habit.js';
import { startFleet, type Fleet, type FleetOptions } from '../devices/fleet/fleet.js';
import type { Home, HomeSetup } from '../devices/fleet/home.js';
import { SCALE } from '../devices/scale/scale.js';
import { startRig, type Rig } from './broker-rig.js';

const DAY_MS = 86_400_000;
const ZONE = 'Europe/Oslo';
const person = { seed: 'anna', course: 'stable', worseningFrom: null, worseningHours: 1 } as const;

const fleets: Fleet[] = [];
afterEach(async () => {
  jest.useRealTimers();
  for (const fleet of fleets.splice(0)) await fleet.stop();
});

function aHome(gateway: string, secret = 'right'): HomeSetup {
  return { tenant: 't', gateway, secret, zone: ZONE, person, devices: [{ id: 'SC', kind: SCALE, speaks: 'obs' }] };
}

/** A fleet on the rig's broker, with what it told. */
function live(rig: Rig, homes: readonly HomeSetup[], over: Partial<FleetOptions> = {}) {
  const told = { refused: [] as string[], sessions: [] as string[] };
  const fleet = startFleet({
    url: `mqtt://127.0.0.1:${rig.port}`,
    homes,
    from: new Date(),
    speed: 0,
    everyMs: null,
    onSession: (_, __, acts) => told.sessions.push(...acts.map(({ takenAt }) => takenAt.toISOString())),
    onRefused: ({ setup }: Home, why: string) => told.refused.push(`${setup.gateway}: ${why}`),
    ...over,
  });
  fleets.push(fleet);
  return { fleet, told };
}

const until = async (isSo: () => boolean): Promise<void> => {
  for (let tries = 0; tries < 200 && !isSo(); tries++) await new Promise((resolve) => setTimeout(resolve, 25));
  expect(isSo()).toBe(true);
};

test('homes that are refused are named, and the others live on without them', async () => {
  const rig = await startRig();
  const wrong = Array.from({ length: 20 }, (_, n) => aHome(`wrong-${n}`, 'wrong'));
  const { fleet, told } = live(rig, [...wrong, aHome('good')], { from: new Date(Date.now() - 5 * DAY_MS) });
  const lived = await fleet.caughtUp;
  expect(lived.map(({ setup }) => setup.gateway)).toEqual(['good']);
  expect(told.refused).toHaveLength(20);
  expect(told.refused).toContain('wrong-7: Connection refused: Bad username or password');
  expect(lived[0]?.sent.confirmed).toBeGreaterThan(0);
}, 15_000);

test('a home that is told to come back later does', async () => {
  let asked = 0;
  const authenticate = async () => {
    if (++asked === 1) throw new Error('the database is away');
    return { ok: true } as const;
  };
  const { fleet, told } = live(await startRig({ authenticate }), [aHome('gw')]);
  expect(await fleet.caughtUp).toHaveLength(1);
  expect([asked, told.refused]).toEqual([2, []]);
}, 15_000);

test('a home that is shut out later is named then', async () => {
  let isIn = true;
  const rig = await startRig({ authenticate: async () => (isIn ? { ok: true } : { ok: false, reason: 'credential-revoked' }) });
  const { fleet, told } = live(rig, [aHome('gw')], { everyMs: 200 });
  await fleet.caughtUp;
  isIn = false;
  rig.broker.kick({ tenant: 't', clientId: 'gw' });
  await until(() => told.refused.length > 0);
  expect(told.refused).toEqual(['gw: Connection refused: Not authorized']);
}, 15_000);

test('a fleet ends though nobody confirms what it sent, or is there', async () => {
  let commit = (): void => undefined;
  const rig = await startRig({ take: () => new Promise((resolve) => (commit = () => resolve(undefined))) });
  const silent = live(rig, [aHome('gw')], { from: new Date(Date.now() - 5 * DAY_MS) });
  const nobody = live({ ...rig, port: 9 }, [aHome('gw')]);
  await until(() => (silent.fleet.homes[0]?.sent.messages ?? 0) > 0);
  const start = performance.now();
  for (const { fleet } of [silent, nobody]) {
    await fleet.stop();
    expect(await fleet.caughtUp).toEqual([]);
  }
  expect(performance.now() - start).toBeLessThan(5_000);
  commit();
}, 15_000);

test('a fleet that measures seldom does not wait with its end for the next time', async () => {
  const { fleet } = live(await startRig(), [aHome('gw')], { everyMs: 60_000 });
  await fleet.caughtUp;
  const start = performance.now();
  await fleet.stop();
  expect(performance.now() - start).toBeLessThan(3_000);
}, 15_000);

test('at a speed of its own it has caught up when it has lived up to now', async () => {
  const from = new Date(Date.now() - 5 * DAY_MS);
  const { fleet, told } = live(await startRig(), [aHome('gw')], { from, speed: (5 * DAY_MS) / 2_000 });
  const start = performance.now();
  await fleet.caughtUp;
  expect(performance.now() - start).toBeGreaterThan(1_500);
  const lived = sessionsBetween(person, ZONE, from, new Date()).map((at) => at.toISOString());
  expect(lived.length).toBeGreaterThan(1);
  expect(told.sessions).toEqual(lived);
}, 15_000);

test('what falls between the start and the turn of a home is lived once', async () => {
  const [session] = sessionsBetween(person, ZONE, new Date(Date.now() - 9 * DAY_MS), new Date());
  const atMs = session?.getTime() ?? 0;
  jest.useFakeTimers({
    doNotFake: ['setTimeout', 'setInterval', 'setImmediate', 'nextTick', 'queueMicrotask', 'performance', 'hrtime'],
    now: atMs - 1_000,
  });
  const authenticate = async () => {
    jest.setSystemTime(atMs + 1_000);
    return { ok: true } as const;
  };
  const { fleet, told } = live(await startRig({ authenticate }), [aHome('gw')], { from: new Date(atMs - 60_000) });
  await fleet.caughtUp;
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(told.sessions).toEqual([session?.toISOString()]);
}, 15_000);
