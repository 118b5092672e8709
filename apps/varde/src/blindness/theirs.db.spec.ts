import { inTransaction, readBlind, readTellContacts, saveBlind, saveContact, saveSeesAgain, saveTold } from '@varde/store';
import { testDatabase, testLog } from '../../../../test/engine.js';
import { anEpisode, saveAnEpisode, saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';
import type { Log } from '../log.js';
import { Remembered } from './remembered.js';
import { tellDue } from './tell-due.js';

const NOW = new Date('2026-03-02T08:00:00Z');
const seconds = (count: number): Date => new Date(NOW.getTime() + count * 1_000);
const log = testLog as unknown as Log;

const db = testDatabase();
const source = () => db.database.dataSource;
let small: SmallCommunity;
beforeAll(async () => {
  small = await saveSmallCommunity(source());
  const { first, second, south } = small.patients;
  for (const [place, patientId] of [first, first, second, south].entries()) {
    await source().query(
      `insert into reading (patient_id, metric, observed_at, measurement_id, value, received_at) values ($1, 'spo2', $2, $3, 95, $4)`,
      [patientId, seconds(30 + place), place + 1, seconds(130)],
    );
  }
  const episodeId = await saveAnEpisode(source(), anEpisode(small, NOW, { patientId: south, ownerUnitId: small.units.south }));
  await source().query(
    `insert into notice (episode_id, key, channel, cause, severity, unit_id, text_nb, text_en, queued_at, sent_at)
     values ($1, 'late', 'webhook', 'opened', 'red', $2, 'x', 'x', $3, $4)`,
    [episodeId, small.units.south, NOW, seconds(130)],
  );
  const { north, clinic } = small.units;
  for (const [unitId, address] of [
    [north, '+4790000001'],
    [small.units.south, '+4790000002'],
    [clinic, '+4790000003'],
  ] as const)
    await saveContact(db.manager, { unitId, personId: null, channel: 'sms', address, signingSecret: null }, null, NOW);
  // Else north's people would be those who run the service, and be told of all.
  await source().query(`delete from person_unit where person_id = $1`, [small.people.odd]);
});
beforeEach(() => source().query('delete from blindness'));

/** What each address was told when it was over, with the key of its message. */
async function toldOver(part: 'broker' | 'gateway', patientIds: readonly number[] = []): Promise<ReadonlyMap<string, readonly string[]>> {
  const { manager } = source();
  const noticed = { part, subject: '', why: 'silent', since: NOW, patientIds } as const;
  await inTransaction(source(), (tx) => saveBlind(tx, noticed, NOW));
  const ids = (await readBlind(manager)).map(({ id }) => id);
  await saveTold(manager, ids, NOW, null);
  await inTransaction(source(), (tx) => saveSeesAgain(tx, ids, seconds(120), seconds(140)));
  const remembered = new Remembered('unused', 'unused', log);
  Object.assign(remembered, { contacts: await readTellContacts(manager, NOW) });
  const said = new Map<string, string[]>();
  const always = [{ channel: 'email' as const, address: 'drift@example.no', signingSecret: null }];
  const courier = (to: { address: string }, { text, key }: { text: { en: string }; key: string }): Promise<null> => {
    said.set(to.address, [text.en, key]);
    return Promise.resolve(null);
  };
  await tellDue({ database: db.database, remembered, always, courier, player: { process: 'front', host: 'one' }, log }, seconds(140));
  return said;
}

test('when Varde sees again each unit is told of what is theirs, and who runs the service of all', async () => {
  const said = await toldOver('broker');
  const lateOf = (address: string): string | undefined => /Late: [^;]*/.exec(said.get(address)?.[0] ?? '')?.[0];
  expect(lateOf('drift@example.no')).toBe('Late: 4 readings, 0 patients judged, 1 notices');
  expect(lateOf('+4790000001')).toBe('Late: 3 readings, 0 patients judged, 0 notices');
  expect(lateOf('+4790000002')).toBe('Late: 1 readings, 0 patients judged, 1 notices');
  expect(lateOf('+4790000003')).toBe('Late: 2 readings, 0 patients judged, 0 notices');
  // Another text is another message.
  expect(new Set([...said.values()].map(([, key]) => key)).size).toBe(4);
});

test('of a gateway nobody is told of notices about others', async () => {
  const said = await toldOver('gateway', [small.patients.first]);
  expect(said.get('drift@example.no')?.[0]).toContain('Late: 2 readings, 0 patients judged, 0 notices');
});
