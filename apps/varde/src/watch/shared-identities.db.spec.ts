import { closeTask, readTasks, saveConnectionNews, savePerson } from '@varde/store';
import { NO_PASSWORD } from '../../../../test/community.js';
import { testLog } from '../../../../test/engine.js';
import { addTestHome, minutes, NOW, obs, spotCheck, type TestHome } from '../../../../test/ingest-rig.js';
import { testWatch } from '../../../../test/watch-rig.js';
import type { Log } from '../log.js';
import { Housekeeping } from './housekeeping.js';

const watch = testWatch();
const keepHouse = (minute: number): Promise<void> => new Housekeeping(watch.database, testLog as unknown as Log).trim(minutes(minute));

const tasks = ({ community }: TestHome): Promise<object[]> =>
  watch.database.dataSource.query(
    `select patient_id, state, for_role, reason_nb, reason_en from task where kind = 'shared-identity' and unit_id = $1 order by id`,
    [community.dhoId],
  );

const fight = ({ community, gateway }: TestHome, minute: number): Promise<void> =>
  saveConnectionNews(watch.database.dataSource, 'b1', [
    { tenant: community.code, clientId: gateway, kind: 'connected', at: minutes(minute) },
    { tenant: community.code, clientId: gateway, kind: 'clone-suspected', at: minutes(minute) },
  ]);

test('two boxes that share the identity of a gateway are one task of the unit, until it is over, and rest when a person has closed it', async () => {
  const home = await watch.aHome();
  const other = { ...(await addTestHome(watch.database, home.community, '2')), gateway: home.gateway };
  for (const each of [home, other]) await watch.ingest.take(obs(each, [spotCheck(NOW)], { receivedAt: NOW }));
  await keepHouse(10);
  expect(await tasks(home)).toEqual([]);

  await fight(home, 15);
  await keepHouse(20);
  await fight(home, 29);
  await keepHouse(30);
  const open = { patient_id: null, state: 'open', for_role: 'nurse' };
  expect(await tasks(home)).toEqual([
    {
      ...open,
      reason_nb: expect.stringContaining('To bokser kobler seg til som gatewayen gw-1') as string,
      reason_en: expect.stringContaining('Two boxes connect as the gateway gw-1') as string,
    },
  ]);
  await keepHouse(80);
  expect(await tasks(home)).toMatchObject([{ state: 'open' }]);
  await keepHouse(90);
  expect(await tasks(home)).toMatchObject([{ state: 'settled' }]);

  await fight(home, 95);
  await keepHouse(100);
  expect(await tasks(home)).toMatchObject([{ state: 'settled' }, open]);
  const { manager } = watch.database.dataSource;
  const { dhoId } = home.community;
  const nina = { username: 'nina', name: 'Nina', passwordHash: NO_PASSWORD, roles: ['nurse' as const], unitIds: [dhoId] };
  const viewer = { ...nina, personId: await savePerson(manager, nina, NOW) };
  const [task] = await readTasks(manager, viewer, { unitId: dhoId, forRole: 'nurse', patientId: null, state: 'open', limit: 10 });
  await closeTask(manager, viewer, { taskId: task?.id ?? 0, state: 'done', outcome: 'a spare box was found' }, minutes(105));
  await keepHouse(110);
  expect(await tasks(home)).toMatchObject([{ state: 'settled' }, { state: 'done' }]);
});
