import { decodeAdvice } from '@varde/wire';
import { testDatabase, testLog } from '../../../../test/engine.js';
import { saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';
import { HomeSender } from './home-sender.js';
import { NobodyListens } from './home-way.js';
import type { Log } from '../log.js';
import { WorkBook } from '../work-book.js';

const NOW = new Date('2026-03-02T08:00:00Z');
const seconds = (count: number): Date => new Date(NOW.getTime() + count * 1_000);

const db = testDatabase();
let small: SmallCommunity;
beforeAll(async () => {
  small = await saveSmallCommunity(db.database.dataSource);
});
beforeEach(async () => {
  for (const table of ['home_ask', 'home_advice']) await query(`delete from ${table}`);
});

const query = <Row>(sql: string, values: unknown[] = []): Promise<Row[]> => db.database.dataSource.query(sql, values);
const states = () => query<{ next_try_at: Date | null }>(`select next_try_at from home_advice union all select next_try_at from home_ask`);

/** Something to be said to a home, due now. */
async function queueAdvice(): Promise<number> {
  const [row] = await query<{ id: string }>(
    `insert into home_advice (patient_id, key, kind, text_nb, text_en, answers, must_answer, community_id, client_id, device_name, advised_at,
       of_use_until, next_try_at)
     values ($1, 'call', 'critical', 'Ring 113', 'Call 113', '{}', false, $2, 'gw', 'T-1', $3, $4, $3) returning id`,
    [small.patients.first, small.communityId, NOW, seconds(86_400)],
  );
  return Number(row?.id);
}

/** A sender behind somebody else's broker, which does with each message what is said. */
function senderAt(now: () => Date, publish: (topic: string, payload: Uint8Array) => Promise<void>): HomeSender {
  const way = { hears: () => true, publish, againAfterMs: 60_000, isConfirmed: false };
  return new HomeSender({ database: db.database, log: testLog as unknown as Log, now, way, work: new WorkBook() });
}

async function eventually(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  for (const endMs = performance.now() + 20_000; !(await holds());) {
    if (performance.now() > endMs) throw new Error(`not within 20 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

test('what a process that dies had in hand is due again after a minute, and sent by another', async () => {
  await queueAdvice();
  let [published, again] = [0, 0];
  // Its broker never acknowledges, and the process ends meanwhile.
  const dying = senderAt(
    () => NOW,
    () => new Promise(() => (published += 1)),
  );
  await dying.start();
  await eventually('it is published', () => published > 0);
  expect(await states()).toEqual([{ next_try_at: seconds(60) }]);
  const beganMs = performance.now();
  await dying.stop();
  expect(performance.now() - beganMs).toBeLessThan(8_000);

  const other = senderAt(
    () => seconds(61),
    async () => void (again += 1),
  );
  await other.start();
  await eventually('it is sent again', () => again > 0);
  await eventually('it is not due any more', async () => (await states())[0]?.next_try_at === null);
  await other.stop();
  expect([published, again]).toEqual([1, 1]);
});

test('what was withdrawn while it was published stays due', async () => {
  const id = await queueAdvice();
  let withdrawn = 0;
  const sender = senderAt(
    () => NOW,
    async () => {
      if (withdrawn > 0) return;
      withdrawn = 1;
      await query(`update home_advice set withdrawn_at = $2, next_try_at = $3 where id = $1`, [id, NOW, seconds(1)]);
    },
  );
  await sender.start();
  await eventually('it is published', () => withdrawn > 0);
  await sender.stop();
  expect(await states()).toEqual([{ next_try_at: seconds(1) }]);
});

test('what is taken back says which it is, and nothing of what it was: the gateway may have changed hands', async () => {
  const id = await queueAdvice();
  await query(`update home_advice set answers = '{called_113,cannot}', must_answer = true, sent_at = $2 where id = $1`, [id, NOW]);
  const texts: string[] = [];
  const send = async (): Promise<void> => {
    const sender = senderAt(
      () => NOW,
      async (_topic, payload) => void texts.push(new TextDecoder().decode(payload)),
    );
    const before = texts.length;
    await sender.start();
    await eventually('it is published', () => texts.length > before);
    await sender.stop();
  };
  await send();
  await query(`update home_advice set withdrawn_at = $2, next_try_at = $2 where id = $1`, [id, NOW]);
  await send();
  const [told, takenBack] = texts;
  for (const word of ['Ring 113', 'Call 113', 'critical', 'called_113', 'cannot']) {
    expect([told?.includes(word), takenBack?.includes(word)]).toEqual([true, false]);
  }
  expect(decodeAdvice(new TextEncoder().encode(takenBack))).toMatchObject({
    adviceId: id,
    withdrawn: true,
    mustAnswer: false,
    answers: [],
  });
});

test('what a gateway that is back had not confirmed is due at once, as it stands by then', async () => {
  const id = await queueAdvice();
  let payload = new Uint8Array();
  const sender = senderAt(
    () => NOW,
    async (_topic, sent) => void (payload = new Uint8Array(sent)),
  );
  await sender.start();
  await eventually('it is published', () => payload.length > 0);
  await sender.stop();
  expect(await states()).toEqual([{ next_try_at: null }]);
  sender.noteUnconfirmed(payload);
  await eventually('it is due', async () => (await states())[0]?.next_try_at?.getTime() === NOW.getTime());
  await query(`update home_advice set next_try_at = null, answered_at = $2, answer = 'called_113' where id = $1`, [id, NOW]);
  sender.noteUnconfirmed(payload);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(await states()).toEqual([{ next_try_at: null }]);
});

test('what could not be published is tried again soon', async () => {
  await queueAdvice();
  let tried = 0;
  const sender = senderAt(
    () => NOW,
    async () => {
      tried += 1;
      throw new Error('no connection');
    },
  );
  await sender.start();
  await eventually('it is tried', () => tried > 0);
  await sender.stop();
  expect(await states()).toEqual([{ next_try_at: seconds(5) }]);
});

test('what nobody was there to get is tried again after half a minute, and nobody reads that it was sent', async () => {
  await queueAdvice();
  let tried = 0;
  const sender = senderAt(
    () => NOW,
    async () => {
      tried += 1;
      throw new NobodyListens('planted');
    },
  );
  await sender.start();
  await eventually('it is tried', () => tried > 0);
  await sender.stop();
  expect(await states()).toEqual([{ next_try_at: seconds(30) }]);
  expect(await query(`select sent_at, attempts from home_advice`)).toEqual([{ sent_at: null, attempts: 1 }]);
});
