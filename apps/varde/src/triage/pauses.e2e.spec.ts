import { openTestDatabase, type TestDatabase } from '../../../../test/engine.js';
import { saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';
import { jsonOf, openTriageApi, type Asker, type TriageApi } from '../../../../test/triage-api.js';

const HOUR_MS = 3_600_000;

describe('pauses over HTTP', () => {
  let db: TestDatabase;
  let small: SmallCommunity;
  let api: TriageApi;
  const people = {} as Record<'nora' | 'siri' | 'pia' | 'tove' | 'odd', Asker>;
  const inHours = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString();
  const ask = async (name: keyof typeof people, method: string, path: string, body?: unknown) =>
    jsonOf(await people[name].ask(method, path, body));
  const path = () => `/api/patients/${small.patients.first}/pauses`;
  const holiday = (from: number, to: number) => ({ kind: 'holiday', from: inHours(from), to: inHours(to), reason: 'on holiday' });
  const rows = <T>(sql: string) => db.database.dataSource.query<T[]>(sql, [small.patients.first]);

  beforeAll(async () => {
    db = await openTestDatabase();
    small = await saveSmallCommunity(db.database.dataSource);
    api = await openTriageApi(db.database);
    for (const name of ['nora', 'siri', 'pia', 'tove', 'odd'] as const) people[name] = await api.signIn(name);
  }, 60_000);
  beforeEach(() => rows(`delete from pause where patient_id = $1`));
  afterAll(async () => {
    await api.close();
    await db.close();
  });

  test('an operator sees and sets none, a team lead sets none', async () => {
    expect((await ask('odd', 'GET', path())).status).toBe(403);
    expect((await ask('tove', 'POST', path(), holiday(0, 5))).status).toBe(403);
  });

  test('a nurse pauses up to 72 hours, in one piece or several; a physician longer', async () => {
    expect((await ask('nora', 'POST', path(), holiday(1, 74))).status).toBe(409);
    expect((await ask('nora', 'POST', path(), holiday(1, 50))).status).toBe(201);
    const more = await ask('nora', 'POST', path(), holiday(55, 75));
    expect([more.status, more.body?.['detail']]).toEqual([409, expect.stringContaining('72 hours')]);
    expect((await ask('pia', 'POST', path(), holiday(55, 300))).status).toBe(201);
    expect((await ask('nora', 'POST', path(), holiday(340, 350))).status).toBe(201);
  });

  test('wakes the look, is in the plan, and ends once', async () => {
    await rows(`update patient_watch set due_at = null where patient_id = $1`);
    const set = await ask('nora', 'POST', path(), { kind: 'admission', to: inHours(24), reason: 'lung ward' });
    expect(set.body).toMatchObject({ kind: 'admission', reason: 'lung ward', endedAt: null });
    expect((await rows<{ due: boolean }>(`select due_at <= now() as due from patient_watch where patient_id = $1`))[0]?.due).toBe(true);
    const plan = await ask('nora', 'GET', `/api/patients/${small.patients.first}/plan`);
    expect(JSON.stringify(plan.body)).toContain('lung ward');
    expect((await ask('nora', 'POST', path(), holiday(2, 3))).status).toBe(409);
    expect((await ask('nora', 'POST', `${path()}/${String(set.body?.['id'])}/end`)).status).toBe(204);
    expect((await ask('nora', 'POST', `${path()}/${String(set.body?.['id'])}/end`)).status).toBe(409);
    const kept = await people.nora.ask('GET', path());
    expect(await kept.json()).toMatchObject([{ endedAt: expect.any(String) as string }]);
    expect((await ask('nora', 'POST', `${path()}/999999/end`)).status).toBe(404);
  });

  test.each([
    ['without an end', { kind: 'holiday', reason: 'x' }, 400],
    ['without a reason', { kind: 'holiday', to: inHours(5), reason: ' ' }, 400],
    ['of no kind', { kind: 'sleep', to: inHours(5), reason: 'x' }, 400],
    ['that is over', holiday(-5, -1), 400],
    ['that ends before it begins', holiday(5, 4), 400],
    ['from long ago', holiday(-49, 4), 400],
  ])('refused: %s', async (_name, body, status) => {
    expect((await ask('pia', 'POST', path(), body)).status).toBe(status);
  });
});
