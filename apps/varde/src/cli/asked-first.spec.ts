import { COMMANDS, runCli } from './run-cli.js';

/** Nobody answers there. */
const NO_DATABASE = { DATABASE_URL: 'postgres://127.0.0.1:1/none', VARDE_SECRET: 'a secret of the installation, long enough' };

const asking = COMMANDS.filter(({ options }) => 'password-stdin' in options || 'secret' in options);

test.each(asking.map((command) => [command.words.join(' '), command] as const))(
  '%s asks for a password before it opens the database',
  async (_, { words, takes, options }) => {
    const asked: string[] = [];
    const complained: string[] = [];
    const by = 'by' in options ? ['--by', 'nora'] : [];
    await runCli([...words, ...Array.from({ length: takes[0] }, () => '1'), ...by], {
      env: NO_DATABASE,
      say: () => undefined,
      complain: (line) => void complained.push(line),
      now: () => new Date(),
      askSecret: (prompt) => {
        asked.push(prompt);
        return Promise.resolve('');
      },
      patienceMs: 0,
      readInput: () => Promise.resolve(''),
    });
    expect(asked).toHaveLength(1);
    expect(complained).toEqual([expect.stringMatching(/^varde: the database cannot be reached/)]);
  },
);

test('there are commands that ask', () => expect(asking.length).toBeGreaterThan(20));
