import { randomUUID } from 'node:crypto';
import { openCatalogue } from '../../apps/varde/src/catalogue.js';
import { lookAtDue, type WatcherParts } from '../../apps/varde/src/watch/watcher.js';
import type { Log } from '../../apps/varde/src/log.js';
import type { CareLevel, LadderStep, OpeningHours, Route } from '@varde/routing';
import { readNextDueAt, saveCommunity, saveDevice, saveOrganisation, savePatient, saveUnit, saveWearer, type Database } from '@varde/store';
import { encodeObs } from '@varde/wire';
import { leaveOutQuestions } from '../community.js';
import { openTestDatabase, testLog, type TestDatabase } from '../engine.js';
import { openTestIngest } from '../ingest-rig.js';

/**
 * The two nights of a year when clocks change, on a real database, with the watcher stepping a given clock. Problems begin every forty
 * minutes from Saturday evening to Sunday morning; three units follow each other around the clock and change guard within the very hour
 * that is missing or comes twice. When each is open is written down here as instants, worked out by hand.
 */

const MINUTE_MS = 60_000;
const at = (text: string) => Date.parse(text);
type Stretch = readonly [from: string, to: string];

interface Night {
  readonly name: string;
  /** Saturday noon local time. */
  readonly noon: string;
  readonly open: Readonly<Record<'day' | 'evening' | 'night' | 'nightly', readonly Stretch[]>>;
}

// Day 08:00-15:30, evening 15:00-02:30, night 02:30-08:00, nightly 22:00-06:00, all every day.
const NIGHTS: readonly Night[] = [
  {
    name: 'forward, 29 March 2026: 02:00 is 03:00',
    noon: '2026-03-28T11:00Z',
    open: {
      day: [
        ['2026-03-28T07:00Z', '2026-03-28T14:30Z'],
        ['2026-03-29T06:00Z', '2026-03-29T13:30Z'],
        ['2026-03-30T06:00Z', '2026-03-30T13:30Z'],
      ],
      evening: [
        ['2026-03-28T14:00Z', '2026-03-29T01:00Z'],
        ['2026-03-29T13:00Z', '2026-03-30T00:30Z'],
      ],
      night: [
        ['2026-03-28T01:30Z', '2026-03-28T07:00Z'],
        ['2026-03-29T01:00Z', '2026-03-29T06:00Z'],
        ['2026-03-30T00:30Z', '2026-03-30T06:00Z'],
      ],
      nightly: [
        ['2026-03-28T21:00Z', '2026-03-29T04:00Z'],
        ['2026-03-29T20:00Z', '2026-03-30T04:00Z'],
        ['2026-03-30T20:00Z', '2026-03-31T04:00Z'],
      ],
    },
  },
  {
    name: 'back, 25 October 2026: 03:00 is 02:00',
    noon: '2026-10-24T10:00Z',
    open: {
      day: [
        ['2026-10-24T06:00Z', '2026-10-24T13:30Z'],
        ['2026-10-25T07:00Z', '2026-10-25T14:30Z'],
        ['2026-10-26T07:00Z', '2026-10-26T14:30Z'],
      ],
      // Closing time comes twice and is its last coming, opening time its first: both are there in between.
      evening: [
        ['2026-10-24T13:00Z', '2026-10-25T01:30Z'],
        ['2026-10-25T14:00Z', '2026-10-26T01:30Z'],
      ],
      night: [
        ['2026-10-24T00:30Z', '2026-10-24T06:00Z'],
        ['2026-10-25T00:30Z', '2026-10-25T07:00Z'],
        ['2026-10-26T01:30Z', '2026-10-26T07:00Z'],
      ],
      nightly: [
        ['2026-10-24T20:00Z', '2026-10-25T05:00Z'],
        ['2026-10-25T21:00Z', '2026-10-26T05:00Z'],
        ['2026-10-26T21:00Z', '2026-10-27T05:00Z'],
      ],
    },
  },
];

type Hours = keyof Night['open'] | 'always';
const HOURS: Readonly<Record<Hours, readonly [from: string, to: string]>> = {
  day: ['08:00', '15:30'],
  evening: ['15:00', '02:30'],
  night: ['02:30', '08:00'],
  nightly: ['22:00', '06:00'],
  always: ['00:00', '24:00'],
};
const everyDay = (unit: Hours): OpeningHours[] => [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: HOURS[unit][0], to: HOURS[unit][1] }];

const after = (afterMin: number, careLevel: CareLevel, openingHoursClock = false): LadderStep => ({
  ...{ afterMin, openingHoursClock, careLevel },
  to: `${careLevel} ${afterMin}`,
});
/** A ladder that nobody has acknowledged begins again so long after its last rung. */
const AGAIN_MIN = 480;
const routesOf = (first: readonly CareLevel[], ladder: readonly LadderStep[]): Route[] =>
  (['info', 'yellow', 'red', 'critical'] as const).map((severity) => ({ severity, first, ladder, acknowledgementMin: AGAIN_MIN }));

/** Minutes after the beginning of the ladder whose rungs go by the plain clock. */
const PLAIN_MIN = [0, 30, 60, 90, 120, 180, 240];
const LAST_MIN = 240;
/** The last one is there at all hours, so that the ladder always ends. */
const PLAIN_LEVELS: readonly CareLevel[] = ['dho', 'legevakt', 'home_nursing', 'dho', 'legevakt', 'home_nursing', 'hospital_outpatient'];
/** Minutes that the owner has been open, and service days. */
const OPEN_MIN = [0, 45, 200];

/** A problem begins so often. */
const EVERY_MIN = 90;

/** A problem: the value measured, the rule that finds it, and how long before it begins the value was measured for the first time. */
interface Problem {
  readonly measured: { readonly type: 'spo2' | 'pulse'; readonly value: number; readonly unit: string };
  readonly ruleId: string;
  readonly firstMs: number | null;
}
const CRITICAL: Problem = { measured: { type: 'spo2', value: 80, unit: '%' }, ruleId: 'copd.spo2.critical', firstMs: null };
/** Waits for a second value, and for opening hours, which red and critical never do. */
const YELLOW: Problem = { measured: { type: 'pulse', value: 118, unit: '/min' }, ruleId: 'gen.pulse.high', firstMs: 2 * MINUTE_MS };

/** Patients of one community, and when each one's problem begins. */
interface Patients {
  readonly patientId: number;
  readonly beginsMs: number;
  readonly problem: Problem;
}

let db: TestDatabase;
let parts: WatcherParts;
beforeEach(async () => {
  db = await openTestDatabase();
  parts = { database: db.database, catalogue: await openCatalogue(), batch: 50, log: testLog as unknown as Log };
});
afterEach(() => db.close());

test.each(NIGHTS)(
  'the night when clocks go $name',
  async (night) => {
    const clock = PLAIN_MIN.map((minutes, index) => after(minutes, PLAIN_LEVELS[index] ?? 'hospital_outpatient'));
    const around = await found('around', night, {
      units: { dho: 'day', legevakt: 'evening', home_nursing: 'night', hospital_outpatient: 'always' },
      routes: routesOf(['dho', 'legevakt', 'home_nursing'], clock),
      problem: CRITICAL,
    });
    const serviceDay = { ...after(0, 'dho', true), serviceDays: 1 };
    const opening = [...OPEN_MIN.map((minutes) => after(minutes, 'dho', true)), serviceDay];
    const routes = routesOf(['dho'], opening).map((route) =>
      route.severity === 'red' || route.severity === 'critical' ? { ...route, ladder: [after(0, 'dho')], endsWithAdvice: true } : route,
    );
    const days = await found('days', night, { units: { dho: 'day' }, routes, problem: YELLOW });
    const nights = await found('nights', night, { units: { dho: 'nightly' }, routes, problem: YELLOW });
    await live(night, [...around, ...days, ...nights]);

    for (const patient of around) {
      const { patientId, beginsMs } = patient;
      const rungs = (await rungsOf(patientId)).filter(({ atMs }) => atMs <= beginsMs + LAST_MIN * MINUTE_MS);
      // Somebody is there at every moment, so no rung waits, none is passed over, and each is told to a unit that is open.
      expect(rungs.length).toBeGreaterThan(0);
      for (const { atMs, units } of rungs) expect(openAt(night, atMs)).toEqual(expect.arrayContaining(units));
      const said = await linesOf(patient);
      // One line for each rung, told or moved on from, none late; nobody has it, and so it begins again.
      for (const [index, minutes] of PLAIN_MIN.entries()) expect(said[index]).toBeLessThanOrEqual(beginsMs + minutes * MINUTE_MS);
      expect(said[0]).toBe(beginsMs);
      expect(iso(said[PLAIN_MIN.length] ?? 0)).toBe(iso((said[PLAIN_MIN.length - 1] ?? 0) + AGAIN_MIN * MINUTE_MS));
    }
    for (const [patients, hours] of [
      [days, night.open.day],
      [nights, night.open.nightly],
    ] as const) {
      for (const patient of patients) {
        const { beginsMs } = patient;
        const expected = [
          beginsMs,
          ...OPEN_MIN.slice(1).map((minutes) => addOpen(hours, beginsMs, minutes)),
          endOfNextDay(hours, beginsMs),
        ];
        const said = (await linesOf(patient)).map(iso);
        expect(said.slice(0, expected.length)).toEqual(expected.map(iso));
      }
    }
  },
  150_000,
);

const iso = (ms: number) => new Date(ms).toISOString();

/** The literal hours, walked: when the unit has been open for so many minutes. */
function addOpen(hours: readonly Stretch[], fromMs: number, minutes: number): number {
  let leftMs = minutes * MINUTE_MS;
  for (const [from, to] of hours) {
    const startMs = Math.max(at(from), fromMs);
    if (at(to) <= startMs) continue;
    if (leftMs <= at(to) - startMs) return startMs + leftMs;
    leftMs -= at(to) - startMs;
  }
  return Number.NaN;
}

/** When the first hours end that begin on a later day in Oslo. */
function endOfNextDay(hours: readonly Stretch[], fromMs: number): number {
  const dayOf = (ms: number) => new Date(ms).toLocaleDateString('en-CA', { timeZone: 'Europe/Oslo' });
  const next = hours.find(([from]) => dayOf(at(from)) > dayOf(fromMs));
  return next ? at(next[1]) : Number.NaN;
}

/** Care levels of the community around the clock that are open. */
function openAt(night: Night, ms: number): CareLevel[] {
  const levels = { dho: night.open.day, legevakt: night.open.evening, home_nursing: night.open.night };
  const open = Object.entries(levels).filter(([, hours]) => hours.some(([from, to]) => at(from) <= ms && ms < at(to)));
  return [...open.map(([level]) => level as CareLevel), 'hospital_outpatient'];
}

/** Founds a community with a patient for every hour and a half from Saturday at 21 to Sunday at 10, local time before the change. */
async function found(
  name: string,
  night: Night,
  {
    units,
    routes,
    problem,
  }: { readonly units: Partial<Record<CareLevel, Hours>>; readonly routes: readonly Route[]; readonly problem: Problem },
): Promise<Patients[]> {
  const { manager } = db.database.dataSource;
  const since = new Date(at(night.noon) - 30 * 1440 * MINUTE_MS);
  const code = `${name}-${night.noon.slice(0, 10)}`;
  const { communityId } = await saveCommunity(manager, { code, name, pathway: { name, routes } }, since);
  const organisationId = await saveOrganisation(manager, { communityId, name });
  const unitIds: number[] = [];
  for (const [careLevel, hours] of Object.entries(units)) {
    const unit = { organisationId, name: hours, careLevel: careLevel as CareLevel, zone: 'Europe/Oslo', webhook: null };
    unitIds.push(await saveUnit(manager, { ...unit, openingHours: everyDay(hours) }));
  }
  const patients: Patients[] = [];
  for (let minutes = 9 * 60; minutes <= 22 * 60; minutes += EVERY_MIN) {
    const patient = { communityId, name: `${name} ${minutes}`, birthYear: null, zone: 'Europe/Oslo', unitIds, pathwayId: null };
    const patientId = await savePatient(manager, { ...patient, programmes: ['copd'] }, since);
    await leaveOutQuestions(manager, patientId);
    const device = await saveDevice(manager, { communityId, name: `OX${minutes}`, kind: 'pulse-oximeter', model: null }, since);
    await saveWearer(manager, { deviceId: device, userSlot: null, patientId, from: since }, since);
    patients.push({ patientId, beginsMs: at(night.noon) + minutes * MINUTE_MS, problem });
  }
  return patients;
}

/** From the first problem to Tuesday morning: readings come when they come, and the watcher looks when the next clock runs out. */
async function live(night: Night, patients: readonly Patients[]): Promise<void> {
  const { ingest } = openTestIngest(db.database, { checkCredentials: false });
  const owners = await deviceOf(db.database);
  const coming = patients
    .flatMap(({ patientId, beginsMs, problem }) => {
      const moments = problem.firstMs === null ? [beginsMs] : [beginsMs - problem.firstMs, beginsMs];
      return moments.map((ms) => ({ patientId, ms, problem }));
    })
    .sort((a, b) => a.ms - b.ms);
  const endMs = at(night.noon) + 68 * 60 * MINUTE_MS;
  let nowMs = coming[0]?.ms ?? endMs;
  while (nowMs < endMs) {
    const now = new Date(nowMs);
    for (let next = coming[0]; next && next.ms <= nowMs; next = coming[0]) {
      coming.shift();
      const { code, device } = owners.get(next.patientId) ?? { code: '', device: '' };
      await ingest.take(reading(code, device, { observedAt: now, measured: next.problem.measured }));
    }
    for (let looked = 1; looked > 0;) looked = (await lookAtDue(parts, now)).looked;
    const dueMs = (await readNextDueAt(db.database.dataSource.manager, 0))?.getTime() ?? endMs;
    nowMs = Math.max(nowMs + 1, Math.min(dueMs, coming[0]?.ms ?? endMs));
  }
  await ingest.stop();
}

function reading(
  tenant: string,
  device: string,
  { observedAt, measured }: { readonly observedAt: Date; readonly measured: Problem['measured'] },
): Parameters<ReturnType<typeof openTestIngest>['ingest']['take']>[0] {
  const payload = encodeObs({
    messageId: randomUUID(),
    sentAt: observedAt,
    device: { id: device, idType: 'serial', kind: 'pulse-oximeter' },
    readings: [
      {
        ...{ kind: 'pulse-oximetry', deviceTime: observedAt.toISOString(), gatewayTime: observedAt },
        measurements: [measured],
      },
    ],
  });
  const topic = `varde/v1/${tenant}/gw/dev/${device}/obs`;
  return { tenant, clientId: 'gw', topic, payload, retain: false, dup: false, qos: 1, receivedAt: observedAt };
}

async function deviceOf({ dataSource }: Database): Promise<Map<number, { code: string; device: string }>> {
  const rows = await dataSource.query<{ patient_id: number; code: string; device: string }[]>(
    `select w.patient_id, c.code, d.name as device from wearer w join device d on d.id = w.device_id join community c on c.id = d.community_id`,
  );
  return new Map(rows.map(({ patient_id: patientId, ...rest }) => [patientId, rest]));
}

/** When the lines about rungs of a patient's problem were written, oldest first. */
async function linesOf({ patientId, problem }: Patients): Promise<number[]> {
  const rows = await db.database.dataSource.query<{ at: Date }[]>(
    `select s.at from episode_step s join episode e on e.id = s.episode_id
     where e.patient_id = $1 and e.signals @> jsonb_build_array(jsonb_build_object('ruleId', $2::text)) and s.kind = 'escalated' order by s.id`,
    [patientId, problem.ruleId],
  );
  return rows.map((row) => row.at.getTime());
}

/** Who was told when, by care level. */
async function rungsOf(patientId: number): Promise<{ atMs: number; units: CareLevel[] }[]> {
  const rows = await db.database.dataSource.query<{ queued_at: Date; care_level: CareLevel }[]>(
    `select n.queued_at, u.care_level from notice n join episode e on e.id = n.episode_id join unit u on u.id = n.unit_id
     where e.patient_id = $1 and e.severity = 'critical' and n.channel = 'worklist' order by n.id`,
    [patientId],
  );
  return rows.map((row) => ({ atMs: row.queued_at.getTime(), units: [row.care_level] }));
}
