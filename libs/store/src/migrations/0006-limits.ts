import type { MigrationInterface, QueryRunner } from 'typeorm';

/** References, limits and rule switches of units, changes that wait for a second clinician, and tasks. */
export class Limits0006 implements MigrationInterface {
  name = 'Limits0006';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table personal_limit
        -- The second clinician, where the limit lies past the safety floor.
        add column approved_by_person_id integer references person check (approved_by_person_id <> set_by_person_id),
        -- Set when somebody ended it before its time; a limit that ends by itself or is replaced has none.
        add column ended_by_person_id integer references person,
        -- Inside this range a nurse may move it; both or neither.
        add column nurse_min double precision,
        add column nurse_max double precision,
        add constraint personal_limit_nurse_range check ((nurse_min is null) = (nurse_max is null) and nurse_min <= nurse_max);

      create table reference_value (
        id integer generated always as identity primary key,
        patient_id integer not null references patient,
        key text not null,
        value double precision not null,
        reason text not null check (reason <> ''),
        set_by_person_id integer not null references person,
        set_at timestamptz not null,
        valid_from timestamptz not null,
        valid_to timestamptz,
        review_by timestamptz,
        ended_by_person_id integer references person,
        version integer not null,
        unique (patient_id, key, version),
        check (valid_to is null or valid_to > valid_from),
        check (review_by is null or review_by > valid_from)
      );

      create table unit_limit (
        id integer generated always as identity primary key,
        unit_id integer not null references unit,
        rule_id text not null,
        parameter text not null,
        value double precision not null,
        reason text not null check (reason <> ''),
        set_by_person_id integer not null references person,
        approved_by_person_id integer references person check (approved_by_person_id <> set_by_person_id),
        set_at timestamptz not null,
        valid_from timestamptz not null,
        valid_to timestamptz,
        version integer not null,
        unique (unit_id, rule_id, parameter, version),
        check (valid_to is null or valid_to > valid_from)
      );

      -- Whether a unit runs a rule for its patients; without a row the catalogue says.
      create table rule_switch (
        id integer generated always as identity primary key,
        unit_id integer not null references unit,
        rule_id text not null,
        enabled boolean not null,
        reason text not null check (reason <> ''),
        set_by_person_id integer not null references person,
        approved_by_person_id integer references person check (approved_by_person_id <> set_by_person_id),
        set_at timestamptz not null,
        valid_from timestamptz not null,
        valid_to timestamptz,
        version integer not null,
        unique (unit_id, rule_id, version),
        check (valid_to is null or valid_to > valid_from)
      );

      -- A change that only two persons can make: what the first one wants, until the second one says yes or no, or it runs out.
      create table proposal (
        id integer generated always as identity primary key,
        kind text not null check (kind in ('personal_limit', 'unit_limit', 'rule_switch')),
        patient_id integer references patient,
        unit_id integer references unit,
        rule_id text not null,
        parameter text,
        value double precision,
        enabled boolean,
        reason text not null check (reason <> ''),
        -- Null: from the moment it is approved.
        valid_from timestamptz,
        valid_to timestamptz,
        -- The version it was made from: whoever changed the limit since must be heard first.
        expected_version integer not null,
        proposed_by_person_id integer not null references person,
        proposed_at timestamptz not null,
        expires_at timestamptz not null check (expires_at > proposed_at),
        state text not null default 'open' check (state in ('open', 'approved', 'declined', 'expired')),
        decided_by_person_id integer references person,
        decided_at timestamptz,
        decline_reason text,
        check ((kind = 'personal_limit') = (patient_id is not null)),
        check ((kind = 'personal_limit') = (unit_id is null)),
        check ((kind = 'rule_switch') = (enabled is not null) and (kind = 'rule_switch') = (value is null)),
        check ((parameter is null) = (value is null)),
        check (state <> 'approved' or decided_by_person_id <> proposed_by_person_id),
        check (state not in ('approved', 'declined') or (decided_by_person_id is not null and decided_at is not null)),
        check ((state = 'declined') = (decline_reason is not null))
      );
      create unique index proposal_open on proposal (kind, coalesce(patient_id, 0), coalesce(unit_id, 0), rule_id, coalesce(parameter, ''))
        where state = 'open';
      create index proposal_patient on proposal (patient_id);

      -- Work for a person that is no episode.
      create table task (
        id bigint generated always as identity primary key,
        -- Null: about a unit's rules, not about a patient.
        patient_id integer references patient,
        unit_id integer not null references unit,
        for_role text not null check (for_role in ('physician', 'nurse', 'team_lead', 'programme_lead')),
        key text not null,
        kind text not null,
        rule_id text,
        reason_nb text not null,
        reason_en text not null,
        due_at timestamptz,
        raised_at timestamptz not null,
        -- Raised by looks, which settle it when it is no longer wanted; others are settled by what raised them.
        by_look boolean not null,
        state text not null default 'open' check (state in ('open', 'done', 'dismissed', 'settled')),
        closed_at timestamptz,
        closed_by_person_id integer references person,
        outcome text,
        check ((state = 'open') = (closed_at is null)),
        check (state not in ('done', 'dismissed') or (closed_by_person_id is not null and outcome is not null))
      );
      create unique index task_open_patient on task (patient_id, key) where state = 'open' and patient_id is not null;
      create unique index task_open_unit on task (unit_id, key) where state = 'open' and patient_id is null;
      create index task_patient on task (patient_id, closed_at);
      create index task_unit on task (unit_id) where state = 'open';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table task, proposal, rule_switch, unit_limit, reference_value;
      alter table personal_limit drop constraint personal_limit_nurse_range, drop column approved_by_person_id,
        drop column ended_by_person_id, drop column nurse_min, drop column nurse_max;
    `);
  }
}
