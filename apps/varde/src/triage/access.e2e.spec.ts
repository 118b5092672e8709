import type { PersonRole } from '@varde/store';
import { openTestDatabase, type TestDatabase } from '../../../../test/engine.js';
import { saveSmallCommunity } from '../../../../test/small-community.js';
import { asker, openTriageApi, type TriageApi } from '../../../../test/triage-api.js';
import { EVERYBODY } from './access.js';

const CLINICAL = ['nurse', 'physician', 'team_lead'] as const;

/** Who may call what, written down apart from the code: a route that is not here fails the test. */
const MAY: Readonly<Record<string, readonly PersonRole[] | 'open'>> = {
  'GET /': 'open',
  'GET /health/live': 'open',
  'GET /health/ready': 'open',
  'GET /health/parts': 'open',
  'GET /metrics': 'open',
  'POST /api/session': 'open',
  // Signed by the gateway instead.
  'POST /api/sms/receipts': 'open',
  'GET /api/session': EVERYBODY,
  'DELETE /api/session': EVERYBODY,

  'GET /api/worklist': CLINICAL,
  'GET /api/stream': CLINICAL,
  'GET /api/episodes/:id': CLINICAL,
  'POST /api/episodes/:id/acknowledge': CLINICAL,
  'POST /api/episodes/:id/release': CLINICAL,
  'POST /api/episodes/:id/note': CLINICAL,
  'POST /api/episodes/:id/close': CLINICAL,
  'POST /api/episodes/:id/snooze': CLINICAL,
  'POST /api/episodes/:id/undo-snooze': CLINICAL,
  'POST /api/episodes/:id/assign': CLINICAL,
  'POST /api/episodes/:id/offer': CLINICAL,
  'POST /api/episodes/:id/accept': CLINICAL,
  'POST /api/episodes/:id/decline': CLINICAL,
  'POST /api/episodes/:id/recall': CLINICAL,
  'POST /api/episodes/:id/move': CLINICAL,
  'POST /api/episodes/:id/advice': CLINICAL,
  'POST /api/episodes/:id/advice/:number/answer': CLINICAL,
  'GET /api/handovers': CLINICAL,

  'GET /api/patients/:id': CLINICAL,
  'GET /api/patients/:id/readings': CLINICAL,
  'GET /api/patients/:id/episodes': CLINICAL,
  'POST /api/patients': CLINICAL,
  'GET /api/patients/:id/plan': CLINICAL,
  'GET /api/patients/:id/limits': CLINICAL,
  'GET /api/episodes/:id/explanation': CLINICAL,
  'GET /api/hit-rate': CLINICAL,
  'GET /api/preflight': CLINICAL,
  'GET /api/patients/:id/answers': CLINICAL,
  'POST /api/patients/:id/answers': ['nurse', 'physician'],
  'POST /api/patients/:id/observations': ['nurse', 'physician'],
  'GET /api/patients/:id/questions': CLINICAL,
  'GET /api/patients/:id/asks': CLINICAL,
  'GET /api/patients/:id/advice': CLINICAL,
  'GET /api/patients/:id/plan-texts': CLINICAL,
  'POST /api/patients/:id/plan-texts': ['physician', 'nurse'],
  'POST /api/patients/:id/plan-texts/:textId/end': ['physician', 'nurse'],
  'GET /api/patients/:id/goals': CLINICAL,
  'POST /api/patients/:id/goals': ['nurse', 'physician'],
  'POST /api/patients/:id/goals/:goalId/end': ['nurse', 'physician'],
  'GET /api/patients/:id/measuring-days': CLINICAL,
  'POST /api/patients/:id/measuring-days': ['nurse', 'physician'],
  'POST /api/patients/:id/measuring-days/:measuringDaysId/end': ['nurse', 'physician'],
  'GET /api/patients/:id/review-dates': CLINICAL,
  'POST /api/patients/:id/review-dates': ['nurse', 'physician'],
  'POST /api/patients/:id/review-dates/:reviewDateId/end': ['nurse', 'physician'],
  'GET /api/patients/:id/treatment-limits': CLINICAL,
  'POST /api/patients/:id/treatment-limits': ['physician'],
  'POST /api/patients/:id/treatment-limits/:treatmentLimitsId/end': ['physician'],
  'GET /api/patients/:id/pauses': CLINICAL,
  'POST /api/patients/:id/pauses': ['nurse', 'physician'],
  'POST /api/patients/:id/pauses/:pauseId/end': ['nurse', 'physician'],
  'GET /api/patients/:id/rules': CLINICAL,
  'POST /api/patients/:id/limits': ['physician', 'nurse'],
  'POST /api/patients/:id/limits/:limitId/end': ['physician'],
  'GET /api/patients/:id/references': CLINICAL,
  'POST /api/patients/:id/references': ['physician', 'nurse'],
  'POST /api/patients/:id/references/:referenceId/end': ['physician', 'nurse'],
  'POST /api/patients/:id/enrolments': ['physician'],
  'DELETE /api/patients/:id/enrolments/:programme': ['physician'],
  'GET /api/patients/:id/schedule': CLINICAL,
  'PUT /api/patients/:id/schedule': ['nurse'],
  'PUT /api/patients/:id/team': ['team_lead'],
  'PUT /api/patients/:id/responsibility': ['team_lead', 'physician'],
  'POST /api/patients/:id/move': ['team_lead'],
  'POST /api/patients/:id/end': ['nurse', 'physician'],
  'POST /api/patients/:id/preview': CLINICAL,
  'POST /api/previews': CLINICAL,
  'GET /api/previews/:id': CLINICAL,
  'DELETE /api/previews/:id': CLINICAL,

  'GET /api/people': ['administrator'],
  'POST /api/people': ['administrator'],
  'PATCH /api/people/:id': ['administrator'],
  'GET /api/communities': EVERYBODY,
  'POST /api/communities': ['administrator'],
  'GET /api/communities/:id/pathways': EVERYBODY,
  'POST /api/communities/:id/pathways/check': ['team_lead', 'administrator'],
  'POST /api/communities/:id/pathways': ['team_lead', 'administrator'],
  'GET /api/organisations': EVERYBODY,
  'POST /api/organisations': ['administrator'],
  'GET /api/units': EVERYBODY,
  'POST /api/units': ['administrator'],
  'PUT /api/organisations/:id/kind': ['administrator'],
  'PUT /api/units/:id/opening-hours': ['administrator', 'team_lead'],
  'PUT /api/units/:id/holidays': ['administrator', 'team_lead'],
  'PUT /api/units/:id/services': ['administrator', 'team_lead'],
  'PUT /api/units/:id/owners': ['administrator'],
  'GET /api/units/:id/agreements': EVERYBODY,
  'POST /api/units/:id/agreements': ['administrator'],
  'POST /api/units/:id/agreements/:agreementId/end': ['administrator'],
  'GET /api/units/:id/duty': EVERYBODY,
  'POST /api/units/:id/duty': ['administrator', 'team_lead'],
  'POST /api/units/:id/duty/weeks': ['administrator', 'team_lead'],
  'POST /api/units/:id/duty/:dutyId/end': ['administrator', 'team_lead'],
  'PUT /api/units/:id/roster-kept': ['administrator', 'team_lead'],
  'GET /api/units/:id/contacts': EVERYBODY,
  'POST /api/units/:id/contacts': ['administrator', 'team_lead'],
  'DELETE /api/contacts/:id': ['administrator', 'team_lead'],
  'POST /api/contacts/:id/test': EVERYBODY,
  'POST /api/contacts/:id/confirm': EVERYBODY,
  'PUT /api/units/:id/webhook': ['administrator'],
  'DELETE /api/units/:id/webhook': ['administrator'],

  'GET /api/units/:id/rules': CLINICAL,
  'POST /api/units/:id/limits': ['team_lead'],
  'POST /api/units/:id/limits/:limitId/end': ['team_lead'],
  'POST /api/units/:id/rule-switches': ['team_lead'],
  'GET /api/proposals': CLINICAL,
  'POST /api/proposals/:id/approve': ['physician'],
  'POST /api/proposals/:id/decline': ['physician', 'team_lead'],
  'GET /api/tasks': CLINICAL,
  'POST /api/tasks/:id/done': CLINICAL,
  'POST /api/tasks/:id/dismiss': CLINICAL,

  'GET /api/devices': ['operator', 'nurse'],
  'POST /api/devices': ['operator'],
  'GET /api/devices/:id/wearers': ['operator', 'nurse'],
  'POST /api/devices/:id/wearers': ['nurse'],
  'POST /api/wearers/:id/end': ['nurse'],
  'GET /api/credentials': ['operator'],
  'POST /api/credentials': ['operator'],
  'DELETE /api/credentials/:id': ['operator'],
  'GET /api/refused': ['operator'],
  'POST /api/refused/process': ['operator'],
  'POST /api/refused/:id/dismiss': ['operator'],
};

/** What the service itself serves beside handlers: the OpenAPI pages, which hold no data. */
const PAGES = /^\/docs(-json|-yaml)?(\/|$)/;

interface Layer {
  readonly route?: { readonly path: string | string[]; readonly methods: Readonly<Record<string, boolean>> };
}

let db: TestDatabase;
let api: TriageApi;
beforeAll(async () => {
  db = await openTestDatabase();
  await saveSmallCommunity(db.database.dataSource);
  api = await openTriageApi(db.database);
}, 60_000);
afterAll(async () => {
  await api.close();
  await db.close();
});

function routes(): string[] {
  const { router } = api.app.getHttpAdapter().getInstance() as unknown as { router: { stack: Layer[] } };
  return (
    router.stack
      .flatMap(({ route }) => (route ? [route] : []))
      // What Nest answers 404 with for other methods of the paths without the prefix is registered for every method there is.
      .filter(({ methods }) => Object.keys(methods).length === 1)
      .flatMap(({ path, methods }) =>
        [path].flat().flatMap((each) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${each}`)),
      )
      .filter((route) => !PAGES.test(route.slice(route.indexOf('/'))))
  );
}

const WHO: Readonly<Record<PersonRole, string>> = {
  nurse: 'nora',
  physician: 'pia',
  team_lead: 'tove',
  administrator: 'ada',
  operator: 'odd',
};

/** The status a route answers with; a stream is left at once. */
async function statusOf(route: string, cookie: string): Promise<number> {
  const [method = '', path = ''] = route.split(' ');
  const leave = new AbortController();
  const answer = await fetch(api.url + path.replace(/:\w+/g, '1'), {
    method,
    redirect: 'manual',
    signal: leave.signal,
    headers: { 'content-type': 'application/json', ...(cookie === '' ? {} : { cookie }) },
    ...(method === 'GET' ? {} : { body: '{}' }),
  });
  leave.abort();
  return answer.status;
}

test('every route is in the table, and the table names no route that is gone', () => {
  expect(routes().sort()).toEqual(Object.keys(MAY).sort());
});

test('other methods of the open paths lead nowhere', async () => {
  for (const path of ['/', '/health/live', '/health/ready', '/metrics']) expect(await statusOf(`POST ${path}`, '')).toBe(404);
});

test('nobody gets in without a sign-in, but where it is open', async () => {
  for (const [route, may] of Object.entries(MAY)) {
    if (route === 'POST /api/session') continue;
    const status = await statusOf(route, '');
    expect([route, status === 401]).toEqual([route, may !== 'open']);
    expect([route, await statusOf(route, `varde_session=${'x'.repeat(43)}`)]).toEqual([route, status]);
  }
});

test.each(EVERYBODY)('%s: every route either lets this role in or refuses it, as the table says', async (role) => {
  let { cookie } = await api.signIn(WHO[role]);
  for (const [route, may] of Object.entries(MAY)) {
    const status = await statusOf(route, cookie);
    const isIn = may === 'open' || may.includes(role);
    expect([route, status === 403]).toEqual([route, !isIn]);
    expect([route, status === 401]).toEqual([route, false]);
    // Taking refused messages again needs the part of the service that takes messages: 501 here.
    expect([route, status < 500 || status === 501]).toEqual([route, true]);
    if (route === 'DELETE /api/session') ({ cookie } = await api.signIn(WHO[role]));
  }
});

test('a person without any unit sees no patient', async () => {
  await db.database.dataSource.query(`delete from person_unit where person_id = (select id from person where username = 'siri')`);
  const siri = await api.signIn('siri');
  expect(await (await siri.ask('GET', '/api/worklist')).json()).toMatchObject({ total: 0 });
  for (const id of [1, 2, 3]) expect((await siri.ask('GET', `/api/patients/${id}`)).status).toBe(404);
});

test('a changed role counts from the next request on', async () => {
  const odd = await api.signIn('odd');
  expect((await odd.ask('GET', '/api/worklist')).status).toBe(403);
  await db.database.dataSource.query(`update person set roles = '{nurse}' where username = 'odd'`);
  expect((await odd.ask('GET', '/api/worklist')).status).toBe(200);
  await db.database.dataSource.query(`update person set active = false where username = 'odd'`);
  expect((await asker(api.url, odd.cookie).ask('GET', '/api/worklist')).status).toBe(401);
});
