import { jsonOf } from '../../../../test/triage-api.js';
import { testTriage } from '../../../../test/triage-rig.js';

describe('what matters to a patient, over HTTP', () => {
  const triage = testTriage(['nora', 'tove']);
  const { people } = triage;
  const ask = async (name: keyof typeof people, method: string, path: string, body?: unknown) =>
    jsonOf(await people[name].ask(method, `/api/patients/${triage.small.patients.first}${path}`, body));
  const listed = async (): Promise<unknown> => (await people.nora.ask('GET', `/api/patients/${triage.small.patients.first}/goals`)).json();

  test('is written down in their words, shown with the patient, ended with what became of it, and never lost', async () => {
    expect((await ask('nora', 'GET', '')).body).toMatchObject({ goals: [] });
    expect((await ask('tove', 'POST', '/goals', { words: 'x' })).status).toBe(403);
    const shop = await ask('nora', 'POST', '/goals', { words: '  gå til butikken selv ' });
    expect(shop).toMatchObject({
      status: 201,
      body: { words: 'gå til butikken selv', setByName: 'Navn nora', endedAt: null, outcome: null },
    });
    const cabin = await ask('nora', 'POST', '/goals', { words: 'en sommer til på hytta' });
    expect((await ask('nora', 'GET', '')).body).toMatchObject({
      goals: [{ words: 'gå til butikken selv' }, { words: 'en sommer til på hytta' }],
    });
    const end = `/goals/${String(shop.body?.['id'])}/end`;
    expect((await ask('nora', 'POST', end, { outcome: 'reached', note: 'to ganger i uken' })).status).toBe(204);
    expect((await ask('nora', 'POST', end, { outcome: 'given_up' })).status).toBe(409);
    expect((await ask('nora', 'GET', '')).body).toMatchObject({ goals: [{ id: cabin.body?.['id'] }] });
    expect(await listed()).toMatchObject([
      { words: 'en sommer til på hytta', endedAt: null, endedByName: null, note: null },
      { words: 'gå til butikken selv', outcome: 'reached', endedByName: 'Navn nora', note: 'to ganger i uken' },
    ]);
  });

  test.each([
    ['without words', { words: '   ' }, 400],
    ['longer than anybody reads', { words: 'x'.repeat(501) }, 400],
    ['that stands already', { words: 'en sommer til på hytta' }, 409],
  ])('a goal %s is refused', async (_name, body, status) => {
    expect((await ask('nora', 'POST', '/goals', body)).status).toBe(status);
  });

  test('an outcome nobody knows is refused, and so is the goal of another patient', async () => {
    const [{ id }] = (await listed()) as [{ id: number }];
    expect((await ask('nora', 'POST', `/goals/${id}/end`, { outcome: 'won' })).status).toBe(400);
    const elsewhere = await people.nora.ask('POST', `/api/patients/${triage.small.patients.second}/goals/${id}/end`, {
      outcome: 'changed',
    });
    expect(elsewhere.status).toBe(404);
  });

  test('of two who end it at once one does; ten stand at most, also when they are written down at once', async () => {
    const [{ id }] = (await listed()) as [{ id: number }];
    const ends = await Promise.all(['changed', 'given_up'].map((outcome) => ask('nora', 'POST', `/goals/${id}/end`, { outcome })));
    expect(ends.map(({ status }) => status).sort()).toEqual([204, 409]);
    const added = await Promise.all(Array.from({ length: 12 }, (_none, at) => ask('nora', 'POST', '/goals', { words: `mål ${at}` })));
    expect(added.filter(({ status }) => status === 201)).toHaveLength(10);
    expect(added.filter(({ status }) => status === 409)).toHaveLength(2);
  });
});
