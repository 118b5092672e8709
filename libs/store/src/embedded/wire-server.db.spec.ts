import { rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { startEmbedded, type EmbeddedEngine } from '@varde/store';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { copyTestDataDir, isNative, testLog } from '../../../../test/engine.js';
import { int32, message, queryMessage, readMessages, readText, SYNC, zeroEnded } from './protocol.js';

const IDLE_MS = 2_000;

// These are promises of the embedded engine's server; on a native run PostgreSQL keeps them itself.
const when = isNative ? describe.skip : describe;

when('many clients of the one embedded engine', () => {
  let dataDir: string;
  let engine: EmbeddedEngine;
  const open: (pg.Client | Socket)[] = [];

  const client = async (more: pg.ClientConfig = {}): Promise<pg.Client> => {
    const made = new pg.Client({ connectionString: engine.url, ...more });
    made.on('error', () => undefined); // Some tests end connections on purpose.
    await made.connect();
    open.push(made);
    return made;
  };
  const raw = async (): Promise<Socket> => {
    const host = new URL(engine.url.replace('@/', '@localhost/')).searchParams.get('host') ?? '';
    const socket = connect(`${host}/.s.PGSQL.5432`);
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.once('connect', resolve));
    open.push(socket);
    return socket;
  };

  beforeAll(async () => {
    dataDir = await copyTestDataDir();
    engine = await startEmbedded({ dataDir, log: testLog, idleInTransactionMs: IDLE_MS });
    const first = await client();
    await first.query('create table spot (id integer primary key, who text)');
  });
  beforeEach(async () => {
    const one = await client();
    await one.query('truncate spot');
  });
  afterEach(async () => {
    for (const one of open.splice(0)) await (one instanceof pg.Client ? one.end() : new Promise<void>((done) => one.destroy() && done()));
  });
  afterAll(async () => {
    await engine.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  test.each(['begin', 'start transaction'])(
    'another client waits while a transaction of "%s" is open, and its row stays when that rolls back',
    async (start) => {
      const [a, b] = [await client(), await client()];
      await a.query(start);
      await a.query(`insert into spot values (1, 'a')`);
      const inserted = b.query(`insert into spot values (2, 'b')`);
      await a.query('rollback');
      await inserted;
      expect((await a.query('select who from spot')).rows).toEqual([{ who: 'b' }]);
    },
  );

  test('a failed transaction stays failed for its owner and hidden from others', async () => {
    const [a, b] = [await client(), await client()];
    await a.query('start transaction');
    await expect(a.query('select nothing')).rejects.toMatchObject({ code: '42703' });
    const other = b.query('select 1 as one');
    await expect(a.query('select 1')).rejects.toMatchObject({ code: '25P02' });
    await a.query('rollback');
    expect((await other).rows).toEqual([{ one: 1 }]);
    expect((await a.query('select 2 as two')).rows).toEqual([{ two: 2 }]);
  });

  test('TypeORM transactions with savepoints run side by side on a pool of any size', async () => {
    for (const poolSize of [1, 5]) {
      const source = await new DataSource({ type: 'postgres', poolSize, extra: { connectionString: engine.url } }).initialize();
      await source.query('truncate spot');
      await Promise.all(
        Array.from({ length: 20 }, (_, id) =>
          source.transaction(async (tx) => {
            await tx.query('insert into spot values ($1, $2)', [id, 'outer']);
            const inner = tx.transaction(async (deeper) => {
              await deeper.query('update spot set who = $2 where id = $1', [id, 'inner']);
              if (id % 2 === 0) throw new Error('undo');
            });
            await inner.catch(() => undefined);
          }),
        ),
      );
      const counted = await source.query('select who, count(*)::int as n from spot group by who order by who');
      expect(counted).toEqual([
        { who: 'inner', n: 10 },
        { who: 'outer', n: 10 },
      ]);
      await source.destroy();
    }
  });

  test('two clients may give different statements the same name', async () => {
    const [a, b] = [await client(), await client()];
    const ask = async (who: pg.Client, text: string): Promise<unknown> => (await who.query({ name: 'same', text, values: [1] })).rows;
    for (let round = 0; round < 2; round += 1) {
      expect(await ask(a, 'select $1::int + 1 as x')).toEqual([{ x: 2 }]);
      expect(await ask(b, `select $1::text || '!' as y`)).toEqual([{ y: '1!' }]);
    }
    await a.end();
    const c = await client();
    expect(await ask(c, 'select $1::int + 5 as z')).toEqual([{ z: 6 }]);
    const left = await c.query('select count(*)::int as n from pg_prepared_statements');
    expect(left.rows[0].n).toBe(2);
  });

  test('the unnamed statement of a client survives the turns of others', async () => {
    const socket = await raw();
    const heard = listenTo(socket);
    socket.write(startup());
    await heard.until('Z');
    socket.write(Buffer.concat([message('P', zeroEnded(''), zeroEnded('select 42'), Buffer.alloc(2)), SYNC]));
    await heard.until('Z');
    const b = await client();
    await b.query('select $1::int', [7]);
    await b.query('select 8');
    socket.write(Buffer.concat([message('B', zeroEnded(''), zeroEnded(''), Buffer.alloc(6)), message('E', zeroEnded(''), int32(0)), SYNC]));
    const answer = await heard.until('Z');
    expect(answer.map(({ type }) => type).join('')).toBe('2DCZ');
    expect(answer[1]?.body.toString('latin1')).toContain('42');
  });

  test('messages that come byte by byte, and several units in one packet, are answered in order', async () => {
    const socket = await raw();
    const heard = listenTo(socket);
    for (const byte of startup()) socket.write(Buffer.from([byte]));
    await heard.until('Z');
    const units = Buffer.concat([
      queryMessage('select 1'),
      queryMessage('select nothing'),
      message('P', zeroEnded(''), zeroEnded('select 3'), Buffer.alloc(2)),
      SYNC,
      queryMessage('select 4'),
    ]);
    for (let at = 0; at < units.length; at += 3) socket.write(units.subarray(at, at + 3));
    const types: string[] = [];
    for (let answer = 0; answer < 4; answer += 1) types.push((await heard.until('Z')).map(({ type }) => type).join(''));
    expect(types).toEqual(['TDCZ', 'EZ', '1Z', 'TDCZ']);
  });

  test('what a dropped client left open is rolled back at once', async () => {
    const a = await client();
    await a.query('start transaction');
    await a.query(`insert into spot values (1, 'a')`);
    (a as unknown as { connection: { stream: Socket } }).connection.stream.destroy();
    const b = await client();
    expect((await b.query('select * from spot')).rows).toEqual([]);
  });

  test('a notification reaches those who listen, after the commit, and nobody else', async () => {
    const [a, b, c] = [await client(), await client(), await client()];
    const heard: string[] = [];
    for (const [name, one] of [
      ['a', a],
      ['b', b],
      ['c', c],
    ] as const)
      one.on('notification', ({ channel, payload }) => heard.push(`${name}:${channel}:${payload}`));
    await a.query('listen "Loud"');
    await b.query('listen "Loud"; listen quiet');
    await c.query('start transaction');
    await c.query(`select pg_notify($1, $2)`, ['Loud', '1']);
    expect(heard).toEqual([]);
    await c.query('commit');
    await b.query('unlisten "Loud"');
    await c.query(`notify "Loud", '2'; notify quiet, '3'`);
    await a.query('start transaction');
    await a.query('listen never');
    await a.query('rollback');
    await b.query(`notify never, '4'`);
    for (const one of [a, b, c]) await one.query('select 1');
    expect(heard.sort()).toEqual(['a:Loud:1', 'a:Loud:2', 'b:Loud:1', 'b:quiet:3']);
  });

  test.each([
    ['SSL', 80877103],
    ['GSS encryption', 80877104],
  ])('a request for %s is answered with no, and the connection goes on', async (_, code) => {
    const socket = await raw();
    const first = new Promise<string>((resolve) => socket.once('data', (chunk: Buffer) => resolve(chunk.toString('latin1'))));
    socket.write(Buffer.concat([int32(8), int32(code)]));
    expect(await first).toBe('N');
    const heard = listenTo(socket);
    socket.write(startup());
    expect((await heard.until('Z')).map(({ type }) => type)).toContain('R');
  });

  test('a client that speaks another protocol is told so', async () => {
    const socket = await raw();
    const heard = listenTo(socket);
    socket.write(Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'));
    expect((await heard.until('E')).at(-1)?.body.toString('utf8')).toContain('not the PostgreSQL protocol');
  });

  test('a query that waits for its turn can be cancelled', async () => {
    const [a, b] = [await client(), await client()];
    await a.query('start transaction');
    const waiting = b.query('select 1');
    const { processID, secretKey } = b as unknown as { processID: number; secretKey: number };
    const socket = await raw();
    socket.write(Buffer.concat([int32(16), int32(80877102), int32(processID), int32(secretKey)]));
    await expect(waiting).rejects.toMatchObject({ code: '57014' });
    await a.query('rollback');
    expect((await b.query('select 2 as two')).rows).toEqual([{ two: 2 }]);
  });

  test('settings are each client’s own, also after its turn, and go when it leaves', async () => {
    const [a, b] = [await client(), await client({ options: '-c TimeZone=Asia/Tokyo' })];
    await a.query(`set timezone to 'Europe/Oslo'`);
    await a.query(`select set_config('varde.person', '7', false)`);
    const zone = async (who: pg.Client): Promise<unknown> =>
      (await who.query(`select current_setting('TimeZone') as zone, current_setting('varde.person', true) as person`)).rows[0];
    expect(await zone(b)).toEqual({ zone: 'Asia/Tokyo', person: '' }); // As in PostgreSQL: a name once used is empty after its reset.
    expect(await zone(a)).toEqual({ zone: 'Europe/Oslo', person: '7' });
    await a.end();
    const c = await client();
    expect(await zone(c)).toMatchObject({ zone: 'UTC' });
    expect((await c.query('select set_config($1, $2, true)', ['varde.person', '9'])).rowCount).toBe(1);
    expect(((await zone(c)) as { person: string | null }).person ?? '').toBe('');
  });

  test('an impossible setting at the start is refused', async () => {
    const bad = await client({ options: '-c no_such_setting=1' });
    await expect(bad.query('select 1')).rejects.toThrow(/no_such_setting|terminated/);
  });

  test('COPY FROM STDIN and DISCARD ALL are refused and harm nobody', async () => {
    const [a, b] = [await client(), await client()];
    await expect(a.query('copy spot from stdin')).rejects.toMatchObject({ code: '0A000' });
    await expect(a.query('discard all')).rejects.toMatchObject({ code: '0A000' });
    await expect(a.query({ text: 'COPY spot (id) FROM STDIN WITH (format csv)', values: [] })).rejects.toMatchObject({ code: '0A000' });
    expect((await a.query(`select 'copy spot from stdin' as text`)).rows).toEqual([{ text: 'copy spot from stdin' }]);
    expect((await b.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  test('five megabytes and bytes of every value pass both ways', async () => {
    const a = await client();
    const long = 'æ'.repeat(2_500_000);
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, value) => value));
    const { rows } = await a.query('select length($1::text) as length, $2::bytea as bytes, $1::text as back', [long, bytes]);
    expect(rows[0].length).toBe(2_500_000);
    expect(rows[0].bytes).toEqual(bytes);
    expect(rows[0].back === long).toBe(true);
  });

  test('SKIP LOCKED claims each row once, one claimer after another', async () => {
    const a = await client();
    await a.query(`insert into spot select i, '' from generate_series(1, 60) i`);
    const claim = async (who: string): Promise<number[]> => {
      const one = await client();
      const mine: number[] = [];
      for (;;) {
        await one.query('start transaction');
        const { rows } = await one.query(`select id from spot where who = '' order by id for update skip locked limit 5`);
        for (const { id } of rows) await one.query('update spot set who = $2 where id = $1', [id, who]);
        await one.query('commit');
        if (rows.length === 0) return mine;
        mine.push(...rows.map(({ id }: { id: number }) => id));
      }
    };
    const all = (await Promise.all(['a', 'b', 'c'].map(claim))).flat();
    expect(all.sort((x, y) => x - y)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
  });

  test('pg_advisory_xact_lock keeps others out until the commit', async () => {
    const order: string[] = [];
    const work = async (name: string): Promise<void> => {
      const one = await client();
      await one.query('start transaction');
      await one.query('select pg_advisory_xact_lock(1)');
      order.push(`${name} in`);
      await new Promise((resolve) => setTimeout(resolve, 30));
      order.push(`${name} out`);
      await one.query('commit');
    };
    await Promise.all([work('a'), work('b')]);
    expect(order[1]?.slice(0, 1)).toBe(order[0]?.slice(0, 1));
    expect(order).toHaveLength(4);
  });

  test('a client idle in a transaction is ended when others wait, and not before', async () => {
    const [a, b] = [await client(), await client()];
    const ended = new Promise<Error>((resolve) => a.on('error', resolve));
    await a.query('start transaction');
    await a.query(`insert into spot values (1, 'a')`);
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS * 1.5));
    await a.query(`insert into spot values (2, 'a')`);
    const asked = Date.now();
    expect((await b.query('select * from spot')).rows).toEqual([]);
    expect(Date.now() - asked).toBeGreaterThan(IDLE_MS * 0.8);
    expect(await ended).toMatchObject({ message: expect.stringMatching(/idle-in-transaction/) });
  });

  test('a cursor keeps its rows while another client asks', async () => {
    const [a, b] = [await client(), await client()];
    await a.query('start transaction');
    await a.query('declare walk cursor for select generate_series(1, 4) as n');
    expect((await a.query('fetch 2 from walk')).rows).toEqual([{ n: 1 }, { n: 2 }]);
    const other = b.query('select 1');
    expect((await a.query('fetch 2 from walk')).rows).toEqual([{ n: 3 }, { n: 4 }]);
    await a.query('commit');
    await other;
  });

  test('rows fetched piece by piece with Flush keep the engine until Sync', async () => {
    const socket = await raw();
    const heard = listenTo(socket);
    socket.write(startup());
    await heard.until('Z');
    const portal = zeroEnded('p');
    const parse = message('P', zeroEnded(''), zeroEnded('select generate_series(1, 3)'), Buffer.alloc(2));
    socket.write(
      Buffer.concat([parse, message('B', portal, zeroEnded(''), Buffer.alloc(6)), message('E', portal, int32(2)), message('H')]),
    );
    expect((await heard.until('s')).map(({ type }) => type).join('')).toBe('12DDs');
    const b = await client();
    const other = b.query('select 1 as one');
    socket.write(Buffer.concat([message('E', portal, int32(2)), SYNC]));
    expect((await heard.until('Z')).map(({ type }) => type).join('')).toBe('DCZ');
    expect((await other).rows).toEqual([{ one: 1 }]);
  });

  test('thirty clients at once are all served', async () => {
    const all = await Promise.all(Array.from({ length: 30 }, () => client()));
    const answers = await Promise.all(all.map((one, index) => one.query('select $1::int as n', [index])));
    expect(answers.map(({ rows }) => rows[0].n)).toEqual(all.map((_, index) => index));
  });
});

/** A start-up packet of protocol 3.0. */
function startup(): Buffer {
  const body = Buffer.concat([
    int32(196608),
    zeroEnded('user'),
    zeroEnded('varde'),
    zeroEnded('database'),
    zeroEnded('varde'),
    Buffer.alloc(1),
  ]);
  return Buffer.concat([int32(body.length + 4), body]);
}

interface HeardMessage {
  readonly type: string;
  readonly body: Buffer;
}

/** Collects messages from a socket; `until` gives all up to the next one of a type. */
function listenTo(socket: Socket): { until(type: string): Promise<HeardMessage[]> } {
  let bytes = Buffer.alloc(0);
  let wake: () => void = () => undefined;
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    wake();
  });
  const take = (type: string): HeardMessage[] | null => {
    const heard: HeardMessage[] = [];
    for (const found of readMessages(bytes)) {
      if (found.end > bytes.length) return null;
      heard.push({ type: found.type, body: bytes.subarray(found.body, found.end) });
      if (found.type !== type) continue;
      bytes = bytes.subarray(found.end);
      return heard;
    }
    return null;
  };
  return {
    async until(type) {
      for (;;) {
        const heard = take(type);
        if (heard) return heard;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}

test('the text up to a zero byte is read', () => {
  expect(readText(zeroEnded('å'), 0)).toEqual({ text: 'å', next: 3 });
});
