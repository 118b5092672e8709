/** Keys under which every room of the service finds what the process opened once at start (see service.module.ts). */
export const CONFIG = Symbol('CONFIG');
/** The open database: `Database` of @varde/store. */
export const DATABASE = Symbol('DATABASE');
/** The log: `Log` of log.ts. */
export const LOG = Symbol('LOG');
/** The rule catalogue in force: `Catalogue` of @varde/rules. */
export const CATALOGUE = Symbol('CATALOGUE');
/** Counters and gauges for /metrics: `Registry` of prom-client. */
export const METRICS = Symbol('METRICS');
/** Key of the device credentials, text of at least 32 characters. */
export const SECRET = Symbol('SECRET');
