import { runCommand } from '../../../../test/command-line.js';
import { testDatabase } from '../../../../test/engine.js';
import { saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';

const NOW = new Date('2026-10-15T08:00:00Z');

/** A list that holds more than it shows. */
describe('long lists on the command line', () => {
  const db = testDatabase();
  let small: SmallCommunity;

  const run = (line: string) => runCommand(db.url, line, { now: () => NOW });
  const linesOf = async (line: string) => {
    const { code, said } = await run(line);
    expect(code).toBe(0);
    return said.split('\n');
  };
  const fill = (sql: string, values: unknown[] = []) => db.database.dataSource.query<{ id: string }[]>(sql, values);

  beforeAll(async () => {
    small = await saveSmallCommunity(db.database.dataSource);
    const { patients, units, people } = small;
    await fill(
      `insert into episode (patient_id, domains, severity, signals, opened_at, last_signal_at, owner_unit_id, pathway_id, pathway_version,
         ladder_started_at, version, closed_at, outcome)
       select $1, '{respiratory}', case n when 1 then 'critical' else 'yellow' end, '[]', t, t, $2, 1, 1, t, 1,
         case when n > 102 then t end, case when n > 102 then 'false_alarm' end
       from (select n, timestamptz '2026-10-01Z' + n * interval '1 minute' as t from generate_series(1, 204) n) as made order by n`,
      [patients.first, units.north],
    );
    await fill(
      `insert into device (community_id, name, kind, registered_at) select $1, 'OX-' || n, 'pulse-oximeter', $2 from generate_series(1, 101) n`,
      [small.communityId, NOW],
    );
    await fill(
      `with taken as (
         insert into measurement (device_id, kind, printed, occurrence, values_key, patient_id, observed_at, time_quality, time_rule_version,
           received_at, from_memory, quality, client_id)
         select 1, 'pulse-oximetry', n::text, n::text, n::text, $1, t, 'good', 1, t, false, 'ok', 'OX-1'
         from (select n, timestamptz '2026-10-14Z' + n * interval '1 minute' as t from generate_series(1, 101) n) as made returning *
       ) insert into reading (patient_id, metric, observed_at, measurement_id, value, received_at)
         select patient_id, 'spo2', observed_at, id, 91, received_at from taken`,
      [patients.first],
    );
    await fill(
      `insert into refused (received_at, last_received_at, topic, payload, digest, measurement_index, reason, detail, parked)
       select $1, $1, 'varde/v1/liten/a/dev/a/obs', 'x'::bytea, n::text::bytea, -1, 'not-json', '', false from generate_series(1, 101) n`,
      [NOW],
    );
    await fill(
      `insert into task (patient_id, unit_id, for_role, key, kind, reason_nb, reason_en, raised_at, by_look)
       select $1, $2, 'nurse', n::text, 'missing', 'n', 'n', $3, false from generate_series(1, 501) n`,
      [patients.first, units.north, NOW],
    );
    await fill(
      `insert into proposal (kind, patient_id, rule_id, parameter, value, reason, expected_version, proposed_by_person_id, proposed_at, expires_at)
       select 'personal_limit', $1, 'copd.spo2.below_target', n::text, n, 'why', 0, $2, $3, $4 from generate_series(1, 201) n`,
      [patients.first, people.pia, NOW, new Date(NOW.getTime() + 86_400_000)],
    );
  });

  test.each([
    ['episode list', 100, 'Only the gravest 100; more with --limit, up to 10000.'],
    ['reading list 1', 100, 'Only the newest 100; more with --limit, up to 10000.'],
    ['task list', 500, 'Only the 500 that are due first; more with --limit, up to 10000.'],
    ['proposal list', 200, 'Only the newest 200; more with --limit, up to 10000.'],
    ['refused list', 100, 'Only the newest 100; those before them with --before 2.'],
    ['device list', 100, 'Only the first 100; the next with --after 100.'],
  ])('%s says that it is cut', async (line, shown, end) => {
    const lines = await linesOf(line);
    expect(lines).toHaveLength(shown + 2);
    expect(lines.at(-1)).toBe(end);
    const asData = await run(`${line} --json`);
    expect(asData.said.split('\n').at(-1)).toBe(`varde: ${end}`);
    expect(JSON.parse(asData.said.slice(0, asData.said.lastIndexOf('\n')))).toHaveLength(shown);
  });

  test.each([
    ['episode list --limit 102', 102],
    ['reading list 1 --limit 101', 101],
    ['task list --limit 501', 501],
    ['proposal list --limit 201', 201],
    ['refused list --before 2', 1],
    ['device list --after 100', 1],
  ])('%s is all there is', async (line, shown) => {
    const lines = await linesOf(line);
    expect(lines).toHaveLength(shown + 1);
    expect(lines.at(-1)).not.toContain('Only');
  });

  test('what is open and grave is never what is left out, however old it is', async () => {
    expect((await linesOf('episode list --limit 1'))[1]).toMatch(/^1 +1 +critical/);
    const all = await linesOf('episode list --all --limit 103');
    expect(all[1]).toMatch(/^1 +1 +critical/);
    expect(all.at(-2)).toMatch(/^204 .* closed$/);
  });

  test.each(['0', '10001', '-1'])('--limit %s is refused', async (limit) => {
    expect(await run(`task list --limit=${limit}`)).toMatchObject({ code: 2, said: expect.stringContaining('--limit must ') as string });
  });

  test('a proposal older than any list is found by its number', async () => {
    const { people } = small;
    const second = await fill(
      `insert into person (username, name, password_hash, roles, created_at)
       select 'per', 'Navn per', password_hash, roles, created_at from person where id = $1 returning id`,
      [people.pia],
    );
    await fill(`insert into person_unit (person_id, unit_id) values ($1, $2)`, [Number(second[0]?.id), small.units.north]);
    const readInput = () => Promise.resolve('en liten varde på en høy ås');
    const shown = await runCommand(db.url, 'proposal approve 1 --by per --password-stdin', { now: () => NOW, readInput });
    expect(shown).toMatchObject({ code: 0, said: expect.stringContaining('Nothing is changed yet.') as string });
  });
});
