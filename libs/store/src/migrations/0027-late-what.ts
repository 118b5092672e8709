import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which of several that a part does is late, as its process says with each beat: people are told the channel, also after a restart. */
export class LateWhat0027 implements MigrationInterface {
  name = 'LateWhat0027';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table heartbeat add column late_what text;
      comment on column heartbeat.late_what is 'Which of several that the part does is late, such as channels by which nothing gets out';
    `);
  }

  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
