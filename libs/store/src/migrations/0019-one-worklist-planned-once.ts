import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who shares a worklist, asked in a way that is planned once on each connection. */
export class OneWorklistPlannedOnce0019 implements MigrationInterface {
  name = 'OneWorklistPlannedOnce0019';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- A view is joined into every statement that asks who sees a patient, and planning its joins takes many times longer than finding that nobody
      -- shares. plpgsql keeps the plan for as long as the connection lasts (a function in SQL would be written out as the view is), and nothing but
      -- the plan: what it answers is never old. Few share anything: by its 10 rows the planner hashes them rather than scanning them per patient.
      create function read_one_worklist() returns setof one_worklist language plpgsql stable parallel safe rows 10 as $$
      begin
        return query table one_worklist;
      end $$;
    `);
  }

  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
