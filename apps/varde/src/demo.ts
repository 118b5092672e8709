import { fork, type ChildProcess } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
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
/** Time from the first sign to the worst, so that it fits into a demonstration. */
const WORSENING_HOURS = 1 / 60;
const SHOWN_EPISODES_MAX = 6;

const say = (line = ''): void => void process.stdout.write(`${line}\n`);

/** Each demonstration begins with nothing; a running one is not disturbed. */
async function emptyDataDir(config: Config): Promise<void> {
  const engine = await startEmbedded({ dataDir: join(config.dataDir, 'database'), log: openLog('silent') });
  await engine.stop();
  await rm(config.dataDir, { recursive: true, force: true });
}

async function demonstrate(started: (config: Config) => Promise<Service>): Promise<void> {
  const config = readConfig({ VARDE_DATA_DIR: join('.varde', 'demo'), VARDE_LOG_LEVEL: 'warn', ...process.env, DATABASE_URL: '' });
  say('Starting Varde with an embedded TimescaleDB and a made-up health community ...');
  await emptyDataDir(config);
  const service = await started(config);
  const now = new Date();
  const community = await setUpCommunity(service.database, {
    patients: PATIENTS,
    from: new Date(now.getTime() - (HISTORY_DAYS + 1) * DAY_MS),
    worseningFrom: new Date(now.getTime() + 30_000),
    worseningHours: WORSENING_HOURS,
    secretKey: service.secret,
    now,
  });
  const homesFile = join(config.dataDir, 'homes.json');
  await mkdir(config.dataDir, { recursive: true });
  await writeFile(homesFile, JSON.stringify(community.homes), { mode: 0o600 });
  for (const line of service.lines) say(line);
  say();
  say(`${PATIENTS} simulated homes connect over MQTT and live through ${HISTORY_DAYS} days; then they go on measuring.`);
  say('One of them, patient 1, is getting worse. This is what the nurse of Fjordvik sees:');
  say();
  lookAround(service, community);
  await followAsNurse(service, community);
  startFleet(homesFile, service);
}

function lookAround(service: Service, community: DemoCommunity): void {
  say(`Look around at ${service.apiUrl}/docs and sign in (POST /api/session) as`);
  for (const { username, password, what } of community.signIns) say(`  ${username.padEnd(12)} ${password.padEnd(10)} ${what}`);
  say('Stop with Ctrl-C.');
  say();
}

function startFleet(homesFile: string, service: Service): ChildProcess {
  const args = ['--homes', homesFile, '--url', service.mqttUrl ?? '', '--days', String(HISTORY_DAYS), '--every', String(MEASURE_EVERY_S)];
  return fork(FLEET, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
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
