import { withEpisodeId, type Episode, type EpisodeStep, type NoticeDraft, type PersonStep, type Snooze } from '@varde/alerts';
import {
  leavesDaysOut,
  type AnswerSet,
  type Contact,
  type DailyMedian,
  type EpisodeSpan,
  type Finding,
  type RecordedFinding,
  type RefusedValue,
  type RuleReading,
  type Window,
} from '@varde/rules';
import { Arrived, type Arrival } from './arrived.js';
import type { AdviceDraft, Advised } from './advice.js';
import type { HomeAsk } from './ask-home.js';
import type { EpisodeChange, LookInput, LookOutcome } from './input-and-outcome.js';
import { look } from './look.js';
import { actOf, nobody, type People } from './people.js';
import { Recorded } from './recorded.js';
import { daysToSummarise, recordedFromMs, windowBounds, type WindowBounds } from './window-bounds.js';

/** What is agreed about the patient during a rehearsal: everything a look may know but what the rehearsal itself keeps. */
export type Agreement = Omit<LookInput, 'window' | 'unlookedFrom' | 'recorded' | 'episodes' | 'now'>;

/** Everything one rehearsal goes by. Lists in any order; what is there twice counts once. */
export interface RehearsalInput {
  /** The plan as it is or as proposed; its enrolments, limits and schedule carry their own validity, so one plan serves the whole period. */
  readonly agreement: Agreement;
  /**
   * To `to`; what was received after it is not looked at. From before `from` as far back as baselines reach (`medianDays`), unless
   * `dailyMedians` sum those days up.
   */
  readonly readings: readonly RuleReading[];
  readonly refused: readonly RefusedValue[];
  readonly answers: readonly AnswerSet[];
  /** Acts of measuring that were not at rest; none when left out. */
  readonly afterExercise?: ReadonlySet<number>;
  /** Summaries of days before all of `readings`, for rules that look further back; a reading of such a day does not change it. */
  readonly dailyMedians?: readonly DailyMedian[];
  /** Episodes as they stood at `from`: open ones go on, closed ones may come back and leave days out of the baselines. */
  readonly episodes: readonly Episode[];
  /** Findings as they were recorded at `from`. */
  readonly recorded: readonly RecordedFinding[];
  /** What was known of devices, gateways and ourselves at looks of then, oldest first: without it a silence has no known cause. */
  readonly contacts?: readonly KnownContact[];
  /** The first look, and the last moment at which there may be one. */
  readonly from: Date;
  readonly to: Date;
  /** What people do; nothing when left out. */
  readonly people?: People;
  /** What the home sends because of a look, such as when it is asked to measure again; nothing when left out. */
  readonly home?: Home;
  /** Told of each look, for who needs more than what is answered. */
  readonly onLook?: (input: LookInput, outcome: LookOutcome) => void;
}

/** What a look was told of whether measurements could have come. */
export interface KnownContact {
  readonly at: Date;
  readonly contact: Contact;
}

/** The home in a rehearsal. */
export interface Home {
  /** The readings that will come of what the look at `now` asks for; each is received later than that. A request comes once, as in the store. */
  answer(asks: readonly HomeAsk[], now: Date): readonly RuleReading[];
}

/** One episode of a rehearsal: how it stands at the end, and what happened to it. */
export interface RehearsedEpisode {
  episode: Episode;
  readonly steps: EpisodeStep[];
  readonly findings: Finding[];
  readonly notices: NoticeDraft[];
  /** What the patient was told because of it. */
  readonly advice: AdviceDraft[];
}

/** A finding, and the look that came to it. */
export interface RehearsedFinding {
  readonly finding: Finding;
  readonly judgedAt: Date;
}

/** What came of a rehearsal. */
export interface Rehearsed {
  readonly looks: number;
  /** In the order of the looks. */
  readonly findings: readonly RehearsedFinding[];
  /** Those there were at `from` first, then in order of opening. */
  readonly episodes: readonly RehearsedEpisode[];
  /** What the patient was asked that is about no episode, and when. */
  readonly questions: readonly { readonly draft: AdviceDraft; readonly at: Date }[];
  /** Acts of people that no episode was in a state for. */
  readonly actsLeftOut: number;
  readonly nextLookAt: Date | null;
}

/**
 * Lets time pass for one patient: the same `look` again and again, at `from`, at every arrival (`receivedAt`), at every `nextLookAt` and
 * after every act of a person, until `to`. What arrived at one moment is looked at in one look, as the watcher does. There is no other
 * engine behind preview, replay and simulation: what is read is what the store reads (`windowBounds`), what is decided is what `look` decides.
 *
 *   rehearse({ agreement: { catalogue, plan, team, pathway, frozenPathways: [], snoozes: [] }, readings, refused: [], answers: [],
 *     episodes: [], recorded: [], from, to, people })
 *
 * A look costs what is in its window, never what is in the history. What was received before `from` is known from the start.
 * @throws what `look` throws (NoOwner, RangeError); RangeError when a person or the home would act in the past
 */
export function rehearse(input: RehearsalInput): Rehearsed {
  return new Rehearsal(input).run();
}

/** What was known of contact longer ago may have become otherwise; a look may also have been this late, and its rehearsal is not. */
const CONTACT_KNOWN_MS = 3_600_000;
const LOOK_LATE_MS = 60_000;

const NEVER = Number.POSITIVE_INFINITY;
const NONE_UNDELIVERED: readonly number[] = [];
const NO_CONTACTS: readonly KnownContact[] = [];
const ALL_AT_REST: ReadonlySet<number> = new Set();

class Rehearsal {
  private readonly arrived: Arrived;
  private readonly recorded: Recorded;
  private readonly people: People;
  private readonly lines = new Map<number, RehearsedEpisode>();
  private readonly findings: RehearsedFinding[] = [];
  /** Every episode, also those no look may see any more. */
  private episodes: readonly Episode[];
  /** Those that leave days out of the baselines; another array only when one of them opens, widens or closes. */
  private spans: readonly EpisodeSpan[];
  private planned: { readonly episodeId: number; readonly step: PersonStep }[] = [];
  private lastId: number;
  private snoozes: readonly Snooze[];
  private advised: readonly Advised[] = [];
  /** Below nought: no answer of the history names such a number. */
  private nextAdviceId = Number.MIN_SAFE_INTEGER;
  private readonly askedFor = new Set<string>();
  private readonly questions: { draft: AdviceDraft; at: Date }[] = [];
  private looks = 0;
  /** Last local day (a day number) that was summarised. */
  private summarisedTo: number | null = null;
  /** Place of the first known contact that is not before the look. */
  private nextContact = 0;
  private actsLeftOut = 0;
  private nextLookAt: Date | null = null;

  constructor(private readonly input: RehearsalInput) {
    const { catalogue, plan, snoozes } = input.agreement;
    this.arrived = new Arrived(catalogue, plan, input.dailyMedians ?? []);
    this.recorded = new Recorded(catalogue, input.recorded);
    this.people = input.people ?? nobody;
    this.episodes = input.episodes;
    this.spans = input.episodes.filter(leavesDaysOut);
    this.snoozes = snoozes;
    this.lastId = Math.max(0, ...input.episodes.map(({ id }) => id));
    for (const episode of input.episodes) this.lines.set(episode.id, { episode, steps: [], findings: [], notices: [], advice: [] });
  }

  run(): Rehearsed {
    const { from, to } = this.input;
    const arrivals = inOrderOfArrival(this.input);
    let next = 0;
    while (receivedMs(arrivals[next]) < from.getTime()) this.takeAt(arrivals, next++);
    let nowMs = from.getTime();
    while (nowMs <= to.getTime()) {
      const now = new Date(nowMs);
      this.act(now);
      let unlookedMs = NEVER;
      while (receivedMs(arrivals[next]) <= nowMs) unlookedMs = Math.min(unlookedMs, this.takeAt(arrivals, next++));
      const asks = this.lookAt(now, unlookedMs === NEVER ? null : new Date(unlookedMs));
      insertAfter(arrivals, next, this.askHome(asks, now), nowMs);
      nowMs = Math.min(receivedMs(arrivals[next]), this.nextLookAt?.getTime() ?? NEVER, this.planActs(now));
    }
    const { looks, findings, questions, actsLeftOut, nextLookAt } = this;
    return { looks, findings, episodes: [...this.lines.values()], questions, actsLeftOut, nextLookAt };
  }

  /** Takes one arrival; answers when it was measured, never when it was known already. */
  private takeAt(arrivals: readonly Arrival[], place: number): number {
    const arrival = arrivals[place];
    return arrival !== undefined && this.arrived.take(arrival) ? this.arrived.lookedAtFrom(arrival).getTime() : NEVER;
  }

  private lookAt(now: Date, unlookedFrom: Date | null): readonly HomeAsk[] {
    const { agreement, onLook } = this.input;
    const bounds = windowBounds(agreement.plan.zone, unlookedFrom, now);
    const seen = this.windowOf(bounds, unlookedFrom, now);
    const { catalogue, plan, team, pathway, frozenPathways, undelivered = NONE_UNDELIVERED } = agreement;
    // Written out: a member that is spread and then overwritten takes a slow way in the engine, at every look.
    const input: LookInput = {
      catalogue,
      plan,
      team,
      pathway,
      frozenPathways,
      undelivered,
      window: seen,
      unlookedFrom,
      recorded: this.recorded.from(recordedFromMs(bounds, seen.refused)),
      episodes: this.episodes.filter(({ closedAt }) => closedAt === null || closedAt.getTime() > bounds.closedAfterMs),
      advised: this.advised,
      snoozes: this.snoozes.length === 0 ? this.snoozes : this.snoozes.filter(({ from, until }) => from <= now && until > now),
      now,
    };
    const outcome = look(input);
    this.looks++;
    this.nextLookAt = outcome.nextLookAt;
    for (const finding of outcome.findings) {
      this.recorded.add(finding);
      this.findings.push({ finding, judgedAt: now });
    }
    for (const { episode, ...said } of outcome.episodes) this.keep(episode, said, now);
    this.ask(outcome, now);
    onLook?.(input, outcome);
    return outcome.asks;
  }

  private windowOf(bounds: WindowBounds, unlookedFrom: Date | null, now: Date): Window {
    const seen = this.arrived.windowOf(bounds, this.spans);
    const contact = this.contactAt(now);
    const { zone } = this.input.agreement.plan;
    const ended = daysToSummarise({ zone, unlookedFrom, summarisedTo: this.summarisedTo }, now);
    const known = contact === undefined ? seen : { ...seen, contact };
    if (ended === null) return known;
    this.summarisedTo = Math.max(this.summarisedTo ?? ended.to, ended.to);
    return { ...known, firstDays: this.arrived.firstDaysOf(bounds, this.spans) };
  }

  /** What was known then of who may be silent. */
  private contactAt(now: Date): Contact | undefined {
    const { contacts = NO_CONTACTS } = this.input;
    const nowMs = now.getTime();
    // Time only goes on: what was known before this look is behind for all that follow.
    while (knownMs(contacts[this.nextContact]) < nowMs) this.nextContact++;
    const next = contacts[this.nextContact];
    if (next !== undefined && knownMs(next) <= nowMs + LOOK_LATE_MS) return next.contact;
    const last = contacts[this.nextContact - 1];
    return last !== undefined && knownMs(last) >= nowMs - CONTACT_KNOWN_MS ? last.contact : undefined;
  }

  /** Keeps what the patient is asked, so that it is asked once, until it is answered. */
  private ask({ advice, answeredAdvice }: LookOutcome, now: Date): void {
    if (advice.length === 0 && answeredAdvice.length === 0) return;
    const open = this.advised.filter(({ id }) => answeredAdvice.every(({ adviceId }) => adviceId !== id));
    this.advised = [...open, ...advice.map((draft) => this.toAdvised(draft, null, now))];
    this.questions.push(...advice.map((draft) => ({ draft, at: now })));
  }

  /**
   * What is told about an episode takes the place of what was told of it before, until it closes; here nobody answers it. When it goes into
   * another, it goes on there.
   */
  private tell({ id, closedAt, mergedIntoId }: Episode, advice: readonly AdviceDraft[], at: Date): void {
    if (advice.length === 0 && closedAt === null) return;
    if (mergedIntoId !== null) {
      this.advised = this.advised.map((each) => (each.episodeId === id ? { ...each, episodeId: mergedIntoId } : each));
      return;
    }
    const others = this.advised.filter(({ episodeId }) => episodeId !== id);
    this.advised = closedAt === null ? [...others, ...advice.map((draft) => this.toAdvised(draft, id, at))] : others;
  }

  private toAdvised({ key, kind }: AdviceDraft, episodeId: number | null, at: Date): Advised {
    return { id: this.nextAdviceId++, key, kind, episodeId, isRead: false, at };
  }

  private askHome(asks: readonly HomeAsk[], now: Date): readonly RuleReading[] {
    const fresh = asks.filter(({ key }) => !this.askedFor.has(key));
    for (const { key } of fresh) this.askedFor.add(key);
    return fresh.length === 0 ? [] : (this.input.home?.answer(fresh, now) ?? []);
  }

  /** Writes an episode down as the store does: a new one gets its id, and its notices with it. */
  private keep(episode: Episode, said: Omit<EpisodeChange, 'episode'>, now: Date): void {
    const id = episode.id === 0 ? ++this.lastId : episode.id;
    const kept = episode.id === 0 ? { ...episode, id } : episode;
    const line = this.lines.get(id);
    const before = line?.episode;
    const notices = said.notices.map((notice) => withEpisodeId(notice, id));
    if (line === undefined) {
      this.episodes = [...this.episodes, kept];
      this.lines.set(id, {
        episode: kept,
        steps: [...said.steps],
        findings: [...said.findings],
        notices,
        advice: [...(said.advice ?? [])],
      });
    } else {
      this.episodes = this.episodes.map((each) => (each.id === id ? kept : each));
      line.episode = kept;
      line.steps.push(...said.steps);
      line.findings.push(...said.findings);
      line.notices.push(...notices);
      line.advice.push(...(said.advice ?? []));
    }
    this.tell(kept, said.advice ?? [], now);
    const isOtherSpan = before?.domains !== kept.domains || before.closedAt !== kept.closedAt;
    if (isOtherSpan && leavesDaysOut(kept)) this.spans = this.episodes.filter(leavesDaysOut);
  }

  /** Asks what people will do; answers when the first of it happens. */
  private planActs(now: Date): number {
    this.planned = [];
    let nextMs = NEVER;
    for (const episode of this.episodes) {
      const step = episode.closedAt === null ? this.people.next(episode, now, this.lines.get(episode.id)?.findings ?? []) : null;
      if (step === null) continue;
      this.planned.push({ episodeId: episode.id, step });
      nextMs = Math.min(nextMs, step.at.getTime());
    }
    if (nextMs <= now.getTime()) throw new RangeError('people act after the look, not before it');
    return nextMs;
  }

  /** Everything that people do at this moment. */
  private act(now: Date): void {
    for (const { episodeId, step } of this.planned) {
      const episode = this.lines.get(episodeId)?.episode;
      if (episode === undefined || step.at > now) continue;
      const done = actOf(episode, step, this.snoozes);
      if (done === null) {
        this.actsLeftOut++;
        continue;
      }
      this.snoozes = done.snoozes;
      this.keep(done.episode, { steps: done.steps, notices: done.notices, findings: [] }, now);
    }
  }
}

function knownMs(contact: KnownContact | undefined): number {
  return contact?.at.getTime() ?? NEVER;
}

function receivedMs(arrival: Arrival | undefined): number {
  return arrival?.item.receivedAt.getTime() ?? NEVER;
}

/** Puts what the home sends among the arrivals that are still to come. */
function insertAfter(arrivals: Arrival[], next: number, readings: readonly RuleReading[], nowMs: number): void {
  for (const item of readings) {
    const atMs = item.receivedAt.getTime();
    if (atMs <= nowMs) throw new RangeError('the home answers after it is asked, not before');
    let place = next;
    while (receivedMs(arrivals[place]) <= atMs) place++;
    arrivals.splice(place, 0, { kind: 'reading', item });
  }
}

function inOrderOfArrival({ readings, refused, answers, afterExercise = ALL_AT_REST }: RehearsalInput): Arrival[] {
  const arrivals: Arrival[] = [
    ...readings.map((item) => ({ kind: 'reading' as const, item, isAfterExercise: afterExercise.has(item.measurementId) })),
    ...refused.map((item) => ({ kind: 'refused' as const, item })),
    ...answers.map((item) => ({ kind: 'answers' as const, item })),
  ];
  return arrivals.sort((a, b) => a.item.receivedAt.getTime() - b.item.receivedAt.getTime());
}
