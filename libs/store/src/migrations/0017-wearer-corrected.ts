import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A line of the log by which a replay knows that readings have another wearer now. */
export class WearerCorrected0017 implements MigrationInterface {
  name = 'WearerCorrected0017';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table patient_log
        drop constraint patient_log_kind_check,
        add constraint patient_log_kind_check
          check (kind in ('begins', 'wearer_corrected', 'look', 'failed', 'set_aside', 'no_pathway', 'postponed', 'act'));
    `);
  }

  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
