import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A number that is another one after every commit that changed what ingest knows of devices: communities, devices, wearers, zones, enrolments and
 * credentials. Ingest keeps those facts in memory and stores a batch only while the number is the one it read them with.
 *
 * The row is written when the transaction commits, as its last lock, so that nobody waits for another with it in hand.
 */
export class DirectoryVersion0023 implements MigrationInterface {
  name = 'DirectoryVersion0023';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table directory_version (
        version integer not null,
        changed_in xid8
      );
      insert into directory_version (version) values (1);

      create function directory_changes() returns trigger language plpgsql as $$
      begin
        update directory_version set version = version + 1, changed_in = pg_current_xact_id()
        where changed_in is distinct from pg_current_xact_id();
        return null;
      end $$;
    `);
    const changes: readonly (readonly [table: string, what: string])[] = [
      ['community', 'insert or delete or update of code'],
      ['device', 'insert or delete or update of community_id, name, registered_at'],
      ['wearer', 'insert or delete or update'],
      ['patient', 'update of zone'],
      ['enrolment', 'insert or delete or update of patient_id, from_at'],
      ['credential', 'insert or delete or update of community_id, client_id, revoked_at'],
    ];
    for (const [table, what] of changes) {
      await runner.query(
        `create constraint trigger directory_${table} after ${what} on ${table}
         deferrable initially deferred for each row execute function directory_changes()`,
      );
    }
  }

  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
