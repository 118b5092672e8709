import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A patient's weights by value. */
export class WaysOfReadings0030 implements MigrationInterface {
  name = 'WaysOfReadings0030';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- A new weight is held against those of two weeks: whether any is far shows at the two ends, without reading them all.
      create index weight_by_value on reading (patient_id, value) where metric = 'weight' and doubt is null;
    `);
  }

  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
