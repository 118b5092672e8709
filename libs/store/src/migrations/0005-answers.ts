import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Filled-in questionnaires: what was answered, beside the measurement that holds when and by which device. */
export class Answers0005 implements MigrationInterface {
  name = 'Answers0005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table answer_set (
        -- No foreign keys, as in measurement: it is written in the statement that writes its measurement.
        measurement_id bigint primary key,
        patient_id integer not null,
        questionnaire text not null,
        version smallint not null,
        observed_at timestamptz not null,
        received_at timestamptz not null,
        answered_by text not null check (answered_by in ('patient', 'carer', 'nurse')),
        -- By item code: true or false, a number, or the code of a choice.
        items jsonb not null
      );
      create index answer_set_patient on answer_set (patient_id, observed_at);
    `);
  }

  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
