import { changeRosterKept, saveDuty } from '@varde/store';
import { WalkedChains } from '../apps/varde/src/watch/preflight-chains.js';
import { walkAll } from '../apps/varde/src/watch/preflight.js';
import { runCommand } from './command-line.js';
import { openTestDatabase, type TestDatabase } from './engine.js';
import { PASSWORD, saveSmallCommunity, type SmallCommunity } from './small-community.js';
import { openTriageApi, type Asker, type TriageApi } from './triage-api.js';

const HOUR_MS = 3_600_000;

/** Holes and pauses as people meet them: over HTTP and on the command line. */
describe('holes and pauses for people', () => {
  let db: TestDatabase;
  let small: SmallCommunity;
  let api: TriageApi;
  const people = {} as Record<'tove' | 'siri' | 'odd', Asker>;
  const run = (line: string) => runCommand(db.url, line, { askSecret: () => Promise.resolve(PASSWORD) });
  const read = async (name: keyof typeof people, path: string) => {
    const answer = await people[name].ask('GET', path);
    return { status: answer.status, body: (await answer.json()) as { holes?: Record<string, unknown>[] } };
  };

  beforeAll(async () => {
    db = await openTestDatabase();
    small = await saveSmallCommunity(db.database.dataSource);
    api = await openTriageApi(db.database);
    for (const name of ['tove', 'siri', 'odd'] as const) people[name] = await api.signIn(name);
  });
  afterAll(async () => {
    await api.close();
    await db.close();
  });

  test('a roster that ends tomorrow is on the list of its team lead, with who it concerns, and on nobody else’s', async () => {
    expect((await run('preflight')).said).toContain('Nobody has looked yet');
    const now = new Date();
    const until = new Date(now.getTime() + 24 * HOUR_MS);
    const duty = [{ personId: small.people.nora, kind: 'shift' as const, from: now, to: until }];
    const { manager } = db.database.dataSource;
    await saveDuty(manager, small.units.north, { duty, byPersonId: null }, now);
    await changeRosterKept(manager, small.units.north, true, now);
    expect(await walkAll(db.database, new WalkedChains(), new Date())).toBe(true);

    const seen = await read('tove', `/api/preflight?unit=${small.units.north}`);
    expect(seen.body.holes).toMatchObject([
      {
        ...{
          leadUnitId: small.units.north,
          unit: 'Oppfølging Nordvik',
          problem: 'nobody_on_duty',
          fromAt: until.toISOString(),
          patientCount: 2,
        },
        patients: [
          { id: small.patients.first, name: 'Første Oppdiktet' },
          { id: small.patients.second, name: 'Andre Oppdiktet' },
        ],
        problemWords: { nb: 'ingen på vakt', en: 'nobody on duty' },
        when: { en: expect.stringContaining('(critical: step 1 of 1, all staff; red: step 1 of 1, all staff') as string },
      },
    ]);
    expect((await read('tove', `/api/preflight?patient=${small.patients.second}`)).body.holes).toHaveLength(1);
    expect((await read('siri', '/api/preflight')).body.holes).toEqual([]);
    expect((await read('siri', `/api/preflight?patient=${small.patients.first}`)).body.holes).toEqual([]);
    expect((await read('odd', '/api/preflight')).status).toBe(403);
    const tasks = await read('tove', '/api/tasks?role=team_lead');
    expect(tasks.body).toMatchObject([{ kind: 'preflight', unitId: small.units.north, dueAt: until.toISOString() }]);

    const listed = await run(`preflight ${small.units.north}`);
    expect(listed).toMatchObject({
      code: 0,
      said: expect.stringMatching(/Oppfølging Nordvik +Oppfølging Nordvik +nobody on duty +\S+day/) as string,
    });
    expect((await run(`preflight ${small.units.south}`)).said).toContain('No hole in the next 14 days.');
  });

  test('a pause is set, listed and ended on the command line; a nurse sets at most 72 hours', async () => {
    const at = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString();
    const set = (hours: number, by: string) =>
      run(`pause set ${small.patients.first} --kind holiday --until ${at(hours)} --reason "on holiday" --by ${by}`);
    expect(await set(73, 'nora')).toMatchObject({ code: 1, said: expect.stringContaining('72 hours') as string });
    expect(await set(48, 'tove')).toMatchObject({ code: 2 });
    const made = await set(48, 'nora');
    expect(made).toMatchObject({ code: 0, said: expect.stringMatching(/^Pause \d+ from .* The team and the home are told\.$/) as string });
    const id = /\d+/.exec(made.said)?.[0] ?? '';
    expect((await run(`pause list ${small.patients.first}`)).said).toMatch(/holiday .* on holiday/);
    expect(await run(`pause end ${small.patients.first} ${id} --by nora`)).toEqual({ code: 0, said: `Pause ${id} is over.` });
    expect(await run(`pause end ${small.patients.first} ${id} --by nora`)).toMatchObject({ code: 1 });
    expect(await run(`pause set ${small.patients.south} --kind holiday --until ${at(5)} --reason x --by nora`)).toMatchObject({ code: 1 });
  });
});
