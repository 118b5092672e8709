import { asRecorded, rehearse, summariseDay, type Rehearsed } from '@varde/look';
import { dayNumberOf } from '@varde/plans';
import { DEFAULT_PATHWAY } from '@varde/routing';
import { changeEpisode, inTransaction, readHistories, readNextDueAt, readPlans, unpackHistory } from '@varde/store';
import { encodeObs, type OutgoingReading } from '@varde/wire';
import { openTestDatabase, testLog, type TestDatabase } from '../../../../test/engine.js';
import { makeTestHome, openTestIngest, wall, type TestHome } from '../../../../test/ingest-rig.js';
import { openCatalogue } from '../catalogue.js';
import type { Ingest } from '../ingest/ingest.js';
import type { Log } from '../log.js';
import { PreviewJobs } from './jobs.js';
import { PreviewPool } from './pool.js';
import { answerPreview, readPreviewQuestions } from './question.js';
import { lookAtDue, type WatcherParts } from '../watch/watcher.js';

/** In winter, so that what devices print is an hour ahead of UTC for the whole of it. */
const START = Date.parse('2025-11-03T06:00:00Z');
const DAYS = 44;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const END = new Date(START + DAYS * DAY_MS);

let db: TestDatabase;
let parts: WatcherParts;
let ingest: Ingest;
let home: TestHome;

beforeAll(async () => {
  db = await openTestDatabase();
  parts = { database: db.database, catalogue: await openCatalogue(), batch: 50, log: testLog as unknown as Log };
  ingest = openTestIngest(db.database, { checkCredentials: false }).ingest;
  home = await liveThrough();
}, 600_000);
afterAll(async () => {
  await ingest.stop();
  await db.close();
});

const query = <Row>(sql: string, values: unknown[] = []): Promise<Row[]> => db.database.dataSource.query(sql, values);

/** One act at home, and when it reaches the service. */
interface Sent {
  readonly reading: OutgoingReading;
  readonly receivedAt: Date;
}

/** Weeks of a patient with bad spells, forgotten days, walks, a night without a network, and values no person has. */
function sendings(): Sent[] {
  const sent: Sent[] = [];
  let state = 7;
  const draw = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  for (let day = 0; day < DAYS; day++) {
    if (draw() < 0.12) continue;
    const isBad = day % 14 > 10;
    for (const hour of [2, 12]) {
      const at = new Date(START + day * DAY_MS + hour * HOUR_MS + Math.floor(draw() * HOUR_MS));
      const lateMs = draw() < 0.12 ? Math.floor(draw() * 60 * HOUR_MS) : 2_000;
      const spo2 = draw() < 0.03 ? 40 : isBad ? 82 + Math.floor(draw() * 9) : 90 + Math.floor(draw() * 4);
      const pulse = isBad ? 95 + Math.floor(draw() * 30) : 70 + Math.floor(draw() * 12);
      const receivedAt = new Date(at.getTime() + lateMs);
      sent.push({ reading: oximetry(at, spo2, pulse), receivedAt });
      if (hour === 12 && day % 2 === 0) {
        const later = new Date(at.getTime() + HOUR_MS);
        sent.push({
          reading: { ...oximetry(later, 90, 104), context: { activity: 'after-exercise' } },
          receivedAt: new Date(Math.max(receivedAt.getTime(), later.getTime()) + 1_000),
        });
      }
    }
  }
  return sent.sort((a, b) => a.receivedAt.getTime() - b.receivedAt.getTime());
}

function oximetry(at: Date, spo2: number, pulse: number): OutgoingReading {
  const measurements = [
    { type: 'spo2' as const, value: spo2, unit: '%' },
    { type: 'pulse' as const, value: pulse, unit: '/min' },
  ];
  return { kind: 'pulse-oximetry', deviceTime: wall(at), gatewayTime: at, measurements };
}

/** Lets the weeks pass through the real ingest, database and watcher: a look at every arrival, at every clock, and after every person. */
async function liveThrough(): Promise<TestHome> {
  const made = await makeTestHome(db.database, 'levd');
  const { patientId } = made;
  for (const table of ['wearer', 'enrolment', 'scheduled_measurement']) {
    await query(`update ${table} set ${table === 'wearer' ? 'from_at' : 'from_at'} = $2 where patient_id = $1`, [
      patientId,
      new Date(START),
    ]);
  }
  // The daily beginning is over: two days a week, and every day while an episode is open.
  await query(`delete from scheduled_measurement where patient_id = $1 and to_at is not null`, [patientId]);
  await query(`update patient set monitored_from = $2 where id = $1`, [patientId, new Date(START)]);
  await query(`update pathway set in_force_from = $1`, [new Date(START - DAY_MS)]);
  await query(`update patient_watch set due_at = $2 where patient_id = $1`, [patientId, new Date(START)]);
  const sent = sendings();
  let acts = 0;
  for (let next = 0; ;) {
    const due = await readNextDueAt(db.database.dataSource.manager, 0);
    const atMs = Math.min(due?.getTime() ?? Number.POSITIVE_INFINITY, sent[next]?.receivedAt.getTime() ?? Number.POSITIVE_INFINITY);
    if (atMs > END.getTime()) break;
    const now = new Date(atMs);
    await equip(made, now);
    for (; sent[next]?.receivedAt.getTime() === atMs; next++) await take(made, sent[next] as Sent);
    expect(await lookAtDue(parts, now)).toMatchObject({ failed: 0 });
    acts += await actSometimes(made, new Date(atMs + 1), acts);
  }
  return made;
}

/** The gateway is online but for the third week; the battery is low in the fourth, and we ourselves were away on days of the fifth. */
async function equip(made: TestHome, now: Date): Promise<void> {
  const week = Math.floor((now.getTime() - START) / (7 * DAY_MS));
  if (week === equippedFor) return;
  equippedFor = week;
  await query(
    `insert into gateway (community_id, client_id, online, online_changed_at, status, status_at) values ($1, $2, $3, $4, '{}', $4)
     on conflict (community_id, client_id) do update set online = excluded.online, online_changed_at = excluded.online_changed_at`,
    [made.community.communityId, made.gateway, week !== 2, now],
  );
  await query(`update device set battery_percent = $2 where id = $1`, [made.deviceId, week === 3 ? 4 : 80]);
  if (week === 4)
    await query(`insert into outage (part, from_at, to_at) values ('ingest', $1, $2)`, [now, new Date(now.getTime() + 7 * DAY_MS)]);
}
let equippedFor = -1;

async function take(made: TestHome, { reading, receivedAt }: Sent): Promise<void> {
  const tail = String(receivedAt.getTime()).slice(-12);
  const device = { id: made.device, idType: 'serial' as const };
  const payload = encodeObs({ messageId: `00000000-0000-4000-8000-${tail}`, sentAt: receivedAt, device, readings: [reading] });
  const { code } = made.community;
  const topic = `varde/v1/${code}/${made.gateway}/dev/${made.device}/obs`;
  await ingest.take({ tenant: code, clientId: made.gateway, topic, payload, retain: false, dup: false, qos: 1, receivedAt });
}

let people: number[] | null = null;

/** A nurse acknowledges what waits and is grave, and closes it at the next occasion; what was critical a second one closes too. */
async function actSometimes(made: TestHome, now: Date, acts: number): Promise<number> {
  const [open] = await query<{ id: string; acknowledged_at: Date | null }>(
    `select id, acknowledged_at from episode where patient_id = $1 and closed_at is null and severity in ('red', 'critical')
     and greatest(last_signal_at, ladder_started_at) < $2 order by id limit 1`,
    [made.patientId, new Date(now.getTime() - (acts % 2 === 0 ? 20 * MINUTE_MS : 6 * HOUR_MS))],
  );
  if (open === undefined) return 0;
  people ??= (
    await query<{ id: number }>(
      `with made as (
         insert into person (username, name, password_hash, roles, active, created_at)
         select name, name, 'x', '{nurse}', true, now() from unnest('{nora,pia}'::text[]) name returning id
       ), works as (insert into person_unit (person_id, unit_id) select id, $1 from made)
       select id from made order by id`,
      [made.community.dhoId],
    )
  ).map(({ id }) => id);
  const viewerOf = (personId: number | undefined) =>
    ({ personId, unitIds: [made.community.dhoId], roles: ['nurse'] }) as unknown as Parameters<typeof changeEpisode>[1];
  const act =
    open.acknowledged_at === null ? ({ kind: 'acknowledge' } as const) : ({ kind: 'close', outcome: 'treated_at_home', note: '' } as const);
  const does = (personId: number | undefined, at: Date) =>
    inTransaction(db.database.dataSource, (tx) =>
      changeEpisode(tx, viewerOf(personId), { episodeId: Number(open.id), seenVersion: null, act }, at),
    );
  const first = await onShift(made.community.dhoId, people[0], now, () => does(people?.[0], now));
  if (first.closeProposed === null) return 1;
  // The look at the proposal: what it finds is of this moment, not of the one after the second has closed the episode.
  expect(await lookAtDue(parts, now)).toMatchObject({ failed: 0 });
  await does(people[1], new Date(now.getTime() + 1_000));
  return 2;
}

/** What is done on a shift ends with it. A roster is kept for no longer than that: a rehearsal goes by the roster of its end. */
async function onShift<T>(unitId: number, personId: number | undefined, at: Date, act: () => Promise<T>): Promise<T> {
  await query(
    `insert into duty (unit_id, person_id, kind, from_at, to_at, entered_at)
     values ($1, $2, 'shift', $3, $3::timestamptz + interval '8 hours', $3)`,
    [unitId, personId, at],
  );
  await query(`update unit set roster_kept = true where id = $1`, [unitId]);
  const done = await act();
  await query(`update unit set roster_kept = false where id = $1`, [unitId]);
  return done;
}

/** The same weeks from what is stored, with what people did. */
async function rehearsed(): Promise<Rehearsed> {
  const { manager } = db.database.dataSource;
  const { catalogue } = parts;
  const { patientId } = home;
  const agreed = (await readPlans(manager, [patientId], END)).get(patientId)!;
  const packed = (await readHistories(manager, [patientId], { from: new Date(START), to: END, ...catalogue })).get(patientId)!;
  const { acts, episodes: _stored, ...history } = unpackHistory(packed);
  return rehearse({
    ...history,
    ...{ episodes: [], recorded: [], from: new Date(START), to: END, people: asRecorded(acts) },
    agreement: {
      ...{ catalogue, plan: agreed.plan, team: agreed.team, pathway: agreed.pathway ?? DEFAULT_PATHWAY },
      ...{ frozenPathways: [], snoozes: history.snoozes },
    },
  });
}

test('a rehearsal of what is stored comes to the findings the running service came to, at the same looks', async () => {
  const stored = await query<{
    rule: string;
    anchor: string;
    result: string;
    severity: string;
    judged: Date;
    reason: string;
    cause: string;
  }>(
    `select rule_id as rule, anchor, result, severity, judged_at as judged, reason_en as reason, coalesce(cause, '') as cause
     from finding where patient_id = $1`,
    [home.patientId],
  );
  const told: typeof stored = (await rehearsed()).findings.map(({ finding, judgedAt }) => ({
    ...{ rule: finding.ruleId, anchor: finding.anchor, result: finding.result, severity: finding.severity },
    ...{ judged: judgedAt, reason: finding.reason.en, cause: finding.cause ?? '' },
  }));
  expect(stored.length).toBeGreaterThan(50);
  // Who was silent is told as it was then: the patient, the gateway, the battery of the device, and we.
  expect([...new Set(stored.map(({ cause }) => cause))].sort()).toEqual(['', 'device', 'gateway', 'patient', 'service']);
  const byKey = (a: (typeof stored)[number], b: (typeof stored)[number]): number =>
    a.judged.getTime() - b.judged.getTime() || (`${a.rule} ${a.anchor}` < `${b.rule} ${b.anchor}` ? -1 : 1);
  expect(told.sort(byKey)).toEqual(stored.sort(byKey));
});

test('among them what was missing on a day planned only because of an episode', async () => {
  const [missing] = await query<{ extra: number }>(
    `select count(*)::int as extra from finding where patient_id = $1 and rule_id = 'gen.silence.reminder'
       and extract(isodow from substring(anchor from 3)::timestamptz) not in (1, 4)`,
    [home.patientId],
  );
  expect(missing?.extra).toBeGreaterThan(1);
});

test('and to the same episodes, with the same history of each', async () => {
  const stored = await query<Record<string, unknown>>(
    `select domains, severity, opened_at, last_signal_at, cleared_at, closed_at, outcome, relapses, ladder_steps_taken,
       (select array_agg(s.kind order by s.id) from episode_step s where s.episode_id = e.id) as steps,
       (select count(*)::int from notice n where n.episode_id = e.id and n.channel = 'worklist') as notices
     from episode e where patient_id = $1 order by id`,
    [home.patientId],
  );
  const { episodes, actsLeftOut } = await rehearsed();
  const told = episodes.map(({ episode, steps, notices }) => ({
    ...{ domains: episode.domains, severity: episode.severity, opened_at: episode.openedAt, last_signal_at: episode.lastSignalAt },
    ...{ cleared_at: episode.clearedAt, closed_at: episode.closedAt, outcome: episode.outcome, relapses: episode.relapses },
    ladder_steps_taken: episode.ladderStepsTaken,
    steps: steps.map(({ kind }) => kind),
    notices: notices.length,
  }));
  expect(stored.length).toBeGreaterThan(3);
  expect(stored.some(({ outcome }) => outcome === 'treated_at_home')).toBe(true);
  expect(told).toEqual(stored);
  expect(actsLeftOut).toBe(0);
  expect(episodes.flatMap(({ steps }) => steps).some(({ kind }) => kind === 'close_proposed')).toBe(true);
});

test('a day is summarised by the database as a rehearsal does', async () => {
  const days = await query<{ metric: string; day: string; median: number; highest: number; readings: number }>(
    `select metric, day::text, median, highest, readings from day_median where patient_id = $1`,
    [home.patientId],
  );
  const packed = (
    await readHistories(db.database.dataSource.manager, [home.patientId], { from: new Date(START), to: END, ...parts.catalogue })
  ).get(home.patientId)!;
  expect(days.length).toBeGreaterThan(60);
  const { readings, afterExercise } = unpackHistory(packed);
  expect(afterExercise.size).toBeGreaterThan(10);
  const atRest = readings.filter(({ measurementId, doubt }) => doubt === null && !afterExercise.has(measurementId));
  for (const { metric, day, ...summary } of days) {
    const values = atRest
      .filter((each) => each.metric === metric && new Date(each.observedAt.getTime() + HOUR_MS).toISOString().startsWith(day))
      .map(({ value }) => value);
    expect(summariseDay(metric as 'spo2', dayNumberOf(day), values)).toMatchObject(summary);
  }
});

test('the preview of a patient tells what a limit would have done, and the one of a cohort adds it up', async () => {
  const request = {
    changes: [{ kind: 'limit', ruleId: 'copd.spo2.below_target', parameter: 'target_low', value: 85 } as const],
    ...{ days: 28, to: END },
  };
  const [question] = await readPreviewQuestions(db.database.dataSource.manager, parts.catalogue, [home.patientId], request);
  const told = answerPreview(parts.catalogue, question!);
  expect(told.after.findings).toBeLessThan(told.before.findings);
  expect(told.changedDays.length).toBeGreaterThan(0);
  expect(told.faithful.stored).toBeGreaterThan(0);
  expect(told.faithful.same).toBe(told.faithful.stored);

  const pool = new PreviewPool(parts.catalogue);
  const jobs = new PreviewJobs({ database: db.database, catalogue: parts.catalogue, pool, log: testLog as unknown as Log });
  const { id } = jobs.start({ personId: 5, unitId: 1, patientIds: [home.patientId], reached: 1 }, request);
  expect(() => jobs.read(6, id)).toThrow(expect.objectContaining({ name: 'NotFound' }));
  while (jobs.read(5, id).state === 'running') await new Promise((resolve) => setTimeout(resolve, 20));
  expect(jobs.read(5, id)).toMatchObject({
    ...{ state: 'done', done: 1, total: 1 },
    result: { patients: 1, failed: [], changedDays: told.changedDays.length, known: expect.any(Object) },
  });

  // How far it is, is told while it runs.
  const many = jobs.start({ personId: 5, unitId: 1, patientIds: Array<number>(3).fill(home.patientId), reached: 3 }, request);
  const progress = new Set<number>();
  while (jobs.read(5, many.id).state === 'running') {
    progress.add(jobs.read(5, many.id).done);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect([...progress].filter((done) => done > 0 && done < 3).length).toBeGreaterThan(0);
  expect(jobs.read(5, many.id)).toMatchObject({ state: 'done', done: 3, total: 3, result: { patients: 3 } });
  await pool.close();
});

test('what a change of a unit is shown to do says how many it reaches who are not in the sums', async () => {
  const unitId = home.community.dhoId;
  const [person] = await query<{ id: number }>('select min(id) as id from person');
  const change = { kind: 'unit_limit', unitId, ruleId: 'copd.spo2.below_target', parameter: 'target_low', value: 85 } as const;
  const pool = new PreviewPool(parts.catalogue);
  const jobs = new PreviewJobs({ database: db.database, catalogue: parts.catalogue, pool, log: testLog as unknown as Log });
  const request = { changes: [change], days: 28, to: END };
  const { id } = jobs.start({ personId: person!.id, unitId, patientIds: [home.patientId], reached: 3 }, request);
  while (jobs.read(person!.id, id).state === 'running') await new Promise((resolve) => setTimeout(resolve, 20));
  const { previewId } = jobs.read(person!.id, id);
  const [shown] = await query<{ effect: object }>('select effect from shown_preview where id = $1', [previewId]);
  expect(shown?.effect).toMatchObject({ patients: 1, notShown: 2 });
  await pool.close();
});
