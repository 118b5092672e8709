import { DEFAULT_PATHWAY } from '@varde/routing';
import { makeTestCommunity, makeTestPatient, TEST_ROUTES } from '../../../../test/community.js';
import { testDatabase } from '../../../../test/engine.js';
import { expectDue } from '../../../../test/expect-due.js';
import { readPathwayVersions, savePathway } from './pathways.js';
import { readPlans } from '../looks/plans-read.js';
import { changeOpeningHours, faultOfOpeningHours } from './unit-hours.js';
import { changeWebhook, readCommunities, readOrganisations, readUnits, saveCommunity, saveOrganisation, saveUnit } from './units.js';

const NOW = new Date('2026-03-02T08:00:00Z');
const LATER = new Date('2026-03-03T08:00:00Z');
const DAYTIME = [{ weekdays: [1, 2, 3, 4, 5], from: '08:00', to: '15:30' }];

describe('opening hours', () => {
  test.each([
    [[], /needs opening hours/],
    [[{ weekdays: [], from: '08:00', to: '15:00' }], /weekdays/],
    [[{ weekdays: [0], from: '08:00', to: '15:00' }], /weekdays/],
    [[{ weekdays: [8], from: '08:00', to: '15:00' }], /weekdays/],
    [[{ weekdays: [1], from: '8:00', to: '15:00' }], /HH:MM/],
    [[{ weekdays: [1], from: '24:00', to: '24:00' }], /HH:MM/],
    [[{ weekdays: [1], from: '08:00', to: '24:30' }], /HH:MM/],
    [DAYTIME, null],
    [[{ weekdays: [1], from: '22:00', to: '07:00' }], null],
    [[{ weekdays: [6, 7], from: '00:00', to: '24:00' }], null],
  ])('%j', (hours, fault) => {
    if (fault === null) expect(faultOfOpeningHours(hours)).toBeNull();
    else expect(faultOfOpeningHours(hours)).toMatch(fault);
  });
});

describe('communities, organisations and units', () => {
  const db = testDatabase();

  test('are kept under each other and listed', async () => {
    const made = await makeTestCommunity(db.manager, 'fjord', NOW);
    expect(await readCommunities(db.manager)).toContainEqual({ id: made.communityId, code: 'fjord', name: 'Community fjord' });
    expect(await readOrganisations(db.manager)).toContainEqual({
      id: made.organisationId,
      communityId: made.communityId,
      name: 'Testvik',
      kind: 'other',
    });
    const secret = 's'.repeat(32);
    const webhook = { url: 'https://example.org/notices', secret };
    const id = await saveUnit(db.manager, {
      organisationId: made.organisationId,
      name: 'Lung clinic',
      careLevel: 'hospital_outpatient',
      zone: 'Europe/Oslo',
      openingHours: DAYTIME,
      webhook,
    });
    const units = await readUnits(db.manager);
    expect(units.find((unit) => unit.id === id)).toEqual({
      id,
      name: 'Lung clinic',
      careLevel: 'hospital_outpatient',
      zone: 'Europe/Oslo',
      openingHours: DAYTIME,
      onHolidays: 'as_usual',
      specialDays: [],
      services: [],
      rosterKept: false,
      organisationIds: [made.organisationId],
      organisationId: made.organisationId,
      organisation: 'Testvik',
      communityId: made.communityId,
      webhookUrl: 'https://example.org/notices',
    });
    expect(JSON.stringify(units)).not.toContain(secret);
    await changeWebhook(db.manager, id, null);
    expect((await readUnits(db.manager)).find((unit) => unit.id === id)?.webhookUrl).toBeNull();
  });

  test('a name is taken once, and what is above must be there', async () => {
    const { communityId, organisationId } = await makeTestCommunity(db.manager, 'taken', NOW);
    const community = { code: 'taken', name: 'Again', pathway: { name: 'default', routes: TEST_ROUTES } };
    await expect(saveCommunity(db.manager, community, NOW)).rejects.toMatchObject({ name: 'Conflict' });
    await expect(saveOrganisation(db.manager, { communityId, name: 'Testvik' })).rejects.toMatchObject({ name: 'Conflict' });
    await expect(saveOrganisation(db.manager, { communityId: 99_999, name: 'x' })).rejects.toMatchObject({ name: 'NotFound' });
    const unit = { organisationId, name: 'GP', careLevel: 'gp' as const, zone: 'Europe/Oslo', openingHours: DAYTIME, webhook: null };
    await expect(saveUnit(db.manager, unit)).rejects.toMatchObject({ name: 'Conflict' });
    await expect(saveUnit(db.manager, { ...unit, organisationId: 99_999 })).rejects.toMatchObject({ name: 'NotFound' });
  });

  test('a community without a pathway of its own follows the one of the catalogue', async () => {
    const { communityId } = await saveCommunity(db.manager, { code: 'plain', name: 'Plain', pathway: null }, NOW);
    const [version] = await readPathwayVersions(db.manager, communityId);
    expect(version?.routes).toEqual(DEFAULT_PATHWAY.routes);
  });

  test('every fault of a unit is named at once', async () => {
    const webhook = { url: 'ftp://x', secret: 'short' };
    const wrong = { organisationId: 1, name: '', careLevel: 'patient' as const, zone: 'Mars/Base', openingHours: [], webhook };
    await expect(saveUnit(db.manager, wrong)).rejects.toMatchObject({
      name: 'Invalid',
      faults: [
        expect.stringContaining('name'),
        expect.stringContaining('care levels'),
        expect.stringContaining('Mars/Base'),
        expect.stringContaining('opening hours'),
        expect.stringContaining('https://'),
      ] as string[],
    });
  });

  test('new opening hours reach the plans of those the unit serves and make them due', async () => {
    const community = await makeTestCommunity(db.manager, 'hours', NOW);
    const patientId = await makeTestPatient(db.manager, community, NOW);
    const before = (await readPlans(db.manager, [patientId], NOW)).get(patientId);
    await expectDue(db.manager, patientId, LATER, () => changeOpeningHours(db.manager, community.dhoId, DAYTIME, LATER));
    const after = (await readPlans(db.manager, [patientId], LATER)).get(patientId);
    expect(after?.team.units[0]?.openingHours).toEqual(DAYTIME);
    expect(after?.planVersion).toBe((before?.planVersion ?? 0) + 1);
  });

  test('a pathway is kept in versions, counted without a gap also when two keep one at once', async () => {
    const { communityId, pathwayId } = await makeTestCommunity(db.manager, 'versions', NOW);
    const next = { id: pathwayId, communityId, name: 'default', routes: TEST_ROUTES, inForceFrom: LATER };
    const kept = await Promise.all([savePathway(db.manager, next, NOW), savePathway(db.manager, next, NOW)]);
    expect(kept.map((each) => each.version).sort()).toEqual([2, 3]);
    expect((await readPathwayVersions(db.manager, communityId)).map((each) => each.version)).toEqual([3, 2, 1]);
    await expect(savePathway(db.manager, { ...next, inForceFrom: NOW }, NOW)).rejects.toMatchObject({ name: 'Invalid' });
    await expect(savePathway(db.manager, { ...next, id: 99_999 }, NOW)).rejects.toMatchObject({ name: 'NotFound' });
    await expect(savePathway(db.manager, { ...next, routes: [] }, NOW)).rejects.toMatchObject({ name: 'Invalid' });
  });
});
