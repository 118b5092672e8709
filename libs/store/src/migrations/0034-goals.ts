import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What matters to a patient, in their own words: part of the care plan (DESIGN section 5). */
export class Goals0034 implements MigrationInterface {
  name = 'Goals0034';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table goal (
        id integer generated always as identity primary key,
        patient_id integer not null references patient,
        words text not null check (words <> ''),
        set_by_person_id integer not null references person,
        set_at timestamptz not null,
        ended_at timestamptz,
        ended_by_person_id integer references person,
        outcome text check (outcome in ('reached', 'changed', 'given_up')),
        note text,
        check (num_nonnulls(ended_at, ended_by_person_id, outcome) in (0, 3)),
        check (ended_at is null or ended_at >= set_at)
      );
      create index goal_of_patient on goal (patient_id);
    `);
  }

  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
