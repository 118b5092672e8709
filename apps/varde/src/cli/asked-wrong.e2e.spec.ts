import { runCommand } from '../../../../test/command-line.js';
import { testDatabase } from '../../../../test/engine.js';
import { PASSWORD, saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';

const NOW = new Date('2026-10-15T08:00:00Z');

/** What is asked wrongly is never answered as if all were well. */
describe('asked wrongly, the command line', () => {
  const db = testDatabase();
  let small: SmallCommunity;

  const run = (line: string) => runCommand(db.url, line, { now: () => NOW });

  beforeAll(async () => {
    small = await saveSmallCommunity(db.database.dataSource);
  });

  test.each([
    ['preflight 77', 'unit'],
    ['preflight --patient 77', 'patient'],
    ['replay --patient 77', 'patient'],
    ['episode list --patient 77', 'patient'],
    ['task list --patient 77', 'patient'],
    ['task list --unit 77', 'unit'],
    ['pause list 77', 'patient'],
    ['reference list 77', 'patient'],
    ['limit list 77', 'patient'],
    ['reading list 77', 'patient'],
    ['unit effort --unit 77', 'unit'],
    ['unit agreements 77', 'unit'],
    ['handover list --unit 77', 'unit'],
    ['duty list 77', 'unit'],
    ['contact list 77', 'unit'],
  ])('%s: there is none, and no all-clear', async (line, thing) => {
    expect(await run(line)).toEqual({ code: 1, said: `varde: there is no ${thing} 77` });
  });

  test.each([
    ['limit list 99999999999', 'the patient must be a whole number from 1 to 2147483647, not 99999999999'],
    ['task list --unit 99999999999', '--unit must be a whole number from 0 to 2147483647, not 99999999999'],
    ['person add per --name Per --role nurse --unit 1,99999999999', '--unit must be a whole number from 1 to 2147483647, not 99999999999'],
    ['duty end 1 9999999999', 'the duty must be a whole number from 1 to 2147483647, not 9999999999'],
    ['hit-rate --days 0', '--days must be a whole number from 1 to 3660, not 0'],
    ['hit-rate --days 99999999', '--days must be a whole number from 1 to 3660, not 99999999'],
    ['unit effort --days 0', '--days must be a whole number from 1 to 3660, not 0'],
    ['reading list 1 --days 99999999', '--days must be a whole number from 1 to 3660, not 99999999'],
    ['handover list --days -1', '--days must be a whole number from 1 to 3660, not -1'],
    ['preview 1 --days 3 --rule r --parameter p', '--days must be a whole number from 28 to 90, not 3'],
  ])('%s: what it must be, in one sentence', async (line, sentence) => {
    expect(await run(line.replace(/(--days) (-)/, '$1=$2'))).toEqual({ code: 2, said: `varde: ${sentence}` });
  });

  test.each([
    'duty add 1 --person nora --from 2026-11-31T08:00:00Z --to 2026-12-01T08:00:00Z',
    'duty list 1 --from 2026-02-31T08:00:00Z',
    'duty list 1 --from 1776-07-04T08:00:00Z',
    'duty list 1 --from 2201-01-01T00:00:00Z',
  ])('%s: a moment that is none is not taken for another', async (line) => {
    const sentence = '--from must be a moment like 2026-01-15T08:00:00Z or 2026-01-15T09:00:00+01:00';
    expect(await run(line)).toEqual({ code: 2, said: `varde: ${sentence}` });
  });

  test.each([
    ['organisation add', 'the name', 200],
    ['unit add --level gp', 'the name', 200],
    ['patient add --unit 1', 'the name', 200],
    ['person add per --role nurse --name', '--name', 200],
    ['unit change 1 --service', '--service', 200],
    ['device register OX-1 --kind pulse-oximeter --model', '--model', 200],
    ['limit set 1 copd.spo2.critical limit 82 --by pia --preview 1 --reason', '--reason', 1_000],
    ['reference set 1 news2-scale-2 1 --by pia --preview 1 --reason', '--reason', 1_000],
    ['proposal decline 1 --by pia --reason', '--reason', 1_000],
    ['pause set 1 --kind other --until 2026-10-16T08:00:00Z --by nora --reason', '--reason', 1_000],
    ['task close 1 --by nora --outcome', '--outcome', 1_000],
    ['patient move 1 --municipality 2 --unit 2 --by tove --reason', '--reason', 1_000],
    ['episode note 1 --by nora --note', '--note', 4_000],
    ['episode release 1 --by nora --note', '--note', 4_000],
    ['episode decline 1 --by nora --reason', '--reason', 4_000],
    ['episode ask 1 --by nora --to 2 --question', '--question', 4_000],
  ])('%s <words>: as over HTTP, neither longer nor with control characters', async (line, name, max) => {
    const words = (text: string) =>
      runCommand(db.url, [...line.split(' '), text], { now: () => NOW, askSecret: () => Promise.resolve(PASSWORD) });
    expect(await words('x'.repeat(max + 1))).toEqual({ code: 2, said: `varde: ${name} must have 1 to ${max} characters, not ${max + 1}` });
    expect(await words('a\u001b[2Jb')).toEqual({ code: 2, said: `varde: ${name} must not hold control characters` });
    if (/--(service|model)$|release/.test(line)) return;
    expect(await words('  ')).toEqual({ code: 2, said: `varde: ${name} must have 1 to ${max} characters, not 0` });
  });

  test.each([
    ['episode story 99999999999', 'episode 99999999999'],
    ['explain 99999999999', 'episode 99999999999'],
    ['refused show 99999999999', 'refused message 99999999999'],
  ])('%s: ids of what there is much of are larger', async (line, what) => {
    expect(await run(line)).toEqual({ code: 1, said: `varde: there is no ${what}` });
  });

  test('a preview that does not show this change is no stack of the program, and the sentence says what to type', async () => {
    const shown = (await run(`enrol ${small.patients.first} hf`)).said;
    const preview = /--preview (\d+)$/.exec(shown)?.[1] ?? '';
    const anew = 'say the same again without --preview to be shown it';
    const enrolled = (programme: string, id: string) => run(`enrol ${small.patients.first} ${programme} --preview ${id}`);
    expect(await enrolled('copd', preview)).toEqual({ code: 1, said: `varde: the preview ${preview} shows another change; ${anew}` });
    expect(await enrolled('hf', '99999999999')).toEqual({
      code: 1,
      said: `varde: you have been given no preview 99999999999 here; ${anew}`,
    });
    expect((await enrolled('hf', preview)).code).toBe(0);
    expect(await enrolled('hf', preview)).toEqual({ code: 1, said: `varde: the preview ${preview} has been used; ${anew}` });
  });

  test('replay says of a patient that there is no log to repeat', async () => {
    const { said } = await run(`replay --patient ${small.patients.first}`);
    expect(said).toMatch(new RegExp(`^patient ${small.patients.first} has no log of looks\n0 of 1 patients repeated`));
  });

  test('nor can it repeat who was looked at before there was one; and it wants to know whom', async () => {
    await db.database.dataSource.query(`insert into patient_log (patient_id, at, kind) values ($1, now(), 'begins')`, [
      small.patients.first,
    ]);
    expect((await run(`replay --patient ${small.patients.first}`)).said).toMatch(/was looked at before there was a log/);
    expect(await run('replay')).toMatchObject({ code: 2 });
  });
});
