import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What a patient has agreed to do only for as long as an episode is open (decision 20), and since when an episode asks for it: as it opened,
 * or as it began again. What is agreed already goes on as it is: nobody is asked for more than they agreed to.
 */
export class InEpisode0024 implements MigrationInterface {
  name = 'InEpisode0024';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table scheduled_measurement add column only_in_episode boolean not null default false;
      alter table episode add column begun_again_at timestamptz;
      comment on column episode.begun_again_at is 'Since when the patient is followed closely, when not since it opened: it came back, or rose from information only';
    `);
  }

  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
