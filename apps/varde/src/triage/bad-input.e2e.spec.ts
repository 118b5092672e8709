import fc from 'fast-check';
import type { OpenAPIObject } from '@nestjs/swagger';
import { openTestDatabase, type TestDatabase } from '../../../../test/engine.js';
import { anEpisode, saveAnEpisode, saveSmallCommunity } from '../../../../test/small-community.js';
import { openTriageApi, type Asker, type TriageApi } from '../../../../test/triage-api.js';
import { describeApi } from './triage.module.js';

/** What the document says of one operation, as far as requests are made from it. */
interface Operation {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly query: readonly Schemed[];
  readonly body: Schema | null;
}
interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
}
interface Schemed {
  readonly name: string;
  readonly schema: Schema;
}

let db: TestDatabase;
let api: TriageApi;
let everybody: Asker;
let operations: readonly Operation[];
beforeAll(async () => {
  db = await openTestDatabase();
  const { dataSource } = db.database;
  const small = await saveSmallCommunity(dataSource);
  await saveAnEpisode(dataSource, anEpisode(small, new Date()));
  await dataSource.query(`update person set roles = '{nurse,physician,team_lead,administrator,operator}' where username = 'nora'`);
  api = await openTriageApi(db.database);
  everybody = await api.signIn('nora');
  operations = readOperations(describeApi(api.app));
}, 60_000);
afterAll(async () => {
  await api.close();
  await db.close();
});

function readOperations(document: OpenAPIObject): Operation[] {
  const schemas = document.components?.schemas as Record<string, Schema>;
  const whole = (schema: Schema | undefined): Schema =>
    schema?.$ref ? (schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {}) : (schema ?? {});
  const deep = (schema: Schema): Schema => {
    const { properties, items, ...rest } = whole(schema);
    return {
      ...rest,
      ...(items ? { items: deep(items) } : {}),
      ...(properties ? { properties: Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, deep(each)])) } : {}),
    };
  };
  return Object.entries(document.paths).flatMap(([path, item]) =>
    (['get', 'post', 'put', 'patch', 'delete'] as const).flatMap((method) => {
      const operation = item[method];
      // A stream does not end, and a session must last for the test.
      if (!operation || path === '/api/stream' || path === '/api/session') return [];
      const body =
        operation.requestBody && 'content' in operation.requestBody ? operation.requestBody.content['application/json']?.schema : undefined;
      const parameters = (operation.parameters ?? []) as (Schemed & { in: string })[];
      return [
        {
          name: `${method.toUpperCase()} ${path}`,
          method: method.toUpperCase(),
          path,
          query: parameters.filter((each) => each.in === 'query').map(({ name, schema }) => ({ name, schema: deep(schema ?? {}) })),
          body: body ? deep(body as Schema) : null,
        },
      ];
    }),
  );
}

const ODD_TEXTS = [
  '',
  ' ',
  '0',
  '-1',
  '1',
  '2',
  'x',
  'null',
  'true',
  '1e3',
  '0x10',
  '99999999999',
  '9007199254740993',
  '-0',
  'NaN',
  '2026-02-30T00:00:00Z',
  '2026-01-01T00:00:00Z',
  '2026-01-01',
  '+275760-09-13T00:00:00Z',
  '0000-01-01T00:00:00Z',
  'a\u0000b',
  '\ud800',
  '%00',
  '../..',
  "'; drop table person; --",
  'æøå',
  '🌋',
  'x'.repeat(5_000),
  'spo2',
  'copd.spo2.below_target',
  '__proto__',
  'constructor',
];
const oddText = fc.oneof(fc.constantFrom(...ODD_TEXTS), fc.string(), fc.string({ unit: 'binary' }), fc.integer().map(String));
const oddValue = fc.oneof(
  oddText,
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -1,
    1,
    2,
    3,
    1e308,
    2_147_483_648,
    9_007_199_254_740_993,
    0.5,
    [],
    {},
    [null],
    [1, 1],
    [[]],
    { __proto__: null },
    { length: 1e9 },
  ),
  fc.jsonValue({ maxDepth: 2 }),
);

/** A value the schema asks for, mostly; now and then anything at all. */
function valueFor(schema: Schema): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 3, arbitrary: wantedFor(schema) }, { weight: 1, arbitrary: oddValue });
}

function wantedFor(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.type === 'array') return fc.array(valueFor(schema.items ?? {}), { maxLength: 3 });
  if (schema.type === 'boolean') return fc.boolean();
  if (schema.type === 'number' || schema.type === 'integer') return fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer(), fc.double());
  if (schema.format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  if (schema.properties)
    return fc.record(Object.fromEntries(Object.entries(schema.properties).map(([name, each]) => [name, valueFor(each)])), {
      requiredKeys: [],
    });
  return oddText;
}

function requestFor(operation: Operation): fc.Arbitrary<{ path: string; body: unknown }> {
  const ids = fc.array(fc.oneof(fc.constantFrom('1', '2'), oddText), { minLength: 4, maxLength: 4 });
  const query = fc.tuple(
    ...operation.query.map(({ name, schema }) =>
      fc.option(valueFor(schema), { nil: undefined }).map((value) => (value === undefined ? '' : `${name}=${asQuery(value)}`)),
    ),
    fc.option(
      fc.tuple(oddText, oddText).map(([name, value]) => `${asQuery(name)}=${asQuery(value)}`),
      { nil: '', freq: 8 },
    ),
  );
  const body = operation.body ? valueFor(operation.body) : fc.constant({});
  return fc.record({ ids, query, body }).map(({ ids: [...taken], query: parts, body: given }) => ({
    path:
      operation.path.replace(/\{\w+\}/g, () => asQuery(taken.shift() ?? '1').slice(0, 500) || '1') +
      `?${parts.filter((part) => part !== '').join('&')}`,
    body: given,
  }));
}

const asQuery = (value: unknown): string =>
  encodeURIComponent((typeof value === 'string' ? value : JSON.stringify(value)).replaceAll(/\p{Cs}/gu, '\ufffd'));

test('the document has every operation with its parameters', () => {
  expect(operations.length).toBeGreaterThan(30);
  expect(operations.find(({ name }) => name === 'GET /api/worklist')?.query.map(({ name }) => name)).toEqual([
    'unit',
    'includeInfo',
    'offset',
    'limit',
  ]);
});

test.each([
  ['GET', '/api/patients/99999999999/plan', 'id'],
  ['GET', '/api/patients/0/limits', 'id'],
  ['POST', '/api/patients/1/limits/-1/end', 'limitId'],
  ['DELETE', '/api/patients/1/enrolments/gout', 'programme'],
])('%s %s: what is wrong in an address is named like a field of a body', async (method, path, field) => {
  const answer = await everybody.ask(method, path, method === 'GET' ? undefined : {});
  expect(answer.status).toBe(400);
  expect(new Set(((await answer.json()) as { errors: { field: string }[] }).errors.map((each) => each.field))).toEqual(new Set([field]));
});

test('whatever is sent, the fault is never ours: no answer of 500 and above, and every fault is a problem', async () => {
  for (const operation of operations) {
    await fc.assert(
      fc.asyncProperty(requestFor(operation), async ({ path, body }) => {
        const answer = await everybody.ask(operation.method, path, operation.method === 'GET' ? undefined : body);
        const text = await answer.text();
        // Taking refused messages again needs the part of the service that takes messages.
        const isOurs = answer.status >= 500 && answer.status !== 501;
        expect([operation.name, path, body, answer.status, text.slice(0, 300), isOurs]).toEqual([
          operation.name,
          path,
          body,
          answer.status,
          text.slice(0, 300),
          false,
        ]);
        if (answer.status >= 400) expect(JSON.parse(text)).toMatchObject({ status: answer.status, title: expect.any(String) });
      }),
      { numRuns: 12 },
    );
  }
}, 300_000);
