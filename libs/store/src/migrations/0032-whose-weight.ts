import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Patients are asked whether it was them who stood on the scale; what they answer is found by the patient, of whom few have any. */
export class WhoseWeight0032 implements MigrationInterface {
  name = 'WhoseWeight0032';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table home_advice drop constraint home_advice_kind_check;
      alter table home_advice add constraint home_advice_kind_check
        check (kind in ('green', 'yellow', 'red', 'critical', 'did_it_help', 'warning_signs', 'whose_weight'));
      create index answer_set_weight on answer_set (patient_id) where questionnaire = 'weight';
    `);
  }

  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
