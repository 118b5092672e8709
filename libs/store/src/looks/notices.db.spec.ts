import type { NoticeCause } from '@varde/alerts';
import { testDatabase } from '../../../../test/engine.js';
import { anEpisode, saveAnEpisode, saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';
import { inTransaction } from '../server/in-transaction.js';
import { claimNotices, readUndelivered } from './notices.js';

const NOW = new Date('2026-03-02T08:00:00Z');
const minutes = (count: number): Date => new Date(NOW.getTime() + count * 60_000);

const db = testDatabase();
let small: SmallCommunity;
beforeAll(async () => {
  small = await saveSmallCommunity(db.database.dataSource);
});
beforeEach(async () => {
  for (const table of ['notice', 'episode_domain', 'episode_step', 'episode']) await query(`delete from ${table}`);
});

const query = <Row>(sql: string, values: unknown[] = []): Promise<Row[]> => db.database.dataSource.query(sql, values);
interface Told {
  readonly cause: NoticeCause;
  readonly at: Date;
  readonly unitId?: number;
  readonly givenUp?: boolean;
}
const tell = (episodeId: number, { cause, at, unitId = small.units.north, givenUp = false }: Told): Promise<unknown> =>
  query(
    `insert into notice (episode_id, key, channel, cause, severity, unit_id, text_nb, text_en, queued_at, given_up_at, next_try_at)
     values ($1, $2, 'webhook', $3, 'red', $4, '', '', $5, $6, $7)`,
    [episodeId, `${episodeId}/${cause}/${at.getTime()}`, cause, unitId, at, givenUp ? at : null, givenUp ? null : at],
  );
const undelivered = async (): Promise<number[]> =>
  (await readUndelivered(db.manager, [small.patients.first])).get(small.patients.first) ?? [];

describe('the last that the ladder told came to nothing', () => {
  const escalate = async (givenUp: boolean): Promise<number> => {
    const id = await saveAnEpisode(db.database.dataSource, anEpisode(small, NOW));
    await tell(id, { cause: 'escalated', at: minutes(30), givenUp });
    return id;
  };

  test.each<NoticeCause>(['offered', 'advice_asked', 'advice_given', 'assigned', 'close_proposed', 'domain_joined'])(
    'and what went beside it since does not hide that: %s',
    async (cause) => {
      const id = await escalate(true);
      expect(await undelivered()).toEqual([id]);
      await tell(id, { cause, at: minutes(31), unitId: small.units.clinic });
      // At the same moment too: a look may tell both.
      await tell(id, { cause, at: minutes(30), unitId: small.units.clinic });
      expect(await undelivered()).toEqual([id]);
    },
  );

  test('an offer that was given up is no step that came to nothing', async () => {
    const id = await escalate(false);
    await tell(id, { cause: 'offered', at: minutes(31), unitId: small.units.clinic, givenUp: true });
    expect(await undelivered()).toEqual([]);
  });

  test.each<NoticeCause>(['opened', 'relapsed', 'severity_rose', 'escalated', 'acknowledgement_ran_out'])(
    'but a newer step counts: %s',
    async (cause) => {
      const id = await escalate(true);
      await tell(id, { cause, at: minutes(40) });
      expect(await undelivered()).toEqual([]);
    },
  );
});

test('at most so many of one unit are taken at once, with those in flight, the grave first', async () => {
  const id = await saveAnEpisode(db.database.dataSource, anEpisode(small, NOW));
  for (let number = 0; number < 12; number++) await tell(id, { cause: 'escalated', at: minutes(number) });
  await query(`update notice set severity = 'yellow' where queued_at < $1`, [minutes(9)]);
  await tell(id, { cause: 'escalated', at: minutes(20), unitId: small.units.south });
  const take = async (inFlight: { readonly north: number } = { north: 0 }): Promise<string[]> => {
    const inFlightByUnit = new Map([[small.units.north, inFlight.north]]);
    const claim = { channel: 'webhook', limit: 20, perUnit: 5, inFlightByUnit, leaseMs: 30_000 } as const;
    const taken = await inTransaction(db.database.dataSource, (tx) => claimNotices(tx, claim, minutes(60)));
    return taken.map(({ unitId, severity }) => `${unitId === small.units.north ? 'north' : 'south'} ${severity}`).sort();
  };
  const north = (severity: string, count: number) => Array.from({ length: count }, () => `north ${severity}`);
  expect(await take()).toEqual([...north('red', 3), ...north('yellow', 2), 'south red']);
  expect(await take({ north: 4 })).toEqual(north('yellow', 1));
  expect(await take({ north: 5 })).toEqual([]);
  expect(await take()).toEqual(north('yellow', 5));
  expect(await take()).toEqual(north('yellow', 1));
});

describe('what was told about one episode is found by an index', () => {
  test.each([
    ['the last told', `select max(queued_at) from notice where episode_id = $1 and cause in ('opened', 'escalated')`],
    ['settling', `select from notice where episode_id = $1 order by id for update`],
    ['reading', `select id from notice where episode_id = $1 and unit_id = any('{1,2}') and read_at is null for update skip locked`],
    [
      'delivering',
      `select n.id from notice n join (select distinct * from unnest(array[$1::bigint], '{1}'::integer[])) as shown (episode_id, unit_id)
         on n.episode_id = shown.episode_id and n.unit_id = shown.unit_id
       where n.channel = 'worklist' and n.delivered_at is null for update of n skip locked`,
    ],
  ])('%s', async (_what, sql) => {
    await query('delete from notice');
    await query(
      `insert into notice (episode_id, key, channel, cause, severity, unit_id, text_nb, text_en, queued_at)
       select $1, n::text, 'worklist', 'opened', 'red', $2, '', '', $3 from generate_series(1, 5) n`,
      [await saveAnEpisode(db.database.dataSource, anEpisode(small, NOW)), small.units.north, NOW],
    );
    const plan = await inTransaction(db.database.dataSource, async (tx) => {
      // The table is small: only whether the index can serve is asked.
      await tx.query('set local enable_seqscan = off');
      return tx.query<object[]>(`explain ${sql.replaceAll('$1', '7')}`);
    });
    expect(JSON.stringify(plan)).toMatch(/notice_episode\b/);
  });
});
