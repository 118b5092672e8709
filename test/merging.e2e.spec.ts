import type { Service } from '../apps/varde/src/start.js';
import { openCatalogue } from '../apps/varde/src/catalogue.js';
import { replayPatient } from '../apps/varde/src/cli/replay-patient.js';
import { openTestDatabase, type TestDatabase } from './engine.js';
import type { Asker } from './triage-api.js';
import {
  act,
  addHome,
  addPerson,
  eventually,
  followWorklist,
  foundCommunity,
  Gateway,
  mqttPort,
  spo2,
  startService,
  type AddedHome,
} from './whole-way.js';

/** Two problems two days apart, and a reading that shows them to be one (`episode_policy.bridge`), looked at from outside. */

const HOUR_MS = 3_600_000;
const ago = (hours: number): Date => new Date(Date.now() - hours * HOUR_MS);

let db: TestDatabase;
let service: Service;
let home: AddedHome;
let gateway: Gateway;
let nurse: Asker;
beforeAll(async () => {
  db = await openTestDatabase();
  service = await startService(db.url);
  const founded = await foundCommunity(db.database, { since: ago(24 * 7) });
  const devices = [
    { id: 'OX', kind: 'pulse-oximeter' },
    { id: 'TH', kind: 'thermometer' },
  ];
  home = await addHome(db.database, founded, { gateway: 'gw', programmes: ['copd'], devices });
  nurse = await addPerson(service, 'nina', 'nurse', [founded.dhoId]);
  gateway = await Gateway.open(home, mqttPort(service));
});
afterAll(async () => {
  gateway.close();
  await service.stop();
  await db.close();
});

const read = async (path: string) => {
  const answer = await nurse.ask('GET', path);
  expect([path, answer.status]).toEqual([path, 200]);
  return JSON.parse(await answer.text());
};
const clinicalRows = async (): Promise<{ id: number; domains: string[]; severity: string }[]> => {
  const { rows } = await read('/api/worklist?includeInfo=true');
  return (rows[0]?.episodes ?? []).filter(({ domains }: { domains: string[] }) =>
    domains.some((domain) => domain === 'respiratory' || domain === 'infection'),
  );
};

test('two problems are two rows of the worklist until one reading shows them to be one', async () => {
  const stream = await followWorklist(service, nurse);

  // What the oximeter kept from two days ago comes late: an old red reading is one yellow problem.
  await gateway.send('OX', spo2(86, ago(40.1), 'seq:1'));
  await gateway.send('OX', spo2(86, ago(40), 'seq:2'));
  const [breath] = await eventually('the late readings are a problem', async () => {
    const rows = await clinicalRows();
    return rows.length === 1 ? rows : undefined;
  });
  expect(breath).toMatchObject({ domains: ['respiratory'], severity: 'yellow' });

  // A fever today is another one: nothing of the lungs has signalled for a day. A nurse takes it.
  await gateway.send('TH', act('temperature', ago(0.05), [{ type: 'temperature', value: 38.4, unit: 'Cel' }]));
  const fever = await eventually('the fever is another', async () =>
    (await clinicalRows()).find(({ domains }) => domains.includes('infection')),
  );
  expect(await clinicalRows()).toHaveLength(2);
  const taken = await nurse.ask('POST', `/api/episodes/${fever.id}/acknowledge`, {});
  expect(taken.status).toBe(200);

  // Low saturation now: both signal within a day. The graver goes on and waits for a person; the other ends in it.
  await gateway.send('OX', spo2(86, ago(0.04), 'seq:3'));
  await gateway.send('OX', spo2(86, ago(0.01), 'seq:4'));
  await eventually('the stream tells', () => stream.told.find(({ kind }) => kind === 'merged'));
  expect(stream.told.find(({ kind }) => kind === 'merged')?.episodeId).toBe(fever.id);
  expect(await clinicalRows()).toMatchObject([
    { id: breath?.id, severity: 'red', domains: ['infection', 'respiratory'], state: 'waiting', acknowledgedBy: null },
  ]);

  // Both histories say so, in both languages, and each finding is explained where the problem goes on.
  const one = await read(`/api/episodes/${breath?.id}`);
  expect(one).toMatchObject({ absorbedIds: [fever.id], episode: { mergedIntoId: null, closedAt: null } });
  const gone = await read(`/api/episodes/${fever.id}`);
  expect(gone.episode).toMatchObject({ outcome: 'merged', mergedIntoId: breath?.id, closedByPersonId: null, nextStepAt: null });
  expect(gone.steps.at(-1)).toMatchObject({ kind: 'merged', by: null });
  for (const [lang, said] of [
    ['nb', `Hendelse ${fever.id} er samme problem og er tatt inn her: infeksjon, pust har gitt signal innen 24 timer`],
    ['en', `Episode ${fever.id} is the same problem and has come in here: infection, respiratory have signalled within 24 hours`],
  ] as const) {
    const explained = await read(`/api/episodes/${breath?.id}/explanation?lang=${lang}`);
    expect(explained.whyOne).toEqual([said]);
    expect(explained.text).toContain(said);
    const rules: string[] = explained.findings.map(({ ruleId }: { ruleId: string }) => ruleId);
    expect(rules).toEqual(expect.arrayContaining(['gen.temp.high', 'copd.spo2.below_target']));
    const ended = await read(`/api/episodes/${fever.id}/explanation?lang=${lang}`);
    expect(ended.whyOne).toHaveLength(1);
    expect(ended.whyOne[0]).toContain(String(breath?.id));
  }

  // Whoever acts on what has gone is told which one to act on.
  const late = await nurse.ask('POST', `/api/episodes/${fever.id}/close`, { outcome: 'no_action_needed' });
  expect(late.status).toBe(409);
  expect(JSON.parse(await late.text())).toMatchObject({
    detail: expect.stringContaining(`it went into episode ${breath?.id}`),
    now: { state: 'closed', mergedIntoId: breath?.id },
  });
  const next = await nurse.ask('POST', `/api/episodes/${breath?.id}/acknowledge`, {});
  expect(next.status).toBe(200);
  stream.leave();
});

test('a replay of the stored log comes to the same', async () => {
  const replayed = await replayPatient(db.database.dataSource.manager, await openCatalogue(), home.patientId, { from: null, to: null });
  expect(replayed.differences).toEqual([]);
});
