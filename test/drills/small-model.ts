import { IllegalMove, nextEpisode, type Episode, type PersonStep } from '@varde/alerts';
import { decide, type LookInput } from '@varde/look';
import {
  DEFAULT_PATHWAY,
  isStaffed,
  teamOf,
  unitOf,
  type CareLevel,
  type Pathway,
  type StaircaseStep,
  type Team,
  type Unit,
} from '@varde/routing';
import type { Severity } from '@varde/rules';
import { isRepeated, Refused, takeOver, toStep, type Act, type Called } from './model-acts.js';
import { checkAlways, checkClocks, must, type Around } from './model-checks.js';
import type { Person } from './model-community.js';

/**
 * A community so small that every state it can come to is visited: one episode, two organisations, three units, two persons. Time goes by
 * half days, and all clocks of its pathway are half days long, so that a state is what it is however late it comes; whatever only tells
 * one offer or version from another is left out. The functions are those of the service.
 */

const HALF_DAY_MS = 12 * 3_600_000;
const NOW = new Date('2026-01-15T12:00:00Z');
const FOREVER_MS = 400 * 2 * HALF_DAY_MS;
const at = (halfDays: number): Date => new Date(NOW.getTime() + halfDays * HALF_DAY_MS);
const words = { nb: 'x', en: 'x' };

/** Whether somebody is there: yes; nobody is known to come; or from the next half day on. */
export type Duty = 'on' | 'off' | 'back';

const UNITS: readonly { readonly id: number; readonly careLevel: CareLevel; readonly organisationIds: readonly number[] }[] = [
  { id: 1, careLevel: 'dho', organisationIds: [1] },
  { id: 2, careLevel: 'legevakt', organisationIds: [1] },
  { id: 3, careLevel: 'hospital_outpatient', organisationIds: [2] },
];
const PEOPLE: readonly Person[] = [
  { id: 11, unitIds: [1, 2] },
  { id: 12, unitIds: [2, 3] },
];

/** A state with times in half days from now; what a look has not seen yet is `due`. */
interface State {
  readonly episode: Episode;
  readonly duty: readonly Duty[];
  /** By unit: whether the ladder has called it in this half day; a call that is older counts in the service and is forgotten here. */
  readonly called: readonly boolean[];
  /** A person has acted, a roster has changed or a clock has run out since the last look: time stands still until the next. */
  readonly due: boolean;
}

/** What was found. */
export interface Searched {
  readonly states: number;
  readonly transitions: number;
  /** Most half days until somebody staffed or the patient was told, from any state in which nobody acts any more. */
  readonly longest: number;
}

/** Everything that can be reached with organisations on one step of the staircase. @throws Error with the way to the state that is wrong */
export class SmallModel {
  private readonly numbers = new Map<string, number>();
  /** By number: the state it was first reached from, and by what. */
  private readonly ways: { readonly from: number; readonly by: string }[] = [];
  /** By number: where a look, and half a day, lead to; -1 is nowhere. */
  private readonly looks: number[] = [];
  private readonly passes: number[] = [];
  /** By number: whether the look tells somebody who is there, or the patient. */
  private readonly tells: boolean[] = [];
  private readonly units = new Map<string, Unit>();
  private readonly teams = new Map<string, Team>();
  private readonly pathway: Pathway;
  private transitions = 0;

  constructor(
    private readonly severity: Severity,
    step: StaircaseStep,
  ) {
    const ladder = (['dho', 'hospital_outpatient', 'legevakt'] as const).map((careLevel, index) => ({
      ...{ afterMin: index * 720, openingHoursClock: false, careLevel, to: careLevel },
    }));
    this.pathway = {
      ...{ id: 1, version: 1, cooperations: [{ organisationIds: [1, 2], step, programme: null }] },
      routes: [{ severity, first: ['dho', 'legevakt'], ladder, acknowledgementMin: 1_440 }, ...DEFAULT_PATHWAY.routes],
      deadlines: {
        handoverMin: { info: 720, yellow: 720, red: 720, critical: 720 },
        consultationMin: { info: 720, yellow: 720, red: 720, critical: 720 },
      },
    };
  }

  /** Breadth first, so that the way to a fault is a shortest one. */
  search(): Searched {
    const first = normal(this.opened());
    this.number(first, { from: -1, by: 'opened' });
    let queue = [first];
    while (queue.length > 0) queue = queue.flatMap((state) => this.nextOf(state));
    return { states: this.ways.length, transitions: this.transitions, longest: this.longestSilence() };
  }

  /** The states first reached from this one. */
  private nextOf(state: State): State[] {
    const from = this.numbers.get(keyOf(state)) ?? -1;
    const fresh: State[] = [];
    const go = (by: string, of: () => State | null): number => {
      const given = this.at(from, by, of);
      if (given === null || given.episode.closedAt !== null) return -1;
      this.transitions++;
      const to = normal(given);
      const count = this.ways.length;
      const number = this.number(to, { from, by });
      if (number === count) fresh.push(to);
      return number;
    };
    this.looks[from] = go('look', () => this.look(state, from));
    this.passes[from] = !state.due ? go('half a day', () => this.pass(state)) : -1;
    for (const person of PEOPLE) {
      for (const act of ACTS) go(`${person.id} ${act.kind} ${act.unitId}`, () => this.act(state, person, act));
    }
    for (const [index, duties] of FLIPS.entries()) {
      for (const duty of duties) if (state.duty[index] !== duty) go(`unit ${index + 1} ${duty}`, () => flip(state, index, duty));
    }
    return fresh;
  }

  private number(state: State, way: { readonly from: number; readonly by: string }): number {
    const key = keyOf(state);
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    this.numbers.set(key, this.ways.length);
    this.ways.push(way);
    return this.ways.length - 1;
  }

  /** How one comes to a state, for whoever looks for a fault. */
  private wayTo(number: number): string {
    const way = this.ways[number];
    return way === undefined || way.from < 0 ? 'opened' : `${this.wayTo(way.from)}, ${way.by}`;
  }

  /** @throws Error that tells the way to a fault */
  private at<T>(from: number, by: string, of: () => T): T {
    try {
      return of();
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      throw new Error(`${what}: ${this.wayTo(from)}, ${by} (${this.severity})`, { cause: error });
    }
  }

  /**
   * Most half days until somebody is told, from any state, when nobody acts and no roster changes any more: the service looks, and waits.
   * @throws Error when from some state nobody is ever told
   */
  private longestSilence(): number {
    let longest = 0;
    for (let number = 0; number < this.ways.length; number++) {
      let [now, silent] = [number, 0];
      while (!this.tells[now]) {
        const looked = this.looks[now] ?? -1;
        now = this.passes[looked] ?? -1;
        silent++;
        if (now < 0 || silent > SILENCE_MAX) throw new Error(`nobody is told any more: ${this.wayTo(number)} (${this.severity})`);
      }
      longest = Math.max(longest, silent);
    }
    return longest;
  }

  private opened(): State {
    const duty: readonly Duty[] = ['on', 'on', 'on'];
    const at0 = NOW;
    const finding = {
      ruleId: 'rule',
      ruleVersion: 1,
      domain: 'respiratory',
      result: 'fire',
      severity: this.severity,
      anchor: 'a',
    } as const;
    const rest = { at: at0, receivedAt: at0, readingIds: [], limits: [], reason: words, pendingUntil: null, superseded: false };
    const placement = { ownerUnitId: 1, pathwayId: 1, pathwayVersion: 1, reason: words };
    const { episode } = nextEpisode(undefined, {
      ...{ kind: 'finding', at: at0, patientId: 11, finding: { ...finding, ...rest }, severity: this.severity, reason: words, placement },
      quiet: null,
    });
    return { episode: { ...episode, id: 1 }, duty, called: [false, false, false], due: true };
  }

  private look(state: State, number: number): State {
    const around = this.around(state.duty);
    const input: LookInput = {
      catalogue: { version: 1, programmes: [], entries: new Map(), rules: [], metrics: [], baselineMetrics: [], spreadFloors: new Map() },
      plan: { patientId: 11, zone: 'Europe/Oslo', enrolments: [], limits: [], unitLimits: [], references: [], pauses: [], schedule: [] },
      window: { readings: [], refused: [], dailyMedians: [], answers: [], lastObserved: [] },
      ...{ unlookedFrom: null, recorded: [], episodes: [state.episode], snoozes: [], team: around.team, now: NOW },
      ...{ pathway: this.pathway, frozenPathways: [this.pathway] },
    };
    const outcome = decide(input, { findings: [], cleared: [], nextAt: null });
    const change = outcome.episodes[0];
    const episode = change?.episode ?? state.episode;
    checkAlways([episode], around);
    checkClocks([episode], outcome, around);
    must(change === undefined || episode.version === state.episode.version + 1, 'the version rises by one');
    const isThere = (id: number) => around.team.units.some((unit) => unit.id === id && isStaffed(unit, NOW));
    this.tells[number] = (change?.notices ?? []).some(({ unitId }) => isThere(unitId)) || (change?.advice ?? []).length > 0;
    const isCalled = (id: number) => (change?.notices ?? []).some(({ cause, unitId }) => cause === 'escalated' && unitId === id);
    const called = state.called.map((is, index) => is || isCalled(index + 1));
    return { ...state, episode, called, due: false };
  }

  /** Half a day goes by: everything is that much nearer, and who was to be back is. */
  private pass({ episode, duty }: State): State {
    const later = shifted(episode, -HALF_DAY_MS);
    const clocks = [
      later.nextStepAt,
      later.acknowledgementEndsAt,
      later.offer?.deadlineAt,
      ...later.consultations.map((each) => each.deadlineAt),
    ];
    const isDue = clocks.some((clock) => clock && clock <= NOW);
    return {
      episode: later,
      duty: duty.map((each) => (each === 'back' ? 'on' : each)),
      called: duty.map(() => false),
      due: isDue,
    };
  }

  private act(state: State, person: Person, act: Act): State | null {
    const { episode } = state;
    if (act.kind === 'ask_advice' && episode.consultations.length > 0) return null;
    const around = this.around(state.duty);
    const unit = (id: number): Unit => this.unit(id, state.duty[id - 1] ?? 'off');
    const ground = { person, episode, pathway: this.pathway, team: around.team, unit, now: NOW };
    const isTaking = act.kind === 'acknowledge';
    if (isTaking && episode.acknowledgedByPersonId === person.id && isRepeated(ground)) return null;
    const taking = isTaking ? takeOver(ground, callsOf(state)) : null;
    try {
      const taken = taking === null ? episode : nextEpisode(episode, taking).episode;
      const { episode: next } = nextEpisode(taken, toStep({ ...ground, episode: taken }, act));
      checkAlways([next], around);
      return { ...state, episode: next, due: true };
    } catch (error) {
      if (!(error instanceof IllegalMove || error instanceof Refused)) throw error;
      must(taking === null, 'whoever the ladder called can take it');
      return null;
    }
  }

  private around(duty: readonly Duty[]): Around {
    const key = duty.join();
    let team = this.teams.get(key);
    if (!team) {
      team = teamOf(
        UNITS.map(({ id }) => this.unit(id, duty[id - 1] ?? 'off')),
        { municipalityId: 1, programmes: ['copd'] },
      );
      this.teams.set(key, team);
    }
    const units = team.units;
    return { team, pathwayOf: () => this.pathway, unit: (id) => units.find((unit) => unit.id === id), now: NOW };
  }

  private unit(id: number, duty: Duty): Unit {
    const key = `${id}/${duty}`;
    const known = this.units.get(key);
    if (known) return known;
    const given = UNITS.find((unit) => unit.id === id) ?? { id, careLevel: 'dho', organisationIds: [1] };
    const from = duty === 'back' ? at(1) : new Date(NOW.getTime() - FOREVER_MS);
    const roster = duty === 'off' ? [] : [{ personId: 0, kind: 'on_call' as const, from, to: new Date(NOW.getTime() + FOREVER_MS) }];
    const made = unitOf({ ...given, name: `unit ${id}`, zone: 'Europe/Oslo', openingHours: [], duty: roster });
    this.units.set(key, made);
    return made;
  }
}

/** So many half days without a word are a fault. */
const SILENCE_MAX = 20;
/** Who may come and go: the follow-up service in every way, the others are there or not. */
const FLIPS: readonly (readonly Duty[])[] = [
  ['on', 'off', 'back'],
  ['on', 'off'],
  ['on', 'off'],
];

const act = (kind: PersonStep['kind'], unitId = 1): Act => ({ kind, unitId, minutes: 5_000, ruleId: 'rule', outcome: 'seen_by_gp' });
const ACTS: readonly Act[] = [
  ...(['acknowledge', 'release', 'close', 'accept', 'decline', 'recall', 'give_advice'] as const).map((kind) => act(kind)),
  ...(['offer', 'ask_advice', 'move'] as const).flatMap((kind) => UNITS.map(({ id }) => act(kind, id))),
];

function callsOf({ episode, called }: State): Called[] {
  return called.flatMap((is, index) => (is ? { episodeId: episode.id, unitId: index + 1, atMs: NOW.getTime() } : []));
}

function flip(state: State, index: number, duty: Duty): State {
  return { ...state, duty: state.duty.map((each, nth) => (nth === index ? duty : each)), due: true };
}

/** The same with every time moved. */
function shifted(episode: Episode, byMs: number): Episode {
  const move = (time: Date): Date => new Date(time.getTime() + byMs);
  const maybe = (time: Date | null): Date | null => time && move(time);
  return {
    ...episode,
    ...{ openedAt: move(episode.openedAt), lastSignalAt: move(episode.lastSignalAt), ladderStartedAt: move(episode.ladderStartedAt) },
    ...{ nextStepAt: maybe(episode.nextStepAt), acknowledgedAt: maybe(episode.acknowledgedAt) },
    acknowledgementEndsAt: maybe(episode.acknowledgementEndsAt),
    offer: episode.offer && { ...episode.offer, offeredAt: move(episode.offer.offeredAt), deadlineAt: move(episode.offer.deadlineAt) },
    consultations: episode.consultations.map((each) => ({ ...each, askedAt: move(each.askedAt), deadlineAt: move(each.deadlineAt) })),
    closeProposed: episode.closeProposed && { ...episode.closeProposed, at: move(episode.closeProposed.at) },
  };
}

/** What tells two states apart only by how they came about is made the same. */
function normal(state: State): State {
  const { episode, called } = state;
  // What calls the owner gives it nothing that it does not have.
  return { ...state, episode: canonical(episode), called: called.map((is, index) => is && index + 1 !== episode.ownerUnitId) };
}

function canonical(episode: Episode): Episode {
  const { offer, consultations, closeProposed, acknowledgedAt, nextStepAt, ladderStartedAt } = episode;
  const past = at(-1);
  return {
    ...episode,
    ...{ version: 1, offersMade: offer ? 1 : 0, consultationsAsked: consultations.length, followerUnitIds: [] },
    // Daily tries are counted from the opening; here from whenever they begin.
    ...{ openedAt: at(-2), lastSignalAt: past },
    signals: episode.signals.map((signal) => ({ ...signal, firstAt: past, lastAt: past })),
    ladderStartedAt: acknowledgedAt ? past : onHalfDay(ladderStartedAt),
    ladderStepsTaken: acknowledgedAt ? 0 : episode.ladderStepsTaken,
    nextStepAt: nextStepAt && onHalfDay(nextStepAt),
    acknowledgedAt: acknowledgedAt && past,
    offer: offer && { ...offer, number: 1, offeredAt: past, informedUnitIds: [] },
    consultations: consultations.map((each, index) => ({ ...each, number: index + 1, askedAt: past })),
    closeProposed: closeProposed && { ...closeProposed, at: past },
  };
}

/** A ladder begun twice at one moment is named a millisecond later. */
function onHalfDay(time: Date): Date {
  return at(Math.floor((time.getTime() - NOW.getTime()) / HALF_DAY_MS + 1e-9));
}

/** All that a normal state is told from others by. */
function keyOf({ episode, duty, called, due }: State): string {
  const { ownerUnitId, offer, consultations, closeProposed, acknowledgedByPersonId, acknowledgedAt, ladderStepsTaken } = episode;
  return [
    ...[duty.join(), called.join(), due, ownerUnitId, acknowledgedAt && acknowledgedByPersonId, sinceNow(episode.acknowledgementEndsAt)],
    ...[sinceNow(episode.ladderStartedAt), ladderStepsTaken, sinceNow(episode.nextStepAt)],
    ...(offer ? [offer.toUnitId, offer.offeredByPersonId, sinceNow(offer.deadlineAt)] : ['-']),
    ...consultations.map(({ unitId, deadlineAt }) => `${unitId}/${sinceNow(deadlineAt)}`),
    ...(closeProposed ? ['close', closeProposed.byPersonId] : []),
  ].join();
}

const sinceNow = (time: Date | null): string => (time === null ? '-' : String((time.getTime() - NOW.getTime()) / HALF_DAY_MS));
