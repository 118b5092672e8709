import type { Act } from '../devices/device.js';
import { startFleet, type Fleet } from '../devices/fleet/fleet.js';
import { Home, type HomeSetup } from '../devices/fleet/home.js';
import { DEVICE_KINDS } from '../devices/fleet/homes-file.js';
import type { Course } from '../devices/person/person.js';
import type { Programme } from '@varde/plans';
import { offsetMsAt } from '@varde/vitals';
import type { Service } from '../apps/varde/src/start.js';
import { openTestDatabase, type TestDatabase } from './engine.js';
import { addHome, eventually, foundCommunity, startService, type Founded } from './whole-way.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const DAYS = 14;
const ZONE = 'Europe/Oslo';
const COURSES: readonly Course[] = ['stable', 'exacerbation', 'fluid', 'forgetful', 'wrong_clock', 'repeater'];
const PROGRAMMES: Readonly<Partial<Record<Course, readonly Programme[]>>> = { fluid: ['hf'] };
const devicesOf = (course: Course): readonly { id: string; kind: string }[] =>
  course === 'fluid'
    ? [
        { id: 'WS-fluid', kind: 'scale' },
        { id: 'BP-fluid', kind: 'blood-pressure-monitor' },
      ]
    : [
        { id: `OX-${course}`, kind: 'pulse-oximeter' },
        { id: `TH-${course}`, kind: 'thermometer' },
      ];

/** The same six people in a community of their own, speaking one of the two forms. */
interface Village {
  readonly founded: Founded;
  readonly homes: readonly HomeSetup[];
  readonly patients: ReadonlyMap<Course, number>;
}

let db: TestDatabase;
let services: Service[];
const villages = new Map<'obs' | 'raw', Village>();
const fleets = new Map<'obs' | 'raw', Fleet>();
const now = new Date();
const worseningFrom = new Date(now.getTime() - 3 * DAY_MS);
/** When each act was taken in truth, by gateway and sequence; all devices of a home measure together. */
const truth = new Map<string, Date>();
const remember = ({ setup }: Home, acts: readonly Act[]): void => {
  for (const { sequence, takenAt } of acts) truth.set(`${setup.tenant}/${setup.gateway}/${sequence}`, takenAt);
};

beforeAll(async () => {
  db = await openTestDatabase();
  // Nobody watches until the past is lived through, or everybody would be reported silent.
  services = [await startService(db.url, { VARDE_ROLES: 'broker,ingest' })];
  const url = services[0]?.mqttUrl ?? '';
  const from = new Date(now.getTime() - DAYS * DAY_MS);
  for (const speaks of ['obs', 'raw'] as const) {
    const village = await settle(speaks);
    villages.set(speaks, village);
    const onSession = (home: Home, _: Date, acts: readonly Act[]): void => remember(home, acts);
    const fleet = startFleet({ url, homes: village.homes, from, speed: 0, everyMs: null, onSession });
    fleets.set(speaks, fleet);
    await fleet.caughtUp;
    for (const minutesAgo of [10, 0]) {
      const at = new Date(now.getTime() - minutesAgo * 60_000);
      await Promise.all(fleet.homes.map(async (home) => remember(home, await home.measure([at]))));
    }
  }
  services.push(await startService(db.url, { VARDE_ROLES: 'watch' }));
}, 180_000);
afterAll(async () => {
  for (const fleet of fleets.values()) await fleet.stop();
  for (const service of services.reverse()) await service.stop();
  await db.close();
});

async function settle(speaks: 'obs' | 'raw'): Promise<Village> {
  const founded = await foundCommunity(db.database, { since: new Date(now.getTime() - (DAYS + 1) * DAY_MS) });
  const homes: HomeSetup[] = [];
  const patients = new Map<Course, number>();
  for (const course of COURSES) {
    const devices = devicesOf(course);
    const home = await addHome(db.database, founded, { gateway: `home-${course}`, programmes: PROGRAMMES[course] ?? ['copd'], devices });
    const { tenant, gateway, secret, patientId } = home;
    const worsens = course === 'exacerbation' || course === 'fluid';
    const person = { seed: `village-${course}`, course, worseningFrom: worsens ? worseningFrom : null, worseningHours: 72 };
    const kinds = devices.flatMap(({ id, kind: name }) => {
      const kind = DEVICE_KINDS.get(name);
      return kind ? [{ id, kind, speaks }] : [];
    });
    homes.push({ tenant, gateway, secret, zone: ZONE, person, devices: kinds });
    patients.set(course, patientId);
  }
  return { founded, homes, patients };
}

interface StoredAct {
  readonly device: string;
  readonly sequence: number;
  readonly printed: string;
  readonly observedAt: Date;
  readonly values: Readonly<Record<string, number>>;
}

/** What is stored of a person's readings, by device and sequence; not what the home measured because it was asked, which hangs on when. */
const readStored = async (speaks: 'obs' | 'raw', course: Course): Promise<StoredAct[]> => {
  const acts = await db.database.dataSource.query<StoredAct[]>(
    `select d.name as device, substring(m.occurrence from 'seq:(\\d+)')::int as sequence, m.printed, m.observed_at as "observedAt",
       jsonb_object_agg(r.metric, r.value) as values
     from measurement m join device d on d.id = m.device_id join reading r on r.measurement_id = m.id
     where m.patient_id = $1 group by d.name, m.id order by 1, 2`,
    [villages.get(speaks)?.patients.get(course)],
  );
  const { tenant, gateway } = homeOf(speaks, course).setup;
  return acts.filter(({ sequence }) => truth.has(`${tenant}/${gateway}/${sequence}`));
};
const homeOf = (speaks: 'obs' | 'raw', course: Course): Home => {
  const home = fleets.get(speaks)?.homes.find(({ setup }) => setup.person.course === course);
  if (!home) throw new Error(`nobody lives as ${course}`);
  return home;
};

test.each(COURSES)('%s: the same seed gives the same readings, and both forms store the same values', async (course) => {
  const [native, raw] = [await readStored('obs', course), await readStored('raw', course)];
  const printed = (acts: readonly StoredAct[]) =>
    acts.map(({ device, sequence, printed: at, values }) => ({ device, sequence, at, values }));
  expect(printed(raw)).toEqual(printed(native));
  expect(native.length).toBeGreaterThan(course === 'forgetful' ? 7 : 18);
});

test.each(['obs', 'raw'] as const)('a clock that is five hours wrong is set right to within a minute (%s)', async (speaks) => {
  const acts = await readStored(speaks, 'wrong_clock');
  const { tenant, gateway } = homeOf(speaks, 'wrong_clock').setup;
  const offMs = acts.map(({ sequence, observedAt }) => {
    const taken = truth.get(`${tenant}/${gateway}/${sequence}`);
    return taken === undefined ? Number.NaN : Math.abs(observedAt.getTime() - taken.getTime());
  });
  expect(Math.max(...offMs)).toBeLessThan(60_000);
});

test.each(['obs', 'raw'] as const)('what a repeater uploads again is stored once (%s)', async (speaks) => {
  const acts = await readStored(speaks, 'repeater');
  const { tenant, gateway } = homeOf(speaks, 'repeater').setup;
  const taken = [...truth.keys()].filter((key) => key.startsWith(`${tenant}/${gateway}/`)).length;
  expect(acts).toHaveLength(2 * taken);
  const { sent } = homeOf(speaks, 'repeater');
  await eventually('every message is answered', () => [...sent.answers.values()].reduce((sum, count) => sum + count, 0) === sent.messages);
  expect(sent.answers.get('duplicate')).toBe(4); // two devices, twice
  expect(sent.confirmed).toBe(sent.messages);
});

const episodesOf = (course: Course, rule: string): Promise<{ severity: string; ownerUnitId: number }[]> =>
  db.database.dataSource.query(
    `select severity, owner_unit_id as "ownerUnitId" from episode e where patient_id = $1 and closed_at is null
       and exists (select from finding f where f.episode_id = e.id and f.rule_id like $2 and f.result like 'fire%')`,
    [villages.get('raw')?.patients.get(course), rule],
  );

test('an exacerbation ends red or critical, with an owner', async () => {
  const [episode] = await eventually('the exacerbation is found', async () => {
    const found = await episodesOf('exacerbation', 'copd.spo2.%');
    return found.length > 0 && found;
  });
  expect(['red', 'critical']).toContain(episode?.severity);
  expect(episode?.ownerUnitId).toBe(villages.get('raw')?.founded.dhoId);
});

test('fluid ends as hf.weight.gain_3d, with an owner', async () => {
  const found = await eventually('the fluid is found', async () => {
    const episodes = await episodesOf('fluid', 'hf.weight.gain_3d');
    return episodes.length > 0 && episodes;
  });
  expect(found).toEqual([{ severity: expect.any(String), ownerUnitId: villages.get('raw')?.founded.dhoId }]);
});

/** The last moment of the zone's other half of the year. */
function lastClockChange(): number {
  const offsetNow = offsetMsAt(ZONE, now.getTime());
  let ms = Math.floor(now.getTime() / HOUR_MS) * HOUR_MS;
  while (offsetMsAt(ZONE, ms) === offsetNow) ms -= HOUR_MS;
  return ms;
}

test.each(['obs', 'raw'] as const)('what was measured before the clocks were changed keeps its hour (%s)', async (speaks) => {
  const changed = lastClockChange();
  const founded = await foundCommunity(db.database, { since: new Date(changed - 10 * DAY_MS) });
  const devices = [
    { id: 'TH-spring', kind: 'thermometer' },
    { id: 'TB-spring', kind: 'tablet' },
  ];
  const { tenant, gateway, secret } = await addHome(db.database, founded, { gateway: 'home-spring', programmes: ['copd'], devices });
  const thermometer = DEVICE_KINDS.get('thermometer');
  const person = { seed: 'spring', course: 'stable', worseningFrom: null, worseningHours: 1 } as const;
  const setup = { tenant, gateway, secret, zone: ZONE, person, tablet: { id: 'TB-spring', followed: ['copd'] as const } };
  const kinds = thermometer ? [{ id: 'TH-spring', kind: thermometer, speaks }] : [];
  const home = new Home({ ...setup, devices: kinds }, services[0]?.mqttUrl ?? '');
  const moments = [-50, -26, 20, 44].map((hours) => new Date(changed + hours * HOUR_MS));
  await home.connected();
  await home.measure(moments);
  await home.stop();
  const observed = await db.database.dataSource.query<{ observedAt: Date }[]>(
    `select observed_at as "observedAt" from measurement m join device d on d.id = m.device_id
     where d.community_id = $1 and d.name = 'TH-spring' order by 1`,
    [founded.communityId],
  );
  const answered = await db.database.dataSource.query<{ observedAt: Date }[]>(
    `select observed_at as "observedAt" from answer_set s join patient p on p.id = s.patient_id
     where p.community_id = $1 and questionnaire = 'daily' order by 1`,
    [founded.communityId],
  );
  expect(observed.map(({ observedAt }) => observedAt)).toEqual(moments);
  expect(answered.map(({ observedAt }) => observedAt)).toEqual(moments);
});
