import { seededChance } from './chance.js';

/** What a simulated person is like; each shows one thing that happens in real homes. */
export type Course =
  /** COPD without change: day-to-day noise of about 1 point SpO2 and 5 beats (clinical reference, section 0.3). */
  | 'stable'
  /** COPD getting worse over days: saturation falls, pulse and temperature rise. */
  | 'exacerbation'
  /** Heart failure gaining fluid: weight rises by several hundred grams a day. */
  | 'fluid'
  /** Well, but measures only now and then. */
  | 'forgetful'
  /** Well, with devices whose clock is hours off. */
  | 'wrong_clock'
  /** Well, with an oximeter that uploads its whole memory at every connection. */
  | 'repeater';

/** A simulated person. The same seed gives the same life. */
export interface Person {
  readonly seed: string;
  readonly course: Course;
  /** When the worsening of an exacerbation or of fluid begins; null for those who stay well. */
  readonly worseningFrom: Date | null;
  /** How long the worsening takes to full strength, in hours: days in life, minutes in a demonstration. */
  readonly worseningHours: number;
  /** When treatment that works was begun: what was worse is over two days later. Left out: none was. */
  readonly treatedFrom?: Date;
}

/** The true state of a person at a moment, before any device measures it. */
export interface State {
  readonly spo2Percent: number;
  readonly pulsePerMin: number;
  readonly systolicMmHg: number;
  readonly diastolicMmHg: number;
  readonly tempCelsius: number;
  readonly weightKg: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** How long treatment that works takes. */
const TREATED_HOURS = 48;
/** Points of saturation lost, beats and degrees gained, kilograms gained at full strength of a worsening. */
const WORST = { spo2Percent: -11, pulsePerMin: 24, tempCelsius: 1.2, weightKg: 3.2 };

/** The person at a moment: their own usual values, slow day-to-day noise, and how far a worsening has come (0 to 1). */
export function stateAt(person: Person, at: Date): State {
  const usual = usualValues(person);
  const noise = dayNoise(person, at);
  const worse = worsening(person, at);
  const lungs = person.course === 'exacerbation' ? worse : 0;
  const fluid = person.course === 'fluid' ? worse : 0;
  return {
    spo2Percent: Math.min(99, usual.spo2Percent + noise('spo2') + lungs * WORST.spo2Percent),
    pulsePerMin: usual.pulsePerMin + 5 * noise('pulse') + lungs * WORST.pulsePerMin + fluid * 8,
    systolicMmHg: usual.systolicMmHg + 7 * noise('systolic') + fluid * 10,
    diastolicMmHg: usual.diastolicMmHg + 4 * noise('diastolic') + fluid * 4,
    tempCelsius: usual.tempCelsius + 0.2 * noise('temperature') + lungs * WORST.tempCelsius,
    weightKg: usual.weightKg + 0.35 * noise('weight') + fluid * WORST.weightKg,
  };
}

/** How far a worsening has come: 0 before it begins, 1 at full strength. */
export function worsening(person: Person, at: Date): number {
  if (person.worseningFrom === null) return 0;
  const share = (at.getTime() - person.worseningFrom.getTime()) / (person.worseningHours * HOUR_MS);
  const worse = Math.max(0, Math.min(1, share));
  if (person.treatedFrom === undefined) return worse;
  const treated = (at.getTime() - person.treatedFrom.getTime()) / (TREATED_HOURS * HOUR_MS);
  return worse * (1 - Math.max(0, Math.min(1, treated)));
}

function usualValues(person: Person): State {
  const chance = seededChance(`${person.seed}/usual`);
  const between = (low: number, high: number): number => low + chance.next() * (high - low);
  return {
    spo2Percent: between(92, 95),
    pulsePerMin: between(66, 84),
    systolicMmHg: between(118, 138),
    diastolicMmHg: between(70, 82),
    tempCelsius: between(36.3, 36.8),
    weightKg: between(58, 96),
  };
}

/** Noise with a little memory from one day to the next (lag-1 correlation of about 0.3), the same whenever it is asked. */
function dayNoise(person: Person, at: Date): (what: string) => number {
  const day = Math.floor(at.getTime() / DAY_MS);
  const on = (what: string, which: number): number => seededChance(`${person.seed}/${what}/${which}`).bell();
  return (what) => 0.95 * on(what, day) + 0.3 * on(what, day - 1);
}
