import type { Home, HomeAsk } from '@varde/look';
import type { AnswerSet, RefusedValue, RuleReading } from '@varde/rules';
import { checkAgainstHistory, plausibility, type Metric, type Timed } from '@varde/vitals';
import type { Chance } from '../../../devices/person/chance.js';
import {
  CAT,
  COLD_FINGER,
  EMERGENCY,
  GLUCOSE,
  MORNING,
  PULSE,
  REMEASURE,
  RESTLESS_CUFF,
  SPO2,
  STRAY_SYMPTOM,
  SYMPTOM_BEGINS,
  SYSTOLIC,
  TEMPERATURE,
  WEIGHT,
  WRONG_PERSON,
} from './assumptions.js';
import { DAYS, dayStartMs, toolsOf, YEAR_TO_MS, type SimulatedPerson, type Tool } from './person.js';
import { between, shareOf } from './spells.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const CAT_DAYS = 7;

const DAILY_ITEMS = ['breathless_at_rest_severe', 'chest_pain', 'fainted', 'plan_step_started', 'contact_request'];
const COPD_ITEMS = ['dyspnoea_worse', 'sputum_more', 'sputum_colour', 'cough_worse', 'wheeze_worse', 'cold_or_sore_throat', 'fever_felt'];
const HF_ITEMS = ['swelling_worse', 'lightheaded', 'slept_propped_up', 'woke_breathless', 'much_worse'];
/** Never said by chance: what calls for help at once, or at night. */
const NEVER_STRAY = new Set([...DAILY_ITEMS, 'slept_propped_up', 'woke_breathless', 'much_worse', 'sputum_colour']);

/** Everything a home sends. */
export interface Sent {
  readonly readings: RuleReading[];
  readonly refused: RefusedValue[];
  readonly answers: AnswerSet[];
}

/** A simulated home: what it sends by itself, and what it sends when it is asked to measure again. */
export class SimulatedHome implements Home {
  readonly sent: Sent = { readings: [], refused: [], answers: [] };
  /** First arrival of each emergency, by its onset. */
  readonly firstToldMs = new Map<number, number>();
  /** Requests that were made, and those that were followed. */
  asked = 0;
  followed = 0;
  private readonly chance: Chance;
  private readonly usedFor = new Map<number, Tool>();
  private readonly previous = new Map<Metric, Timed>();
  private lastId = 0;

  constructor(readonly person: SimulatedPerson) {
    this.chance = person.chance.branch('home');
    const emergencies = person.spells.filter(({ kind }) => kind === 'emergency');
    const moments: { readonly atMs: number; readonly isWeekly: boolean; readonly onsetMs: number | null }[] = [];
    for (let day = 0; day < DAYS; day++) {
      const atMs = dayStartMs(day) + MORNING.atHour * HOUR_MS + MORNING.spreadMin * this.chance.bell() * MINUTE_MS;
      const isAway = emergencies.some(({ endMs }) => atMs >= endMs && atMs < awayUntilMs(endMs));
      if (person.measures[day] === true && !isAway) moments.push({ atMs, isWeekly: day % CAT_DAYS === 0, onsetMs: null });
    }
    for (const { onsetMs, endMs } of emergencies) {
      const atMs = onsetMs + between(this.chance, EMERGENCY.measuredAfterMinFrom, EMERGENCY.measuredAfterMinTo) * MINUTE_MS;
      if (atMs < endMs && atMs < YEAR_TO_MS) moments.push({ atMs, isWeekly: false, onsetMs });
    }
    moments.sort((a, b) => a.atMs - b.atMs);
    for (const { atMs, isWeekly, onsetMs } of moments) {
      const at = new Date(Math.floor(atMs));
      const receivedAt = new Date(at.getTime() + MORNING.uploadSec * 1000);
      for (const tool of toolsOf(person)) this.use(tool, at, receivedAt, false);
      if (isWeekly) this.use('cat', at, receivedAt, false);
      if (onsetMs !== null) this.firstToldMs.set(onsetMs, receivedAt.getTime());
    }
  }

  /** What comes of requests to measure again: the true state then, with new noise; a wrong technique is mostly put right. */
  answer(asks: readonly HomeAsk[], now: Date): readonly RuleReading[] {
    const before = this.sent.readings.length;
    for (const { measurementId, restMinutes, times, answerBy } of asks) {
      const tool = measurementId === null ? undefined : this.usedFor.get(measurementId);
      if (tool === undefined) continue;
      this.asked++;
      const isEmergency = this.person.spells.some((spell) => spell.kind === 'emergency' && shareOf(spell, now.getTime()) > 0);
      if (this.chance.next() >= (isEmergency ? REMEASURE.followedInEmergency : REMEASURE.followed)) continue;
      const waits = restMinutes + between(this.chance, REMEASURE.afterMinFrom, REMEASURE.afterMinTo);
      for (let time = 0; time < times; time++) {
        const at = new Date(Math.floor(now.getTime() + (waits + time * 1.5) * MINUTE_MS));
        if (at < answerBy && at.getTime() < YEAR_TO_MS) this.use(tool, at, new Date(at.getTime() + 10_000), true);
      }
      this.followed++;
    }
    return this.sent.readings.splice(before);
  }

  private use(tool: Tool, at: Date, receivedAt: Date, isRepeat: boolean): void {
    const measurementId = ++this.lastId;
    this.usedFor.set(measurementId, tool);
    const times = { measurementId, observedAt: at, receivedAt };
    if (tool === 'questions' || tool === 'cat') {
      this.sent.answers.push({ questionnaire: tool === 'cat' ? 'weekly' : 'daily', items: this.itemsOf(tool, at), ...times });
    }
    for (const [metric, value] of this.valuesOf(tool, at.getTime(), isRepeat)) {
      const { verdict, reason } = { reason: null, ...plausibility(metric, value) };
      if (verdict === 'refused') {
        this.sent.refused.push({ refusedId: measurementId, metric, reason: reason ?? '', value, observedAt: at, receivedAt });
        continue;
      }
      const doubt = reason ?? this.doubtOf(metric, { value, observedAt: at });
      this.sent.readings.push({ metric, value, doubt, ...times });
      if (doubt === null) this.previous.set(metric, { value, observedAt: at });
    }
  }

  private doubtOf(metric: Metric, reading: Timed): string | null {
    return checkAgainstHistory(metric, reading, this.previous.get(metric) ?? null, null)?.reason ?? null;
  }

  private valuesOf(tool: Tool, atMs: number, isRepeat: boolean): [Metric, number][] {
    const { chance } = this;
    const state = this.person.stateAt(atMs);
    const wrong = ({ share, gone }: { readonly share: number; readonly gone: number }): boolean =>
      chance.next() < (isRepeat ? share * (1 - gone) : share);
    switch (tool) {
      case 'oximeter': {
        const cold = wrong(COLD_FINGER);
        const low = cold ? between(chance, COLD_FINGER.lowFrom, COLD_FINGER.lowTo) : 0;
        const off = cold ? COLD_FINGER.pulseOff * chance.bell() : 0;
        return [
          ['spo2', Math.min(100, Math.round(state.spo2 - low + SPO2.deviceSd * chance.bell()))],
          ['pulse', Math.round(state.pulse + off + PULSE.deviceSd * chance.bell())],
        ];
      }
      case 'scale': {
        const sign = chance.next() < 0.5 ? -1 : 1;
        const other = wrong(WRONG_PERSON) ? sign * between(chance, WRONG_PERSON.offKgFrom, WRONG_PERSON.offKgTo) : 0;
        return [['weight', Math.round((state.weight + other + WEIGHT.deviceSd * chance.bell()) * 10) / 10]];
      }
      case 'cuff': {
        const restless = wrong(RESTLESS_CUFF);
        const systolic = Math.round(state.systolic + (restless ? RESTLESS_CUFF.systolicUp : 0) + SYSTOLIC.deviceSd * chance.bell());
        return [
          ['systolic', systolic],
          ['diastolic', Math.round(systolic - SYSTOLIC.pulsePressure + SYSTOLIC.deviceSd * chance.bell())],
          ['pulse', Math.round(state.pulse + (restless ? RESTLESS_CUFF.pulseUp : 0) + PULSE.deviceSd * chance.bell())],
        ];
      }
      case 'thermometer':
        return [['temperature', Math.round((state.temperature + TEMPERATURE.deviceSd * chance.bell()) * 10) / 10]];
      case 'glucometer':
        return [['glucose', Math.round(Math.max(1.2, state.glucose + GLUCOSE.deviceSd * chance.bell()) * 10) / 10]];
      case 'questions':
        return [['dyspnoea-vas', Math.round(Math.min(10, Math.max(0, state.dyspnoea)))]];
      case 'cat':
        return [['cat-score', Math.round(Math.min(40, Math.max(0, state.cat + CAT.weekSd * chance.bell())))]];
    }
  }

  /** Every item that is asked, answered by what is there now. A feeling of being worse all in all goes with any symptom of a spell. */
  private itemsOf(tool: Tool, at: Date): Record<string, boolean> {
    if (tool === 'cat') return {};
    const { programmes, spells } = this.person;
    const asked = [...DAILY_ITEMS, ...COPD_ITEMS, ...(programmes.includes('hf') ? HF_ITEMS : [])];
    const items: Record<string, boolean> = {};
    let isWorse = false;
    for (const item of asked) {
      const isThere = spells.some((spell) => {
        const begins = spell.symptoms.get(item);
        const share = begins === undefined ? 0 : shareOf(spell, at.getTime());
        return begins !== undefined && share > 0 && share >= begins;
      });
      const isSaid = isThere && this.chance.next() < (DAILY_ITEMS.includes(item) ? 1 : SYMPTOM_BEGINS.reportedShare);
      const isStray = !NEVER_STRAY.has(item) && this.chance.next() < STRAY_SYMPTOM;
      items[item] = isSaid || isStray;
      isWorse ||= isSaid;
    }
    items['symptoms_worse'] = isWorse;
    // One question for all programmes: its answer comes under both names.
    if (programmes.includes('hf')) items['breathlessness_worse'] = items['dyspnoea_worse'] === true;
    return items;
  }
}

/** Until when somebody is in hospital after an emergency that ended at `endMs`. */
export function awayUntilMs(endMs: number): number {
  return endMs + EMERGENCY.awayDays * 24 * HOUR_MS;
}
