import { readStoredOutcome } from '@varde/store';
import type { Unit } from '@varde/routing';
import { openTestDatabase, type TestDatabase } from '../../../../test/engine.js';
import { minutes, NOW, type TestHome } from '../../../../test/ingest-rig.js';
import { DUTY_ENDS, liveMixedHours } from '../../../../test/mixed-hours.js';
import type { WatcherParts } from '../watch/watcher.js';
import { findDifferences } from './replay-differences.js';
import { repeatLooks, replayPatient } from './replay-patient.js';
import { runCli } from './run-cli.js';
import type { Terminal } from './terminal.js';

jest.setTimeout(240_000);

let db: TestDatabase;
let parts: WatcherParts;
let homes: readonly TestHome[];
const query = <Row>(sql: string, values: unknown[] = []): Promise<Row[]> => db.database.dataSource.query(sql, values);

beforeAll(async () => {
  db = await openTestDatabase();
  ({ homes, parts } = await liveMixedHours(db));
});
afterAll(() => db.close());

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
    [homes[2]?.patientId, `"endsAt":"(${DUTY_ENDS.map((end) => minutes(end).toISOString()).join('|')})"`],
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
