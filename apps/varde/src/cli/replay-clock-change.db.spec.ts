import { changeEpisode, inTransaction, saveOrganisation, type PersonAct, type Viewer } from '@varde/store';
import { makeTestPerson, saveOpenUnit } from '../../../../test/community.js';
import { NOW, obs, spotCheck, type TestHome } from '../../../../test/ingest-rig.js';
import { testWatch } from '../../../../test/watch-rig.js';
import { lookAtDue } from '../watch/watcher.js';
import { replayPatient } from './replay-patient.js';

const watch = testWatch();
let home: TestHome;
let nurse: Viewer;
let clinicId: number;

const sql = <Row>(text: string, values: unknown[] = []): Promise<Row[]> => watch.database.dataSource.query(text, values);
const lookAt = (moment: string) => lookAtDue(watch.parts, new Date(moment));

/** In the night to 29 March 2026 clocks in Oslo go from 02:00 to 03:00, which is 01:00 in UTC. */
beforeAll(async () => {
  const { manager } = watch.database.dataSource;
  home = await watch.aHome();
  const { communityId, organisationId, pathwayId, dhoId } = home.community;
  const hospitalId = await saveOrganisation(manager, { communityId, name: 'Hospital' });
  clinicId = await saveOpenUnit(manager, { organisationId: hospitalId, name: 'Clinic', careLevel: 'hospital_outpatient' });
  const cooperations = [{ organisationIds: [organisationId, hospitalId], step: 2, programme: null }];
  await sql(`alter table pathway disable trigger pathway_stays`);
  await sql(`update pathway set cooperations = $2 where id = $1`, [pathwayId, JSON.stringify(cooperations)]);
  await sql(`alter table pathway enable trigger pathway_stays`);
  const days = [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '08:00', to: '20:00' }];
  await sql(`update unit set opening_hours = $2 where id = $1`, [dhoId, JSON.stringify(days)]);
  const personId = await makeTestPerson(manager, 'nurse', 'nurse', NOW);
  nurse = { personId, username: 'nurse', name: 'nurse', roles: ['nurse'], unitIds: [dhoId] };
});

async function does(moment: string, act: PersonAct): Promise<void> {
  const [episode] = await sql<{ id: string }>(`select id from episode where closed_at is null order by id limit 1`);
  const whole = { episodeId: Number(episode?.id), seenVersion: null, act };
  await inTransaction(watch.database.dataSource, (tx) => changeEpisode(tx, nurse, whole, new Date(moment)));
}

async function liveThrough(): Promise<void> {
  const measuredAt = new Date('2026-03-28T20:30:00Z');
  await watch.ingest.take(obs(home, [spotCheck(measuredAt, { spo2: 84 })], { receivedAt: measuredAt }));
  for (const moment of ['2026-03-28T20:31:00Z', '2026-03-28T21:05:00Z']) await lookAt(moment);
  await does('2026-03-28T22:00:00Z', { kind: 'acknowledge' });
  await does('2026-03-29T00:45:00Z', { kind: 'offer', toUnitId: clinicId, reason: 'x', answerMin: null, informedUnitIds: [] });
  await does('2026-03-29T00:50:00Z', { kind: 'ask_advice', unitId: clinicId, question: 'mer?', answerMin: null });
  for (const moment of ['2026-03-29T01:30:00Z', '2026-03-29T05:00:00Z', '2026-03-29T10:00:00Z']) await lookAt(moment);
}

const replayed = () => replayPatient(watch.database.dataSource.manager, watch.parts.catalogue, home.patientId, { from: null, to: null });

test('a night in which the clocks change: the history tells the times of the home, and comes again word for word', async () => {
  await liveThrough();
  const told = await sql<{ nb: string; en: string }>(
    `select reason_nb as nb, reason_en as en from episode_step union all select text_nb, text_en from notice`,
  );
  expect(told.map(({ nb }) => nb)).toEqual(
    expect.arrayContaining([
      'Ingen i varslingstrappen er bemannet nå; den begynner på nytt når Follow-up er bemannet søndag 29. mars kl. 08.00',
      'Kvittert til søndag 29. mars kl. 08.00',
      'Tilbudt Clinic, svar innen søndag 29. mars kl. 03.15: x',
      'Clinic bes om råd innen søndag 29. mars kl. 03.50: mer?',
      'Ingen svarte på tilbudet innen søndag 29. mars kl. 03.15; ansvaret er ikke flyttet',
      'Spørsmål 1 er ikke besvart innen søndag 29. mars kl. 03.50',
    ]),
  );
  expect(told.flatMap(({ nb, en }) => [nb, en]).filter((text) => /\d{4}-\d\d/.test(text))).toEqual([]);
  expect((await replayed()).differences).toEqual([]);
  // What was said stays as it was said when the patient has moved where clocks show something else.
  await sql(`update patient set zone = 'Atlantic/Reykjavik' where id = $1`, [home.patientId]);
  expect((await replayed()).differences).toEqual([]);
});
