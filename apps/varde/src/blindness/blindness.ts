import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import {
  HEARTBEAT_EVERY_MS,
  inTransaction,
  readBeats,
  readBlind,
  readPatientsWaiting,
  readTellContacts,
  saveBlind,
  saveBlindDetail,
  saveGoodbye,
  saveHeartbeats,
  savePatientsWaiting,
  saveSeesAgain,
  type Blindness,
} from '@varde/store';
import { Gauge } from 'prom-client';
import { answerWithin } from '../answer-within.js';
import { PROVIDED, type Provided } from '../provided.js';
import type { PartSeen } from '../sight.js';
import { DATABASE_ANSWERS_WITHIN_MS, DatabaseAway } from './database-away.js';
import { noticeGateways } from './gateways.js';
import { PartObserver, type PartState } from './judge-parts.js';
import { Lane } from './lane.js';
import { Remembered } from './remembered.js';
import { SeesAgain } from './sees-again.js';
import { tellBlindDue, tellOverDue, type TellParts } from './tell-due.js';
import { courierOf } from './teller.js';

const CONTACTS_EVERY_MS = 30_000;
/** After something sees again, what was late comes in: it is told as over when that is counted. */
const SETTLE_MS = 20_000;
/** A valley of gateways takes longer to write down than a part. What hangs is given up, and begun anew. */
const GATEWAYS_WITHIN_MS = 20_000;

/**
 * Every process says that its parts work, watches all others, and tells people when one is blind. Whoever notices first tells; what fails
 * is never what is needed to tell it: the database's absence is told from memory, and every part by processes that play others.
 */
@Injectable()
export class BlindnessRoom implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private readonly turning = this.lane('warn', 'a turn of heartbeats did not end well; the next follows');
  private readonly gateways = this.lane('warn', 'gateways could not be looked at; they will be at the next turn');
  private readonly tellingBlind = this.lane('error', 'what is blind could not be told; it will be at the next turn');
  private readonly tellingOver = this.lane('error', 'that something sees again could not be told; it will be at the next turn');
  private readonly observer = new PartObserver();
  private readonly over = new SeesAgain();
  private readonly parts: TellParts;
  private readonly away: DatabaseAway;
  private contactsReadMs: number | null = null;

  constructor(@Inject(PROVIDED) private readonly provided: Provided) {
    const { config, couriers, database, work, log } = provided;
    const remembered = new Remembered(config.dataDir, database.url, log);
    const courier = courierOf(couriers, () => new Date());
    this.parts = { database, remembered, always: config.tell, courier, player: work.player, log };
    this.away = new DatabaseAway(this.parts, provided.sight, new Date());
    countParts(provided);
  }

  onApplicationBootstrap(): void {
    this.begin();
    this.timer = setInterval(() => this.begin(), HEARTBEAT_EVERY_MS);
  }

  /** Goodbye: whoever ends in order is missed only when nobody takes its place. */
  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.turning.end();
    const { database, work, log } = this.provided;
    await answerWithin(saveGoodbye(database.dataSource, work.player.process), DATABASE_ANSWERS_WITHIN_MS).catch((error: unknown) =>
      log.warn({ err: error }, 'no goodbye could be said; the parts of this process will be missed'),
    );
    await Promise.all([this.gateways, this.tellingBlind, this.tellingOver].map((lane) => lane.end()));
  }

  private lane(level: 'warn' | 'error', sentence: string): Lane {
    return new Lane((error) => this.provided.log[level]({ err: error }, sentence));
  }

  private begin(): void {
    // Telling may take long, and what else is looked at must not wait for it.
    void this.away.check(new Date(), performance.now());
    this.turning.begin(() => this.turn());
  }

  private async turn(): Promise<void> {
    const { database, work, sight } = this.provided;
    const { dataSource } = database;
    const beats = await work.ask();
    await answerWithin(saveHeartbeats(dataSource, work.player, beats, null), DATABASE_ANSWERS_WITHIN_MS);
    const read = await answerWithin(readBeats(dataSource.manager), DATABASE_ANSWERS_WITHIN_MS);
    await this.away.answered(new Date(), performance.now());
    const lookedMs = performance.now();
    const states = this.observer.observe(read.beats, read.now, lookedMs);
    await this.readContacts(read.now);
    const blind = await answerWithin(this.notice(states, read.now, lookedMs), DATABASE_ANSWERS_WITHIN_MS);
    sight.know(
      blind,
      states.map((state) => toSeen(state, read.now)),
    );
    this.tell(read.now);
    const isReceptionBlind = blind.some(({ part }) => part === 'broker' || part === 'ingest');
    if (isReceptionBlind) return;
    this.gateways.begin(() => answerWithin(noticeGateways(dataSource, blind, read.now), GATEWAYS_WITHIN_MS));
  }

  private async readContacts(now: Date): Promise<void> {
    const nowMs = performance.now();
    if (this.contactsReadMs !== null && nowMs - this.contactsReadMs < CONTACTS_EVERY_MS) return;
    await this.parts.remembered.remember(
      await answerWithin(readTellContacts(this.provided.database.dataSource.manager, now), DATABASE_ANSWERS_WITHIN_MS),
    );
    this.contactsReadMs = nowMs;
  }

  /** Writes down what became blind and what sees again; answers everything that is blind. */
  private async notice(states: readonly PartState[], now: Date, lookedMs: number): Promise<Blindness[]> {
    const { dataSource } = this.provided.database;
    const known = await readBlind(dataSource.manager);
    const found = states.flatMap(({ blind }) => blind ?? []).filter(({ part }) => !known.some((each) => each.part === part));
    const seesAgain = this.over.of(known, states, lookedMs);
    for (const each of found) await inTransaction(dataSource, (tx) => saveBlind(tx, { ...each, subject: '' }, now));
    for (const { id, part, detail } of known) {
      const blind = states.find((state) => state.part === part)?.blind;
      if (blind?.why === 'late' && blind.detail !== detail) await saveBlindDetail(dataSource.manager, id, blind.detail);
    }
    if (seesAgain.length > 0) {
      const ids = seesAgain.map(({ id }) => id);
      await inTransaction(dataSource, (tx) => saveSeesAgain(tx, ids, now, new Date(now.getTime() + SETTLE_MS)));
    }
    if (known.length > 0) await savePatientsWaiting(dataSource.manager, await readPatientsWaiting(dataSource.manager, now));
    return found.length + seesAgain.length === 0 ? known : readBlind(dataSource.manager);
  }

  /** Telling takes as long as people's addresses take to answer; the beats go on meanwhile. */
  private tell(now: Date): void {
    this.tellingBlind.begin(() => tellBlindDue(this.parts, now));
    this.tellingOver.begin(() => tellOverDue(this.parts, now));
  }
}

/** The age of each part's last work, and what is blind, for /metrics. */
function countParts({ metrics, sight }: Provided): void {
  const gauge = (name: string, help: string, of: (part: PartSeen) => number): Gauge<'part'> =>
    new Gauge({
      name,
      help,
      labelNames: ['part'],
      registers: [metrics],
      collect() {
        for (const part of sight.parts) this.set({ part: part.part }, of(part));
      },
    });
  gauge('varde_part_age_seconds', 'How long ago each part last did its work', ({ ageSec }) => ageSec);
  gauge('varde_part_late_seconds', 'How long the oldest work of each part has waited', ({ lateSec }) => lateSec ?? 0);
  gauge('varde_part_blind', 'Whether people are told that a part is blind', ({ isBlind }) => Number(isBlind));
}

function toSeen({ part, lastAt, processes, lateSince, blind }: PartState, now: Date): PartSeen {
  const secondsSince = (at: Date): number => Math.max(0, Math.round((now.getTime() - at.getTime()) / 1_000));
  return {
    part,
    ageSec: secondsSince(lastAt),
    processes,
    lateSec: lateSince === null ? null : secondsSince(lateSince),
    isBlind: blind !== null,
  };
}
