import { testDatabase } from '../../../../test/engine.js';
import {
  makeTestHome,
  minutes,
  obs,
  openTestIngest,
  readStored,
  spotCheck,
  wall,
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
    for (const table of ['wearer', 'enrolment'])
      await db.manager.query(`update ${table} set from_at = $2 where patient_id = $1`, [at.patientId, minutes(-30 * 1440)]);
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

  describe('a clock that goes on, years behind', () => {
    const BEHIND_MIN = 6 * 366 * 1440;
    /** Live, as a gateway that forwards frames sends what it hears, be it of now or of the memory. */
    const printed = (minute: number, heardMinute = minute, spo2 = 86) =>
      obs(at, [spotCheck(minutes(heardMinute), { spo2, deviceTime: wall(minutes(minute - BEHIND_MIN)) })], {
        receivedAt: new Date(minutes(heardMinute).getTime() + 3_000),
      });
    const DAY = 1440;

    test('its memory, uploaded again and again, is known again: by what it printed days before, or days after', async () => {
      const [first, last] = [-20 * DAY, -16 * DAY];
      // A clock that drifts by some minutes meanwhile.
      expect(await answersTo([printed(first), printed(last, last + 20, 88)])).toEqual(['stored', 'stored']);
      for (const heard of [-15 * DAY, -2 * DAY, 0])
        expect(await answersTo([printed(first, heard), printed(last, heard, 88)])).toEqual(['duplicate', 'duplicate']);
      expect((await saturations()).sort()).toEqual([
        [86, null],
        [88, null],
      ]);
    });

    test.each([
      ['has not gone on for three days', [-20 * DAY, -17.1 * DAY], [0, 0]],
      ['stood for two hours while it was off', [-20 * DAY, -16 * DAY], [0, 120]],
    ])('one that %s may have restarted: with a doubt', async (_, [first = 0, last = 0], [early = 0, late = 0]) => {
      expect(await answersTo([printed(first, first + early), printed(last, last + late, 88), printed(first, 0)])).toEqual(
        Array(3).fill('stored'),
      );
      expect((await saturations()).filter(([value]) => value === 86)).toEqual([
        [86, null],
        [86, 'clock'],
      ]);
    });

    test('one that went on last year and restarts since is not known by that', async () => {
      expect(await answersTo([printed(-25 * DAY), printed(-20 * DAY, -20 * DAY, 88)])).toEqual(['stored', 'stored']);
      expect(await answersTo([message(-600, 86), message(0, 86)])).toEqual(['stored', 'stored']);
      expect((await saturations()).filter(([, doubt]) => doubt === 'clock')).toEqual([[86, 'clock']]);
    });
  });

  test('with a pair of clocks that gives both the same time it is memory, uploaded again', async () => {
    const pair = (minute: number): MessageChange => ({
      clock: { reading: `2020-01-01T${minute < 0 ? '00' : '10'}:00:14`, readAt: new Date(minutes(minute).getTime() + 2_000) },
    });
    expect(await answersTo([message(-600, 86, pair(-600)), message(0, 86, pair(0))])).toEqual(['stored', 'duplicate']);
  });

  describe('a stream, of which one act a minute is kept', () => {
    const second = (minute: number, spo2: number, change: MessageChange & { printed?: string } = {}) =>
      obs(at, [spotCheck(minutes(minute), { spo2, kind: 'pulse-oximetry-continuous', deviceTime: change.printed ?? SWITCHED_ON })], {
        receivedAt: new Date(minutes(minute).getTime() + 3_000),
        ...change,
      });

    test('the night after, the minutes after switching on are of their own, with a doubt; more seconds of them are copies', async () => {
      expect(
        await answersTo([
          second(-600, 93),
          second(0, 84),
          second(0.2, 83, { printed: '2020-01-01T00:00:24' }),
          second(0, 84, { gateway: 'gw-other' }),
          second(1, 82, { printed: '2020-01-01T00:01:12' }),
        ]),
      ).toEqual(['stored', 'stored', 'duplicate', 'duplicate', 'stored']);
      expect(await saturations()).toEqual([
        [93, null],
        [84, 'clock'],
        [82, null],
      ]);
    });

    test('beside another act in one message it parks neither', async () => {
      await room.ingest.take(second(-600, 93));
      const both = obs(
        at,
        [
          spotCheck(minutes(0), { spo2: 84, kind: 'pulse-oximetry-continuous', deviceTime: SWITCHED_ON }),
          spotCheck(minutes(0), { spo2: 85 }),
        ],
        { receivedAt: new Date(minutes(0).getTime() + 3_000) },
      );
      expect((await room.ingest.take(both))?.results).toMatchObject([{ status: 'stored' }]);
      expect((await saturations()).map(([value]) => value).sort()).toEqual([84, 85, 93]);
    });

    test('of a clock that goes on, years behind, it is memory, uploaded again', async () => {
      const printed = { printed: '2020-01-04T12:00:12' };
      const first = second(-20 * 1440, 93);
      expect(await answersTo([first, second(-16.5 * 1440, 92, printed), second(0, 93)])).toEqual(['stored', 'stored', 'duplicate']);
    });
  });
});
