import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Whether a notice was given up because no try brought it there: also given up is what nobody needs any more. Of those given up before,
 * none says so; only what is told when a stretch of blindness is over asks.
 */
export class FailedNotices0026 implements MigrationInterface {
  name = 'FailedNotices0026';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table notice add column has_failed boolean not null default false;
      comment on column notice.has_failed is 'Given up because no try brought it there; false: not given up, or nobody needed it any more';
    `);
  }

  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
