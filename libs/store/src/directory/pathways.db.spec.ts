import { DEFAULT_DEADLINES, DEFAULT_PATHWAY, type Cooperation } from '@varde/routing';
import { makeTestCommunity, makeTestPerson, saveOpenUnit, type TestCommunity } from '../../../../test/community.js';
import { testDatabase } from '../../../../test/engine.js';
import { checkNewPathway, readPathwayVersions, savePathway, type NewPathway } from './pathways.js';
import { savePatient } from './patients.js';
import { saveCommunity, saveOrganisation, saveUnit } from './units.js';

const NOW = new Date('2026-03-02T09:00:00Z');
const LATER = new Date('2026-03-03T09:00:00Z');
const DEADLINES = { ...DEFAULT_DEADLINES, handoverMin: { ...DEFAULT_DEADLINES.handoverMin, red: 20 } };

describe('a version of a pathway', () => {
  const db = testDatabase();
  let community: TestCommunity;

  beforeAll(async () => {
    community = await makeTestCommunity(db.manager, 'pathways', NOW);
  });

  test('keeps the staircase and the deadlines, who saved it, and why', async () => {
    const tove = await makeTestPerson(db.manager, 'tove', 'team_lead', NOW);
    const { communityId, pathwayId } = community;
    const [red] = DEFAULT_PATHWAY.routes.filter(({ severity }) => severity === 'red');
    const routes = [{ ...red!, when: { programmes: ['copd'] } }, ...DEFAULT_PATHWAY.routes];
    const trust = await saveOrganisation(db.manager, { communityId, name: 'Helseforetaket' });
    const cooperations: Cooperation[] = [{ organisationIds: [community.organisationId, trust], step: 5, programme: 'copd' }];
    const agreed = { routes, cooperations, deadlines: DEADLINES };
    const about = { name: 'Felles', inForceFrom: LATER, reason: 'the clinic joins', savedByPersonId: tove };
    const saved = await savePathway(db.manager, { id: pathwayId, communityId, ...agreed, ...about }, NOW);
    expect(saved).toMatchObject({ id: pathwayId, version: 2, ...agreed });
    const [second, first] = await readPathwayVersions(db.manager, communityId);
    expect(second).toMatchObject({ version: 2, ...agreed, reason: 'the clinic joins', savedByPersonId: tove, savedAt: NOW });
    expect(first).toMatchObject({ version: 1, cooperations: [], deadlines: DEFAULT_DEADLINES, savedByPersonId: null, savedAt: NOW });
  });

  test('is never changed, whoever tries: episodes are frozen to it', async () => {
    for (const change of [`routes = '[]'`, `cooperations = '[]'`, `deadlines = '{}'`, 'version = 9']) {
      await expect(db.manager.query(`update pathway set ${change} where id = $1 and version = 2`, [community.pathwayId])).rejects.toThrow(
        'version 2 of pathway',
      );
    }
    await expect(db.manager.query(`delete from pathway where id = $1`, [community.pathwayId])).rejects.toThrow('is never changed');
  });

  test('the deadlines of the versions from before there were any are those of the program', async () => {
    const [row] = await db.manager.query<{ fallback: string }[]>(
      `select column_default as fallback from information_schema.columns where table_name = 'pathway' and column_name = 'deadlines'`,
    );
    expect(JSON.parse(row?.fallback.replace(/^'|'::jsonb$/g, '') ?? '')).toEqual(DEFAULT_DEADLINES);
  });

  describe('is refused with the way that reaches nobody', () => {
    let asked: NewPathway;
    const red = DEFAULT_PATHWAY.routes.find(({ severity }) => severity === 'red')!;
    const unagreed = DEFAULT_PATHWAY.routes.map((route) => ({ ...route, endsWithAdvice: false }));
    const office = { weekdays: [1, 2, 3, 4, 5], from: '08:00', to: '15:30' };

    beforeAll(async () => {
      const { communityId } = await saveCommunity(db.manager, { code: 'lyngen', name: 'Lyngen', pathway: null }, NOW);
      const [{ id = 0 } = {}] = await db.manager.query<{ id: number }[]>(`select id from pathway where community_id = $1`, [communityId]);
      const lyngnes = await saveOrganisation(db.manager, { communityId, name: 'Lyngnes', kind: 'municipality' });
      await saveOrganisation(db.manager, { communityId, name: 'Tomvik', kind: 'municipality' });
      const office1 = await saveOrganisation(db.manager, { communityId, name: 'Legekontoret', kind: 'gp_office' });
      const unit = { zone: 'Europe/Oslo', openingHours: [office], webhook: null };
      await saveUnit(db.manager, { ...unit, organisationId: lyngnes, name: 'Oppfølging', careLevel: 'dho' });
      await saveUnit(db.manager, { ...unit, organisationId: office1, name: 'Legene', careLevel: 'gp' });
      asked = { id, communityId, name: 'Lyngen', routes: unagreed, inForceFrom: LATER };
    });

    const PATH =
      'municipality Lyngnes, red, Monday 00:00: dho closed -> gp closed -> legevakt none -> nobody (130.5 hours of every week, 20 days out of the ordinary)';

    test('as the units of a municipality would meet it, though nobody there is followed yet', async () => {
      const error = await savePathway(db.manager, asked, NOW).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ name: 'Invalid', faults: expect.arrayContaining([PATH]) as string[] });
      expect((await readPathwayVersions(db.manager, asked.communityId)).map(({ version }) => version)).toEqual([1]);
    });

    test('an agreed end is saved, and named', async () => {
      const holes = await checkNewPathway(db.manager, { ...asked, routes: DEFAULT_PATHWAY.routes }, NOW);
      const { version, warnings } = await savePathway(db.manager, { ...asked, routes: DEFAULT_PATHWAY.routes }, NOW);
      expect(version).toBe(2);
      expect(warnings).toEqual(holes);
      expect(warnings.map(({ where, problem }) => `${where}: ${problem}`)).toContain(
        PATH.replace('-> nobody', '-> emergency advice to the patient'),
      );
    });

    test('a fault in itself is named, and a check saves nothing', async () => {
      const holes = await checkNewPathway(
        db.manager,
        { ...asked, routes: [...unagreed, { ...red, when: { municipalityIds: [99_999] } }] },
        NOW,
      );
      expect(holes.map(({ problem }) => problem)).toContain('there is no organisation 99999 in the community');
      expect(await readPathwayVersions(db.manager, asked.communityId)).toHaveLength(2);
    });

    test('as those who follow it meet it: their own units, not what else there is', async () => {
      const [trust] = await db.manager.query<{ id: number }[]>(`select id from organisation where name = 'Legekontoret'`);
      await saveOpenUnit(db.manager, { organisationId: trust!.id, name: 'Legevakten', careLevel: 'legevakt' });
      expect((await checkNewPathway(db.manager, asked, NOW)).filter(({ blocking }) => blocking)).toEqual([]);
      const [dho, lyngnes] = await Promise.all([
        db.manager.query<{ id: number }[]>(`select id from unit where name = 'Oppfølging'`),
        db.manager.query<{ id: number }[]>(`select id from organisation where name = 'Lyngnes'`),
      ]);
      const about = {
        communityId: asked.communityId,
        birthYear: 1950,
        zone: 'Europe/Oslo',
        programmes: ['copd' as const],
        pathwayId: null,
      };
      await savePatient(db.manager, { ...about, name: 'Kari', unitIds: [dho[0]!.id], municipalityId: lyngnes[0]!.id }, NOW);
      expect((await checkNewPathway(db.manager, asked, NOW)).map(({ where, problem }) => `${where}: ${problem}`)).toContain(
        'municipality Lyngnes, red, Monday 00:00: dho closed -> gp none -> legevakt none -> nobody (130.5 hours of every week, 20 days out of the ordinary)',
      );
    });
  });
});
