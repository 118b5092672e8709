import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is watched and what came of it: due looks, findings, episodes, notices, and the changes a worklist follows. */
export class Episodes0003 implements MigrationInterface {
  name = 'Episodes0003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table patient_watch (
        patient_id integer primary key references patient,
        due_at timestamptz,
        -- Oldest reading that a look which failed left unseen; written by watchers only.
        unlooked_from timestamptz,
        looked_at timestamptz,
        -- Newest accepted time per metric, kept by the look so that it need not search the history.
        last_observed jsonb not null default '{}',
        -- Local days up to this one are in day_median.
        summarised_to date,
        failures integer not null default 0,
        last_failure text
      ) with (fillfactor = 70);
      create index patient_watch_due on patient_watch (due_at) where due_at is not null;
      -- Readings no look has seen. Storing only appends here and never touches patient_watch, so a look in progress
      -- does not hold up an acknowledgement and two storing processes cannot deadlock. The look deletes what it has seen.
      create table arrival (
        id bigint generated always as identity primary key,
        patient_id integer not null,
        observed_from timestamptz not null,
        arrived_at timestamptz not null default now()
      );
      create index arrival_patient on arrival (patient_id);

      create table day_median (
        patient_id integer not null references patient,
        metric text not null,
        day date not null,
        median double precision not null,
        readings integer not null,
        primary key (patient_id, metric, day)
      );

      create table episode (
        id bigint generated always as identity primary key,
        patient_id integer not null references patient,
        domains text[] not null check (cardinality(domains) > 0),
        severity text not null check (severity in ('info', 'yellow', 'red', 'critical')),
        signals jsonb not null,
        opened_at timestamptz not null,
        last_signal_at timestamptz not null,
        owner_unit_id integer not null references unit,
        acknowledged_at timestamptz,
        acknowledged_by_person_id integer references person,
        acknowledgement_ends_at timestamptz,
        cleared_at timestamptz,
        closed_at timestamptz,
        closed_by_person_id integer references person,
        outcome text,
        relapses integer not null default 0,
        pathway_id integer not null,
        pathway_version integer not null,
        ladder_started_at timestamptz not null,
        ladder_steps_taken integer not null default 0,
        next_step_at timestamptz,
        version integer not null,
        foreign key (pathway_id, pathway_version) references pathway (id, version),
        check ((closed_at is null) = (outcome is null)),
        check (closed_at is null or closed_by_person_id is not null or severity in ('info', 'yellow')),
        check ((acknowledged_at is null) = (acknowledged_by_person_id is null))
      );
      create index episode_patient on episode (patient_id, opened_at);
      create index episode_open on episode (owner_unit_id) where closed_at is null;
      create index episode_closed_lately on episode (patient_id, closed_at) where closed_at is not null;
      -- One row per domain an open episode covers: two open episodes for one problem cannot be stored.
      create table episode_domain (
        patient_id integer not null references patient,
        domain text not null,
        episode_id bigint not null references episode,
        primary key (patient_id, domain)
      );
      create index episode_domain_episode on episode_domain (episode_id);

      create table finding (
        id bigint generated always as identity primary key,
        patient_id integer not null references patient,
        rule_id text not null,
        rule_version integer not null,
        domain text not null,
        result text not null,
        severity text not null,
        -- A graver rule fired on the same anchor: recorded, not told.
        superseded boolean not null default false,
        anchor text not null,
        at timestamptz not null,
        received_at timestamptz not null,
        judged_at timestamptz not null,
        reading_ids bigint[] not null,
        limits jsonb not null,
        reason_nb text not null,
        reason_en text not null,
        pending_until timestamptz,
        episode_id bigint references episode
      );
      create unique index finding_once on finding (patient_id, rule_id, anchor, result);
      create index finding_patient on finding (patient_id, at);
      create index finding_episode on finding (episode_id) where episode_id is not null;

      create table episode_step (
        id bigint generated always as identity primary key,
        episode_id bigint not null references episode,
        at timestamptz not null,
        kind text not null,
        by_person_id integer references person,
        reason_nb text not null,
        reason_en text not null
      );
      create index episode_step_episode on episode_step (episode_id, id);

      create table snooze (
        id integer generated always as identity primary key,
        patient_id integer not null references patient,
        rule_id text not null,
        severity text not null,
        from_at timestamptz not null,
        until timestamptz not null check (until > from_at),
        reason text not null check (reason <> ''),
        by_person_id integer not null references person,
        undone_at timestamptz
      );
      create index snooze_patient on snooze (patient_id, until);

      create table notice (
        id bigint generated always as identity primary key,
        episode_id bigint not null references episode,
        key text not null,
        channel text not null check (channel in ('worklist', 'webhook')),
        cause text not null,
        severity text not null,
        unit_id integer not null references unit,
        text_nb text not null,
        text_en text not null,
        queued_at timestamptz not null,
        sent_at timestamptz,
        delivered_at timestamptz,
        read_at timestamptz,
        accepted_at timestamptz,
        attempts integer not null default 0,
        next_try_at timestamptz,
        given_up_at timestamptz,
        last_error text,
        unique (episode_id, key, channel)
      );
      create index notice_to_send on notice (next_try_at) where next_try_at is not null;

      -- Ids are taken under a lock held to the commit, so their order is the order of the commits and a reader misses none.
      create sequence worklist_change_id;
      create table worklist_change (
        id bigint primary key,
        at timestamptz not null,
        patient_id integer not null,
        episode_id bigint,
        unit_id integer,
        kind text not null
      );
      create index worklist_change_at on worklist_change (at);

      create table job (
        name text primary key,
        last_run_at timestamptz
      );
      insert into job (name) values ('compress'), ('aggregate'), ('analyze'), ('trim');
    `);
  }

  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
