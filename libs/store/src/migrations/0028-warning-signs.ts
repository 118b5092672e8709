import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What patients are asked about a very high pressure is a question of its own beside whether a step of the plan has helped. */
export class WarningSigns0028 implements MigrationInterface {
  name = 'WarningSigns0028';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table home_advice drop constraint home_advice_kind_check;
      alter table home_advice add constraint home_advice_kind_check
        check (kind in ('green', 'yellow', 'red', 'critical', 'did_it_help', 'warning_signs'));
    `);
  }

  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
