import { testDatabase } from '../../../../test/engine.js';
import { anEpisode, saveAnEpisode, saveSmallCommunity, viewerOf, type SmallCommunity } from '../../../../test/small-community.js';
import { askContactTest, saveContact } from '../directory/contacts.js';
import { endDuty } from '../directory/duty.js';
import { changePerson, type PersonChange } from '../directory/person-change.js';
import type { Viewer } from '../directory/sessions.js';
import { inTransaction } from '../server/in-transaction.js';
import { changeEpisode } from './episode-acts.js';
import { readEpisodeStory } from './episode-story.js';
import { saveEpisodeChanges } from './episodes.js';
import type { PersonAct } from './person-act.js';

const OPENED = new Date('2026-03-02T08:00:00Z');
const at = (minute: number): Date => new Date(OPENED.getTime() + minute * 60_000);

const db = testDatabase();
let small: SmallCommunity;
let nora: Viewer;
let pia: Viewer;
beforeAll(async () => {
  small = await saveSmallCommunity(db.database.dataSource);
  nora = viewerOf(small.people.nora, [small.units.north]);
  pia = viewerOf(small.people.pia, [small.units.north], ['physician']);
});

beforeEach(async () => {
  const { dataSource } = db.database;
  await dataSource.query(
    `truncate episode, episode_domain, episode_step, finding, notice, worklist_change, patient_log, duty, contact cascade`,
  );
  await dataSource.query(`update patient_watch set due_at = null`);
  await dataSource.query(`update unit set roster_kept = false`);
  await dataSource.query(`update person set active = true, roles = array['nurse'] where id = $1`, [nora.personId]);
  await dataSource.query(`insert into person_unit (person_id, unit_id) values ($1, $2) on conflict do nothing`, [
    nora.personId,
    small.units.north,
  ]);
});

const save = (patientId: number) => saveAnEpisode(db.database.dataSource, anEpisode(small, OPENED, { patientId }));
const does = (viewer: Viewer, episodeId: number, act: PersonAct) =>
  inTransaction(db.database.dataSource, (tx) => changeEpisode(tx, viewer, { episodeId, seenVersion: null, act }, at(5)));
const logged = async (now: Date): Promise<{ kind: string }[]> =>
  db.database.dataSource.query(`select also::json ->> 'kind' as kind from patient_log where kind = 'act' and at = $1`, [now]);
const due = async (patientId: number): Promise<Date | null> =>
  (await db.database.dataSource.query(`select due_at from patient_watch where patient_id = $1`, [patientId]))[0]?.due_at ?? null;

test('what somebody has whose account is closed is in the queue at once, and so is what they were given', async () => {
  const held = await save(small.patients.first);
  await does(nora, held, { kind: 'acknowledge' });
  const given = await save(small.patients.second);
  await does(pia, given, { kind: 'acknowledge' });
  await does(pia, given, { kind: 'assign', toPersonId: nora.personId });
  await db.database.dataSource.query(`update patient_watch set due_at = null`);

  await changePerson(db.manager, nora.personId, { active: false }, at(20));

  const story = await readEpisodeStory(db.manager, pia, held, at(20));
  expect(story.episode).toMatchObject({ ownerUnitId: small.units.north, acknowledgedAt: null, ladderStepsTaken: 0, nextStepAt: at(20) });
  expect(story.steps.at(-1)).toMatchObject({
    kind: 'acknowledgement_ran_out',
    byPersonId: null,
    reason: {
      nb: 'Den som hadde den, har sluttet: kontoen er stengt. Hendelsen er i køen og ikke tildelt noen',
      en: 'Whoever had it has left: the account is closed. The episode is in the queue and given to nobody',
    },
  });
  expect(story.notices.at(-1)).toMatchObject({ cause: 'acknowledgement_ran_out', unitId: small.units.north, queuedAt: at(20) });
  expect(await due(small.patients.first)).toEqual(at(20));
  const other = await readEpisodeStory(db.manager, pia, given, at(20));
  expect(other.episode).toMatchObject({ acknowledgedByPersonId: pia.personId, assignedToPersonId: null });
  expect(other.steps.at(-1)?.reason.en).toBe('Whoever it was given to has left: the account is closed. It is given to nobody');
  expect(await logged(at(20))).toEqual([{ kind: 'leave' }, { kind: 'leave' }]);

  // Once more changes nothing; nor does whoever has nothing.
  await changePerson(db.manager, nora.personId, { active: true }, at(21));
  await changePerson(db.manager, nora.personId, { active: false }, at(22));
  expect((await readEpisodeStory(db.manager, pia, held, at(22))).episode.version).toBe(story.episode.version);
});

test.each([
  ['who leaves the unit', { unitIds: [] }, 'works for the unit no longer'],
  ['who is a clinician no longer', { roles: ['operator'] }, 'is a clinician here no longer'],
] as const)('what somebody has %s is in the queue at once', async (_, change, why) => {
  const held = await save(small.patients.first);
  await does(nora, held, { kind: 'acknowledge' });
  await db.database.dataSource.query(`update patient_watch set due_at = null`);

  await changePerson(db.manager, nora.personId, change, at(20));

  const { episode, steps } = await readEpisodeStory(db.manager, pia, held, at(20));
  expect(episode).toMatchObject({ ownerUnitId: small.units.north, acknowledgedAt: null, ladderStepsTaken: 0, nextStepAt: at(20) });
  expect(steps.at(-1)?.reason.en).toBe(`Whoever had it ${why}. The episode is in the queue and given to nobody`);
  expect(await due(small.patients.first)).toEqual(at(20));
  expect(await logged(at(20))).toEqual([{ kind: 'leave' }]);
});

test('what somebody has and may still act on stays with them, whatever else they leave', async () => {
  const held = await save(small.patients.first);
  await does(nora, held, { kind: 'acknowledge' });
  await db.database.dataSource.query(`insert into person_unit (person_id, unit_id) values ($1, $2)`, [nora.personId, small.units.clinic]);
  await changePerson(db.manager, nora.personId, { unitIds: [small.units.north], roles: ['nurse', 'operator'] }, at(20));
  expect((await readEpisodeStory(db.manager, pia, held, at(20))).episode).toMatchObject({ acknowledgedByPersonId: nora.personId });
});

test.each<[string, PersonChange]>([
  ['whose account is closed', { active: false }],
  ['who is a clinician no longer', { roles: ['operator'] }],
  ['who works for the unit no longer', { unitIds: [] }],
])('what waits to be sent to somebody %s is not sent, and the ladder is looked at', async (_, change) => {
  const { dataSource } = db.database;
  const contactOf = (personId: number | null, address: string) =>
    saveContact(db.manager, { unitId: small.units.north, personId, channel: 'sms', address, signingSecret: null }, null, OPENED);
  const hers = await contactOf(nora.personId, '+4790000002');
  const units = await contactOf(null, '+4790000001');
  await dataSource.query(`insert into duty (unit_id, person_id, kind, from_at, to_at, entered_at) values ($1, $2, 'on_call', $3, $4, $3)`, [
    small.units.north,
    nora.personId,
    OPENED,
    at(120),
  ]);
  const told = { cause: 'opened', severity: 'red', unitId: small.units.north, at: OPENED, text: { nb: 'x', en: 'x' } } as const;
  const episode = anEpisode(small, OPENED, { severity: 'red' });
  const drafts = [{ ...told, key: '0/opened/1' }];
  await inTransaction(dataSource, (tx) =>
    saveEpisodeChanges(tx, [{ patientId: episode.patientId, change: { episode, steps: [], findings: [], notices: drafts } }], OPENED),
  );
  await askContactTest(db.manager, hers, null, OPENED);
  const texts = (): Promise<unknown[]> =>
    dataSource.query(
      `select contact_id, episode_id is not null as of_episode, next_try_at is not null as waits, given_up_at, has_failed
       from notice where channel = 'sms' order by episode_id, contact_id`,
    );
  expect(await texts()).toMatchObject(Array.from({ length: 3 }, () => ({ waits: true })));
  await dataSource.query(`update patient_watch set due_at = null`);

  await changePerson(db.manager, nora.personId, change, at(1));

  expect(await texts()).toEqual([
    { contact_id: hers, of_episode: true, waits: false, given_up_at: at(1), has_failed: false },
    { contact_id: units, of_episode: true, waits: true, given_up_at: null, has_failed: false },
    { contact_id: hers, of_episode: false, waits: true, given_up_at: null, has_failed: false },
  ]);
  expect(await due(episode.patientId)).toEqual(at(1));
});

describe('when the first step of the ladder calls the owner at once, the owner is told once:', () => {
  beforeAll(async () => {
    const routes = ['info', 'yellow', 'red', 'critical'].map((severity) => ({
      ...{ severity, first: ['dho'], acknowledgementMin: 240 },
      ladder: [{ afterMin: 0, openingHoursClock: false, careLevel: 'dho', to: 'all staff' }],
    }));
    await db.database.dataSource.query(
      `insert into pathway (id, version, community_id, name, routes, in_force_from) values ($1, 2, $2, 'Felles', $3, $4)`,
      [small.pathwayId, small.communityId, JSON.stringify(routes), at(0)],
    );
  });
  const leaves = async (change: PersonChange) => {
    const held = await saveAnEpisode(db.database.dataSource, anEpisode(small, OPENED, { pathwayVersion: 2 }));
    await does(nora, held, { kind: 'acknowledge' });
    await changePerson(db.manager, nora.personId, change, at(20));
    const { episode, notices } = await readEpisodeStory(db.manager, pia, held, at(20));
    expect(episode).toMatchObject({ acknowledgedAt: null, ladderStepsTaken: 0, nextStepAt: at(20) });
    return notices.map(({ cause }) => cause);
  };

  test('by the ladder', async () => {
    expect(await leaves({ active: false })).toEqual(['opened']);
  });

  test('and not by a step that would find nobody but who is a clinician no longer', async () => {
    await db.database.dataSource.query(`update unit set roster_kept = true where id = $1`, [small.units.north]);
    await db.database.dataSource.query(
      `insert into duty (unit_id, person_id, kind, from_at, to_at, entered_at) values ($1, $2, 'shift', $3, $4, $3)`,
      [small.units.north, nora.personId, OPENED, at(120)],
    );
    expect(await leaves({ roles: ['operator'] })).toEqual(['opened', 'acknowledgement_ran_out']);
  });
});

describe('a shift that ends early', () => {
  const dutyIds: number[] = [];
  beforeEach(async () => {
    const { dataSource } = db.database;
    await dataSource.query(`update unit set roster_kept = true where id = $1`, [small.units.north]);
    const rows = await dataSource.query<{ id: number }[]>(
      `insert into duty (unit_id, person_id, kind, from_at, to_at, entered_at)
       values ($1, $2, 'shift', $4, $5, $4), ($1, $2, 'shift', $5, $6, $4), ($1, $3, 'shift', $4, $6, $4) returning id`,
      [small.units.north, nora.personId, pia.personId, OPENED, at(60), at(120)],
    );
    dutyIds.splice(0, 3, ...rows.map(({ id }) => id));
  });
  const ends = (nth: number, now: Date) =>
    endDuty(db.manager, { unitId: small.units.north, dutyId: dutyIds[nth] ?? 0, byPersonId: null }, now);
  const held = async (viewer: Viewer, patientId: number) => {
    const id = await save(patientId);
    await does(viewer, id, { kind: 'acknowledge' });
    return async () => (await readEpisodeStory(db.manager, viewer, id, at(20))).episode.acknowledgementEndsAt;
  };

  test('has what was acknowledged in it run out then, and nothing of anybody else', async () => {
    const [hers, theirs] = [await held(nora, small.patients.first), await held(pia, small.patients.second)];
    expect([await hers(), await theirs()]).toEqual([at(120), at(120)]);
    await db.database.dataSource.query(`update patient_watch set due_at = null`);
    await ends(1, at(10));
    expect([await hers(), await theirs()]).toEqual([at(60), at(120)]);
    await ends(0, at(20));
    expect([await hers(), await theirs()]).toEqual([at(20), at(120)]);
    expect(await due(small.patients.first)).toEqual(at(10));
    expect([await logged(at(10)), await logged(at(20))]).toEqual([[{ kind: 'end_shift' }], [{ kind: 'end_shift' }]]);
  });

  test('leaves alone what somebody took who had no shift', async () => {
    await db.database.dataSource.query(`update duty set from_at = $2 where id = $1`, [dutyIds[1], at(61)]);
    await db.database.dataSource.query(`update duty set removed_at = entered_at where id = $1`, [dutyIds[0]]);
    const hers = await held(nora, small.patients.first);
    expect(await hers()).toEqual(at(245));
    await ends(1, at(20));
    expect(await hers()).toEqual(at(245));
  });
});
