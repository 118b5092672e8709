import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DataDirectoryInUse, migrate, openDatabase, type Database } from '@varde/store';
import { readConfig, type Config } from '../config.js';
import { keptSecret } from '../kept-secret.js';
import { openLog, type Log } from '../log.js';
import { Typed, UsageError, type AnyCommand, type Answer, type Command } from './command.js';
import { CONTACT_COMMANDS } from './contact-commands.js';
import { DEVICE_COMMANDS } from './device-commands.js';
import { DUTY_COMMANDS } from './duty-commands.js';
import { EFFORT } from './effort-command.js';
import { EPISODE_COMMANDS } from './episode-commands.js';
import { HEALTH_COMMANDS } from './health-commands.js';
import { HIT_RATE } from './hit-rate-command.js';
import { LIMIT_COMMANDS } from './limit-commands.js';
import { ORGANISATION_COMMANDS } from './organisation-commands.js';
import { OWNERSHIP_COMMANDS } from './ownership-commands.js';
import { PATHWAY_COMMANDS } from './pathway-commands.js';
import { PATIENT_COMMANDS } from './patient-commands.js';
import { PEOPLE_COMMANDS } from './people-commands.js';
import { MEASURING_COMMANDS } from './measuring-commands.js';
import { REVIEW_COMMANDS } from './review-commands.js';
import { PAUSE_COMMANDS } from './pause-commands.js';
import { PREFLIGHT } from './preflight-command.js';
import { PREVIEW_COMMANDS } from './preview-command.js';
import { REFUSED_COMMANDS } from './refused-commands.js';
import { REPLAY } from './replay-command.js';
import { harmless } from './printed.js';
import type { Terminal } from './terminal.js';
import { TASK_COMMANDS } from './task-commands.js';
import { TEMPLATE_COMMANDS } from './template-commands.js';
import { TREATMENT_LIMITS_COMMANDS } from './treatment-limits-commands.js';
import { TRY_COMMANDS } from './try-command.js';
import { UNIT_COMMANDS } from './unit-commands.js';
import { WEIGHT_COMMANDS } from './weight-commands.js';

/** Every command, in the order of the help. */
export const COMMANDS: readonly AnyCommand[] = [
  ...PEOPLE_COMMANDS,
  ...TEMPLATE_COMMANDS,
  ...ORGANISATION_COMMANDS,
  ...UNIT_COMMANDS,
  ...DUTY_COMMANDS,
  ...CONTACT_COMMANDS,
  ...PATHWAY_COMMANDS,
  ...PATIENT_COMMANDS,
  ...WEIGHT_COMMANDS,
  ...LIMIT_COMMANDS,
  ...TASK_COMMANDS,
  PREFLIGHT,
  ...PAUSE_COMMANDS,
  ...MEASURING_COMMANDS,
  ...REVIEW_COMMANDS,
  ...TREATMENT_LIMITS_COMMANDS,
  ...PREVIEW_COMMANDS,
  ...DEVICE_COMMANDS,
  ...TRY_COMMANDS,
  ...REFUSED_COMMANDS,
  ...EPISODE_COMMANDS,
  ...OWNERSHIP_COMMANDS,
  HIT_RATE,
  EFFORT,
  REPLAY,
  ...HEALTH_COMMANDS,
];

/** 0 done, 1 could not be done, 2 not understood. */
export type ExitCode = 0 | 1 | 2;

/** Errors whose message is one clear sentence; anything else is a bug and shows where. */
const CLEAR: Readonly<Record<string, ExitCode>> = {
  UsageError: 2,
  ConfigError: 2,
  Invalid: 2,
  NotFound: 1,
  Conflict: 1,
  Forbidden: 1,
  Interrupted: 1,
  NoSuchTemplate: 1,
  TemplateFaulty: 1,
  DataDirectoryInUse: 1,
  EngineDidNotStart: 1,
  UnfitDatabase: 1,
  DatabaseIsNewer: 1,
  ReplayDiffers: 1,
  LogBroken: 1,
  KeyTooShort: 1,
  NotPreviewed: 1,
  ChangeNotJudged: 1,
  CatalogueFaulty: 1,
  QuestionnairesFaulty: 1,
};

/** Runs one command line, `argv` without node and script. Never throws; says what went wrong in one sentence. */
export async function runCli(argv: readonly string[], given: Terminal): Promise<ExitCode> {
  const terminal: Terminal = {
    ...given,
    say: (line) => given.say(harmless(line)),
    complain: (line) => given.complain(harmless(line)),
  };
  try {
    const [first] = argv;
    if (first === undefined || first === 'help' || first === '--help' || first === '-h') {
      for (const line of helpOf(argv.slice(1))) terminal.say(line);
      return first === undefined ? 2 : 0;
    }
    const command = findCommand(argv);
    const { values, positionals } = parse(command, argv.slice(command.words.length));
    if (values['help'] === true) {
      for (const line of helpOfCommand(command)) terminal.say(line);
      return 0;
    }
    const typed = new Typed(positionals, values);
    const answer = await ('runAlone' in command ? command.runAlone(typed, terminal) : runOnDatabase(command, typed, terminal));
    print(answer, values['json'] === true, terminal);
    return 0;
  } catch (error) {
    return complain(error, terminal);
  }
}

/** As data nothing may stand beside the answer: what a list leaves out is told where faults are. */
function print({ lines, data, leftOut }: Answer, asData: boolean, terminal: Terminal): void {
  for (const line of asData ? [JSON.stringify(data, null, 2)] : lines) terminal.say(line);
  if (typeof leftOut === 'string') asData ? terminal.complain(`varde: ${leftOut}`) : terminal.say(leftOut);
}

function complain(error: unknown, terminal: Terminal): ExitCode {
  const { name, message, stack, code } = describe(error);
  const isNoServer = NO_SERVER.has(code);
  const exit = CLEAR[name] ?? (isNoServer ? 1 : undefined);
  const sentence = isNoServer ? `the database cannot be reached: ${message || code}` : message;
  terminal.complain(`varde: ${exit === undefined ? stack : sentence}`);
  return exit ?? 1;
}

/** The database's address answers nobody, or not us (wrong password, no such database). */
const NO_SERVER = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'ENOENT', 'ETIMEDOUT', 'EAI_AGAIN', '28000', '28P01', '3D000']);

function describe(error: unknown): { name: string; message: string; stack: string; code: string } {
  const { name, message, stack, code } = (typeof error === 'object' && error !== null ? error : {}) as Partial<NodeJS.ErrnoException>;
  const words = isOfPreview(error)
    ? `${error.previewFault}; say the same again without --preview to be shown it`
    : (message ?? String(error));
  return { name: name ?? '', message: words, stack: stack ?? words, code: code ?? '' };
}

/** Their messages say what to send over HTTP. */
const isOfPreview = (error: unknown): error is { readonly previewFault: string } =>
  typeof error === 'object' && error !== null && 'previewFault' in error;

function findCommand(argv: readonly string[]): AnyCommand {
  const found = COMMANDS.find(({ words }) => words.every((word, place) => argv[place] === word));
  if (found !== undefined) return found;
  const sisters = COMMANDS.filter(({ words }) => words[0] === argv[0]).map(({ words }) => words.join(' '));
  if (sisters.length > 0) throw new UsageError(`there is no ${argv.slice(0, 2).join(' ')}; there is ${sisters.join(', ')}`);
  throw new UsageError(`there is no command ${argv[0] ?? ''}; see: varde help`);
}

type Parsed = { values: Record<string, string | boolean | (string | boolean)[] | undefined>; positionals: string[] };

function parse(command: AnyCommand, args: readonly string[]): Parsed {
  const options = Object.fromEntries(
    Object.entries(command.options).map(([name, { type, multiple }]) => [name, { type, multiple: multiple ?? false }]),
  );
  try {
    const flags = { json: { type: 'boolean' as const }, help: { type: 'boolean' as const, short: 'h' } };
    const { values, positionals } = parseArgs({ args: [...args], options: { ...options, ...flags }, allowPositionals: true, strict: true });
    const [least, most] = command.takes;
    const tooFew = positionals.length < least && values['help'] !== true;
    if (tooFew || positionals.length > most) throw new UsageError(`this takes: varde ${usageOf(command)}`);
    return { values, positionals };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const [sentence] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new UsageError(`${sentence}; see: varde help ${command.words.join(' ')}`);
  }
}

async function runOnDatabase({ askFirst, run }: Command, typed: Typed, terminal: Terminal): Promise<Answer> {
  const config = readConfig(terminal.env);
  const asked = (await askFirst?.(typed, terminal)) ?? null;
  const database = await openPatiently(config, terminal);
  try {
    await migrate(database, logOf(terminal, config, 'warn'));
    const secretKey = config.secret ?? (await keptSecret(config.dataDir));
    return await run(typed, { database, manager: database.dataSource.manager, config, secretKey, terminal, asked });
  } finally {
    await database.close();
  }
}

const AGAIN_MS = 500;

/** A service that is starting holds its embedded database for some seconds before it says where it is. */
async function openPatiently(config: Config, terminal: Terminal): Promise<Database> {
  const log = logOf(terminal, config, 'error');
  for (let waitedMs = 0; ; waitedMs += AGAIN_MS) {
    try {
      return await openDatabase({
        databaseUrl: config.databaseUrl,
        dataDir: join(config.dataDir, 'database'),
        log,
        poolSize: 2,
        joinRunning: true,
        embedded: { lockWaitMs: AGAIN_MS },
      });
    } catch (error) {
      const isStarting = error instanceof DataDirectoryInUse && error.url === null;
      if (!isStarting || waitedMs >= terminal.patienceMs) throw error;
    }
  }
}

/** At the level that was asked for, or else at this one. */
function logOf(terminal: Terminal, config: Config, level: string): Log {
  const isLevelGiven = (terminal.env['VARDE_LOG_LEVEL'] ?? '') !== '';
  return openLog(isLevelGiven ? config.logLevel : level);
}

const usageOf = ({ words, args }: AnyCommand): string => `${words.join(' ')} ${args}`.trimEnd();

/** The help: of everything, or of the commands that begin with these words. @throws UsageError when there is none */
export function helpOf(words: readonly string[]): string[] {
  if (words.length === 0) return helpOfAll();
  const meant = COMMANDS.filter((command) => words.every((word, place) => command.words[place] === word));
  if (meant.length === 0) throw new UsageError(`there is no command ${words.join(' ')}; see: varde help`);
  return meant.flatMap(helpOfCommand);
}

function helpOfAll(): string[] {
  const width = Math.max(...COMMANDS.map(({ words }) => words.join(' ').length));
  return [
    'varde <command> [options]',
    '',
    'Works on the database of DATABASE_URL; without it on the embedded one in VARDE_DATA_DIR, also while the service runs.',
    '',
    ...COMMANDS.map(({ words, summary }) => `  ${words.join(' ').padEnd(width)}  ${summary}`),
    '',
    'varde help <command> shows its options. Every command knows --json.',
    'Exit codes: 0 done, 1 could not be done, 2 not understood.',
  ];
}

function helpOfCommand(command: AnyCommand): string[] {
  const options = { ...command.options, json: { type: 'boolean', meaning: 'print the answer as JSON' } as const };
  const names = Object.entries(options).map(([name, option]) => ({
    left: `--${name}${'value' in option ? ` ${option.value}` : ''}`,
    option,
  }));
  const width = Math.max(...names.map(({ left }) => left.length));
  return [
    `varde ${usageOf(command)}`,
    `  ${command.summary}.`,
    ...names.map(({ left, option }) => `    ${left.padEnd(width)}  ${option.meaning}`),
    '',
  ];
}
