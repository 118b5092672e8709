import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import {
  inTransaction,
  readKeptChanges,
  readSession,
  readWorklistChanges,
  saveNoticesDelivered,
  type Database,
  type SeenWorklistChange,
  type Viewer,
} from '@varde/store';
import type { Response } from 'express';
import { Gauge, type Registry } from 'prom-client';
import type { Log } from '../log.js';
import { DATABASE, LOG, METRICS, SIGHT } from '../provided.js';
import type { Sight } from '../sight.js';
import { CLINICAL } from './access.js';
import { ChangeFeed } from './change-feed.js';
import { SelfTestFollower } from './self-test-follower.js';
import { StreamClient } from './stream-client.js';

/** How often a quiet stream shows that it lives, and a session is looked at again. */
export const BEAT_MS = 15_000;
/** Streams of one person: tabs and machines. */
const STREAMS_MAX = 20;
const BATCH = 500;

/** The person has too many streams open. */
export class TooManyStreams extends Error {
  override name = 'TooManyStreams';
  readonly retryAfterSec = 60;
}

/** Who follows, by which sign-in, and the last id it has; null: it begins now. */
export interface Following {
  readonly viewer: Viewer;
  readonly sessionHash: Buffer;
  readonly lastId: number | null;
}

interface Connected {
  readonly client: StreamClient;
  readonly following: Following;
  readonly leave: () => void;
}

/** Tells everybody who follows the worklist what has changed on it, each only what they may see, without a gap across reconnects. */
@Injectable()
export class WorklistStream implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #connected = new Set<Connected>();
  readonly #perPerson = new Map<number, number>();
  readonly #feed: ChangeFeed;
  readonly #stopFollowing: () => void;
  readonly #selfTest: SelfTestFollower;
  #isStopping = false;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(LOG) private readonly log: Log,
    @Inject(METRICS) metrics: Registry,
    @Inject(SIGHT) private readonly sight: Sight,
  ) {
    this.#feed = new ChangeFeed(database, log, (changes) => this.#noteDelivered(changes));
    this.#selfTest = new SelfTestFollower(database, this.#feed, log);
    const connected = this.#connected;
    this.#stopFollowing = sight.follow((stale) => {
      for (const { client } of connected) client.say(stale);
    });
    new Gauge({
      name: 'varde_worklist_streams',
      help: 'clients that follow the worklist',
      registers: [metrics],
      collect() {
        this.set(connected.size);
      },
    });
  }

  onApplicationBootstrap(): void {
    this.#selfTest.start();
  }

  /** Serves one client until it leaves, its sign-in ends, or the service stops. Resolves when it has begun. @throws TooManyStreams */
  async serve(response: Response, following: Following): Promise<void> {
    const { viewer, lastId } = following;
    this.#count(viewer.personId);
    const client = new StreamClient(response, viewer.unitIds, lastId ?? 0);
    const joined = await this.#feed.follow(client).catch((error: unknown) => {
      this.#uncount(viewer.personId);
      throw error;
    });
    const connected: Connected = { client, following, leave: joined.leave };
    const beating = setInterval(() => void this.#beat(connected), BEAT_MS);
    response.once('close', () => {
      clearInterval(beating);
      joined.leave();
      this.#connected.delete(connected);
      this.#uncount(viewer.personId);
    });
    this.#connected.add(connected);
    client.open();
    if (this.#isStopping) return client.end();
    try {
      if (lastId === null) client.mark('start', joined.joinedAt);
      else await this.#catchUp(client, lastId, joined.joinedAt);
      client.goLive();
      if (this.sight.stale.since !== null) client.say(this.sight.stale);
    } catch (error) {
      this.log.warn({ err: error, personId: viewer.personId }, 'a stream could not catch up; its client will come back');
      client.cutOff();
    }
  }

  /** Everything after the client's last id up to where it joined, or the word that too much is gone. */
  async #catchUp(client: StreamClient, lastId: number, joinedAt: number): Promise<void> {
    let position = lastId;
    do {
      const changes = await readWorklistChanges(this.database.dataSource, position, BATCH);
      // Asked after reading: what is kept now was there to be read.
      const kept = await inTransaction(this.database.dataSource, readKeptChanges);
      if (position < kept.resumableFrom || position > Math.max(kept.newest, joinedAt)) {
        return client.mark('reset', joinedAt, { because: 'changes after your last id are no longer kept; read the worklist anew' });
      }
      const before = changes.filter(({ id }) => id <= joinedAt);
      client.write(before);
      await client.drained();
      position = before.length === BATCH ? (before.at(-1)?.id ?? joinedAt) : joinedAt;
    } while (position < joinedAt);
    client.mark('start', joinedAt);
  }

  /** A live sign-in with a clinical role is a condition of every event: units and roles may change, and a sign-in may end, while it is open. */
  async #beat(connected: Connected): Promise<void> {
    const { client, following } = connected;
    try {
      const session = await readSession(this.database.dataSource.manager, following.sessionHash, new Date());
      if (!session || !CLINICAL.some((role) => session.viewer.roles.includes(role))) return client.end();
      client.seeAs(session.viewer.unitIds);
    } catch (error) {
      this.log.warn({ err: error }, 'a sign-in could not be looked at again; the stream goes on');
    }
    client.beat(this.#feed.position);
  }

  async #noteDelivered(changes: readonly SeenWorklistChange[]): Promise<void> {
    const selfTestUnitIds = await this.#selfTest.unitIds();
    const shown = changes.flatMap((change) => {
      const { episodeId } = change;
      if (episodeId === null) return [];
      const unitIds = new Set([...this.#connected].flatMap(({ client }) => client.seenUnits(change)));
      for (const id of selfTestUnitIds) if (change.seenByUnitIds.includes(id)) unitIds.add(id);
      return unitIds.size === 0 ? [] : [{ episodeId, unitIds: [...unitIds] }];
    });
    await saveNoticesDelivered(this.database.dataSource.manager, shown, new Date());
  }

  #count(personId: number): void {
    const open = this.#perPerson.get(personId) ?? 0;
    if (open >= STREAMS_MAX) throw new TooManyStreams(`a person follows by at most ${STREAMS_MAX} streams`);
    this.#perPerson.set(personId, open + 1);
  }

  #uncount(personId: number): void {
    const open = (this.#perPerson.get(personId) ?? 1) - 1;
    if (open > 0) this.#perPerson.set(personId, open);
    else this.#perPerson.delete(personId);
  }

  onModuleDestroy(): void {
    this.#isStopping = true;
    this.#stopFollowing();
    this.#selfTest.stop();
    for (const { client } of this.#connected) client.end();
  }
}
