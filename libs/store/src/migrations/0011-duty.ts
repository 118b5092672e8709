import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tables whose rows are part of what a look is given of a unit. */
const PARTS_OF_UNIT = ['unit_organisation', 'duty', 'contact', 'person_unit'];
const CHANGES = { insert: 'new', update: 'new', delete: 'old' };

/** Who owns and uses a unit, when it is open and staffed, how its people are reached, and who answers for a patient. */
export class Duty0011 implements MigrationInterface {
  name = 'Duty0011';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table organisation
        add column kind text not null default 'other' check (kind in ('municipality', 'gp_office', 'hospital_trust', 'other'));

      alter table unit
        add column on_holidays text not null default 'as_usual' check (on_holidays in ('as_usual', 'closed', 'as_sunday')),
        add column special_days jsonb not null default '[]',
        add column services text[] not null default '{}',
        -- Without a roster somebody is there whenever the unit is open.
        add column roster_kept boolean not null default false;

      -- Several organisations may own a unit together; its home organisation (unit.organisation_id) is always one of them.
      create table unit_organisation (
        unit_id integer not null references unit,
        organisation_id integer not null references organisation,
        primary key (unit_id, organisation_id)
      );
      create index unit_organisation_organisation on unit_organisation (organisation_id);
      insert into unit_organisation (unit_id, organisation_id) select id, organisation_id from unit;
      alter table unit add constraint unit_home_owns foreign key (id, organisation_id)
        references unit_organisation (unit_id, organisation_id) deferrable initially deferred;

      -- A unit serves patients of a municipality that does not own it, from and to; the municipality answers for their data.
      create table unit_service (
        id integer generated always as identity primary key,
        unit_id integer not null references unit,
        organisation_id integer not null references organisation,
        from_at timestamptz not null,
        to_at timestamptz,
        entered_by_person_id integer references person,
        entered_at timestamptz not null,
        check (to_at is null or to_at > from_at)
      );
      create index unit_service_unit on unit_service (unit_id, organisation_id);

      create table duty (
        id integer generated always as identity primary key,
        unit_id integer not null references unit,
        person_id integer not null references person,
        kind text not null check (kind in ('shift', 'on_call')),
        from_at timestamptz not null,
        to_at timestamptz not null,
        -- Null: entered from the command line.
        entered_by_person_id integer references person,
        entered_at timestamptz not null,
        -- Taken off the roster before it began; one that runs is ended instead.
        removed_at timestamptz,
        removed_by_person_id integer references person,
        check (to_at > from_at and to_at <= from_at + interval '31 days')
      );
      create unique index duty_once on duty (unit_id, person_id, kind, from_at, to_at) where removed_at is null;
      create index duty_unit on duty (unit_id, to_at) where removed_at is null;
      create index duty_person on duty (person_id, to_at) where removed_at is null;

      create table contact (
        id integer generated always as identity primary key,
        unit_id integer not null references unit,
        -- Null: the unit as a whole.
        person_id integer references person,
        channel text not null check (channel in ('sms', 'email', 'webhook')),
        address text not null check (address <> ''),
        -- What bodies posted to a webhook are signed with.
        signing_secret text,
        added_at timestamptz not null,
        added_by_person_id integer references person,
        -- When somebody last answered a test message with its code.
        tested_at timestamptz,
        removed_at timestamptz,
        removed_by_person_id integer references person,
        check ((channel = 'webhook') = (signing_secret is not null))
      );
      create unique index contact_once on contact (unit_id, coalesce(person_id, 0), channel, address) where removed_at is null;

      -- A code that was sent to a contact; the message itself is a row of the outbox (notice) that names it. The code is never kept: it
      -- is made of the id with the installation's key.
      create table contact_test (
        id integer generated always as identity primary key,
        contact_id integer not null references contact,
        asked_at timestamptz not null,
        asked_by_person_id integer references person,
        expires_at timestamptz not null check (expires_at > asked_at),
        wrong_tries smallint not null default 0,
        answered_at timestamptz,
        answered_by_person_id integer references person
      );
      create index contact_test_contact on contact_test (contact_id, id);

      -- Where a person is employed. Units of other organisations need a step of the staircase.
      alter table person add column organisation_id integer references organisation;
      update person p set organisation_id = u.organisation_id
        from (select person_id, min(unit_id) as unit_id from person_unit group by person_id) first join unit u on u.id = first.unit_id
        where first.person_id = p.id;

      alter table patient
        -- The municipality where the patient lives, which answers for the data of its own services; null: not known.
        add column municipality_id integer references organisation,
        -- The unit of the team that holds the responsibility for the treatment; null: the GP does.
        add column responsible_unit_id integer references unit;

      -- A new number with every change of what a look is given of a unit, whoever makes it: a watcher reads a long roster once. Numbers of a
      -- sequence do not come back with a rolled-back transaction.
      create sequence unit_look_version;
      alter table unit add column look_version bigint not null default nextval('unit_look_version');
      create function unit_changes() returns trigger language plpgsql as $$
      begin
        new.look_version := nextval('unit_look_version');
        return new;
      end $$;
      create trigger unit_changes before update on unit for each row execute function unit_changes();

      create function part_of_unit_changes() returns trigger language plpgsql as $$
      begin
        perform from unit where id in (select unit_id from changed) order by id for no key update;
        update unit set look_version = default where id in (select unit_id from changed);
        return null;
      end $$;
      create function person_of_units_changes() returns trigger language plpgsql as $$
      begin
        perform from unit where id in (select unit_id from person_unit where person_id = new.id) order by id for no key update;
        update unit set look_version = default where id in (select unit_id from person_unit where person_id = new.id);
        return null;
      end $$;
      create trigger person_of_units_changes after update on person
        for each row when (old.active <> new.active) execute function person_of_units_changes();
    `);
    for (const table of PARTS_OF_UNIT) {
      for (const [change, rows] of Object.entries(CHANGES)) {
        await runner.query(`
          create trigger part_of_unit_${change} after ${change} on ${table} referencing ${rows} table as changed
            for each statement execute function part_of_unit_changes()`);
      }
    }
  }

  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
