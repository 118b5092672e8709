import { type Episode } from '@varde/alerts';
import { decide, type GradedFinding } from '@varde/look';
import { DEFAULT_PATHWAY } from '@varde/routing';
import type { Domain, Finding, Severity } from '@varde/rules';
import { testDatabase } from '../../../../test/engine.js';
import { anEpisode, saveAnEpisode, saveSmallCommunity, viewerOf, type SmallCommunity } from '../../../../test/small-community.js';
import type { Viewer } from '../directory/sessions.js';
import { readPlans } from '../looks/plans-read.js';
import { saveFindings } from '../looks/watch-save.js';
import { inTransaction } from '../server/in-transaction.js';
import { changeEpisode, type RefusedAct } from './episode-acts.js';
import { readEpisodesForLook, readSnoozes } from './episode-rows.js';
import { readEpisodeStory } from './episode-story.js';
import { saveEpisodeChanges } from './episodes.js';
import { readHitRate } from './hit-rate.js';
import type { PersonAct } from './person-act.js';
import { readWorklistChanges } from './stream.js';
import { readWorklist } from './worklist.js';

const OPENED = new Date('2026-03-02T08:00:00Z');
const HOUR_MS = 3_600_000;
const hours = (n: number): Date => new Date(OPENED.getTime() + n * HOUR_MS);

const db = testDatabase();
let small: SmallCommunity;
let nora: Viewer;
let siri: Viewer;
beforeAll(async () => {
  small = await saveSmallCommunity(db.database.dataSource);
  nora = viewerOf(small.people.nora, [small.units.north]);
  siri = viewerOf(small.people.siri, [small.units.south]);
  await sql(`insert into enrolment (patient_id, programme, from_at) values ($1, 'copd', $2)`, [small.patients.first, hours(-1_000)]);
});
beforeEach(async () => {
  await sql(`truncate episode, episode_domain, episode_step, finding, notice, snooze, worklist_change, home_advice cascade`);
});

const sql = <T = unknown>(text: string, values: unknown[] = []): Promise<T[]> => db.database.dataSource.query(text, values);
const save = (domain: Domain, openedAt: Date, given: Partial<Episode> = {}): Promise<number> =>
  saveAnEpisode(db.database.dataSource, anEpisode(small, openedAt, { domains: [domain], ...given }));
const does = (viewer: Viewer, episodeId: number, act: PersonAct, now: Date) =>
  inTransaction(db.database.dataSource, (tx) => changeEpisode(tx, viewer, { episodeId, seenVersion: null, act }, now));
const story = (id: number, now = hours(50)) => readEpisodeStory(db.manager, nora, id, now);
const offerTo = (toUnitId: number): PersonAct => ({
  kind: 'offer',
  toUnitId,
  reason: 'trenger dere',
  answerMin: null,
  informedUnitIds: [],
});

/** A look at `now` that finds this, as a watcher writes it. */
async function find(domain: Domain, severity: Severity, now: Date): Promise<void> {
  const patientId = small.patients.first;
  const finding: Finding = {
    ...{ ruleId: `gen.${domain}`, ruleVersion: 1, domain, result: 'fire', severity, anchor: `t:${now.toISOString()}`, at: now },
    ...{ receivedAt: now, readingIds: [], limits: [], reason: { nb: 'funn', en: 'found' }, pendingUntil: null, superseded: false },
  };
  const graded: GradedFinding = { finding, severity, reason: finding.reason };
  await inTransaction(db.database.dataSource, async (tx) => {
    const agreed = (await readPlans(tx, [patientId], now)).get(patientId);
    if (agreed === undefined) throw new Error('no plan');
    const { plan, team, pathway } = agreed;
    const outcome = decide(
      {
        catalogue: { version: 1, programmes: [], entries: new Map(), rules: [], metrics: [], baselineMetrics: [], spreadFloors: new Map() },
        window: { readings: [], refused: [], dailyMedians: [], answers: [], lastObserved: [] },
        ...{ plan, team, unlookedFrom: null, recorded: [], pathway: pathway ?? DEFAULT_PATHWAY, frozenPathways: pathway ? [pathway] : [] },
        episodes: (await readEpisodesForLook(tx, [patientId], now)).get(patientId) ?? [],
        snoozes: (await readSnoozes(tx, [patientId], now)).get(patientId) ?? [],
        now,
      },
      { findings: [graded], cleared: [], nextAt: null },
    );
    await saveFindings(
      tx,
      outcome.findings.map((each) => ({ patientId, finding: each })),
      now,
    );
    await saveEpisodeChanges(
      tx,
      outcome.episodes.map((change) => ({ patientId, change })),
      now,
    );
  });
}

test('two open episodes become one, told of on the worklist, in the stream and in the history', async () => {
  const pust = await save('respiratory', OPENED);
  await save('blood_pressure', OPENED, { severity: 'yellow' });
  const fluid = await save('fluid', hours(40), { severity: 'yellow' });
  await find('respiratory', 'red', hours(41));

  expect(
    await sql(`select domain, episode_id::int as id from episode_domain where patient_id = $1 order by 1`, [small.patients.first]),
  ).toEqual([
    { domain: 'blood_pressure', id: pust + 1 },
    { domain: 'fluid', id: pust },
    { domain: 'respiratory', id: pust },
  ]);
  const one = await story(pust);
  expect(one.episode).toMatchObject({ severity: 'red', domains: ['fluid', 'respiratory'], closedAt: null, mergedIntoId: null });
  expect(one.absorbedIds).toEqual([fluid]);
  expect(one.steps.find(({ kind }) => kind === 'absorbed')?.reason).toEqual({
    nb: `Hendelse ${fluid} er samme problem og er tatt inn her: væske, pust har gitt signal innen 24 timer`,
    en: `Episode ${fluid} is the same problem and has come in here: fluid, respiratory have signalled within 24 hours`,
  });
  const gone = await story(fluid);
  expect(gone.episode).toMatchObject({ closedAt: hours(41), outcome: 'merged', mergedIntoId: pust, closedByPersonId: null });
  expect(gone.steps.at(-1)).toMatchObject({
    kind: 'merged',
    by: null,
    reason: {
      nb: `Samme problem som hendelse ${pust} og går videre der: væske, pust har gitt signal innen 24 timer; den andre er alvorligst`,
      en: `The same problem as episode ${pust} and goes on there: fluid, respiratory have signalled within 24 hours; the other is the graver`,
    },
  });
  const { rows } = await readWorklist(db.manager, nora, { unitId: null, includeInfo: true, offset: 0, limit: 10 }, hours(42));
  expect(rows[0]?.episodes.map(({ id }) => id)).toEqual([pust, pust + 1]);
  const changes = await readWorklistChanges(db.database.dataSource, 0, 100);
  expect(changes.slice(-3).map(({ episodeId, kind }) => [episodeId, kind])).toEqual([
    [pust, 'changed'],
    [pust + 1, 'changed'],
    [fluid, 'merged'],
  ]);
});

test('findings of what went in are told with those of the one that goes on, and stay where they were found', async () => {
  const pust = await save('respiratory', OPENED);
  await find('fluid', 'yellow', hours(40));
  const fluid = (await sql<{ id: number }>(`select max(id)::int as id from episode`))[0]?.id ?? 0;
  await find('respiratory', 'red', hours(41));
  expect((await story(pust)).findings.map(({ domain }) => domain)).toEqual(['fluid', 'respiratory']);
  expect((await story(fluid)).findings.map(({ domain }) => domain)).toEqual(['fluid']);
});

test('nobody is called any more about the one that is gone; what became of its offer is told', async () => {
  await sql(`insert into team_unit (patient_id, unit_id) values ($1, $2) on conflict do nothing`, [
    small.patients.first,
    small.units.south,
  ]);
  const fluid = await save('fluid', hours(30), { severity: 'yellow', ownerUnitId: small.units.south });
  const pust = await save('respiratory', OPENED);
  await does(siri, fluid, offerTo(small.units.clinic), hours(40));
  await sql(`update unit set webhook_url = 'https://example.invalid/x', webhook_secret = 'a' where id = $1`, [small.units.south]);
  await sql(
    `insert into notice (episode_id, key, channel, cause, severity, unit_id, text_nb, text_en, queued_at, next_try_at)
     select $1::bigint, 'k' || cause, 'webhook', cause, 'yellow', $2, 'x', 'x', $3, $3 from unnest(array['escalated', 'declined']) cause`,
    [fluid, small.units.south, hours(40)],
  );
  await find('respiratory', 'red', hours(40.2));
  const queued = await sql(`select cause, last_error from notice where episode_id = $1 and key like 'k%' order by cause`, [fluid]);
  expect(queued).toEqual([
    { cause: 'declined', last_error: null },
    { cause: 'escalated', last_error: `it went into episode ${pust} before it was delivered` },
  ]);
  const gone = await story(fluid);
  expect(gone.offers).toMatchObject([{ fate: 'closed', endedAt: hours(40.2), endedBy: null }]);
  expect(gone.notices.filter(({ cause }) => cause === 'recalled').map(({ unitId }) => unitId)).toEqual([small.units.clinic]);
  const one = await story(pust);
  expect(one.episode).toMatchObject({ ownerUnitId: small.units.north, followerUnitIds: [small.units.south] });
  const told = one.notices.filter(({ cause, channel }) => cause === 'owner_changed' && channel === 'worklist');
  expect(told).toMatchObject([
    { unitId: small.units.south, text: { nb: expect.stringContaining(`Hendelse ${fluid} er tatt inn i denne`) } },
  ]);
});

test('a question of the one that is gone waits for its answer in the other, and is answered there', async () => {
  const pust = await save('respiratory', OPENED);
  const fluid = await save('fluid', hours(30), { severity: 'yellow' });
  await sql(`alter table pathway disable trigger pathway_stays`);
  await sql(
    `update pathway set cooperations = (select jsonb_build_array(jsonb_build_object('step', 2, 'programme', null, 'organisationIds',
       (select jsonb_agg(organisation_id order by organisation_id) from unit where id = any($1)))))`,
    [[small.units.north, small.units.clinic]],
  );
  await sql(`alter table pathway enable trigger pathway_stays`);
  const question: PersonAct = { kind: 'ask_advice', unitId: small.units.clinic, question: 'Øke diuretika?', answerMin: null };
  await does(nora, fluid, question, hours(40));
  await find('respiratory', 'red', hours(40.1));
  expect((await story(fluid)).questions).toMatchObject([{ number: 1, fate: 'ended' }]);
  const [asked] = (await story(pust)).questions;
  expect(asked).toMatchObject({ number: 1, unitId: small.units.clinic, question: 'Øke diuretika?', askedAt: hours(40), fate: null });
  const lise = viewerOf(small.people.siri, [small.units.clinic], ['physician']);
  await expect(does(lise, fluid, { kind: 'give_advice', number: 1, answer: 'Ja' }, hours(40.2))).rejects.toThrow(
    /went into episode|not found|that advice/,
  );
  await does(lise, pust, { kind: 'give_advice', number: 1, answer: 'Ja' }, hours(40.2));
  expect((await story(pust)).questions).toMatchObject([{ fate: 'given', answer: 'Ja' }]);
});

test('whoever acts on the one that is gone is told which one to act on', async () => {
  const pust = await save('respiratory', OPENED);
  const fluid = await save('fluid', hours(40), { severity: 'yellow' });
  await find('respiratory', 'red', hours(41));
  const refused = await does(nora, fluid, { kind: 'acknowledge' }, hours(42)).then(
    () => null,
    (error: RefusedAct) => error,
  );
  expect(refused).toMatchObject({
    name: 'IllegalMove',
    message: expect.stringContaining(`it went into episode ${pust}`),
    episodeNow: { episodeId: fluid, state: 'closed', mergedIntoId: pust },
  });
});

test('whom the ladder of the one that is gone has called may take the one that goes on', async () => {
  const pust = await save('respiratory', OPENED);
  const fluid = await save('fluid', hours(40), {});
  await sql(`insert into team_unit (patient_id, unit_id) values ($1, $2) on conflict do nothing`, [
    small.patients.first,
    small.units.south,
  ]);
  await sql(
    `insert into notice (episode_id, key, channel, cause, severity, unit_id, text_nb, text_en, queued_at)
     values ($1, 'called', 'worklist', 'escalated', 'red', $2, 'x', 'x', $3)`,
    [fluid, small.units.south, hours(40.5)],
  );
  await find('respiratory', 'red', hours(41));
  expect((await story(fluid)).episode.mergedIntoId).toBe(pust);
  const taken = await does(siri, pust, { kind: 'acknowledge' }, hours(41.1));
  expect(taken).toMatchObject({ ownerUnitId: small.units.south, acknowledgedByPersonId: siri.personId });
});

test('what the patient has not answered stays with the one that goes on', async () => {
  const pust = await save('respiratory', OPENED);
  const fluid = await save('fluid', hours(40), { severity: 'yellow' });
  await sql(
    `insert into home_advice (patient_id, episode_id, key, kind, text_nb, text_en, answers, must_answer, community_id, advised_at, of_use_until)
     select id, $2::bigint, 'f/yellow/1/0', 'yellow', 'x', 'x', '{started}', false, community_id, $3::timestamptz, $3::timestamptz + interval '2 days'
     from patient where id = $1`,
    [small.patients.first, fluid, hours(40)],
  );
  await find('respiratory', 'red', hours(41));
  expect(await sql(`select episode_id::int as id, withdrawn_at from home_advice`)).toEqual([{ id: pust, withdrawn_at: null }]);
});

test('it is no outcome of its own: only the one that goes on counts, with the findings of both', async () => {
  const pust = await save('respiratory', OPENED);
  await save('fluid', hours(40), { severity: 'yellow' });
  await find('respiratory', 'red', hours(41));
  const ask = { from: hours(0), to: hours(60), limit: 10 } as const;
  const manager = db.manager;
  expect((await readHitRate(manager, nora, { by: 'unit', ...ask })).lines).toEqual([]);
  await does(nora, pust, { kind: 'close', outcome: 'treated_at_home', note: '' }, hours(42));
  expect((await readHitRate(manager, nora, { by: 'rule', ...ask })).lines).toMatchObject([
    { key: 'copd.spo2.below_target', episodes: 1, hits: 1 },
    { key: 'gen.fluid', episodes: 1, hits: 1 },
    { key: 'gen.respiratory', episodes: 1, hits: 1 },
  ]);
});

test('the database keeps what has gone into another apart from what is closed', async () => {
  const pust = await save('respiratory', OPENED);
  const other = await save('blood_pressure', OPENED);
  const end = (set: string) => sql(`update episode set closed_at = now(), ${set} where id = $1`, [other]);
  await expect(end(`outcome = 'merged'`)).rejects.toThrow(/episode_(merged|closed_by)/);
  await expect(end(`outcome = 'admitted', merged_into_id = ${pust}`)).rejects.toThrow(/episode_merged/);
  await expect(end(`outcome = 'merged', merged_into_id = id`)).rejects.toThrow(/episode_merged/);
  await expect(end(`outcome = 'admitted'`)).rejects.toThrow(/episode_closed_by/);
});
