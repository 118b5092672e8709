import { STATUS_CODES } from 'node:http';
import { BadRequestException, Catch, HttpException, type ArgumentsHost, type ExceptionFilter, type ValidationError } from '@nestjs/common';
import type { Response } from 'express';
import type { Log } from '../log.js';
import { NotShown } from '../preview/shown-preview.js';

/** Body of every answer that is no success (RFC 9457). */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Every fault of the request, with the field it is in where there is one. */
  readonly errors?: readonly Fault[];
  /** For an act on an episode that was refused: how it stands now, and what became of the last offer. */
  readonly now?: object;
  /** For a change of which nothing could be shown: what lets its author make it all the same, and until when. */
  readonly previewId?: number | null;
  readonly previewUntil?: Date | null;
}

/** One fault of a request. */
export interface Fault {
  /** Path of the field, such as `times.0.metric`; empty when the fault is in no single one. */
  readonly field: string;
  readonly problem: string;
}

/** A request that does not have the form that was agreed. */
export class Malformed extends BadRequestException {
  constructor(readonly faults: readonly Fault[]) {
    super('the request does not have the form that is expected');
  }
}

/** Every fault that validation found, however deep. */
export function toMalformed(errors: readonly ValidationError[]): Malformed {
  const listed = (error: ValidationError, above: string): Fault[] => {
    const field = above === '' ? error.property : `${above}.${error.property}`;
    const own = Object.values(error.constraints ?? {}).map((problem) => ({ field, problem }));
    return [...own, ...(error.children ?? []).flatMap((child) => listed(child, field))];
  };
  return new Malformed(errors.flatMap((error) => listed(error, '')));
}

/** Typed errors of the libs and rooms, by name, and the status that answers them. Whatever is not here is a bug: 500. */
export const STATUS_OF_ERROR: Readonly<Record<string, number>> = {
  Invalid: 400,
  WrongCredentials: 401,
  NotSignedIn: 401,
  Forbidden: 403,
  NotFound: 404,
  Conflict: 409,
  IllegalMove: 409,
  StaleEpisode: 409,
  NotPreviewed: 422,
  NotShown: 422,
  ChangeNotJudged: 422,
  TooManyTries: 429,
  TooManyStreams: 429,
  PreviewsStopped: 503,
};

// What a well-formed request can still make PostgreSQL refuse: a number or time out of its range, a text with a NUL.
const UNSTORABLE = new Set(['22003', '22008', '22021', '22P02', '22P05']);
// The server is starting, stopping or out of connections (57P0x, 53300); the driver says the rest in words.
const AWAY = /^(ECONNREFUSED|ECONNRESET|ENOENT|EPIPE|ETIMEDOUT|57P0[1-5]|53300|08.*)$/;
const AWAY_WORDS = /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error/i;

/** The problem an error is told as; a bug is told as no more than that it is one. */
export function toProblem(error: unknown): Problem {
  if (!(error instanceof Error)) return problem(500, 'something went wrong here');
  const code = 'code' in error ? String(error.code) : '';
  const known = STATUS_OF_ERROR[error.name];
  if (known !== undefined) {
    const told = problem(known, error.message, 'faults' in error ? toFaults(error.faults) : undefined);
    if (error instanceof NotShown) return { ...told, previewId: error.previewId, previewUntil: error.previewUntil };
    return 'episodeNow' in error && typeof error.episodeNow === 'object' && error.episodeNow ? { ...told, now: error.episodeNow } : told;
  }
  if (error instanceof Malformed) return problem(400, error.message, error.faults);
  if (error instanceof HttpException) return problem(error.getStatus(), error.message);
  if (UNSTORABLE.has(code)) return problem(400, 'the request holds a number, time or text that is out of range');
  if (AWAY.test(code) || AWAY_WORDS.test(error.message)) return problem(503, 'the database is away; try again');
  const status = 'status' in error && 'expose' in error && error.expose === true ? Number(error.status) : 500;
  return status >= 400 && status < 500 ? problem(status, STATUS_CODES[status] ?? '') : problem(500, 'something went wrong here');
}

function problem(status: number, detail: string, errors?: readonly Fault[]): Problem {
  return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail, ...(errors ? { errors } : {}) };
}

function toFaults(faults: unknown): Fault[] {
  return Array.isArray(faults) ? faults.map((fault) => ({ field: '', problem: String(fault) })) : [];
}

/** Answers every error, wherever it is thrown, as problem+json; logs what is ours to mend. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const told = toProblem(error);
    if (told.status === 500) this.log.error({ err: error, route: response.req.route?.path }, 'a request met a bug');
    if (told.status === 503) this.log.warn({ err: error }, 'a request was turned away');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (error instanceof Error && 'retryAfterSec' in error) response.setHeader('Retry-After', String(error.retryAfterSec));
    else if (told.status === 503) response.setHeader('Retry-After', '2');
    response.status(told.status).type('application/problem+json').send(JSON.stringify(told));
  }
}
