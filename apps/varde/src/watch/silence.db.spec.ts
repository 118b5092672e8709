import { addTestHome, makeTestHome, minutes, NOW, openTestIngest, wall, type TestHome } from '../../../../test/ingest-rig.js';
import { openTestDatabase, testLog, type TestDatabase } from '../../../../test/engine.js';
import { endWearer, readOutages, saveBrokerStarted, saveConnectionNews, saveHeartbeats, type ServicePart } from '@varde/store';
import { encodeDeviceStatus, encodeGatewayStatus, encodeObs } from '@varde/wire';
import { openCatalogue } from '../catalogue.js';
import type { Ingest } from '../ingest/ingest.js';
import type { Log } from '../log.js';
import { lookAtDue, type WatcherParts } from './watcher.js';

/** From the ingest of statuses and heartbeats to the cause a finding of silence is stored with. */
describe('the cause of a silence', () => {
  let db: TestDatabase;
  let parts: WatcherParts;
  let ingest: Ingest;
  let homes = 0;
  let messages = 0;

  beforeAll(async () => {
    db = await openTestDatabase();
    parts = { database: db.database, catalogue: await openCatalogue(), batch: 50, log: testLog as unknown as Log };
    ingest = openTestIngest(db.database, { checkCredentials: false }).ingest;
  });
  beforeEach(() => query(`delete from heartbeat`).then(() => query(`delete from outage`)));
  afterAll(async () => {
    await ingest.stop();
    await db.close();
  });

  const query = <Row>(sql: string, values: unknown[] = []): Promise<Row[]> => db.database.dataSource.query(sql, values);
  const source = () => db.database.dataSource;
  const beat = (parts: readonly ServicePart[], at: Date): Promise<void> => {
    const beats = parts.map((part) => ({ part, workedAgoMs: 0, lateForMs: null }));
    return saveHeartbeats(source(), { process: 'p', host: 'h' }, beats, at);
  };
  // NOW is 09:00 in Oslo; what was planned for 09:05 is overdue at 13:05.
  const DEADLINE = minutes(5 + 240);

  async function aHome(): Promise<TestHome> {
    const home = await makeTestHome(db.database, `s${++homes}`);
    await query(`delete from scheduled_measurement where patient_id = $1`, [home.patientId]);
    await query(
      `insert into scheduled_measurement (patient_id, metric, at_local, weekdays, from_at) values ($1, 'spo2', '09:05', '{1,2,3,4,5,6,7}', $2)`,
      [home.patientId, minutes(-1440)],
    );
    await measure(home, minutes(-1430));
    return home;
  }

  const send = ({ community, gateway }: TestHome, topic: string, payload: Uint8Array, receivedAt: Date) =>
    ingest.take({
      tenant: community.code,
      clientId: gateway,
      topic: `varde/v1/${community.code}/${gateway}/${topic}`,
      payload,
      retain: false,
      dup: false,
      qos: 1,
      receivedAt,
    });

  async function measure(home: TestHome, at: Date, { receivedAt = at, value = 95 } = {}): Promise<void> {
    const reading = {
      kind: 'pulse-oximetry',
      deviceTime: wall(at),
      gatewayTime: at,
      measurements: [{ type: 'spo2' as const, value, unit: '%' }],
    };
    const messageId = `00000000-0000-4000-8000-${String(++messages).padStart(12, '0')}`;
    const device = { id: home.device, idType: 'serial' as const };
    await send(home, `dev/${home.device}/obs`, encodeObs({ messageId, sentAt: receivedAt, device, readings: [reading] }), receivedAt);
  }

  const online = (home: TestHome, at: Date, state: 'online' | 'offline' = 'online') =>
    send(home, 'status', encodeGatewayStatus({ state, at }), at);

  async function causeAtDeadline(home: TestHome): Promise<{ cause: string; reason_en: string } | undefined> {
    await lookAtDue(parts, minutes(0));
    await lookAtDue(parts, DEADLINE);
    const [finding] = await query<{ cause: string; reason_en: string }>(
      `select cause, reason_en from finding where patient_id = $1 and rule_id = 'gen.silence.reminder' and at = $2`,
      [home.patientId, DEADLINE],
    );
    return finding;
  }

  test('the patient, when the gateway says it is there', async () => {
    const home = await aHome();
    await online(home, minutes(-1440));
    expect(await causeAtDeadline(home)).toEqual({
      cause: 'patient',
      reason_en: expect.stringContaining('The equipment is in contact: the patient has not measured.') as string,
    });
  });

  test('decides who is told: the patient is reminded once, the unit only in the place of a home that cannot be reached', async () => {
    const [forgetful, away, early, unused] = [await aHome(), await aHome(), await aHome(), await aHome()];
    for (const home of [forgetful, away, early]) await online(home, minutes(-1440));
    // Three weeks in a drawer, then given to somebody who has never measured with it.
    await query(`delete from reading where patient_id = $1`, [unused.patientId]);
    await query(`delete from measurement where patient_id = $1`, [unused.patientId]);
    await query(`update device set contact_at = $2 where id = $1`, [unused.deviceId, minutes(-21 * 1440)]);
    await query(`update scheduled_measurement set from_at = $2 where patient_id = $1`, [unused.patientId, NOW]);
    await online(away, minutes(-60), 'offline');
    await measure(early, minutes(10));
    await lookAtDue(parts, minutes(0));
    for (const at of [DEADLINE, minutes(5 + 241), minutes(600)]) await lookAtDue(parts, at);
    const told = ({ patientId }: TestHome) =>
      query(
        `select (select array_agg(split_part(key, '/', 2) || ' ' || kind) from home_advice where patient_id = $1) as home,
           (select array_agg(n.cause) from notice n join episode e on e.id = n.episode_id where e.patient_id = $1) as unit,
           (select array_agg(severity) from episode where patient_id = $1 and closed_at is null) as record`,
        [patientId],
      );
    expect(await told(forgetful)).toEqual([{ home: ['reminder green'], unit: null, record: ['info'] }]);
    expect(await told(away)).toEqual([{ home: null, unit: ['opened'], record: ['info'] }]);
    expect(await told(early)).toEqual([{ home: null, unit: null, record: null }]);
    expect(await told(unused)).toEqual([{ home: ['reminder green'], unit: ['opened'], record: ['info'] }]);
    expect(await query(`select client_id from home_advice where patient_id = $1`, [unused.patientId])).toEqual([{ client_id: null }]);
  });

  test('the gateway, when its last will has come', async () => {
    const home = await aHome();
    await online(home, minutes(-1440));
    await online(home, minutes(-60), 'offline');
    expect(await causeAtDeadline(home)).toMatchObject({
      cause: 'gateway',
      reason_en: expect.stringContaining('since Monday 2 March at 08:00') as string,
    });
  });

  test('the gateway, when a broker of ours has lost it without a word', async () => {
    const home = await aHome();
    await online(home, minutes(-1440));
    const { community, gateway } = home;
    const news = { tenant: community.code, clientId: gateway };
    await saveConnectionNews(source(), 'b1', [{ ...news, kind: 'connected', at: minutes(-1439) }]);
    await saveBrokerStarted(source(), 'b2', minutes(-100));
    expect(
      await query(`select connected from gateway where client_id = $1 and community_id = $2`, [gateway, community.communityId]),
    ).toEqual([{ connected: true }]);
    await saveBrokerStarted(source(), 'b1', minutes(-30));
    expect(await causeAtDeadline(home)).toMatchObject({
      cause: 'gateway',
      reason_en: expect.stringContaining('since Monday 2 March at 08:30') as string,
    });
  });

  test('a gateway that never told its state is there as long as it is connected', async () => {
    const home = await aHome();
    const news = { tenant: home.community.code, clientId: home.gateway };
    await saveConnectionNews(source(), 'b1', [
      { ...news, kind: 'disconnected', at: minutes(-20) },
      { ...news, kind: 'connected', at: minutes(-19) },
      { ...news, kind: 'clone-suspected', at: minutes(-19) },
    ]);
    expect(await causeAtDeadline(home)).toMatchObject({ cause: 'patient' });
    expect(
      await query(`select clone_suspected_at from gateway where client_id = $1 and clone_suspected_at is not null`, [home.gateway]),
    ).toEqual([{ clone_suspected_at: minutes(-19) }]);
  });

  test('the device, when its battery is low or it reports an error', async () => {
    const [flat, broken] = [await aHome(), await aHome()];
    for (const home of [flat, broken]) await online(home, minutes(-1440));
    await send(flat, `dev/${flat.device}/status`, encodeDeviceStatus({ at: minutes(-9), batteryPercent: 4 }), minutes(-9));
    await send(
      broken,
      `dev/${broken.device}/status`,
      encodeDeviceStatus({ at: minutes(-9), errors: ['E1', 'E3'], lastContact: minutes(-9) }),
      minutes(-9),
    );
    expect(await causeAtDeadline(flat)).toMatchObject({ cause: 'device', reason_en: expect.stringContaining('at 4%') as string });
    expect(await query(`select cause from finding where patient_id = $1 and cause is not null`, [broken.patientId])).toEqual([
      { cause: 'device' },
    ]);
    await send(broken, `dev/${broken.device}/status`, encodeDeviceStatus({ at: minutes(300) }), minutes(300));
    expect(await query(`select errors, contact_at from device where id = $1`, [broken.deviceId])).toEqual([
      { errors: [], contact_at: minutes(-9) },
    ]);
  });

  test('the device has been in contact when it has measured, and when its gateway says how long ago that was: by whatever clock', async () => {
    const [measured, ahead, gone] = [await aHome(), await aHome(), await aHome()];
    for (const home of [measured, ahead, gone]) await online(home, minutes(-1440));
    const years = (count: number, at: Date): Date => new Date(at.getTime() + count * 365 * 86_400_000);
    const contact = (home: TestHome, at: Date, lastContact: Date) =>
      send(home, `dev/${home.device}/status`, encodeDeviceStatus({ at, lastContact }), minutes(-9));
    await send(
      measured,
      `dev/${measured.device}/status`,
      encodeDeviceStatus({ at: minutes(-8 * 1440), lastContact: minutes(-8 * 1440) }),
      minutes(-8 * 1440),
    );
    await measure(measured, minutes(-1440));
    for (const table of ['reading', 'measurement']) await query(`delete from ${table} where patient_id = $1`, [gone.patientId]);
    await contact(ahead, years(2, minutes(-9)), years(2, minutes(-10)));
    await contact(gone, years(2, minutes(-9)), years(2, minutes(-19 * 1440)));
    await lookAtDue(parts, minutes(0));
    await lookAtDue(parts, DEADLINE);
    const causes = await query(
      `select patient_id, cause, reason_en from finding where patient_id = any($1) and rule_id = 'gen.silence.reminder' and at = $2 order by patient_id`,
      [[measured.patientId, ahead.patientId, gone.patientId], DEADLINE],
    );
    expect(causes).toEqual([
      expect.objectContaining({ patient_id: measured.patientId, cause: 'patient' }),
      expect.objectContaining({ patient_id: ahead.patientId, cause: 'patient' }),
      {
        patient_id: gone.patientId,
        cause: 'device',
        reason_en: expect.stringContaining('has not been in contact since Wednesday 11 February') as string,
      },
    ]);
  });

  describe('a status that an external broker had kept, sent again when we connect to it', () => {
    const kept = (home: TestHome, payload: Uint8Array, receivedAt: Date) =>
      ingest.take({
        tenant: home.community.code,
        clientId: home.gateway,
        topic: `varde/v1/${home.community.code}/${home.gateway}/dev/${home.device}/status`,
        payload,
        retain: true,
        isOld: true,
        dup: false,
        qos: 1,
        receivedAt,
      });
    const TEN_DAYS_AGO = minutes(-10 * 1440);
    const silentHome = async (): Promise<TestHome> => {
      const home = await aHome();
      await online(home, minutes(-1440));
      for (const table of ['reading', 'measurement']) await query(`delete from ${table} where patient_id = $1`, [home.patientId]);
      return home;
    };
    const known = ({ deviceId }: TestHome) => query(`select contact_at, status_at, battery_percent from device where id = $1`, [deviceId]);

    test('leaves a device silent since it was said, known before or not', async () => {
      const [home, unknown] = [await silentHome(), await silentHome()];
      const status = encodeDeviceStatus({ at: TEN_DAYS_AGO, lastContact: TEN_DAYS_AGO, batteryPercent: 80 });
      await send(home, `dev/${home.device}/status`, status, TEN_DAYS_AGO);
      for (const each of [home, unknown]) for (const at of [minutes(-9), minutes(-8)]) await kept(each, status, at);
      for (const each of [home, unknown])
        expect(await known(each)).toEqual([{ contact_at: TEN_DAYS_AGO, status_at: TEN_DAYS_AGO, battery_percent: 80 }]);
      expect(await causeAtDeadline(home)).toMatchObject({
        cause: 'device',
        reason_en: expect.stringContaining('has not been in contact since Friday 20 February') as string,
      });
    });

    test('does not take the place of what was said since', async () => {
      const home = await silentHome();
      await send(home, `dev/${home.device}/status`, encodeDeviceStatus({ at: NOW, lastContact: NOW, batteryPercent: 70 }), NOW);
      await kept(home, encodeDeviceStatus({ at: TEN_DAYS_AGO, lastContact: TEN_DAYS_AGO, batteryPercent: 80 }), minutes(1));
      expect(await known(home)).toEqual([{ contact_at: NOW, status_at: NOW, battery_percent: 70 }]);
    });

    test.each([
      ['years ahead', minutes(2 * 366 * 1440)],
      ['never set', new Date(86_400_000)],
    ])('by a clock %s says what it says, and nothing of the contact', async (_, at) => {
      const home = await silentHome();
      await kept(home, encodeDeviceStatus({ at, lastContact: at, batteryPercent: 80 }), NOW);
      expect(await known(home)).toEqual([{ contact_at: null, status_at: NOW, battery_percent: 80 }]);
    });

    test('that is refused is not counted again', async () => {
      const home = await aHome();
      const refused = () =>
        query(`select reason, times_received, last_received_at from refused where community_id = $1`, [home.community.communityId]);
      for (const at of [minutes(-9), minutes(-8)]) await kept(home, Buffer.from('no status'), at);
      expect(await refused()).toEqual([{ reason: 'not-json', times_received: 1, last_received_at: minutes(-9) }]);
      await send(home, `dev/${home.device}/status`, Buffer.from('no status'), minutes(-7));
      expect(await refused()).toEqual([{ reason: 'not-json', times_received: 2, last_received_at: minutes(-7) }]);
    });
  });

  test('ourselves, when ingest or the database was away and the gateway has not come back', async () => {
    const home = await aHome();
    await online(home, minutes(-1440));
    for (const at of [minutes(-1), minutes(240)]) await beat(['broker', 'ingest', 'watch'], at);
    expect(await causeAtDeadline(home)).toMatchObject({
      cause: 'service',
      reason_en: expect.stringContaining(
        'We ourselves could not take measurements from Monday 2 March at 08:59 to Monday 2 March at 13:00.',
      ) as string,
    });
  });

  test('ourselves, while a part is away; parts that never lived or have been given up are not missed', async () => {
    await beat(['ingest', 'triage'], minutes(0));
    await beat(['ingest'], minutes(0.5));
    expect(await readOutages(source().manager, minutes(-60), minutes(1))).toEqual([]);
    expect(await readOutages(source().manager, minutes(-60), minutes(5))).toEqual([{ part: 'ingest', from: minutes(0.5), to: null }]);
    expect(await readOutages(source().manager, minutes(11_000), minutes(12_000))).toEqual([]);
    await beat(['ingest', 'broker'], minutes(6));
    expect(await readOutages(source().manager, minutes(-60), minutes(6))).toEqual([{ part: 'ingest', from: minutes(0.5), to: minutes(6) }]);
  });

  test('a late upload settles it, with a note that it was measured in time', async () => {
    const home = await aHome();
    await online(home, minutes(-60), 'offline');
    expect(await causeAtDeadline(home)).toMatchObject({ cause: 'gateway' });
    await measure(home, minutes(6), { receivedAt: minutes(400) });
    await lookAtDue(parts, minutes(401));
    const steps = await query<{ kind: string; reason_nb: string }>(
      `select s.kind, s.reason_nb from episode_step s join episode e on e.id = s.episode_id where e.patient_id = $1 order by s.id`,
      [home.patientId],
    );
    expect(steps.find(({ kind }) => kind === 'cleared')?.reason_nb).toContain(
      'Kom sent, målt i tide: målt mandag 2. mars kl. 09.06, mottatt mandag 2. mars kl. 15.40.',
    );
  });

  test('a refused value that may have been red: the home is asked to measure anew, and red is told when nothing comes', async () => {
    const home = await aHome();
    await lookAtDue(parts, minutes(0));
    const fraction = {
      kind: 'pulse-oximetry',
      deviceTime: wall(minutes(10)),
      gatewayTime: minutes(10),
      measurements: [{ type: 'spo2' as const, value: 0.8, unit: '%' }],
    };
    const messageId = `00000000-0000-4000-8000-${String(++messages).padStart(12, '0')}`;
    const device = { id: home.device, idType: 'serial' as const };
    await send(home, `dev/${home.device}/obs`, encodeObs({ messageId, sentAt: minutes(10), device, readings: [fraction] }), minutes(10));
    expect(await query(`select value, otherwise, reason from refused where patient_id = $1`, [home.patientId])).toEqual([
      { value: 0.8, otherwise: 80, reason: 'quarantined' },
    ]);
    await lookAtDue(parts, minutes(11));
    expect(await query(`select metrics, device_name, answer_by from home_ask where patient_id = $1`, [home.patientId])).toEqual([
      { metrics: ['spo2'], device_name: home.device, answer_by: minutes(40) },
    ]);
    await lookAtDue(parts, minutes(40));
    expect(
      await query(`select rule_id, severity from finding where patient_id = $1 and result = 'fire_unconfirmed'`, [home.patientId]),
    ).toEqual([{ rule_id: 'gen.tech.unit_suspect', severity: 'red' }]);
  });

  test('a home with a red episode is asked before its silence is told, where the patient has the device still; what comes settles it', async () => {
    const [home, bare] = [await aHome(), await aHome()];
    for (const each of [home, bare]) for (const at of [minutes(0), minutes(10)]) await measure(each, at, { value: 82 });
    await lookAtDue(parts, minutes(11));
    const [wearer] = await query<{ id: number }>(`select id from wearer where patient_id = $1`, [bare.patientId]);
    await endWearer(source().manager, wearer?.id ?? 0, minutes(100), minutes(100));
    // Nine in the morning: asked at ten past five, told at ten past nine in the evening.
    const asked = ({ patientId }: TestHome) =>
      query(`select device_name, metrics, answer_by, settled_at from home_ask where patient_id = $1 and key like 'f:%'`, [patientId]);
    await lookAtDue(parts, minutes(489));
    expect(await asked(home)).toEqual([]);
    for (const at of [minutes(490), minutes(490)]) await lookAtDue(parts, at);
    const ask = { device_name: home.device, metrics: ['spo2'], answer_by: minutes(730) };
    expect([await asked(home), await asked(bare)]).toEqual([[{ ...ask, settled_at: null }], []]);
    await measure(home, minutes(500), { value: 82 });
    await lookAtDue(parts, minutes(501));
    expect(await asked(home)).toEqual([{ ...ask, settled_at: minutes(501) }]);
  });

  test('a second home of the same community has a cause of its own', async () => {
    const first = await aHome();
    const second = await addTestHome(db.database, first.community, `x${homes}`);
    await online(first, minutes(-1440));
    await measure(second, minutes(-1000));
    await online(second, minutes(-500), 'offline');
    expect(await causeAtDeadline(first)).toMatchObject({ cause: 'patient' });
    expect(NOW < DEADLINE).toBe(true);
  });
});
