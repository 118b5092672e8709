import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When a clinician goes through the plan with the patient next (decision 38): the week before it is planned from it. */
export class ReviewDates0031 implements MigrationInterface {
  name = 'ReviewDates0031';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table review_date (
        id integer generated always as identity primary key,
        patient_id integer not null references patient,
        -- A day at the patient's home.
        review_on date not null,
        reason text not null check (reason <> ''),
        set_by_person_id integer not null references person,
        set_at timestamptz not null,
        valid_from timestamptz not null,
        valid_to timestamptz,
        ended_by_person_id integer references person,
        version integer not null,
        unique (patient_id, version),
        check (valid_to is null or valid_to > valid_from)
      );
    `);
  }

  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
