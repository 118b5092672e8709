import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who has an episode: given to a person, offered to another unit, advice asked, and a second look before what was critical is closed. */
export class Handover0012 implements MigrationInterface {
  name = 'Handover0012';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- One row per offer; whoever wants to know what became of it reads its fate.
      create table handover (
        episode_id bigint not null references episode,
        -- Which of the episode's offers, from 1.
        number integer not null check (number > 0),
        patient_id integer not null references patient,
        from_unit_id integer not null references unit,
        to_unit_id integer not null references unit,
        reason text not null check (reason <> ''),
        informed_unit_ids integer[] not null,
        offered_at timestamptz not null,
        offered_by_person_id integer not null references person,
        deadline_at timestamptz not null,
        -- Null while it waits for an answer.
        fate text check (fate in ('accepted', 'declined', 'recalled', 'ran_out', 'closed', 'moved')),
        ended_at timestamptz,
        -- Null: the clock, or the end of the episode.
        ended_by_person_id integer references person,
        -- The words of who declined or recalled it.
        answer text,
        primary key (episode_id, number),
        unique (episode_id, number, to_unit_id),
        check (to_unit_id <> from_unit_id),
        check (deadline_at > offered_at),
        check ((fate is null) = (ended_at is null)),
        check (fate is distinct from 'accepted' or (ended_by_person_id is not null and ended_by_person_id <> offered_by_person_id and ended_at < deadline_at))
      );
      create unique index handover_waits on handover (episode_id) where fate is null;
      create index handover_seen on handover (patient_id, to_unit_id) where fate is null;
      create index handover_from on handover (from_unit_id, offered_at);

      create table consultation (
        episode_id bigint not null references episode,
        number integer not null check (number > 0),
        patient_id integer not null references patient,
        -- The owner that asked.
        from_unit_id integer not null references unit,
        unit_id integer not null references unit,
        question text not null check (question <> ''),
        asked_at timestamptz not null,
        asked_by_person_id integer not null references person,
        deadline_at timestamptz not null,
        fate text check (fate in ('given', 'ran_out', 'ended')),
        ended_at timestamptz,
        ended_by_person_id integer references person,
        answer text,
        primary key (episode_id, number),
        check (unit_id <> from_unit_id),
        check (deadline_at > asked_at),
        check ((fate is null) = (ended_at is null)),
        check (fate is distinct from 'given' or (answer is not null and ended_by_person_id is not null))
      );
      create unique index consultation_waits on consultation (episode_id, unit_id) where fate is null;
      create index consultation_seen on consultation (patient_id, unit_id) where fate is null;

      -- Since when a unit is in the team only for an episode that it owns; null: agreed by a person as part of the team.
      alter table team_unit add column guest_since timestamptz;

      alter table episode
        add column assigned_to_person_id integer references person,
        add column offers_made integer not null default 0,
        add column consultations_asked integer not null default 0,
        -- The offer that waits, and to whom: never to the owner itself, never of what is closed.
        add column offer_number integer,
        add column offered_to_unit_id integer,
        add column follower_unit_ids integer[] not null default '{}',
        add column close_proposed jsonb,
        add constraint episode_offered_away check (offered_to_unit_id is null or (offered_to_unit_id <> owner_unit_id and closed_at is null)),
        add constraint episode_offer check ((offer_number is null) = (offered_to_unit_id is null)),
        add constraint episode_close_proposed check (close_proposed is null or closed_at is null),
        add constraint episode_offer_kept foreign key (id, offer_number, offered_to_unit_id)
          references handover (episode_id, number, to_unit_id) deferrable initially deferred;
    `);
  }

  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
