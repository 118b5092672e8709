import { testDatabase } from '../../../../test/engine.js';
import { anEpisode, saveAnEpisode, saveSmallCommunity, viewerOf, type SmallCommunity } from '../../../../test/small-community.js';
import type { Viewer } from '../directory/sessions.js';
import { inTransaction } from '../server/in-transaction.js';
import { changeEpisode } from './episode-acts.js';
import { readHandoverLists } from './handover-lists.js';
import type { PersonAct } from './person-act.js';

const OPENED = new Date('2026-03-02T08:00:00Z');
const at = (minute: number): Date => new Date(OPENED.getTime() + minute * 60_000);

const db = testDatabase();
let small: SmallCommunity;
let nora: Viewer;
/** Works for a unit that is not of the team. */
let siri: Viewer;
let id: number;
beforeAll(async () => {
  small = await saveSmallCommunity(db.database.dataSource);
  nora = viewerOf(small.people.nora, [small.units.north]);
  siri = viewerOf(small.people.siri, [small.units.south]);
  id = await saveAnEpisode(db.database.dataSource, anEpisode(small, OPENED));
});

const lists = (viewer: Viewer) => readHandoverLists(db.manager, viewer, OPENED);
const does = (viewer: Viewer, act: PersonAct, minute: number) =>
  inTransaction(db.database.dataSource, (tx) => changeEpisode(tx, viewer, { episodeId: id, seenVersion: null, act }, at(minute)));
const offerTo = (toUnitId: number): PersonAct => ({ kind: 'offer', toUnitId, reason: 'x', answerMin: null, informedUnitIds: [] });

test('what waits is listed for whoever is to answer, and what became of what was given away for the giver, also for one who came as a guest', async () => {
  await does(nora, offerTo(small.units.south), 1);
  expect(await lists(siri)).toMatchObject({ offered: [{ episodeId: id, fate: null }], asked: [], given: [] });
  expect((await lists(nora)).given).toMatchObject([{ fate: null, ownerUnit: 'Oppfølging Nordvik' }]);
  await does(siri, { kind: 'accept' }, 2);
  await does(siri, offerTo(small.units.north), 3);
  await does(nora, { kind: 'accept' }, 4);
  await does(nora, { kind: 'close', outcome: 'admitted', note: '' }, 5);
  // As a guest it has left the team with what it gave away.
  expect(await lists(siri)).toMatchObject({
    offered: [],
    given: [{ fate: 'accepted', ownerUnit: 'Oppfølging Nordvik', outcome: 'admitted' }],
  });
});
