import { DEFAULT_DEADLINES, DEFAULT_PATHWAY, type Cooperation } from '@varde/routing';
import { makeTestCommunity, makeTestPerson, type TestCommunity } from '../../../../test/community.js';
import { openTestDatabase, type TestDatabase } from '../../../../test/engine.js';
import { readPathwayVersions, savePathway } from './pathways.js';

const NOW = new Date('2026-03-02T09:00:00Z');
const LATER = new Date('2026-03-03T09:00:00Z');
const COOPERATIONS: readonly Cooperation[] = [{ organisationIds: [1, 2], step: 5, programme: 'copd' }];
const DEADLINES = { ...DEFAULT_DEADLINES, handoverMin: { ...DEFAULT_DEADLINES.handoverMin, red: 20 } };

describe('a version of a pathway', () => {
  let db: TestDatabase;
  let community: TestCommunity;
  const manager = () => db.database.dataSource.manager;

  beforeAll(async () => {
    db = await openTestDatabase();
    community = await makeTestCommunity(manager(), 'pathways', NOW);
  });
  afterAll(() => db.close());

  test('keeps the staircase and the deadlines, who saved it, and why', async () => {
    const tove = await makeTestPerson(manager(), 'tove', 'team_lead', NOW);
    const { communityId, pathwayId } = community;
    const routes = DEFAULT_PATHWAY.routes.map((route) => ({ ...route, when: { programmes: ['copd'] } }));
    const agreed = { routes, cooperations: COOPERATIONS, deadlines: DEADLINES };
    const saved = await savePathway(manager(), {
      ...{ id: pathwayId, communityId, name: 'Felles', ...agreed, inForceFrom: LATER },
      ...{ reason: 'the clinic joins', savedByPersonId: tove, savedAt: NOW },
    });
    expect(saved).toEqual({ id: pathwayId, version: 2, ...agreed });
    const [second, first] = await readPathwayVersions(manager(), communityId);
    expect(second).toMatchObject({ version: 2, ...agreed, reason: 'the clinic joins', savedByPersonId: tove, savedAt: NOW });
    expect(first).toMatchObject({ version: 1, cooperations: [], deadlines: DEFAULT_DEADLINES, savedByPersonId: null, savedAt: null });
  });

  test('is never changed, whoever tries: episodes are frozen to it', async () => {
    for (const change of [`routes = '[]'`, `cooperations = '[]'`, `deadlines = '{}'`, 'version = 9']) {
      await expect(manager().query(`update pathway set ${change} where id = $1 and version = 2`, [community.pathwayId])).rejects.toThrow(
        'version 2 of pathway',
      );
    }
    await expect(manager().query(`delete from pathway where id = $1`, [community.pathwayId])).rejects.toThrow('is never changed');
  });

  test('the deadlines of the versions from before there were any are those of the program', async () => {
    const [row] = await manager().query<{ fallback: string }[]>(
      `select column_default as fallback from information_schema.columns where table_name = 'pathway' and column_name = 'deadlines'`,
    );
    expect(JSON.parse(row?.fallback.replace(/^'|'::jsonb$/g, '') ?? '')).toEqual(DEFAULT_DEADLINES);
  });
});
