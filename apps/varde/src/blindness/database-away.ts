import { inTransaction, saveDatabaseWasAway } from '@varde/store';
import { answerWithin } from '../answer-within.js';
import type { Sight } from '../sight.js';
import { PATIENCE } from './judge-parts.js';
import { AGAIN_MS, hourOf, Silence } from './silence.js';
import { blindMessage, type TellParts } from './tell-due.js';
import { tellEverybody } from './teller.js';
import { whomToTell } from './whom-to-tell.js';

/** A database that takes longer for anything about blindness does not answer. */
export const DATABASE_ANSWERS_WITHIN_MS = 4_000;
/** After the database is back, what waited for it is written: it is told as over when that is counted. */
const SETTLE_MS = 25_000;

/**
 * Tells that the database is away without it: from what this process remembers, over the network by itself. When it is back, that is
 * written down, and told as over by whoever has that to tell.
 */
export class DatabaseAway {
  private readonly silence: Silence;
  private hasBegun = false;
  private telling: Promise<void> = Promise.resolve();

  constructor(
    private readonly parts: TellParts,
    private readonly sight: Sight,
    begunAt: Date,
  ) {
    this.silence = new Silence(PATIENCE, begunAt);
  }

  /** The database has answered. `steadyMs` never goes back. */
  async answered(now: Date, steadyMs: number): Promise<void> {
    const since = this.silence.end(now, steadyMs);
    if (since === null && this.hasBegun) return;
    this.hasBegun = true;
    await this.parts.remembered.forgetTelling();
    if (since === null) return;
    const saved = inTransaction(this.parts.database.dataSource, (tx) =>
      saveDatabaseWasAway(tx, since, now, new Date(now.getTime() + SETTLE_MS)),
    );
    await answerWithin(saved, DATABASE_ANSWERS_WITHIN_MS).catch((error: unknown) =>
      this.parts.log.error({ err: error }, 'that the database was away could not be written down'),
    );
  }

  /** Looks whether it has been silent for too long. Resolves when everything has been told that is to be told so far; never rejects. */
  check(now: Date, steadyMs: number): Promise<void> {
    const since = this.silence.look(steadyMs);
    if (since === null) return this.telling;
    this.sight.loseDatabase(since);
    if (!this.silence.takeTelling(steadyMs)) return this.telling;
    this.telling = this.telling
      .then(() => this.tell(since, now))
      .catch((error: unknown) => this.parts.log.error({ err: error }, 'nobody could be told'));
    return this.telling;
  }

  private async tell(since: Date, now: Date): Promise<void> {
    const { remembered, always, courier, log, player } = this.parts;
    if (!(await remembered.claimTelling(now, AGAIN_MS))) {
      // Another process of this machine tells. Should it reach nobody, this one may.
      this.silence.giveTellingBack();
      return;
    }
    await remembered.recall();
    const addresses = whomToTell(remembered.contacts, [], { always, nowMs: now.getTime() });
    if (addresses.length === 0) log.error({}, 'the database is away and nobody can be told: no contact is known');
    const away = { id: 0, part: 'database', subject: '', why: 'silent', since, to: null, detail: null } as const;
    const message = blindMessage([away], player, now);
    const key = `blind-database-${since.getTime()}-${hourOf(since, now)}`;
    if ((await tellEverybody(courier, addresses, { ...message, key }, log)) > 0) return;
    await remembered.forgetTelling();
    this.silence.giveTellingBack();
  }
}
