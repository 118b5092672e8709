import { fork } from 'node:child_process';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startEmbedded } from '@varde/store';
import { readConfig, type Config } from './config.js';
import { signIn, tellEpisode, type Desk } from './demo/follow.js';
import { setUpCommunity, type DemoCommunity } from './demo/set-up.js';
import { openLog } from './log.js';
import { run } from './run.js';
import type { Service } from './start.js';

const FLEET = join(import.meta.dirname, '../../../devices/fleet/main.js');
const PATIENTS = 50;
const HISTORY_DAYS = 60;
const DAY_MS = 86_400_000;
/** How often a home measures once the history is filled in; the one that gets worse measures twelve times as often. */
const MEASURE_EVERY_S = 120;
/** The worsening begins this long after the homes set out: about when their history is filled in. */
const WORSENING_AFTER_MS = 20_000;
/** Time from the first sign to the worst, so that it fits into a demonstration. */
const WORSENING_HOURS = 1 / 60;
const SHOWN_EPISODES_MAX = 6;

const say = (line = ''): void => void process.stdout.write(`${line}\n`);

/** What a demonstration leaves in its folder; the last are who is told, and has been told, when the database is away. */
const LEFT_BEHIND = /^(database|secret|homes\.json|(tell-contacts|told-database-away)[.-].*)$/;

/** Each demonstration begins with nothing of the one before; a running one is not disturbed, and nothing else is touched. */
async function clear(dataDir: string): Promise<void> {
  const engine = await startEmbedded({ dataDir: join(dataDir, 'database'), log: openLog('silent') });
  await engine.stop();
  const left = (await readdir(dataDir)).filter((name) => LEFT_BEHIND.test(name));
  for (const name of left) await rm(join(dataDir, name), { recursive: true, force: true });
}

async function demonstrate(started: (config: Config) => Promise<Service>): Promise<void> {
  const given = { VARDE_LOG_LEVEL: 'warn', ...process.env, DATABASE_URL: '', VARDE_ROLES: '' };
  // A folder of its own: the data of a service that is started with the same settings stays.
  const config = readConfig({ ...given, VARDE_DATA_DIR: join(readConfig(given).dataDir, 'demo') });
  say('Starting Varde with an embedded TimescaleDB and a made-up health community ...');
  await clear(config.dataDir);
  // Nobody watches until the history is filled in, or everybody would be reported silent for sixty days.
  const service = await started({ ...config, roles: ['broker', 'ingest', 'triage'] });
  const community = await setUp(service);
  for (const line of service.lines.slice(1)) say(line);
  say();
  say(`Look around at ${service.apiUrl}/docs and sign in (POST /api/session) as`);
  for (const { username, password, what } of community.signIns) say(`  ${username.padEnd(12)} ${password.padEnd(10)} ${what}`);
  say();
  say(`${PATIENTS} simulated homes connect over MQTT and live through ${HISTORY_DAYS} days ...`);
  await startFleet(join(config.dataDir, 'homes.json'), community, service);
  await started({ ...config, roles: ['watch'], databaseUrl: service.database.url, secret: service.secret });
  say(`Now they go on measuring, and Varde watches. Patient ${community.homes[0]?.patientId} is getting worse.`);
  say('This is what the nurse of Fjordvik sees; stop with Ctrl-C.');
  say();
  await followAsNurse(service, community);
}

function setUp(service: Service): Promise<DemoCommunity> {
  const now = new Date();
  return setUpCommunity(service.database, {
    patients: PATIENTS,
    from: new Date(now.getTime() - (HISTORY_DAYS + 1) * DAY_MS),
    secretKey: service.secret,
    now,
  });
}

/** Resolves when every home has lived up to now. From then on the first one is getting worse. */
async function startFleet(homesFile: string, community: DemoCommunity, service: Service): Promise<void> {
  const worseningFrom = new Date(Date.now() + WORSENING_AFTER_MS).toISOString();
  const homes = community.homes.map((home, index) => ({
    ...home,
    worseningFrom: index === 0 ? worseningFrom : null,
    worseningHours: WORSENING_HOURS,
  }));
  await writeFile(homesFile, JSON.stringify(homes), { mode: 0o600 });
  const args = ['--homes', homesFile, '--url', service.mqttUrl ?? '', '--days', String(HISTORY_DAYS), '--every', String(MEASURE_EVERY_S)];
  const fleet = fork(FLEET, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  await new Promise<void>((resolve, reject) => {
    fleet.once('message', () => resolve());
    fleet.once('exit', (code) => reject(new Error(`the simulated homes ended with ${code}`)));
  });
}

async function followAsNurse(service: Service, community: DemoCommunity): Promise<void> {
  const nurse = community.signIns[0];
  if (!nurse || service.apiUrl === null) return;
  const desk = await signIn(service.apiUrl, nurse.username, nurse.password);
  const shown = new Map<number, string>();
  const watching = new AbortController();
  process.once('SIGTERM', () => watching.abort());
  process.once('SIGINT', () => watching.abort());
  void desk
    .follow(async (episodeId, kind) => {
      if (kind === 'opened' || kind === 'changed') await show(desk, episodeId, shown);
    }, watching.signal)
    .catch((error: unknown) => {
      if (!watching.signal.aborted) say(`the worklist stream ended: ${String(error)}`);
    });
}

async function show(desk: Desk, episodeId: number, shown: Map<number, string>): Promise<void> {
  const story = await desk.readStory(episodeId);
  const { severity } = story.episode;
  if (severity === 'info' || shown.get(episodeId) === severity || shown.size >= SHOWN_EPISODES_MAX) return;
  shown.set(episodeId, severity);
  for (const line of tellEpisode(story)) say(line);
  say();
}

await run(demonstrate);
