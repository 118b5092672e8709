import { jsonOf } from '../../../../test/triage-api.js';
import { testTriage } from '../../../../test/triage-rig.js';

const HOUR_MS = 3_600_000;

describe('pauses over HTTP', () => {
  const triage = testTriage(['nora', 'siri', 'pia', 'tove', 'odd']);
  const { people } = triage;
  const inHours = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString();
  const ask = async (name: keyof typeof people, method: string, path: string, body?: unknown) =>
    jsonOf(await people[name].ask(method, path, body));
  const path = () => `/api/patients/${triage.small.patients.first}/pauses`;
  const holiday = (from: number, to: number) => ({ kind: 'holiday', from: inHours(from), to: inHours(to), reason: 'on holiday' });
  const rows = <T>(sql: string) => triage.database.dataSource.query<T[]>(sql, [triage.small.patients.first]);

  beforeEach(() => rows(`delete from pause where patient_id = $1`));
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
    const plan = await ask('nora', 'GET', `/api/patients/${triage.small.patients.first}/plan`);
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
