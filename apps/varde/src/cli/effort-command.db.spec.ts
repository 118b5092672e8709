import { changeEpisode, inTransaction, type PersonAct, type Viewer } from '@varde/store';
import { testDatabase } from '../../../../test/engine.js';
import { anEpisode, saveAnEpisode, saveSmallCommunity, viewerOf, type SmallCommunity } from '../../../../test/small-community.js';
import { Typed, type Bench } from './command.js';
import { EFFORT } from './effort-command.js';

const db = testDatabase();
let small: SmallCommunity;
let nora: Viewer;
let pia: Viewer;
beforeAll(async () => {
  small = await saveSmallCommunity(db.database.dataSource);
  nora = viewerOf(small.people.nora, [small.units.north]);
  pia = viewerOf(small.people.pia, [small.units.north], ['physician']);
  const employ = `update person set organisation_id = (select organisation_id from unit where id = $2) where id = $1`;
  await db.manager.query(employ, [nora.personId, small.units.north]);
  await db.manager.query(employ, [pia.personId, small.units.clinic]);
});

const at = (minute: number): Date => new Date(Date.parse('2026-03-02T08:00:00Z') + minute * 60_000);
const open = (patientId: number): Promise<number> => saveAnEpisode(db.database.dataSource, anEpisode(small, at(0), { patientId }));
const does = (viewer: Viewer, episodeId: number, act: PersonAct, minute: number) =>
  inTransaction(db.database.dataSource, (tx) => changeEpisode(tx, viewer, { episodeId, seenVersion: null, act }, at(minute)));

test('the columns: what the people of each employer did about the episodes of a unit', async () => {
  const [first, second] = [await open(small.patients.first), await open(small.patients.second)];
  await does(nora, first, { kind: 'acknowledge' }, 10);
  for (const minute of [20, 30, 40]) await does(nora, first, { kind: 'note', note: 'ringt' }, minute);
  await does(nora, first, { kind: 'close', outcome: 'admitted', note: '' }, 55);
  await does(nora, second, { kind: 'acknowledge' }, 60);
  await does(nora, second, { kind: 'close', outcome: 'no_action_needed', note: '' }, 70);
  const third = await saveAnEpisode(db.database.dataSource, anEpisode(small, at(80), { domains: ['fluid'] }));
  await does(nora, third, { kind: 'acknowledge' }, 85);
  await does(pia, third, { kind: 'note', note: 'økt diuretika' }, 95);
  const bench = { manager: db.manager, terminal: { now: () => at(100) } } as unknown as Bench;
  const { lines } = await EFFORT.run(new Typed([], { unit: String(small.units.north), days: '1' }), bench);
  expect(lines).toEqual([
    'UNIT                ORGANISATION     OWNS IT  ACTS  TAKEN  MINUTES  CLOSED  TRUE',
    'Oppfølging Nordvik  Nordvik kommune  yes      8     3      70       2       1',
    'Oppfølging Nordvik  Sykehuset        no       1     0      0        0       0',
  ]);
});
