import { contactTestCode } from '@varde/store';
import { joinOrganisations } from '../../../../test/joined.js';
import { jsonOf } from '../../../../test/triage-api.js';
import { testTriage } from '../../../../test/triage-rig.js';

type Name = 'nora' | 'siri' | 'pia' | 'tove' | 'ada' | 'odd';
const DAY_MS = 86_400_000;

describe('units, duty and contacts over HTTP', () => {
  const triage = testTriage(['nora', 'siri', 'pia', 'tove', 'ada', 'odd']);
  const { people } = triage;
  const ask = async (name: Name, method: string, path: string, body?: unknown) => jsonOf(await people[name].ask(method, path, body));
  const list = async (name: Name, path: string) => (await ask(name, 'GET', path)).body as Record<string, unknown>[];
  const idOf = (answer: { body: unknown }) => (answer.body as { id: number }).id;
  const rows = <T>(sql: string, values: unknown[] = []) => triage.database.dataSource.query<T[]>(sql, values);
  const organisationOf = async (unitId: number) =>
    (await rows<{ organisation_id: number }>(`select organisation_id from unit where id = $1`, [unitId]))[0]?.organisation_id ?? 0;
  const soon = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();

  // North is unit 1, south unit 2: what a role or somebody of another unit may not do, and what is said.
  test.each<[Name, string, string, unknown, number]>([
    ['nora', 'POST', '/api/units/1/duty', {}, 403],
    ['nora', 'POST', '/api/units/1/duty/weeks', {}, 403],
    ['pia', 'PUT', '/api/units/1/roster-kept', {}, 403],
    ['odd', 'POST', '/api/units/1/contacts', {}, 403],
    ['nora', 'PUT', '/api/units/1/holidays', {}, 403],
    ['tove', 'PUT', '/api/units/1/owners', {}, 403],
    ['tove', 'POST', '/api/units/1/agreements', {}, 403],
    ['tove', 'PUT', '/api/organisations/1/kind', {}, 403],
    ['siri', 'GET', '/api/units/1/duty', undefined, 404],
    ['siri', 'GET', '/api/units/1/contacts', undefined, 404],
    ['tove', 'PUT', '/api/units/2/roster-kept', { kept: true }, 404],
    ['tove', 'PUT', '/api/units/2/holidays', { onHolidays: 'closed', specialDays: [] }, 404],
    ['tove', 'PUT', '/api/units/2/opening-hours', { openingHours: [{ weekdays: [1], from: '08:00', to: '09:00' }] }, 404],
    ['tove', 'POST', '/api/units/2/duty/1/end', {}, 404],
    ['nora', 'PUT', '/api/patients/1/responsibility', {}, 403],
    ['siri', 'POST', '/api/contacts/99999/test', {}, 404],
  ])('%s may not %s %s', async (...[name, method, path, body, status]) => {
    expect((await ask(name, method, path, body)).status).toBe(status);
  });

  test.each<[string, string, unknown, string]>([
    ['POST', '/api/units/1/duty', { duty: [] }, 'duty'],
    ['POST', '/api/units/1/duty', { duty: [{ personId: 1, kind: 'night', from: 'soon', to: '2026-01-01T00:00:00Z' }] }, 'duty.0.kind'],
    ['POST', '/api/units/1/duty/weeks', { pattern: [], fromDay: '5 January', weeks: 0 }, 'weeks'],
    ['PUT', '/api/units/1/roster-kept', { kept: 'yes' }, 'kept'],
    ['PUT', '/api/units/1/holidays', { onHolidays: 'sometimes', specialDays: [{ day: 'Christmas', hours: [] }] }, 'specialDays.0.day'],
    ['POST', '/api/units/1/contacts', { channel: 'pigeon', address: 'x' }, 'channel'],
    ['PUT', '/api/units/1/services', { services: [1] }, 'services'],
  ])('%s %s with a faulty body is named field by field', async (method, path, body, field) => {
    const answer = await ask('tove', method, path, body);
    expect(answer.status).toBe(400);
    expect((answer.body as { errors: { field: string }[] }).errors.map((each) => each.field)).toContain(field);
  });

  test('a team lead keeps the roster: duty, weeks, an end', async () => {
    const { north } = triage.small.units;
    const path = `/api/units/${north}/duty`;
    const { nora, siri, pia } = triage.small.people;
    expect(await ask('tove', 'PUT', `/api/units/${north}/roster-kept`, { kept: true })).toMatchObject({ status: 409 });
    const duty = [{ personId: nora, kind: 'shift', from: soon(1), to: soon(8) }];
    expect(await ask('tove', 'POST', path, { duty })).toMatchObject({ status: 201, body: { entered: 1, known: 0 } });
    expect(await ask('ada', 'POST', path, { duty })).toMatchObject({ status: 201, body: { entered: 0, known: 1 } });
    expect(await ask('tove', 'POST', path, { duty: [{ ...duty[0], personId: siri }] })).toMatchObject({ status: 409 });
    const fromDay = new Date(Date.now() + 7 * DAY_MS).toISOString().slice(0, 10);
    const pattern = [{ personId: pia, kind: 'on_call', weekdays: [1, 2, 3, 4, 5, 6, 7], from: '15:30', to: '08:00', everyWeeks: 2 }];
    const weeks = await ask('tove', 'POST', `${path}/weeks`, { pattern, fromDay, weeks: 3 });
    expect(weeks.status).toBe(201);
    const shown = await list('nora', `${path}?to=${encodeURIComponent(soon(24 * 40))}`);
    const onCall = shown.filter((each) => each['kind'] === 'on_call');
    expect((weeks.body as { entered: number }).entered).toBe(onCall.length);
    expect(onCall.length).toBeGreaterThanOrEqual(8);
    expect(shown[0]).toMatchObject({ personId: nora, person: 'Navn nora', kind: 'shift', enteredByPersonId: triage.small.people.tove });
    expect((await ask('tove', 'PUT', `/api/units/${north}/roster-kept`, { kept: true })).status).toBe(204);
    expect((await list('nora', '/api/units')).find((each) => each['id'] === north)).toMatchObject({ rosterKept: true });
    expect((await ask('tove', 'POST', `${path}/${String(shown[0]?.['id'])}/end`, {})).status).toBe(204);
    expect((await list('nora', path)).some((each) => each['kind'] === 'shift')).toBe(false);
  });

  test('a contact is tested with a code that nobody but its receiver sees', async () => {
    const { north } = triage.small.units;
    const path = `/api/units/${north}/contacts`;
    const made = await ask('tove', 'POST', path, { channel: 'sms', address: '+4790000000' });
    expect(made.status).toBe(201);
    expect((await ask('tove', 'POST', path, { channel: 'sms', address: '+4790000000' })).status).toBe(409);
    expect((await ask('tove', 'POST', path, { channel: 'sms', address: '90000000' })).status).toBe(400);
    const id = idOf(made);
    const asked = await ask('nora', 'POST', `/api/contacts/${id}/test`, {});
    expect(asked.status).toBe(202);
    expect((await ask('nora', 'POST', `/api/contacts/${id}/test`, {})).status).toBe(409);
    const [test] = await rows<{ id: number }>(`select id from contact_test where contact_id = $1`, [id]);
    const code = contactTestCode('a key of device credentials for tests', test?.id ?? 0);
    expect(JSON.stringify([asked.body, await list('nora', path)])).not.toContain(code);
    expect((await ask('siri', 'POST', `/api/contacts/${id}/confirm`, { code })).status).toBe(404);
    expect((await ask('nora', 'POST', `/api/contacts/${id}/confirm`, { code: code === '000000' ? '000001' : '000000' })).status).toBe(400);
    expect((await ask('nora', 'POST', `/api/contacts/${id}/confirm`, { code })).status).toBe(204);
    expect((await list('nora', path))[0]).toMatchObject({ id, address: '+4790000000', testedAt: expect.any(String) as string, test: null });
    expect((await ask('tove', 'DELETE', `/api/contacts/${id}`)).status).toBe(204);
    expect(await list('nora', path)).toEqual([]);
  });

  test('a unit has holidays, special days and services', async () => {
    const { north } = triage.small.units;
    const specialDays = [{ day: '2026-12-24', hours: [{ from: '08:00', to: '14:00' }] }];
    expect((await ask('tove', 'PUT', `/api/units/${north}/holidays`, { onHolidays: 'as_sunday', specialDays })).status).toBe(204);
    expect((await ask('tove', 'PUT', `/api/units/${north}/services`, { services: ['COPD at home'] })).status).toBe(204);
    expect((await list('siri', '/api/units')).find((each) => each['id'] === north)).toMatchObject({
      ...{ onHolidays: 'as_sunday', specialDays, services: ['COPD at home'] },
    });
    const wrong = { onHolidays: 'closed', specialDays: [{ day: '2026-02-30', hours: [] }] };
    expect((await ask('tove', 'PUT', `/api/units/${north}/holidays`, wrong)).status).toBe(400);
  });

  test('a unit of one municipality follows patients of another by agreement only', async () => {
    const { north, south } = triage.small.units;
    const [northern, southern] = [await organisationOf(north), await organisationOf(south)];
    for (const id of [northern, southern]) {
      expect((await ask('ada', 'PUT', `/api/organisations/${id}/kind`, { kind: 'municipality' })).status).toBe(204);
    }
    const lives = { municipalityId: southern, responsibleUnitId: null };
    const path = `/api/patients/${triage.small.patients.second}/responsibility`;
    const refused = await ask('tove', 'PUT', path, lives);
    expect(refused.status).toBe(400);
    expect(JSON.stringify(refused.body)).toContain('no agreement that it serves Sørvik kommune');
    const agreements = `/api/units/${north}/agreements`;
    const made = await ask('ada', 'POST', agreements, { organisationId: southern });
    expect(made.status).toBe(201);
    expect((await ask('tove', 'PUT', path, lives)).status).toBe(204);
    expect((await ask('ada', 'POST', `${agreements}/${idOf(made)}/end`, {})).status).toBe(409);
    expect((await ask('tove', 'PUT', path, { ...lives, municipalityId: northern })).status).toBe(204);
    expect((await ask('ada', 'POST', `${agreements}/${idOf(made)}/end`, {})).status).toBe(204);
    expect(await list('nora', agreements)).toMatchObject([{ organisationId: southern, to: expect.any(String) as string }]);
    expect((await ask('tove', 'PUT', path, { municipalityId: northern, responsibleUnitId: triage.small.units.clinic })).status).toBe(400);
    expect((await ask('tove', 'PUT', path, { municipalityId: 'x' })).status).toBe(400);
  });

  test('staff and units are shared as far up the staircase as the organisations stand', async () => {
    const { north, clinic } = triage.small.units;
    const [northern, trust] = [await organisationOf(north), await organisationOf(clinic)];
    const nora = `/api/people/${triage.small.people.nora}`;
    const both = { organisationId: northern, unitIds: [north, clinic] };
    expect(await ask('ada', 'PATCH', nora, both)).toMatchObject({ status: 409 });
    expect((await ask('ada', 'PUT', `/api/units/${clinic}/owners`, { jointWith: [northern] })).status).toBe(409);
    const organisationIds = [northern, trust] as const;
    const at = new Date();
    await joinOrganisations(triage.database.dataSource.manager, triage.small.pathwayId, { organisationIds, step: 4, programme: null }, at);
    expect((await ask('ada', 'PATCH', nora, both)).status).toBe(204);
    expect((await list('ada', '/api/people')).find((each) => each['username'] === 'nora')).toMatchObject(both);
    expect((await ask('ada', 'PUT', `/api/units/${clinic}/owners`, { jointWith: [northern] })).status).toBe(204);
    expect((await list('nora', '/api/units')).find((each) => each['id'] === clinic)).toMatchObject({
      organisationIds: [northern, trust].sort((a, b) => a - b),
    });
    expect((await ask('ada', 'PATCH', nora, { unitIds: [north] })).status).toBe(204);
  });
});
