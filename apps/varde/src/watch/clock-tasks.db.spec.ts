import { addTestHome, minutes, NOW, obs, spotCheck, wall, type TestHome } from '../../../../test/ingest-rig.js';
import { closeTask, readTasks, savePerson } from '@varde/store';
import { NO_PASSWORD } from '../../../../test/community.js';
import { testWatch } from '../../../../test/watch-rig.js';
import { lookAtDue } from './watcher.js';

const watch = testWatch();

const { aHome } = watch;
interface ClockTask {
  readonly patient_id: number | null;
  readonly unit_id: number;
  readonly state: string;
  readonly reason_nb: string;
  readonly reason_en: string;
}
const tasks = ({ community }: TestHome): Promise<ClockTask[]> =>
  watch.database.dataSource.query(
    `select patient_id, unit_id, state, reason_nb, reason_en from task where kind = 'clock-ahead' and unit_id = $1 order by id`,
    [community.dhoId],
  );

/** A live reading at a minute, printed and heard so many minutes ahead, that came after a wait in the gateway, and the look at it. */
async function measure(home: TestHome, minute: number, { device = 0, gateway = 0, stored = false, spo2 = 93, waited = 0 }): Promise<void> {
  const [heard, sentAt, receivedAt] = [minutes(minute + gateway), minutes(minute + gateway + waited), minutes(minute + waited)];
  const reading = spotCheck(minutes(minute), { deviceTime: wall(minutes(minute + device)), gatewayTime: heard, stored, spo2 });
  const answer = await watch.ingest.take(obs(home, [reading], { sentAt, receivedAt }));
  expect(answer?.results[0]?.status).toBe('stored');
  await lookAtDue(watch.parts, minutes(minute + waited + 0.5));
}

test('a device whose clock is ahead is a task of its patient, once, until it is set', async () => {
  const home = await aHome();
  for (const minute of [3000, 3010, 3020]) await measure(home, minute, { device: 1440 });
  const [task, ...more] = await tasks(home);
  expect(task).toMatchObject({ patient_id: home.patientId, unit_id: home.community.dhoId, state: 'open' });
  expect(task?.reason_en).toBe(
    'The clock of the device OX-1 is 24 hours ahead. Set it: until then measurements from its memory have no sure time.',
  );
  expect(task?.reason_nb).toContain('går 24 timer foran');
  expect(more).toEqual([]);
  await measure(home, 3030, { device: -300, stored: true });
  // What waited as long in the gateway as the clock is ahead looks right.
  await measure(home, 3031, { device: 20, waited: 20 });
  expect(await tasks(home)).toMatchObject([{ state: 'open' }]);
  await measure(home, 3040, {});
  expect(await tasks(home)).toMatchObject([{ state: 'settled' }]);
  await measure(home, 3050, { device: 20 });
  expect(await tasks(home)).toMatchObject([{ state: 'settled' }, { state: 'open' }]);
});

test('a device is not blamed for a gateway that is slow', async () => {
  const home = await aHome();
  await measure(home, 0, { gateway: -10 });
  expect(await tasks(home)).toEqual([]);
});

test('a live reading of such a device is timed by its gateway and used', async () => {
  const home = await aHome();
  await measure(home, 0, { device: 1440, spo2: 82 });
  expect(await watch.database.dataSource.query(`select severity from episode where patient_id = $1`, [home.patientId])).toEqual([
    { severity: 'critical' },
  ]);
});

test('a gateway that is ahead is one task of the unit, however many measure through it', async () => {
  const home = await aHome();
  const other = { ...(await addTestHome(watch.database, home.community, '2')), gateway: home.gateway };
  await measure(home, 0, { gateway: 20 });
  await measure(other, 1, { gateway: 20 });
  expect(await tasks(home)).toMatchObject([{ patient_id: null, state: 'open' }]);
  expect((await tasks(home))[0]?.reason_en).toMatch(/^The clock of the gateway gw-1 is 20 minutes ahead\./);
  await measure(other, 90, {});
  await measure(other, 120, {});
  expect(await tasks(home)).toMatchObject([{ state: 'settled' }]);
});

test.each<[string, { device?: number; gateway?: number }]>([
  ['five minutes', { device: 5 }],
  ['an hour: summer time', { device: 60 }],
  ['a gateway five minutes', { gateway: 5 }],
])('ahead by %s is no task', async (_, ahead) => {
  const home = await aHome();
  await measure(home, 0, ahead);
  expect(await tasks(home)).toEqual([]);
});

test('one that a person has closed rests for a week', async () => {
  const home = await aHome();
  await measure(home, 0, { device: 1440 });
  const { dhoId } = home.community;
  const nina = { username: 'nina', name: 'Nina', passwordHash: NO_PASSWORD, roles: ['nurse' as const], unitIds: [dhoId] };
  const { manager } = watch.database.dataSource;
  const viewer = { ...nina, personId: await savePerson(manager, nina, NOW) };
  const question = { unitId: dhoId, forRole: 'nurse' as const, patientId: home.patientId, state: 'open' as const, limit: 10 };
  const task = (await readTasks(manager, viewer, question)).find(({ kind }) => kind === 'clock-ahead');
  await closeTask(manager, viewer, { taskId: task?.id ?? 0, state: 'done', outcome: 'they will be visited' }, NOW);
  await measure(home, 10, { device: 1440 });
  expect(await tasks(home)).toMatchObject([{ state: 'done' }]);
  await measure(home, 8 * 1440, { device: 1440 });
  expect(await tasks(home)).toMatchObject([{ state: 'done' }, { state: 'open' }]);
});
