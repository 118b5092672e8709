import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate, openDatabase, type Database } from '@varde/store';
import { openCatalogue } from '../apps/varde/src/catalogue.js';
import { replayPatient } from '../apps/varde/src/cli/replay-patient.js';
import type { WatcherParts } from '../apps/varde/src/watch/watcher.js';
import { openTestServer, testLog, type TestServer } from './engine.js';
import { makeTestHome, minutes, type TestHome } from './ingest-rig.js';
import { AFTER, lookAt, LOW, LOW_AGAIN, NATIVE_DIR, readLived, runNative, send, written, type Lived } from './restore-rig.js';

/**
 * A dump is brought back as `docs/installation.md` says, by its own commands. They are PostgreSQL's and come with the native server of the
 * tests; a folder of the embedded engine is copied.
 */
const onNative = NATIVE_DIR === '' ? describe.skip : describe;

onNative('a dump that is restored', () => {
  let folder: string;
  let server: TestServer;
  let name: string;
  let home: TestHome;
  let kept: Lived;
  let database: Database;
  let catalogue: WatcherParts['catalogue'];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'varde-restore-'));
    server = await openTestServer();
    catalogue = await openCatalogue();
    const before = await openDatabase({ databaseUrl: server.url, dataDir: '', log: testLog });
    try {
      name = await nameOf(before);
      home = await makeTestHome(before, 'kept');
      await send({ to: before, home, act: LOW }, catalogue, minutes(1));
      await send({ to: before, home, act: LOW_AGAIN }, catalogue, minutes(4));
      kept = await readLived(before);
      run(written('pg_dump', 'pg_dump'), name);
      await send({ to: before, home, act: AFTER }, catalogue, minutes(7));
    } finally {
      await before.close();
    }
    run(written('pg_restore'), `${name}_restored`);
    database = await openDatabase({ databaseUrl: server.url.replace(name, `${name}_restored`), dataDir: '', log: testLog });
    await query(written('setval'));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await database.close();
    run(`dropdb --if-exists --force -h <database> -U varde ${name}_restored`, name);
    await server.close();
  });

  async function nameOf({ dataSource }: Database): Promise<string> {
    const [row] = await dataSource.query(`select current_database() as name`);
    return row.name;
  }
  const query = <Row>(sql: string): Promise<Row[]> => database.dataSource.query(sql);

  /** What the page says, of another database and in a folder of the test. */
  function run(commands: string, of: string): void {
    runNative(
      commands
        .replaceAll('<database>', join(NATIVE_DIR, 'run'))
        .replaceAll('/backup/', `${folder}/`)
        .replaceAll(/-d varde\b/g, `-d ${of}`)
        .replaceAll(/ varde$/gm, ` ${of}`),
    );
  }
  const sendAgain = (act: typeof LOW, lookedAt: Date) => send({ to: database, home, act }, catalogue, lookedAt);

  test('is all that there was when it was made, and comes again bit for bit', async () => {
    expect(kept.episodes).toMatchObject([{ severity: 'critical', owner_unit_id: expect.anything(), closed_at: null }]);
    expect(await readLived(database)).toEqual(kept);
    const again = await replayPatient(database.dataSource.manager, catalogue, home.patientId, { from: null, to: null });
    expect(again.differences).toEqual([]);
    // A start brings an older database up to its version; this one has nothing to be brought up.
    expect(await migrate(database, testLog)).toEqual([]);
  });

  test('takes what comes again as the same reading, and what was lost with the server anew, by numbers never given before', async () => {
    expect(await sendAgain(LOW, minutes(20))).toBe('duplicate');
    expect(await sendAgain(AFTER, minutes(21))).toBe('stored');
    expect(await sendAgain(AFTER, minutes(22))).toBe('duplicate');
    const numbers = await query<{ id: string; observed_at: Date }>(`select id, observed_at from measurement order by observed_at`);
    expect(numbers.map(({ observed_at }) => observed_at)).toEqual([minutes(0), minutes(3), minutes(6)]);
    expect(Number(numbers[2]?.id)).toBeGreaterThan(1_000_000);
  });

  test('has a clock that has run out meanwhile due at once, and once', async () => {
    const [clock] = kept.episodes.map((episode) => episode['next_step_at'] as Date);
    const begunAgain = [expect.stringContaining('begins again'), expect.stringContaining('Step 1 of 1')];
    const taken = async () => {
      const steps = await query<{ said: string }>(
        `select reason_en as said from episode_step where kind = 'escalated' and at > '${minutes(22).toISOString()}' order by id`,
      );
      return steps.map(({ said }) => said);
    };
    expect(clock?.getTime()).toBeLessThan(minutes(600).getTime());
    await lookAt(database, catalogue, minutes(600));
    expect(await taken()).toEqual(begunAgain);
    await lookAt(database, catalogue, minutes(601));
    expect(await taken()).toEqual(begunAgain);
  });
});
