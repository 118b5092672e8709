import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPathwayVersions } from '@varde/store';
import { runCommand } from '../../../../test/command-line.js';
import { openTestDatabase, type TestDatabase } from '../../../../test/engine.js';

const NOW = new Date('2028-05-08T08:00:00Z');

interface File {
  readonly routes: readonly { readonly severity: string; readonly endsWithAdvice?: boolean; readonly acknowledgementMin: number | null }[];
}

describe('pathways on the command line', () => {
  let db: TestDatabase;
  let folder: string;
  let password = '';
  let leader = '';
  let communityId = 0;
  const run = (...words: string[]) => runCommand(db.url, words, { now: () => NOW, readInput: () => Promise.resolve(password) });
  const kept = async () => JSON.parse((await run('pathway', 'show', '--json')).said) as File;
  const written = async (file: object) => {
    const path = join(folder, 'pathway.json');
    await writeFile(path, JSON.stringify(file));
    return path;
  };
  const save = (path: string, ...more: string[]) => run('pathway', 'save', path, '--by', leader, '--password-stdin', ...more);

  beforeAll(async () => {
    db = await openTestDatabase();
    folder = await mkdtemp(join(tmpdir(), 'varde-pathway-'));
    const applied = JSON.parse((await run('template', 'apply', 'small-island', '--json')).said) as {
      communityId: number;
      signIns: { username: string; password: string }[];
    };
    ({ communityId } = applied);
    const [first] = applied.signIns;
    [leader, password] = [first?.username ?? '', first?.password ?? ''];
    await db.database.dataSource.query(`update person set roles = '{team_lead}' where username = $1`, [leader]);
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
    await db.close();
  });

  test('what is shown can be checked and saved again, as the next version', async () => {
    expect((await run('pathway', 'show')).said).toMatch(/^SEVERITY +FOR +FIRST +LADDER +HELD FOR +NOBODY THERE/m);
    const file = await kept();
    const path = await written({ ...file, routes: file.routes.map((route) => ({ ...route, acknowledgementMin: 45 })) });
    expect((await run('pathway', 'check', path)).said).toMatch(
      /can be saved\.[^]*note {2}municipality .*-> emergency advice to the patient/,
    );
    expect(await save(path, '--reason', 'kortere kvittering')).toMatchObject({ code: 0, said: expect.stringMatching(/version 3/) });
    const [newest] = await readPathwayVersions(db.database.dataSource.manager, communityId);
    expect(newest).toMatchObject({
      version: 3,
      reason: 'kortere kvittering',
      routes: newest?.routes.map(() => ({ acknowledgementMin: 45 })),
    });
    expect((await kept()).routes).toEqual(file.routes.map((route) => ({ ...route, acknowledgementMin: 45 })));
  });

  test('a hole that is not agreed is named, and not saved', async () => {
    const file = await kept();
    const path = await written({ ...file, routes: file.routes.map((route) => ({ ...route, endsWithAdvice: false })) });
    expect((await run('pathway', 'check', path)).said).toMatch(
      /cannot be saved:[^]*HOLE {2}municipality .*, red, .*dho closed -> .* -> nobody \(/,
    );
    expect(await save(path, '--reason', 'x')).toMatchObject({ code: 2, said: expect.stringMatching(/-> nobody \(/) });
    expect(await readPathwayVersions(db.database.dataSource.manager, communityId)).toHaveLength(3);
  });

  test.each([
    ['no such file', () => run('pathway', 'check', join(folder, 'nothing.json')), /cannot be read/],
    [
      'a misspelt field',
      async () => run('pathway', 'check', await written({ ...(await kept()), rout: [] })),
      /pathway\.json rout: is not known/,
    ],
    ['no reason', async () => save(await written(await kept())), /--reason is missing/],
    [
      'a wrong password',
      async () => ((password = 'no'), save(await written(await kept()), '--reason', 'x')),
      /username or the password is wrong/,
    ],
  ])('%s is a clear sentence', async (_, act, said) => {
    expect(await act()).toMatchObject({ code: 2, said: expect.stringMatching(said) });
  });
});
