import type { Metric } from '@varde/vitals';
import { seededChance, type Chance } from '../../../devices/person/chance.js';
import {
  CAT,
  DYSPNOEA,
  GLUCOSE,
  MISSING_AGAIN,
  MISSING_SHARE,
  MIX,
  PULSE,
  SPO2,
  SYSTOLIC,
  TEMPERATURE,
  WARM_UP_DAYS,
  WEIGHT,
  YEAR_DAYS,
} from './assumptions.js';
import { between, drawSpells, pick, shareOf, type Spell } from './spells.js';

export const DAY_MS = 86_400_000;
/** The year that is judged begins here, midnight at home; far from now, so that nobody takes it for real. */
export const YEAR_FROM_MS = Date.parse('2031-01-06T00:00:00+01:00');
export const YEAR_TO_MS = YEAR_FROM_MS + YEAR_DAYS * DAY_MS;
const FIRST_DAY_MS = YEAR_FROM_MS - WARM_UP_DAYS * DAY_MS;
export const DAYS = WARM_UP_DAYS + YEAR_DAYS;

/** What a simulated person's body is like at a moment, before anything is measured. */
export type State = Readonly<Record<'spo2' | 'pulse' | 'weight' | 'systolic' | 'temperature' | 'glucose' | 'dyspnoea', number>> & {
  readonly cat: number;
};

/** A simulated person: drawn from a seed, the same every time. */
export interface SimulatedPerson {
  readonly patientId: number;
  readonly chance: Chance;
  readonly programmes: readonly ('copd' | 'hf' | 'dm' | 'frail' | 'htn')[];
  readonly spells: readonly Spell[];
  /** By day of the simulation: whether anything is measured. */
  readonly measures: readonly boolean[];
  /** Saturation when stable. */
  readonly usualSpo2: number;
  readonly usualWeight: number;
  stateAt(atMs: number): State;
}

/** First instant of a day of the simulation, as its number. The clock of the home stands still: one offset all year. */
export function dayStartMs(day: number): number {
  return FIRST_DAY_MS + day * DAY_MS;
}

/** Number of the day of the simulation that a moment lies in. */
function dayOf(atMs: number): number {
  return Math.floor((atMs - FIRST_DAY_MS) / DAY_MS);
}

/** Makes a person. */
export function drawPerson(seed: string, patientId: number): SimulatedPerson {
  const chance = seededChance(`${seed}/${patientId}`);
  const own = chance.branch('body');
  const programmes = ['copd' as const, ...pick(own, MIX).programmes];
  const has = { hf: programmes.includes('hf'), dm: programmes.includes('dm') };
  const usual = {
    spo2: between(own, SPO2.baselineFrom, SPO2.baselineTo),
    pulse: between(own, PULSE.baselineFrom, PULSE.baselineTo),
    weight: between(own, WEIGHT.from, WEIGHT.to),
    systolic: between(own, SYSTOLIC.baselineFrom, SYSTOLIC.baselineTo),
    temperature: TEMPERATURE.baseline,
    glucose: between(own, GLUCOSE.baselineFrom, GLUCOSE.baselineTo),
    dyspnoea: between(own, DYSPNOEA.from, DYSPNOEA.to),
    cat: CAT.mean + CAT.betweenSd * own.bell(),
  };
  const spells = drawSpells(chance.branch('spells'), has, { fromMs: FIRST_DAY_MS, toMs: YEAR_TO_MS });
  const drift = WEIGHT.driftKgPerYear * own.bell();
  const wander = {
    spo2: days(chance.branch('spo2'), SPO2),
    pulse: days(chance.branch('pulse'), PULSE),
    weight: days(chance.branch('weight'), WEIGHT),
    systolic: days(chance.branch('systolic'), SYSTOLIC),
    temperature: days(chance.branch('temperature'), TEMPERATURE),
    glucose: days(chance.branch('glucose'), GLUCOSE),
    dyspnoea: days(chance.branch('dyspnoea'), { daySd: DYSPNOEA.daySd, lag1: 0.3 }),
  };
  const stateAt = (atMs: number): State => {
    const day = dayOf(atMs);
    const state = {
      spo2: usual.spo2 + (wander.spo2[day] ?? 0),
      pulse: usual.pulse + (wander.pulse[day] ?? 0),
      weight: usual.weight + (wander.weight[day] ?? 0) + (drift * (day - WARM_UP_DAYS)) / 365,
      systolic: usual.systolic + (wander.systolic[day] ?? 0),
      temperature: usual.temperature + (wander.temperature[day] ?? 0),
      glucose: usual.glucose + (wander.glucose[day] ?? 0),
      dyspnoea: usual.dyspnoea + (wander.dyspnoea[day] ?? 0),
      cat: usual.cat,
    };
    for (const spell of spells) suffer(state, spell, shareOf(spell, atMs));
    return state;
  };
  const measures = measuredDays(chance.branch('missing'));
  return { patientId, chance, programmes, spells, measures, usualSpo2: usual.spo2, usualWeight: usual.weight, stateAt };
}

function suffer(state: { -readonly [Key in keyof State]: State[Key] }, spell: Spell, share: number): void {
  if (share === 0) return;
  state.spo2 = spell.spo2 === null ? state.spo2 - share * spell.spo2Fall : Math.min(state.spo2, spell.spo2);
  state.pulse += share * spell.pulseRise;
  state.weight += share * spell.weightKg;
  state.temperature += share * spell.fever;
  if (spell.glucose !== null) state.glucose = spell.glucose;
  state.dyspnoea += share * spell.dyspnoea;
  state.cat += share * spell.cat;
}

/** How each day lies off what is usual: deviation and lag-1 correlation as given. */
function days(chance: Chance, { daySd, lag1 }: { readonly daySd: number; readonly lag1: number }): Float64Array {
  const found = new Float64Array(DAYS);
  const fresh = Math.sqrt(1 - lag1 * lag1);
  let value = chance.bell();
  for (let day = 0; day < DAYS; day++) {
    found[day] = daySd * value;
    value = lag1 * value + fresh * chance.bell();
  }
  return found;
}

function measuredDays(chance: Chance): boolean[] {
  // So that the share of missing days comes out as given, however often they come in a row.
  const begins = (MISSING_SHARE * (1 - MISSING_AGAIN)) / (1 - MISSING_SHARE);
  let isMissing = false;
  return Array.from({ length: DAYS }, () => {
    isMissing = chance.next() < (isMissing ? MISSING_AGAIN : begins);
    return !isMissing;
  });
}

/** What a home measures with. */
export type Tool = 'oximeter' | 'scale' | 'cuff' | 'thermometer' | 'glucometer' | 'questions' | 'cat';

/** What leads each device in a care plan. */
export const LEADS: Readonly<Record<Exclude<Tool, 'questions' | 'cat'>, Metric>> = {
  oximeter: 'spo2',
  scale: 'weight',
  cuff: 'systolic',
  thermometer: 'temperature',
  glucometer: 'glucose',
};

/** What a person measures every morning; the CAT once a week. */
export function toolsOf({ programmes }: Pick<SimulatedPerson, 'programmes'>): readonly Tool[] {
  const tools: Tool[] = ['oximeter', 'questions'];
  if (programmes.includes('hf')) tools.push('scale');
  if (programmes.includes('hf') || programmes.includes('htn')) tools.push('cuff');
  if (programmes.includes('frail')) tools.push('thermometer');
  if (programmes.includes('dm')) tools.push('glucometer');
  return tools;
}
