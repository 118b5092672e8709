import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What tells a silence's cause, pauses in which nothing is expected, and what a refused value would have meant. */
export class Silence0007 implements MigrationInterface {
  name = 'Silence0007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table pause (
        id integer generated always as identity primary key,
        patient_id integer not null references patient,
        kind text not null check (kind in ('admission', 'holiday', 'other')),
        from_at timestamptz not null,
        to_at timestamptz not null check (to_at >= from_at),
        reason text not null check (reason <> ''),
        set_by_person_id integer not null references person,
        set_at timestamptz not null,
        -- Set when somebody ended it before its time; to_at is then that moment.
        ended_by_person_id integer references person,
        ended_at timestamptz
      );
      create index pause_patient on pause (patient_id, to_at);

      -- Parts of the service that must live for a measurement to be seen, and when each last said so.
      create table heartbeat (
        part text primary key,
        at timestamptz not null
      ) with (fillfactor = 50);
      -- Stretches in which a part said nothing, written when it came back.
      create table outage (
        id integer generated always as identity primary key,
        part text not null,
        from_at timestamptz not null,
        to_at timestamptz not null check (to_at > from_at)
      );
      create index outage_to on outage (to_at);

      alter table gateway
        -- Since when it is online or not, as it said itself.
        add column online_changed_at timestamptz,
        -- Whether it is connected to a broker of ours, which one, and since when; null behind somebody else's broker.
        add column connected boolean,
        add column connected_to text,
        add column connected_changed_at timestamptz,
        -- When two devices were last seen to use its identity at once.
        add column clone_suspected_at timestamptz;
      create index gateway_connected_to on gateway (connected_to) where connected;

      alter table device
        add column errors text[] not null default '{}',
        -- When its gateway was last in contact with it.
        add column contact_at timestamptz;

      alter table refused
        -- The refused value in the metric's unit, and what it would be if the suspected mistake were one.
        add column value double precision,
        add column otherwise double precision,
        -- When it was last processed again by itself.
        add column tried_at timestamptz;
      create index refused_parked on refused (id) where state = 'open' and parked;

      alter table finding add column cause text check (cause in ('patient', 'device', 'gateway', 'service', 'unknown'));
      insert into job (name) values ('parked') on conflict do nothing;
    `);
  }

  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
