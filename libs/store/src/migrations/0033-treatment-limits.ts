import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a physician has decided of who has what is red or critical of one patient, in place of the pathway's (decision 44). */
export class TreatmentLimits0033 implements MigrationInterface {
  name = 'TreatmentLimits0033';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table treatment_limits (
        id integer generated always as identity primary key,
        patient_id integer not null references patient,
        from_severity text not null check (from_severity in ('red', 'critical')),
        unit_id integer not null references unit,
        decision text not null check (decision <> ''),
        -- Whom to call there.
        contact text not null check (contact <> ''),
        reason text not null check (reason <> ''),
        set_by_person_id integer not null references person,
        set_at timestamptz not null,
        valid_from timestamptz not null,
        valid_to timestamptz,
        review_by timestamptz not null,
        ended_by_person_id integer references person,
        version integer not null,
        unique (patient_id, version),
        check (valid_to is null or valid_to > valid_from),
        check (review_by > valid_from)
      );
    `);
  }

  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
