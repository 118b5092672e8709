import type { MigrationInterface, QueryRunner } from 'typeorm';

/** From step 5 of the staircase on, two organisations have one worklist: whose patients whose units see. */
export class OneWorklist0018 implements MigrationInterface {
  name = 'OneWorklist0018';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Few pathways share anything: what nobody shares must cost nothing where patients are looked up.
      create index pathway_one_worklist on pathway (id) where cooperations @? '$[*] ? (@.step >= 5)';

      -- By the version in force by the clock of the database: too many statements ask who sees a patient to hand each the moment.
      create view one_worklist as
        select v.id as pathway_id, c.programme, a.unit_id, b.unit_id as seen_by_unit_id
        from pathway v
        cross join lateral jsonb_to_recordset(v.cooperations) as c("organisationIds" integer[], step integer, programme text)
        join unit_organisation a on a.organisation_id = any(c."organisationIds")
        join unit_organisation b on b.organisation_id = any(c."organisationIds") and b.organisation_id <> a.organisation_id
        where v.cooperations @? '$[*] ? (@.step >= 5)' and c.step >= 5 and v.in_force_from <= now()
          and not exists (select from pathway n where n.id = v.id and n.version > v.version and n.in_force_from <= now());
      comment on view one_worklist is
        'Patients of unit_id on this pathway are seen by seen_by_unit_id; programme: only those who follow it, null: all of them';
    `);
  }

  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
