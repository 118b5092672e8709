import { openTestDatabase, type TestDatabase } from '../../../../test/engine.js';
import { anEpisode, saveAnEpisode, saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';
import { openTriageApi, type TriageApi } from '../../../../test/triage-api.js';
import { SIGHT } from '../provided.js';
import type { BlindNow, Sight } from '../sight.js';

let db: TestDatabase;
let small: SmallCommunity;
let api: TriageApi;
let sight: Sight;
beforeAll(async () => {
  db = await openTestDatabase();
  small = await saveSmallCommunity(db.database.dataSource);
  await saveAnEpisode(db.database.dataSource, anEpisode(small, new Date()));
  api = await openTriageApi(db.database);
  sight = api.app.get<Sight>(SIGHT, { strict: false });
});
afterAll(async () => {
  await api.close();
  await db.close();
});
afterEach(() => sight.know([], []));

const SINCE = new Date('2026-03-02T08:00:00Z');
const blind = (given: Partial<BlindNow> = {}): BlindNow => ({
  ...{ part: 'watch', subject: '', why: 'silent', since: SINCE, patientIds: [], detail: null },
  ...given,
});

async function worklist(): Promise<{ notUpToDateSince: string | null; rows: { notUpToDateSince: string | null }[] }> {
  const nora = await api.signIn('nora');
  const answer = await nora.ask('GET', '/api/worklist');
  return answer.json() as ReturnType<typeof worklist>;
}

test('the worklist says since when a part is blind', async () => {
  sight.know([blind()], []);
  expect(await worklist()).toMatchObject({ notUpToDateSince: SINCE.toISOString(), rows: [{ notUpToDateSince: null }] });
});

test('a gone gateway makes only its own patients stale', async () => {
  sight.know([blind({ part: 'gateway', subject: 'liten/gw', patientIds: [small.patients.first] })], []);
  expect(await worklist()).toMatchObject({ notUpToDateSince: null, rows: [{ notUpToDateSince: SINCE.toISOString() }] });
});

test('those who follow are told at once, also without the database, and whoever comes later', async () => {
  const nora = await api.signIn('nora');
  const leaving = new AbortController();
  /** Reads on until it says this. */
  const open = async (): Promise<(words: string) => Promise<void>> => {
    const answer = await fetch(`${api.url}/api/stream`, { headers: { cookie: nora.cookie }, signal: leaving.signal });
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    return async (words) => {
      for (let text = ''; !text.includes(words);) {
        const { done, value } = await reader.read();
        if (done) throw new Error(`the stream ended with ${text}`);
        text += new TextDecoder().decode(value);
      }
    };
  };
  const first = await open();
  await first('event: start');
  sight.loseDatabase(SINCE);
  await first(`event: not_up_to_date\ndata: {"since":"${SINCE.toISOString()}","parts":["database"]}\n\n`);
  const later = await open();
  await later('event: not_up_to_date');
  sight.know([], []);
  for (const follower of [first, later]) await follower('event: up_to_date\ndata: {"since":null,"parts":[]}\n\n');
  leaving.abort();
  expect(sight.stale).toEqual({ since: null, parts: [] });
});

test('health shows each part with its age, 503 when one is blind, and names no home', async () => {
  const ask = (): Promise<Response> => fetch(`${api.url}/health/parts`);
  const part = { part: 'ingest', ageSec: 3, processes: 1, lateSec: null, isBlind: false } as const;
  sight.know([blind({ part: 'gateway', subject: 'liten/gw' })], [part]);
  const seeing = await ask();
  expect([seeing.status, await seeing.json()]).toMatchObject([
    200,
    { status: 'sees', gatewaysGone: 1, blind: [], parts: [part, { part: 'database' }] },
  ]);
  sight.know([blind()], [part]);
  const answer = await ask();
  expect([answer.status, await answer.text()]).toEqual([503, expect.not.stringContaining('liten')]);
});
