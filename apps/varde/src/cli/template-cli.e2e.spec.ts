import { verify } from '@node-rs/argon2';
import { readAccount, readDuty, readPatientLines, readPathwayVersions, readUnitContacts, readUnits } from '@varde/store';
import { runCommand } from '../../../../test/command-line.js';
import { testDatabase } from '../../../../test/engine.js';

const NOW = new Date('2028-05-08T08:00:00Z');
const DAY_MS = 86_400_000;

/** A whole community from a folder of data. */
describe('templates on the command line', () => {
  const db = testDatabase();
  const run = (...words: string[]) => runCommand(db.url, words, { now: () => NOW });

  test('they are listed and checked; an island says which hours end with advice to the patient', async () => {
    const { code, said } = await run('template', 'list');
    expect(code).toBe(0);
    expect(said).toMatch(/^small-island +havskjaer +A small island municipality/m);
    expect(await run('template', 'check', 'regional-centre')).toMatchObject({
      code: 0,
      said: expect.stringMatching(/^regional-centre is sound: 8 organisations, 9 units/),
    });
    expect((await run('template', 'check', 'small-island')).said).toMatch(/dho closed -> .* -> emergency advice to the patient/);
    expect(await run('template', 'check', 'nowhere')).toMatchObject({
      code: 1,
      said: expect.stringContaining('there is no template nowhere'),
    });
  });

  test('one is set up with everything the store keeps, once under a code; two of a kind have people of their own', async () => {
    expect(await run('template', 'apply', 'patient-centred-team')).toMatchObject({ code: 0, said: expect.stringContaining('pia.elvedal') });
    expect(await run('template', 'apply', 'patient-centred-team')).toEqual({
      code: 1,
      said: 'varde: there is already a community elvedal',
    });
    const second = await run('template', 'apply', 'patient-centred-team', '--code', 'again', '--json');
    const { communityId, patients, signIns } = JSON.parse(second.said) as {
      communityId: number;
      patients: Record<string, number>;
      signIns: { username: string; password: string }[];
    };
    const { manager } = db.database.dataSource;
    const [pia] = signIns;
    expect(pia?.username).toBe('pia.again');
    const account = await readAccount(manager, 'pia.again');
    expect(await verify(account?.passwordHash ?? '', pia?.password ?? '')).toBe(true);

    const units = (await readUnits(manager)).filter((unit) => unit.communityId === communityId);
    const team = units.find(({ careLevel }) => careLevel === 'psht');
    expect(team).toMatchObject({ onHolidays: 'as_sunday', services: ['patient-centred-team'], rosterKept: true });
    expect(team?.organisationIds).toHaveLength(2);
    const week = { from: NOW, to: new Date(NOW.getTime() + 7 * DAY_MS) };
    expect((await readDuty(manager, team?.id ?? 0, week)).length).toBeGreaterThan(10);
    expect((await readUnitContacts(manager, team?.id ?? 0, NOW)).map(({ testedAt }) => testedAt)).toEqual([NOW, NOW]);
    const [pathway] = await readPathwayVersions(manager, communityId);
    expect(pathway).toMatchObject({ version: 2, name: 'Pasientsentrert team', deadlines: { handoverMin: { red: 30 } } });
    expect(pathway?.cooperations.map(({ step }) => step).sort()).toEqual([1, 2, 4]);
    const lines = await readPatientLines(manager, { afterId: 0, limit: 50 }, NOW);
    const eva = lines.find(({ id }) => id === patients['eva']);
    expect(eva).toMatchObject({ programmes: ['copd', 'hf'], responsibleUnitId: null });
    expect(eva?.municipalityId).not.toBeNull();
  });
});
