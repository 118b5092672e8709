import { testDatabase, testLog } from '../../../../test/engine.js';
import { saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';
import type { Log } from '../log.js';
import { Housekeeping } from './housekeeping.js';

describe('the review of rules', () => {
  const db = testDatabase();
  let small: SmallCommunity;
  beforeAll(async () => {
    small = await saveSmallCommunity(db.database.dataSource);
  });

  test('runs in its turn and leaves a task when a rule was hardly ever right', async () => {
    const { dataSource } = db.database;
    const now = new Date('2026-03-20T00:00:00Z');
    await dataSource.query(
      `insert into episode (patient_id, domains, severity, signals, opened_at, last_signal_at, owner_unit_id, closed_at, closed_by_person_id, outcome,
         pathway_id, pathway_version, ladder_started_at, version)
       select $1, '{respiratory}', 'red', $2::jsonb, $3, $3, $4, $3, $5, 'no_action_needed', p.pathway_id,
         (select max(version) from pathway where id = p.pathway_id), $3, 1
       from patient p, generate_series(1, 30) where p.id = $1`,
      [
        small.patients.first,
        JSON.stringify([
          {
            ...{ ruleId: 'copd.spo2.drop', ruleVersion: 1, domain: 'respiratory', severity: 'red', count: 1 },
            ...{ firstAt: now, lastAt: now, standing: false, clearedAt: now },
          },
        ]),
        new Date('2026-03-10T00:00:00Z'),
        small.units.north,
        small.people.nora,
      ],
    );
    const housekeeping = new Housekeeping(db.database, testLog as unknown as Log);
    await housekeeping.reviewRules(now);
    await housekeeping.reviewRules(new Date(now.getTime() + 60_000));
    const tasks: object[] = await dataSource.query(`select kind, rule_id, unit_id, raised_at from task where kind = 'rule-review'`);
    expect(tasks).toEqual([{ kind: 'rule-review', rule_id: 'copd.spo2.drop', unit_id: small.units.north, raised_at: now }]);
    expect(await dataSource.query(`select last_run_at from job where name = 'rule-reviews'`)).toEqual([{ last_run_at: now }]);
  });
});
