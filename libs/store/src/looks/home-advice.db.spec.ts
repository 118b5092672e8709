import type { AdviceDraft } from '@varde/look';
import { testDatabase } from '../../../../test/engine.js';
import { saveMeasurement, saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';
import { endMonitoring } from '../directory/patients.js';
import { endWearer, saveWearer } from '../directory/wearers.js';
import { readGatewayPatients } from '../server/gone-gateways.js';
import { trimExpired } from '../server/housekeeping.js';
import { inTransaction } from '../server/in-transaction.js';
import { readContacts } from './contact.js';
import { claimAdvice, readAdviceToSend, saveAdviceFailed } from './home-advice-send.js';
import { readAsksToSend } from './home-asks.js';
import { readAdvice, readAdvised, saveAdvice, saveAdviceAnswers } from './home-advice.js';
import { readAstray, tellWhereMeasured } from './home-left.js';

const NOW = new Date('2026-03-02T08:00:00Z');
const minutes = (count: number): Date => new Date(NOW.getTime() + count * 60_000);
const DAY_MIN = 24 * 60;

const db = testDatabase();
let small: SmallCommunity;
beforeAll(async () => {
  small = await saveSmallCommunity(db.database.dataSource);
});
beforeEach(async () => {
  for (const table of ['home_advice', 'episode_domain', 'episode', 'home_ask', 'measurement', 'wearer', 'device', 'gateway'])
    await query(`delete from ${table}`);
});

const query = <Row>(sql: string, values: unknown[] = []): Promise<Row[]> => db.database.dataSource.query(sql, values);
const wear = (deviceId: number, patientId: number, from: Date, to: Date | null = null): Promise<unknown> =>
  query(`insert into wearer (device_id, patient_id, from_at, to_at) values ($1, $2, $3, $4)`, [deviceId, patientId, from, to]);
const measure = (deviceId: number, patientId: number, at: Date, clientId: string): Promise<void> =>
  saveMeasurement(db.database.dataSource, { deviceId, patientId, at, clientId });
async function device(name: string): Promise<number> {
  const [row] = await query<{ id: number }>(
    `insert into device (community_id, name, kind, registered_at) values ($1, $2, 'pulse-oximeter', $3) returning id`,
    [small.communityId, name, NOW],
  );
  return row?.id ?? 0;
}

const draft = (key: string, given: Partial<AdviceDraft> = {}): AdviceDraft => ({
  ...{ key, kind: key.startsWith('help/') ? 'did_it_help' : 'green', text: { nb: 'Les', en: 'Read' }, answers: [], mustAnswer: false },
  ...{ ofUseUntil: minutes(DAY_MIN), measurementId: null },
  ...given,
});
const advise = (key: string, at: Date): Promise<void> =>
  inTransaction(db.database.dataSource, (tx) =>
    saveAdvice(tx, [{ patientId: small.patients.first, episodeId: null, draft: draft(key) }], at),
  );
/** Whether each still stands, by key. */
const standing = async (): Promise<Record<string, boolean>> =>
  Object.fromEntries(
    (await query<{ key: string; stands: boolean }>(`select key, withdrawn_at is null as stands from home_advice order by key`)).map(
      ({ key, stands }) => [key, stands],
    ),
  );
const due = async (at: Date) =>
  (await readAdviceToSend(db.manager, at, { since: null, afterId: 0, limit: 50 })).map(({ id, clientId, kind }) => ({
    id,
    clientId,
    kind,
  }));
/** A home with a gateway, that the first patient measures through. */
async function home(): Promise<void> {
  const id = await device('OX-1');
  await wear(id, small.patients.first, minutes(-60));
  await measure(id, small.patients.first, minutes(-30), 'gw-first');
}

/** An open episode of the first patient. */
async function openEpisode(): Promise<number> {
  const patientId = small.patients.first;
  const [row] = await query<{ id: string }>(
    `insert into episode (patient_id, domains, severity, signals, opened_at, last_signal_at, owner_unit_id, pathway_id, pathway_version,
       ladder_started_at, version)
     values ($1, '{respiratory}', 'yellow', '[]', $2, $2, $3, $4, 1, $2, 1) returning id`,
    [patientId, NOW, small.units.north, small.pathwayId],
  );
  const episodeId = Number(row?.id);
  await query(`insert into episode_domain values ($1, 'respiratory', $2)`, [patientId, episodeId]);
  return episodeId;
}

test('a device that another patient measured with does not bring advice to that home', async () => {
  const id = await device('OX-1');
  await wear(id, small.patients.second, minutes(-600), minutes(-60));
  await wear(id, small.patients.first, minutes(-60));
  await measure(id, small.patients.first, minutes(-700), 'gw-first');
  await measure(id, small.patients.second, minutes(-120), 'gw-second');
  await query(
    `insert into gateway (community_id, client_id, online, status, status_at)
     values ($1, 'gw-second', true, '{}', $2), ($1, 'gw-first', false, '{}', $2)`,
    [small.communityId, NOW],
  );
  await advise('pause/1/began', NOW);
  expect((await due(NOW)).map(({ clientId }) => clientId)).toEqual(['gw-first']);
  const contact = (await readContacts(db.manager, [small.patients.first], NOW)).get(small.patients.first);
  expect(contact?.devices.map(({ gateway }) => gateway?.isOnline)).toEqual([false]);

  await query('delete from home_advice');
  await query('delete from measurement where patient_id = $1', [small.patients.first]);
  await advise('pause/1/began', NOW);
  expect(await readAdvice(db.manager, small.patients.first)).toMatchObject([{ hasGateway: false }]);
});

const LONG_AGO = minutes(-300 * DAY_MIN);

test.each([
  ['an act without a time', `gateway:${LONG_AGO.toISOString()}`, '2026-03-02T08:30:00'],
  ['an act of a clock that was years ahead', '2029-01-01T00:00:00', '2026-03-02T08:30:00'],
  ['acts with a time, before the device lost its clock', '2025-05-06T08:30:00', `gateway:${minutes(-30).toISOString()}`],
  ['acts of a clock that is years ahead all the time', '2029-01-01T00:00:00', '2029-10-28T00:00:00'],
  ['a record of a memory without a time', 'memory', `gateway:${minutes(-30).toISOString()}`],
  ['an earlier record of a memory without a time', 'memory', 'memory'],
])('%s does not lead to the gateway that it came through long ago', async (_, old, since) => {
  const id = await device('OX-1');
  await wear(id, small.patients.first, minutes(-400 * DAY_MIN));
  await measure(id, small.patients.first, LONG_AGO, 'gw-old');
  await measure(id, small.patients.first, minutes(-30), 'gw-new');
  await query(`update measurement set printed = case client_id when 'gw-old' then $1 else $2 end, occurrence = client_id`, [old, since]);
  await query(
    `insert into gateway (community_id, client_id, online, status, status_at)
     values ($1, 'gw-old', true, '{}', $2), ($1, 'gw-new', false, '{}', $2)`,
    [small.communityId, NOW],
  );
  await advise('pause/1/began', NOW);
  expect((await due(NOW)).map(({ clientId }) => clientId)).toEqual(['gw-new']);
  const contact = (await readContacts(db.manager, [small.patients.first], NOW)).get(small.patients.first);
  expect(contact?.devices.map(({ gateway }) => gateway?.isOnline)).toEqual([false]);
  const touched = await readGatewayPatients(db.manager, ['liten/gw-old', 'liten/gw-new'], NOW);
  expect(touched.map(({ subject }) => subject)).toEqual(['liten/gw-new']);

  const patientId = small.patients.first;
  const told = { patientId, episodeId: await openEpisode(), draft: draft('0/emergency') };
  await inTransaction(db.database.dataSource, (tx) => saveAdvice(tx, [told], NOW));
  await query(`update home_advice set client_id = 'gw-old' where episode_id is not null`);
  expect(await readAstray(db.manager, [patientId], NOW)).toEqual([patientId]);
  await inTransaction(db.database.dataSource, (tx) => tellWhereMeasured(tx, [patientId], NOW));
  const stands = await query(`select client_id from home_advice where episode_id is not null and withdrawn_at is null`);
  expect(stands).toEqual([{ client_id: 'gw-new' }]);
});

test('a question and a pause do not take the place of each other, nor does what was told before', async () => {
  await home();
  await advise('help/1', NOW);
  await advise('pause/1/began', minutes(1));
  expect(await standing()).toEqual({ 'help/1': true, 'pause/1/began': true });
  for (let look = 2; look < 5; look++) await advise('help/1', minutes(look));
  expect(await standing()).toEqual({ 'help/1': true, 'pause/1/began': true });
  await advise('help/2', minutes(5));
  await advise('pause/1/ends_soon', minutes(5));
  expect(await standing()).toEqual({ 'help/1': false, 'help/2': true, 'pause/1/began': false, 'pause/1/ends_soon': true });
  // The older one again, as a look that knows of nothing withdrawn would ask it.
  await advise('help/1', minutes(6));
  expect(await standing()).toEqual({ 'help/1': false, 'help/2': true, 'pause/1/began': false, 'pause/1/ends_soon': true });
});

test('a question that was sent and withdrawn is not sent again; a message is taken back', async () => {
  await home();
  await advise('help/1', NOW);
  await advise('pause/1/began', NOW);
  const sent = (await due(NOW)).map(({ id }) => id);
  expect(await claimAdvice(db.manager, sent, NOW, minutes(1))).toHaveLength(2);
  await advise('help/2', minutes(2));
  await advise('pause/1/ends_soon', minutes(2));
  await query(`update home_advice set next_try_at = null where withdrawn_at is null`);
  expect((await due(minutes(3))).map(({ kind }) => kind)).toEqual(['green']);
  // A sender that had them in hand meanwhile.
  await saveAdviceFailed(db.manager, sent, minutes(4));
  expect((await due(minutes(5))).map(({ kind }) => kind)).toEqual(['green']);
});

describe('whoever has the gateway next is told nothing', () => {
  const asks = async (at: Date) =>
    (await readAsksToSend(db.manager, at, { since: null, afterId: 0, limit: 50 })).map(({ deviceName }) => deviceName);
  const ask = (name: string) =>
    query(
      `insert into home_ask (patient_id, key, community_id, client_id, device_name, metrics, rest_minutes, times, text_nb, text_en, asked_at,
         answer_by, next_try_at) values ($1, $2, $3, 'gw-first', $2, '{spo2}', 5, 1, 'Mål', 'Measure', $4, $5, $4)`,
      [small.patients.first, name, small.communityId, NOW, minutes(60)],
    );
  const wearerOf = async (deviceId: number): Promise<number> =>
    (await query<{ id: number }>(`select id from wearer where device_id = $1`, [deviceId]))[0]?.id ?? 0;
  const second = async (clientId: string): Promise<number> => {
    const id = await device('OX-2');
    await wear(id, small.patients.first, minutes(-60));
    await measure(id, small.patients.first, minutes(-20), clientId);
    return id;
  };
  beforeEach(async () => {
    await home();
    await advise('pause/1/began', NOW);
    await ask('OX-1');
    expect([(await due(NOW)).length, await asks(NOW)]).toEqual([1, ['OX-1']]);
  });
  afterEach(() => query(`update patient set monitored_to = null`));

  test('when the follow-up has ended', async () => {
    await endMonitoring(db.manager, small.patients.first, minutes(1));
    expect([await due(minutes(2)), await asks(minutes(2))]).toEqual([[], []]);
    expect(await standing()).toEqual({ 'pause/1/began': false });
  });

  test('when the device was taken back; what was on the screen goes from it', async () => {
    const [sent] = await due(NOW);
    await claimAdvice(db.manager, [sent?.id ?? 0], NOW, minutes(1));
    const [row] = await query<{ id: number }>(`select device_id as id from wearer`);
    await endWearer(db.manager, await wearerOf(row?.id ?? 0), minutes(1), minutes(1));
    expect((await readAdviceToSend(db.manager, minutes(2), { since: null, afterId: 0, limit: 50 })).map((each) => each.withdrawn)).toEqual([
      true,
    ]);
    expect(await asks(minutes(2))).toEqual([]);
  });

  test('except what another device of the patient still leads to', async () => {
    const other = await second('gw-first');
    await ask('OX-2');
    await endWearer(db.manager, (await wearerOf(other)) - 1, minutes(1), minutes(1));
    expect([(await due(minutes(2))).map(({ clientId }) => clientId), await asks(minutes(2))]).toEqual([['gw-first'], ['OX-2']]);
    await endWearer(db.manager, await wearerOf(other), minutes(3), minutes(3));
    expect([await due(minutes(4)), await asks(minutes(4))]).toEqual([[], []]);
  });
});

describe('what stands of an open episode is told anew when the device is changed', () => {
  let episodeId: number;
  const running = (name: string) =>
    query<{ id: number }>(`select w.id from wearer w join device d on d.id = w.device_id where d.name = $1 and to_at is null`, [name]);
  const takeBack = async (name: string, at: Date): Promise<void> => {
    const [wearer] = await running(name);
    await endWearer(db.manager, wearer?.id ?? 0, at, at);
  };
  const deviceId = async (name: string): Promise<number> =>
    (await query<{ id: number }>(`select id from device where name = $1`, [name]))[0]?.id ?? device(name);
  const give = async (name: string, at: Date, patientId = small.patients.first): Promise<number> => {
    const id = await deviceId(name);
    await saveWearer(db.manager, { deviceId: id, userSlot: null, patientId, from: at }, at);
    return id;
  };
  /** What would be sent now, to where it is answered. */
  const sends = async (at: Date) =>
    (await readAdviceToSend(db.manager, at, { since: null, afterId: 0, limit: 50 })).map(
      ({ kind, clientId, deviceName, withdrawn }) => `${withdrawn ? 'not ' : ''}${kind} ${clientId} ${deviceName}`,
    );
  beforeEach(async () => {
    await home();
    episodeId = await openEpisode();
    const red = draft('0/red/1/0', { kind: 'red', answers: ['seen', 'cannot'], ofUseUntil: minutes(DAY_MIN) });
    await inTransaction(db.database.dataSource, (tx) => saveAdvice(tx, [{ patientId: small.patients.first, episodeId, draft: red }], NOW));
    const sent = (await due(NOW)).map(({ id }) => id);
    await claimAdvice(db.manager, sent, NOW, minutes(1));
  });
  afterEach(async () => {
    await query(`update patient set monitored_to = null`);
    await query(`delete from home_advice`);
    await query(`delete from episode_domain`);
    await query(`delete from episode`);
  });

  /** They measure with what they were given, and are looked at. */
  const arrives = async (name: string, clientId: string, at: Date): Promise<void> => {
    await measure(await deviceId(name), small.patients.first, at, clientId);
    await inTransaction(db.database.dataSource, async (tx) =>
      tellWhereMeasured(tx, await readAstray(tx, [small.patients.first, small.patients.second], at), at),
    );
  };

  test('the new one given first', async () => {
    await give('OX-2', minutes(1));
    await takeBack('OX-1', minutes(2));
    expect(await sends(minutes(3))).toEqual(['not red gw-first OX-1']);
    await arrives('OX-2', 'gw-second', minutes(4));
    expect(await sends(minutes(5))).toEqual(['not red gw-first OX-1', 'red gw-second OX-2']);
    const advised = (await readAdvised(db.manager, [small.patients.first], minutes(5))).get(small.patients.first);
    expect(advised).toMatchObject([
      { kind: 'red', episodeId, isWithdrawn: true },
      { kind: 'red', episodeId, at: NOW },
    ]);
    expect(await readAdvice(db.manager, small.patients.first)).toMatchObject([{ kind: 'red', text: { nb: 'Les' }, hasGateway: true }, {}]);
  });

  test('the old one taken back first: it is known that there is no way until there is one', async () => {
    await takeBack('OX-1', minutes(1));
    await give('OX-2', minutes(3));
    expect(await sends(minutes(4))).toEqual(['not red gw-first OX-1']);
    expect(await readAdvice(db.manager, small.patients.first)).toMatchObject([{ withdrawnAt: null, hasGateway: false }, {}]);
    await arrives('OX-2', 'gw-first', minutes(5));
    expect(await sends(minutes(6))).toEqual(['not red gw-first OX-1', 'red gw-first OX-2']);
    await give('OX-3', minutes(7));
    await arrives('OX-2', 'gw-first', minutes(8));
    expect(await sends(minutes(9))).toHaveLength(2);
  });

  test('where the patient measures when only the gateway is changed', async () => {
    await arrives('OX-1', 'gw-new', minutes(1));
    expect(await sends(minutes(2))).toEqual(['not red gw-first OX-1', 'red gw-new OX-1']);
    await arrives('OX-1', 'gw-new', minutes(3));
    expect(await sends(minutes(4))).toHaveLength(2);
  });

  test('not for a value from before that comes through the old gateway', async () => {
    await measure(await deviceId('OX-1'), small.patients.first, minutes(-40), 'gw-before');
    await arrives('OX-1', 'gw-before', minutes(-35));
    expect(await sends(minutes(1))).toEqual(['red gw-first OX-1']);
  });

  test('where the patient measures now, and on a device that is theirs', async () => {
    const other = await give('OX-2', minutes(1));
    await measure(other, small.patients.first, minutes(2), 'gw-new');
    await takeBack('OX-1', minutes(3));
    expect(await sends(minutes(4))).toEqual(['not red gw-first OX-1', 'red gw-new OX-2']);
    const third = await give('OX-3', minutes(6));
    await measure(third, small.patients.first, minutes(7), 'gw-new');
    await takeBack('OX-2', minutes(8));
    expect(await sends(minutes(9))).toContain('red gw-new OX-3');
  });

  test('not what is over', async () => {
    await query(`update episode set closed_at = $1, outcome = 'settled'`, [minutes(1)]);
    await give('OX-2', minutes(1));
    await takeBack('OX-1', minutes(2));
    expect(await sends(minutes(3))).toEqual(['not red gw-first OX-1']);
  });

  test('not when the follow-up has ended', async () => {
    await endMonitoring(db.manager, small.patients.first, minutes(1));
    expect(await sends(minutes(2))).toEqual(['not red gw-first OX-1']);
    expect(await readAdvice(db.manager, small.patients.first)).toHaveLength(1);
  });

  test('not to a gateway that has gone on to somebody else with the device', async () => {
    await give('OX-2', minutes(1));
    await takeBack('OX-1', minutes(2));
    await give('OX-1', minutes(3), small.patients.second);
    expect(await sends(minutes(4))).toEqual(['not red gw-first OX-1']);
    await give('OX-3', minutes(5));
    expect(await sends(minutes(6))).toEqual(['not red gw-first OX-1']);
    expect(await readAdvice(db.manager, small.patients.first)).toMatchObject([{ withdrawnAt: null, hasGateway: false }, {}]);
    await arrives('OX-3', 'gw-new', minutes(7));
    expect(await sends(minutes(8))).toEqual(['not red gw-first OX-1', 'red gw-new OX-3']);
  });
});

test('a yellow and a call for 113 are known while the episode is open, also once they are answered; a red is not', async () => {
  const patientId = small.patients.first;
  const episodeId = await openEpisode();
  const known = async () =>
    ((await readAdvised(db.manager, [patientId], minutes(9))).get(patientId) ?? []).map(({ key, answer, isWithdrawn }) => ({
      ...{ kind: key.split('/')[1], answer, isWithdrawn },
    }));
  for (const kind of ['yellow', 'red', 'critical', 'yellow'] as const) {
    const next = draft(`0/${kind}/${(await known()).length}/0`, { kind });
    await inTransaction(db.database.dataSource, (tx) => saveAdvice(tx, [{ patientId, episodeId, draft: next }], minutes(1)));
  }
  const said = (await readAdvised(db.manager, [patientId], minutes(9))).get(patientId) ?? [];
  expect(said.map(({ at }) => at)).toEqual([minutes(1), minutes(1), minutes(1), minutes(1)]);
  const ids = said.map(({ id }) => id);
  await inTransaction(db.database.dataSource, (tx) =>
    saveAdviceAnswers(
      tx,
      ids.slice(1).map((adviceId) => ({ adviceId, episodeId, answer: 'cannot', at: minutes(2) })),
      minutes(2),
    ),
  );
  expect(await known()).toEqual([
    { kind: 'yellow', isWithdrawn: true },
    { kind: 'critical', answer: 'cannot', isWithdrawn: true },
    { kind: 'yellow', answer: 'cannot' },
  ]);
  await query(`delete from episode_domain where episode_id = $1`, [episodeId]);
  expect(await known()).toEqual([]);
});

test('what is of use no more, and what was withdrawn a week ago, does not stay due', async () => {
  await home();
  const quiet = async (at: Date): Promise<string[]> => {
    await trimExpired(db.database.dataSource, at);
    return (await query<{ key: string }>(`select key from home_advice where next_try_at is null order by key`)).map(({ key }) => key);
  };
  await advise('pause/1/began', NOW);
  const sent = (await due(NOW)).map(({ id }) => id);
  await claimAdvice(db.manager, sent, NOW, minutes(1));
  await advise('pause/1/ends_soon', minutes(2));
  expect(await quiet(minutes(DAY_MIN - 1))).toEqual([]);
  expect(await quiet(minutes(DAY_MIN))).toEqual(['pause/1/ends_soon']);
  expect(await quiet(minutes(7 * DAY_MIN + 1))).toEqual(['pause/1/ends_soon']);
  expect(await quiet(minutes(7 * DAY_MIN + 2))).toEqual(['pause/1/began', 'pause/1/ends_soon']);
});
