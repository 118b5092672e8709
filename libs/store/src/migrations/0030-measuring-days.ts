import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How often a patient has agreed to measure on usual days (decision 37). What is planned already goes on as it is until something is agreed. */
export class MeasuringDays0030 implements MigrationInterface {
  name = 'MeasuringDays0030';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table measuring_days (
        id integer generated always as identity primary key,
        patient_id integer not null references patient,
        -- ISO weekdays; null: only how many days a week was agreed.
        weekdays smallint[] check (cardinality(weekdays) > 0 and weekdays <@ array[1, 2, 3, 4, 5, 6, 7]::smallint[]),
        days_a_week smallint check (days_a_week between 1 and 7),
        reason text not null check (reason <> ''),
        set_by_person_id integer not null references person,
        set_at timestamptz not null,
        valid_from timestamptz not null,
        valid_to timestamptz,
        ended_by_person_id integer references person,
        version integer not null,
        unique (patient_id, version),
        check ((weekdays is null) <> (days_a_week is null)),
        check (valid_to is null or valid_to > valid_from)
      );
    `);
  }

  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
