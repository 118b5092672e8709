import { openTestDatabase, type TestDatabase } from '../../../../test/engine.js';
import { anEpisode, saveAnEpisode, saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';
import { jsonOf, openTriageApi, type Asker, type TriageApi } from '../../../../test/triage-api.js';

let db: TestDatabase;
let small: SmallCommunity;
let api: TriageApi;
let nora: Asker;
let siri: Asker;
let pia: Asker;
let episodeId: number;
beforeAll(async () => {
  db = await openTestDatabase();
  small = await saveSmallCommunity(db.database.dataSource);
  api = await openTriageApi(db.database);
  nora = await api.signIn('nora');
  siri = await api.signIn('siri');
  pia = await api.signIn('pia');
}, 60_000);
afterAll(async () => {
  await api.close();
  await db.close();
});
beforeEach(async () => {
  await db.database.dataSource.query(
    `truncate episode, episode_domain, episode_step, finding, notice, snooze, worklist_change, reading cascade`,
  );
  episodeId = await saveAnEpisode(db.database.dataSource, anEpisode(small, new Date(Date.now() - 600_000)));
});

const hoursAhead = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
const PROBLEM = { type: expect.any(String), title: expect.any(String), detail: expect.any(String) };

test('the worklist leads to the episode, which a person takes, notes on and closes', async () => {
  const list = await jsonOf(await nora.ask('GET', '/api/worklist'));
  expect(list.body).toMatchObject({ total: 1, rows: [{ name: 'Første Oppdiktet', episodes: [{ id: episodeId, state: 'waiting' }] }] });
  const path = `/api/episodes/${episodeId}`;
  expect((await jsonOf(await nora.ask('POST', `${path}/acknowledge`, { version: 1 }))).body).toMatchObject({ version: 2 });
  expect((await nora.ask('POST', `${path}/acknowledge`, {})).status).toBe(200);
  expect((await nora.ask('POST', `${path}/note`, { note: 'ringt pasienten' })).status).toBe(200);
  expect((await jsonOf(await nora.ask('POST', `${path}/note`, { version: 2, note: 'for sent' }))).status).toBe(409);
  expect((await nora.ask('POST', `${path}/close`, { outcome: 'treated_at_home' })).status).toBe(200);
  const story = await jsonOf(await nora.ask('GET', path));
  expect(story.body.steps.map((step: { kind: string }) => step.kind)).toEqual(['opened', 'finding', 'acknowledged', 'noted', 'closed']);
  expect(story.body.notices).toMatchObject([
    { channel: 'worklist', deliveredAt: expect.any(String), readAt: expect.any(String), acceptedAt: expect.any(String) },
  ]);
  expect(await jsonOf(await nora.ask('POST', `${path}/acknowledge`, {}))).toEqual({
    status: 409,
    body: { ...PROBLEM, status: 409, now: expect.objectContaining({ episodeId, state: 'closed', ownerUnitId: small.units.north }) },
  });
  expect((await jsonOf(await nora.ask('GET', '/api/worklist'))).body).toMatchObject({ total: 0, rows: [] });
});

test('a snooze has an end and a reason, is shown on the worklist, and can be undone', async () => {
  const path = `/api/episodes/${episodeId}`;
  const ruleId = 'copd.spo2.below_target';
  const until = hoursAhead(71);
  expect((await nora.ask('POST', `${path}/snooze`, { ruleId, until, reason: 'rød' })).status).toBe(409);
  await db.database.dataSource.query(`update episode set severity = 'yellow', signals = jsonb_set(signals, '{0,severity}', '"yellow"')`);
  expect((await nora.ask('POST', `${path}/snooze`, { ruleId, until, reason: '' })).status).toBe(400);
  expect((await nora.ask('POST', `${path}/snooze`, { ruleId, until: '2020-01-01T00:00:00Z', reason: 'x' })).status).toBe(400);
  expect((await nora.ask('POST', `${path}/snooze`, { ruleId, until: hoursAhead(73), reason: 'x' })).status).toBe(400);
  expect((await pia.ask('POST', `${path}/snooze`, { ruleId, until: hoursAhead(31 * 24), reason: 'x' })).status).toBe(400);
  expect((await pia.ask('POST', `${path}/snooze`, { ruleId, until: hoursAhead(29 * 24), reason: 'x' })).status).toBe(200);
  expect((await nora.ask('POST', `${path}/snooze`, { ruleId: 'gen.pulse.high', until, reason: 'x' })).status).toBe(409);
  expect((await nora.ask('POST', `${path}/snooze`, { ruleId, until, reason: 'avtalt' })).status).toBe(200);
  const shown = await jsonOf(await nora.ask('GET', '/api/worklist'));
  expect(shown.body.rows[0].snoozes).toEqual([{ ruleId, severity: 'yellow', until, reason: 'avtalt', by: 'Navn nora' }]);
  expect((await nora.ask('POST', `${path}/undo-snooze`, { ruleId })).status).toBe(200);
  expect((await nora.ask('POST', `${path}/undo-snooze`, { ruleId })).status).toBe(409);
});

test('another municipality sees nothing of it, and cannot tell it from what is not there', async () => {
  expect((await jsonOf(await siri.ask('GET', '/api/worklist'))).body.rows).toEqual([]);
  const { first } = small.patients;
  const from = '2026-01-01T00:00:00Z';
  for (const [method, path, body] of [
    ['GET', `/api/episodes/${episodeId}`],
    ['GET', `/api/patients/${first}`],
    ['GET', `/api/patients/${first}/episodes`],
    ['GET', `/api/patients/${first}/readings?metric=spo2&from=${from}`],
    ['POST', `/api/episodes/${episodeId}/acknowledge`, {}],
    ['POST', `/api/episodes/${episodeId}/note`, { note: 'x' }],
    ['POST', `/api/episodes/${episodeId}/close`, { outcome: 'admitted' }],
  ] as const) {
    const theirs = await jsonOf(await siri.ask(method, path, body));
    const nowhere = await jsonOf(await siri.ask(method, path.replace(/\d+/, '999999'), body));
    expect([path, theirs.status, nowhere.status]).toEqual([path, 404, 404]);
    expect(theirs.body.title).toEqual(nowhere.body.title);
  }
});

test('a patient: plan, limits with owner, reason and version, team and devices', async () => {
  const { dataSource } = db.database;
  const { first } = small.patients;
  await dataSource.query(`insert into enrolment (patient_id, programme, from_at) values ($1, 'copd', now() - interval '1 day')`, [first]);
  await dataSource.query(
    `insert into personal_limit (patient_id, rule_id, parameter, value, reason, set_by_person_id, set_at, valid_from, version)
     values ($1, 'copd.spo2.critical', 'limit', 84, 'avtalt', $2, now(), now() - interval '1 day', 3)`,
    [first, small.people.pia],
  );
  const chart = await jsonOf(await nora.ask('GET', `/api/patients/${first}`));
  await dataSource.query(`delete from personal_limit`);
  await dataSource.query(`delete from enrolment`);
  expect(chart.body).toMatchObject({ name: 'Første Oppdiktet', zone: 'Europe/Oslo', programmes: [{ programme: 'copd' }], devices: [] });
  expect(chart.body.team.map((unit: { name: string }) => unit.name).sort()).toEqual(['Lungepoliklinikken', 'Oppfølging Nordvik']);
  const limits = chart.body.limits as { ruleId: string; source: string }[];
  expect(limits.find(({ ruleId }) => ruleId === 'copd.spo2.critical')).toMatchObject({
    value: 84,
    source: 'personal',
    version: 3,
    owner: 'Navn pia',
    reason: 'avtalt',
  });
  expect(limits.filter(({ source }) => source === 'catalogue').length).toBeGreaterThan(0);
});

test('a patient: the latest NEWS2 with its parts, their ages, what is missing, and whose score it is', async () => {
  const { dataSource } = db.database;
  const { first } = small.patients;
  const news2 = async () => (await jsonOf(await nora.ask('GET', `/api/patients/${first}`))).body.news2;
  expect(await news2()).toBeNull();
  await dataSource.query(
    `insert into reading (patient_id, metric, observed_at, measurement_id, value, received_at)
     select $1, metric, now() - interval '20 minutes', 900001, value, now()
     from (values ('spo2', 90), ('pulse', 112), ('systolic', 95), ('o2-flow', 2)) as r (metric, value)`,
    [first],
  );
  const shown = await news2();
  await dataSource.query(`delete from reading where measurement_id = 900001`);
  expect(shown).toMatchObject({
    ...{ status: 'incomplete', total: null, lowest: 9, highest: 18, risk: 'high', possible: ['high'], spo2Scale: 1, monitoring: null },
    riskLabel: { nb: 'Høy' },
    words: { nb: expect.stringContaining('NEWS2 ufullstendig, mellom 9 og 18, høy') },
    acknowledgement: { en: 'NEWS2 was developed by the Royal College of Physicians (UK), 2017.' },
  });
  expect(shown.parts).toHaveLength(7);
  expect(shown.parts[0]).toMatchObject({
    part: 'respiratory-rate',
    label: { nb: 'pustefrekvens' },
    value: null,
    points: null,
    observedAt: null,
  });
  expect(shown.parts[1]).toMatchObject({ part: 'spo2', value: { nb: '90 %' }, points: 3, isRed: true, measurementId: 900001 });
});

test('readings come raw when few and as stretches when many, the doubtful marked', async () => {
  const { dataSource } = db.database;
  const { first } = small.patients;
  const from = '2026-01-01T00:00:00Z';
  await dataSource.query(
    `insert into reading (patient_id, metric, observed_at, measurement_id, value, received_at, doubt)
     select $1, 'spo2', $2::timestamptz + n * interval '1 hour', n, 80 + n % 10, $2, case when n % 50 = 0 then 'jump' end from generate_series(1, 1000) n`,
    [first, from],
  );
  const read = async (query: string) => (await jsonOf(await nora.ask('GET', `/api/patients/${first}/readings?metric=spo2&${query}`))).body;
  const raw = await read(`from=${from}&to=2026-01-03T02:30:00Z&points=50`);
  expect(raw).toMatchObject({ unit: '%', resolution: 'raw', bucketMs: null, buckets: [] });
  expect(raw.points).toHaveLength(50);
  expect(raw.points[49]).toMatchObject({ doubt: 'jump', value: 80, observedAt: '2026-01-03T02:00:00.000Z' });
  const many = await read(`from=${from}&to=2026-03-01T00:00:00Z&points=100`);
  expect(many.resolution).toBe('buckets');
  expect(many.buckets.length).toBeLessThanOrEqual(100);
  expect(many.buckets.reduce((sum: number, bucket: { count: number }) => sum + bucket.count, 0)).toBe(1000);
  expect(many.buckets.reduce((sum: number, bucket: { doubtful: number }) => sum + bucket.doubtful, 0)).toBe(20);
  for (const { min, median, max } of many.buckets) expect(min <= median && median <= max).toBe(true);
  expect((await nora.ask('GET', `/api/patients/${first}/readings?metric=spo2&from=${from}&to=${from}`)).status).toBe(400);
});

test('bad input names every field that is wrong, as problem+json', async () => {
  const answer = await nora.ask('GET', '/api/worklist?limit=0&offset=x&secret=1');
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const { body } = await jsonOf(answer);
  expect(body).toMatchObject({ ...PROBLEM, status: 400 });
  expect(new Set(body.errors.map((error: { field: string }) => error.field))).toEqual(new Set(['limit', 'offset', 'secret']));
  for (const [method, path, status] of [
    ['GET', '/api/nowhere', 404],
    ['GET', '/api/episodes/abc', 400],
    ['GET', '/api/episodes/1e99', 400],
    ['GET', '/api/patients/99999999999', 400],
    ['DELETE', '/api/worklist', 404],
  ] as const) {
    const each = await nora.ask(method, path);
    expect([path, each.status, each.headers.get('content-type')]).toEqual([path, status, 'application/problem+json; charset=utf-8']);
  }
});

test('a body that is no JSON, too large, or from another site is refused', async () => {
  const send = (headers: Record<string, string>, body: string) =>
    fetch(`${api.url}/api/episodes/${episodeId}/note`, { method: 'POST', headers: { cookie: nora.cookie, ...headers }, body });
  const type = { 'content-type': 'application/json' };
  const note = JSON.stringify({ note: 'x' });
  expect((await send({ 'content-type': 'text/plain' }, note)).status).toBe(415);
  expect((await send({ 'content-type': 'application/x-www-form-urlencoded' }, 'note=x')).status).toBe(415);
  expect((await send({ ...type, origin: 'https://elsewhere.example' }, note)).status).toBe(403);
  expect((await send({ ...type, 'sec-fetch-site': 'cross-site' }, note)).status).toBe(403);
  expect((await send(type, '{"note":')).status).toBe(400);
  expect((await send(type, JSON.stringify({ note: 'x'.repeat(300_000) }))).status).toBe(413);
  expect((await send(type, JSON.stringify({ note: 'a\u0000b' }))).status).toBe(400);
  for (const odd of [
    '{"note":[["x"]]}',
    '{"__proto__":{"note":"x"}}',
    `{"note":${'['.repeat(9_000)}${']'.repeat(9_000)}}`,
    '[]',
    '"x"',
    'null',
  ]) {
    expect([odd.slice(0, 30), (await send(type, odd)).status]).toEqual([odd.slice(0, 30), 400]);
  }
  expect((await send({ ...type, origin: api.url }, note)).status).toBe(200);
});

test('health, counters, root and the OpenAPI pages', async () => {
  expect(await jsonOf(await fetch(`${api.url}/health/live`))).toEqual({ status: 200, body: { status: 'live' } });
  expect(await jsonOf(await fetch(`${api.url}/health/ready`))).toEqual({ status: 200, body: { status: 'ready', because: [] } });
  await db.database.dataSource.query(`update patient_watch set due_at = now() - interval '2 minutes'`);
  expect((await jsonOf(await fetch(`${api.url}/health/ready`))).status).toBe(503);
  await db.database.dataSource.query(`update patient_watch set due_at = null`);
  // The connection that is asked next is the one used last.
  await db.database.dataSource.query(`set synchronous_commit = off`);
  expect(await jsonOf(await fetch(`${api.url}/health/ready`))).toMatchObject({
    status: 503,
    body: { because: [expect.stringContaining('synchronous_commit off')] },
  });
  await db.database.dataSource.query(`reset synchronous_commit`);
  expect(await (await fetch(`${api.url}/metrics`)).text()).toContain('varde_http_request_seconds');
  const root = await fetch(`${api.url}/`, { redirect: 'manual' });
  expect([root.status, root.headers.get('location')]).toEqual([302, '/docs']);
  const page = await fetch(`${api.url}/docs`);
  expect(await page.text()).not.toMatch(/(src|href)="https?:/);
  expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
  const document = await jsonOf(await fetch(`${api.url}/docs-json`));
  expect(Object.keys(document.body.paths)).toEqual(expect.arrayContaining(['/api/worklist', '/api/episodes/{id}/snooze']));
});
