import { verify } from '@node-rs/argon2';
import { saveWearer } from '@varde/store';
import { makeTestCommunity, makeTestPatient } from '../../../../test/community.js';
import { openTestDatabase, type TestDatabase } from '../../../../test/engine.js';
import { saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';
import { jsonOf, openTriageApi, type Asker, type TriageApi } from '../../../../test/triage-api.js';

type Name = 'nora' | 'siri' | 'pia' | 'tove' | 'ada' | 'odd';

describe('administration over HTTP', () => {
  let db: TestDatabase;
  let small: SmallCommunity;
  let api: TriageApi;
  const people = {} as Record<Name, Asker>;
  const ask = async (name: Name, method: string, path: string, body?: unknown) => jsonOf(await people[name].ask(method, path, body));
  const rows = <T>(sql: string, values: unknown[] = []) => db.database.dataSource.query<T[]>(sql, values);

  beforeAll(async () => {
    db = await openTestDatabase();
    small = await saveSmallCommunity(db.database.dataSource);
    api = await openTriageApi(db.database);
    for (const name of ['nora', 'siri', 'pia', 'tove', 'ada', 'odd'] as const) people[name] = await api.signIn(name);
  }, 60_000);
  afterAll(async () => {
    await api.close();
    await db.close();
  });

  // Everything a role may not do, one row each: who, what.
  test.each<[Name, string, string, unknown?]>([
    ['nora', 'GET', '/api/people'],
    ['nora', 'POST', '/api/people', {}],
    ['odd', 'PATCH', '/api/people/1', {}],
    ['nora', 'POST', '/api/units', {}],
    ['odd', 'POST', '/api/organisations', {}],
    ['nora', 'POST', '/api/communities', {}],
    ['nora', 'PUT', '/api/units/1/opening-hours', {}],
    ['ada', 'POST', '/api/devices', {}],
    ['nora', 'POST', '/api/devices', {}],
    ['nora', 'GET', '/api/credentials'],
    ['nora', 'POST', '/api/credentials', {}],
    ['ada', 'DELETE', '/api/credentials/1'],
    ['odd', 'POST', '/api/devices/1/wearers', {}],
    ['odd', 'POST', '/api/wearers/1/end', {}],
    ['nora', 'GET', '/api/refused'],
    ['nora', 'POST', '/api/refused/process', {}],
    ['ada', 'POST', '/api/patients', {}],
    ['odd', 'GET', '/api/patients/1/plan'],
    ['nora', 'PUT', '/api/patients/1/team', {}],
    ['nora', 'POST', '/api/patients/1/enrolments', {}],
    ['pia', 'PUT', '/api/patients/1/schedule', {}],
    ['tove', 'POST', '/api/patients/1/limits', {}],
    ['nora', 'POST', '/api/patients/1/limits/1/end', {}],
    ['ada', 'GET', '/api/patients/1/limits'],
  ])('%s may not %s %s', async (...row) => {
    expect((await ask(...row)).status).toBe(403);
  });

  test('an administrator keeps people, whose passwords are never kept nor shown', async () => {
    const password = 'a password for kari';
    const kari = { username: 'kari', name: 'Kari', password, roles: ['nurse'], unitIds: [small.units.north] };
    const made = await ask('ada', 'POST', '/api/people', kari);
    expect(made.status).toBe(201);
    const [row] = await rows<{ password_hash: string }>(`select password_hash from person where username = 'kari'`);
    expect(await verify(row?.password_hash ?? '', password)).toBe(true);
    expect(JSON.stringify((await ask('ada', 'GET', '/api/people')).body)).not.toMatch(/argon2|a password/);
    expect((await ask('ada', 'POST', '/api/people', kari)).status).toBe(409);
    const faults = await ask('ada', 'POST', '/api/people', { ...kari, username: 'x', password: 'short', roles: ['boss'], more: 1 });
    expect(faults).toMatchObject({
      status: 400,
      body: { errors: expect.arrayContaining([{ field: 'more', problem: expect.any(String) as string }]) as unknown },
    });
    expect((await ask('ada', 'POST', '/api/people', { ...kari, username: 'short', password: 'short' })).body?.['detail']).toMatch(
      /12 characters/,
    );

    const theirs = await api.signIn('kari', password);
    expect((await theirs.ask('GET', '/api/worklist')).status).toBe(200);
    const path = `/api/people/${String(made.body?.['id'])}`;
    expect((await ask('ada', 'PATCH', path, { roles: ['nurse', 'team_lead'], active: false })).status).toBe(204);
    expect((await theirs.ask('GET', '/api/worklist')).status).toBe(401);
    expect((await ask('ada', 'PATCH', '/api/people/99999', { active: false })).status).toBe(404);
    expect((await ask('ada', 'PATCH', path, { password: null })).status).toBe(400);
    expect((await ask('ada', 'PATCH', `/api/people/${small.people.ada}`, { active: false })).status).toBe(409);
    // All or nothing: the role is not changed when the unit is not there.
    expect((await ask('ada', 'PATCH', path, { roles: ['operator'], unitIds: [99_999] })).status).toBe(404);
    expect(await rows(`select roles from person where username = 'kari'`)).toEqual([{ roles: ['nurse', 'team_lead'] }]);
  });

  test('an administrator keeps units; everybody reads them', async () => {
    const organisation = await ask('ada', 'POST', '/api/organisations', { communityId: small.communityId, name: 'Fastlegene' });
    const unit = {
      organisationId: organisation.body?.['id'],
      name: 'Legekontoret',
      careLevel: 'gp',
      zone: 'Europe/Oslo',
      openingHours: [{ weekdays: [1, 2, 3, 4, 5], from: '08:00', to: '15:30' }],
      webhook: { url: 'https://example.org/notices', secret: 'x'.repeat(32) },
    };
    const made = await ask('ada', 'POST', '/api/units', unit);
    expect(made.status).toBe(201);
    const path = `/api/units/${String(made.body?.['id'])}`;
    const listed = (await ask('nora', 'GET', '/api/units')).body as unknown as { id: number }[];
    expect(listed.find((each) => each.id === made.body?.['id'])).toMatchObject({ name: 'Legekontoret', organisation: 'Fastlegene' });
    expect(JSON.stringify(listed)).not.toContain('xxxx');
    expect(
      (await ask('ada', 'PUT', `${path}/opening-hours`, { openingHours: [{ weekdays: [6], from: '22:00', to: '07:00' }] })).status,
    ).toBe(204);
    expect((await ask('ada', 'PUT', `${path}/opening-hours`, { openingHours: [{ weekdays: [9], from: '8', to: 'x' }] })).status).toBe(400);
    expect((await ask('ada', 'DELETE', `${path}/webhook`)).status).toBe(204);
    expect((await ask('ada', 'PUT', `${path}/webhook`, { url: 'ftp://x', secret: 'x'.repeat(32) })).status).toBe(400);
    expect((await ask('ada', 'POST', '/api/units', { ...unit, name: 'Other', zone: 'Mars/Base' })).status).toBe(400);
    expect((await ask('ada', 'POST', '/api/communities', { code: 'ny', name: 'Nytt fellesskap' })).status).toBe(201);
    expect((await ask('ada', 'POST', '/api/communities', { code: 'ny', name: 'Nytt fellesskap' })).status).toBe(409);
  });

  test('an operator registers devices; a nurse gives them to patients of her own units', async () => {
    const device = { communityId: small.communityId, name: '00:1a:7d:da:71:13', kind: 'pulse-oximeter' };
    const made = await ask('odd', 'POST', '/api/devices', device);
    expect(made).toMatchObject({
      status: 201,
      body: { name: '001A7DDA7113', credential: { secret: expect.stringMatching(/^[\w-]{43}$/) as string } },
    });
    const second = await ask('odd', 'POST', '/api/credentials', { communityId: small.communityId, clientId: '001A7DDA7113' });
    expect(second.status).toBe(201);
    expect((await ask('odd', 'POST', '/api/credentials', { communityId: small.communityId, clientId: '001A7DDA7113' })).status).toBe(409);
    expect((await ask('odd', 'DELETE', `/api/credentials/${String(second.body?.['id'])}`)).status).toBe(204);
    const listed = JSON.stringify((await ask('odd', 'GET', '/api/credentials?clientId=001A7DDA7113')).body);
    expect(listed).not.toContain('hmac');
    expect(listed).not.toContain(String(second.body?.['secret']));

    const path = `/api/devices/${String(made.body?.['id'])}/wearers`;
    expect((await ask('nora', 'POST', path, { patientId: small.patients.south })).status).toBe(404);
    expect((await ask('nora', 'POST', path, { patientId: small.patients.first, from: 'yesterday' })).status).toBe(400);
    const worn = await ask('nora', 'POST', path, { patientId: small.patients.first });
    expect(worn).toMatchObject({ status: 201, body: { patientId: small.patients.first, to: null } });
    expect((await ask('siri', 'POST', path, { patientId: small.patients.south })).status).toBe(409);
    const end = `/api/wearers/${String(worn.body?.['id'])}/end`;
    expect((await ask('siri', 'POST', end, {})).status).toBe(404);
    expect((await ask('odd', 'GET', path)).body).toMatchObject([{ patientId: small.patients.first, to: null }]);
    expect((await ask('nora', 'POST', end, {})).status).toBe(200);
    expect((await ask('siri', 'POST', path, { patientId: small.patients.south })).status).toBe(201);
    expect((await ask('odd', 'GET', '/api/devices')).body).toMatchObject([
      { name: '001A7DDA7113', wearers: [{ patientId: small.patients.south }] },
    ]);
  });

  test('who is no operator sees devices of their communities, and of who wears them the patients they may see', async () => {
    const { first, second, south } = small.patients;
    const { manager } = db.database.dataSource;
    const beyond = await makeTestCommunity(manager, 'beyond', new Date());
    const far = await makeTestPatient(manager, beyond, new Date());
    const register = async (communityId: number, name: string) =>
      Number((await ask('odd', 'POST', '/api/devices', { communityId, name, kind: 'scale' })).body?.['id']);
    const [shared, elsewhere] = [await register(small.communityId, 'shared'), await register(beyond.communityId, 'elsewhere')];
    await saveWearer(manager, { deviceId: elsewhere, userSlot: null, patientId: far, from: new Date() }, new Date());
    const path = `/api/devices/${shared}/wearers`;
    expect((await ask('nora', 'POST', path, { patientId: first, userSlot: 1 })).status).toBe(201);
    const theirs = await ask('siri', 'POST', path, { patientId: south, userSlot: 2 });
    expect(theirs.status).toBe(201);

    interface Line {
      readonly id: number;
      readonly wearers: readonly { readonly patientId: number }[];
    }
    const patientsOf = (wearers: unknown) => (wearers as Line['wearers']).map(({ patientId }) => patientId).sort();
    const shownTo = async (name: Name) => {
      const lines = (await ask(name, 'GET', `/api/devices?afterId=${shared - 1}`)).body as unknown as Line[];
      const worn = [(await ask(name, 'GET', path)).body, (await ask(name, 'GET', `/api/devices/${elsewhere}/wearers`)).body];
      return { lines: lines.map(({ id, wearers }) => [id, patientsOf(wearers)]), worn: worn.map(patientsOf) };
    };
    expect(await shownTo('nora')).toEqual({ lines: [[shared, [first]]], worn: [[first], []] });
    expect(await shownTo('siri')).toEqual({ lines: [[shared, [south]]], worn: [[south], []] });
    const lines = [
      [shared, [first, south]],
      [elsewhere, [far]],
    ];
    expect(await shownTo('odd')).toEqual({ lines, worn: [[first, south], [far]] });

    const saysOf = async (userSlot: number) => (await ask('nora', 'POST', path, { patientId: second, userSlot })).body?.['detail'];
    expect(await saysOf(1)).toMatch(new RegExp(`^patient ${first} wears this device \\(slot 1\\) from`));
    expect(await saysOf(2)).toMatch(/^somebody wears this device \(slot 2\) from/);
    const wearer = String(theirs.body?.['id']);
    expect(await ask('nora', 'POST', `/api/wearers/${wearer}/end`, {})).toMatchObject({
      ...{ status: 404, body: { detail: `there is no running wearer ${wearer}` } },
    });
    expect((await ask('nora', 'POST', path, { patientId: second, userSlot: 3 })).status).toBe(201);
  });

  test('who registers a patient starts programmes only as a physician; a physician enrols whom others register', async () => {
    const register = (name: Name, programmes: readonly string[]) =>
      ask(name, 'POST', '/api/patients', {
        communityId: small.communityId,
        name: 'Femte Oppdiktet',
        unitIds: [small.units.north],
        programmes,
      });
    const count = async () => (await rows(`select id from patient`)).length;
    const before = await count();
    for (const name of ['nora', 'tove'] as const) {
      expect(await register(name, ['copd'])).toMatchObject({
        status: 403,
        body: { detail: expect.stringMatching(/^to start programmes needs the role physician/) as string },
      });
    }
    expect(await count()).toBe(before);
    expect((await register('pia', ['copd'])).status).toBe(201);
    expect((await register('tove', [])).status).toBe(201);
    const made = await register('nora', []);
    expect(made.status).toBe(201);
    const path = `/api/patients/${String(made.body?.['id'])}`;
    const programmes = async () => ((await ask('nora', 'GET', `${path}/plan`)).body?.['plan'] as { enrolments: unknown[] }).enrolments;
    expect(await programmes()).toEqual([]);
    const changes = [{ kind: 'programme', programme: 'copd', enrolled: true }];
    const { previewId } = (await ask('pia', 'POST', `${path}/preview`, { changes })).body ?? {};
    expect((await ask('pia', 'POST', `${path}/enrolments`, { programme: 'copd', previewId })).status).toBe(204);
    expect(await programmes()).toMatchObject([{ programme: 'copd' }]);
  });

  test('a plan is agreed by those who may, for patients of their units', async () => {
    const { north, south } = small.units;
    const patient = { communityId: small.communityId, name: 'Fjerde Oppdiktet', unitIds: [north], programmes: ['copd'] };
    expect((await ask('pia', 'POST', '/api/patients', { ...patient, unitIds: [south] })).status).toBe(400);
    const made = await ask('pia', 'POST', '/api/patients', patient);
    expect(made.status).toBe(201);
    const path = `/api/patients/${String(made.body?.['id'])}`;
    expect((await ask('nora', 'GET', `${path}/plan`)).body).toMatchObject({
      plan: { enrolments: [{ programme: 'copd' }] },
      team: { units: [{ id: north }] },
    });
    expect((await ask('siri', 'GET', `${path}/plan`)).status).toBe(404);
    const shown = async (enrolled: boolean) => {
      const changes = [{ kind: 'programme', programme: 'hf', enrolled }];
      return Number((await ask('pia', 'POST', `${path}/preview`, { changes })).body?.['previewId']);
    };
    expect((await ask('pia', 'POST', `${path}/enrolments`, { programme: 'hf' })).status).toBe(422);
    expect((await ask('pia', 'POST', `${path}/enrolments`, { programme: 'hf', previewId: await shown(true) })).status).toBe(204);
    expect((await ask('pia', 'DELETE', `${path}/enrolments/hf`)).status).toBe(422);
    expect((await ask('pia', 'DELETE', `${path}/enrolments/hf?previewId=${await shown(false)}`)).status).toBe(204);
    expect((await ask('pia', 'DELETE', `${path}/enrolments/hf`)).status).toBe(404);
    const times = [{ metric: 'spo2', atLocal: '20:00', weekdays: [1, 3, 5] }];
    expect((await ask('nora', 'PUT', `${path}/schedule`, { times })).status).toBe(204);
    expect((await ask('nora', 'PUT', `${path}/schedule`, { times: [{ ...times[0], atLocal: '25:00' }] })).status).toBe(400);
    expect((await ask('tove', 'PUT', `${path}/team`, { unitIds: [north, small.units.clinic] })).status).toBe(204);
    expect((await ask('tove', 'PUT', `${path}/team`, { unitIds: [99_999] })).status).toBe(404);
    expect((await ask('nora', 'POST', `${path}/end`, {})).status).toBe(204);
    expect((await ask('nora', 'POST', `${path}/end`, {})).status).toBe(409);
  });

  test('a physician sets limits within the range of the rule, and the history stays', async () => {
    const path = `/api/patients/${small.patients.first}/limits`;
    const limit = { ruleId: 'copd.spo2.below_target', parameter: 'target_low', value: 86, reason: 'habitual 86-88', expectedVersion: 0 };
    const shown = async (value: number | null) => {
      const { ruleId, parameter } = limit;
      const changes = [{ kind: 'limit', ruleId, parameter, value }];
      return { previewId: (await ask('pia', 'POST', `/api/patients/${small.patients.first}/preview`, { changes })).body?.['previewId'] };
    };
    expect(await ask('pia', 'POST', path, { ...limit, ...(await shown(86)) })).toMatchObject({
      status: 201,
      body: { limit: { version: 1, setByPersonId: small.people.pia }, proposal: null },
    });
    const changed = await ask('pia', 'POST', path, {
      ...limit,
      value: 85,
      reason: 'worse at rest',
      expectedVersion: 1,
      ...(await shown(85)),
    });
    expect(changed).toMatchObject({ status: 201, body: { limit: { version: 2, value: 85 } } });
    const second = changed.body?.['limit'] as Record<string, unknown>;
    expect((await ask('nora', 'GET', path)).body).toMatchObject([
      { version: 2, validTo: null },
      { version: 1, value: 86, reason: 'habitual 86-88', validTo: second['validFrom'] },
    ]);
    for (const wrong of [{ value: 20 }, { parameter: 'none' }, { reason: '' }, { value: '86' }]) {
      expect((await ask('pia', 'POST', path, { ...limit, ...wrong })).status).toBe(400);
    }
    expect((await ask('pia', 'POST', path, { ...limit, ruleId: 'no.such.rule' })).status).toBe(404);
    expect((await ask('pia', 'POST', `/api/patients/${small.patients.south}/limits`, limit)).status).toBe(404);
    const end = (patientId: number) => `/api/patients/${patientId}/limits/${String(second['id'])}/end`;
    expect((await ask('pia', 'POST', end(small.patients.second), {})).status).toBe(404);
    expect((await ask('pia', 'POST', end(small.patients.first), {})).status).toBe(422);
    expect((await ask('pia', 'POST', end(small.patients.first), await shown(null))).status).toBe(204);
  });

  test('an operator sees what was refused and sets it aside; processing is said to be elsewhere', async () => {
    await rows(
      `insert into refused (received_at, last_received_at, topic, payload, digest, measurement_index, reason, detail, parked)
       values (now(), now(), 'varde/v1/liten/G/dev/D/obs', '{}', '\\x01', -1, 'unknown-device', 'no device D', true)`,
    );
    const listed = await ask('odd', 'GET', '/api/refused?state=open&limit=10');
    expect(listed.body).toMatchObject({ entries: [{ reason: 'unknown-device', preview: { as: 'text', content: '{}' } }], next: null });
    expect((await ask('odd', 'GET', '/api/refused?limit=0')).status).toBe(400);
    // This API runs without the room that takes messages.
    expect((await ask('odd', 'POST', '/api/refused/process', { ids: [1] })).status).toBe(501);
    expect((await ask('odd', 'POST', '/api/refused/1/dismiss', { note: 'neighbour' })).status).toBe(204);
    expect((await ask('odd', 'POST', '/api/refused/1/dismiss', { note: 'neighbour' })).status).toBe(409);
  });
});
