import type { Config } from './config.js';
import { loggable, type LoggableFault } from './loggable.js';
import { start, type Service } from './start.js';

/** Errors whose message is one clear sentence for the person who typed the command; anything else is a bug and shows where. */
const CLEAR = new Set([
  'ConfigError',
  'PortTaken',
  'DataDirectoryInUse',
  'EngineDidNotStart',
  'DatabaseUnreachable',
  'UnfitDatabase',
  'DatabaseIsNewer',
  'CatalogueFaulty',
  'QuestionnairesFaulty',
  'BrokerOptionsRefused',
]);

/**
 * Runs a program of the service until SIGTERM or Ctrl-C, then shuts down in order. A setting or port that cannot be used
 * ends it with one sentence and exit code 2.
 */
export async function run(program: (started: (config: Config) => Promise<Service>) => Promise<void>): Promise<void> {
  const services: Service[] = [];
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= stopAll(services));
  let isToldToEnd = false;
  const end = (): void => {
    isToldToEnd = true;
    stop().then(
      () => process.exit(process.exitCode ?? 0),
      (error: unknown) => fail(error),
    );
  };
  // Node would write all that hangs on the error: the database's driver hangs rows on it, and what was asked.
  process.on('uncaughtException', (error) => fail(error));
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  try {
    await program(async (config) => {
      const service = await start(config);
      services.push(service);
      return service;
    });
  } catch (error) {
    await stop();
    // Ctrl-C reaches the whole group: that a child has gone with it is no fault of the program.
    if (!isToldToEnd) fail(error);
  }
}

/** The last one first: those started later live on what the first has opened. All are stopped, whatever becomes of one. */
async function stopAll(services: readonly Service[]): Promise<void> {
  const faults: unknown[] = [];
  for (const service of services.toReversed()) await service.stop().catch((error: unknown) => faults.push(error));
  if (faults.length > 0) throw faults[0];
}

function fail(error: unknown): never {
  const clear = error instanceof Error && CLEAR.has(error.name);
  process.stderr.write(`varde: ${clear ? error.message : describeBug(loggable(error))}\n`);
  process.exit(clear ? 2 : 1);
}

function describeBug({ name, code, message, stack }: LoggableFault): string {
  return [`${name}${code === null ? '' : ` (${code})`}: ${message}`, ...stack].join('\n    ');
}
