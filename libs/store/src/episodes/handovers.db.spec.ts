import { chooseOwner, type Cooperation, type Route, type StaircaseStep } from '@varde/routing';
import { openTestDatabase, whileTaking, type TestDatabase } from '../../../../test/engine.js';
import { anEpisode, saveAnEpisode, saveSmallCommunity, viewerOf, type SmallCommunity } from '../../../../test/small-community.js';
import type { Viewer } from '../directory/sessions.js';
import { savePathway } from '../directory/pathways.js';
import { changeResponsibility, changeTeam } from '../directory/teams.js';
import { readPlans } from '../looks/plans-read.js';
import { inTransaction } from '../server/in-transaction.js';
import { changeEpisode } from './episode-acts.js';
import { readEpisodesForLook } from './episode-rows.js';
import { readEpisodeStory } from './episode-story.js';
import type { PersonAct } from './person-act.js';
import { readWorklistChanges } from './stream.js';

let db: TestDatabase;
let small: SmallCommunity;
let nora: Viewer;
let pia: Viewer;
let siri: Viewer;
let lise: Viewer;
let id: number;
const sql = <T = unknown>(text: string, values: unknown[] = []): Promise<T[]> => db.database.dataSource.query(text, values);
beforeAll(async () => {
  db = await openTestDatabase();
  small = await saveSmallCommunity(db.database.dataSource);
  nora = viewerOf(small.people.nora, [small.units.north]);
  pia = viewerOf(small.people.pia, [small.units.north], ['physician']);
  siri = viewerOf(small.people.siri, [small.units.south]);
  const [row] = await sql<{ id: number }>(
    `insert into person (username, name, password_hash, roles, created_at) values ('lise', 'Navn lise', 'x', '{physician}', now()) returning id`,
  );
  lise = viewerOf(row?.id ?? 0, [small.units.clinic], ['physician']);
  await sql(`insert into person_unit (person_id, unit_id) values ($1, $2)`, [lise.personId, small.units.clinic]);
  await sql(`insert into enrolment (patient_id, programme, from_at) values ($1, 'copd', $2)`, [small.patients.first, at(-60)]);
}, 60_000);
afterAll(() => db.close());
beforeEach(async () => {
  await sql(`truncate episode, episode_domain, episode_step, finding, notice, snooze, worklist_change cascade`);
  await sql(`update patient_watch set due_at = null`);
  await sql(`update unit set webhook_url = null`);
  await sql(`delete from team_unit where patient_id = $1 and unit_id = $2`, [small.patients.first, small.units.south]);
  await standOn(1);
  id = await saveAnEpisode(db.database.dataSource, anEpisode(small, OPENED));
});

const OPENED = new Date('2026-03-02T08:00:00Z');
const at = (minute: number): Date => new Date(OPENED.getTime() + minute * 60_000);
const does = (viewer: Viewer, given: PersonAct, now = at(10)) =>
  inTransaction(db.database.dataSource, (tx) => changeEpisode(tx, viewer, { episodeId: id, seenVersion: null, act: given }, now));
const story = (viewer = nora) => readEpisodeStory(db.database.dataSource.manager, viewer, id, at(10));
const stored = async () =>
  (await readEpisodesForLook(db.database.dataSource.manager, [small.patients.first], at(10))).get(small.patients.first)?.[0];
const offerTo = (toUnitId: number, given: object = {}): PersonAct => ({
  ...{ kind: 'offer', toUnitId, reason: 'trenger klinikken', answerMin: null, informedUnitIds: [] },
  ...given,
});

const askOf = (unitId: number): PersonAct => ({ kind: 'ask_advice', unitId, question: 'hva nå?', answerMin: null });

/** What the pathway says when north and the two others stand on a step of the staircase. */
async function cooperationsOn(step: StaircaseStep, programme: Cooperation['programme'] = null): Promise<Cooperation[]> {
  const organisation = async (unitId: number): Promise<number> =>
    (await sql<{ id: number }>(`select organisation_id as id from unit where id = $1`, [unitId]))[0]?.id ?? 0;
  const north = await organisation(small.units.north);
  const pairs = await Promise.all([small.units.clinic, small.units.south].map(organisation));
  return pairs.map((other) => ({ organisationIds: [Math.min(north, other), Math.max(north, other)], step, programme }));
}

/** Puts them there; a version of a pathway never changes, so its guard rests meanwhile. */
async function standOn(...where: Parameters<typeof cooperationsOn>): Promise<void> {
  await sql(`alter table pathway disable trigger pathway_stays`);
  await sql(`update pathway set cooperations = $1`, [JSON.stringify(await cooperationsOn(...where))]);
  await sql(`alter table pathway enable trigger pathway_stays`);
}

describe('a handover', () => {
  test('is kept with its fate; what the episode waits for is read back as it was written', async () => {
    const offered = await does(nora, offerTo(small.units.clinic));
    expect(await stored()).toEqual(offered);
    expect(offered.offer).toMatchObject({ number: 1, deadlineAt: at(40), offeredByPersonId: nora.personId });
    const accepted = await does(lise, { kind: 'accept' }, at(20));
    expect(await stored()).toEqual(accepted);
    expect(accepted).toMatchObject({ ownerUnitId: small.units.clinic, acknowledgedByPersonId: lise.personId, offer: null });
    const kept = await sql(`select from_unit_id, to_unit_id, fate, ended_at, ended_by_person_id from handover`);
    const [from_unit_id, to_unit_id] = [small.units.north, small.units.clinic];
    expect(kept).toEqual([{ from_unit_id, to_unit_id, fate: 'accepted', ended_at: at(20), ended_by_person_id: lise.personId }]);
  });

  test.each<[string, () => Viewer, PersonAct, string, string | null]>([
    ['declined', () => lise, { kind: 'decline', reason: 'fullt' }, 'declined', 'fullt'],
    ['recalled', () => nora, { kind: 'recall', reason: 'bedre' }, 'recalled', 'bedre'],
    ['ended by closing', () => nora, { kind: 'close', outcome: 'admitted', note: 'lagt inn' }, 'closed', null],
  ])('is %s', async (...[, who, act, fate, answer]) => {
    await does(nora, offerTo(small.units.clinic));
    expect(await does(who(), act)).toMatchObject({ ownerUnitId: small.units.north, offer: null });
    expect(await sql(`select fate, answer from handover`)).toEqual([{ fate, answer }]);
  });

  test.each<[string, PersonAct[], string[]]>([
    ['an offer that was recalled', [offerTo(3), { kind: 'recall', reason: 'bedre' }], ['recalled']],
    ['a question that was answered', [askOf(3), offerTo(3), { kind: 'give_advice', number: 1, answer: 'vent' }], ['offered']],
  ])('%s asks nobody any more', async (_, acts, told) => {
    await standOn(2);
    await sql(`update unit set webhook_url = 'https://epj.example/varde' where id = $1`, [small.units.clinic]);
    for (const act of acts) await does(act.kind === 'give_advice' ? lise : nora, act);
    const waiting = await sql<{ cause: string }>(`select cause from notice where next_try_at is not null order by id`);
    expect(waiting.map(({ cause }) => cause)).toEqual(told);
  });

  test('a unit outside the team sees the patient while the offer waits, and is a guest of the team by accepting', async () => {
    await expect(story(siri)).rejects.toMatchObject({ name: 'NotFound' });
    await does(nora, offerTo(small.units.south));
    expect((await story(siri)).episode.offer?.toUnitId).toBe(small.units.south);
    await does(nora, { kind: 'recall', reason: 'feil' });
    await expect(story(siri)).rejects.toMatchObject({ name: 'NotFound' });
    await does(nora, offerTo(small.units.south));
    await does(siri, { kind: 'accept' });
    expect((await story(siri)).episode.ownerUnitId).toBe(small.units.south);
    expect((await story(nora)).episode.followerUnitIds).toEqual([small.units.north]);
    const [{ plan_version: version } = { plan_version: 0 }] = await sql<{ plan_version: number }>(
      `select plan_version from patient where id = $1`,
      [small.patients.first],
    );
    expect(version).toBeGreaterThan(1);
  });

  test('whoever is asked hears of every change in the stream, also of the one after which they see the patient no more', async () => {
    await does(nora, offerTo(small.units.south));
    await does(nora, { kind: 'recall', reason: 'bedre' });
    const changes = await readWorklistChanges(db.database.dataSource, 0, 10);
    const heard = changes.map(({ seenByUnitIds }) => seenByUnitIds.includes(small.units.south));
    expect(heard).toEqual([true, true, true]);
  });

  test('whoever comes too late is told how it stands, also when they may no longer see the patient', async () => {
    await does(nora, offerTo(small.units.south));
    await does(nora, { kind: 'recall', reason: 'bedre' });
    const lastOffer = { number: 1, toUnitId: small.units.south, fate: 'recalled', endedBy: 'Navn nora' };
    await expect(does(siri, { kind: 'accept' })).rejects.toMatchObject({
      name: 'IllegalMove',
      episodeNow: { state: 'waiting', ownerUnitId: small.units.north, lastOffer },
    });
    await does(nora, offerTo(small.units.south));
    await does(siri, { kind: 'accept' });
    await expect(does(nora, { kind: 'recall', reason: 'likevel' })).rejects.toMatchObject({
      name: 'IllegalMove',
      episodeNow: { state: 'acknowledged', ownerUnitId: small.units.south, acknowledgedBy: 'Navn siri', lastOffer: { fate: 'accepted' } },
    });
  });

  test('the giver’s own messages go on, those to the accepted stop; the giver hears of it', async () => {
    await does(nora, offerTo(small.units.clinic));
    await does(lise, { kind: 'accept' });
    const { notices } = await story();
    expect(notices.map(({ cause, unitId, acceptedAt }) => [cause, unitId, acceptedAt !== null])).toEqual([
      ['opened', small.units.north, false],
      ['offered', small.units.clinic, true],
      ['accepted', small.units.north, false],
    ]);
  });

  test('an acceptance that cannot tell the giver is none: owner, offer and team are as they were', async () => {
    const offered = await does(nora, offerTo(small.units.south));
    const team = await sql(`select * from team_unit order by 1, 2`);
    await whileTaking(db.database, { table: 'notice', condition: `cause <> 'accepted'` }, async () => {
      await expect(does(siri, { kind: 'accept' })).rejects.toThrow(/taken_by_the_test/);
    });
    expect(await stored()).toEqual(offered);
    expect(await sql(`select fate from handover`)).toEqual([{ fate: null }]);
    expect(await sql(`select * from team_unit order by 1, 2`)).toEqual(team);
  });

  test('the database keeps one waiting offer per episode, never to its owner and never of what is closed', async () => {
    await does(nora, offerTo(small.units.clinic));
    const second = `insert into handover select episode_id, 2, patient_id, from_unit_id, to_unit_id, reason, informed_unit_ids, offered_at,
      offered_by_person_id, deadline_at from handover`;
    await expect(sql(second)).rejects.toThrow(/handover_waits/);
    await expect(sql(`update episode set owner_unit_id = offered_to_unit_id`)).rejects.toThrow(/episode_offered_away/);
    await expect(sql(`update episode set offered_to_unit_id = $1`, [small.units.south])).rejects.toThrow(/episode_offer_kept/);
    await expect(sql(`update episode set owner_unit_id = null`)).rejects.toThrow(/null value/);
  });
});

describe('a guest', () => {
  const manager = () => db.database.dataSource.manager;
  const agreed = async () => (await readPlans(manager(), [small.patients.first], at(30))).get(small.patients.first);
  const changeTo = (unitIds: number[]) => changeTeam(manager(), small.patients.first, unitIds, at(30));
  const visit = async () => {
    await does(nora, offerTo(small.units.south));
    await does(siri, { kind: 'accept' }, at(20));
  };
  const close = { kind: 'close', outcome: 'admitted', note: '' } as const;

  beforeAll(async () => {
    for (const unitId of [small.units.north, small.units.south]) {
      await sql(
        `insert into unit_limit (unit_id, rule_id, parameter, value, reason, set_by_person_id, set_at, valid_from, version)
         values ($1, 'copd.spo2.below_target', 'limit', 87, 'x', $2, $3, $3, 1)`,
        [unitId, siri.personId, at(-60)],
      );
      await sql(
        `insert into rule_switch (unit_id, rule_id, enabled, reason, set_by_person_id, set_at, valid_from, version)
         values ($1, 'copd.spo2.below_target', false, 'x', $2, $3, $3, 1)`,
        [unitId, siri.personId, at(-60)],
      );
    }
  });
  afterAll(() => sql(`truncate unit_limit, rule_switch cascade`));

  test('owns what it took and nothing else: neither its limits and switches nor what is new', async () => {
    await visit();
    const { team, plan, pathway } = (await agreed()) ?? {};
    if (!team || !plan || !pathway) throw new Error('nothing is agreed');
    expect(team.guestUnitIds).toEqual([small.units.south]);
    expect(team.units.map((unit) => unit.id)).toContain(small.units.south);
    expect([...plan.unitLimits, ...(plan.ruleSwitches ?? [])].map(({ unitId }) => unitId)).toEqual([small.units.north, small.units.north]);
    const withoutNorth = { ...team, units: team.units.filter((unit) => unit.id !== small.units.north) };
    expect(chooseOwner(pathway, team, 'red', at(30)).unitId).toBe(small.units.north);
    expect(chooseOwner(pathway, withoutNorth, 'red', at(30)).unitId).toBe(small.units.clinic);
  });

  test('is gone once it owns nothing that is open, and its people no longer see the patient; they hear that it is closed', async () => {
    await visit();
    const first = id;
    id = await saveAnEpisode(db.database.dataSource, anEpisode(small, OPENED, { domains: ['fluid'] }));
    await visit();
    await does(siri, close, at(25));
    expect((await agreed())?.team.guestUnitIds).toEqual([small.units.south]);
    id = first;
    const versionBefore = (await agreed())?.planVersion ?? 0;
    await sql(`update patient_watch set due_at = null`);
    await does(siri, close, at(25));
    const { team, planVersion } = (await agreed()) ?? {};
    expect(team?.units.map((unit) => unit.id)).toEqual([small.units.north, small.units.clinic]);
    expect(planVersion).toBe(versionBefore + 1);
    expect(await sql(`select due_at from patient_watch where patient_id = $1`, [small.patients.first])).toEqual([{ due_at: at(25) }]);
    await expect(story(siri)).rejects.toMatchObject({ name: 'NotFound' });
    const last = (await readWorklistChanges(db.database.dataSource, 0, 100)).at(-1);
    expect(last).toMatchObject({ kind: 'closed', seenByUnitIds: expect.arrayContaining([small.units.south]) });
  });

  test('is gone once another unit has taken over; a unit of the team stays', async () => {
    await visit();
    await does(siri, offerTo(small.units.north), at(21));
    await does(nora, { kind: 'accept' }, at(22));
    expect((await agreed())?.team).toMatchObject({ guestUnitIds: [], units: [{ id: small.units.north }, { id: small.units.clinic }] });
    await does(nora, close, at(23));
    expect((await agreed())?.team.units).toHaveLength(2);
  });

  test('cannot be left out while it owns, and becomes of the team when a person names it', async () => {
    await visit();
    const { north, south, clinic } = small.units;
    await expect(changeTo([north, clinic])).rejects.toMatchObject({ name: 'Conflict' });
    const responsible = changeResponsibility(manager(), small.patients.first, { responsibleUnitId: south }, at(30));
    await expect(responsible).rejects.toMatchObject({ name: 'Invalid' });
    await changeTo([north, south, clinic]);
    expect((await agreed())?.team.guestUnitIds).toEqual([]);
    await does(siri, close, at(31));
    expect((await story(siri)).episode.closedAt).toEqual(at(31));
  });
});

describe('who may', () => {
  const denied = (name: string) =>
    expect.objectContaining({ name, episodeNow: expect.objectContaining({ ownerUnit: 'Oppfølging Nordvik' }) });

  test.each<[string, PersonAct]>([
    ['acknowledge', { kind: 'acknowledge' }],
    ['close', { kind: 'close', outcome: 'admitted', note: '' }],
    ['offer', { kind: 'offer', toUnitId: 2, reason: 'x', answerMin: null, informedUnitIds: [] }],
    ['assign', { kind: 'assign', toPersonId: 1 }],
    ['keep a rule quiet', { kind: 'snooze', ruleId: 'copd.spo2.below_target', until: at(60), note: 'x' }],
  ])('%s: nobody of the team but the owner’s people', async (_, act) => {
    await expect(does(lise, act)).rejects.toEqual(denied('Forbidden'));
    expect((await story()).episode.version).toBe(1);
  });

  test('note: everybody of the team', async () => {
    expect(await does(lise, { kind: 'note', note: 'sett' })).toMatchObject({ version: 2, ownerUnitId: small.units.north });
  });

  test('accept and decline: only people of the unit it is offered to, and never the giver', async () => {
    await does(nora, offerTo(small.units.clinic));
    await expect(does(pia, { kind: 'accept' })).rejects.toEqual(denied('Forbidden'));
    const both = viewerOf(nora.personId, [small.units.north, small.units.clinic]);
    await expect(does(both, { kind: 'accept' })).rejects.toEqual(denied('IllegalMove'));
  });

  test('be given it: a clinician of the owner', async () => {
    expect(await does(nora, { kind: 'assign', toPersonId: pia.personId })).toMatchObject({ assignedToPersonId: pia.personId });
    await expect(does(nora, { kind: 'assign', toPersonId: lise.personId })).rejects.toMatchObject({ name: 'NotFound' });
    expect(await does(pia, { kind: 'acknowledge' })).toMatchObject({ assignedToPersonId: pia.personId });
  });

  test.each<[string, PersonAct, string]>([
    ['a longer time than the pathway gives', { ...offerTo(0), answerMin: 31 } as PersonAct, 'Invalid'],
    ['telling a unit outside the team', { ...offerTo(0), informedUnitIds: [2] } as PersonAct, 'Invalid'],
  ])('nobody: %s', async (_, act, name) => {
    await expect(does(nora, { ...act, toUnitId: small.units.clinic } as PersonAct)).rejects.toMatchObject({ name });
  });
});

describe('the step of the staircase decides', () => {
  const ask = (): PersonAct => ({ kind: 'ask_advice', unitId: small.units.clinic, question: 'mer oksygen?', answerMin: 30 });
  const move = (): PersonAct => ({ kind: 'move', toUnitId: small.units.clinic, reason: 'felles forløp' });

  test.each<[StaircaseStep, Cooperation['programme'], string, string, string, string]>([
    [1, null, 'offered', 'Conflict', 'Forbidden', 'Forbidden'],
    [2, null, 'offered', 'asked', 'Forbidden', 'Forbidden'],
    [3, null, 'offered', 'asked', 'Forbidden', 'Forbidden'],
    [4, null, 'offered', 'asked', 'Forbidden', 'Forbidden'],
    [5, 'copd', 'Conflict', 'asked', 'moved', 'acknowledged'],
    [5, 'hf', 'offered', 'asked', 'Forbidden', 'Forbidden'],
    [6, null, 'Conflict', 'asked', 'moved', 'acknowledged'],
  ])('step %i (%s): an offer is %s, advice %s, moving %s, and the clinic that acknowledges %s', async (step, programme, ...expected) => {
    await standOn(step, programme);
    const outcome = (done: Promise<unknown>, word: string) =>
      done.then(
        () => word,
        (error: Error) => error.name,
      );
    expect([
      await outcome(does(nora, offerTo(small.units.clinic)), 'offered'),
      await outcome(does(nora, ask()), 'asked'),
      await outcome(does(nora, move()), 'moved'),
      await outcome(does(lise, { kind: 'acknowledge' }), 'acknowledged'),
    ]).toEqual(expected);
  });

  test('an emergency service has no people here: it is neither offered anything nor asked nor given it, on any step', async () => {
    await standOn(6);
    const [{ amk } = { amk: 0 }] = await sql<{ amk: number }>(
      `with made as (insert into unit (organisation_id, name, care_level, zone, opening_hours)
         select organisation_id, 'AMK', 'amk', zone, opening_hours from unit where id = $1 returning id, organisation_id)
       insert into unit_organisation (unit_id, organisation_id) select id, organisation_id from made returning unit_id as amk`,
      [small.units.clinic],
    );
    for (const act of [offerTo(amk), { ...ask(), unitId: amk }, { ...move(), toUnitId: amk }] as PersonAct[])
      await expect(does(nora, act)).rejects.toMatchObject({
        name: 'Invalid',
        message: expect.stringMatching(/AMK is at a level that cannot/),
      });
  });

  test('advice is asked and given; the owner stays, and who is asked sees the patient until then', async () => {
    await standOn(2);
    await sql(`delete from team_unit where patient_id = $1 and unit_id = $2`, [small.patients.first, small.units.clinic]);
    const asked = await does(nora, ask());
    expect(await stored()).toEqual(asked);
    expect((await story(lise)).episode.consultations).toMatchObject([{ number: 1, deadlineAt: at(40) }]);
    expect(await does(lise, { kind: 'give_advice', number: 1, answer: 'nei' })).toMatchObject({ ownerUnitId: small.units.north });
    expect(await sql(`select fate, answer from consultation`)).toEqual([{ fate: 'given', answer: 'nei' }]);
    await expect(story(lise)).rejects.toMatchObject({ name: 'NotFound' });
    await expect(does(lise, { kind: 'give_advice', number: 1, answer: 'jo' })).rejects.toMatchObject({ name: 'IllegalMove' });
    await sql(`insert into team_unit (patient_id, unit_id) values ($1, $2)`, [small.patients.first, small.units.clinic]);
  });

  test('by the version that the episode was opened with, whatever has been agreed since', async () => {
    const [{ routes } = { routes: [] }] = await sql<{ routes: Route[] }>(`select routes from pathway`);
    const next = { id: small.pathwayId, communityId: small.communityId, name: 'Felles', routes, cooperations: await cooperationsOn(6) };
    await savePathway(db.database.dataSource.manager, { ...next, inForceFrom: at(1) }, at(1));
    await expect(does(nora, move())).rejects.toMatchObject({ name: 'Forbidden' });
    id = await saveAnEpisode(db.database.dataSource, anEpisode(small, at(2), { domains: ['fluid'], pathwayVersion: 2 }));
    expect(await does(nora, move())).toMatchObject({ ownerUnitId: small.units.clinic });
  });
});

describe('what has been critical is closed by two', () => {
  const close = { kind: 'close', outcome: 'treated_at_home', note: '' } as const;
  const propose = async () => {
    id = await saveAnEpisode(db.database.dataSource, anEpisode(small, OPENED, { domains: ['fluid'], severity: 'critical' }));
    return does(nora, close);
  };

  test('of the owner', async () => {
    const proposed = await propose();
    expect(proposed.closeProposed).toMatchObject({ byPersonId: nora.personId });
    expect((await story()).episode).toEqual(proposed);
    await expect(does(nora, close)).rejects.toMatchObject({ name: 'IllegalMove' });
    expect(await does(pia, close)).toMatchObject({ closedByPersonId: pia.personId, closeProposed: null });
  });

  test('one of them of another unit of the team, who agrees; who would close it otherwise takes nothing', async () => {
    await expect(does(lise, close)).rejects.toThrow('only its people may close');
    const proposed = await propose();
    await expect(does(lise, { ...close, outcome: 'admitted' })).rejects.toThrow(/would close it with treated_at_home/);
    expect((await story()).episode).toEqual(proposed);
    await expect(does(siri, close)).rejects.toMatchObject({ name: 'NotFound' });
    expect(await does(lise, close)).toMatchObject({ closedByPersonId: lise.personId, outcome: 'treated_at_home' });
  });
});
