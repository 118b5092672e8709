import { text } from 'node:stream/consumers';

/** What the command line talks to; tests give their own. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Prints one line of what was asked for. */
  readonly say: (line: string) => void;
  /** Prints one line about what went wrong. */
  readonly complain: (line: string) => void;
  readonly now: () => Date;
  /** Asks for a secret without showing it; null when nobody sits there. */
  readonly askSecret: ((prompt: string) => Promise<string>) | null;
  /** How long to wait for a service that is starting. */
  readonly patienceMs: number;
  /** Resolves when the program is told to end; left out: it never is. */
  readonly untilStopped?: () => Promise<void>;
  /** Everything on standard input. */
  readonly readInput: () => Promise<string>;
}

/** The person pressed Ctrl-C while being asked. */
class Interrupted extends Error {
  override name = 'Interrupted';
}

const PATIENCE_MS = 20_000;
const ENTER = new Set(['\r', '\n', '\u0004']);
const BACKSPACE = new Set(['\b', '\u007f']);
const CTRL_C = '\u0003';

/** The terminal this process was started in. */
export function processTerminal(): Terminal {
  // Whoever reads, such as head, has seen enough and closed: nothing is wrong.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  return {
    env: process.env,
    say: (line) => void process.stdout.write(`${line}\n`),
    complain: (line) => void process.stderr.write(`${line}\n`),
    now: () => new Date(),
    askSecret: process.stdin.isTTY ? askSecret : null,
    patienceMs: PATIENCE_MS,
    untilStopped: () =>
      new Promise((resolve) => {
        for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
      }),
    readInput: () => text(process.stdin),
  };
}

async function askSecret(prompt: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(prompt);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.resume();
  try {
    return await new Promise<string>((resolve, reject) => {
      let typed = '';
      const hear = (chunk: string): void => {
        for (const key of chunk) {
          if (ENTER.has(key)) return finish(() => resolve(typed));
          if (key === CTRL_C) return finish(() => reject(new Interrupted('interrupted')));
          typed = BACKSPACE.has(key) ? typed.slice(0, -1) : typed + key;
        }
      };
      const finish = (end: () => void): void => {
        stdin.off('data', hear);
        end();
      };
      stdin.on('data', hear);
    });
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}
