import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Notices by e-mail and SMS, what homes are told, and the words agreed with a patient. */
export class Telling0014 implements MigrationInterface {
  name = 'Telling0014';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table notice
        -- Null: a message to a contact that is about no episode, such as a test of its address.
        alter column episode_id drop not null,
        -- Which of the unit's contacts it goes to; null: the worklist, or the unit's own webhook.
        add column contact_id integer references contact,
        -- What the gateway calls the message: a receipt names it.
        add column receipt_id text,
        drop constraint notice_channel_check,
        add constraint notice_channel_check check (channel in ('worklist', 'webhook', 'email', 'sms')),
        add constraint notice_contact_check check (channel not in ('email', 'sms') or contact_id is not null),
        drop constraint notice_episode_id_key_channel_key;
      create unique index notice_once on notice (coalesce(episode_id, 0), key, channel, coalesce(contact_id, 0));
      -- What was told about one episode; its newest is looked for at every look. The index above begins with an expression.
      create index notice_episode on notice (episode_id, queued_at) where episode_id is not null;
      create unique index notice_receipt on notice (receipt_id) where receipt_id is not null;

      -- What a patient is told at home because of an episode, or asked about the self-treatment plan: a row before it is a message.
      create table home_advice (
        id bigint generated always as identity primary key,
        patient_id integer not null references patient,
        -- Null: a question that is about no episode.
        episode_id bigint references episode,
        key text not null,
        kind text not null check (kind in ('green', 'yellow', 'red', 'critical', 'did_it_help')),
        text_nb text not null,
        text_en text not null,
        -- What the patient may answer; one of them must be chosen when must_answer.
        answers text[] not null,
        must_answer boolean not null,
        community_id integer not null references community,
        -- The gateway it goes to; null: none is known, and it cannot be sent.
        client_id text,
        -- The device on whose topic it is answered.
        device_name text,
        advised_at timestamptz not null,
        of_use_until timestamptz not null check (of_use_until > advised_at),
        attempts integer not null default 0,
        -- Null: nothing more is sent.
        next_try_at timestamptz,
        sent_at timestamptz,
        delivered_at timestamptz,
        read_at timestamptz,
        answered_at timestamptz,
        answer text,
        -- Of no use any more: the home takes it off the screen.
        withdrawn_at timestamptz,
        unique (patient_id, key),
        check ((answered_at is null) = (answer is null))
      );
      create index home_advice_to_send on home_advice (next_try_at) where next_try_at is not null;
      create index home_advice_open on home_advice (patient_id) where answered_at is null and withdrawn_at is null;
      create index home_advice_episode on home_advice (episode_id) where episode_id is not null;

      -- Words agreed with the patient for one step of the self-treatment plan or one telephone number; a version is never overwritten.
      create table plan_text (
        id integer generated always as identity primary key,
        patient_id integer not null references patient,
        key text not null check (key in ('green', 'yellow', 'red', 'call_116117', 'call_113')),
        text_nb text not null check (text_nb <> ''),
        text_en text not null check (text_en <> ''),
        reason text not null check (reason <> ''),
        set_by_person_id integer not null references person,
        set_at timestamptz not null,
        valid_from timestamptz not null,
        valid_to timestamptz,
        ended_by_person_id integer references person,
        version integer not null,
        unique (patient_id, key, version),
        check (valid_to is null or valid_to > valid_from)
      );
    `);
  }

  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
