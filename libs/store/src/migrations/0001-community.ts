import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Organisations, units, people and their sign-in; patients with their plan, team and pathway. */
export class Community0001 implements MigrationInterface {
  name = 'Community0001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table community (
        id integer generated always as identity primary key,
        code text not null unique check (code ~ '^[A-Za-z0-9._-]{1,64}$'),
        name text not null
      );
      create table organisation (
        id integer generated always as identity primary key,
        community_id integer not null references community,
        name text not null,
        unique (community_id, name)
      );
      create table unit (
        id integer generated always as identity primary key,
        organisation_id integer not null references organisation,
        name text not null,
        care_level text not null check (care_level in ('dho', 'home_nursing', 'gp', 'psht', 'legevakt', 'hospital_outpatient', 'amk')),
        zone text not null,
        opening_hours jsonb not null,
        webhook_url text,
        webhook_secret text,
        unique (organisation_id, name)
      );

      create table person (
        id integer generated always as identity primary key,
        username text not null unique,
        name text not null,
        password_hash text not null,
        roles text[] not null check (roles <@ array['nurse', 'physician', 'team_lead', 'administrator', 'operator'] and cardinality(roles) > 0),
        active boolean not null default true,
        created_at timestamptz not null
      );
      create table person_unit (
        person_id integer not null references person,
        unit_id integer not null references unit,
        primary key (person_id, unit_id)
      );
      create table session (
        token_hash bytea primary key,
        person_id integer not null references person,
        created_at timestamptz not null,
        expires_at timestamptz not null
      );
      create table sign_in_failure (
        id bigint generated always as identity primary key,
        username text not null,
        address text not null,
        at timestamptz not null
      );
      create index sign_in_failure_username on sign_in_failure (username, at);
      create index sign_in_failure_address on sign_in_failure (address, at);

      create table pathway (
        id integer not null,
        version integer not null,
        community_id integer not null references community,
        name text not null,
        routes jsonb not null,
        in_force_from timestamptz not null,
        primary key (id, version)
      );

      create table patient (
        id integer generated always as identity primary key,
        community_id integer not null references community,
        name text not null,
        birth_year smallint,
        zone text not null default 'Europe/Oslo',
        pathway_id integer not null,
        monitored_from timestamptz not null,
        monitored_to timestamptz,
        -- Rises with every change of plan or team, so that a watcher may keep what it has read.
        plan_version integer not null default 1
      );
      create table team_unit (
        patient_id integer not null references patient,
        unit_id integer not null references unit,
        primary key (patient_id, unit_id)
      );
      create index team_unit_unit on team_unit (unit_id);
      create table enrolment (
        id integer generated always as identity primary key,
        patient_id integer not null references patient,
        programme text not null check (programme in ('copd', 'hf', 'htn', 'dm', 'frail')),
        from_at timestamptz not null,
        to_at timestamptz,
        check (to_at is null or to_at > from_at)
      );
      create index enrolment_patient on enrolment (patient_id);
      create unique index enrolment_running on enrolment (patient_id, programme) where to_at is null;
      create table personal_limit (
        id integer generated always as identity primary key,
        patient_id integer not null references patient,
        rule_id text not null,
        parameter text not null,
        value double precision not null,
        reason text not null check (reason <> ''),
        set_by_person_id integer not null references person,
        set_at timestamptz not null,
        valid_from timestamptz not null,
        valid_to timestamptz,
        version integer not null,
        unique (patient_id, rule_id, parameter, version),
        check (valid_to is null or valid_to > valid_from)
      );
      create table scheduled_measurement (
        id integer generated always as identity primary key,
        patient_id integer not null references patient,
        metric text not null,
        at_local text not null check (at_local ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
        weekdays smallint[] not null check (weekdays <@ array[1, 2, 3, 4, 5, 6, 7]::smallint[] and cardinality(weekdays) > 0),
        from_at timestamptz not null,
        to_at timestamptz
      );
      create index scheduled_measurement_patient on scheduled_measurement (patient_id);
    `);
  }

  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
