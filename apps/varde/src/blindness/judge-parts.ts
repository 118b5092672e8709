import type { BlindWhy, LastBeat, ServicePart } from '@varde/store';

/** How long things may last before people are told, in milliseconds. A test of whole processes holds that they know within a minute. */
export interface Patience {
  /** A part that nobody plays any more, without a word. */
  readonly silentMs: number;
  /** The same after a goodbye: a restart takes its time. */
  readonly goodbyeMs: number;
  /** The oldest work of a part that lives. */
  readonly lateMs: number;
  /** How long work must be seen to be late: a backlog that melts is nobody's worry. */
  readonly lateStandsMs: number;
  /** An observer that has not looked for so long has slept, or the database was away: what it then sees as old is only old to it. */
  readonly sleptMs: number;
}

/** Beats come every five seconds; a machine under load may let a few of them fall. */
export const PATIENCE: Patience = { silentMs: 25_000, goodbyeMs: 42_000, lateMs: 40_000, lateStandsMs: 9_000, sleptMs: 15_000 };

/**
 * A beat that moves by no more than this has not changed: it is stored as how long ago the part last worked, and for one that hangs in a
 * process that lives that moment creeps by how much slower the message was than any before. A part that works moves by whole beats.
 */
const CREEPS_MS = 2_500;

/** A part that is blind. */
export interface BlindPartFound {
  readonly part: ServicePart;
  readonly why: BlindWhy;
  /** By the clock of the database. */
  readonly since: Date;
  /** Which of several that the part does; null: not one by itself. */
  readonly detail: string | null;
}

/** How one part is. */
export interface PartState {
  readonly part: ServicePart;
  /** When a beat of it was last seen to change, by the observer's steady clock; null: not seen, or too long ago to say that it works. */
  readonly changedMs: number | null;
  readonly lastAt: Date;
  readonly processes: number;
  readonly lateSince: Date | null;
  /** Whether its oldest work has waited too long, for however short a time that is seen. */
  readonly isLate: boolean;
  readonly blind: BlindPartFound | null;
}

/** A beat as this process has followed it. */
interface SeenBeat extends LastBeat {
  /** When the beat was first seen to be this one, and what it was then. */
  readonly changedMs: number;
  readonly anchorMs: number;
  readonly hasChanged: boolean;
  /** Since when its work is seen to be late; null: it is not. */
  readonly lateFromMs: number | null;
}

/**
 * Watches the beats of all parts as one process sees them. It compares no clocks: a part is silent when its beat has not changed for so long
 * by the observer's own steady clock, so that neither a clock that jumps nor machines that disagree make anybody blind.
 */
export class PartObserver {
  private seen = new Map<string, SeenBeat>();
  private lookedMs: number | null = null;

  constructor(private readonly patience: Patience = PATIENCE) {}

  /** Judges all parts by what was just read. `steadyMs` never goes back: `performance.now()`. */
  observe(beats: readonly LastBeat[], now: Date, steadyMs: number): PartState[] {
    const hasSlept = this.lookedMs !== null && steadyMs - this.lookedMs > this.patience.sleptMs;
    this.lookedMs = steadyMs;
    const seen = beats.map((beat) => this.see(beat, now, { steadyMs, hasSlept }));
    this.seen = new Map(seen.map((beat) => [keyOf(beat), beat]));
    const parts = [...new Set(beats.map(({ part }) => part))];
    return parts.map((part) =>
      this.judge(
        part,
        seen.filter((beat) => beat.part === part),
        steadyMs,
      ),
    );
  }

  private see(beat: LastBeat, now: Date, { steadyMs, hasSlept }: { steadyMs: number; hasSlept: boolean }): SeenBeat {
    const before = this.seen.get(keyOf(beat));
    const atMs = beat.at.getTime();
    const isSame = before !== undefined && Math.abs(atMs - before.anchorMs) <= CREEPS_MS && !hasSlept;
    const isLate = beat.lateSince !== null && now.getTime() - beat.lateSince.getTime() > this.patience.lateMs;
    return {
      ...beat,
      changedMs: isSame ? before.changedMs : steadyMs,
      anchorMs: isSame ? before.anchorMs : atMs,
      hasChanged: before !== undefined && !hasSlept && (before.hasChanged || !isSame),
      lateFromMs: isLate ? (before?.lateFromMs ?? steadyMs) : null,
    };
  }

  private judge(part: ServicePart, beats: readonly SeenBeat[], steadyMs: number): PartState {
    const { silentMs, goodbyeMs, lateStandsMs } = this.patience;
    const quietMs = ({ changedMs }: SeenBeat): number => steadyMs - changedMs;
    const last = beats.reduce((a, b) => (b.at > a.at ? b : a));
    const players = beats.filter((beat) => beat.leftAt === null && quietMs(beat) < silentMs);
    const changed = players.filter(({ hasChanged }) => hasChanged).map(({ changedMs }) => changedMs);
    const state = {
      part,
      changedMs: changed.length === 0 ? null : Math.max(...changed),
      lastAt: last.at,
      processes: players.length,
      lateSince: earliest(players.flatMap(({ lateSince }) => lateSince ?? [])),
      isLate: players.some(({ lateFromMs }) => lateFromMs !== null),
    };
    if (players.length > 0) {
      const late = players.filter(({ lateFromMs }) => lateFromMs !== null && steadyMs - lateFromMs >= lateStandsMs);
      const since = earliest(late.flatMap(({ lateSince }) => lateSince ?? []));
      return { ...state, blind: since === null ? null : { part, why: 'late', since, detail: whatOf(late) } };
    }
    const isSilent = quietMs(last) >= (last.leftAt === null ? silentMs : goodbyeMs);
    return { ...state, blind: isSilent ? { part, why: 'silent', since: last.at, detail: null } : null };
  }
}

const keyOf = ({ part, process }: LastBeat): string => `${part} ${process}`;

function whatOf(late: readonly LastBeat[]): string | null {
  const each = new Set(late.flatMap(({ lateWhat }) => lateWhat?.split(',') ?? []));
  return each.size === 0 ? null : [...each].join(',');
}

function earliest(moments: readonly Date[]): Date | null {
  return moments.length === 0 ? null : moments.reduce((a, b) => (b < a ? b : a));
}
