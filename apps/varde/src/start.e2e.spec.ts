import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
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
