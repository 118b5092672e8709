import { worklistStaleSince, type BlindPart, type Blindness, type ServicePart } from '@varde/store';

/** How one part of the service is, as this process sees it. */
export interface PartSeen {
  readonly part: ServicePart | 'database';
  readonly ageSec: number;
  readonly processes: number;
  readonly lateSec: number | null;
  readonly isBlind: boolean;
}

/** Something that is blind now. */
export type BlindNow = Pick<Blindness, 'part' | 'subject' | 'why' | 'since' | 'patientIds' | 'detail'>;

/** What the worklist is told when it is no longer, or again, to be relied on. */
export interface Stale {
  /** Null: it is up to date. */
  readonly since: Date | null;
  readonly parts: readonly BlindPart[];
}

/**
 * What this process knows of whether the service sees, kept in memory: it can be asked when the database, or anything else, is away.
 * Written by the blindness room, read by whoever answers people.
 */
export class Sight {
  private readonly followers = new Set<(stale: Stale) => void>();
  private said: readonly PartSeen[] = [];
  private saidMs: number | null = null;
  private known: readonly BlindNow[] = [];
  private own: BlindNow | null = null;

  /** Every part with the age of its last work, and the database: what was said last, and older by as long as that is ago. */
  get parts(): readonly PartSeen[] {
    if (this.saidMs === null) return [];
    const agoSec = Math.round((performance.now() - this.saidMs) / 1_000);
    const database: PartSeen = { part: 'database', ageSec: agoSec, processes: 1, lateSec: null, isBlind: this.own !== null };
    return [...this.said.map((each) => ({ ...each, ageSec: each.ageSec + agoSec })), database];
  }

  /** Everything that is blind now. */
  get blind(): readonly BlindNow[] {
    return this.own === null ? this.known : [this.own, ...this.known];
  }

  /** Whether, and since when, the worklist is not to be relied on. */
  get stale(): Stale {
    return {
      since: worklistStaleSince(this.blind),
      parts: [...new Set(this.blind.map(({ part }) => part))].filter((part) => part !== 'gateway'),
    };
  }

  /** Since when nothing can have come from this patient's home, by its gateway; null: as far as we know it can. */
  staleSinceOf(patientId: number): Date | null {
    const since = this.blind.filter(({ patientIds }) => patientIds.includes(patientId)).map((each) => each.since.getTime());
    return since.length === 0 ? null : new Date(Math.min(...since));
  }

  /** The database has said what is blind. */
  know(blind: readonly BlindNow[], parts: readonly PartSeen[]): void {
    this.said = parts;
    this.saidMs = performance.now();
    this.change(() => {
      this.known = blind;
      this.own = null;
    });
  }

  /** The database does not answer this process. */
  loseDatabase(since: Date): void {
    this.change(() => (this.own = { part: 'database', subject: '', why: 'silent', since, patientIds: [], detail: null }));
  }

  /** Calls when the worklist becomes stale or up to date again; call the result to stop. */
  follow(told: (stale: Stale) => void): () => void {
    this.followers.add(told);
    return () => void this.followers.delete(told);
  }

  private change(make: () => void): void {
    const before = this.stale.since?.getTime();
    make();
    const { stale } = this;
    if (stale.since?.getTime() !== before) for (const told of this.followers) told(stale);
  }
}
