import type { Questionnaires } from '@varde/plans';
import type { Catalogue } from '@varde/rules';
import type { Database } from '@varde/store';
import type { Registry } from 'prom-client';
import type { Config } from './config.js';
import type { Couriers } from './sending/couriers.js';
import type { Log } from './log.js';
import type { Sight } from './sight.js';
import type { WorkBook } from './work-book.js';

/** What a process opens once and every room uses. */
export interface Provided {
  readonly config: Config;
  readonly database: Database;
  readonly catalogue: Catalogue;
  readonly questionnaires: Questionnaires;
  readonly metrics: Registry;
  /** Key of the device credentials, text of at least 32 characters. */
  readonly secret: string;
  readonly log: Log;
  readonly couriers: Couriers;
  /** The parts this process plays, and how their work goes. */
  readonly work: WorkBook;
  /** Whether the service sees. */
  readonly sight: Sight;
}

/** Keys under which every room of the service finds what the process opened once at start (see service.module.ts). */
export const CONFIG = Symbol('CONFIG');
/** The open database: `Database` of @varde/store. */
export const DATABASE = Symbol('DATABASE');
/** The log: `Log` of log.ts. */
export const LOG = Symbol('LOG');
/** The rule catalogue in force: `Catalogue` of @varde/rules. */
export const CATALOGUE = Symbol('CATALOGUE');
/** The questionnaires: `Questionnaires` of @varde/plans. */
export const QUESTIONNAIRES = Symbol('QUESTIONNAIRES');
/** Counters and gauges for /metrics: `Registry` of prom-client. */
export const METRICS = Symbol('METRICS');
/** Key of the device credentials, text of at least 32 characters. */
export const SECRET = Symbol('SECRET');
/** Whether the service sees: `Sight` of sight.ts. */
export const SIGHT = Symbol('SIGHT');
/** All of them together: `Provided`. */
export const PROVIDED = Symbol('PROVIDED');
