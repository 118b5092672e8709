import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a look was given, kept so that it can be repeated; and the highest value of a day beside its median. */
export class LookLog0009 implements MigrationInterface {
  name = 'LookLog0009';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Null: summarised before this was kept; then the median stands in.
      alter table day_median add column highest double precision;

      -- The acts an arrival speaks of: what a look sees for the first time is known by them, not by any clock.
      alter table arrival add column measurement_ids bigint[] not null default '{}';

      -- What was agreed when a look was made (plan, team), once however many looks it held for.
      create table look_facts (
        -- SHA-256 of json.
        hash bytea primary key,
        json text not null
      );
      -- Everything that has decided about a patient, in order: looks with what they were given, and what people did. The id is taken while
      -- the patient's row of patient_watch is locked, so a patient's ids are in the order of what happened. Looks to which nothing had come
      -- and of which nothing came are left out. Kept as long as findings.
      create table patient_log (
        id bigint generated always as identity primary key,
        patient_id integer not null,
        at timestamptz not null,
        kind text not null check (kind in ('begins', 'look', 'failed', 'set_aside', 'no_pathway', 'postponed', 'act')),
        unlooked_from timestamptz,
        -- Acts of measuring seen for the first time.
        measurement_ids bigint[] not null default '{}',
        -- Refused values within the window.
        refused_ids bigint[] not null default '{}',
        plan_hash bytea,
        team_hash bytea,
        pathway_id integer,
        pathway_version integer,
        -- Whatever else a look was given (JSON), or what a person did.
        also text,
        episode_id bigint
      );
      create index patient_log_patient on patient_log (patient_id, id);
      -- Looks before this cannot be repeated: who was looked at has a log that begins in the middle.
      insert into patient_log (patient_id, at, kind) select patient_id, looked_at, 'begins' from patient_watch where looked_at is not null;
    `);
  }

  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
