import { readWorklist, saveDevice, saveWearer, type Viewer } from '@varde/store';
import { makeTestPerson } from '../../../../test/community.js';
import { testWatch } from '../../../../test/watch-rig.js';
import { makeTestHome, minutes, NOW, obs, spotCheck, weighing, type TestHome } from '../../../../test/ingest-rig.js';
import { lookAtDue } from './watcher.js';

const watch = testWatch();

async function unjudgedOf(home: TestHome, now: Date): Promise<readonly string[]> {
  const { manager } = watch.database.dataSource;
  const personId = await makeTestPerson(manager, `nurse-${home.patientId}-${now.getTime()}`, 'nurse', NOW);
  const nurse: Viewer = { personId, username: 'n', name: 'n', roles: ['nurse'], unitIds: [home.community.dhoId] };
  const { rows } = await readWorklist(manager, nurse, { unitId: null, includeInfo: true, offset: 0, limit: 50 }, now);
  return rows.flatMap(({ patientId, unjudged }) => unjudged.map(({ ruleId, reason }) => `${patientId} ${ruleId}: ${reason.en}`));
}

test('a first weight is on the worklist as not judged, with the reason, until a day has gone', async () => {
  const home = await makeTestHome(watch.database, 'u1');
  const { manager } = watch.database.dataSource;
  const scale = await saveDevice(
    manager,
    { communityId: home.community.communityId, name: 'SC-1', kind: 'scale', model: null },
    minutes(-2880),
  );
  await saveWearer(manager, { deviceId: scale, userSlot: null, patientId: home.patientId, from: minutes(-1440) }, minutes(-1440));
  await manager.query(
    `insert into enrolment (patient_id, programme, from_at)
     select $1::int, 'hf', $2 where not exists (select from enrolment where patient_id = $1 and programme = 'hf')`,
    [home.patientId, minutes(-2880)],
  );
  await watch.ingest.take(obs(home, [weighing(minutes(0), 82)], { device: 'SC-1', receivedAt: minutes(1) }));
  await lookAtDue(watch.parts, minutes(2));
  const told = await unjudgedOf(home, minutes(3));
  for (const ruleId of ['hf.weight.gain_3d', 'hf.weight.gain_7d', 'hf.weight.loss_3d']) {
    expect(told).toContainEqual(
      expect.stringContaining(`${home.patientId} ${ruleId}: Cannot be judged: an earlier reading to compare with is missing`),
    );
  }
  expect(told).toContainEqual(expect.stringContaining('hf.weight.above_dry: Cannot be judged: the dry weight is missing'));
  expect((await unjudgedOf(home, minutes(1441))).filter((each) => each.includes('hf.weight'))).toEqual([]);
});

test('a saturation without a baseline is, and is not once there is one', async () => {
  const home = await makeTestHome(watch.database, 'u2');
  await watch.ingest.take(obs(home, [spotCheck(minutes(0))], { receivedAt: minutes(1) }));
  await lookAtDue(watch.parts, minutes(2));
  expect(await unjudgedOf(home, minutes(3))).toContainEqual(
    expect.stringContaining('copd.spo2.drop: Cannot be judged: too few readings for a personal baseline'),
  );
  for (let back = 3; back < 33; back++) {
    await watch.database.dataSource.query(
      `insert into day_median (patient_id, metric, day, median, highest, readings) values ($1, 'spo2', $2::date - $3::int, 93, 93, 1)`,
      [home.patientId, NOW, back],
    );
  }
  await watch.ingest.take(obs(home, [spotCheck(minutes(1500))], { receivedAt: minutes(1501) }));
  await lookAtDue(watch.parts, minutes(1502));
  expect((await unjudgedOf(home, minutes(1503))).filter((each) => each.includes('copd.spo2.drop'))).toEqual([]);
});
