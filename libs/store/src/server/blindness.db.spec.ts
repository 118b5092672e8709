import {
  claimSelfTest,
  claimTellings,
  inTransaction,
  readBeats,
  readBlind,
  readGatewayPatients,
  readGoneGateways,
  readTellContacts,
  retirePart,
  saveAllBlind,
  saveBlind,
  saveBlindDetail,
  saveBrokerStarted,
  saveConnectionNews,
  saveDatabaseWasAway,
  saveGoodbye,
  saveHeartbeats,
  saveNotTold,
  saveOverTold,
  saveSeesAgain,
  saveSelfTest,
  saveTold,
  worklistStaleSince,
  type Beat,
  type Blindness,
  type ConnectionNews,
  type Noticed,
} from '../index.js';
import { openTestDatabase, type TestDatabase } from '../../../../test/engine.js';
import { saveMeasurement, saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';

const NOW = new Date('2026-03-02T08:00:00Z');
const seconds = (count: number): Date => new Date(NOW.getTime() + count * 1_000);
const FRONT = { process: 'front', host: 'one' };
const beat = (part: Beat['part'], given: Partial<Beat> = {}): Beat => ({ part, workedAgoMs: 0, lateForMs: null, ...given });

let db: TestDatabase;
let small: SmallCommunity;
beforeAll(async () => {
  db = await openTestDatabase();
  small = await saveSmallCommunity(db.database.dataSource);
});
afterAll(() => db.close());
beforeEach(async () => {
  for (const table of ['blindness', 'heartbeat', 'outage', 'worklist_change', 'gateway']) await query(`delete from ${table}`);
});

const source = () => db.database.dataSource;
const manager = () => source().manager;
const query = <Row>(sql: string, values: unknown[] = []): Promise<Row[]> => source().query(sql, values);
const notice = (noticed: Partial<Noticed>, at = NOW, tellAt?: Date | null): Promise<boolean> =>
  inTransaction(source(), (tx) => saveBlind(tx, { part: 'watch', subject: '', why: 'silent', since: at, ...noticed }, at, tellAt));
const over = async (at: Date, tellAt: Date): Promise<void> => {
  const ids = (await readBlind(manager())).map(({ id }) => id);
  await inTransaction(source(), (tx) => saveSeesAgain(tx, ids, at, tellAt));
};

/** Takes what is due to be told, as blind or as over. */
const claim = async (at: Date): Promise<Blindness[]> => [
  ...(await claimTellings(manager(), 'blind', at, 60_000)),
  ...(await claimTellings(manager(), 'over', at, 60_000)),
];

describe('what of a part is late', () => {
  test('comes with its beat, and is kept with what is blind as it changes', async () => {
    await saveHeartbeats(source(), FRONT, [beat('notices', { lateForMs: 70_000, lateWhat: 'sms' }), beat('watch')], null);
    expect((await readBeats(manager())).beats.map(({ part, lateWhat }) => [part, lateWhat])).toEqual([
      ['notices', 'sms'],
      ['watch', null],
    ]);
    await saveHeartbeats(source(), FRONT, [beat('notices')], null);
    expect((await readBeats(manager())).beats[0]?.lateWhat).toBeNull();
    await notice({ part: 'notices', why: 'late', detail: 'sms' });
    const [row] = await readBlind(manager());
    await saveBlindDetail(manager(), row?.id ?? 0, 'sms,email');
    expect((await readBlind(manager()))[0]?.detail).toBe('sms,email');
  });
});

describe('beats', () => {
  test('each process says of each part when it worked and since when work waits, by the clock of the database', async () => {
    await saveHeartbeats(source(), FRONT, [beat('ingest', { workedAgoMs: 2_000, lateForMs: 70_000 }), beat('broker')], null);
    const { beats, now } = await readBeats(manager());
    const ages = beats.map(({ part, at, lateSince }) => [
      part,
      now.getTime() - at.getTime(),
      lateSince && now.getTime() - lateSince.getTime(),
    ]);
    expect(ages).toEqual([
      ['broker', expect.any(Number), null],
      ['ingest', expect.any(Number), expect.any(Number)],
    ]);
    expect(Number(ages[1]?.[1])).toBeGreaterThanOrEqual(2_000);
    expect(Number(ages[1]?.[2])).toBeGreaterThanOrEqual(70_000);
  });

  test('a goodbye stands until the process beats again, and a part can be retired', async () => {
    await saveHeartbeats(source(), FRONT, [beat('watch')], null);
    await saveGoodbye(source(), FRONT.process);
    expect((await readBeats(manager())).beats).toMatchObject([{ leftAt: expect.any(Date) as Date }]);
    await saveHeartbeats(source(), FRONT, [beat('watch')], null);
    expect((await readBeats(manager())).beats).toMatchObject([{ leftAt: null }]);
    expect([await retirePart(manager(), 'watch'), await retirePart(manager(), 'watch')]).toEqual([true, false]);
    expect((await readBeats(manager())).beats).toEqual([]);
  });
});

test('a part that is retired is blind no more, also when it is found blind a last time; nobody is told', async () => {
  await saveHeartbeats(source(), FRONT, [beat('homes')], null);
  await notice({ part: 'homes' });
  await notice({ part: 'watch' });
  expect(await retirePart(manager(), 'homes')).toBe(true);
  await notice({ part: 'homes' });
  expect([await retirePart(manager(), 'homes'), await retirePart(manager(), 'homes')]).toEqual([true, false]);
  expect(await readBlind(manager())).toMatchObject([{ part: 'watch' }]);
  expect(await claim(new Date())).toMatchObject([{ part: 'watch' }]);
});

describe('a clock of the database that is set back', () => {
  const beatAt = async (at: Date): Promise<Date | undefined> => {
    await saveHeartbeats(source(), FRONT, [beat('watch')], at);
    return (await query<{ at: Date }>('select at from heartbeat'))[0]?.at;
  };

  test('makes no beat stand still', async () => {
    expect(await beatAt(NOW)).toEqual(NOW);
    expect(await beatAt(seconds(-30))).toEqual(seconds(-30));
    expect(await beatAt(seconds(-25))).toEqual(seconds(-25));
    expect(await query('select from outage')).toEqual([]);
  });

  test('is not what a beat is that was a little slower', async () => {
    await beatAt(NOW);
    expect([await beatAt(seconds(-5)), await beatAt(seconds(-1)), await beatAt(seconds(1))]).toEqual([NOW, NOW, seconds(1)]);
  });
});

describe('what is blind', () => {
  test('is one row, however many notice it, until it sees again', async () => {
    expect([await notice({}), await notice({}, seconds(5)), await notice({ part: 'broker' }, seconds(5))]).toEqual([true, false, true]);
    expect(await readBlind(manager())).toMatchObject([{ part: 'watch', since: NOW }, { part: 'broker' }]);
    await over(seconds(60), seconds(80));
    expect(await readBlind(manager())).toEqual([]);
    expect(await notice({}, seconds(90))).toBe(true);
  });

  test('is told by one teller at a time, again when nobody was reached or an hour has passed', async () => {
    await notice({});
    const [first] = await claim(NOW);
    expect(first).toMatchObject({ part: 'watch', to: null });
    expect(await claim(seconds(59))).toEqual([]);
    const ids = [first?.id ?? 0];
    await saveNotTold(manager(), ids, seconds(10));
    expect(await claim(seconds(10))).toHaveLength(1);
    await saveTold(manager(), ids, seconds(12), seconds(3_612));
    expect(await claim(seconds(3_000))).toEqual([]);
    expect(await claim(seconds(3_612))).toHaveLength(1);
  });

  test('is told as over only to those who were told of it, also when it ended while it was told', async () => {
    await notice({});
    await over(seconds(5), seconds(25));
    expect(await claim(seconds(60))).toEqual([]);
    await notice({}, seconds(100));
    const [claimed] = await claim(seconds(100));
    await over(seconds(101), seconds(121));
    await saveTold(manager(), [claimed?.id ?? 0], seconds(102), seconds(4_000));
    const [ended] = await claim(seconds(102));
    expect(ended).toMatchObject({ to: seconds(101) });
    await saveOverTold(manager(), [ended?.id ?? 0], seconds(103), {
      ...{ readingsLate: 1, patientsLate: 2, noticesLate: 0, stillWaiting: 0, homesUntold: 0, noticesGivenUp: 0 },
    });
    expect(await claim(seconds(90_000))).toEqual([]);
  });

  test('is told as over once, however long it was being told anew when it ended', async () => {
    await notice({});
    const ids = (await claim(NOW)).map(({ id }) => id);
    await saveTold(manager(), ids, seconds(1), seconds(3_600));
    expect(await claim(seconds(3_600))).toHaveLength(1);
    await over(seconds(3_601), seconds(3_621));
    expect(await claim(seconds(3_621))).toMatchObject([{ to: seconds(3_601) }]);
    const late = { readingsLate: 0, patientsLate: 0, noticesLate: 0, stillWaiting: 0, homesUntold: 0, noticesGivenUp: 0 };
    await saveOverTold(manager(), ids, seconds(3_622), late);
    await saveTold(manager(), ids, seconds(3_630), seconds(7_200));
    expect(await claim(seconds(90_000))).toEqual([]);
    await saveNotTold(manager(), ids, seconds(3_640));
    expect(await claim(seconds(90_000))).toEqual([]);
  });

  test('is claimed in one order, which is in the key of its message', async () => {
    await inTransaction(source(), (tx) =>
      saveAllBlind(
        tx,
        ['c', 'a', 'b'].map((subject) => ({ part: 'gateway', subject, why: 'silent', since: NOW, tellAt: NOW }) as const),
        NOW,
      ),
    );
    const ids = (await readBlind(manager())).map(({ id }) => id);
    await query('update blindness set detail = $1 where id = $2', ['moved', Math.min(...ids)]);
    expect((await claim(NOW)).map(({ id }) => id)).toEqual(ids.sort((a, b) => a - b));
  });

  test('an absence of the database that several processes told without it is one, told as over once', async () => {
    const away = (since: Date): Promise<void> => inTransaction(source(), (tx) => saveDatabaseWasAway(tx, since, seconds(60), seconds(85)));
    await away(seconds(0));
    await away(seconds(3));
    expect(await claim(seconds(85))).toMatchObject([{ part: 'database', since: NOW, to: seconds(60) }]);
  });

  test('patients of a gone gateway change on the worklist when it goes and when it is back', async () => {
    const patientIds = [small.patients.first, small.patients.second];
    await notice({ part: 'gateway', subject: 'liten/gw', patientIds, unitIds: [small.units.north] });
    await over(seconds(60), seconds(80));
    const kinds = await query<{ kind: string }>('select kind from worklist_change order by id');
    expect(kinds.map(({ kind }) => kind)).toEqual(['not_up_to_date', 'not_up_to_date', 'up_to_date', 'up_to_date']);
  });

  test('the worklist is stale when readings cannot come to it, not when a message cannot go out of it', () => {
    const since = (part: 'watch' | 'notices' | 'gateway' | 'database', at: Date) => ({ part, since: at });
    expect(worklistStaleSince([since('notices', NOW), since('gateway', NOW)])).toBeNull();
    expect(worklistStaleSince([since('watch', seconds(5)), since('database', NOW)])).toEqual(NOW);
  });
});

describe('gone gateways', () => {
  const seen = (kind: ConnectionNews['kind'], at: Date, clientId = 'gw'): Promise<void> =>
    saveConnectionNews(source(), 'one', [{ tenant: 'liten', clientId, kind, at }]);
  const gone = async (at: Date): Promise<string[]> => (await readGoneGateways(manager(), at, 30_000)).map(({ subject }) => subject);
  const brokerBeats = (at: Date, process = 'front'): Promise<void> =>
    saveHeartbeats(source(), { process, host: 'one' }, [beat('broker')], at);
  const brokerRunsSince = async (at: Date): Promise<void> => {
    await brokerBeats(at);
    await query('update heartbeat set since = $1', [at]);
  };

  test('one that lost its connection is gone after half a minute, one that said goodbye never', async () => {
    await brokerRunsSince(seconds(-600));
    await seen('connected', seconds(-300));
    await seen('connected', seconds(-300), 'polite');
    await seen('disconnected', NOW);
    await seen('left', NOW, 'polite');
    await brokerBeats(seconds(29));
    expect(await gone(seconds(29))).toEqual([]);
    await brokerBeats(seconds(30));
    expect(await readGoneGateways(manager(), seconds(30), 30_000)).toEqual([{ subject: 'liten/gw', since: NOW }]);
    await seen('connected', seconds(31));
    expect(await gone(seconds(31))).toEqual([]);
  });

  test('while a broker begins they are coming back, and while none is there it is told of itself', async () => {
    await seen('connected', seconds(-300));
    await brokerRunsSince(seconds(-60));
    await saveBrokerStarted(source(), 'one', seconds(-60));
    await brokerBeats(NOW);
    expect(await gone(NOW)).toEqual([]);
    await brokerBeats(seconds(61));
    expect(await gone(seconds(61))).toEqual(['liten/gw']);
    expect(await gone(seconds(80))).toEqual([]);
  });

  test('one is gone with its broker when another broker goes on', async () => {
    await brokerRunsSince(seconds(-600));
    await seen('connected', seconds(-300));
    await brokerBeats(NOW);
    await saveHeartbeats(source(), { process: 'second', host: 'two' }, [beat('broker')], seconds(31));
    await query('update heartbeat set since = $1', [seconds(-600)]);
    expect(await readGoneGateways(manager(), seconds(31), 30_000)).toEqual([{ subject: 'liten/gw', since: NOW }]);
  });

  test('touches the patients who measure through it, but for those who are away', async () => {
    const [device] = await query<{ id: number }>(
      `insert into device (community_id, name, kind, registered_at) values ($1, 'OX', 'pulse-oximeter', $2) returning id`,
      [small.communityId, NOW],
    );
    await query(`insert into wearer (device_id, patient_id, from_at) values ($1, $2, $3)`, [
      device?.id,
      small.patients.first,
      seconds(-600),
    ]);
    const through = (clientId: string, patientId: number): Promise<void> =>
      saveMeasurement(source(), { deviceId: device?.id ?? 0, patientId, at: NOW, clientId });
    await through('gw', small.patients.first);
    const touched = { subject: 'liten/gw', patientIds: [small.patients.first], unitIds: [small.units.north, small.units.clinic] };
    expect(await readGatewayPatients(manager(), ['liten/gw', 'liten/other'], NOW)).toEqual([touched]);
    // What an earlier wearer measured came through another home.
    await through('other', small.patients.second);
    expect(await readGatewayPatients(manager(), ['liten/gw', 'liten/other'], NOW)).toEqual([touched]);
    await query(
      `insert into pause (patient_id, kind, from_at, to_at, reason, set_by_person_id, set_at) values ($1, 'holiday', $2, $3, 'away', $4, $2)`,
      [small.patients.first, seconds(-60), seconds(600), small.people.nora],
    );
    expect(await readGatewayPatients(manager(), ['liten/gw'], NOW)).toEqual([]);
  });
});

test('a walk of the made-up patient begun while the clock was ahead keeps nobody from walking once it is right', async () => {
  const claim = (at: Date): Promise<number | null> => claimSelfTest(source(), 'one', at, 3_600_000);
  const ahead = await claim(seconds(365 * 86_400));
  await saveSelfTest(manager(), ahead ?? 0, { arrivedAt: seconds(365 * 86_400), stoppedAt: null });
  expect([await claim(NOW), await claim(seconds(60))]).toEqual([expect.any(Number), null]);
});

test('contacts to tell: units at any time, persons while on duty where a roster is kept, operators marked', async () => {
  const contact = (unitId: number, personId: number | null, address: string): Promise<unknown> =>
    query(`insert into contact (unit_id, person_id, channel, address, added_at) values ($1, $2, 'sms', $3, $4)`, [
      unitId,
      personId,
      address,
      NOW,
    ]);
  await contact(small.units.south, null, '+4790000001');
  await contact(small.units.south, small.people.siri, '+4790000002');
  await contact(small.units.north, small.people.odd, '+4790000003');
  // She does not work there any more.
  await contact(small.units.north, small.people.siri, '+4790000004');
  await query('update unit set roster_kept = true where id = $1', [small.units.south]);
  await query(`insert into duty (unit_id, person_id, kind, from_at, to_at, entered_at) values ($1, $2, 'on_call', $3, $4, $3)`, [
    small.units.south,
    small.people.siri,
    seconds(-60),
    seconds(600),
  ]);
  const told = await readTellContacts(manager(), NOW);
  expect(told.map(({ address, duty, isOperators }) => [address, duty, isOperators])).toEqual([
    ['+4790000003', null, true],
    ['+4790000001', null, false],
    ['+4790000002', [{ fromMs: seconds(-60).getTime(), toMs: seconds(600).getTime() }], false],
  ]);
});
