import { ForbiddenException, UnsupportedMediaTypeException } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import type { Registry } from 'prom-client';
import { Histogram } from 'prom-client';
import type { Log } from '../log.js';
import type { GuardedRequest } from './access.js';
import { Malformed, type Fault } from './problem.js';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
const WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);

/**
 * Refuses what another site could make a browser send in a signed-in person's name, beside the cookie's SameSite=Strict: another origin, or a
 * body that is no JSON (a form cannot send one without asking first). A proxy in front must leave Host as it came.
 */
export function refuseForeignRequest(request: Request, _response: Response, next: NextFunction): void {
  if (SAFE.has(request.method)) return next();
  const { origin, host } = request.headers;
  const site = request.headers['sec-fetch-site'];
  const isForeign = origin !== undefined && hostOf(origin) !== host;
  if (isForeign || (site !== undefined && site !== 'same-origin' && site !== 'none')) {
    return next(new ForbiddenException('the request comes from another site'));
  }
  const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if ((WITH_BODY.has(request.method) || hasBody) && !request.is('application/json') && !isEmptyJson(request, hasBody)) {
    return next(new UnsupportedMediaTypeException('send content-type: application/json'));
  }
  next();
}

/** `is` answers null for a request without a body, whatever type it names. */
function isEmptyJson(request: Request, hasBody: boolean): boolean {
  return !hasBody && /^application\/json\b/i.test(request.headers['content-type'] ?? '');
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}

const DEPTH_MAX = 8;
const ODD_NAMES = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Refuses bodies of a shape that no request has and that validation lets through: a list as the item of a list, which validation of nested
 * objects takes for the object; names that reach into what objects are made of; and endless depth.
 */
export function refuseOddShape(request: Request, _response: Response, next: NextFunction): void {
  const fault = oddShape(request.body, '', 0);
  next(fault ? new Malformed([fault]) : undefined);
}

function oddShape(value: unknown, field: string, depth: number): Fault | null {
  if (typeof value !== 'object' || value === null) return null;
  if (depth > DEPTH_MAX) return { field, problem: 'is nested too deeply' };
  for (const [name, each] of Object.entries(value)) {
    const inner = field === '' ? name : `${field}.${name}`;
    if (ODD_NAMES.has(name)) return { field: inner, problem: 'is no name of a field' };
    if (Array.isArray(value) && Array.isArray(each)) return { field: inner, problem: 'must not be a list itself' };
    const fault = oddShape(each, inner, depth + 1);
    if (fault) return fault;
  }
  return null;
}

/** Nothing of the API is kept by a browser or a proxy. */
export function forbidCaching(_request: Request, response: Response, next: NextFunction): void {
  response.setHeader('Cache-Control', 'no-store');
  next();
}

/** Notes every request by its route, never by its address: how long it took, what was answered, who asked (as an id). */
export function noteRequests(log: Log, metrics: Registry): (request: Request, response: Response, next: NextFunction) => void {
  const durations = new Histogram({
    name: 'varde_http_request_seconds',
    help: 'time to answer a request of the API, by route and status',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5],
    registers: [metrics],
  });
  return (request, response, next) => {
    const startedMs = performance.now();
    response.on('finish', () => {
      const durationMs = Math.round(performance.now() - startedMs);
      const route = typeof request.route?.path === 'string' ? request.route.path : 'none';
      durations.observe({ method: request.method, route, status: String(response.statusCode) }, durationMs / 1_000);
      const { viewer } = request as GuardedRequest;
      log.debug({ method: request.method, route, status: response.statusCode, durationMs, personId: viewer?.personId }, 'answered');
    });
    next();
  };
}
