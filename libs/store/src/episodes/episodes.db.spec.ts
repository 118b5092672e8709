import type { Episode, NoticeDraft } from '@varde/alerts';
import type { EpisodeChange } from '@varde/look';
import type { Finding } from '@varde/rules';
import { testDatabase } from '../../../../test/engine.js';
import { anEpisode as draw, saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';
import { readEpisodesForLook } from './episode-rows.js';
import { saveEpisodeChanges, StaleEpisode } from './episodes.js';
import { inTransaction } from '../server/in-transaction.js';
import { readWorklistChanges } from './stream.js';
import { saveFindings } from '../looks/watch-save.js';

const db = testDatabase();
let small: SmallCommunity;
beforeAll(async () => {
  small = await saveSmallCommunity(db.database.dataSource);
});
afterEach(() => db.database.dataSource.query(`truncate episode, episode_domain, episode_step, finding, notice, worklist_change cascade`));

const NOW = new Date('2026-03-02T08:00:00Z');

const anEpisode = (given: Partial<Episode> = {}): Episode => draw(small, NOW, given);

const aFinding: Finding = {
  ruleId: 'copd.spo2.low',
  ruleVersion: 1,
  domain: 'respiratory',
  result: 'fire',
  severity: 'red',
  anchor: 'm:42',
  at: NOW,
  receivedAt: NOW,
  readingIds: [42],
  limits: [],
  reason: { nb: 'lav', en: 'low' },
  pendingUntil: null,
  superseded: false,
};

const aNotice = (): NoticeDraft => ({
  key: '0/opened/0',
  cause: 'opened',
  severity: 'red',
  unitId: small.units.north,
  at: NOW,
  text: { nb: 'lav', en: 'low' },
});

const save = (...changes: (Partial<EpisodeChange> & Pick<EpisodeChange, 'episode'>)[]): Promise<number[]> =>
  inTransaction(db.database.dataSource, (tx) =>
    saveEpisodeChanges(
      tx,
      changes.map((change) => ({ patientId: change.episode.patientId, change: { steps: [], findings: [], notices: [], ...change } })),
      NOW,
    ),
  );

test('a new episode is stored with its history, finding, notice, covered domain and change', async () => {
  const { dataSource } = db.database;
  await saveFindings(dataSource.manager, [{ patientId: small.patients.first, finding: aFinding }], NOW);
  const steps = [{ at: NOW, kind: 'opened' as const, byPersonId: null, reason: { nb: 'åpnet', en: 'opened' } }];
  const [id] = await save({ episode: anEpisode(), steps, findings: [aFinding], notices: [aNotice()] });
  const stored = await readEpisodesForLook(dataSource.manager, [small.patients.first], NOW);
  expect(stored.get(small.patients.first)).toEqual([anEpisode({ id: id! })]);
  expect(await dataSource.query(`select patient_id, domain, episode_id::int from episode_domain`)).toEqual([
    { patient_id: small.patients.first, domain: 'respiratory', episode_id: id },
  ]);
  expect(await dataSource.query(`select episode_id::int, kind, reason_nb from episode_step`)).toEqual([
    { episode_id: id, kind: 'opened', reason_nb: 'åpnet' },
  ]);
  expect(await dataSource.query(`select episode_id::int from finding`)).toEqual([{ episode_id: id }]);
  expect(await dataSource.query(`select key, channel, sent_at, next_try_at from notice`)).toEqual([
    { key: `${id}/opened/0`, channel: 'worklist', sent_at: NOW, next_try_at: null },
  ]);
  expect(await readWorklistChanges(dataSource, 0, 10)).toMatchObject([
    { patientId: small.patients.first, episodeId: id, unitId: small.units.north, kind: 'opened' },
  ]);
});

test('a unit with a webhook gets a second row that waits for the sender', async () => {
  await db.database.dataSource.query(`update unit set webhook_url = 'http://127.0.0.1:9/x', webhook_secret = 's' where id = $1`, [
    small.units.north,
  ]);
  await save({ episode: anEpisode(), notices: [aNotice()] });
  const rows = await db.database.dataSource.query(`select channel, sent_at, next_try_at from notice order by channel`);
  await db.database.dataSource.query(`update unit set webhook_url = null, webhook_secret = null`);
  expect(rows).toEqual([
    { channel: 'webhook', sent_at: null, next_try_at: NOW },
    { channel: 'worklist', sent_at: NOW, next_try_at: null },
  ]);
});

test('many changes of many patients are stored at once, ids in the order given', async () => {
  const south = anEpisode({ patientId: small.patients.south, ownerUnitId: small.units.south });
  const [first, second] = await save({ episode: anEpisode() }, { episode: south });
  const acknowledged = anEpisode({ id: first!, version: 4, acknowledgedAt: NOW, acknowledgedByPersonId: small.people.nora });
  const ids = await save(
    { episode: anEpisode({ patientId: small.patients.second }) },
    { episode: acknowledged },
    { episode: { ...south, id: second!, version: 2 } },
  );
  expect(ids.slice(1)).toEqual([first, second]);
  const stored = await readEpisodesForLook(db.manager, Object.values(small.patients), NOW);
  expect(stored.get(small.patients.first)).toEqual([acknowledged]);
  expect(stored.size).toBe(3);
});

test('closing lets go of the domains, so that the next problem can open; reopening takes them again', async () => {
  const [id] = await save({ episode: anEpisode({ domains: ['respiratory', 'fluid'] }) });
  const closed = anEpisode({ id: id!, version: 2, closedAt: NOW, closedByPersonId: small.people.nora, outcome: 'admitted' });
  await save({ episode: closed });
  expect(await db.database.dataSource.query(`select * from episode_domain`)).toEqual([]);
  await save({ episode: anEpisode({ id: id!, version: 3, relapses: 1 }) });
  expect(await db.database.dataSource.query(`select domain from episode_domain`)).toEqual([{ domain: 'respiratory' }]);
});

test('a second open episode for the same problem cannot be stored', async () => {
  await save({ episode: anEpisode() });
  await expect(save({ episode: anEpisode() })).rejects.toThrow(/episode_domain_pkey/);
  expect(await db.database.dataSource.query(`select count(*)::int as n from episode`)).toEqual([{ n: 1 }]);
});

test('a change made on an older version is refused as a whole', async () => {
  const [id] = await save({ episode: anEpisode() });
  await save({ episode: anEpisode({ id: id!, version: 2 }) });
  const stale = save({ episode: anEpisode({ id: id!, version: 2 }) }, { episode: anEpisode({ patientId: small.patients.south }) });
  await expect(stale).rejects.toThrow(StaleEpisode);
  expect(await db.database.dataSource.query(`select count(*)::int as n from episode`)).toEqual([{ n: 1 }]);
});

test('a repeated notice is the same notice', async () => {
  const [id] = await save({ episode: anEpisode(), notices: [aNotice()] });
  await save({ episode: anEpisode({ id: id!, version: 2 }), notices: [{ ...aNotice(), key: `${id}/opened/0` }] });
  expect(await db.database.dataSource.query(`select count(*)::int as n from notice`)).toEqual([{ n: 1 }]);
});
