import { readFileSync } from 'node:fs';
import { readCatalogue } from '@varde/rules';
import { changeReference, closeTask, readKnownTasks, readTasks, savePerson, saveTaskChanges, type Viewer } from '@varde/store';
import { makeTestCommunity, makeTestPatient, NO_PASSWORD, type TestCommunity } from '../../../../test/community.js';
import { testDatabase, testLog } from '../../../../test/engine.js';
import { showTestChange } from '../../../../test/shown.js';
import type { Log } from '../log.js';
import { lookAtDue } from './watcher.js';

const CATALOGUE = readCatalogue(JSON.parse(readFileSync('libs/rules/src/catalogue/rules-catalogue.json', 'utf8')));
const NOW = new Date('2026-03-02T08:00:00Z');
const day = (count: number) => new Date(NOW.getTime() + count * 86_400_000);

describe('tasks that looks raise', () => {
  const db = testDatabase();
  let community: TestCommunity;
  let patientId = 0;
  let pia: Viewer;
  const lookOn = async (at: Date) => {
    await db.manager.query(`update patient_watch set due_at = $2 where patient_id = $1`, [patientId, at]);
    await lookAtDue({ database: db.database, catalogue: CATALOGUE, batch: 10, log: testLog as unknown as Log }, at);
  };
  const tasks = (state: 'open' | 'settled' | 'done' = 'open') =>
    readTasks(db.manager, pia, { unitId: null, forRole: null, patientId, state, limit: 50 });
  const keys = async (state: 'open' | 'settled' | 'done' = 'open') => (await tasks(state)).map(({ key }) => key).sort();
  const record = async (
    key: 'home-oxygen' | 'news2-scale-2',
    at: Date,
    over: { readonly value?: number; readonly [field: string]: unknown } = {},
  ) => {
    const change = { kind: 'reference', key, value: over.value ?? 1 } as const;
    const previewId = await showTestChange(db.manager, { patientId, unitId: null, personId: pia.personId, change }, at);
    const times = { validFrom: null, validTo: null, reviewBy: null };
    return changeReference(
      db.manager,
      pia,
      { patientId, key, value: 1, reason: 'seen', ...times, expectedVersion: 0, ...over, previewId },
      at,
    );
  };

  beforeAll(async () => {
    community = await makeTestCommunity(db.manager, 'tasks', NOW);
    patientId = await makeTestPatient(db.manager, community, NOW);
    const person = { username: 'pia', name: 'Pia', passwordHash: NO_PASSWORD, roles: ['physician' as const], unitIds: [community.dhoId] };
    pia = { ...person, personId: await savePerson(db.manager, person, NOW) };
    await lookOn(day(0));
  });

  test('what the programme needs and nobody has recorded, once, on the list of the unit', async () => {
    const wanted = [
      'reference-missing:copd.spo2.below_target/target_low',
      'reference-missing:home-oxygen',
      'reference-missing:news2-scale-2',
      'reference-missing:self-treatment-plan',
      'reference-missing:spo2-target-88-92',
    ];
    expect(await keys()).toEqual(wanted);
    await lookOn(day(1));
    expect(await keys()).toEqual(wanted);
    expect((await tasks())[0]).toMatchObject({ unitId: community.dhoId, dueAt: NOW, raisedAt: NOW, patientName: 'Test Person' });
  });

  test('are settled by the look that follows when it is recorded', async () => {
    await record('home-oxygen', day(2));
    await lookOn(day(2));
    expect(await keys()).not.toContain('reference-missing:home-oxygen');
    expect(await keys('settled')).toEqual(['reference-missing:home-oxygen']);
  });

  test('come by the clock alone when a reference must be reviewed', async () => {
    await record('news2-scale-2', day(3), { reviewBy: day(4) });
    await lookOn(day(3));
    const [watch] = await db.manager.query<{ due_at: Date }[]>(`select due_at from patient_watch where patient_id = $1`, [patientId]);
    expect((watch?.due_at ?? day(9)) <= day(4)).toBe(true);
    expect(await keys()).not.toContain('reference-outdated:news2-scale-2/1');
    await lookOn(day(4));
    expect(await keys()).toContain('reference-outdated:news2-scale-2/1');
  });

  test('that a person has closed rest for a week, then come again while still wanted', async () => {
    const key = 'reference-missing:spo2-target-88-92';
    const task = (await tasks()).find((each) => each.key === key);
    const closing = { taskId: task?.id ?? 0, state: 'done' as const, outcome: 'asked the clinic' };
    await expect(closeTask(db.manager, { ...pia, roles: ['team_lead'] }, closing, day(5))).rejects.toMatchObject({ name: 'Forbidden' });
    await expect(closeTask(db.manager, { ...pia, unitIds: [] }, closing, day(5))).rejects.toMatchObject({ name: 'NotFound' });
    expect(await closeTask(db.manager, pia, closing, day(5))).toMatchObject({ state: 'done', closedBy: 'Pia' });
    await expect(closeTask(db.manager, pia, closing, day(5))).rejects.toMatchObject({ name: 'Conflict' });
    await lookOn(day(6));
    expect(await keys()).not.toContain(key);
    await lookOn(day(13));
    expect(await keys()).toContain(key);
  });

  test('that a ladder has come to stay until a person has done them, whatever looks want', async () => {
    const task = { key: 'incident-record:1/0', kind: 'incident-record', ruleId: null, forRole: 'team_lead' as const, dueAt: null };
    const kept = [{ patientId, unitId: community.dhoId, task: { ...task, reason: { nb: 'skriv avvik', en: 'write the record' } } }];
    await saveTaskChanges(db.manager, { raised: [], kept, settled: [] }, day(13));
    await lookOn(day(14));
    expect(await keys()).toContain(task.key);
    expect((await readKnownTasks(db.manager, [patientId], day(14))).get(patientId)?.known).toContain(task.key);
  });
});
