import { isDeepStrictEqual } from 'node:util';
import { IllegalMove, nextEpisode, REOPEN_WITHIN_MS, snoozeOf, type Episode, type PersonStep, type Snooze } from '@varde/alerts';
import { decide, type EpisodeChange, type Judged, type LookInput } from '@varde/look';
import type { Finding } from '@varde/rules';
import { chooseOwner, type Pathway, type Team } from '@varde/routing';
import { drawAct, isRepeated, Refused, takeOver, toStep, type Act, type Called } from './model-acts.js';
import { checkActed, checkAlways, checkClocks, checkGone, checkMerged, must, Watch, type Around } from './model-checks.js';
import { drawFinding, twoThenOne } from './model-findings.js';
import { chanceOf, Community, PEOPLE, UNIT, type Chance, type Person } from './model-community.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const UNIT_IDS: readonly number[] = Object.values(UNIT);
const words = { nb: 'x', en: 'x' };
/** Easter and the night clocks go forward, the night they go back, Christmas, the national day. */
const BEGINNINGS = ['2026-03-26T06:00Z', '2026-10-23T06:00Z', '2026-12-22T06:00Z', '2026-05-13T06:00Z'].map((text) => Date.parse(text));

/** Lines about the last steps, for whoever looks for a fault. */
const LINES_KEPT = 40;
/** So many looks by the clock alone in a row take at least this long: nothing spins. */
const [SPIN_LOOKS, SPIN_MS] = [60, 10 * MINUTE_MS];

/** How often each thing happened. */
export type Tally = Map<string, number>;

/** One patient with problems in one community, lived through by chance; every number comes from the seed. */
export class World {
  private readonly said: (readonly [atMs: number, line: string])[] = [];
  private readonly chance: Chance;
  private readonly community: Community;
  private readonly watch = new Watch();
  private readonly seen = new Map<string, number>();
  private nowMs: number;
  /** In most worlds clocks are right: there every promise is kept to the letter. */
  private readonly mayJump: boolean;
  private home: 'north' | 'south' = 'north';
  private teamUnits: number[];
  /** Units of the team that came in by an episode, and leave with it. */
  private readonly guests = new Set<number>();
  /** Whom ladders have called. */
  private called: Called[] = [];
  private responsibleUnitId: number | null;
  private pathwayVersion = 1;
  private episodes: Episode[] = [];
  private snoozes: Snooze[] = [];
  private recorded: Pick<Finding, 'ruleId' | 'anchor' | 'result' | 'at'>[] = [];
  private lastId = 0;
  private writtenMs = 0;
  private nextLookAt: Date | null = null;
  private byClock = { looks: 0, sinceMs: 0 };

  constructor(
    seed: number,
    private readonly tally: Tally,
  ) {
    this.chance = chanceOf(seed);
    this.community = new Community(this.chance);
    this.mayJump = this.chance.isOneIn(4);
    this.nowMs = this.chance.of(BEGINNINGS) + this.chance.below(48 * HOUR_MS);
    this.teamUnits = [UNIT.north, UNIT.gp, UNIT.legevakt, ...(this.chance.isOneIn(2) ? [UNIT.clinic] : [])];
    this.responsibleUnitId = this.teamUnits.includes(UNIT.clinic) && this.chance.isOneIn(2) ? UNIT.clinic : null;
  }

  /** One step by chance. @throws Broken a promise that does not hold */
  step(): void {
    const draw = this.chance.below(100);
    if (draw < 26) this.look(this.findings());
    else if (draw < 34) this.pass(this.chance.of([0, 1, 10, 45, 300, 2_000]));
    else if (draw < 36) this.twoThenOne();
    else if (draw < 56) this.awaitClock();
    else if (draw < 91) this.act();
    else if (draw < 94) this.race();
    else if (draw < 97) this.changeRoster();
    else if (draw < 98) this.moveAway();
    else if (draw < 99) this.jump();
    else this.pathwayVersion = 3 - this.pathwayVersion;
    checkAlways(this.episodes, this.around());
  }

  /** A problem that comes so long after another that they are two, and what shows them to be one. */
  private twoThenOne(): void {
    const story = twoThenOne(this.episodes);
    if (story.length === 0) return this.pass(10);
    for (const { rule, waitMin } of story) {
      const found = drawFinding(this.chance, this.nowMs, { rule, agoMin: 0, result: 'fire' });
      this.look({ findings: [found], cleared: [], nextAt: null });
      this.pass(waitMin);
    }
  }

  private pass(minutes: number): void {
    this.nowMs += minutes * MINUTE_MS + this.chance.below(MINUTE_MS);
  }

  /** Looks when the next clock runs out, mostly at once, sometimes after an outage. */
  private awaitClock(): void {
    const lateMs = this.chance.of([0, 0, 0, 200, 5_000, 3 * MINUTE_MS, 2 * HOUR_MS]);
    if (this.nextLookAt) this.nowMs = Math.max(this.nowMs, this.nextLookAt.getTime()) + lateMs;
    if (this.byClock.looks++ === 0) this.byClock.sinceMs = this.nowMs;
    if (this.byClock.looks === SPIN_LOOKS) {
      must(this.nowMs - this.byClock.sinceMs >= SPIN_MS, 'clocks do not spin');
      this.byClock.looks = 0;
    }
    this.look({ findings: [], cleared: [], nextAt: null });
  }

  /** The clock of the service is set. */
  private jump(): void {
    const jumpMs = this.chance.of([-HOUR_MS, HOUR_MS]) + this.chance.below(1_000);
    if (!this.mayJump) return this.pass(60);
    this.say(`the clock is set by ${jumpMs} ms`);
    this.nowMs += jumpMs;
    if (jumpMs < 0) this.watch.setBack();
    this.byClock.looks = 0;
  }

  private changeRoster(): void {
    const unitId = this.chance.of(UNIT_IDS);
    this.community.changeRoster(unitId, this.chance);
    this.say(`roster of unit ${unitId} changes`);
    this.byClock.looks = 0;
    // Whoever writes a roster has its patients looked at.
    this.nextLookAt = new Date(this.nowMs);
  }

  private input(): LookInput {
    const { team, now } = this.around();
    return {
      catalogue: { version: 1, programmes: [], entries: new Map(), rules: [], metrics: [], baselineMetrics: [], spreadFloors: new Map() },
      plan: { patientId: 11, zone: 'Europe/Oslo', enrolments: [], limits: [], unitLimits: [], references: [], pauses: [], schedule: [] },
      window: { readings: [], refused: [], dailyMedians: [], answers: [], lastObserved: [] },
      ...{ unlookedFrom: null, recorded: this.recorded, episodes: this.episodes, team, now },
      snoozes: this.snoozes.filter(({ until }) => until > now),
      ...{ pathway: this.pathway(this.pathwayVersion), frozenPathways: this.community.pathways },
    };
  }

  private pathway(version: number): Pathway {
    const pathway = this.community.pathways[version - 1];
    if (!pathway) throw new RangeError(`no version ${version}`);
    return pathway;
  }

  private team(): Team {
    const about = { municipalityId: this.home === 'north' ? 1 : 2, responsibleUnitId: this.responsibleUnitId };
    return this.community.team(this.teamUnits, about, this.nowMs);
  }

  private around(): Around {
    return {
      team: this.team(),
      pathwayOf: ({ pathwayVersion }) => this.pathway(pathwayVersion),
      unit: (id) => this.community.unit(id, this.nowMs),
      now: new Date(this.nowMs),
    };
  }

  private findings(): Judged {
    const { chance } = this;
    const drawn = Array.from({ length: chance.below(4) }, () => drawFinding(this.chance, this.nowMs));
    const cleared = Array.from({ length: chance.below(4) }, () => `rule-${chance.below(12)}`);
    this.byClock.looks = 0;
    return { findings: drawn, cleared: cleared.map((ruleId) => ({ ruleId, at: new Date(this.nowMs), reason: words })), nextAt: null };
  }

  private look(judged: Judged): void {
    // Now and then no channel could deliver what was sent because of the last step; to find that out takes a while.
    const isLost = this.chance.isOneIn(30) && this.nowMs - this.writtenMs > 1_000;
    const input = { ...this.input(), undelivered: isLost ? this.episodes.map(({ id }) => id) : [] };
    const outcome = decide(input, judged);
    const around = this.around();
    if (this.chance.isOneIn(32)) this.checkOrder(input, judged, outcome.episodes);
    const changes = outcome.episodes.map((change) =>
      change.episode.id === 0 ? { ...change, episode: { ...change.episode, id: ++this.lastId } } : change,
    );
    for (const change of changes) {
      const was = input.episodes.find(({ id }) => id === change.episode.id);
      if (change.episode.outcome === 'merged' && was?.closedAt === null) {
        checkGone(was, change, changes);
        // Whom its ladder called may take the one that goes on.
        const intoId = change.episode.mergedIntoId ?? 0;
        this.called = this.called.map((call) => (call.episodeId === was.id ? { ...call, episodeId: intoId } : call));
      }
      this.write(change, around);
    }
    checkMerged(this.episodes);
    this.letGuestsGo(changes);
    this.recorded = [...this.recorded, ...outcome.findings].slice(-60);
    this.nextLookAt = outcome.nextLookAt;
    this.count(judged.findings.length > 0 ? 'look with findings' : 'look by the clock');
    for (const { episode, steps } of changes) this.say(`look: ${episode.id} ${steps.map(({ kind }) => kind).join(' ')}`);
    checkClocks(this.episodes, outcome, around);
    for (const episode of this.episodes) if (isWaiting(episode)) this.watch.checkReached(episode, around);
    if (this.chance.isOneIn(16)) {
      const again = decide(this.input(), judged);
      must(again.episodes.length === 0 && again.findings.length === 0, 'the same look again changes nothing');
      must(again.nextLookAt?.getTime() === this.nextLookAt?.getTime(), 'and expects the same');
    }
    const oldestMs = this.nowMs - 2 * REOPEN_WITHIN_MS;
    this.episodes = this.episodes.filter(({ closedAt }) => closedAt === null || closedAt.getTime() > oldestMs);
  }

  private checkOrder(input: LookInput, judged: Judged, episodes: readonly EpisodeChange[]): void {
    const turned = { ...judged, findings: [...judged.findings, ...judged.findings].reverse(), cleared: [...judged.cleared].reverse() };
    must(isDeepStrictEqual(decide(input, turned).episodes, episodes), 'duplicates and order within a look make no difference');
  }

  private write(change: EpisodeChange, around: Around): void {
    const before = this.episodes.find(({ id }) => id === change.episode.id);
    this.episodes = before ? this.episodes.map((each) => (each === before ? change.episode : each)) : [...this.episodes, change.episode];
    this.writtenMs = this.nowMs;
    this.watch.note(before, change, around);
    for (const { kind } of change.steps) this.count(`line ${kind}`);
    const calls = change.notices.filter(({ cause }) => cause === 'escalated');
    this.called = [...this.called, ...calls.map(({ unitId }) => ({ episodeId: change.episode.id, unitId, atMs: this.nowMs }))].slice(-100);
  }

  /** What a person's step makes of an episode; an owner from outside is a guest of the team. */
  private perform(before: Episode, step: PersonStep): Episode {
    const done = nextEpisode(before, step);
    this.keepSnooze(before, step);
    const { ownerUnitId } = done.episode;
    if (ownerUnitId !== before.ownerUnitId && !this.teamUnits.includes(ownerUnitId)) {
      this.teamUnits.push(ownerUnitId);
      this.guests.add(ownerUnitId);
    }
    const change = { episode: done.episode, steps: done.steps, notices: done.notices, findings: [] };
    this.write(change, this.around());
    this.letGuestsGo([change]);
    checkActed(before, done.episode, step);
    this.say(`${step.byPersonId} ${step.kind} ${before.id} at version ${before.version}: ${done.steps.map(({ kind }) => kind).join(' ')}`);
    this.count(`act ${step.kind}`);
    return done.episode;
  }

  private letGuestsGo(changes: readonly EpisodeChange[]): void {
    if (!changes.some(({ episode, steps }) => episode.closedAt !== null || steps.some(({ kind }) => kind === 'owner_changed'))) return;
    for (const unitId of this.guests) {
      if (this.episodes.some(({ closedAt, ownerUnitId }) => closedAt === null && ownerUnitId === unitId)) continue;
      this.guests.delete(unitId);
      this.teamUnits = this.teamUnits.filter((id) => id !== unitId);
      this.count('guest left');
    }
  }

  private act(): void {
    const episode = this.anEpisode();
    if (!episode) return this.pass(5);
    const person = this.somebody(episode);
    const isCalled = this.callsOf(episode).some(({ unitId }) => person.unitIds.includes(unitId));
    const drawn = drawAct(this.chance, episode, UNIT_IDS);
    const act = isCalled && isWaiting(episode) && this.chance.isOneIn(2) ? { ...drawn, kind: 'acknowledge' as const } : drawn;
    const isDone = this.tryAct(episode, person, act);
    // Every other one is answered before anything else happens: they have rung.
    if (isDone && this.chance.isOneIn(2)) this.answer(episode.id);
  }

  private answer(id: number): void {
    const asked = this.episodes.find((each) => each.id === id);
    const unitId = asked?.offer?.toUnitId ?? asked?.consultations[0]?.unitId;
    if (!asked || unitId === undefined) return;
    const person = this.chance.of(PEOPLE.filter(({ unitIds }) => unitIds.includes(unitId)));
    this.tryAct(asked, person, drawAct(this.chance, asked, UNIT_IDS), null);
  }

  /** Two persons who have seen the same act one after the other, as two transactions do that wait for one lock. */
  private race(): void {
    const episode = this.anEpisode();
    if (!episode) return this.pass(5);
    const acts = [1, 2].map(() => ({ person: this.somebody(episode), act: drawAct(this.chance, episode, UNIT_IDS) }));
    for (const { person } of acts) this.seen.set(`${person.id}/${episode.id}`, episode.version);
    const done = acts.filter(({ person, act }) => this.tryAct(episode, person, act, episode.version));
    must(done.length < 2 || acts.some(({ act }) => act.kind === 'acknowledge'), 'of two who saw the same only one acts');
    this.count(done.length === 0 ? 'race refused' : 'race decided');
  }

  /** Locks, asks, writes: what the store does. Answers whether it was done. */
  private tryAct({ id }: Episode, person: Person, act: Act, seen = this.viewOf(person, id)): boolean {
    const episode = this.episodes.find((each) => each.id === id);
    if (!episode) return false;
    const { team, now, pathwayOf } = this.around();
    const ground = { person, episode, pathway: pathwayOf(episode), team, unit: (of: number) => this.community.unit(of, this.nowMs), now };
    this.seen.set(`${person.id}/${id}`, episode.version);
    const name = `${person.id} ${act.kind} ${id}`;
    const isAgain = act.kind === 'acknowledge' && isHeldBy(episode, person);
    if (isAgain && isRepeated(ground)) return this.refused(name, 'already theirs');
    if (seen !== null && seen !== episode.version) return this.refused(name, 'stale');
    const taking = act.kind === 'acknowledge' ? takeOver(ground, this.called) : null;
    try {
      const taken = taking === null ? episode : this.perform(episode, taking);
      this.perform(taken, toStep({ ...ground, episode: taken }, act));
    } catch (error) {
      if (!(error instanceof IllegalMove || error instanceof Refused)) throw error;
      must(taking === null, 'whoever the ladder called can take it');
      return this.refused(name, error.name);
    }
    if (isAgain) this.count('act acknowledge again');
    if (taking !== null) this.count('act take over');
    this.byClock.looks = 0;
    this.nextLookAt = now;
    return true;
  }

  private viewOf({ id }: Person, episodeId: number): number | null {
    const version = this.episodes.find((each) => each.id === episodeId)?.version ?? null;
    return this.chance.of([null, version, version, this.seen.get(`${id}/${episodeId}`) ?? version]);
  }

  private keepSnooze(episode: Episode, step: PersonStep): void {
    if (step.kind === 'snooze') this.snoozes.push({ id: this.snoozes.length + 1, ...snoozeOf(episode, step) });
    if (step.kind === 'undo_snooze') this.snoozes = this.snoozes.filter(({ ruleId }) => ruleId !== step.ruleId);
    this.snoozes = this.snoozes.slice(-10);
  }

  private refused(name: string, why: string): false {
    this.count(`refused: ${why}`);
    this.say(`${name}: refused, ${why}`);
    return false;
  }

  /** The patient moves to the other municipality: team and open episodes in one transaction. */
  private moveAway(): void {
    this.home = this.home === 'north' ? 'south' : 'north';
    this.teamUnits = [UNIT[this.home], UNIT.gp, UNIT.legevakt, ...(this.responsibleUnitId === null ? [] : [this.responsibleUnitId])];
    this.guests.clear();
    const around = this.around();
    this.say(`the patient moves ${this.home}`);
    for (const episode of this.episodes.filter(({ closedAt }) => closedAt === null)) {
      const { unitId } = chooseOwner(this.pathway(episode.pathwayVersion), around.team, episode.severity, around.now);
      const step = { kind: 'move', at: around.now, byPersonId: this.chance.of(PEOPLE).id, away: true } as const;
      const done = nextEpisode(episode, { ...step, toUnitId: unitId, toUnit: `unit ${unitId}`, reason: 'the patient has moved' });
      this.write({ episode: done.episode, steps: done.steps, notices: done.notices, findings: [] }, around);
    }
    this.byClock.looks = 0;
    this.nextLookAt = around.now;
  }

  private anEpisode(): Episode | undefined {
    const open = this.episodes.filter(({ closedAt }) => closedAt === null);
    const among = open.length > 0 && !this.chance.isOneIn(10) ? open : this.episodes;
    return among.length > 0 ? this.chance.of(among) : undefined;
  }

  /** Mostly somebody whom it concerns. */
  private somebody({ id, ownerUnitId, offer, consultations }: Episode): Person {
    const asked = [...consultations, ...this.callsOf({ id })].map(({ unitId }) => unitId);
    const concerned = [ownerUnitId, ...(offer ? [offer.toUnitId] : []), ...asked];
    const people = PEOPLE.filter(({ unitIds }) => unitIds.some((id) => concerned.includes(id)));
    return this.chance.of(this.chance.isOneIn(5) ? PEOPLE : people);
  }

  /** Whom the ladder has called last. */
  private callsOf({ id }: Pick<Episode, 'id'>): readonly Called[] {
    return this.called.filter(({ episodeId }) => episodeId === id).slice(-2);
  }

  private count(what: string): void {
    this.tally.set(what, (this.tally.get(what) ?? 0) + 1);
  }

  private say(line: string): void {
    this.said.push([this.nowMs, line]);
    if (this.said.length > 2 * LINES_KEPT) this.said.splice(0, LINES_KEPT);
  }

  /** What happened last, oldest first. */
  get lines(): readonly string[] {
    return this.said.slice(-LINES_KEPT).map(([atMs, line]) => `${new Date(atMs).toISOString()} ${line}`);
  }

  /** The episodes as they stand. */
  get state(): readonly Episode[] {
    return this.episodes;
  }
}

const isWaiting = ({ closedAt, acknowledgedAt }: Episode): boolean => closedAt === null && acknowledgedAt === null;
const isHeldBy = ({ closedAt, acknowledgedByPersonId }: Episode, { id }: Person): boolean =>
  closedAt === null && acknowledgedByPersonId === id;
