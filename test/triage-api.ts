import { Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { findForm } from '@varde/plans';
import type { Database } from '@varde/store';
import { Registry } from 'prom-client';
import { openCatalogue, openQuestionnaires } from '../apps/varde/src/catalogue.js';
import { readConfig } from '../apps/varde/src/config.js';
import { enterThrough } from '../apps/varde/src/enter-through.js';
import { createIngest } from '../apps/varde/src/ingest/ingest.js';
import { nestLogger, openLog } from '../apps/varde/src/log.js';
import { CATALOGUE, CONFIG, DATABASE, LOG, METRICS, QUESTIONNAIRES, SECRET, SIGHT } from '../apps/varde/src/provided.js';
import { Sight } from '../apps/varde/src/sight.js';
import { ENTER } from '../apps/varde/src/entering/enter.js';
import { prepareApi, TriageModule } from '../apps/varde/src/triage/triage.module.js';
import { PASSWORD } from './small-community.js';

/** The API over a database, listening on a port of its own. */
export interface TriageApi {
  readonly app: NestExpressApplication;
  /** Such as `http://127.0.0.1:40123`. */
  readonly url: string;
  /** Signs in and answers how that person asks. */
  signIn(username: string, password?: string): Promise<Asker>;
  close(): Promise<void>;
}

/** Asks as one person: `ask('GET', '/api/worklist')`. */
export interface Asker {
  readonly cookie: string;
  ask(method: string, path: string, body?: unknown): Promise<Response>;
}

/** Asks the API with a JSON body when there is one. */
export function asker(url: string, cookie: string): Asker {
  return {
    cookie,
    ask: (method, path, body) =>
      fetch(url + path, {
        method,
        redirect: 'manual',
        headers: { ...(cookie === '' ? {} : { cookie }), ...(method === 'GET' ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
  };
}

/** The status of an answer and its JSON, null when it has none. */
export async function jsonOf(answer: Response) {
  return { status: answer.status, body: JSON.parse((await answer.text()) || 'null') };
}

@Module({})
class OpenedModule {}

/** Starts the API; the other rooms of the service do not run. */
export async function openTriageApi(database: Database, settings: Readonly<Record<string, string>> = {}): Promise<TriageApi> {
  const log = openLog(process.env['VARDE_TEST_LOG'] ? 'debug' : 'silent');
  const questionnaires = await openQuestionnaires();
  const quiet = { log, metrics: new Registry(), publishAck: () => undefined, now: () => new Date() };
  const ingest = createIngest({ database, ...quiet, findForm: findForm(questionnaires) });
  const providers = [
    { provide: CONFIG, useValue: readConfig(settings) },
    { provide: DATABASE, useValue: database },
    { provide: CATALOGUE, useValue: await openCatalogue() },
    { provide: QUESTIONNAIRES, useValue: questionnaires },
    { provide: ENTER, useValue: enterThrough(ingest) },
    { provide: METRICS, useValue: new Registry() },
    { provide: SECRET, useValue: 'a key of device credentials for tests' },
    { provide: LOG, useValue: log },
    { provide: SIGHT, useValue: new Sight() },
  ];
  const opened: DynamicModule = { module: OpenedModule, global: true, providers, exports: providers };
  const root: DynamicModule = { module: class TestRoot {}, imports: [opened, TriageModule.forRoles(['triage'])] };
  const app = await NestFactory.create<NestExpressApplication>(root, { logger: nestLogger(log), abortOnError: false, bodyParser: false });
  prepareApi(app);
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  return {
    app,
    url,
    signIn: async (username, password = PASSWORD) => {
      const answer = await asker(url, '').ask('POST', '/api/session', { username, password });
      if (answer.status !== 200) throw new Error(`${username} could not sign in: ${answer.status} ${await answer.text()}`);
      return asker(url, answer.headers.get('set-cookie')?.split(';')[0] ?? '');
    },
    close: async () => {
      await app.close();
      await ingest.stop();
    },
  };
}
