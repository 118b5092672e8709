import { SILENCES_READ } from '@varde/look';
import { isNative, testDatabase } from '../../../../test/engine.js';
import { rowsRead } from '../../../../test/rows-read.js';
import { saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';
import { inTransaction } from '../server/in-transaction.js';
import { readRecorded } from './watch-save.js';

const NOW = new Date('2026-03-02T08:00:00Z');
const HOUR_MS = 3_600_000;
const OLD = new Date(NOW.getTime() - 30 * 24 * HOUR_MS);
const RULES = ['gen.silence.reminder', 'gen.silence.service'];
const PATIENTS = 200;
/** What was found of each of them in three years. */
const FOUND_BEFORE = 36;
const SILENCES = 20;

const db = testDatabase();
let small: SmallCommunity;
let ids: number[];
beforeAll(async () => {
  small = await saveSmallCommunity(db.database.dataSource);
  const rows = await db.manager.query<{ id: number }[]>(
    `insert into patient (community_id, name, birth_year, zone, pathway_id, monitored_from)
     select community_id, 'Oppdiktet ' || n, birth_year, zone, pathway_id, monitored_from
     from patient cross join generate_series(1, ${PATIENTS}) n where id = $1 returning id`,
    [small.patients.first],
  );
  ids = rows.map(({ id }) => id);
  await find(ids, { ruleId: 'copd.spo2.below_target', count: FOUND_BEFORE });
  await db.manager.query('analyze finding');
});

/** Findings five hours apart, the newest a month old. */
async function find(patientIds: readonly number[], { ruleId, count }: { ruleId: string; count: number }): Promise<void> {
  await db.manager.query(
    `insert into finding (patient_id, rule_id, rule_version, domain, result, severity, anchor, at, received_at, judged_at, reading_ids, limits,
       reason_nb, reason_en)
     select id, $2, 1, 'respiratory', 'fire', 'yellow', to_char(at at time zone 'UTC', '"t:"YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), at, at, at, '{}',
       '[]', '', ''
     from unnest($1::integer[]) id cross join generate_series(0, ${count} - 1) n
     cross join lateral (select $3::timestamptz - n * interval '5 hours' as at) t`,
    [patientIds, ruleId, OLD],
  );
}

const read = (patientIds: readonly number[]) =>
  inTransaction(db.database.dataSource, (tx) =>
    readRecorded(
      tx,
      patientIds,
      RULES,
      patientIds.map(() => new Date(NOW.getTime() - 72 * HOUR_MS)),
    ),
  );

// Once for the window, when the table is so small that reading it whole is the quickest. The embedded engine keeps no counts of what it reads.
(isNative ? test : test.skip)('what is older than the window is not read through again for each rule of silence', async () => {
  expect(await rowsRead(db.database, ['finding'], () => read(ids))).toBeLessThanOrEqual(PATIENTS * FOUND_BEFORE);
});

test('of what is older than the window a look is told the newest of silence', async () => {
  await find([small.patients.first], { ruleId: RULES[0] as string, count: SILENCES });
  const told = (await read([small.patients.first])).get(small.patients.first) ?? [];
  const newest = Array.from({ length: SILENCES_READ }, (_, n) => new Date(OLD.getTime() - n * 5 * HOUR_MS));
  expect(told.map(({ ruleId, at }) => ({ ruleId, at }))).toEqual(newest.map((at) => ({ ruleId: RULES[0], at })));
});
