import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { saveGoodbye, saveHeartbeats } from '@varde/store';
import { runCommand } from '../../../../test/command-line.js';
import { testDatabase } from '../../../../test/engine.js';
import { runCli } from './run-cli.js';

const HOUR_MS = 3_600_000;

/** How the service is, asked from the command line: most of all by whoever wonders whether it runs at all. */
describe('health on the command line', () => {
  const db = testDatabase();

  const run = (line: string) => runCommand(db.url, line);
  const health = async (): Promise<string> => (await run('health')).said;
  const beat = (part: 'watch' | 'ingest', process: string, ageMs: number) =>
    saveHeartbeats(
      db.database.dataSource,
      { process, host: 'machine-1' },
      [{ part, workedAgoMs: 0, lateForMs: null }],
      new Date(Date.now() - ageMs),
    );

  beforeEach(async () => {
    for (const table of ['heartbeat', 'blindness', 'outage']) await db.database.dataSource.query(`delete from ${table}`);
  });

  test('nothing has ever run: it sees nothing, and says so', async () => {
    const said = await health();
    expect(said).not.toContain('Nothing is blind');
    expect(said).toContain('Blind: no service has worked on this database in the last week.');
  });

  test('a part that went without a word is blind although nobody lives to write it down', async () => {
    await beat('watch', 'one', HOUR_MS);
    await beat('ingest', 'two', 0);
    const said = await health();
    expect(said).toMatch(/^PART +MACHINE +WORKED +LATE\n.*ingest +machine-1 +\d s +-\n.*watch +machine-1 +36\d\d s +-\n/);
    expect(said).toMatch(/\nBlind: watch silent since \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/);
    const { unplayed } = JSON.parse((await run('health --json')).said) as { unplayed: unknown };
    expect(unplayed).toMatchObject([{ part: 'watch', hasSaidGoodbye: false }]);
  });

  test('a part whose processes have all said goodbye is played by nobody', async () => {
    await beat('watch', 'one', HOUR_MS);
    await beat('watch', 'two', 10_000);
    await saveGoodbye(db.database.dataSource, 'two');
    const said = await health();
    expect(said).toMatch(/\nNobody plays watch: ended in order \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/);
    expect(said).not.toContain('Nothing is blind');
  });

  test('nothing is blind while each part is played, whoever else has left it', async () => {
    await beat('watch', 'one', HOUR_MS);
    await beat('watch', 'two', 0);
    await beat('ingest', 'two', 0);
    expect(await health()).toMatch(/\nNothing is blind\.$/);
  });

  test('what a living process has written down is said once, with what else is blind', async () => {
    await beat('watch', 'one', HOUR_MS);
    await beat('ingest', 'two', 0);
    await db.database.dataSource.query(
      `insert into blindness (part, subject, why, since, noticed_at, patient_ids)
       values ('watch', '', 'silent', '2026-01-15T08:00:00Z', '2026-01-15T08:01:00Z', '{}'), ('chain', '', 'not_arrived', '2026-01-15T09:00:00Z', '2026-01-15T09:01:00Z', '{}')`,
    );
    const lines = (await health()).split('\n').filter((line) => line.startsWith('Blind'));
    expect(lines).toEqual(['Blind: watch silent since 2026-01-15 08:00:00Z', 'Blind: chain not_arrived since 2026-01-15 09:00:00Z']);
  });

  test('a part that nobody plays any more is retired; one that was never played is not there', async () => {
    await beat('watch', 'one', HOUR_MS);
    await beat('ingest', 'two', 0);
    expect((await run('health --retire watch')).said).toMatch(/\nNothing is blind\.$/);
    expect(await run('health --retire watch')).toEqual({ code: 1, said: 'varde: there is no part that was ever played watch' });
    expect(await run('health --retire moon')).toMatchObject({ code: 2 });
  });
});

test.each(['localhost:3941', 'ftp://localhost', 'varde', 'http://'])('the watchdog does not begin to watch %s', async (url) => {
  const outcome = await runCommand('postgres://127.0.0.1:1/none', ['watchdog', '--url', 'http://127.0.0.1:3000', '--url', url]);
  expect(outcome).toEqual({ code: 2, said: `varde: --url must be like http://127.0.0.1:3000, not ${url}` });
});

test('the watchdog says at once which address does not answer', async () => {
  const said: string[] = [];
  const server = createServer((_, response) => response.end('{}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let stop = (): void => undefined;
  const code = await runCli(['watchdog', '--url', 'http://127.0.0.1:1', '--url', url], {
    env: { VARDE_TELL: 'http://127.0.0.1:1/told', VARDE_TELL_KEY: 'a key of the receiver, long enough for it', VARDE_LOG_LEVEL: 'silent' },
    say: (line) => {
      said.push(line);
      if (said.length === 2) stop();
    },
    complain: (line) => void said.push(line),
    now: () => new Date(),
    askSecret: null,
    patienceMs: 0,
    untilStopped: () => new Promise((resolve) => (stop = resolve)),
    readInput: () => Promise.resolve(''),
  });
  await new Promise<void>((resolve) => server.close(() => resolve()));
  expect(said).toEqual([expect.stringContaining(`${url} and tells 1 address`) as string, 'http://127.0.0.1:1 does not answer.']);
  expect(code).toBe(0);
});
