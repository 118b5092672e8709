import type { LoggerService } from '@nestjs/common';
import pino, { type DestinationStream, type Logger } from 'pino';
import { loggable } from './loggable.js';

/** Structured log of the service: one JSON object a line on standard error. Ids only, never a name, a value or a secret. */
export type Log = Logger;

/** Opens the log at a level of pino. Standard error, so that standard output stays for what people asked to see. */
export function openLog(level: string, to: DestinationStream = pino.destination(2)): Log {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { err: loggable }, formatters: { log: withoutValues } },
    to,
  );
}

/** An error under any other name than `err` would be written with all that the database's driver hangs on it. */
function withoutValues(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, name !== 'err' && value instanceof Error ? loggable(value) : value]),
  );
}

/** Nest's own messages go the same way. */
export function nestLogger(log: Log): LoggerService {
  const line = (context: unknown[]) => ({ room: String(context.at(-1) ?? 'nest') });
  return {
    log: (message: unknown, ...rest: unknown[]) => log.debug(line(rest), String(message)),
    error: (message: unknown, ...rest: unknown[]) => log.error(line(rest), String(message)),
    warn: (message: unknown, ...rest: unknown[]) => log.warn(line(rest), String(message)),
    debug: (message: unknown, ...rest: unknown[]) => log.debug(line(rest), String(message)),
    verbose: (message: unknown, ...rest: unknown[]) => log.trace(line(rest), String(message)),
  };
}
