import type { AdviceDraft } from '@varde/look';
import { testDatabase } from '../../../../test/engine.js';
import { saveMeasurement, saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';
import { endWearer } from '../directory/wearers.js';
import { inTransaction } from '../server/in-transaction.js';
import { claimAdvice, readAdviceToSend, saveAdviceDelivered } from './home-advice-send.js';
import { readAdvice, readAdvised, saveAdvice, saveAdviceAnswers } from './home-advice.js';
import { readAstray, tellWhereMeasured } from './home-left.js';

const NOW = new Date('2026-03-02T08:00:00Z');
const minutes = (count: number): Date => new Date(NOW.getTime() + count * 60_000);
const DAY_MIN = 24 * 60;

const db = testDatabase();
let small: SmallCommunity;
let oximeterId: number;
let episodeId: number;
const query = <Row>(sql: string, values: unknown[] = []): Promise<Row[]> => db.database.dataSource.query(sql, values);
const measure = (at: Date, clientId: string): Promise<void> =>
  saveMeasurement(db.database.dataSource, { deviceId: oximeterId, patientId: small.patients.first, at, clientId });
const draft = (key: string, given: Partial<AdviceDraft> = {}): AdviceDraft => ({
  ...{
    key,
    kind: 'green',
    text: { nb: 'Les', en: 'Read' },
    answers: [],
    mustAnswer: false,
    ofUseUntil: minutes(DAY_MIN),
    measurementId: null,
  },
  ...given,
});
const tell = (said: AdviceDraft, at: Date): Promise<void> =>
  inTransaction(db.database.dataSource, (tx) => saveAdvice(tx, [{ patientId: small.patients.first, episodeId, draft: said }], at));
/** They measure through a gateway, and are looked at. */
const arrives = async (clientId: string, at: Date): Promise<void> => {
  await measure(at, clientId);
  await inTransaction(db.database.dataSource, async (tx) => tellWhereMeasured(tx, await readAstray(tx, [small.patients.first], at), at));
};
/** What is sent now, and confirmed. */
const send = async (at: Date): Promise<string[]> => {
  const due = await readAdviceToSend(db.manager, at, { since: null, afterId: 0, limit: 50 });
  await claimAdvice(
    db.manager,
    due.map(({ id }) => id),
    at,
    minutes(5 * DAY_MIN),
  );
  for (const each of due) await saveAdviceDelivered(db.manager, each, at);
  return due.map(({ kind, clientId, withdrawn }) => `${withdrawn ? 'not ' : ''}${kind} ${clientId}`);
};
const known = async () => (await readAdvised(db.manager, [small.patients.first], minutes(60))).get(small.patients.first) ?? [];
const stands = async () => (await known()).filter((each) => each.isWithdrawn !== true);

beforeAll(async () => {
  small = await saveSmallCommunity(db.database.dataSource);
});
beforeEach(async () => {
  for (const table of ['home_advice', 'episode_domain', 'episode', 'measurement', 'wearer', 'device']) await query(`delete from ${table}`);
  const patientId = small.patients.first;
  const [device] = await query<{ id: number }>(
    `insert into device (community_id, name, kind, registered_at) values ($1, 'OX-1', 'pulse-oximeter', $2) returning id`,
    [small.communityId, NOW],
  );
  oximeterId = device?.id ?? 0;
  await query(`insert into wearer (device_id, patient_id, from_at) values ($1, $2, $3)`, [oximeterId, patientId, minutes(-60)]);
  const [episode] = await query<{ id: string }>(
    `insert into episode (patient_id, domains, severity, signals, opened_at, last_signal_at, owner_unit_id, pathway_id, pathway_version,
       ladder_started_at, version)
     values ($1, '{respiratory}', 'red', '[]', $2, $2, $3, $4, 1, $2, 1) returning id`,
    [patientId, NOW, small.units.north, small.pathwayId],
  );
  episodeId = Number(episode?.id);
  await query(`insert into episode_domain values ($1, 'respiratory', $2)`, [patientId, episodeId]);
  await measure(minutes(-50), 'gw-second');
  await measure(minutes(-30), 'gw-first');
  await tell(draft('0/red/1/0', { kind: 'red', answers: ['seen', 'cannot'] }), NOW);
  expect(await send(NOW)).toEqual(['red gw-first']);
});

describe('of two gateways that take turns each is told once', () => {
  test('and it is the same advice that stands', async () => {
    await arrives('gw-second', minutes(5));
    expect(await send(minutes(6))).toEqual(['red gw-second']);
    for (const [turn, clientId] of ['gw-first', 'gw-second', 'gw-first', 'gw-second'].entries()) {
      await arrives(clientId, minutes(10 + 5 * turn));
      expect(await send(minutes(11 + 5 * turn))).toEqual([]);
      expect(await stands()).toHaveLength(1);
    }
    expect(await readAdvice(db.manager, small.patients.first)).toHaveLength(2);
    // Nothing has come through the first for a day: it goes from its screen.
    expect(await send(minutes(25 + DAY_MIN))).toEqual(['not red gw-first']);
  });

  test('until it is answered on either', async () => {
    await arrives('gw-second', minutes(5));
    await send(minutes(6));
    const [first] = await known();
    expect(first).toMatchObject({ isWithdrawn: true });
    const answered = { adviceId: first?.id ?? 0, episodeId, answer: 'cannot' as const, at: minutes(7) };
    await inTransaction(db.database.dataSource, (tx) => saveAdviceAnswers(tx, [answered], minutes(8)));
    expect(await stands()).toEqual([]);
    expect(await send(minutes(9))).toEqual(['not red gw-second']);
  });

  test('and goes from both when other advice takes its place', async () => {
    await arrives('gw-second', minutes(5));
    await send(minutes(6));
    const green = draft('0/green/2/0', { ofUseUntil: minutes(DAY_MIN) });
    await tell(green, minutes(7));
    expect(await send(minutes(8))).toEqual(['not red gw-first', 'not red gw-second', 'green gw-second']);
  });

  test('and again where it has been taken back', async () => {
    await arrives('gw-new', minutes(5));
    expect(await send(minutes(6))).toEqual(['not red gw-first', 'red gw-new']);
    await arrives('gw-first', minutes(10));
    expect(await send(minutes(11))).toEqual(['red gw-first']);
    await arrives('gw-new', minutes(15));
    expect(await send(minutes(16))).toEqual([]);
  });

  test('and is taken back from both when the device is', async () => {
    await arrives('gw-second', minutes(5));
    await send(minutes(6));
    const [wearer] = await query<{ id: number }>(`select id from wearer`);
    await endWearer(db.manager, wearer?.id ?? 0, minutes(7), minutes(7));
    expect(await send(minutes(8))).toEqual(['not red gw-first', 'not red gw-second']);
  });
});
