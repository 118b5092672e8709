import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate, openDatabase, type Database } from '@varde/store';
import { openCatalogue } from '../apps/varde/src/catalogue.js';
import { replayPatient } from '../apps/varde/src/cli/replay-patient.js';
import type { WatcherParts } from '../apps/varde/src/watch/watcher.js';
import { testLog } from './engine.js';
import { makeTestHome, minutes, type TestHome } from './ingest-rig.js';
import { eventually } from './whole-way.js';
import { AFTER, LOW, LOW_AGAIN, NATIVE_DIR, readLived, runNative, send, written, type Lived } from './restore-rig.js';

/** A base backup and the WAL archived since are brought back as `docs/installation.md` says, by its own commands, to a server of the test's own. */
const onNative = NATIVE_DIR === '' ? describe.skip : describe;

onNative('a base backup that is restored with the WAL archived since', () => {
  let [folder, server, backup] = ['', '', ''];
  let url: string;
  let home: TestHome;
  let kept: Lived;
  let database: Database;
  let catalogue: WatcherParts['catalogue'];
  beforeAll(async () => {
    catalogue = await openCatalogue();
    folder = mkdtempSync(join(tmpdir(), 'varde-base-'));
    [server, backup] = [join(folder, 'server'), join(folder, 'backup')];
    makeFolders();
    url = start();
    const before = await open();
    try {
      for (const line of written('archive_command').split('\n').filter(Boolean))
        await before.dataSource.query(`alter system set ${inFolders(line)}`);
    } finally {
      await before.close();
    }
    stop();
    start();
    await live();
    stop('--now');
    // The machine is gone, with what it had not archived.
    rmSync(join(server, 'data'), { recursive: true });
    mkdirSync(join(server, 'data'), { mode: 0o700 });
    runNative(inFolders(written('recovery.signal')));
    if (process.getuid?.() === 0) execFileSync('chown', ['-R', '65534:65534', join(server, 'data')]);
    start();
    database = await open();
    await eventually('the server has taken all of the WAL', async () => {
      const [row] = await database.dataSource.query<{ recovers: boolean }[]>('select pg_is_in_recovery() as recovers');
      return row?.recovers === false;
    });
    await database.dataSource.query(written('setval'));
  }, 240_000);
  afterAll(async () => {
    await database?.close();
    stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The programs of the server of the tests, and folders that the server's user may enter. */
  function makeFolders(): void {
    mkdirSync(server);
    mkdirSync(join(backup, 'wal'), { recursive: true });
    // Whatever umask the tests run with.
    for (const each of [folder, server]) chmodSync(each, 0o755);
    for (const each of [backup, join(backup, 'wal')]) chmodSync(each, 0o777);
    for (const each of ['tree', 'debs']) symlinkSync(join(NATIVE_DIR, each), join(server, each));
  }

  const script = (name: string, ...options: string[]): string =>
    execFileSync(join(import.meta.dirname, 'native', name), [server, ...options], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const start = (): string => script('start').trim();
  const stop = (...options: string[]): void => void script('stop', ...options);
  const open = (): Promise<Database> => openDatabase({ databaseUrl: url, dataDir: '', log: testLog });
  const inFolders = (said: string): string =>
    said.replaceAll('<database>', join(server, 'run')).replaceAll('<data>', join(server, 'data')).replaceAll('/backup/', `${backup}/`);

  /** A reading before the backup, one after it that is archived, and one that is not. */
  async function live(): Promise<void> {
    const lived = await open();
    try {
      await migrate(lived, testLog);
      home = await makeTestHome(lived, 'kept');
      await send({ to: lived, home, act: LOW }, catalogue, minutes(1));
      runNative(inFolders(written('pg_basebackup', 'pg_basebackup')));
      await send({ to: lived, home, act: LOW_AGAIN }, catalogue, minutes(4));
      kept = await readLived(lived);
      await archived(lived);
      await send({ to: lived, home, act: AFTER }, catalogue, minutes(7));
    } finally {
      await lived.close();
    }
  }

  /** What `archive_timeout` does once a minute, done now, and there. */
  async function archived({ dataSource }: Database): Promise<void> {
    const [wal] = await dataSource.query<{ name: string }[]>(`select pg_walfile_name(pg_switch_wal()) as name`);
    await eventually('the WAL is archived', () => existsSync(join(backup, 'wal', wal?.name ?? '')));
  }

  test('is all that there was up to the last WAL that was archived, and comes again bit for bit', async () => {
    expect(kept.readings).toHaveLength(4);
    expect(kept.episodes).toMatchObject([{ severity: 'critical', owner_unit_id: expect.anything(), closed_at: null }]);
    expect(await readLived(database)).toEqual(kept);
    const again = await replayPatient(database.dataSource.manager, catalogue, home.patientId, { from: null, to: null });
    expect(again.differences).toEqual([]);
    expect(await migrate(database, testLog)).toEqual([]);
  });

  test('takes what comes again as the same reading, and what was lost with the machine anew', async () => {
    const sendAgain = (act: typeof LOW, lookedAt: Date) => send({ to: database, home, act }, catalogue, lookedAt);
    expect(await sendAgain(LOW, minutes(20))).toBe('duplicate');
    expect(await sendAgain(LOW_AGAIN, minutes(20))).toBe('duplicate');
    expect(await sendAgain(AFTER, minutes(21))).toBe('stored');
  });
});
