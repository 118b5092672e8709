import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Two open episodes that turn out to be one problem become one: the other ends in it. */
export class MergedEpisodes0021 implements MigrationInterface {
  name = 'MergedEpisodes0021';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table episode
        add column merged_into_id bigint references episode,
        add constraint episode_merged check ((outcome is not distinct from 'merged') = (merged_into_id is not null) and merged_into_id <> id),
        drop constraint episode_check1,
        add constraint episode_closed_by check (
          closed_at is null or closed_by_person_id is not null or merged_into_id is not null or severity in ('info', 'yellow'));
      create index episode_merged_into on episode (merged_into_id) where merged_into_id is not null;
      comment on column episode.merged_into_id is 'The same problem as this open episode: it goes on there, and this one is no outcome of its own';
    `);
  }

  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
