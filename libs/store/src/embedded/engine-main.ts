import { rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Engine } from './engine.js';
import { DirectoryLocked, holdDirectory } from './lock.js';
import type { EngineMessage, EngineOptions, SupervisorMessage } from './supervisor-messages.js';
import { WireServer } from './wire-server.js';

// The child process that is the embedded database. It lives and dies with the process that started it.

const HOUSEKEEPING_MS = 5_000;
const EXIT_BROKEN = 70;
const EXIT_REFUSED = 75;

function tell(what: EngineMessage): void {
  if (process.connected) process.send?.(what);
}

async function main(options: EngineOptions): Promise<void> {
  await mkdir(options.directory, { recursive: true, mode: 0o700 });
  await holdDirectory(options.directory, options.lockWaitMs);
  const engine = await Engine.open(options.directory);
  rmSync(options.socketPath, { force: true }); // Left by a killed predecessor; the lock says that it is gone.
  const server = await WireServer.start({ ...options, engine, onBroken: breakDown });
  const housekeeping = setInterval(() => {
    server.between(() => engine.checkpointWhenDue()).catch(breakDown);
  }, HOUSEKEEPING_MS);
  let isStopping = false;
  const stop = async (): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    clearInterval(housekeeping);
    await server.stop();
    await engine.close();
    if (!process.connected) rmSync(dirname(options.socketPath), { recursive: true, force: true });
    process.exit(0);
  };
  process.on('message', (asked: SupervisorMessage) => {
    if (asked.kind === 'ping') tell({ kind: 'pong' });
    else stop().catch(breakDown);
  });
  process.on('disconnect', () => void stop().catch(breakDown));
  if (!process.connected) await stop();
  tell({ kind: 'ready' });
}

/** The WebAssembly has trapped: nothing in this process can be trusted any more. What was acknowledged is in the files. */
function breakDown(error: unknown): void {
  tell({ kind: 'broken', sentence: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
  setTimeout(() => process.exit(EXIT_BROKEN), 50);
}

// A signal from the terminal goes to the whole process group; the supervisor stops us after the clients have finished.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('uncaughtException', breakDown);
process.on('unhandledRejection', breakDown);

main(JSON.parse(process.argv[2] ?? '{}') as EngineOptions).catch((error: unknown) => {
  if (!(error instanceof DirectoryLocked)) return breakDown(error);
  tell({ kind: 'locked' });
  setTimeout(() => process.exit(EXIT_REFUSED), 50);
});
