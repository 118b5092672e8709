import { openTestDatabase, type TestDatabase } from '../../../../test/engine.js';
import { saveSmallCommunity } from '../../../../test/small-community.js';
import { claimJob, JOBS, trimExpired } from './housekeeping.js';

describe('keeping house', () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await openTestDatabase();
  });
  afterAll(() => db.close());

  test.each(JOBS)('%s is taken once in its time', async (job) => {
    const { dataSource } = db.database;
    const now = new Date('2026-01-15T08:00:00Z');
    const after = (ms: number): Date => new Date(now.getTime() + ms);
    expect(await claimJob(dataSource, job, 60_000, now)).toBe(true);
    expect(await claimJob(dataSource, job, 60_000, after(59_999))).toBe(false);
    expect(await claimJob(dataSource, job, 60_000, after(60_000))).toBe(true);
  });

  test('a clock that was ahead for a moment keeps a job from nobody; one a little ahead does', async () => {
    const { dataSource } = db.database;
    const now = new Date('2026-02-15T08:00:00Z');
    const after = (ms: number): Date => new Date(now.getTime() + ms);
    const claim = (at: Date): Promise<boolean> => claimJob(dataSource, 'trim', 600_000, at);
    expect(await claim(after(365 * 86_400_000))).toBe(true);
    expect([await claim(now), await claim(now)]).toEqual([true, false]);
    expect([await claim(after(630_000)), await claim(after(600_000))]).toEqual([true, false]);
  });

  test('a request nobody waits for any more is not sent, and goes after 90 days', async () => {
    const { dataSource } = db.database;
    const { patients } = await saveSmallCommunity(dataSource);
    const asked = new Date('2026-01-15T08:00:00Z');
    await dataSource.query(
      `insert into home_ask (patient_id, key, community_id, client_id, device_name, metrics, rest_minutes, times, text_nb, text_en, asked_at, answer_by, next_try_at)
       select $1, 'm:1', community_id, 'gw', 'ox', '{spo2}', 5, 1, '', '', $2, $3, $2 from patient where id = $1`,
      [patients.first, asked, new Date(asked.getTime() + 1_800_000)],
    );
    const state = () => dataSource.query(`select next_try_at is null as "isQuiet" from home_ask`) as Promise<object[]>;
    await trimExpired(dataSource, new Date('2026-01-15T08:29:00Z'));
    expect(await state()).toEqual([{ isQuiet: false }]);
    await trimExpired(dataSource, new Date('2026-01-15T08:31:00Z'));
    expect(await state()).toEqual([{ isQuiet: true }]);
    await trimExpired(dataSource, new Date('2026-04-16T08:31:00Z'));
    expect(await state()).toEqual([]);
  });
});
