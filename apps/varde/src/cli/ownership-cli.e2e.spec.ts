import { runCommand } from '../../../../test/command-line.js';
import { testDatabase } from '../../../../test/engine.js';
import { anEpisode, PASSWORD, saveAnEpisode, saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';

const NOW = new Date('2026-10-15T08:00:00Z');

/** Who has an episode, from the command line. */
describe('handover on the command line', () => {
  const db = testDatabase();
  let small: SmallCommunity;
  let id: number;

  const run = (line: string) => runCommand(db.url, line, { now: () => NOW, askSecret: () => Promise.resolve(PASSWORD) });

  beforeAll(async () => {
    small = await saveSmallCommunity(db.database.dataSource);
    await db.database.dataSource.query(
      `update organisation set kind = 'municipality' where id in
      (select organisation_id from unit where id = any($1))`,
      [[small.units.north, small.units.south]],
    );
    id = await saveAnEpisode(db.database.dataSource, anEpisode(small, new Date(NOW.getTime() - 600_000)));
  });

  test('an episode is given to a colleague, offered, recalled too late, and accepted', async () => {
    expect(await run(`episode assign ${id} --person pia --by nora`)).toEqual({
      ...{ code: 0, said: `Episode ${id} is waiting, owned by Oppfølging Nordvik.` },
    });
    const offered = await run(`episode offer ${id} --to ${small.units.south} --reason "flytter snart" --minutes 20 --by nora`);
    expect(offered.said).toMatch(/is waiting, owned by Oppfølging Nordvik; offered until .*08:20/);
    expect((await run('handover list')).said).toMatch(/offered +\d+ +Oppfølging Nordvik +Oppfølging Sørvik .*waits/);
    expect((await run(`episode accept ${id} --by siri`)).said).toMatch(/is acknowledged until .*, owned by Oppfølging Sørvik/);
    expect(await run(`episode recall ${id} --reason "likevel" --by nora`)).toEqual({
      code: 1,
      said: expect.stringMatching(/acknowledged by Navn siri, owned by Oppfølging Sørvik; offer 1 to Oppfølging Sørvik: accepted/),
    });
    expect((await run(`handover list --unit ${small.units.north}`)).said).toMatch(/given .*accepted/);
    expect(await run(`episode offer ${id} --reason x --by siri`)).toMatchObject({ code: 2 });
  });

  test('without a clinical role nobody acts on an episode, and only a team lead of the team moves a patient', async () => {
    const needs = 'this needs the role nurse or physician or team_lead';
    for (const act of ['acknowledge', 'accept', 'note --note x', 'close --outcome admitted', 'decline --reason x', 'answer --answer x']) {
      const [word, ...rest] = act.split(' ');
      const line = `episode ${word} ${id} ${rest.join(' ')} --by ada`;
      expect([line, await run(line)]).toEqual([line, { code: 1, said: expect.stringContaining(needs) }]);
    }
    const move = (patientId: number, by: string) =>
      run(`patient move ${patientId} --municipality 1 --unit ${small.units.south} --reason x --by ${by}`);
    expect(await move(small.patients.first, 'nora')).toEqual({ code: 1, said: expect.stringContaining('this needs the role team_lead') });
    expect(await move(small.patients.south, 'tove')).toEqual({
      ...{ code: 1, said: expect.stringContaining(`there is no patient ${small.patients.south}`) },
    });
  });

  test('whoever was only asked changes nothing of the patient', async () => {
    const { dataSource } = db.database;
    await dataSource.query(`update person set roles = '{nurse,physician,team_lead}' where username = 'siri'`);
    const { south } = small.units;
    const asked = await saveAnEpisode(dataSource, anEpisode(small, NOW, { patientId: small.patients.second }));
    const patient = small.patients.second;
    expect((await run(`episode offer ${asked} --to ${south} --reason "flytter snart" --by nora`)).code).toBe(0);
    const only = { code: 1, said: expect.stringContaining('only the units of the team may change this') };
    expect(await run(`patient move ${patient} --municipality 1 --unit ${south} --reason x --by siri`)).toEqual(only);
    expect(await run(`limit set ${patient} copd.spo2.critical limit 84 --reason x --by siri`)).toEqual(only);
    expect(await run(`reference set ${patient} dry-weight 70 --reason x --by siri`)).toEqual(only);
    expect(await run(`pause set ${patient} --kind holiday --until 2026-10-16T08:00:00Z --reason x --by siri`)).toEqual(only);
    expect(await run(`pause end ${patient} 1 --by siri`)).toEqual(only);
    expect((await run(`episode decline ${asked} --reason fullt --by siri`)).code).toBe(0);
  });

  test('a patient moves, and what is open goes along', async () => {
    const rows = await db.database.dataSource.query<{ organisation_id: number }[]>(`select organisation_id from unit where id = $1`, [
      small.units.south,
    ]);
    const municipality = rows[0]?.organisation_id ?? 0;
    const moved = await run(
      `patient move ${small.patients.first} --municipality ${municipality} --unit ${small.units.south} --reason "ny adresse" --by tove`,
    );
    expect(moved).toEqual({
      code: 0,
      said: [
        `Patient ${small.patients.first} lives in municipality ${municipality} and is followed by unit ${small.units.south}.`,
        `Episode ${id} is owned by unit ${small.units.south}.`,
      ].join('\n'),
    });
    expect((await run(`episode story ${id}`)).said).toContain(
      'owner changed: The owner is still Oppfølging Sørvik: ny adresse (Navn tove)',
    );
  });
});
