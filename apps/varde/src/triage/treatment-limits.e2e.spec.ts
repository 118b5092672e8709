import { anEpisode, saveAnEpisode } from '../../../../test/small-community.js';
import { jsonOf } from '../../../../test/triage-api.js';
import { testTriage } from '../../../../test/triage-rig.js';

describe('treatment limits over HTTP', () => {
  const triage = testTriage(['nora', 'pia', 'siri']);
  const { people } = triage;
  const ask = async (name: keyof typeof people, method: string, path: string, body?: unknown) =>
    jsonOf(await people[name].ask(method, `/api/patients/${triage.small.patients.first}${path}`, body));
  const inDays = (count: number): string => new Date(Date.now() + count * 86_400_000).toISOString();
  const limits = (given: object = {}) => ({
    ...{ fromSeverity: 'red', unitId: triage.small.units.clinic, reviewBy: inDays(90), expectedVersion: 0 },
    ...{
      decision: 'Ikke innleggelse. Lindring hjemme.',
      contact: 'Palliativ sykepleier, 900 00 000',
      reason: 'eget ønske, avtalt med pårørende',
    },
    ...given,
  });

  test('a physician decides; a nurse sees it on the worklist before she acts, and in the patient’s view; every version stays', async () => {
    await saveAnEpisode(
      triage.database.dataSource,
      anEpisode(triage.small, new Date(Date.now() - 600_000), { patientId: triage.small.patients.first }),
    );
    const row = async () => ((await jsonOf(await people.nora.ask('GET', '/api/worklist'))).body as { rows: object[] }).rows[0];
    expect(await row()).toMatchObject({ treatmentLimits: null });
    expect((await ask('nora', 'POST', '/treatment-limits', limits())).status).toBe(403);
    expect((await ask('siri', 'GET', '/treatment-limits')).status).toBe(404);
    const decided = await ask('pia', 'POST', '/treatment-limits', limits());
    expect(decided).toMatchObject({
      status: 201,
      body: { version: 1, setByName: 'Navn pia', unitName: 'Lungepoliklinikken', validTo: null },
    });
    const shown = {
      ...{ version: 1, fromSeverity: 'red', unitId: triage.small.units.clinic, unitName: 'Lungepoliklinikken' },
      ...{ decision: 'Ikke innleggelse. Lindring hjemme.', contact: 'Palliativ sykepleier, 900 00 000' },
    };
    expect(await row()).toMatchObject({ treatmentLimits: shown });
    expect((await ask('nora', 'GET', '')).body).toMatchObject({
      treatmentLimits: { ...shown, reason: 'eget ønske, avtalt med pårørende' },
    });
    expect((await ask('nora', 'GET', '/plan')).body).toMatchObject({
      team: { treatmentLimits: [{ version: 1, unitId: triage.small.units.clinic }] },
    });
    const again = await ask('pia', 'POST', '/treatment-limits', limits());
    expect([again.status, JSON.stringify(again.body)]).toEqual([409, expect.stringContaining('version 1 is there')]);
    expect((await ask('nora', 'POST', `/treatment-limits/${String(decided.body?.['id'])}/end`, {})).status).toBe(403);
    expect((await ask('pia', 'POST', `/treatment-limits/${String(decided.body?.['id'])}/end`, {})).status).toBe(204);
    expect(await row()).toMatchObject({ treatmentLimits: null });
    expect((await ask('nora', 'GET', '')).body).toMatchObject({ treatmentLimits: null });
    const history = await people.nora.ask('GET', `/api/patients/${triage.small.patients.first}/treatment-limits`);
    expect(await history.json()).toMatchObject([
      { version: 1, endedByPersonId: triage.small.people.pia, reason: 'eget ønske, avtalt med pårørende' },
    ]);
  });

  test.each<[string, () => object]>([
    ['yellow', () => ({ fromSeverity: 'yellow' })],
    ['a unit that is not in the team', () => ({ unitId: triage.small.units.south })],
    ['no unit', () => ({ unitId: undefined })],
    ['nobody to call', () => ({ contact: ' ' })],
    ['nothing decided', () => ({ decision: '' })],
    ['no review', () => ({ reviewBy: undefined })],
    ['a review in two years', () => ({ reviewBy: inDays(730) })],
    ['an end before the beginning', () => ({ validTo: inDays(-1) })],
    ['a beginning of yesterday', () => ({ validFrom: inDays(-1) })],
    ['a word that nobody asked for', () => ({ call: '113' })],
  ])('are refused: %s', async (_name, given) => {
    const { status } = await ask('pia', 'POST', '/treatment-limits', limits({ expectedVersion: 1, ...given() }));
    expect(status).toBe(400);
  });
});
