import { plannedQuestionnaire, type CarePlan, type Planned } from '@varde/plans';
import {
  FIRST_DAYS_READ,
  markLeftOut,
  type AnswerSet,
  type Catalogue,
  type DailyMedian,
  type EpisodeSpan,
  type RefusedValue,
  type RuleReading,
  weightSaidOf,
  type Window,
} from '@varde/rules';
import type { Metric } from '@varde/vitals';
import { DayMedians } from './day-medians.js';
import { OwnWeights } from './own-weights.js';
import { CONTEXT_READINGS_MAX, mediansFrom, REFUSED_MAX, type WindowBounds } from './window-bounds.js';

/** One thing that reached us: what a look may see from `receivedAt` on. */
export type Arrival =
  | {
      readonly kind: 'reading';
      readonly item: RuleReading;
      /** The act was not one at rest (`AFTER_EXERCISE`): no value of it is part of a baseline, also one that carries no mark. */
      readonly isAfterExercise?: boolean;
    }
  | { readonly kind: 'refused'; readonly item: RefusedValue }
  | { readonly kind: 'answers'; readonly item: AnswerSet };

/** Daily medians as they were last worked out, and what they hang on. */
interface KeptMedians {
  readonly firstDay: number;
  readonly lastDay: number;
  readonly revision: number;
  readonly episodes: readonly EpisodeSpan[];
  readonly dailyMedians: readonly DailyMedian[];
}

/**
 * Everything of one patient that has reached us so far, kept so that the window of a look is cut out of it without sorting anything again.
 * The windows are those that the store reads, whatever order things came in.
 */
export class Arrived {
  private readonly readings = new Map<Metric, RuleReading[]>();
  private readonly refused: RefusedValue[] = [];
  private readonly refusedIds = new Set<number>();
  private readonly answers: AnswerSet[] = [];
  /** Answers about weights, apart: as long as the weight is seen, so are they. */
  private readonly aboutWeights: AnswerSet[] = [];
  private readonly ownWeights = new OwnWeights();
  private readonly medians: DayMedians;
  private readonly judged: ReadonlySet<Metric>;
  private readonly answeredAt = new Map<Planned, Date>();
  private kept: KeptMedians | null = null;

  /** @param before summaries of days before the first reading that will arrive */
  constructor(
    catalogue: Pick<Catalogue, 'metrics' | 'baselineMetrics'>,
    private plan: Pick<CarePlan, 'zone' | 'references'>,
    before: readonly DailyMedian[],
  ) {
    this.judged = new Set(catalogue.metrics);
    this.medians = new DayMedians(plan.zone, catalogue.baselineMetrics, before);
  }

  /** Something else is agreed from now on. The zone stays: its days have been summarised. */
  agree({ references }: Pick<CarePlan, 'references'>): void {
    this.plan = { zone: this.plan.zone, references };
    this.kept = null;
  }

  /** Takes one arrival; answers whether it was new. The same reading a second time is not. */
  take(arrival: Arrival): boolean {
    switch (arrival.kind) {
      case 'refused':
        if (this.refusedIds.has(arrival.item.refusedId)) return false;
        this.refusedIds.add(arrival.item.refusedId);
        this.refused.push(arrival.item);
        return true;
      case 'answers':
        return this.takeAnswers(arrival.item);
      case 'reading':
        return this.takeReading(arrival.item, arrival.isAfterExercise === true);
    }
  }

  private takeReading(reading: RuleReading, isAfterExercise: boolean): boolean {
    let list = this.readings.get(reading.metric);
    if (list === undefined) this.readings.set(reading.metric, (list = []));
    if (!insert(list, reading)) return false;
    if (isAfterExercise) return true;
    const counts = reading.metric === 'weight' ? this.ownWeights.take(reading) : reading.doubt === null;
    if (counts) this.medians.take(reading);
    return true;
  }

  private takeAnswers(answers: AnswerSet): boolean {
    const isAboutWeight = weightSaidOf(answers) !== null;
    if (!insert(isAboutWeight ? this.aboutWeights : this.answers, answers)) return false;
    const changed = isAboutWeight ? this.ownWeights.answer(answers) : null;
    if (changed?.counts === true) this.medians.take(changed.weight);
    if (changed?.counts === false) this.medians.leaveOut(changed.weight);
    const planned = plannedQuestionnaire(answers.questionnaire);
    const known = this.answeredAt.get(planned);
    if (known === undefined || known < answers.observedAt) this.answeredAt.set(planned, answers.observedAt);
    return true;
  }

  /** From when on what has arrived must be looked at: when it was measured, or the weight that an answer is about. */
  lookedAtFrom({ kind, item }: Arrival): Date {
    const weighedAt = kind === 'answers' ? this.ownWeights.weighedAt(item) : null;
    return weighedAt !== null && weighedAt < item.observedAt ? weighedAt : item.observedAt;
  }

  /**
   * The window of a look.
   * @param episodes all there have been: their days are left out of the baselines; another array whenever one opens, widens or closes
   */
  windowOf(bounds: WindowBounds, episodes: readonly EpisodeSpan[]): Window {
    const readings: RuleReading[] = [];
    const lastObserved: { metric: Planned; observedAt: Date }[] = [];
    for (const metric of this.judged) {
      const list = this.readings.get(metric);
      const newest = list === undefined ? undefined : cut(list, bounds, readings);
      if (newest !== undefined) lastObserved.push({ metric, observedAt: newest.observedAt });
    }
    for (const [metric, observedAt] of this.answeredAt) lastObserved.push({ metric, observedAt });
    const answers: AnswerSet[] = [];
    cut(this.answers, bounds, answers);
    cut(this.aboutWeights, bounds, answers);
    return {
      readings,
      refused: this.refusedFrom(bounds.refusedFromMs),
      dailyMedians: this.dailyMedians(bounds, episodes),
      answers,
      lastObserved,
    };
  }

  /** Refused values lie in order of arrival: those of the window are the last ones of each metric. */
  private refusedFrom(fromMs: number): RefusedValue[] {
    const taken = new Map<Metric | null, number>();
    const values: RefusedValue[] = [];
    for (let at = this.refused.length - 1; at >= 0; at--) {
      const value = this.refused[at];
      if (value === undefined || value.receivedAt.getTime() < fromMs) break;
      const before = taken.get(value.metric) ?? 0;
      if (before >= REFUSED_MAX) continue;
      taken.set(value.metric, before + 1);
      values.push(value);
    }
    return values.reverse();
  }

  /** The same array as long as nothing about it has changed, so that what was made of it may be kept. */
  private dailyMedians(bounds: WindowBounds, episodes: readonly EpisodeSpan[]): readonly DailyMedian[] {
    const lastDay = bounds.mediansTo;
    const [firstDay, revision] = [mediansFrom('spo2', bounds), this.medians.revisionUpTo(lastDay)];
    const { kept } = this;
    if (kept?.firstDay === firstDay && kept.lastDay === lastDay && kept.revision === revision && kept.episodes === episodes) {
      return kept.dailyMedians;
    }
    const { zone, references } = this.plan;
    const days = this.lastDays(bounds);
    const dailyMedians = markLeftOut(days, { zone, episodes, references, lastDaysFrom: mediansFrom('o2-flow', bounds) });
    this.kept = { firstDay, lastDay, revision, episodes, dailyMedians };
    return dailyMedians;
  }

  private lastDays(bounds: WindowBounds): DailyMedian[] {
    return this.medians.upTo(bounds.mediansTo, (metric) => mediansFrom(metric, bounds));
  }

  /**
   * The first measured days of a look that asks for them (`Window.firstDays`), as far as they are no part of the last ones.
   * @param episodes all there have been
   */
  firstDaysOf(bounds: WindowBounds, episodes: readonly EpisodeSpan[]): readonly DailyMedian[] {
    const first: DailyMedian[] = [];
    for (const metric of FIRST_DAYS_READ) {
      const from = Math.min(mediansFrom(metric, bounds), bounds.mediansTo + 1);
      first.push(...this.medians.firstBefore(from, metric));
    }
    if (first.length === 0) return first;
    const { zone, references } = this.plan;
    // The last days tell whether oxygen is used at all.
    const leaveOut = { zone, episodes, references, lastDaysFrom: mediansFrom('o2-flow', bounds) };
    return markLeftOut([...first, ...this.lastDays(bounds)], leaveOut).slice(0, first.length);
  }
}

const timeOf = (at: Date | undefined): number => at?.getTime() ?? Number.NEGATIVE_INFINITY;

/** Puts an item in its place by observed time, nearly always the last; false when the same act is there already. */
function insert<Item extends { readonly observedAt: Date; readonly measurementId: number }>(list: Item[], item: Item): boolean {
  const atMs = item.observedAt.getTime();
  let place = list.length;
  while (place > 0) {
    const before = list[place - 1];
    const beforeMs = timeOf(before?.observedAt);
    if (beforeMs < atMs) break;
    if (beforeMs === atMs && before?.measurementId === item.measurementId) return false;
    place--;
  }
  if (place === list.length) list.push(item);
  else list.splice(place, 0, item);
  return true;
}

/** Adds what a look sees of a list to `into`; answers the newest item of the list that may be believed. */
function cut<Item extends { readonly observedAt: Date }>(list: readonly Item[], bounds: WindowBounds, into: Item[]): Item | undefined {
  const { unseenFromMs, readingsFromMs, readingsToMs } = bounds;
  let end = list.length;
  while (end > 0 && timeOf(list[end - 1]?.observedAt) > readingsToMs) end--;
  let first = end;
  while (first > 0 && timeOf(list[first - 1]?.observedAt) >= unseenFromMs) first--;
  for (let context = 0; first > 0 && context < CONTEXT_READINGS_MAX; context++, first--) {
    if (timeOf(list[first - 1]?.observedAt) < readingsFromMs) break;
  }
  for (let place = first; place < end; place++) into.push(list[place] as Item);
  return list[end - 1];
}
