import { testDatabase } from '../../../../test/engine.js';
import {
  makeTestHome,
  minutes,
  obs,
  openTestIngest,
  readStored,
  spotCheck,
  type MessageChange,
  type TestHome,
  type TestIngest,
} from '../../../../test/ingest-rig.js';

/** What the device prints twelve seconds after it was switched on, whenever that is: after 2015, and before anybody registered it. */
const SWITCHED_ON = '2020-01-01T00:00:12';

describe('a clock that restarts with the device, at a date that could be one', () => {
  const db = testDatabase();
  let room: TestIngest;
  let at: TestHome;
  let counted = 0;

  beforeAll(() => {
    room = openTestIngest(db.database);
  });
  afterAll(() => room.ingest.stop());
  beforeEach(async () => {
    at = await makeTestHome(db.database, `on${++counted}`);
    // Long enough ago that nothing is near a change of wearer.
    await db.database.dataSource.query(`update wearer set from_at = $2 where device_id = $1`, [at.deviceId, minutes(-30 * 1440)]);
  });

  const message = (minute: number, spo2: number, change: MessageChange & { stored?: boolean } = {}) =>
    obs(at, [spotCheck(minutes(minute), { spo2, deviceTime: SWITCHED_ON, ...(change.stored && { stored: true }) })], {
      receivedAt: new Date(minutes(minute).getTime() + 3_000),
      ...change,
    });
  const answersTo = async (messages: readonly ReturnType<typeof message>[]) => {
    const answers = [];
    for (const each of messages) answers.push((await room.ingest.take(each))?.results[0]?.status);
    return answers;
  };
  const saturations = async () =>
    (await readStored(db.database, at)).flatMap(({ metric, value, doubt }) => (metric === 'spo2' ? [[value, doubt]] : []));

  test('the same value ten hours later is a reading of its own, with a doubt; copies of both are copies', async () => {
    expect(await answersTo([message(-600, 86), message(0, 86), message(-600, 86), message(0, 86)])).toEqual([
      'stored',
      'stored',
      'duplicate',
      'duplicate',
    ]);
    expect(await saturations()).toEqual([
      [86, null],
      [86, 'clock'],
    ]);
  });

  test('in one commit too, and heard by two gateways it is stored once', async () => {
    const answers = await Promise.all(
      [message(-600, 86), message(0, 86), message(0, 86, { gateway: 'gw-other' })].map((each) => room.ingest.take(each)),
    );
    expect(answers.map((answer) => answer?.results[0]?.status)).toEqual(['stored', 'stored', 'duplicate']);
    expect(await saturations()).toEqual([
      [86, null],
      [86, 'clock'],
    ]);
  });

  test('within the half hour it is a copy, and from memory always', async () => {
    expect(await answersTo([message(-600, 86), message(-575, 86), message(0, 86, { stored: true })])).toEqual([
      'stored',
      'duplicate',
      'duplicate',
    ]);
  });

  test('with a pair of clocks that gives both the same time it is memory, uploaded again', async () => {
    const pair = (minute: number): MessageChange => ({
      clock: { reading: `2020-01-01T${minute < 0 ? '00' : '10'}:00:14`, readAt: new Date(minutes(minute).getTime() + 2_000) },
    });
    expect(await answersTo([message(-600, 86, pair(-600)), message(0, 86, pair(0))])).toEqual(['stored', 'duplicate']);
  });
});
