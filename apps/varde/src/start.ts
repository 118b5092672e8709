import type { Server as HttpServer } from 'node:http';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { applyPolicies, migrate, openDatabase, type Database } from '@varde/store';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { BrokerRoom } from './broker/broker.module.js';
import { openCatalogue, openQuestionnaires } from './catalogue.js';
import type { Config } from './config.js';
import { openCouriers } from './sending/couriers.js';
import { keptSecret } from './kept-secret.js';
import { nestLogger, openLog, type Log } from './log.js';
import type { Provided } from './provided.js';
import { ServiceModule } from './service.module.js';
import { prepareApi } from './triage/triage.module.js';
import { readTlsFiles } from './tls-files.js';
import { sayUnreachable } from './unreachable.js';
import { Sight } from './sight.js';
import { WorkBook, type Work } from './work-book.js';

/** A port another program holds; the message names it. */
export class PortTaken extends Error {
  override name = 'PortTaken';
}

/** A running service. */
export interface Service {
  readonly database: Database;
  /** Key of the device credentials: for setting up, never to be shown. */
  readonly secret: string;
  /** Address of the API, null when this process has none. */
  readonly apiUrl: string | null;
  /** Address of the broker over TCP, null when this process has none. */
  readonly mqttUrl: string | null;
  /** What was started and where to look, in plain words. */
  readonly lines: readonly string[];
  stop(): Promise<void>;
}

const DATABASE_WAIT_MS = 60_000;
/** Whoever ends waits no longer for an answer of the database: one that has gone away without a word would keep the process for minutes. */
const LAST_ANSWER_MS = 5_000;
const ANSWERS_WITHIN_MS = 3_000;
/** Requests that are being answered at the end have this long; then their connections are cut, and so are those that ask for nothing. */
const REQUESTS_END_WITHIN_MS = 2_000;

/** Starts the rooms the settings name and answers when all of them serve. Whatever was opened is closed again when one cannot start. */
export async function start(config: Config, log: Log = openLog(config.logLevel)): Promise<Service> {
  // Before anything is opened.
  if (config.roles.includes('broker')) await readTlsFiles(config.mqtt);
  const catalogue = await openCatalogue();
  const questionnaires = await openQuestionnaires();
  const database = await openDatabase({
    databaseUrl: config.databaseUrl,
    dataDir: join(config.dataDir, 'database'),
    log,
    waitMs: DATABASE_WAIT_MS,
  }).catch((error: unknown) => {
    throw sayUnreachable(error);
  });
  try {
    await migrate(database, log);
    await applyPolicies(database, log);
    const metrics = new Registry();
    collectDefaultMetrics({ register: metrics });
    const secret = config.secret ?? (await keptSecret(config.dataDir));
    const opened = { config, database, catalogue, questionnaires, metrics, secret, log };
    const provided = { ...opened, couriers: openCouriers(config), work: new WorkBook(), sight: new Sight() };
    const app = await NestFactory.create<NestExpressApplication>(ServiceModule.with(provided), {
      logger: nestLogger(log),
      abortOnError: false,
      bodyParser: false,
    });
    return await serve(app, provided);
  } catch (error) {
    await database.close();
    throw portTaken(error);
  }
}

async function serve(app: NestExpressApplication, { config, database, couriers, secret, work }: Provided): Promise<Service> {
  try {
    prepareApi(app);
    const port = config.roles.includes('triage') ? config.http.port : config.metricsPort;
    const listens = config.roles.includes('triage') || port > 0;
    if (listens) await app.listen(port, config.http.host);
    else await app.init();
    const apiUrl = listens ? (await app.getUrl()).replace('[::1]', 'localhost') : null;
    if (apiUrl !== null && config.roles.includes('triage')) work.enter('triage', answersItself(apiUrl));
    const mqttUrl = config.roles.includes('broker') ? app.get(BrokerRoom, { strict: false }).url : null;
    return {
      database,
      secret,
      apiUrl,
      mqttUrl,
      lines: describe(config, database, apiUrl, mqttUrl),
      stop: async () => {
        database.hurry(LAST_ANSWER_MS);
        await close(app);
        couriers.mailer?.close();
        await database.close();
      },
    };
  } catch (error) {
    await close(app);
    throw error;
  }
}

/** Node waits without end for a connection that never asks for anything. */
async function close(app: NestExpressApplication): Promise<void> {
  const server: HttpServer = app.getHttpServer();
  const cutting = setInterval(() => server.closeAllConnections(), REQUESTS_END_WITHIN_MS);
  await app.close().finally(() => clearInterval(cutting));
}

/** The API works when it answers whoever asks, this process too. */
function answersItself(apiUrl: string): () => Promise<Work> {
  const url = apiUrl.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
  let answeredAtMs = performance.now();
  return async () => {
    const answer = await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) }).catch(() => null);
    if (answer?.ok === true) answeredAtMs = performance.now();
    return { workedAtMs: answeredAtMs, lateForMs: null };
  };
}

function describe(config: Config, database: Database, apiUrl: string | null, mqttUrl: string | null): string[] {
  const store = database.embedded
    ? `Database  embedded TimescaleDB in ${config.dataDir}: for trying and developing, never for patients' data`
    : `Database  TimescaleDB (${database.edition} edition) at DATABASE_URL`;
  return [
    `Varde plays ${config.roles.join(', ')}.`,
    store,
    ...(mqttUrl ? [`Devices   ${mqttUrl}`] : []),
    ...(apiUrl && config.roles.includes('triage') ? [`API       ${apiUrl}/docs`] : []),
    ...(apiUrl ? [`Health    ${apiUrl}/health/ready`] : []),
  ];
}

function portTaken(error: unknown): unknown {
  const { code, port, address } = (error ?? {}) as { code?: string; port?: number; address?: string };
  if (code !== 'EADDRINUSE') return error;
  return new PortTaken(`port ${port} on ${address} is taken by another program; stop that one or set another port`);
}
