import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate, openDatabase, type Database } from '@varde/store';
import { openCatalogue } from '../apps/varde/src/catalogue.js';
import { replayPatient } from '../apps/varde/src/cli/replay-patient.js';
import type { Log } from '../apps/varde/src/log.js';
import { lookAtDue, type WatcherParts } from '../apps/varde/src/watch/watcher.js';
import { isNative, openTestServer, testLog, type TestServer } from './engine.js';
import { makeTestHome, minutes, obs, openTestIngest, spotCheck, type TestHome } from './ingest-rig.js';

/**
 * A backup is brought back as `docs/installation.md` says, by its own commands. They are PostgreSQL's and come with the native server of the
 * tests; a folder of the embedded engine is copied.
 */
const NATIVE_DIR = process.env['VARDE_TEST_NATIVE_DIR'] ?? '';
const onNative = isNative && NATIVE_DIR !== '' ? describe : describe.skip;

const PAGE = readFileSync(join(import.meta.dirname, '../docs/installation.md'), 'utf8');
const FENCED = /^ *```(?:sh|sql)\n([\s\S]*?)^ *```$/gm;

/** The lines of the one block of the page that has this word; with `line`, only those that begin with it. */
function written(word: string, line = ''): string {
  const blocks = [...PAGE.matchAll(FENCED)].map(([, block = '']) => block).filter((block) => block.includes(word));
  expect(blocks).toHaveLength(1);
  const lines = (blocks[0] ?? '').split('\n').map((each) => each.trim());
  return lines.filter((each) => each.startsWith(line)).join('\n');
}

onNative('a dump that is restored', () => {
  const folder = mkdtempSync(join(tmpdir(), 'varde-restore-'));
  let server: TestServer;
  let name: string;
  let home: TestHome;
  let kept: Lived;
  let database: Database;
  let catalogue: WatcherParts['catalogue'];
  beforeAll(async () => {
    server = await openTestServer();
    catalogue = await openCatalogue();
    const before = await openDatabase({ databaseUrl: server.url, dataDir: '', log: testLog });
    try {
      name = await nameOf(before);
      home = await makeTestHome(before, 'kept');
      await send(before, LOW, minutes(1));
      await send(before, LOW_AGAIN, minutes(4));
      kept = await readLived(before);
      run(written('pg_dump', 'pg_dump'), name);
      await send(before, AFTER, minutes(7));
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

  const LOW = spotCheck(minutes(0), { spo2: 80 });
  const LOW_AGAIN = spotCheck(minutes(3), { spo2: 80 });
  const AFTER = spotCheck(minutes(6), { spo2: 80 });

  async function nameOf({ dataSource }: Database): Promise<string> {
    const [row] = await dataSource.query(`select current_database() as name`);
    return row.name;
  }
  const query = <Row>(sql: string): Promise<Row[]> => database.dataSource.query(sql);

  /** What the page says, of another database and in a folder of the test. */
  function run(commands: string, of: string): void {
    const said = commands
      .replaceAll('<database>', join(NATIVE_DIR, 'run'))
      .replaceAll('/backup/', `${folder}/`)
      .replaceAll(/-d varde\b/g, `-d ${of}`)
      .replaceAll(/ varde$/gm, ` ${of}`);
    const PATH = `${join(NATIVE_DIR, 'tree/usr/lib/postgresql/17/bin')}:${process.env['PATH'] ?? ''}`;
    execFileSync('sh', ['-e', '-c', said], { env: { ...process.env, PATH }, stdio: ['ignore', 'ignore', 'pipe'] });
  }

  async function lookAt(of: Database, now: Date): Promise<void> {
    await lookAtDue({ database: of, catalogue, batch: 50, log: testLog as unknown as Log }, now);
  }

  /** One act of measuring, looked at a minute later; answers what the gateway was told. */
  async function send(to: Database, act: ReturnType<typeof spotCheck>, lookedAt: Date): Promise<string | undefined> {
    const { ingest } = openTestIngest(to, { checkCredentials: false });
    const ack = await ingest.take(obs(home, [act]));
    await ingest.stop();
    await lookAt(to, lookedAt);
    return ack?.results[0]?.status;
  }

  interface Lived {
    readonly readings: unknown;
    readonly episodes: readonly Record<string, unknown>[];
    readonly findings: unknown;
  }

  async function readLived({ dataSource }: Database): Promise<Lived> {
    return {
      readings: await dataSource.query(`select * from reading order by observed_at, metric`),
      episodes: await dataSource.query(`select * from episode order by id`),
      findings: await dataSource.query(`select * from finding order by id`),
    };
  }

  test('is all that there was when it was made, and comes again bit for bit', async () => {
    expect(kept.episodes).toMatchObject([{ severity: 'critical', owner_unit_id: expect.anything(), closed_at: null }]);
    expect(await readLived(database)).toEqual(kept);
    const again = await replayPatient(database.dataSource.manager, catalogue, home.patientId, { from: null, to: null });
    expect(again.differences).toEqual([]);
    // A start brings an older database up to its version; this one has nothing to be brought up.
    expect(await migrate(database, testLog)).toEqual([]);
  });

  test('takes what comes again as the same reading, and what was lost with the server anew, by numbers never given before', async () => {
    expect(await send(database, LOW, minutes(20))).toBe('duplicate');
    expect(await send(database, AFTER, minutes(21))).toBe('stored');
    expect(await send(database, AFTER, minutes(22))).toBe('duplicate');
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
    await lookAt(database, minutes(600));
    expect(await taken()).toEqual(begunAgain);
    await lookAt(database, minutes(601));
    expect(await taken()).toEqual(begunAgain);
  });
});
