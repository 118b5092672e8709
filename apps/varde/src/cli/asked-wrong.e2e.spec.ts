import { runCommand } from '../../../../test/command-line.js';
import { testDatabase } from '../../../../test/engine.js';
import { saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';

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

  test('replay says of a patient that there is no log to repeat', async () => {
    const { said } = await run(`replay --patient ${small.patients.first}`);
    expect(said).toMatch(new RegExp(`^patient ${small.patients.first} has no log of looks\n0 of 1 patients repeated`));
  });
});
