import { jsonOf } from '../../../../test/triage-api.js';
import { testTriage } from '../../../../test/triage-rig.js';

describe('how often a patient has agreed to measure, and when the plan is reviewed, over HTTP', () => {
  const triage = testTriage(['nora', 'tove']);
  const { people } = triage;
  const ask = async (name: keyof typeof people, method: string, path: string, body?: unknown) =>
    jsonOf(await people[name].ask(method, `/api/patients/${triage.small.patients.first}${path}`, body));
  const daily = { metric: 'spo2', atLocal: '09:00', weekdays: [1, 2, 3, 4, 5, 6, 7] };

  test('is agreed, kept in versions, wakes the look, and the patient shows what is left out', async () => {
    expect((await ask('nora', 'PUT', '/schedule', { times: [daily] })).status).toBe(204);
    expect((await ask('nora', 'GET', '')).body).toMatchObject({ measuringDays: null, leftOut: [] });
    const body = { weekdays: [4, 1], reason: 'works the other days', expectedVersion: 0 };
    expect((await ask('tove', 'POST', '/measuring-days', body)).status).toBe(403);
    await triage.database.dataSource.query(`update patient_watch set due_at = null where patient_id = $1`, [triage.small.patients.first]);
    const agreed = await ask('nora', 'POST', '/measuring-days', body);
    expect(agreed).toMatchObject({ status: 201, body: { weekdays: [1, 4], daysAWeek: null, setByName: 'Navn nora', version: 1 } });
    const [due] = await triage.database.dataSource.query<{ due: boolean }[]>(
      `select due_at <= now() as due from patient_watch where patient_id = $1`,
      [triage.small.patients.first],
    );
    expect(due?.due).toBe(true);
    expect((await ask('nora', 'GET', '')).body).toMatchObject({
      schedule: [{ ...daily, weekdays: [1, 4], isDerived: true }],
      measuringDays: { version: 1, words: { nb: 'mandag og torsdag', en: 'Monday and Thursday' } },
      leftOut: [{ ...daily, weekdays: [2, 3, 5, 6, 7] }],
    });
    const refused = await ask('nora', 'PUT', '/schedule', { times: [{ ...daily, atLocal: '08:00' }] });
    expect([refused.status, JSON.stringify(refused.body)]).toEqual([400, expect.stringContaining('agreed to measure Monday and Thursday')]);
    expect((await ask('nora', 'POST', '/measuring-days', body)).status).toBe(409);
    const id = String(agreed.body?.['id']);
    expect((await ask('nora', 'POST', `/measuring-days/${id}/end`, {})).status).toBe(204);
    expect((await ask('nora', 'GET', '')).body).toMatchObject({
      schedule: [{ ...daily, isDerived: false }],
      measuringDays: null,
      leftOut: [],
    });
    const history = await people.nora.ask('GET', `/api/patients/${triage.small.patients.first}/measuring-days`);
    expect(await history.json()).toMatchObject([{ version: 1, weekdays: [1, 4], reason: 'works the other days' }]);
  });

  test('what is stored is read, changed and written back whole, whatever the plan makes of it meanwhile', async () => {
    const ends = new Date(Date.now() + 20 * 86_400_000).toISOString();
    const begins = new Date(Date.now() + 10 * 86_400_000).toISOString();
    const evening = { ...daily, metric: 'systolic', atLocal: '20:00', weekdays: [2], onlyInEpisode: false };
    const lines = [
      { ...daily, onlyInEpisode: false, to: ends },
      { ...evening, from: begins },
    ];
    expect((await ask('nora', 'PUT', '/schedule', { times: lines })).status).toBe(204);
    const { manager } = triage.database.dataSource;
    await manager.query(`insert into enrolment (patient_id, programme, from_at) values ($1, 'htn', now())`, [triage.small.patients.first]);
    const inTwoDays = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10);
    const review = await ask('nora', 'POST', '/review-dates', { reviewOn: inTwoDays, reason: 'soon', expectedVersion: 0 });
    const agreed = await ask('nora', 'POST', '/measuring-days', { weekdays: [1, 4], reason: 'works', expectedVersion: 1 });
    expect([review.status, agreed.status]).toEqual([201, 201]);
    const shown = (await ask('nora', 'GET', '')).body as { schedule: { metric: string; isDerived: boolean; to: string | null }[] };
    expect(shown.schedule.filter(({ metric }) => metric === 'systolic').map(({ isDerived, to }) => [isDerived, to !== null])).toEqual(
      Array(2).fill([true, true]),
    );
    const stored = (await ask('nora', 'GET', '/schedule')).body as { times: object[] };
    expect(stored).toMatchObject({ times: lines });
    const added = { ...daily, metric: 'weight', weekdays: [4] };
    expect((await ask('nora', 'PUT', '/schedule', { times: [...stored.times, added] })).status).toBe(204);
    expect((await ask('nora', 'GET', '/schedule')).body).toMatchObject({ times: [lines[0], added, lines[1]] });
    const past = { ...daily, to: new Date(Date.now() - 1_000).toISOString() };
    expect((await ask('nora', 'PUT', '/schedule', { times: [past] })).status).toBe(400);
    expect((await ask('nora', 'POST', `/measuring-days/${String(agreed.body?.['id'])}/end`, {})).status).toBe(204);
    expect((await ask('nora', 'POST', `/review-dates/${String(review.body?.['id'])}/end`, {})).status).toBe(204);
    await manager.query(`delete from review_date where patient_id = $1`, [triage.small.patients.first]);
    await manager.query(`delete from enrolment where patient_id = $1 and programme = 'htn'`, [triage.small.patients.first]);
    expect((await ask('nora', 'PUT', '/schedule', { times: [daily] })).status).toBe(204);
  });

  test('the date of a review is set, shown and taken back, with the week before it', async () => {
    const { manager } = triage.database.dataSource;
    await manager.query(`insert into enrolment (patient_id, programme, from_at) values ($1, 'htn', now())`, [triage.small.patients.first]);
    const reviewOn = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
    const body = { reviewOn, reason: 'new treatment', expectedVersion: 0 };
    expect((await ask('tove', 'POST', '/review-dates', body)).status).toBe(403);
    const set = await ask('nora', 'POST', '/review-dates', body);
    expect(set).toMatchObject({ status: 201, body: { reviewOn, setByName: 'Navn nora', version: 1 } });
    expect((await ask('nora', 'GET', '')).body).toMatchObject({ reviewDate: { reviewOn, version: 1 } });
    const plan = (await ask('nora', 'GET', '/plan')).body as { plan: { schedule: { metric: string; weekdays: number[] }[] } };
    expect(plan.plan.schedule.filter(({ metric, weekdays }) => metric === 'systolic' && weekdays.length === 7)).toHaveLength(2);
    expect((await ask('nora', 'POST', '/review-dates', body)).status).toBe(409);
    expect((await ask('nora', 'POST', '/review-dates', { ...body, reviewOn: '2026-02-31', expectedVersion: 1 })).status).toBe(400);
    expect((await ask('nora', 'POST', `/review-dates/${String(set.body?.['id'])}/end`, {})).status).toBe(204);
    expect((await ask('nora', 'GET', '')).body).toMatchObject({ reviewDate: null });
    const history = await people.nora.ask('GET', `/api/patients/${triage.small.patients.first}/review-dates`);
    expect(await history.json()).toMatchObject([{ version: 1, reviewOn, reason: 'new treatment' }]);
  });

  test.each<[string, object]>([
    ['neither days nor how many', {}],
    ['both', { weekdays: [1], daysAWeek: 2 }],
    ['a day that does not exist', { weekdays: [8] }],
    ['the same day twice', { weekdays: [1, 1] }],
    ['no day', { weekdays: [] }],
    ['more days than a week has', { daysAWeek: 8 }],
  ])('is refused: %s', async (_name, days) => {
    const { status } = await ask('nora', 'POST', '/measuring-days', { ...days, reason: 'x', expectedVersion: 1 });
    expect(status).toBe(400);
  });
});
