/** What the engine's process is started with. */
export interface EngineOptions {
  /** PostgreSQL's data directory. */
  readonly directory: string;
  readonly socketPath: string;
  readonly idleInTransactionMs: number;
  readonly connectionsMax: number;
  /** How long to wait for a predecessor to let go of the directory. */
  readonly lockWaitMs: number;
}

/** From the engine's process to its supervisor. */
export type EngineMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'pong' }
  | { readonly kind: 'locked' }
  | { readonly kind: 'broken'; readonly sentence: string };

/** From the supervisor to the engine's process. */
export type SupervisorMessage = { readonly kind: 'ping' } | { readonly kind: 'stop' };
