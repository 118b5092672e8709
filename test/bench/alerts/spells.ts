import type { Chance } from '../../../devices/person/chance.js';
import {
  APART_DAYS,
  DECOMPENSATION,
  DECOMPENSATIONS_PER_YEAR,
  EMERGENCIES_PER_YEAR,
  EMERGENCY,
  EXACERBATION,
  EXACERBATIONS_PER_YEAR,
  FLARES,
  GRADES,
  SYMPTOM_BEGINS,
  SYMPTOMS_OF_EXACERBATION,
} from './assumptions.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Something that happens to a simulated patient. What it does to values is a share (0 to 1) of what it does at its worst. */
export interface Spell {
  /** A `flare` is no event: symptoms that need nothing. */
  readonly kind: 'exacerbation' | 'decompensation' | 'emergency' | 'flare';
  readonly onsetMs: number;
  /** The worst of it begins: when help would be sought without monitoring. */
  readonly peakMs: number;
  readonly recoversMs: number;
  readonly endMs: number;
  readonly spo2Fall: number;
  readonly pulseRise: number;
  readonly dyspnoea: number;
  readonly cat: number;
  readonly fever: number;
  readonly weightKg: number;
  /** What the saturation or glucose is during it, whatever it was before; null: not touched. */
  readonly spo2: number | null;
  readonly glucose: number | null;
  /** Symptoms by the share from which they are there. */
  readonly symptoms: ReadonlyMap<string, number>;
}

const NOTHING = { spo2Fall: 0, pulseRise: 0, dyspnoea: 0, cat: 0, fever: 0, weightKg: 0, spo2: null, glucose: null };

/** Evenly between two numbers. */
export function between(chance: Chance, from: number, to: number): number {
  return from + (to - from) * chance.next();
}

/** How far a spell has come: 0 before and after it, 1 at its worst. */
export function shareOf({ onsetMs, peakMs, recoversMs, endMs }: Spell, atMs: number): number {
  if (atMs < onsetMs || atMs >= endMs) return 0;
  if (atMs < peakMs) return (atMs - onsetMs) / (peakMs - onsetMs);
  return atMs < recoversMs ? 1 : (endMs - atMs) / (endMs - recoversMs);
}

/** Whether a spell is something a nurse should know of at a moment. */
export function isTrueEvent({ kind, onsetMs, endMs }: Spell, atMs: number): boolean {
  return kind !== 'flare' && atMs >= onsetMs && atMs < endMs;
}

/** Beginnings so many a year, at chance, none nearer to another than `apartDays`. */
function beginnings(chance: Chance, perYear: number, period: Period, apartDays: number): number[] {
  // Waiting times of what is left of the mean after the rest that always follows.
  const meanDays = Math.max(1, 365 / perYear - apartDays);
  const found: number[] = [];
  let atMs = period.fromMs + between(chance, 0, 365 / perYear) * DAY_MS;
  while (atMs < period.toMs) {
    found.push(atMs);
    atMs += (apartDays - meanDays * Math.log(1 - chance.next())) * DAY_MS;
  }
  return found;
}

interface Period {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Everything that will happen to a patient in a period, in no order. */
export function drawSpells(chance: Chance, has: { readonly hf: boolean; readonly dm: boolean }, period: Period): Spell[] {
  const of = (name: string, perYear: number, apartDays: number, make: (chance: Chance, atMs: number) => Spell): Spell[] => {
    const own = chance.branch(name);
    return beginnings(own, perYear, period, apartDays).map((atMs) => make(own, atMs));
  };
  return [
    ...of('exacerbations', EXACERBATIONS_PER_YEAR, APART_DAYS, exacerbation),
    ...of('flares', FLARES.perYear, FLARES.daysTo, flare),
    ...(has.hf ? of('decompensations', DECOMPENSATIONS_PER_YEAR, APART_DAYS, decompensation) : []),
    ...of('emergencies', EMERGENCIES_PER_YEAR, APART_DAYS, (own, atMs) => emergency(own, atMs, has.dm)),
  ];
}

function exacerbation(chance: Chance, onsetMs: number): Spell {
  const grade = pick(chance, GRADES);
  const scale = between(chance, 0.8, 1.2);
  const symptoms = new Map<string, number>();
  for (const [item, share] of Object.entries(SYMPTOMS_OF_EXACERBATION)) {
    if (chance.next() < share) symptoms.set(item, between(chance, SYMPTOM_BEGINS.from, SYMPTOM_BEGINS.to));
  }
  const peakMs = onsetMs + between(chance, EXACERBATION.riseDaysFrom, EXACERBATION.riseDaysTo) * DAY_MS;
  const recoversMs = peakMs + EXACERBATION.plateauDays * DAY_MS;
  return {
    ...NOTHING,
    kind: 'exacerbation',
    onsetMs,
    peakMs,
    recoversMs,
    endMs: recoversMs + between(chance, EXACERBATION.recoveryDaysFrom, EXACERBATION.recoveryDaysTo) * DAY_MS,
    spo2Fall: grade.spo2Fall * scale,
    pulseRise: grade.pulseRise * scale,
    dyspnoea: grade.dyspnoea * scale,
    cat: grade.cat * scale,
    fever: symptoms.has('fever_felt') ? 1.8 : 0,
    symptoms,
  };
}

/** One major symptom and one minor one, of the kind that passes. */
function flare(chance: Chance, onsetMs: number): Spell {
  const endMs = onsetMs + between(chance, FLARES.daysFrom, FLARES.daysTo) * DAY_MS;
  const major = chance.next() < 0.5 ? 'dyspnoea_worse' : 'sputum_more';
  const minor = chance.next() < 0.6 ? 'cough_worse' : 'cold_or_sore_throat';
  const symptoms = new Map([
    [major, 0],
    [minor, 0],
  ]);
  return { ...NOTHING, kind: 'flare', onsetMs, peakMs: onsetMs, recoversMs: endMs, endMs, dyspnoea: 1, cat: 1, symptoms };
}

function decompensation(chance: Chance, onsetMs: number): Spell {
  const { kgPerDayFrom, kgPerDayTo, riseDays, recoveryDays, symptomsLastDays, pulseRise } = DECOMPENSATION;
  const peakMs = onsetMs + riseDays * DAY_MS;
  const begins = 1 - symptomsLastDays / riseDays;
  const symptoms = new Map([['swelling_worse', begins]]);
  if (chance.next() < 0.7) symptoms.set('dyspnoea_worse', begins);
  if (chance.next() < 0.25) symptoms.set('slept_propped_up', 0.85);
  const weightKg = between(chance, kgPerDayFrom, kgPerDayTo) * riseDays;
  const recoversMs = peakMs + DAY_MS;
  const times = { onsetMs, peakMs, recoversMs, endMs: recoversMs + recoveryDays * DAY_MS };
  return { ...NOTHING, kind: 'decompensation', ...times, weightKg, pulseRise, spo2Fall: 1, dyspnoea: 2.5, cat: 3, symptoms };
}

function emergency(chance: Chance, onsetMs: number, hasDiabetes: boolean): Spell {
  const peakMs = onsetMs;
  const endMs = onsetMs + EMERGENCY.lastsHours * HOUR_MS;
  const base = { ...NOTHING, kind: 'emergency' as const, onsetMs, peakMs, recoversMs: endMs, endMs };
  if (chance.next() < EMERGENCY.respiratoryShare) {
    const says = chance.next() < EMERGENCY.answersShare;
    return {
      ...base,
      spo2: between(chance, EMERGENCY.spo2From, EMERGENCY.spo2To),
      pulseRise: EMERGENCY.pulseRise,
      dyspnoea: 5,
      symptoms: new Map(says ? [['breathless_at_rest_severe', 0]] : []),
    };
  }
  if (hasDiabetes && chance.next() < 0.5) {
    return { ...base, glucose: between(chance, EMERGENCY.glucoseFrom, EMERGENCY.glucoseTo), symptoms: new Map() };
  }
  return { ...base, symptoms: new Map([[chance.next() < 0.5 ? 'chest_pain' : 'fainted', 0]]) };
}

/** One of a list by its share. */
export function pick<Item extends { readonly share: number }>(chance: Chance, items: readonly Item[]): Item {
  let left = chance.next();
  for (const item of items) {
    left -= item.share;
    if (left < 0) return item;
  }
  const last = items.at(-1);
  if (last === undefined) throw new RangeError('nothing to pick from');
  return last;
}
