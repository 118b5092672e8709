import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A roster counts those who may act on episodes: another role of a person is a new state of their units, as a closed account is (0011). */
export class CliniciansOnDuty0025 implements MigrationInterface {
  name = 'CliniciansOnDuty0025';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop trigger person_of_units_changes on person;
      create trigger person_of_units_changes after update on person
        for each row when (old.active <> new.active or old.roles <> new.roles) execute function person_of_units_changes();
      -- Whoever is on a roster without such a role counts no longer: the holes that leaves are looked for at once.
      insert into preflight_due (at) values (now());
    `);
  }

  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
