import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Steps of the staircase and deadlines are part of a version of a pathway, and what an episode may be frozen to never changes. */
export class Pathway0013 implements MigrationInterface {
  name = 'Pathway0013';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table pathway
        add column cooperations jsonb not null default '[]',
        -- What had been in force, in the program, for the versions there were.
        add column deadlines jsonb not null default '{
          "handoverMin": {"info": 2880, "yellow": 1440, "red": 30, "critical": 5},
          "consultationMin": {"info": 4320, "yellow": 1440, "red": 60, "critical": 10}}',
        add column reason text not null default '',
        -- Null: from the command line, or made with its community.
        add column saved_by_person_id integer references person,
        add column saved_at timestamptz;

      create function pathway_stays() returns trigger language plpgsql as $$
      begin
        raise exception 'version % of pathway % may have episodes frozen to it and is never changed', old.version, old.id
          using errcode = 'restrict_violation';
      end $$;
      create trigger pathway_stays before delete or update of id, version, routes, cooperations, deadlines on pathway
        for each row execute function pathway_stays();
    `);
  }

  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
