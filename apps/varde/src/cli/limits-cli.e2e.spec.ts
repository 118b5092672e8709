import { hash } from '@node-rs/argon2';
import { savePerson, saveTask } from '@varde/store';
import { runCommand } from '../../../../test/command-line.js';
import { testDatabase } from '../../../../test/engine.js';
import { PASSWORD, saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';

/** Limits, references, proposals and tasks from the command line: who changes something shows who they are. */
describe('limits on the command line', () => {
  const db = testDatabase();
  let small: SmallCommunity;

  const run = (line: string, password = PASSWORD) => runCommand(db.url, line, { askSecret: () => Promise.resolve(password) });

  /** Says it twice: the first time shows what it would have done and changes nothing. */
  const runShown = async (line: string) => {
    const { code, said } = await run(line);
    const id = /Nothing is changed yet\..* --preview (\d+)$/.exec(said)?.[1];
    if (id === undefined) throw new Error(`nothing was shown, but ${code}: ${said}`);
    return run(`${line} --preview ${id}`);
  };

  beforeAll(async () => {
    small = await saveSmallCommunity(db.database.dataSource);
    const { manager } = db.database.dataSource;
    const per = {
      username: 'per',
      name: 'Per',
      passwordHash: await hash(PASSWORD),
      roles: ['physician' as const],
      unitIds: [small.units.north],
    };
    await savePerson(manager, per, new Date());
    await manager.query(`insert into enrolment (patient_id, programme, from_at) values ($1, 'copd', now())`, [small.patients.first]);
  });

  test('a limit past the floor is proposed by one and approved by another, each with their password', async () => {
    const set = `limit set ${small.patients.first} copd.spo2.critical limit 82 --reason "lives at 84"`;
    expect(await run(`${set} --by pia`, 'wrong')).toEqual({ code: 2, said: 'varde: the username or the password is wrong' });
    expect(await run(`${set} --by nora --preview 1`)).toMatchObject({ code: 1 });
    const proposed = await runShown(`${set} --by pia`);
    expect(proposed).toMatchObject({ code: 0, said: expect.stringMatching(/^Proposal \d+: it lies past the safety floor/) as string });
    const id = /\d+/.exec(proposed.said)?.[0] ?? '';
    expect((await run('proposal list')).said).toMatch(/copd\.spo2\.critical +limit +82 +Navn pia/);
    expect((await run(`task list --patient ${small.patients.first}`)).said).toMatch(/a second physician must approve/);
    expect(await run(`proposal approve ${id} --by pia`)).toMatchObject({ code: 1 });
    expect(await runShown(`proposal approve ${id} --by per`)).toEqual({ code: 0, said: `Proposal ${id} is approved.` });
    expect((await run(`limit list ${small.patients.first}`)).said).toMatch(/copd\.spo2\.critical +limit +82 % +personal +1 +Navn pia/);
  });

  test('a reference is recorded and listed', async () => {
    expect(await runShown(`reference set ${small.patients.first} news2-scale-2 1 --reason "hypercapnic failure" --by pia`)).toEqual({
      ...{ code: 0, said: 'NEWS2 scale 2: 1, version 1.' },
    });
    expect((await run(`reference list ${small.patients.first}`)).said).toMatch(/news2-scale-2 +1 +1 +Navn pia/);
    expect(await run(`reference set ${small.patients.first} shoe-size 1 --reason x --by pia`)).toMatchObject({ code: 2 });
    expect(await run(`reference set ${small.patients.south} news2-scale-2 1 --reason x --by pia`)).toMatchObject({ code: 1 });
  });

  test('how often a patient has agreed to measure is set, listed with what it leaves out, and ended, in both languages', async () => {
    const { first } = small.patients;
    const { manager } = db.database.dataSource;
    await manager.query(
      `insert into scheduled_measurement (patient_id, metric, at_local, weekdays, from_at) values ($1, 'spo2', '09:00', '{1,2,3}', '2026-01-01')`,
      [first],
    );
    expect(await run(`measuring set ${first} --reason "works the other days" --by nora`)).toMatchObject({ code: 2 });
    const set = await run(`measuring set ${first} --weekdays 1,2 --reason "works the other days" --by nora --lang nb`);
    expect(set).toMatchObject({
      code: 0,
      said: expect.stringMatching(/^Pasient \d+ måler mandag og tirsdag fra .*versjon 1\.\n/) as string,
    });
    expect(set.said).toContain('Utelatt, for pasienten har avtalt færre dager: oksygenmetning, onsdag 09:00');
    const list = await run(`measuring list ${first}`);
    expect(list.said).toMatch(/Monday and Tuesday +1 +Navn nora/);
    expect(list.said).toContain('Left out, for the patient has agreed to fewer days: oxygen saturation, Wednesday 09:00');
    const id = /\n(\d+) /.exec(list.said)?.[1] ?? '';
    expect(await run(`measuring end ${first} ${id} --by tove`)).toMatchObject({ code: 1 });
    expect(await run(`measuring end ${first} ${id} --by nora`)).toMatchObject({ code: 0 });
    expect((await run(`measuring list ${first} --lang nb`)).said).toContain('Ingenting er utelatt.');
    await manager.query(`delete from scheduled_measurement where patient_id = $1`, [first]);
  });

  test('the date of a review is set, listed and taken back', async () => {
    const { first } = small.patients;
    const reviewOn = new Date(Date.now() + 40 * 86_400_000).toISOString().slice(0, 10);
    const set = `review set ${first} ${reviewOn} --reason "new treatment"`;
    expect(await run(`${set} --by tove`)).toMatchObject({ code: 1 });
    expect(await run(`${set} --by nora`)).toEqual({
      code: 0,
      said: `Patient ${first} has a review on ${reviewOn}, version 1.\nNo week is planned before it: the patient does not follow hypertension then.`,
    });
    await db.database.dataSource.query(`insert into enrolment (patient_id, programme, from_at) values ($1, 'htn', now())`, [first]);
    expect((await run(`${set} --by nora`)).said).toMatch(
      /version 2\.\nPressure morning and evening on 7 of the 7 days before it: (\d{4}-\d\d-\d\d, ){6}\d{4}-\d\d-\d\d\.$/,
    );
    const soon = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
    const days = /: (.*)\.$/.exec((await run(`${set.replace(reviewOn, soon)} --by nora`)).said)?.[1]?.split(', ') ?? [];
    expect(days.length).toBeGreaterThan(1);
    expect([...days].sort()[0]! >= new Date().toISOString().slice(0, 10)).toBe(true);
    await run(`measuring set ${first} --weekdays 1,4 --reason "works the other days" --by nora`);
    const left = await run(`${set} --by nora`);
    expect(left.said).toMatch(/Pressure morning and evening on 2 of the 7 days before it: \d{4}-\d\d-\d\d, \d{4}-\d\d-\d\d\.\n/);
    expect(left.said.match(/^Left out, for the patient has agreed to fewer days: .*Tuesday, Wednesday, Friday, .* 19:00$/m)).not.toBeNull();
    await db.database.dataSource.query(`delete from measuring_days where patient_id = $1`, [first]);
    const list = await run(`review list ${first}`);
    const id = /\n(\d+) /.exec(list.said)?.[1] ?? '';
    expect(await run(`review end ${first} ${id} --by nora`)).toEqual({ code: 0, said: `Review ${id} is taken back.` });
    expect(await run(`review set ${first} tomorrow --reason x --by nora`)).toMatchObject({ code: 2 });
  });

  test('treatment limits are decided by a physician, listed and ended', async () => {
    const { first } = small.patients;
    const reviewBy = new Date(Date.now() + 90 * 86_400_000).toISOString();
    const set = `treatment-limits set ${first} --from-severity red --unit ${small.units.clinic} --decision "No admission" --call "900 00 000"`;
    expect(await run(`${set} --reason wish --by pia`)).toMatchObject({ code: 2, said: expect.stringContaining('--review-by') as string });
    expect(await run(`${set} --review-by ${reviewBy} --reason wish --by nora`)).toMatchObject({ code: 1 });
    expect((await run(`${set} --review-by ${reviewBy} --reason wish --by pia`)).said).toMatch(
      /^What is red or critical of patient \d+ goes to Lungepoliklinikken from .* on, version 1\.$/,
    );
    const list = await run(`treatment-limits list ${first}`);
    expect(list.said).toMatch(/red +Lungepoliklinikken +1 +Navn pia .*900 00 000 +No admission +wish/);
    const id = /\n(\d+) /.exec(list.said)?.[1] ?? '';
    expect(await run(`treatment-limits end ${first} ${id} --by nora`)).toMatchObject({ code: 1 });
    expect(await run(`treatment-limits end ${first} ${id} --by pia`)).toEqual({ code: 0, said: `Treatment limits ${id} have ended.` });
  });

  test('a proposal is declined; its task follows and cannot be closed before', async () => {
    await runShown(`limit set ${small.patients.first} gen.pulse.very_high limit 140 --reason "known rhythm" --by pia`);
    const id = /^(\d+)/m.exec((await run('proposal list')).said)?.[0] ?? '';
    const task = /^(\d+)/m.exec((await run('task list')).said)?.[0] ?? '';
    const refused = 'varde: approve or decline the proposal; the task follows';
    expect(await run(`task close ${task} --outcome "asked" --dismiss --by pia`)).toEqual({ code: 1, said: refused });
    expect((await run(`proposal decline ${id} --reason "too high" --by per`)).said).toBe(`Proposal ${id} is declined.`);
    expect((await run('task list')).said).not.toMatch(new RegExp(`^${task}\\b`, 'm'));
  });

  test('a task is closed', async () => {
    const words = { nb: 'Tørrvekt mangler', en: 'Dry weight is missing' };
    const task = {
      key: 'reference-missing:dry-weight',
      kind: 'reference-missing',
      ruleId: null,
      forRole: 'physician',
      reason: words,
      dueAt: null,
    } as const;
    await saveTask(db.manager, { patientId: small.patients.first, unitId: small.units.north, task }, new Date());
    expect((await run(`task close 99999 --outcome done --by pia`)).code).toBe(1);
    const id = /^(\d+).*Dry weight is missing/m.exec((await run('task list')).said)?.[1] ?? '';
    expect((await run(`task close ${id} --outcome "asked" --dismiss --by per`)).said).toBe(`Task ${id} is dismissed.`);
  });
});
