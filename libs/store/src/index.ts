export { openDatabase, UnfitDatabase } from './database.js';
export type { Database, Edition, OpenOptions } from './database.js';
export { DataDirectoryInUse, EngineDidNotStart, startEmbedded } from './embedded/supervisor.js';
export type { EmbeddedEngine, EmbeddedOptions } from './embedded/supervisor.js';
export { inTransaction } from './in-transaction.js';
export type { Heard } from './listener.js';
export type { Log } from './log.js';
export { DatabaseIsNewer, migrate } from './migrate.js';
export type { Migration, Steps } from './migrate.js';
