import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { openTestDatabase, type TestDatabase } from '../../../test/engine.js';
import { pause, startService } from '../../../test/whole-way.js';

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());

async function connectTo(apiUrl: string | null): Promise<Socket> {
  const { hostname, port } = new URL(apiUrl ?? '');
  const socket = connect({ port: Number(port), host: hostname });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

test('connections to the API that ask for nothing do not hold up the end', async () => {
  const service = await startService(db.url, { VARDE_ROLES: 'triage' });
  const silent = await connectTo(service.apiUrl);
  const half = await connectTo(service.apiUrl);
  half.write('GET /health/live HTTP/1.1\r\nHost: x\r\n');
  await pause(100);
  const beganMs = performance.now();
  await service.stop();
  expect(performance.now() - beganMs).toBeLessThan(5_000);
  silent.destroy();
  half.destroy();
});

// Not built (npm run build): there is no program to start.
const RUN = join(import.meta.dirname, '../../../dist/apps/varde/src/run.js');
const whenBuilt = existsSync(RUN) ? test : test.skip;

whenBuilt.each([
  [
    'rejected where nobody catches',
    'setTimeout(() => Promise.reject(fault)); return new Promise((resolve) => setTimeout(resolve, 60_000));',
  ],
  ['of the start', 'throw fault;'],
])("an error %s ends the process, and nothing of the database's rows or of what was asked of it is written", (_, program) => {
  const script = `
    const fault = Object.assign(new Error('invalid input syntax: "Kari"'), { code: '22P02', detail: 'Kari', parameters: ['Kari'] });
    const { run } = await import(process.argv[1]);
    await run(async () => { ${program} });`;
  const { status, stderr, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script, RUN], { encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(/^varde: Error \(22P02\): a value was refused\n {4}at /);
  expect(stderr).not.toContain('Kari');
});
