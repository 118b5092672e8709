import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What tells people that we do not see: who beats, what was missed, and the made-up patient who walks the whole chain. */
export class Blindness0016 implements MigrationInterface {
  name = 'Blindness0016';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Each process that plays a part, when it last did that part's work, and since when the oldest of it waits.
      alter table heartbeat
        add column process text not null default '',
        add column host text not null default '',
        -- When this process began to play it.
        add column since timestamptz not null default clock_timestamp(),
        add column late_since timestamptz,
        -- It said goodbye: not missed while another plays the part.
        add column left_at timestamptz;
      alter table heartbeat drop constraint heartbeat_pkey;
      alter table heartbeat add constraint heartbeat_pkey primary key (part, process);

      -- A gateway that ended its connection in order is not missed.
      alter table gateway add column left_in_order boolean not null default false;

      -- One stretch in which a part, a gateway or the chain was not to be relied on, from when it was noticed to when it was told to be over.
      create table blindness (
        id integer generated always as identity primary key,
        part text not null check (part in ('broker', 'ingest', 'watch', 'notices', 'homes', 'triage', 'database', 'gateway', 'chain')),
        -- Which one, where there are several: 'tenant/client id' of a gateway, the host of a chain.
        subject text not null default '',
        why text not null check (why in ('silent', 'late', 'not_arrived')),
        since timestamptz not null,
        noticed_at timestamptz not null,
        to_at timestamptz,
        -- Those it touches; empty: everybody.
        unit_ids integer[] not null default '{}',
        patient_ids integer[] not null default '{}',
        -- Where the chain stood, in words.
        detail text,
        -- Patients who waited for a look at the worst moment.
        patients_waiting integer not null default 0,
        -- When the next message about it is due; null: everything has been told.
        next_tell_at timestamptz,
        told_at timestamptz,
        over_told_at timestamptz,
        -- What was late, as it was told.
        caught_up jsonb
      );
      create unique index blindness_open on blindness (part, subject) where to_at is null;
      create index blindness_to_tell on blindness (next_tell_at) where next_tell_at is not null;
      create index blindness_to on blindness (to_at);

      -- The community of the made-up patients: on no list and in no figure.
      alter table community add column self_test boolean not null default false;
      create unique index community_self_test on community (self_test) where self_test;

      -- One walk of a made-up value from a real connection to the worklist.
      create table self_test (
        id integer generated always as identity primary key,
        host text not null,
        started_at timestamptz not null,
        arrived_at timestamptz,
        -- How far it came when it did not arrive.
        stopped_at text
      );
      create index self_test_host on self_test (host, id);
    `);
  }

  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
