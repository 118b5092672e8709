import { runCli, type ExitCode } from '../apps/varde/src/cli/run-cli.js';
import type { Terminal } from '../apps/varde/src/cli/terminal.js';

/** Key of the installation that `runCommand` works for. */
export const SECRET = 'a secret of the installation, long enough';

/** What came of a line: the exit code, and everything said or complained. */
export interface Printed {
  readonly code: ExitCode;
  readonly said: string;
}

/**
 * Runs one line of the command line `varde` on the database at `url`: its words, or typed as in a shell, where double quotes keep words
 * together. Nobody sits there, nothing stands on standard input and it is now, unless `over` says otherwise.
 */
export async function runCommand(
  url: string,
  line: string | readonly string[],
  over: Partial<Pick<Terminal, 'now' | 'askSecret' | 'readInput'>> = {},
): Promise<Printed> {
  const said: string[] = [];
  const code = await runCli(typeof line === 'string' ? wordsOf(line) : line, {
    env: { DATABASE_URL: url, VARDE_SECRET: SECRET },
    say: (text) => void said.push(text),
    complain: (text) => void said.push(text),
    now: () => new Date(),
    askSecret: null,
    patienceMs: 1_000,
    readInput: () => Promise.resolve(''),
    ...over,
  });
  return { code, said: said.join('\n') };
}

function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}
