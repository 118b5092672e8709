import { inTransaction, saveWorklistChanges } from '@varde/store';
import { openTestDatabase, type TestDatabase } from '../../../../test/engine.js';
import { anEpisode, saveAnEpisode, saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';
import { openTriageApi, type Asker, type TriageApi } from '../../../../test/triage-api.js';
import { BEAT_MS } from './worklist-stream.js';

interface Told {
  readonly id: number;
  readonly event: string;
  readonly data: { readonly id?: number; readonly patientId?: number; readonly episodeId?: number; readonly kind?: string };
}

let db: TestDatabase;
let small: SmallCommunity;
let api: TriageApi;
let nora: Asker;
const open: Listening[] = [];
beforeAll(async () => {
  db = await openTestDatabase();
  small = await saveSmallCommunity(db.database.dataSource);
  api = await openTriageApi(db.database);
  nora = await api.signIn('nora');
}, 60_000);
afterAll(async () => {
  await api.close();
  await db.close();
});
beforeEach(() =>
  db.database.dataSource.query(`truncate episode, episode_domain, episode_step, finding, notice, snooze, worklist_change cascade`),
);
afterEach(() => open.splice(0).forEach((stream) => stream.leave()));

/** A client of the stream that keeps all it is told. */
class Listening {
  readonly told: Told[] = [];
  readonly #abort = new AbortController();
  #wake: () => void = () => undefined;
  isOver = false;

  static async join(who: Asker, lastId: number | null = null): Promise<Listening> {
    const stream = new Listening();
    open.push(stream);
    const headers = { cookie: who.cookie, ...(lastId === null ? {} : { 'last-event-id': String(lastId) }) };
    const answer = await fetch(`${api.url}/api/stream`, { headers, signal: stream.#abort.signal });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
    void stream.#read(answer).finally(() => {
      stream.isOver = true;
      stream.#wake();
    });
    await stream.until(() => stream.told.length > 0);
    return stream;
  }

  async #read(answer: Response): Promise<void> {
    let text = '';
    const decoder = new TextDecoder();
    try {
      for await (const bytes of answer.body ?? []) {
        text += decoder.decode(bytes as Uint8Array, { stream: true });
        const parts = text.split('\n\n');
        text = parts.pop() ?? '';
        this.told.push(...parts.flatMap(toTold));
        this.#wake();
      }
    } catch (error) {
      if (!this.#abort.signal.aborted) throw error;
    }
  }

  get changes(): Told[] {
    return this.told.filter(({ event }) => event === 'change');
  }

  get lastId(): number {
    return this.told.at(-1)?.id ?? 0;
  }

  async until(isDone: () => boolean): Promise<void> {
    const endMs = Date.now() + 20_000;
    while (!isDone()) {
      if (this.isOver || Date.now() > endMs)
        throw new Error(`the stream ${this.isOver ? 'is over' : 'is silent'}: ${JSON.stringify(this.told.slice(-3))}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 200);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  leave(): void {
    this.#abort.abort();
  }
}

function toTold(part: string): Told[] {
  const field = (name: string): string | undefined =>
    part
      .split('\n')
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2);
  const data = field('data');
  return data === undefined ? [] : [{ id: Number(field('id')), event: field('event') ?? '', data: JSON.parse(data) }];
}

const save = (patientId: number, times = 1) =>
  inTransaction(db.database.dataSource, (tx) =>
    saveWorklistChanges(
      tx,
      Array.from({ length: times }, () => ({
        at: new Date(),
        patientId,
        episodeId: null,
        unitId: patientId === small.patients.south ? small.units.south : small.units.north,
        kind: 'changed' as const,
      })),
    ),
  );
const stored = async (): Promise<number[]> =>
  (await db.database.dataSource.query(`select id::int from worklist_change order by id`)).map(({ id }: { id: number }) => id);

test('what happens is told at once, and counts as delivered', async () => {
  const stream = await Listening.join(nora);
  expect(stream.told).toMatchObject([{ event: 'start' }]);
  const startedMs = performance.now();
  const id = await saveAnEpisode(db.database.dataSource, anEpisode(small, new Date()));
  await stream.until(() => stream.changes.length === 1);
  // Woken by the database: well before the poll of 2 s would find it.
  expect(performance.now() - startedMs).toBeLessThan(1_900);
  expect(stream.changes).toMatchObject([{ data: { patientId: small.patients.first, episodeId: id, kind: 'opened' } }]);
  const delivered = async () => db.database.dataSource.query(`select 1 from notice where delivered_at is not null`);
  for (let tries = 0; tries < 50 && (await delivered()).length === 0; tries += 1) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await delivered()).toHaveLength(1);
});

test('whoever has no clinical role any more is told nothing within a beat, and counts as told no longer', async () => {
  // Nobody else follows north; what south is told shows how far the feed has come.
  const siri = await Listening.join(await api.signIn('siri'));
  const stream = await Listening.join(nora);
  const ada = await api.signIn('ada');
  const roles = (given: string[]) => ada.ask('PATCH', `/api/people/${small.people.nora}`, { roles: given });
  expect((await roles(['operator'])).status).toBe(204);
  try {
    expect((await nora.ask('GET', '/api/worklist')).status).toBe(403);
    const endMs = Date.now() + BEAT_MS + 2_000;
    while (!stream.isOver && Date.now() < endMs) await new Promise((resolve) => setTimeout(resolve, 100));
    expect(stream.isOver).toBe(true);
    await saveAnEpisode(db.database.dataSource, anEpisode(small, new Date()));
    for (const seen of [1, 2]) {
      await save(small.patients.south);
      await siri.until(() => siri.changes.length === seen);
    }
    expect(await db.database.dataSource.query(`select delivered_at from notice`)).toEqual([{ delivered_at: null }]);
    expect(stream.changes).toEqual([]);
  } finally {
    await roles(['nurse']);
  }
}, 40_000);

test('nobody is told of patients of others', async () => {
  const siri = await Listening.join(await api.signIn('siri'));
  const stream = await Listening.join(nora);
  await save(small.patients.first);
  await save(small.patients.south);
  await stream.until(() => stream.changes.length === 1);
  await siri.until(() => siri.changes.length === 1);
  expect(stream.changes.map(({ data }) => data.patientId)).toEqual([small.patients.first]);
  expect(siri.changes.map(({ data }) => data.patientId)).toEqual([small.patients.south]);
  siri.leave();
  const again = await Listening.join(await api.signIn('siri'), 0);
  await again.until(() => again.told.some(({ event }) => event === 'start' || event === 'reset'));
  expect(again.changes.every(({ data }) => data.patientId === small.patients.south)).toBe(true);
});

test('whoever breaks off and comes back misses nothing and is told nothing twice, while many write', async () => {
  const [, lastBefore] = [await save(small.patients.first), (await stored()).at(-1) ?? 0];
  const seen: number[] = [];
  let isWriting = true;
  const writers = Promise.all(
    Array.from({ length: 6 }, async (_, writer) => {
      for (let round = 0; round < 25; round += 1) {
        await save(small.patients.first, 1 + ((writer + round) % 3));
        if (round % 7 === writer) await rollBack();
      }
    }),
  ).finally(() => {
    isWriting = false;
  });
  let lastId = lastBefore;
  for (let reconnects = 0; isWriting || reconnects < 3; reconnects += 1) {
    const stream = await Listening.join(nora, lastId);
    const wanted = 1 + (reconnects % 20);
    await stream.until(() => stream.changes.length >= wanted || !isWriting);
    stream.leave();
    seen.push(...stream.changes.map(({ id }) => id));
    lastId = stream.changes.at(-1)?.id ?? lastId;
  }
  await writers;
  const all = (await stored()).filter((id) => id > lastBefore);
  const rest = await Listening.join(nora, lastId);
  await rest.until(() => (rest.changes.at(-1)?.id ?? lastId) === all.at(-1));
  seen.push(...rest.changes.map(({ id }) => id));
  expect(seen).toEqual(all);
}, 60_000);

/** A writer that has taken ids and fails: its ids never appear, and nobody waits for them. */
async function rollBack(): Promise<void> {
  const failed = inTransaction(db.database.dataSource, async (tx) => {
    await saveWorklistChanges(tx, [{ at: new Date(), patientId: small.patients.first, episodeId: null, unitId: null, kind: 'changed' }]);
    throw new Error('on purpose');
  });
  await expect(failed).rejects.toThrow('on purpose');
}

test('an id older than what is kept, or from another life of the database, is told to start over', async () => {
  await save(small.patients.first, 5);
  const ids = await stored();
  await db.database.dataSource.query(`delete from worklist_change where id <= $1`, [ids[2]]);
  for (const [lastId, event] of [
    [ids[0]!, 'reset'],
    [ids[1]!, 'reset'],
    [ids[2]!, 'change'],
    [ids[4]!, 'start'],
    [ids[4]! + 1_000, 'reset'],
  ] as const) {
    const stream = await Listening.join(nora, lastId);
    expect([lastId, stream.told[0]?.event]).toEqual([lastId, event]);
    await stream.until(() => stream.lastId === ids[4]);
    stream.leave();
  }
  await db.database.dataSource.query(`delete from worklist_change`);
  expect((await Listening.join(nora, ids[3]!)).told[0]?.event).toBe('reset');
  expect((await Listening.join(nora, ids[4]!)).told[0]?.event).toBe('start');
});

test('whoever follows a database that goes back, as by a restore, starts over and is told what comes then', async () => {
  await save(small.patients.first, 5);
  const ids = await stored();
  const stream = await Listening.join(nora);
  // Told as changes, too, while somebody from before still follows.
  await stream.until(() => stream.lastId === ids[4]);
  await db.database.dataSource.query(`delete from worklist_change where id > $1`, [ids[2]]);
  await db.database.dataSource.query(`select setval('worklist_change_id', $1)`, [ids[2]]);
  await stream.until(() => stream.told.some(({ event }) => event === 'reset'));
  expect(stream.lastId).toBe(ids[2]);
  const before = stream.told.length;
  await save(small.patients.first);
  await stream.until(() => stream.told.length > before);
  expect(stream.told.slice(before).map(({ event, id }) => [event, id])).toEqual([['change', ids[2]! + 1]]);
  expect(stream.told.filter(({ event }) => event === 'reset')).toHaveLength(1);
}, 30_000);

test('an id that is none is refused', async () => {
  for (const path of ['/api/stream?after=-1', '/api/stream?after=x', '/api/stream?after=1e30'])
    expect((await nora.ask('GET', path)).status).toBe(400);
  const answer = await fetch(`${api.url}/api/stream`, { headers: { cookie: nora.cookie, 'last-event-id': 'abc' } });
  expect(answer.status).toBe(400);
});

test('one person cannot take all the streams', async () => {
  const pia = await api.signIn('pia');
  const streams = await Promise.all(Array.from({ length: 20 }, () => Listening.join(pia)));
  expect((await pia.ask('GET', '/api/stream')).status).toBe(429);
  streams.forEach((stream) => stream.leave());
});

test('streams end when the service stops, so that it can', async () => {
  const other = await openTriageApi(db.database);
  const answer = await fetch(`${other.url}/api/stream`, { headers: { cookie: (await other.signIn('nora')).cookie } });
  const reading = answer.text();
  await other.close();
  expect(await reading).toContain('event: start');
});
