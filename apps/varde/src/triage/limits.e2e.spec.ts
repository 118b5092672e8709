import { savePerson } from '@varde/store';
import { hash } from '@node-rs/argon2';
import { openTestDatabase, type TestDatabase } from '../../../../test/engine.js';
import { previewIdOf, unitPreviewIdOf } from '../../../../test/shown.js';
import { PASSWORD, saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';
import { jsonOf, openTriageApi, type Asker, type TriageApi } from '../../../../test/triage-api.js';

type Name = 'nora' | 'siri' | 'pia' | 'per' | 'tove';
interface Parameter {
  readonly parameter: string;
  readonly [key: string]: unknown;
}
interface Rule {
  readonly ruleId: string;
  readonly isOn: boolean;
  readonly parameters: readonly Parameter[];
}

/** The change that a request makes, as it is previewed. */
function changeOf(
  kind: string,
  { reason: _reason, expectedVersion: _version, nurseRange: _range, ...change }: Record<string, unknown>,
): object {
  return { kind, ...change };
}

/** Limits, references and tasks as people of different roles meet them. */
describe('limits over HTTP', () => {
  let db: TestDatabase;
  let small: SmallCommunity;
  let api: TriageApi;
  let patient = '';
  const people = {} as Record<Name, Asker>;
  const ask = async <T = Record<string, unknown>>(name: Name, method: string, path: string, body?: unknown) =>
    (await jsonOf(await people[name].ask(method, `/api${path}`, body))) as { status: number; body: T };
  const shown = async (name: Name, change: object) => ({ previewId: await previewIdOf(people[name], small.patients.first, change) });
  /** Shown to who sets it, and set. */
  const setLimit = async <T = Record<string, unknown>>(name: Name, limit: Record<string, unknown>) =>
    ask<T>(name, 'POST', `${patient}/limits`, { ...limit, ...(await shown(name, changeOf('limit', limit))) });
  const setUnitLimit = async (name: Name, unitId: number, limit: Record<string, unknown>) => {
    const previewId = await unitPreviewIdOf(people[name], unitId, changeOf('unit_limit', limit));
    return ask(name, 'POST', `/units/${unitId}/limits`, { ...limit, previewId });
  };
  const parameterOf = async (ruleId: string) => {
    const { body } = await ask<Rule[]>('nora', 'GET', `${patient}/rules`);
    const rule = body.find((each) => each.ruleId === ruleId);
    return { isOn: rule?.isOn, ...rule?.parameters[0] };
  };
  const critical = { ruleId: 'copd.spo2.critical', parameter: 'limit', reason: 'lives at 84', expectedVersion: 0 };

  beforeAll(async () => {
    db = await openTestDatabase();
    small = await saveSmallCommunity(db.database.dataSource);
    const { manager } = db.database.dataSource;
    const per = {
      username: 'per',
      name: 'Per',
      passwordHash: await hash(PASSWORD),
      roles: ['physician' as const],
      unitIds: [small.units.north],
    };
    await savePerson(manager, per, new Date());
    await manager.query(`insert into person_unit (person_id, unit_id) values ($1, $2)`, [small.people.tove, small.units.clinic]);
    patient = `/patients/${small.patients.first}`;
    api = await openTriageApi(db.database);
    for (const name of ['nora', 'siri', 'pia', 'per', 'tove'] as const) people[name] = await api.signIn(name);
    for (const programme of ['copd', 'hf']) {
      const change = { kind: 'programme', programme, enrolled: true };
      expect((await ask('pia', 'POST', `${patient}/enrolments`, { programme, ...(await shown('pia', change)) })).status).toBe(204);
    }
  }, 60_000);
  afterAll(async () => {
    await api.close();
    await db.close();
  });

  test('past the safety floor two physicians are needed, and the one who proposed is not the second', async () => {
    const proposed = await setLimit<{ limit: null; proposal: { id: number } }>('pia', { ...critical, value: 82 });
    expect(proposed).toMatchObject({ status: 202, body: { limit: null, proposal: { state: 'open', value: 82, kind: 'personal_limit' } } });
    const path = `/proposals/${proposed.body.proposal.id}`;
    expect((await ask('nora', 'GET', `/tasks?patient=${small.patients.first}`)).body).toMatchObject([
      { kind: 'limit-proposal', forRole: 'physician' },
    ]);
    expect((await ask('siri', 'GET', '/proposals')).body).toEqual([]);
    expect((await ask('siri', 'GET', '/tasks')).body).toEqual([]);
    expect((await ask('nora', 'POST', `${path}/approve`, {})).status).toBe(403);
    expect((await ask('pia', 'POST', `${path}/approve`, {})).status).toBe(403);
    expect((await ask('per', 'POST', `${path}/approve`, {})).status).toBe(422);
    const seen = await shown('per', changeOf('limit', { ...critical, value: 82 }));
    expect((await ask('per', 'POST', `${path}/approve`, seen)).body).toMatchObject({
      ...{ state: 'approved', shown: { effect: { patients: 1 } } },
    });
    expect((await ask('per', 'POST', `${path}/approve`, seen)).status).toBe(409);
    expect(await parameterOf('copd.spo2.critical')).toMatchObject({
      ...{ value: 82, source: 'personal', version: 1, default: 83, safetyFloor: 83, settledBy: null },
      chosen: { ownerId: small.people.pia, reason: 'lives at 84', validTo: null },
    });
  });

  test('who saw an older version is told, and nothing is overwritten', async () => {
    const answer = await setLimit('per', { ...critical, value: 85 });
    expect(answer).toMatchObject({ status: 409, body: { detail: expect.stringMatching(/version 1 is there, not 0/) as string } });
    expect((await setLimit('per', { ...critical, value: 85, expectedVersion: 1 })).status).toBe(201);
  });

  test('a nurse sets inside the range a physician has left; fixed rules nobody changes', async () => {
    const target = { ruleId: 'copd.spo2.below_target', parameter: 'target_low', reason: 'agreed', expectedVersion: 0 };
    expect((await setLimit('nora', { ...target, value: 87 })).status).toBe(403);
    await setLimit('pia', { ...target, value: 88, nurseRange: { min: 86, max: 90 } });
    expect((await setLimit('nora', { ...target, value: 85, expectedVersion: 1 })).status).toBe(403);
    expect((await setLimit('nora', { ...target, value: 87, expectedVersion: 1 })).status).toBe(201);
    const fixed = { ...target, ruleId: 'copd.rome.moderate', parameter: 'count', value: 3 };
    expect((await ask('pia', 'POST', `${patient}/limits`, fixed)).status).toBe(403);
  });

  test('defaults of two units that differ: both shown with owners, the more protective used', async () => {
    const drop = { ruleId: 'copd.spo2.drop', parameter: 'drop', reason: 'our patients', expectedVersion: 0 };
    const unit = (id: number) => `/units/${id}`;
    expect((await ask('nora', 'POST', `${unit(small.units.north)}/limits`, { ...drop, value: 4 })).status).toBe(403);
    expect((await ask('tove', 'POST', `${unit(small.units.south)}/limits`, { ...drop, value: 4 })).status).toBe(404);
    expect((await ask('tove', 'POST', `${unit(small.units.north)}/limits`, { ...drop, value: 5 })).status).toBe(422);
    expect((await setUnitLimit('tove', small.units.north, { ...drop, value: 5 })).status).toBe(201);
    expect((await setUnitLimit('tove', small.units.clinic, { ...drop, value: 2 })).status).toBe(201);
    expect(await parameterOf('copd.spo2.drop')).toMatchObject({
      ...{ value: 2, source: 'unit', settledBy: 'conflict left' },
      differing: [
        { value: 2, ownerName: 'Lungepoliklinikken' },
        { value: 5, ownerName: 'Oppfølging Nordvik' },
      ],
    });
    expect((await ask('nora', 'GET', `${unit(small.units.north)}/rules`)).body).toMatchObject({
      ...{ limits: [{ value: 5, shown: { effect: { days: 28, patients: 2 } } }], switches: [] },
    });
    expect((await ask('siri', 'GET', `${unit(small.units.north)}/rules`)).status).toBe(404);
  });

  test('an optional rule is switched on by the team lead; a red one off needs a physician', async () => {
    const path = `/units/${small.units.north}/rule-switches`;
    const wanted = { ruleId: 'copd.exact.event', enabled: true, reason: 'trial', expectedVersion: 0 };
    expect((await parameterOf('copd.exact.event')).isOn).toBe(false);
    const seen = { previewId: await unitPreviewIdOf(people.tove, small.units.north, changeOf('rule', wanted)) };
    expect((await ask('tove', 'POST', path, { ...wanted, ...seen })).status).toBe(201);
    expect((await parameterOf('copd.exact.event')).isOn).toBe(true);
    const unwanted = { ...wanted, ruleId: 'copd.spo2.drop_large', enabled: false };
    const off = await ask<{ proposal: { id: number } }>('tove', 'POST', path, {
      ...unwanted,
      previewId: await unitPreviewIdOf(people.tove, small.units.north, changeOf('rule', unwanted)),
    });
    expect(off.status).toBe(202);
    expect((await parameterOf('copd.spo2.drop_large')).isOn).toBe(true);
    const decline = `/proposals/${off.body.proposal.id}/decline`;
    expect((await ask('pia', 'POST', decline, {})).status).toBe(400);
    expect((await ask('pia', 'POST', decline, { reason: 'no' })).body).toMatchObject({ state: 'declined', declineReason: 'no' });
    expect((await ask('tove', 'POST', path, { ...wanted, ruleId: 'gen.news2.high', enabled: false })).status).toBe(403);
  });

  test('a reference moves the limit it stands for', async () => {
    const path = `${patient}/references`;
    const lowest = { key: 'lowest-systolic', value: 85, reason: 'heart clinic', expectedVersion: 0 };
    expect((await ask('nora', 'POST', path, lowest)).status).toBe(403);
    expect((await ask('pia', 'POST', path, { ...lowest, value: 70 })).status).toBe(400);
    expect((await ask('pia', 'POST', path, lowest)).status).toBe(422);
    const made = await ask('pia', 'POST', path, { ...lowest, ...(await shown('pia', changeOf('reference', lowest))) });
    expect(made).toMatchObject({ status: 201, body: { version: 1 } });
    const again = { ...lowest, ...(await shown('pia', changeOf('reference', lowest))) };
    expect((await ask('pia', 'POST', path, again)).status).toBe(409);
    expect(
      (await ask<Rule[]>('nora', 'GET', `${patient}/rules`)).body.find(({ ruleId }) => ruleId === 'hf.sbp.low')?.parameters[1],
    ).toMatchObject({
      ...{ parameter: 'without_symptoms', value: 85, source: 'personal' },
      chosen: { takenFrom: 'lowest-systolic' },
    });
    const ending = await shown('pia', { kind: 'reference', key: 'lowest-systolic', value: null });
    expect((await ask('pia', 'POST', `${path}/${String(made.body['id'])}/end`, ending)).status).toBe(204);
    expect((await ask('nora', 'GET', path)).body).toMatchObject([{ key: 'lowest-systolic', validTo: expect.any(String) as string }]);
    expect((await ask('siri', 'GET', path)).status).toBe(404);
  });

  test('a task is closed by its role, with an outcome', async () => {
    const team = [small.patients.first, small.units.north];
    const [task] = await db.database.dataSource.query<{ id: string }[]>(
      `insert into task (patient_id, unit_id, for_role, key, kind, reason_nb, reason_en, raised_at, by_look)
       values ($1, $2, 'physician', 'reference-missing:dry-weight', 'reference-missing', 'Mangler: tørrvekt', 'Missing: dry weight', now(), true) returning id`,
      team,
    );
    const path = `/tasks/${task?.id ?? ''}`;
    expect((await ask('siri', 'POST', `${path}/done`, { outcome: 'x' })).status).toBe(404);
    expect((await ask('nora', 'POST', `${path}/done`, { outcome: 'x' })).status).toBe(403);
    expect((await ask('pia', 'POST', `${path}/done`, {})).status).toBe(400);
    expect((await ask('pia', 'POST', `${path}/dismiss`, { outcome: 'no heart failure after all' })).body).toMatchObject({
      state: 'dismissed',
      closedBy: 'Navn pia',
    });
    expect((await ask('pia', 'POST', `${path}/done`, { outcome: 'x' })).status).toBe(409);
    const query = `unit=${small.units.north}&role=physician&state=dismissed`;
    expect((await ask('nora', 'GET', `/tasks?${query}`)).body).toMatchObject([
      { key: 'reference-missing:dry-weight', patientName: 'Første Oppdiktet' },
    ]);
    expect((await ask('nora', 'GET', '/tasks?state=gone')).status).toBe(400);
  });
});
