import {
  changeEpisode,
  changePerson,
  changeRosterKept,
  endDuty,
  inTransaction,
  readDuty,
  readStoredOutcome,
  saveDuty,
  saveOrganisation,
  type PersonAct,
  type Viewer,
} from '@varde/store';
import { makeTestPerson, saveOpenUnit } from '../../../../test/community.js';
import { makeChance } from '../../../../test/chance.js';
import { openTestDatabase, testLog, type TestDatabase } from '../../../../test/engine.js';
import { makeTestHome, minutes, NOW, obs, openTestIngest, spotCheck, type TestHome } from '../../../../test/ingest-rig.js';
import { conditionBy, deliveriesOf, enrich, sessionAt } from '../../../../test/rich-home.js';
import { look } from '@varde/look';
import { findForm } from '@varde/plans';
import type { Duty, Unit } from '@varde/routing';
import { openCatalogue, openQuestionnaires } from '../catalogue.js';
import type { Ingest } from '../ingest/ingest.js';
import type { Log } from '../log.js';
import { lookAtDue, type WatcherParts } from '../watch/watcher.js';
import { setAside } from '../watch/set-aside.js';
import { findDifferences } from './replay-differences.js';
import { repeatLooks, replayPatient } from './replay-patient.js';
import { runCli } from './run-cli.js';
import type { Terminal } from './terminal.js';

jest.setTimeout(240_000);

let db: TestDatabase;
let ingest: Ingest;
let parts: WatcherParts;
let nurse: Viewer;
/** Works where the nurse does, and is the second who looks before what was critical is closed. */
let colleague: Viewer;
/** Works for a clinic of each community, another organisation on step 2 with the follow-up service. */
let doctor: Viewer;
const homes: TestHome[] = [];
const query = <Row>(sql: string, values: unknown[] = []): Promise<Row[]> => db.database.dataSource.query(sql, values);

beforeAll(async () => {
  db = await openTestDatabase();
  parts = { database: db.database, catalogue: await openCatalogue(), batch: 50, log: testLog as unknown as Log };
  ingest = openTestIngest(db.database, { checkCredentials: false, findForm: findForm(await openQuestionnaires()) }).ingest;
  for (const code of ['r1', 'r2', 'r3']) {
    const home = await makeTestHome(db.database, code);
    for (const table of ['wearer', 'enrolment'])
      await query(`update ${table} set from_at = from_at - interval '60 days' where patient_id = $1`, [home.patientId]);
    homes.push(home);
  }
  const personId = await makeTestPerson(db.database.dataSource.manager, 'nurse', 'nurse', NOW);
  nurse = { personId, username: 'nurse', name: 'nurse', roles: ['nurse'], unitIds: homes.map((home) => home.community.dhoId) };
  colleague = { ...nurse, personId: await makeTestPerson(db.database.dataSource.manager, 'colleague', 'nurse', NOW) };
  doctor = {
    ...nurse,
    personId: await makeTestPerson(db.database.dataSource.manager, 'doctor', 'physician', NOW),
    unitIds: await addClinics(),
  };
  await keepRoster();
  // One is known for long to have heart failure besides, and is admitted in the evening. Not the one that is replayed for every column.
  for (const home of homes.slice(1, 2)) await enrich(db.database, home, { from: minutes(-60 * 1440), personId, pausedFrom: minutes(700) });
  await liveThrough();
});
afterAll(async () => {
  await ingest.stop();
  await db.close();
});

/** A clinic beside each home's follow-up service. */
async function addClinics(): Promise<number[]> {
  const { manager } = db.database.dataSource;
  const clinics: number[] = [];
  await query(`alter table pathway disable trigger pathway_stays`);
  for (const { community } of homes) {
    const organisationId = await saveOrganisation(manager, { communityId: community.communityId, name: 'Hospital' });
    clinics.push(await saveOpenUnit(manager, { organisationId, name: 'Clinic', careLevel: 'hospital_outpatient' }));
    const cooperations = [{ organisationIds: [community.organisationId, organisationId], step: 2, programme: null }];
    await query(`update pathway set cooperations = $2 where id = $1`, [community.pathwayId, JSON.stringify(cooperations)]);
  }
  await query(`alter table pathway enable trigger pathway_stays`);
  return clinics;
}

const rosteredUnit = (): number => homes[2]?.community.dhoId ?? 0;
const onRoster = (kind: Duty['kind'], from: number, to: number): Duty => ({
  ...{ personId: nurse.personId, kind, from: minutes(from), to: minutes(to) },
});

async function enterDuty(duty: Duty, now: Date): Promise<void> {
  await saveDuty(db.database.dataSource.manager, rosteredUnit(), { duty: [duty], byPersonId: null }, now);
}

/** Whoever has the morning's shift goes home: what they hold runs out with it. */
async function endDutyEarly(now: Date): Promise<void> {
  const { manager } = db.database.dataSource;
  const [running] = await readDuty(manager, rosteredUnit(), { from: now, to: new Date(now.getTime() + 60_000) });
  await endDuty(manager, { unitId: rosteredUnit(), dutyId: running?.id ?? 0, byPersonId: null }, now);
}

/** The third home is followed by a unit with a roster that has gaps: a shift in the morning, on call in the evening. */
async function keepRoster(): Promise<void> {
  const { manager } = db.database.dataSource;
  const before = minutes(-1440);
  await changePerson(manager, nurse.personId, { unitIds: [rosteredUnit()] }, before);
  await enterDuty(onRoster('shift', -60, 240), before);
  await enterDuty(onRoster('on_call', 480, 720), before);
  await changeRosterKept(manager, rosteredUnit(), true, before);
}

/** Forty days at once, then sixteen hours of mixed traffic, with storing going on beside the looks. */
async function liveThrough(): Promise<void> {
  for (const home of homes) {
    await Promise.all(
      Array.from({ length: 40 }, (_, back) => minutes(-(back + 1) * 1440)).map((at) =>
        ingest.take(obs(home, [spotCheck(at)], { receivedAt: at })),
      ),
    );
  }
  const [chance, measuring] = [makeChance(7), makeChance(11)];
  for (let round = 0; round < 48; round++) {
    const now = minutes(round * 20);
    const sessions = round % 5 === 0 ? homes.slice(1, 2).map((home) => measureAll(home, now, measuring)) : [];
    await Promise.all([...homes.map((home) => traffic(home, now, chance)), ...sessions, lookAtDue(parts, now)]);
    if (round % 3 === 0) await people(now, chance);
    if (round === 10) await endDutyEarly(now);
    if (round === 14) await changeLimit(now);
    if (round === 30) await enterDuty(onRoster('on_call', 800, 860), now);
    if (round === 25) {
      const judge: typeof look = (input) => {
        if (input.plan.patientId === homes[1]?.patientId) throw new TypeError('planted');
        return look(input);
      };
      await query(`update patient_watch set due_at = $1`, [now]);
      await lookAtDue({ ...parts, judge }, minutes(round * 20 + 1));
    }
    if (round === 36) await setAside(parts, homes[2]?.patientId ?? 0, new RangeError('planted'), minutes(round * 20 + 2));
  }
  await lookAtDue(parts, minutes(48 * 20));
}

async function traffic(home: TestHome, now: Date, chance: () => number): Promise<void> {
  if (chance() < 0.35) return;
  const lateMin = chance() < 0.3 ? Math.floor(chance() * 4000) : 0;
  const at = new Date(now.getTime() - lateMin * 60_000 - Math.floor(chance() * 600_000));
  const kind = chance();
  const spo2 = kind < 0.15 ? 20 : 80 + Math.floor(chance() * 17);
  const reading = spotCheck(at, {
    spo2,
    pulse: 60 + Math.floor(chance() * 80),
    ...(chance() < 0.15 && { quality: 'questionable' as const }),
    ...(chance() < 0.1 && { context: { activity: 'after-exercise' } }),
  });
  await ingest.take(obs(home, [reading], { receivedAt: now }));
  if (chance() < 0.2) await ingest.take(obs(home, [reading], { receivedAt: new Date(now.getTime() + 1000) }));
}

/** With everything that somebody with heart failure measures and answers. */
async function measureAll(home: TestHome, now: Date, chance: () => number): Promise<void> {
  const at = new Date(now.getTime() - Math.floor(chance() * 900_000));
  await Promise.all(deliveriesOf(home, sessionAt(at, conditionBy(chance)), now).map((each) => ingest.take(each)));
}

interface Open {
  readonly id: string;
  readonly patient_id: number;
  readonly owner_unit_id: number;
  readonly signals: { ruleId: string; severity: string }[];
}

async function people(now: Date, chance: () => number): Promise<void> {
  const open = await query<Open>(`select id, patient_id, owner_unit_id, signals from episode where closed_at is null order by id`);
  for (const episode of open) {
    const owner = doctor.unitIds.includes(episode.owner_unit_id) ? doctor : chance() < 0.7 ? nurse : colleague;
    const other = owner === doctor ? nurse : doctor;
    const act = choose(episode, now, chance());
    if (act === null) continue;
    const does = (who: Viewer, what: PersonAct): Promise<unknown> =>
      inTransaction(db.database.dataSource, (tx) =>
        changeEpisode(tx, who, { episodeId: Number(episode.id), seenVersion: null, act: what }, now),
      ).catch((error: Error) => {
        if (error.name !== 'IllegalMove' && error.name !== 'NotFound') throw error;
      });
    await does(owner, act);
    // An hour later it would have run out: what is answered is answered at once.
    const answer = answerTo(act, chance());
    if (answer !== null) await does(other, answer);
  }
}

/** What the other unit answers; null: nothing, and the time runs out. */
function answerTo(act: PersonAct, chance: number): PersonAct | null {
  if (act.kind === 'ask_advice') return chance < 0.4 ? { kind: 'give_advice', number: 1, answer: 'no' } : null;
  if (act.kind !== 'offer' || chance > 0.5) return null;
  return chance < 0.3 ? { kind: 'accept' } : { kind: 'decline', reason: 'full' };
}

function choose({ signals, patient_id, owner_unit_id }: Open, now: Date, chance: number): PersonAct | null {
  if (chance < 0.2) return { kind: 'acknowledge' };
  if (chance < 0.25) return { kind: 'release', note: 'back' };
  if (chance < 0.3) return { kind: 'note', note: 'called' };
  const quiet = signals.find(({ severity }) => severity === 'yellow' || severity === 'info');
  if (chance < 0.38 && quiet)
    return { kind: 'snooze', ruleId: quiet.ruleId, until: new Date(now.getTime() + 5 * 3_600_000), note: 'known' };
  if (chance < 0.42 && quiet) return { kind: 'undo_snooze', ruleId: quiet.ruleId };
  if (chance < 0.52) return { kind: 'close', outcome: 'treated_at_home', note: '' };
  if (chance < 0.55) return { kind: 'assign', toPersonId: colleague.personId };
  return between(patient_id, owner_unit_id, chance);
}

/** What goes between the follow-up service and the clinic; many an answer is not given, and its time runs out. */
function between(patientId: number, ownerUnitId: number, chance: number): PersonAct | null {
  const at = homes.findIndex((home) => home.patientId === patientId);
  const clinic = doctor.unitIds[at] ?? 0;
  const unitId = ownerUnitId === clinic ? (homes[at]?.community.dhoId ?? 0) : clinic;
  if (chance < 0.74) return { kind: 'offer', toUnitId: unitId, reason: 'needs it', answerMin: null, informedUnitIds: [] };
  if (chance < 0.79) return { kind: 'recall', reason: 'better' };
  return chance < 0.92 ? { kind: 'ask_advice', unitId, question: 'more?', answerMin: null } : null;
}

async function changeLimit(now: Date): Promise<void> {
  for (const home of homes) {
    await query(
      `insert into personal_limit (patient_id, rule_id, parameter, value, reason, set_by_person_id, set_at, valid_from, version)
       values ($1, 'copd.spo2.below_target', 'target_low', 86, 'lower', $2, $3, $3, 1)`,
      [home.patientId, nurse.personId, now],
    );
  }
}

const replayed = (home: TestHome) =>
  replayPatient(db.database.dataSource.manager, parts.catalogue, home.patientId, { from: null, to: null });

test('sixteen hours of mixed traffic come again bit for bit', async () => {
  const [counts] = await query<{ findings: number; episodes: number; acts: number; failed: number; late: number }>(
    `select (select count(*)::int from finding) as findings, (select count(*)::int from episode) as episodes,
       (select count(*)::int from patient_log where kind = 'act') as acts,
       (select count(*)::int from patient_log where kind in ('failed', 'set_aside')) as failed,
       (select count(*)::int from finding where received_at > at + interval '2 hours') as late`,
  );
  for (const home of homes) {
    const { differences, looks } = await replayed(home);
    expect(differences).toEqual([]);
    // How many there are hangs on how storing and looking meet: 23 to 40 have been seen.
    expect(looks).toBeGreaterThan(15);
  }
  expect(counts?.findings).toBeGreaterThan(60);
  expect(counts?.episodes).toBeGreaterThan(5);
  expect(counts?.acts).toBeGreaterThan(20);
  expect(counts?.failed).toBeGreaterThan(1);
  expect(counts?.late).toBeGreaterThan(10);
  const fired = await query<{ rule: string }>(`select distinct rule_id as rule from finding where result like 'fire%' order by 1`);
  for (const family of ['gen.news2', 'hf.weight', 'copd.spo2']) expect(JSON.stringify(fired)).toContain(family);
  const [given] = await query(
    `select (select count(*)::int from answer_set) > 8 as answers,
       (select count(distinct metric)::int from reading where metric in ('weight', 'systolic', 'respiratory-rate', 'o2-flow')) as metrics,
       exists (select from look_facts where json like '%"pauses":[{%') as pauses,
       exists (select from look_facts where json like '%"references":[{%') as "references",
       exists (select from look_facts where json like '%"unitLimits":[{%') as limits`,
  );
  expect(given).toEqual({ answers: true, metrics: 4, pauses: true, references: true, limits: true });
  // Ownership has gone back and forth, by every way there is.
  const fates = await query<{ fate: string }>(
    `select distinct fate from handover union select distinct 'advice ' || fate from consultation`,
  );
  expect(fates.map(({ fate }) => fate)).toEqual(expect.arrayContaining(['accepted', 'declined', 'ran_out', 'advice ran_out']));
  // The roster has been at work: looks were given two of them, and an acknowledgement ended with the person's duty.
  const [roster] = await query<{ rosters: number; ends: number }>(
    `select (select count(*)::int from look_facts where json like '%"duty":[{%') as rosters,
       (select count(*)::int from patient_log where patient_id = $1 and kind = 'act' and also ~ $2) as ends`,
    [homes[2]?.patientId, `"endsAt":"(${[240, 720, 860].map((end) => minutes(end).toISOString()).join('|')})"`],
  );
  expect(roster?.rosters).toBeGreaterThan(1);
  expect(roster?.ends).toBeGreaterThan(0);
});

describe('what somebody has touched is found, column by column', () => {
  // A finding is known by what it says, not by the number the database gave it. The numbers of steps are their order.
  const NOT_COMPARED = ['finding.id'];
  const ofEpisodes = `episode_id in (select id from episode where patient_id = $1)`;
  const TABLES = { finding: 'patient_id = $1', episode: 'patient_id = $1', episode_step: ofEpisodes };
  type Table = keyof typeof TABLES;

  /** Another value than the one that is there, whatever the column's type. */
  function otherThan(column: string, type: string): string {
    if (type === 'boolean') return `not ${column}`;
    if (type.startsWith('timestamp')) return `coalesce(${column}, '2026-01-01Z') + interval '1 second'`;
    if (type === 'integer' || type === 'bigint') return `coalesce(${column}, 0) + 1000000`;
    if (type === 'jsonb') return `case jsonb_typeof(${column}) when 'array' then ${column} || '[{"more":1}]' else '{"more":1}' end`;
    if (type.endsWith('[]')) return `array_append(${column}, ${type === 'text[]' ? `'more'` : '999999'})`;
    return `coalesce(${column}, '') || '?'`;
  }

  /** Touches one row of a patient, column by column, and answers what a replay then says nothing of; nothing of it stays. */
  async function unfoundIn(table: Table): Promise<string[]> {
    const patientId = homes[0]?.patientId ?? 0;
    const columns = await columnsOf(table);
    const runner = db.database.dataSource.createQueryRunner();
    const replayed = await repeatLooks(runner.manager, parts.catalogue, patientId, await readStoredOutcome(runner.manager, patientId));
    if (typeof replayed === 'string') throw new Error(replayed);
    await runner.startTransaction();
    try {
      const held: { name: string; of: string }[] = await runner.query(
        `select conname as name, conrelid::regclass::text as of from pg_constraint
         where conrelid = $1::regclass and contype in ('c', 'f') or confrelid = $1::regclass`,
        [table],
      );
      for (const { name, of } of held) await runner.query(`alter table ${of} drop constraint ${name}`);
      await runner.query(`alter table ${table} alter column id set generated by default`);
      const [row] = await runner.query(`select id from ${table} where ${TABLES[table]} order by id offset 1 limit 1`, [patientId]);
      const unfound: string[] = [];
      for (const { name, type } of columns) {
        await runner.query('savepoint untouched');
        await runner.query(`update ${table} set ${name} = ${otherThan(name, type)} where id = $1`, [row.id]);
        const differences = findDifferences(replayed, await readStoredOutcome(runner.manager, patientId), { from: null, to: null });
        if (differences.length === 0) unfound.push(`${table}.${name}`);
        await runner.query('rollback to savepoint untouched');
      }
      return unfound;
    } finally {
      await runner.rollbackTransaction();
      await runner.release();
    }
  }

  const columnsOf = (table: Table) =>
    query<{ name: string; type: string }>(
      `select attname as name, format_type(atttypid, null) as type from pg_attribute
       where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`,
      [table],
    );

  // The columns come from the database: one that is added without being compared fails here.
  test.each(Object.keys(TABLES) as Table[])('of %s', async (table) => {
    expect(await unfoundIn(table)).toEqual(NOT_COMPARED.filter((each) => each.startsWith(`${table}.`)));
  });
});

describe('the command', () => {
  const run = async (...argv: string[]) => {
    const said: string[] = [];
    const terminal = {
      env: { DATABASE_URL: db.url, VARDE_SECRET: 'x'.repeat(32) },
      say: (line: string) => void said.push(line),
      complain: (line: string) => void said.push(line),
      now: () => NOW,
      patienceMs: 0,
    } as unknown as Terminal;
    return { exit: await runCli(argv, terminal), said };
  };

  test('says that nothing differs, and what does when somebody has touched it', async () => {
    const { exit, said } = await run('replay', '--all');
    expect({ exit, said }).toEqual({ exit: 0, said: [expect.stringMatching(/^3 of 3 patients repeated: \d+ looks, .* no difference$/)] });

    const [touched] = await query<{ id: string; severity: string; rule_id: string; anchor: string }>(
      `select id, severity, rule_id, anchor from finding where patient_id = $1 and result = 'fire' and severity <> 'info' order by id limit 1`,
      [homes[0]?.patientId],
    );
    await query(`update finding set severity = 'info' where id = $1`, [touched?.id]);
    const after = await run('replay', '--patient', String(homes[0]?.patientId));
    expect(after.exit).toBe(1);
    expect(after.said[0]).toContain(`${touched?.rule_id} on ${touched?.anchor}`);
    expect(after.said[0]).toContain(`severity is stored as "info" and comes again as "${touched?.severity}"`);
    expect(after.said.at(-1)).toBe('varde: 1 difference between what is stored and what comes again');
    await query(`update finding set severity = $2 where id = $1`, [touched?.id, touched?.severity]);
  });

  test('reads teams as they were written down before units had facts of their own, owners, holidays and a roster', async () => {
    const facts = await query<{ hash: Buffer; json: string }>(`select hash, json from look_facts`);
    const jsonOf = new Map(facts.map(({ hash, json }) => [hash.toString('hex'), json]));
    const hashes = await query<{ hash: Buffer }>(`select distinct team_hash as hash from patient_log where team_hash is not null`);
    expect(hashes.length).toBeGreaterThan(0);
    for (const { hash } of hashes) {
      const { units } = JSON.parse(jsonOf.get(hash.toString('hex')) ?? '') as { units: string[] };
      const old = units.map((each) => {
        const { id, name, careLevel, zone, openingHours } = JSON.parse(jsonOf.get(each) ?? '') as Unit;
        return { id, name, careLevel, zone, openingHours };
      });
      await query(`update look_facts set json = $2 where hash = $1`, [hash, JSON.stringify({ units: old })]);
    }
    // The third home's unit keeps a roster, which no log of that time can have known.
    for (const { patientId } of homes.slice(0, 2)) expect((await run('replay', '--patient', String(patientId))).exit).toBe(0);
    for (const { hash, json } of facts) await query(`update look_facts set json = $2 where hash = $1`, [hash, json]);
  });

  test('is told of an owner who was changed', async () => {
    const patientId = homes[1]?.patientId;
    await query(`update episode set owner_unit_id = $2 where id = (select min(id) from episode where patient_id = $1)`, [
      patientId,
      homes[1]?.community.gpId,
    ]);
    const { exit, said } = await run('replay', '--patient', String(patientId));
    expect(exit).toBe(1);
    expect(said.join('\n')).toMatch(/ownerUnitId is stored as \d+ and comes again as \d+/);
  });
});
