import { minutes, NOW, wall, type TestHome } from '../../../../test/ingest-rig.js';
import { testWatch } from '../../../../test/watch-rig.js';
import { look } from '@varde/look';
import { claimNotices, inTransaction, readNextDueAt, readWorklist, saveContact, saveNoticeFailure, type Viewer } from '@varde/store';
import { encodeObs } from '@varde/wire';
import { lookAtDue } from './watcher.js';

const watch = testWatch();

const { aHome } = watch;
const query = <Row>(sql: string, values: unknown[] = []): Promise<Row[]> => watch.database.dataSource.query(sql, values);
const episodesOf = (patientId: number) =>
  query<{ id: string; severity: string; owner_unit_id: number; domains: string[]; closed_at: Date | null }>(
    `select id, severity, owner_unit_id, domains, closed_at from episode where patient_id = $1 order by id`,
    [patientId],
  );

async function measure(home: TestHome, spo2: number, at: Date, receivedAt = at): Promise<void> {
  const reading = {
    kind: 'pulse-oximetry',
    deviceTime: wall(at),
    gatewayTime: at,
    measurements: [{ type: 'spo2' as const, value: spo2, unit: '%' }],
  };
  const device = { id: home.device, idType: 'serial' as const };
  const payload = encodeObs({
    messageId: `00000000-0000-4000-8000-${String(at.getTime()).slice(-12)}`,
    sentAt: receivedAt,
    device,
    readings: [reading],
  });
  await watch.ingest.take({
    tenant: home.community.code,
    clientId: home.gateway,
    topic: `varde/v1/${home.community.code}/${home.gateway}/dev/${home.device}/obs`,
    payload,
    retain: false,
    dup: false,
    qos: 1,
    receivedAt,
  });
}

test('a reading of 82 becomes one critical episode with an owner, its finding, history and notice', async () => {
  const home = await aHome();
  await measure(home, 82, NOW);
  await lookAtDue(watch.parts, minutes(1));

  const [episode] = await episodesOf(home.patientId);
  expect(episode).toMatchObject({ severity: 'critical', domains: ['respiratory'], owner_unit_id: home.community.dhoId, closed_at: null });
  const [finding] = await query(`select rule_id, rule_version, result, limits, reason_nb, reason_en from finding where episode_id = $1`, [
    episode?.id,
  ]);
  expect(finding).toMatchObject({
    rule_id: 'copd.spo2.critical',
    rule_version: 1,
    result: 'fire',
    limits: [{ parameter: 'limit', value: 83, source: 'catalogue' }],
  });
  expect(await query(`select kind from episode_step where episode_id = $1 order by id`, [episode?.id])).toContainEqual({ kind: 'opened' });
  expect(await query(`select cause, channel from notice where episode_id = $1`, [episode?.id])).toContainEqual({
    cause: 'opened',
    channel: 'worklist',
  });
  expect(await query(`select * from arrival`)).toEqual([]);
});

test('the same reading again, and looking again, change nothing', async () => {
  const home = await aHome();
  await measure(home, 82, NOW);
  await lookAtDue(watch.parts, minutes(1));
  const before = await query(`select count(*)::int as n from episode_step`);
  await measure(home, 82, NOW, minutes(2));
  await query(`update patient_watch set due_at = $1 where patient_id = $2`, [minutes(1), home.patientId]);
  await lookAtDue(watch.parts, minutes(1));
  expect(await query(`select count(*)::int as n from episode_step`)).toEqual(before);
  expect(await episodesOf(home.patientId)).toHaveLength(1);
});

test('a patient whose look throws does not stop the others, says so, and loses nothing', async () => {
  const [broken, well] = [await aHome(), await aHome()];
  await measure(broken, 82, NOW);
  await measure(well, 82, NOW);
  const judge: typeof look = (input) => {
    if (input.plan.patientId === broken.patientId) throw new TypeError('planted');
    return look(input);
  };
  expect(await lookAtDue({ ...watch.parts, judge }, minutes(1))).toMatchObject({ looked: 2, failed: 1 });
  expect((await episodesOf(well.patientId))[0]).toMatchObject({ severity: 'critical' });
  expect((await episodesOf(broken.patientId))[0]).toMatchObject({ domains: ['technical'] });

  await lookAtDue({ ...watch.parts, judge }, minutes(2));
  expect(await episodesOf(broken.patientId)).toHaveLength(1);

  await lookAtDue(watch.parts, minutes(10));
  expect((await episodesOf(broken.patientId)).map((episode) => episode.severity)).toContain('critical');
});

test('each step of the ladder is taken once, however late the look', async () => {
  const home = await aHome();
  await measure(home, 82, NOW);
  await lookAtDue(watch.parts, minutes(1));
  const escalations = async () =>
    (
      await query<{ n: number }>(
        `select count(*)::int as n from episode_step s join episode e on e.id = s.episode_id where e.patient_id = $1 and s.kind = 'escalated'`,
        [home.patientId],
      )
    )[0]?.n;
  const taken = async () =>
    (await query<{ n: number }>(`select ladder_steps_taken as n from episode where patient_id = $1`, [home.patientId]))[0]?.n;
  const before = await taken();
  await lookAtDue(watch.parts, minutes(200));
  const [after, steps] = [await taken(), await escalations()];
  await query(`update patient_watch set due_at = $1 where patient_id = $2`, [minutes(200), home.patientId]);
  await lookAtDue(watch.parts, minutes(201));
  expect([await taken(), await escalations()]).toEqual([after, steps]);
  expect(after).toBeGreaterThanOrEqual(before ?? 0);
});

test('a message given up in the instant in which a reading causes a look is known to that look', async () => {
  const home = await aHome();
  const { manager } = watch.database.dataSource;
  const address = {
    unitId: home.community.dhoId,
    personId: null,
    channel: 'email' as const,
    address: 'vakt@example.no',
    signingSecret: null,
  };
  await saveContact(manager, address, null, NOW);
  await measure(home, 82, NOW);
  await lookAtDue(watch.parts, minutes(1));
  const claim = { channel: 'email' as const, limit: 10, perUnit: 10, inFlightByUnit: new Map<number, number>(), leaseMs: 30_000 };
  const [notice] = (await claimNotices(manager, claim, minutes(1))).filter(({ unitId }) => unitId === home.community.dhoId);
  await measure(home, 82, minutes(2));
  // The clock of the sender is a little ahead of when the watcher began its round.
  await saveNoticeFailure(manager, notice!, { fault: 'the mail server answered 550', isFinal: true }, new Date(minutes(2).getTime() + 20));
  await lookAtDue(watch.parts, minutes(2));
  const said = await query<{ reason_en: string }>(
    `select s.reason_en from episode_step s join episode e on e.id = s.episode_id where e.patient_id = $1 and s.kind = 'escalated'`,
    [home.patientId],
  );
  expect(said.map((step) => step.reason_en)).toContainEqual(expect.stringMatching(/messages about the last step could be delivered/));
});

test('days of history make a baseline, and a late reading changes its day', async () => {
  const home = await aHome();
  await query(`update wearer set from_at = from_at - interval '60 days' where patient_id = $1`, [home.patientId]);
  await query(`update enrolment set from_at = from_at - interval '60 days' where patient_id = $1`, [home.patientId]);
  for (let day = 30; day >= 1; day--) await measure(home, 94, minutes(-day * 1440), minutes(-day * 1440));
  await lookAtDue(watch.parts, NOW);
  const days = () =>
    query<{ day: string; median: number }>(
      `select day::text, median from day_median where patient_id = $1 and metric = 'spo2' order by day`,
      [home.patientId],
    );
  expect(await days()).toHaveLength(30);
  await measure(home, 90, minutes(-5 * 1440 + 60), NOW);
  await lookAtDue(watch.parts, minutes(1));
  expect((await days()).find(({ day }) => day === '2026-02-25')?.median).toBe(92);
});

test('readings do not bring a patient back before the rest is over; a clock that runs out does', async () => {
  const home = await aHome();
  const resting = { ...watch.parts, restMs: 60_000 };
  await measure(home, 95, minutes(-20), NOW);
  await lookAtDue(resting, minutes(1));
  const unseen = async () => (await query(`select 1 from arrival where patient_id = $1`, [home.patientId])).length;
  expect(await unseen()).toBe(0);
  await measure(home, 82, minutes(1.25));
  await lookAtDue(resting, minutes(1.5));
  expect(await unseen()).toBe(1);
  expect((await readNextDueAt(watch.database.dataSource.manager, 60_000))?.getTime()).toBeLessThanOrEqual(minutes(2).getTime());
  await query(`update patient_watch set due_at = $1 where patient_id = $2`, [minutes(1.75), home.patientId]);
  await lookAtDue(resting, minutes(1.75));
  expect(await unseen()).toBe(0);
  expect((await episodesOf(home.patientId)).map(({ severity }) => severity)).toEqual(['critical']);
});

test('a patient whom nothing is wrong with but of whom a rule cannot be judged is on the list, never taken for normal', async () => {
  const home = await aHome();
  await measure(home, 95, NOW);
  await lookAtDue(watch.parts, minutes(1));
  const viewer: Viewer = { personId: 1, username: 'siri', name: 'Siri', roles: ['nurse'], unitIds: [home.community.dhoId] };
  const question = { unitId: null, offset: 0, limit: 50 };
  const read = (includeInfo: boolean) =>
    inTransaction(watch.database.dataSource, (tx) => readWorklist(tx, viewer, { ...question, includeInfo }, minutes(2)));
  expect((await read(false)).rows).toEqual([]);
  const { rows, total } = await read(true);
  expect(total).toBe(1);
  expect(rows).toMatchObject([{ patientId: home.patientId, severity: 'info', isWaiting: false, episodes: [] }]);
  expect(rows[0]?.unjudged).toContainEqual(
    expect.objectContaining({
      ruleId: 'copd.spo2.drop',
      reason: expect.objectContaining({ en: expect.stringContaining('Cannot be judged') }),
    }),
  );
});

test('who was looked at longest ago comes first', async () => {
  const [busy, quiet] = [await aHome(), await aHome()];
  for (let round = 0; (await lookAtDue(watch.parts, minutes(1))).looked > 0 && round < 20; round++);
  await query(`update patient_watch set looked_at = $1 where patient_id = $2`, [minutes(-10), quiet.patientId]);
  await measure(busy, 95, minutes(1));
  await measure(quiet, 95, minutes(1));
  await lookAtDue({ ...watch.parts, batch: 1 }, minutes(2));
  const left = await query<{ patient_id: number }>(`select patient_id from arrival where patient_id = any($1)`, [
    [busy.patientId, quiet.patientId],
  ]);
  expect(left.map((each) => each.patient_id)).toEqual([busy.patientId]);
});

test('a round takes of those whose clock has run out and of those who measured, however many of the others wait', async () => {
  const homes = [await aHome(), await aHome(), await aHome()];
  const ids = homes.map(({ patientId }) => patientId);
  for (let round = 0; (await lookAtDue(watch.parts, minutes(1))).looked > 0 && round < 20; round++);
  const lookedAt = async () =>
    (await query<{ id: number }>(`select patient_id as id from patient_watch where looked_at = $1`, [minutes(3)])).map(({ id }) => id);
  await query(`update patient_watch set due_at = null`);
  for (const alone of homes) {
    const others = homes.filter((home) => home !== alone);
    await query(`delete from arrival`);
    await query(`update patient_watch set due_at = null, looked_at = $2 where patient_id = any($1)`, [ids, minutes(-60)]);
    await query(`update patient_watch set due_at = $2 where patient_id = $1`, [alone.patientId, minutes(-10)]);
    for (const home of others) await query(`insert into arrival (patient_id, observed_from) values ($1, $2)`, [home.patientId, NOW]);
    await lookAtDue({ ...watch.parts, batch: 2 }, minutes(3));
    expect(await lookedAt()).toContain(alone.patientId);

    await query(`delete from arrival`);
    await query(`update patient_watch set due_at = $2, looked_at = $2 where patient_id = any($1)`, [ids, minutes(-10)]);
    await query(`update patient_watch set due_at = null, looked_at = $2 where patient_id = $1`, [alone.patientId, minutes(-5)]);
    await query(`insert into arrival (patient_id, observed_from) values ($1, $2)`, [alone.patientId, NOW]);
    await lookAtDue({ ...watch.parts, batch: 2 }, minutes(3));
    expect(await lookedAt()).toContain(alone.patientId);
  }
});

test('of a round for one alone, who was looked at longest ago is the one, by the clock or because of a reading', async () => {
  const [byClock, measured] = [await aHome(), await aHome()];
  for (let round = 0; (await lookAtDue(watch.parts, minutes(1))).looked > 0 && round < 20; round++);
  for (const first of [byClock, measured]) {
    await query(`update patient_watch set due_at = null, looked_at = $1`, [minutes(-1)]);
    await query(`update patient_watch set due_at = $2, looked_at = $2 where patient_id = $1`, [byClock.patientId, minutes(-10)]);
    await query(`update patient_watch set looked_at = $2 where patient_id = $1`, [
      measured.patientId,
      minutes(first === measured ? -11 : -9),
    ]);
    await query(`delete from arrival`);
    await query(`insert into arrival (patient_id, observed_from) values ($1, $2)`, [measured.patientId, NOW]);
    await lookAtDue({ ...watch.parts, batch: 1 }, minutes(4));
    const looked = await query<{ id: number }>(`select patient_id as id from patient_watch where looked_at = $1 and patient_id = any($2)`, [
      minutes(4),
      [byClock.patientId, measured.patientId],
    ]);
    expect(looked).toEqual([{ id: first.patientId }]);
  }
});
