import { openTestDatabase, type TestDatabase } from './engine.js';
import type { Service } from '../apps/varde/src/start.js';
import { addHome, addPerson, eventually, foundCommunity, startService } from './whole-way.js';

/** `dm.glucose.level2` the whole way: told at once, and critical when nobody has replied in 15 minutes. */

const MINUTE_MS = 60_000;

let db: TestDatabase;
let service: Service;

beforeAll(async () => {
  db = await openTestDatabase();
  service = await startService(db.url);
}, 120_000);
afterAll(async () => {
  await service.stop();
  await db.close();
});

const sql = <Row>(text: string, values: unknown[] = []): Promise<Row[]> => db.database.dataSource.query(text, values);

test('a blood sugar under 3.0 that is not replied to becomes critical at the minute the catalogue says', async () => {
  const founded = await foundCommunity(db.database, { since: new Date(Date.now() - 30 * 86_400_000) });
  const { patientId } = await addHome(db.database, founded, {
    gateway: 'sugar',
    programmes: ['dm'],
    devices: [{ id: 'TB-sugar', kind: 'tablet' }],
  });
  const nurse = await addPerson(service, 'sukker', 'nurse', [founded.dhoId]);
  const entered = { key: 'a-low-sugar', values: [{ metric: 'glucose', value: 2.9 }] };
  expect((await nurse.ask('POST', `/api/patients/${patientId}/observations`, entered)).status).toBe(200);
  const adviceOf = () =>
    sql<{ kind: string; must_answer: boolean; text_nb: string }>(`select * from home_advice where patient_id = $1 order by id`, [
      patientId,
    ]);
  const [told] = await eventually('the patient is told', async () => ((await adviceOf()).length > 0 ? adviceOf() : undefined));
  expect(told).toMatchObject({ kind: 'red', must_answer: true, text_nb: expect.stringMatching(/^Blodsukkeret ditt er lavt\. Ta sukker/) });
  const worst = async (): Promise<{ severity: string; domains: string[] }> => {
    const { rows } = (await (await nurse.ask('GET', '/api/worklist')).json()) as {
      rows: { episodes: { severity: string; domains: string[] }[] }[];
    };
    return rows[0]?.episodes[0] ?? { severity: 'none', domains: [] };
  };
  expect(await worst()).toMatchObject({ severity: 'red', domains: ['metabolic'] });

  const [due] = await sql<{ due_at: Date; received_at: Date }>(
    `select w.due_at, r.received_at from patient_watch w join reading r using (patient_id) where w.patient_id = $1`,
    [patientId],
  );
  expect(due?.due_at.getTime()).toBe((due?.received_at.getTime() ?? 0) + 15 * MINUTE_MS);

  // A quarter of an hour passes: all that was, was so much earlier.
  await sql(`update reading set received_at = received_at - interval '15 minutes' where patient_id = $1`, [patientId]);
  await sql(`update patient_watch set due_at = now() where patient_id = $1`, [patientId]);
  await sql(`select pg_notify('varde_due', '')`);
  await eventually('it is critical', async () => ((await worst()).severity === 'critical' ? true : undefined));
  const [reason] = await sql<{ nb: string; en: string }>(
    `select reason_nb as nb, reason_en as en from finding where patient_id = $1 and severity = 'critical'`,
    [patientId],
  );
  expect(reason).toEqual({
    nb: expect.stringMatching(/2,9 mmol.*verken svart eller målt en bedre verdi på 15 min/),
    en: expect.stringMatching(/2\.9 mmol.*neither answered nor measured a better value in 15 min/),
  });
  expect((await adviceOf()).at(-1)).toMatchObject({ kind: 'critical', text_nb: expect.stringMatching(/^Ring 113 nå\..*Ta sukker/) });
});
