import { BadRequestException, NotFoundException } from '@nestjs/common';
import { IllegalMove } from '@varde/alerts';
import { Conflict, Invalid, NotFound, StaleEpisode } from '@varde/store';
import { QueryFailedError } from 'typeorm';
import { Forbidden, NotSignedIn } from './access.guard.js';
import { loggable } from '../loggable.js';
import { Malformed, toMalformed, toProblem } from './problem.js';
import { TooManyTries, WrongCredentials } from './sign-in.js';
import { TooManyStreams } from './worklist-stream.js';

const fromDatabase = (code: string, message = 'said the database') =>
  new QueryFailedError('insert into patient (name) values ($1)', ['Kari Nordmann'], Object.assign(new Error(message), { code }));

test.each([
  [new Invalid(['a', 'b']), 400],
  [new Malformed([{ field: 'a', problem: 'b' }]), 400],
  [new BadRequestException('no'), 400],
  [fromDatabase('22003'), 400],
  [new WrongCredentials(), 401],
  [new NotSignedIn(), 401],
  [new Forbidden(), 403],
  [new NotFound('patient', 1), 404],
  [new NotFoundException(), 404],
  [new Conflict('no'), 409],
  [new IllegalMove('close', 'closed', 'it is already closed'), 409],
  [new StaleEpisode([1]), 409],
  [Object.assign(new Error('too large'), { status: 413, expose: true }), 413],
  [new TooManyTries(), 429],
  [new TooManyStreams(), 429],
  [fromDatabase('57P01'), 503],
  [fromDatabase('08006'), 503],
  [Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), 503],
  [new Error('Connection terminated unexpectedly'), 503],
  [fromDatabase('23505'), 500],
  [Object.assign(new Error('inside'), { status: 400, expose: false }), 500],
  [new TypeError('x is undefined'), 500],
  ['thrown text', 500],
])('%s is answered with %p', (error, status) => {
  expect(toProblem(error)).toMatchObject({ type: 'about:blank', status, title: expect.stringMatching(/./), detail: expect.any(String) });
});

test('a bug is told as no more than that it is one', () => {
  expect(JSON.stringify(toProblem(fromDatabase('23505', 'Key (name)=(Kari) exists')))).not.toMatch(/Kari|insert|Key/);
});

test('every fault of a request is named with its field, however deep', () => {
  const malformed = toMalformed([
    { property: 'a', constraints: { isInt: 'a must be an integer', min: 'a must not be less than 1' } },
    { property: 'times', children: [{ property: '0', children: [{ property: 'metric', constraints: { isIn: 'no such metric' } }] }] },
  ]);
  expect(toProblem(malformed).errors).toEqual([
    { field: 'a', problem: 'a must be an integer' },
    { field: 'a', problem: 'a must not be less than 1' },
    { field: 'times.0.metric', problem: 'no such metric' },
  ]);
});

test('a log holds what happened and where, never the values of a statement', () => {
  const fault = loggable(fromDatabase('22P02', 'invalid input syntax for type integer: "Kari"'));
  expect(fault).toMatchObject({ name: 'QueryFailedError', code: '22P02', message: 'a value was refused' });
  expect(JSON.stringify(fault)).not.toMatch(/Kari/);
  expect(fault.stack.length).toBeGreaterThan(0);
});
