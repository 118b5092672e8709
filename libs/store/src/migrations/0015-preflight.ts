import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Holes that the next 14 days have, and when all chains must be walked again to find them; what people have been told of pauses. */
export class Preflight0015 implements MigrationInterface {
  name = 'Preflight0015';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Something a chain is made of has changed. Appended in the transaction of the change; the walk that has seen it deletes it.
      create table preflight_due (
        id bigint generated always as identity primary key,
        at timestamptz not null
      );
      -- When what the newest kept walk knows was read: an older walk that ends later is thrown away.
      create table preflight_walk (
        only_row boolean primary key default true check (only_row),
        read_at timestamptz not null
      );
      create table preflight_hole (
        id bigint generated always as identity primary key,
        -- Whose team lead must see to it.
        lead_unit_id integer not null references unit,
        -- The unit that has the hole; null: the team has none at the level.
        unit_id integer references unit,
        care_level text not null,
        problem text not null check (problem in ('nobody_on_duty', 'untested_contact', 'closed_level', 'empty_unit', 'no_unit')),
        from_at timestamptz not null,
        to_at timestamptz not null check (to_at > from_at),
        -- Steps of the ladder that find it: [{severity, step, of, name}].
        steps jsonb not null,
        patient_ids integer[] not null check (cardinality(patient_ids) > 0),
        found_at timestamptz not null
      );
      create index preflight_hole_lead on preflight_hole (lead_unit_id);
      insert into job (name) values ('preflight'), ('preflight-daily');

      -- What those whom a pause concerns have been told: that it began, is about to end, has ended. Each once.
      create table pause_told (
        pause_id integer not null references pause,
        moment text not null check (moment in ('began', 'ends_soon', 'ended')),
        at timestamptz not null,
        primary key (pause_id, moment)
      );
      -- What has to be told of is looked for every few seconds.
      create index pause_to on pause (to_at);
      create index task_pause_over on task (due_at) where kind = 'pause' and state = 'open';
      -- When people were told, or need not be told, that the rule is quiet no longer.
      alter table snooze add column end_told_at timestamptz;
      create index snooze_to_tell on snooze (until) where undone_at is null and end_told_at is null;
    `);
  }

  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
