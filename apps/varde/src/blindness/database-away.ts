import { inTransaction, saveDatabaseWasAway } from '@varde/store';
import { answerWithin } from '../answer-within.js';
import type { Sight } from '../sight.js';
import { PATIENCE } from './judge-parts.js';
import { AGAIN_MS, blindMessage, type TellParts } from './tell-due.js';
import { tellEverybody } from './teller.js';
import { whomToTell } from './whom-to-tell.js';

const ANSWER_WITHIN_MS = 4_000;
/** After the database is back, what waited for it is written: it is told as over when that is counted. */
const SETTLE_MS = 25_000;

/**
 * Tells that the database is away without it: from what this process remembers, over the network by itself. When it is back, that is
 * written down, and told as over by whoever has that to tell.
 */
export class DatabaseAway {
  private answeredMs = performance.now();
  private answeredAt = new Date();
  private checkedMs = performance.now();
  private hasBegun = false;
  private since: Date | null = null;
  private triedMs: number | null = null;
  private telling: Promise<void> = Promise.resolve();

  constructor(
    private readonly parts: TellParts,
    private readonly sight: Sight,
  ) {}

  /** The database has answered. */
  async answered(steadyMs: number): Promise<void> {
    this.answeredMs = steadyMs;
    this.answeredAt = new Date();
    const since = this.since;
    if (since === null && this.hasBegun) return;
    this.hasBegun = true;
    this.since = null;
    this.triedMs = null;
    await this.parts.remembered.forgetTelling();
    if (since === null) return;
    const now = new Date();
    const saved = inTransaction(this.parts.database.dataSource, (tx) =>
      saveDatabaseWasAway(tx, since, now, new Date(now.getTime() + SETTLE_MS)),
    );
    await answerWithin(saved, ANSWER_WITHIN_MS).catch((error: unknown) =>
      this.parts.log.error({ err: error }, 'that the database was away could not be written down'),
    );
  }

  /** Looks whether it has been silent for too long; a process that slept itself begins to wait anew. */
  check(steadyMs: number): void {
    const hasSlept = steadyMs - this.checkedMs > PATIENCE.sleptMs;
    this.checkedMs = steadyMs;
    if (hasSlept) this.answeredMs = steadyMs;
    if (steadyMs - this.answeredMs < PATIENCE.silentMs) return;
    this.since ??= this.answeredAt;
    this.sight.loseDatabase(this.since);
    if (this.triedMs !== null && steadyMs - this.triedMs < AGAIN_MS) return;
    this.triedMs = steadyMs;
    const since = this.since;
    this.telling = this.telling
      .then(() => this.tell(since))
      .catch((error: unknown) => this.parts.log.error({ err: error }, 'nobody could be told'));
  }

  private async tell(since: Date): Promise<void> {
    const { remembered, always, courier, log, player } = this.parts;
    const now = new Date();
    if (!(await remembered.claimTelling(now, AGAIN_MS))) return;
    await remembered.recall();
    const addresses = whomToTell(remembered.contacts, [], { always, nowMs: now.getTime() });
    if (addresses.length === 0) log.error({}, 'the database is away and nobody can be told: no contact is known');
    const away = { id: 0, part: 'database', subject: '', why: 'silent', since, to: null, unitIds: [], detail: null } as const;
    const message = blindMessage([{ ...away, patientsWaiting: 0, noticedAt: now, toldAt: null }], player, now);
    await tellEverybody(courier, addresses, { ...message, key: `blind-database-${since.getTime()}` }, log);
  }
}
