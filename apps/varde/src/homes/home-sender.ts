import { HOME_ASK_CHANNEL, type Database } from '@varde/store';
import { answerWithin } from '../answer-within.js';
import { ADVICE, ASKS, type HomeMessage, type HomeOutbox } from './outboxes.js';
import { NobodyListens, type HomeWay } from './home-way.js';
import type { Log } from '../log.js';
import { Turns } from '../turns.js';
import type { WorkBook } from '../work-book.js';

const BATCH = 500;
/** Advice first: a call for 113 waits for nothing. */
const OUTBOXES = [ADVICE, ASKS] as const;
/** How often homes that have come back are asked what they were to be asked. A request to a home that is there goes at once. */
const ASK_EVERY_MS = 2_000;
/** What was due so long before the last reading of everything that is due, and not committed then, waits for the next. */
const LATE_COMMIT_MS = 5_000;
/** A request that could not be published is tried again then. */
const RETRY_MS = 5_000;
/** The same where nobody was there to get it: a home that is away may be so for days. */
const UNHEARD_RETRY_MS = 30_000;
/** What no broker has taken by then has failed: a lost connection may leave it pending for as long as it is away. */
const PUBLISHED_WITHIN_MS = 10_000;
/** What is not published by then when the process ends is sent by another one, or the next. */
const STOPPED_WITHIN_MS = 5_000;

/** What sending needs. */
export interface HomeSenderParts {
  readonly database: Database;
  readonly log: Log;
  readonly now: () => Date;
  readonly way: HomeWay;
  readonly work: WorkBook;
}

/** Sends homes what they are told and asked to do: when it is decided, and when a home that was away is back. */
export class HomeSender {
  private unlisten: (() => void) | undefined;
  /** When everything that was due was read last. */
  private allReadAt: Date | null = null;
  private isWoken = false;
  private readonly turns = new Turns(
    () => this.sendAll(),
    (error) => this.parts.log.warn({ err: error }, 'homes could not be told or asked; the messages stay queued'),
  );

  constructor(private readonly parts: HomeSenderParts) {}

  async start(): Promise<void> {
    const { database, work } = this.parts;
    this.unlisten = await database.listen(HOME_ASK_CHANNEL, () => {
      this.isWoken = true;
      this.turns.begin();
    });
    this.turns.every(ASK_EVERY_MS);
    work.enter('homes', () => ({ workedAtMs: this.turns.workedAtMs, lateForMs: null }));
  }

  async stop(): Promise<void> {
    this.unlisten?.();
    // What is on its way is leased, not gone: nothing is lost by leaving.
    await answerWithin(this.turns.stop(), STOPPED_WITHIN_MS).catch((error: unknown) =>
      this.parts.log.warn({ err: error }, 'messages to homes were still on their way; they will be sent again'),
    );
  }

  /** A gateway has confirmed what was published on its `cmd` or `advice` topic. */
  noteConfirmed(payload: Uint8Array): void {
    const { database, log, now } = this.parts;
    for (const outbox of OUTBOXES) {
      outbox
        .noteConfirmed(database.dataSource.manager, payload, now())
        ?.catch((error: unknown) => log.warn({ err: error }, 'a delivery could not be noted; the message will be sent again'));
    }
  }

  /** A gateway that is back had not confirmed what was published on its `cmd` or `advice` topic: it is sent as it stands now. */
  noteUnconfirmed(payload: Uint8Array): void {
    const { database, log, now } = this.parts;
    for (const outbox of OUTBOXES) {
      outbox
        .noteUnconfirmed(database.dataSource.manager, payload, now())
        ?.catch((error: unknown) => log.warn({ err: error }, 'a message was not confirmed; it will be sent again later than it could be'));
    }
  }

  /** Woken, only what has fallen due since: what is due for homes that are away is not read again each time another home is told something. */
  private async sendAll(): Promise<void> {
    const at = this.parts.now();
    const since = this.isWoken ? this.dueSince(at) : null;
    this.isWoken = false;
    for (const outbox of OUTBOXES) await sendDue(outbox, this.parts, { at, since });
    if (since === null) this.allReadAt = at;
  }

  /** Null: everything must be read again. */
  private dueSince(at: Date): Date | null {
    const allReadMs = this.allReadAt?.getTime() ?? Number.NaN;
    const agoMs = at.getTime() - allReadMs;
    return agoMs >= 0 && agoMs < ASK_EVERY_MS ? new Date(allReadMs - LATE_COMMIT_MS) : null;
  }
}

interface Due {
  readonly at: Date;
  /** Null: however long it has been due. */
  readonly since: Date | null;
}

/** All pages: homes that are away stay due, and must not keep the others from being told. */
async function readHeard(outbox: HomeOutbox, { database, way }: HomeSenderParts, { at, since }: Due): Promise<HomeMessage[]> {
  const here: HomeMessage[] = [];
  for (let afterId = 0; ;) {
    const page = await outbox.read(database.dataSource.manager, at, { since, afterId, limit: BATCH });
    here.push(...page.filter(({ topic }) => way.hears(topic)));
    const last = page.at(-1);
    if (last === undefined || page.length < BATCH) return here;
    afterId = last.id;
  }
}

/** A message is a row first. */
async function sendDue(outbox: HomeOutbox, parts: HomeSenderParts, due: Due): Promise<void> {
  const { database, log, way } = parts;
  const { manager } = database.dataSource;
  const { at } = due;
  const here = await readHeard(outbox, parts, due);
  if (here.length === 0) return;
  const againAt = new Date(at.getTime() + way.againAfterMs);
  const taken = new Set(
    await outbox.claim(
      manager,
      here.map(({ id }) => id),
      at,
      againAt,
    ),
  );
  const sending = here.filter(({ id }) => taken.has(id));
  if (sending.length === 0) return;
  const outcomes = await Promise.allSettled(
    sending.map(({ topic, encode, until }) => answerWithin(way.publish(topic, encode(), until), PUBLISHED_WITHIN_MS)),
  );
  const idsOf = (is: (outcome: PromiseSettledResult<void>) => boolean): number[] =>
    sending.filter((_, place) => is(outcomes[place] as PromiseSettledResult<void>)).map(({ id }) => id);
  const isUnheard = (outcome: PromiseSettledResult<void>): boolean =>
    outcome.status === 'rejected' && outcome.reason instanceof NobodyListens;
  if (!way.isConfirmed) {
    await outbox.saveSent(
      manager,
      idsOf(({ status }) => status === 'fulfilled'),
      againAt,
    );
  }
  const unheard = idsOf(isUnheard);
  const failed = idsOf((outcome) => outcome.status === 'rejected' && !isUnheard(outcome));
  if (unheard.length > 0) await outbox.saveUnheard(manager, unheard, new Date(at.getTime() + UNHEARD_RETRY_MS));
  if (failed.length > 0) await outbox.saveFailed(manager, failed, new Date(at.getTime() + RETRY_MS));
  log.info({ messages: sending.length, unheard: unheard.length, failed: failed.length }, outbox.name);
}
