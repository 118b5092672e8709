import type { MigrationInterface, QueryRunner } from 'typeorm';

const CHANGES = { insert: 'new', update: 'new', delete: 'old' };

/** A unit's limits and switches are part of what a look is given of it: a change of one is a new state of the unit (0011). */
export class UnitRulesVersion0022 implements MigrationInterface {
  name = 'UnitRulesVersion0022';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of ['unit_limit', 'rule_switch']) {
      for (const [change, rows] of Object.entries(CHANGES)) {
        await runner.query(`
          create trigger part_of_unit_${change} after ${change} on ${table} referencing ${rows} table as changed
            for each statement execute function part_of_unit_changes()`);
      }
    }
  }

  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
