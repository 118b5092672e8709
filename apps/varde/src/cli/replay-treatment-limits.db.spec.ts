import { explain } from '../explanation/explanation.js';
import { changeTreatmentLimits, endTreatmentLimits, readExplanationFacts, saveOrganisation, type Viewer } from '@varde/store';
import { makeTestPerson, saveOpenUnit } from '../../../../test/community.js';
import { NOW, obs, spotCheck, type TestHome } from '../../../../test/ingest-rig.js';
import { testWatch } from '../../../../test/watch-rig.js';
import { lookAtDue } from '../watch/watcher.js';
import { replayPatient } from './replay-patient.js';
import { tellStory } from './story.js';

const watch = testWatch();
let home: TestHome;
let physician: Viewer;
let clinicId: number;

const sql = <Row>(text: string, values: unknown[] = []): Promise<Row[]> => watch.database.dataSource.query(text, values);

beforeAll(async () => {
  const { manager } = watch.database.dataSource;
  home = await watch.aHome();
  const { communityId, dhoId } = home.community;
  const organisationId = await saveOrganisation(manager, { communityId, name: 'Hospital' });
  clinicId = await saveOpenUnit(manager, { organisationId, name: 'Palliative team', careLevel: 'hospital_outpatient' });
  await sql(`insert into team_unit (patient_id, unit_id) values ($1, $2)`, [home.patientId, clinicId]);
  const personId = await makeTestPerson(manager, 'physician', 'physician', NOW);
  physician = { personId, username: 'physician', name: 'physician', roles: ['physician'], unitIds: [dhoId, clinicId] };
});

const replayed = () => replayPatient(watch.database.dataSource.manager, watch.parts.catalogue, home.patientId, { from: null, to: null });

test('a low saturation goes to the unit that the treatment limits name; explanation and replay say so, also when they have ended', async () => {
  const { manager } = watch.database.dataSource;
  const at = (clock: string): Date => new Date(`2026-03-26T${clock}:00Z`);
  const words = { decision: 'No admission.', contact: '900 00 000', reason: 'own wish' };
  const times = { validFrom: null, validTo: null, reviewBy: new Date('2026-06-01T00:00:00Z') };
  const change = { patientId: home.patientId, fromSeverity: 'red' as const, unitId: clinicId, ...words, ...times, expectedVersion: 0 };
  const { id } = await changeTreatmentLimits(manager, physician, change, at('08:00'));
  await watch.ingest.take(obs(home, [spotCheck(at('08:30'), { spo2: 84 })], { receivedAt: at('08:30') }));
  for (const clock of ['08:31', '09:05']) await lookAtDue(watch.parts, at(clock));
  const [episode] = await sql<{ id: string; owner: number }>(`select id, owner_unit_id as owner from episode`);
  expect(episode?.owner).toBe(clinicId);
  const { catalogue } = watch.parts;
  const facts = await readExplanationFacts(manager, physician, Number(episode?.id), { catalogue, now: at('09:10') });
  expect([explain(facts, catalogue, 'nb').whyOwner, explain(facts, catalogue, 'en').whyOwner]).toEqual([
    ['Ansvarlig: Palliative team (sykehusets poliklinikk), etter behandlingsbegrensningene (versjon 1)'],
    ['Owner: Palliative team (hospital outpatient clinic), by the treatment limits (version 1)'],
  ]);
  const DECIDED = 'Treatment limits (version 1): No admission. To call: Palliative team, 900 00 000';
  expect(explain(facts, catalogue, 'en').text).toContain(DECIDED);
  expect(explain(facts, catalogue, 'nb').text).toContain(
    'Behandlingsbegrensninger (versjon 1): No admission. Den som skal ringes: Palliative team, 900 00 000',
  );
  expect(tellStory(facts.story, [], 'x', 'en')).toContain(DECIDED);
  expect(facts.story.treatmentLimits).toMatchObject({ version: 1, unitId: clinicId });
  const told = await sql<{ unitId: number }>(`select distinct unit_id as "unitId" from notice`);
  expect(told).toEqual([{ unitId: clinicId }]);
  await endTreatmentLimits(manager, physician, { patientId: home.patientId, treatmentLimitsId: id }, at('10:00'));
  await lookAtDue(watch.parts, at('10:01'));
  const after = await readExplanationFacts(manager, physician, Number(episode?.id), { catalogue, now: at('10:02') });
  expect([after.story.treatmentLimits, tellStory(after.story, [], 'x', 'en').join()]).toEqual([null, expect.not.stringContaining(DECIDED)]);
  expect((await replayed()).differences).toEqual([]);
  expect((await replayed()).episodes).toBe(1);
});
