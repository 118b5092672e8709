import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the hit rate is read by: episodes of a period, by when they closed and by when they opened. */
export class HitRate0010 implements MigrationInterface {
  name = 'HitRate0010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create index episode_closed on episode (closed_at) where closed_at is not null;
      create index episode_opened on episode (opened_at);
      insert into job (name) values ('rule-reviews');
    `);
  }

  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
