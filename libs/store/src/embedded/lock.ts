import { createHash } from 'node:crypto';
import { realpathSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';

/** Somebody else has the database of this directory open. */
export class DirectoryLocked extends Error {
  override readonly name = 'DirectoryLocked';
}

/**
 * Holds a directory for this process alone until the process ends, however it ends.
 * PGlite lets two processes open the same directory without a word and both then destroy it, so this comes first.
 * On Linux: an abstract unix socket named after the real path (nothing to clean up). Elsewhere a socket file in the directory.
 * Processes in different network namespaces (containers that share a volume) do not see each other's abstract sockets.
 */
export async function holdDirectory(directory: string, waitMs: number): Promise<Server> {
  const real = realpathSync(directory);
  const isLinux = process.platform === 'linux';
  const name = isLinux ? `\0varde-${createHash('sha256').update(real).digest('hex')}` : join(real, 'lock');
  const endMs = Date.now() + waitMs;
  for (;;) {
    const lock = await bind(name);
    if (lock) return lock;
    if (!isLinux && !(await isAnswered(name))) unlinkSync(name);
    else if (Date.now() >= endMs) throw new DirectoryLocked(directory);
    else await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function bind(name: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(null) : reject(error)));
    server.listen(name, () => resolve(server.unref()));
  });
}

function isAnswered(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(name);
    socket.once('connect', () => resolve(true) ?? socket.destroy());
    socket.once('error', () => resolve(false));
  });
}
