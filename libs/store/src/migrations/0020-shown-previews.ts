import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What somebody was shown that a change would have done, and the change they made after it (`change_control`). */
export class ShownPreviews0020 implements MigrationInterface {
  name = 'ShownPreviews0020';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table shown_preview (
        id bigint generated always as identity primary key,
        -- A change of one patient's plan, or of what a unit has set for all of its patients.
        patient_id integer references patient,
        unit_id integer references unit,
        -- Null: whoever runs the command line, who has the database.
        person_id integer references person,
        change jsonb not null,
        -- Of the patient when it was worked out: another one now means that it shows another plan.
        plan_version integer,
        shown_at timestamptz not null,
        effect jsonb not null,
        -- Set by the change that was made after it; what was never used is deleted after a while.
        used_at timestamptz,
        check ((patient_id is null) <> (unit_id is null)),
        check ((patient_id is null) = (plan_version is null))
      );
      create index shown_preview_unused on shown_preview (shown_at) where used_at is null;

      -- Null: made before previews were kept, or set up with the patient.
      alter table personal_limit add column preview_id bigint references shown_preview, add column end_preview_id bigint references shown_preview;
      alter table reference_value add column preview_id bigint references shown_preview, add column end_preview_id bigint references shown_preview;
      alter table enrolment add column preview_id bigint references shown_preview, add column end_preview_id bigint references shown_preview;
      alter table unit_limit add column preview_id bigint references shown_preview, add column end_preview_id bigint references shown_preview;
      alter table rule_switch add column preview_id bigint references shown_preview;
      -- What whoever proposed it was shown; whoever approves it is shown it as it stands then.
      alter table proposal add column preview_id bigint references shown_preview;
    `);
  }

  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
