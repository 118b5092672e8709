import { IllegalMove, nextEpisode, type Episode, type EpisodeStep, type PersonStep } from '@varde/alerts';
import type { CarePlan } from '@varde/plans';
import type { Pathway, Team } from '@varde/routing';
import {
  findingKey,
  type AnswerSet,
  type Catalogue,
  type EpisodeSpan,
  type Finding,
  type RefusedValue,
  type RuleReading,
  type Window,
} from '@varde/rules';
import { Arrived } from './arrived.js';
import type { LookInput, LookOutcome } from './input-and-outcome.js';
import { cannotBeJudged, look } from './look.js';
import { Recorded } from './recorded.js';
import { recordedFromMs, windowBounds } from './window-bounds.js';

/** A look of the log: what it was given that cannot be had from elsewhere. */
export interface LoggedLook {
  readonly kind: 'look' | 'failed' | 'set_aside';
  readonly at: Date;
  readonly unlookedFrom: Date | null;
  /** Acts of measuring it saw for the first time. */
  readonly measurementIds: readonly number[];
  /** Refused values in its window. */
  readonly refusedIds: readonly number[];
  readonly plan: CarePlan;
  readonly team: Team;
  readonly pathway: Pathway;
  /** Whatever else it was given. */
  readonly also: Partial<LookInput> & { readonly window?: Partial<Window> };
}

/** One line of a patient's log. */
export type LoggedLine =
  | LoggedLook
  | { readonly kind: 'unseen'; readonly measurementIds: readonly number[] }
  | { readonly kind: 'act'; readonly episodeId: number; readonly step: PersonStep };

/** Everything a replay of one patient goes by. */
export interface ReplayInput {
  readonly catalogue: Catalogue;
  /** From the first look on, in the order of what happened. */
  readonly lines: readonly LoggedLine[];
  /** Everything stored of the patient; seen when the log says so. */
  readonly readings: readonly RuleReading[];
  readonly answers: readonly AnswerSet[];
  readonly refused: readonly RefusedValue[];
  /** Acts of measuring that were not at rest. */
  readonly afterExercise: ReadonlySet<number>;
  readonly pathwayOf: (id: number, version: number) => Pathway | null;
  /** Ids the patient's episodes were given, in the order they opened: acts name them. */
  readonly episodeIds: readonly number[];
}

/** A finding that was come to again. */
export interface ReplayedFinding {
  readonly finding: Finding;
  readonly judgedAt: Date;
  episodeId: number | null;
}

/** An episode that was come to again, with its history. */
export interface ReplayedEpisode {
  episode: Episode;
  readonly steps: EpisodeStep[];
}

/** What a replay came to. */
export interface Replayed {
  readonly looks: number;
  readonly findings: readonly ReplayedFinding[];
  readonly episodes: readonly ReplayedEpisode[];
  /** Acts on an episode that the replay has not come to, or that its state does not allow. */
  readonly actsWithoutEpisode: readonly { readonly episodeId: number; readonly step: PersonStep; readonly reason: string }[];
}

/**
 * Repeats every look and every act of a patient's log, with the same `look` and what each of them was given. Findings, episodes and what
 * was recorded before come from the replay itself, never from what was stored: only so is it a proof.
 * @throws what `look` throws
 */
export function replay(input: ReplayInput): Replayed {
  return new Replay(input).run();
}

class Replay {
  private arrived: Arrived | null = null;
  private readonly recorded: Recorded;
  private readonly findings = new Map<string, ReplayedFinding>();
  private readonly episodes = new Map<number, ReplayedEpisode>();
  private readonly waiting: number[] = [];
  private readonly readings: ReadonlyMap<number, readonly RuleReading[]>;
  private readonly answers: ReadonlyMap<number, AnswerSet>;
  private readonly refused: ReadonlyMap<number, RefusedValue>;
  private readonly actsWithoutEpisode: { episodeId: number; step: PersonStep; reason: string }[] = [];
  /** Another array only when an episode opens, widens or closes. */
  private spans: readonly EpisodeSpan[] = [];
  private looks = 0;

  constructor(private readonly input: ReplayInput) {
    this.recorded = new Recorded(input.catalogue, []);
    const readings = new Map<number, RuleReading[]>();
    for (const reading of input.readings) {
      const act = readings.get(reading.measurementId);
      if (act === undefined) readings.set(reading.measurementId, [reading]);
      else act.push(reading);
    }
    this.readings = readings;
    this.answers = new Map(input.answers.map((each) => [each.measurementId, each]));
    this.refused = new Map(input.refused.map((each) => [each.refusedId, each]));
  }

  run(): Replayed {
    for (const line of this.input.lines) {
      if (line.kind === 'act') this.act(line.episodeId, line.step);
      else if (line.kind === 'unseen') this.waiting.push(...line.measurementIds);
      else this.lookAgain(line);
    }
    const { looks, actsWithoutEpisode } = this;
    return { looks, findings: [...this.findings.values()], episodes: [...this.episodes.values()], actsWithoutEpisode };
  }

  private lookAgain(line: LoggedLook): void {
    const { catalogue, pathwayOf } = this.input;
    const { plan, team, pathway, unlookedFrom, also, at: now } = line;
    const bounds = windowBounds(plan.zone, unlookedFrom, now);
    const window = line.kind === 'set_aside' ? EMPTY : this.windowOf(line);
    const own = [...this.episodes.values()]
      .map(({ episode }) => episode)
      .filter(({ closedAt }) => closedAt === null || closedAt.getTime() > bounds.closedAfterMs);
    const given: LookInput = {
      snoozes: [],
      ...also,
      catalogue,
      plan,
      team,
      pathway,
      unlookedFrom,
      now,
      window: { ...also.window, ...window },
      recorded: line.kind === 'set_aside' ? [] : this.recorded.from(recordedFromMs(bounds, window.refused)),
      episodes: own,
      frozenPathways: own.flatMap((episode) => pathwayOf(episode.pathwayId, episode.pathwayVersion) ?? []),
    };
    this.looks++;
    this.keep(line.kind === 'look' ? look(given) : cannotBeJudged(given), now);
  }

  private windowOf(line: LoggedLook): Window {
    const { plan, unlookedFrom, at } = line;
    if (this.arrived === null) this.arrived = new Arrived(this.input.catalogue, plan, []);
    else this.arrived.agree(plan);
    for (const id of [...this.waiting.splice(0), ...line.measurementIds]) this.take(this.arrived, id);
    return {
      ...this.arrived.windowOf(windowBounds(plan.zone, unlookedFrom, at), this.spans),
      refused: line.refusedIds.flatMap((id) => this.refused.get(id) ?? []),
    };
  }

  private take(arrived: Arrived, measurementId: number): void {
    const isAfterExercise = this.input.afterExercise.has(measurementId);
    for (const item of this.readings.get(measurementId) ?? []) arrived.take({ kind: 'reading', item, isAfterExercise });
    const answers = this.answers.get(measurementId);
    if (answers !== undefined) arrived.take({ kind: 'answers', item: answers });
  }

  /** Writes an outcome down as the store does. */
  private keep(outcome: LookOutcome, judgedAt: Date): void {
    for (const finding of outcome.findings) {
      const key = findingKey(finding);
      this.recorded.add(finding);
      if (!this.findings.has(key)) this.findings.set(key, { finding, judgedAt, episodeId: null });
    }
    for (const { episode, steps, findings } of outcome.episodes) {
      const id = this.keepEpisode(episode, steps);
      for (const finding of findings) {
        const kept = this.findings.get(findingKey(finding));
        if (kept !== undefined) kept.episodeId ??= id;
      }
    }
  }

  private keepEpisode(episode: Episode, steps: readonly EpisodeStep[]): number {
    // An episode that was never stored gets an id that none has.
    const id = episode.id === 0 ? (this.input.episodeIds[this.episodes.size] ?? -1 - this.episodes.size) : episode.id;
    const known = this.episodes.get(id);
    this.episodes.set(id, { episode: { ...episode, id }, steps: [...(known?.steps ?? []), ...steps] });
    if (known?.episode.domains !== episode.domains || known.episode.closedAt !== episode.closedAt) {
      this.spans = [...this.episodes.values()].map((each) => each.episode);
    }
    return id;
  }

  private act(episodeId: number, step: PersonStep): void {
    const known = this.episodes.get(episodeId);
    if (known === undefined) {
      this.actsWithoutEpisode.push({ episodeId, step, reason: 'the replay has not come to this episode' });
      return;
    }
    try {
      const { episode, steps } = nextEpisode(known.episode, step);
      this.keepEpisode(episode, steps);
    } catch (error) {
      if (!(error instanceof IllegalMove)) throw error;
      this.actsWithoutEpisode.push({ episodeId, step, reason: error.message });
    }
  }
}

const EMPTY: Window = { readings: [], refused: [], dailyMedians: [], answers: [], lastObserved: [] };
