import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What homes are asked to do: measure again while a rule waits. */
export class HomeAsks0008 implements MigrationInterface {
  name = 'HomeAsks0008';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table home_ask (
        id bigint generated always as identity primary key,
        patient_id integer not null references patient,
        -- What it is about, the anchor of the findings that wait: asked once, however many rules wait for it.
        key text not null,
        community_id integer not null references community,
        -- The gateway the measurement came through.
        client_id text not null,
        device_name text not null,
        metrics text[] not null,
        rest_minutes smallint not null,
        times smallint not null check (times > 0),
        text_nb text not null,
        text_en text not null,
        asked_at timestamptz not null,
        answer_by timestamptz not null check (answer_by > asked_at),
        attempts integer not null default 0,
        -- Null: nothing more is sent.
        next_try_at timestamptz,
        sent_at timestamptz,
        delivered_at timestamptz,
        settled_at timestamptz,
        unique (patient_id, key)
      );
      create index home_ask_to_send on home_ask (next_try_at) where next_try_at is not null;
    `);
  }

  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
