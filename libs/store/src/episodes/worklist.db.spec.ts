import type { Episode, Signal } from '@varde/alerts';
import type { Domain } from '@varde/rules';
import { testDatabase } from '../../../../test/engine.js';
import { anEpisode, saveAnEpisode, saveSmallCommunity, viewerOf, type SmallCommunity } from '../../../../test/small-community.js';
import type { Viewer } from '../directory/sessions.js';
import { readWorklist, type WorklistQuestion } from './worklist.js';

const db = testDatabase();
let small: SmallCommunity;
let nora: Viewer;
beforeAll(async () => {
  small = await saveSmallCommunity(db.database.dataSource);
  nora = viewerOf(small.people.nora, [small.units.north]);
});
afterEach(() =>
  db.database.dataSource.query(`truncate episode, episode_domain, episode_step, finding, notice, snooze, worklist_change, reading cascade`),
);

const NOW = new Date('2026-03-02T08:00:00Z');
const ago = (minutes: number): Date => new Date(NOW.getTime() - minutes * 60_000);
const read = (viewer: Viewer, question: Partial<WorklistQuestion> = {}) =>
  readWorklist(db.manager, viewer, { unitId: null, includeInfo: false, offset: 0, limit: 50, ...question }, NOW);
const save = (openedAt: Date, given: Parameters<typeof anEpisode>[2]) =>
  saveAnEpisode(db.database.dataSource, anEpisode(small, openedAt, given));

test('worst first, then who waits for a person, then who has waited longest', async () => {
  const { first, second, south } = small.patients;
  const both = viewerOf(small.people.nora, [small.units.north, small.units.south]);
  await save(ago(60), { patientId: first, severity: 'red', acknowledgedAt: ago(50), acknowledgedByPersonId: nora.personId });
  await save(ago(10), { patientId: second, severity: 'red' });
  await save(ago(20), { patientId: south, severity: 'red', ownerUnitId: small.units.south });
  expect((await read(both)).rows.map((row) => row.patientId)).toEqual([south, second, first]);
  await save(ago(1), { patientId: first, severity: 'critical', domains: ['cardiac'] });
  const { rows, total } = await read(both);
  expect(rows.map((row) => row.patientId)).toEqual([first, south, second]);
  expect(total).toBe(3);
  expect(rows[0]).toMatchObject({
    severity: 'critical',
    isWaiting: true,
    waitingSince: ago(1),
    counts: { critical: 1, red: 1, yellow: 0, info: 0 },
  });
  expect(rows[0]?.episodes.map((each) => each.state)).toEqual(['waiting', 'acknowledged']);
});

describe('two yellow signals of different areas within 24 hours (`episode_policy.severity`: stay yellow, move to top)', () => {
  const hoursAgo = (hours: number): Date => ago(hours * 60);
  const yellow = (domain: Domain, openedAt: Date, signal: Partial<Signal> = {}, given: Partial<Episode> = {}): Promise<number> => {
    const episode = anEpisode(small, openedAt, { severity: 'yellow', domains: [domain], ...given });
    return save(openedAt, { ...episode, signals: episode.signals.map((each) => ({ ...each, ...signal })) });
  };
  /** Somebody else has waited longest, with one area. */
  const somebodyElse = () => yellow('metabolic', hoursAgo(60), {}, { patientId: small.patients.second });

  test('they stand at the top of the yellow ones, and it is said which', async () => {
    const { first, second, south } = small.patients;
    await somebodyElse();
    await yellow('blood_pressure', hoursAgo(26));
    await yellow('nutrition', hoursAgo(2));
    await save(ago(5), { patientId: south });
    const both = viewerOf(small.people.nora, [small.units.north, small.units.south]);
    const { rows } = await read(both);
    expect(rows.map(({ patientId, severity, yellowTogether }) => [patientId, severity, yellowTogether])).toEqual([
      [south, 'red', []],
      [first, 'yellow', ['blood_pressure', 'nutrition']],
      [second, 'yellow', []],
    ]);
    // The same order on pages of one.
    expect((await read(both, { offset: 1, limit: 1 })).rows.map(({ patientId }) => patientId)).toEqual([first]);
  });

  test('a signal that began within 24 hours and goes on counts with one that stands since, in one episode too', async () => {
    await somebodyElse();
    const signals = (['cardiac', 'fluid'] as const).map((domain) => ({
      ...anEpisode(small, hoursAgo(50), { severity: 'yellow', domains: [domain] }).signals[0]!,
      lastAt: domain === 'cardiac' ? hoursAgo(1) : hoursAgo(50),
    }));
    await save(hoursAgo(50), { severity: 'yellow', domains: ['cardiac', 'fluid'], signals });
    expect((await read(nora)).rows[0]).toMatchObject({ patientId: small.patients.first, yellowTogether: ['cardiac', 'fluid'] });
  });

  const alone: readonly [string, Partial<Signal>, Partial<Episode>][] = [
    ['more than 24 hours apart', { firstAt: hoursAgo(1.9), lastAt: hoursAgo(1.9) }, {}],
    ['one of them normal again', { standing: false, clearedAt: hoursAgo(1) }, {}],
    ['one of them information only', { severity: 'info' }, {}],
    ['both of one area', { domain: 'blood_pressure' }, {}],
    ['one of them closed', {}, { closedAt: hoursAgo(1), outcome: 'settled' }],
  ];
  test.each(alone)('but not %s', async (_why, signal, given) => {
    await somebodyElse();
    await yellow('blood_pressure', hoursAgo(26));
    await yellow('nutrition', hoursAgo(2), signal, given);
    expect((await read(nora)).rows.map(({ patientId, yellowTogether }) => [patientId, yellowTogether])).toEqual([
      [small.patients.second, []],
      [small.patients.first, []],
    ]);
  });

  test('nor above those that nobody has taken, when somebody has taken both', async () => {
    const taken = { acknowledgedAt: ago(30), acknowledgedByPersonId: nora.personId, nextStepAt: null };
    await somebodyElse();
    await yellow('blood_pressure', hoursAgo(26), {}, taken);
    const id = await yellow('nutrition', hoursAgo(2), {}, taken);
    expect((await read(nora)).rows.map(({ patientId }) => patientId)).toEqual([small.patients.second, small.patients.first]);
    // With one of them back in the queue, they are.
    await db.manager.query('update episode set acknowledged_at = null, acknowledged_by_person_id = null where id = $1', [id]);
    expect((await read(nora)).rows.map(({ patientId }) => patientId)).toEqual([small.patients.first, small.patients.second]);
  });
});

test('a person sees the patients of their units only, whoever owns the episode', async () => {
  await save(ago(5), { patientId: small.patients.first });
  await save(ago(5), { patientId: small.patients.south, ownerUnitId: small.units.south });
  const clinic = viewerOf(small.people.pia, [small.units.clinic], ['physician']);
  expect((await read(nora)).rows.map((row) => row.patientId)).toEqual([small.patients.first]);
  expect((await read(clinic)).rows.map((row) => row.patientId)).toEqual([small.patients.first]);
  expect(await read(viewerOf(small.people.odd, []))).toEqual({ rows: [], total: 0, notUpToDateSince: null });
});

test('asked for one unit, only patients with something that unit owns', async () => {
  await save(ago(5), { patientId: small.patients.first, ownerUnitId: small.units.clinic });
  await save(ago(5), { patientId: small.patients.second });
  expect((await read(nora, { unitId: small.units.clinic })).rows.map((row) => row.patientId)).toEqual([small.patients.first]);
  expect((await read(nora, { unitId: small.units.south })).rows).toEqual([]);
});

test('info is left out unless asked for', async () => {
  await save(ago(5), { severity: 'info' });
  expect((await read(nora)).rows).toEqual([]);
  expect((await read(nora, { includeInfo: true })).rows).toMatchObject([{ severity: 'info', counts: { info: 1 } }]);
});

test('pages follow one another and know the total', async () => {
  await save(ago(5), { patientId: small.patients.first });
  await save(ago(6), { patientId: small.patients.second });
  const pages = await Promise.all([0, 1, 2].map((offset) => read(nora, { offset, limit: 1 })));
  expect(pages.map((page) => [page.total, ...page.rows.map((row) => row.patientId)])).toEqual([
    [2, small.patients.second],
    [2, small.patients.first],
    [2],
  ]);
});

test('each row says why, since when, whose, what comes next, how old its values are, and what is kept quiet', async () => {
  const { dataSource } = db.database;
  const { first } = small.patients;
  const id = await save(ago(30), { patientId: first });
  await dataSource.query(
    `insert into reading (patient_id, metric, observed_at, measurement_id, value, received_at, doubt)
     values ($1, 'spo2', $2, 1, 86, $2, null), ($1, 'spo2', $3, 2, 85, $3, 'jump'), ($1, 'pulse', $2, 1, 99, $2, null)`,
    [first, ago(30), ago(20)],
  );
  await dataSource.query(`update patient_watch set looked_at = $2, last_observed = $3 where patient_id = $1`, [
    first,
    ago(29),
    JSON.stringify({ spo2: ago(30), pulse: ago(30), weight: ago(200 * 24 * 60) }),
  ]);
  await dataSource.query(
    `insert into snooze (patient_id, rule_id, severity, from_at, until, reason, by_person_id)
     values ($1, 'gen.pulse.high', 'yellow', $2, $3, 'ny medisin', $4), ($1, 'gone', 'yellow', $2, $5, 'gammel', $4)`,
    [first, ago(40), ago(-60), nora.personId, ago(1)],
  );
  await dataSource.query(
    `insert into pause (patient_id, kind, from_at, to_at, reason, set_by_person_id, set_at)
     values ($1, 'admission', $2, $3, 'lungeavdelingen', $4, $2), ($1, 'holiday', $5, $2, 'over', $4, $5)`,
    [first, ago(60), ago(-60), nora.personId, ago(90)],
  );
  const [row] = (await read(nora)).rows;
  await dataSource.query(`update patient_watch set last_observed = '{}', looked_at = null`);
  await dataSource.query(`delete from pause`);
  expect(row).toMatchObject({ name: 'Første Oppdiktet', birthYear: 1950, lookedAt: ago(29), waitingSince: ago(30) });
  expect(row?.episodes).toMatchObject([
    {
      id,
      ownerUnit: 'Oppfølging Nordvik',
      nextStepAt: ago(0),
      signals: [{ ruleId: 'copd.spo2.below_target', count: 1, standing: true }],
      version: 1,
    },
  ]);
  expect(row?.newest).toEqual([
    { metric: 'pulse', observedAt: ago(30), value: 99, doubt: null },
    { metric: 'spo2', observedAt: ago(20), value: 85, doubt: 'jump' },
    { metric: 'weight', observedAt: ago(200 * 24 * 60), value: null, doubt: null },
  ]);
  expect(row?.pause).toEqual({ kind: 'admission', from: ago(60), to: ago(-60), reason: 'lungeavdelingen' });
  expect(row?.snoozes).toEqual([{ ruleId: 'gen.pulse.high', severity: 'yellow', until: ago(-60), reason: 'ny medisin', by: 'Navn nora' }]);
});

test('the reason is the gravest finding, not one that a graver rule covers nor a milder one that came later', async () => {
  const { dataSource } = db.database;
  const id = await save(ago(30), { patientId: small.patients.first, severity: 'red' });
  const finding = (ruleId: string, minutes: number, severity: string, superseded = false) =>
    dataSource.query(
      `insert into finding (patient_id, rule_id, rule_version, domain, result, severity, superseded, anchor, at, received_at, judged_at, reading_ids,
         limits, reason_nb, reason_en, episode_id)
       values ($1, $2, 1, 'respiratory', 'fire', $4, $5, $2, $3, $3, $3, '{}', '[]', $2, $2, $6)`,
      [small.patients.first, ruleId, ago(minutes), severity, superseded, id],
    );
  await finding('red.first', 30, 'red');
  await finding('red.second', 20, 'red');
  await finding('red.covered', 10, 'red', true);
  await finding('yellow.late', 5, 'yellow');
  expect((await read(nora)).rows[0]?.episodes[0]?.reason).toEqual({ nb: 'red.second', en: 'red.second' });
});

test('says since when it is not up to date, also when it is empty', async () => {
  await db.database.dataSource.query(`update patient_watch set due_at = $1`, [ago(5)]);
  const behind = await read(nora);
  await db.database.dataSource.query(`update patient_watch set due_at = null`);
  expect(behind).toEqual({ rows: [], total: 0, notUpToDateSince: ago(5) });
});

test('a row says what could not be judged in the last day, once per rule, and how many tasks are open', async () => {
  const { first } = small.patients;
  await save(ago(5), { patientId: first });
  const { manager } = db.database.dataSource;
  const finding = (ruleId: string, at: Date, anchor: string, result = 'not_evaluable') =>
    manager.query(
      `insert into finding (patient_id, rule_id, rule_version, domain, result, severity, anchor, at, received_at, judged_at, reading_ids, limits,
         reason_nb, reason_en) values ($1, $2, 1, 'respiratory', $5, 'red', $4, $3, $3, $3, '{}', '[]', 'mangler', $4)`,
      [first, ruleId, at, anchor, result],
    );
  await finding('hf.weight.above_dry', ago(30), 'd:1');
  await finding('hf.weight.above_dry', ago(20), 'd:2');
  await finding('copd.spo2.drop', ago(2_000), 'd:3');
  await finding('gen.spo2.low', ago(20), 'd:4', 'fire');
  for (const state of ['open', 'settled']) {
    await manager.query(
      `insert into task (patient_id, unit_id, for_role, key, kind, reason_nb, reason_en, raised_at, by_look, state, closed_at)
       values ($1, $2, 'physician', 'k', 'k', 'k', 'k', $3, true, $4, case $4 when 'open' then null::timestamptz else $3 end)`,
      [first, small.units.north, NOW, state],
    );
  }
  expect((await read(nora)).rows[0]).toMatchObject({
    openTasks: 1,
    unjudged: [{ ruleId: 'hf.weight.above_dry', at: ago(20), reason: { nb: 'mangler', en: 'd:2' } }],
  });
});
