import { setTimeout as wait } from 'node:timers/promises';
import { inTransaction, readBlind, readTellContacts, saveAllBlind, saveContact, saveSeesAgain, saveTold, type Noticed } from '@varde/store';
import pg from 'pg';
import { testDatabase, testLog } from '../../../../test/engine.js';
import { anEpisode, saveAnEpisode, saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';
import type { Log } from '../log.js';
import { Remembered } from './remembered.js';
import { tellOverDue, type TellParts } from './tell-due.js';
import type { BlindMessage, Courier } from './teller.js';

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

/** Told as blind, and seen again: to be told as over. Answers their ids. */
async function endAll(noticed: readonly Noticed[]): Promise<number[]> {
  const { manager } = source();
  await inTransaction(source(), (tx) =>
    saveAllBlind(
      tx,
      noticed.map((each) => ({ ...each, tellAt: NOW })),
      NOW,
    ),
  );
  const ids = (await readBlind(manager)).map(({ id }) => id);
  await saveTold(manager, ids, NOW, null);
  await inTransaction(source(), (tx) => saveSeesAgain(tx, ids, seconds(120), seconds(140)));
  return ids;
}

const always = [{ channel: 'email' as const, address: 'drift@example.no', signingSecret: null }];

async function partsOf(courier: Courier): Promise<TellParts> {
  const remembered = new Remembered('unused', 'unused', log);
  Object.assign(remembered, { contacts: await readTellContacts(source().manager, NOW) });
  return { database: db.database, remembered, always, courier, player: { process: 'front', host: 'one' }, log };
}

/** What each address was told when it was over, with the key of its message. */
async function toldOver(part: 'broker' | 'gateway', patientIds: readonly number[] = []): Promise<ReadonlyMap<string, readonly string[]>> {
  await endAll([{ part, subject: '', why: 'silent', since: NOW, patientIds }]);
  const said = new Map<string, string[]>();
  const parts = await partsOf((to, { text, key }) => {
    said.set(to.address, [text.en, key]);
    return Promise.resolve(null);
  });
  await tellOverDue(parts, seconds(140));
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

/** A gateway of each of these patients, gone for two minutes; of these units. */
const valley = (count: number, unitIds: readonly number[], patientId: number): Noticed[] =>
  Array.from({ length: count }, (_, nth) => ({
    ...({
      part: 'gateway',
      subject: `liten/gw-${unitIds.join('-')}-${nth}`,
      why: 'silent',
      since: NOW,
      unitIds,
      patientIds: [patientId],
    } as const),
  }));

test('a valley that is back is one message, counted in one question, and names a few of its gateways', async () => {
  const ids = await endAll(valley(300, [small.units.north], small.patients.first));
  const said = new Map<string, BlindMessage[]>();
  const parts = await partsOf((to, message) => {
    said.set(to.address, [...(said.get(to.address) ?? []), message]);
    return Promise.resolve(null);
  });
  const asked = jest.spyOn(pg.Client.prototype, 'query');
  await tellOverDue(parts, seconds(140));
  const statements = asked.mock.calls.length;
  asked.mockRestore();
  expect([...said].map(([address, messages]) => [address, messages.length]).sort()).toEqual([
    ['+4790000001', 1],
    ['drift@example.no', 1],
  ]);
  const [message] = said.get('drift@example.no') ?? [];
  expect(message?.text.en).toContain('Away: the gateways of 300 homes from 09:00 to 09:02. Late: 2 readings,');
  expect(message?.facts).toMatchObject({ blind: expect.arrayContaining([expect.objectContaining({ part: 'gateway' })]), gateways: 300 });
  expect(JSON.stringify(message?.facts).length).toBeLessThan(20_000);
  expect(statements).toBeLessThan(10);
  const saved = await source().query(
    `select count(*)::integer as n, max(caught_up->>'readingsLate') as late from blindness where id = any($1) and over_told_at is not null`,
    [ids],
  );
  expect(saved).toEqual([{ n: 300, late: '2' }]);
});

test('what one address does not take holds up nothing that others are told, nor that it is written down', async () => {
  const { north, south } = small.units;
  await source().query(`update contact set address = 'never' where unit_id = $1`, [south]);
  await endAll([...valley(2, [north], small.patients.first), ...valley(2, [south], small.patients.south)]);
  let answer: (fault: null) => void = () => undefined;
  const hanging = new Promise<null>((resolve) => (answer = resolve));
  const telling = tellOverDue(await partsOf((to) => (to.address === 'never' ? hanging : Promise.resolve(null))), seconds(140));
  const told = (): Promise<{ unit_id: number }[]> =>
    source().query('select distinct unit_ids[1] as unit_id from blindness where over_told_at is not null order by 1');
  for (let tries = 0; (await told()).length === 0 && tries < 50; tries++) await wait(100);
  expect(await told()).toEqual([{ unit_id: north }]);
  answer(null);
  await telling;
  expect(await told()).toHaveLength(2);
});
