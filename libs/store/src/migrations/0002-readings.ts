import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Devices and what they deliver: credentials, wearers, measurements, readings, and what was refused. */
export class Readings0002 implements MigrationInterface {
  name = 'Readings0002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table credential (
        id integer generated always as identity primary key,
        community_id integer not null references community,
        client_id text not null check (client_id ~ '^[A-Za-z0-9._-]{1,64}$'),
        -- HMAC-SHA-256 of a random secret; the secret itself is shown once and never kept.
        secret_hmac bytea not null,
        created_at timestamptz not null,
        revoked_at timestamptz
      );
      create index credential_client on credential (community_id, client_id);
      create table gateway (
        community_id integer not null references community,
        client_id text not null,
        online boolean not null,
        status jsonb not null,
        status_at timestamptz not null,
        primary key (community_id, client_id)
      );

      create table device (
        id integer generated always as identity primary key,
        community_id integer not null references community,
        name text not null check (name ~ '^[A-Za-z0-9._-]{1,64}$'),
        kind text not null,
        model text,
        registered_at timestamptz not null,
        battery_percent smallint,
        status_at timestamptz,
        unique (community_id, name)
      );
      create table wearer (
        id integer generated always as identity primary key,
        device_id integer not null references device,
        -- Slot of a shared device; null: the device has one wearer at a time.
        user_slot smallint,
        patient_id integer not null references patient,
        from_at timestamptz not null,
        to_at timestamptz,
        check (to_at is null or to_at > from_at)
      );
      create index wearer_device on wearer (device_id, from_at);
      create index wearer_patient on wearer (patient_id);
      create unique index wearer_running on wearer (device_id, coalesce(user_slot, -1)) where to_at is null;

      create table measurement (
        id bigint generated always as identity primary key,
        -- No foreign keys here: storing has read both rows in the same transaction and neither is ever deleted, and two checks
        -- for each row cost a fifth of what the database does.
        device_id integer not null,
        kind text not null,
        -- What the device printed, never a corrected time: the same act uploaded again meets measurement_once.
        printed text not null,
        occurrence text not null,
        values_key text not null,
        patient_id integer not null,
        observed_at timestamptz not null,
        time_quality text not null,
        time_rule_version smallint not null,
        device_time text,
        gateway_time timestamptz,
        sent_at timestamptz,
        received_at timestamptz not null,
        from_memory boolean not null,
        quality text not null,
        -- Another act has the same key with other values: both are kept and shown.
        conflict boolean not null default false,
        client_id text not null,
        detail jsonb
      );
      create unique index measurement_once on measurement (device_id, printed, kind, occurrence, values_key);

      create table reading (
        patient_id integer not null,
        metric text not null,
        observed_at timestamptz not null,
        measurement_id bigint not null,
        value double precision not null,
        received_at timestamptz not null,
        doubt text,
        primary key (patient_id, metric, observed_at, measurement_id)
      );

      create table refused (
        id bigint generated always as identity primary key,
        received_at timestamptz not null,
        last_received_at timestamptz not null,
        times_received integer not null default 1,
        community_id integer references community,
        client_id text,
        topic text not null,
        payload bytea not null,
        digest bytea not null,
        -- Which measurement of the message, -1 for the message as a whole.
        measurement_index integer not null,
        reason text not null,
        detail text not null,
        parked boolean not null,
        message_id text,
        device_id integer references device,
        patient_id integer references patient,
        metric text,
        observed_at timestamptz,
        state text not null default 'open' check (state in ('open', 'processed', 'dismissed')),
        settled_at timestamptz,
        settled_note text
      );
      create unique index refused_once on refused (digest, topic, measurement_index, reason);
      create index refused_open on refused (received_at desc) where state = 'open';
      create index refused_patient on refused (patient_id, received_at) where patient_id is not null;
    `);
    await runner.query(`select create_hypertable('reading', by_range('observed_at', interval '7 days'), create_default_indexes => false)`);
  }

  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
