/**
 * Everything the synthetic cohort takes for granted. "README" is the clinical rule reference (`clinical/README.md`), by section; what is
 * marked "assumed" has no published number there and is our own, set before the first run and not tuned.
 */

/** Seeds the figures are published for. Nothing may be chosen by what they give. */
export const TEST_SEEDS: readonly string[] = ['test-1', 'test-2', 'test-3', 'test-4', 'test-5'];
/** For whoever changes a rule, or this generator. */
export const TUNING_SEEDS: readonly string[] = ['tuning-1', 'tuning-2', 'tuning-3'];

/** Days measured before the year begins, so that baselines exist: 28 days ending 3 days before, and a week to spare (README 7, baseline). */
export const WARM_UP_DAYS = 38;
export const YEAR_DAYS = 364;

/** Days without any measurement (README 2.2, United4Health: "no data 7 % of days"). */
export const MISSING_SHARE = 0.07;
/** Chance that the day after a missing one is missing too: mean run 1.5 days (assumed). */
export const MISSING_AGAIN = 1 / 3;

/** README 2.5, own simulation: "baselines 89-94, day-to-day SD 1.0 point and 5 beats (Hurst), lag-1 correlation 0.3, extra device noise 0.7 points and 2 beats". */
export const SPO2 = { baselineFrom: 89, baselineTo: 94, daySd: 1.0, lag1: 0.3, deviceSd: 0.7 };
/** Same line; resting pulse between 66 and 88 (assumed). */
export const PULSE = { baselineFrom: 66, baselineTo: 88, daySd: 5, lag1: 0.3, deviceSd: 2 };
/** README 3.1, own simulation: lag-1 correlation 0.5, 0.1 kg resolution, the middle SD of 0.4 / 0.6 / 0.8 kg; drift and size assumed. */
export const WEIGHT = { from: 55, to: 95, daySd: 0.6, lag1: 0.5, deviceSd: 0.05, driftKgPerYear: 1 };
/** Assumed: home systolic pressure of treated older people, and a cuff's own scatter. */
export const SYSTOLIC = { baselineFrom: 118, baselineTo: 142, daySd: 8, lag1: 0.3, deviceSd: 4, pulsePressure: 55 };
/** Assumed. */
export const TEMPERATURE = { baseline: 36.5, daySd: 0.2, lag1: 0.3, deviceSd: 0.15 };
/** Assumed: morning glucose of treated older people. */
export const GLUCOSE = { baselineFrom: 7, baselineTo: 10, daySd: 1.6, lag1: 0.2, deviceSd: 0.3 };
/** README 2.3: CAT 19.4 when stable; the smallest important change is 2, taken as its scatter. Spread over people assumed. */
export const CAT = { mean: 19.4, betweenSd: 5, weekSd: 1.5 };
/** Assumed: breathlessness 0-10 when stable. */
export const DYSPNOEA = { from: 1.5, to: 3.5, daySd: 0.8 };

/** Who has what (assumed); everybody has COPD. */
export const MIX: readonly { readonly programmes: readonly ('hf' | 'dm' | 'frail' | 'htn')[]; readonly share: number }[] = [
  { programmes: [], share: 0.45 },
  { programmes: ['hf'], share: 0.2 },
  { programmes: ['dm'], share: 0.12 },
  { programmes: ['frail'], share: 0.1 },
  { programmes: ['htn'], share: 0.05 },
  { programmes: ['hf', 'dm'], share: 0.05 },
  { programmes: ['hf', 'frail'], share: 0.03 },
];

/** Issue 3: "2.5 exacerbations a year". */
export const EXACERBATIONS_PER_YEAR = 2.5;
/** No two begin closer than this (assumed). */
export const APART_DAYS = 28;
/**
 * README 2.5: symptoms rose 5 days, and the oximetry composite changed 7 days, before treatment: days from onset to the worst day.
 * README 9.1: 8.1 to 9.5 days from there until it is over.
 */
export const EXACERBATION = { riseDaysFrom: 4, riseDaysTo: 7, plateauDays: 1.5, recoveryDaysFrom: 8, recoveryDaysTo: 10 };
/**
 * How far values go on the worst day. README 2.5: pulse rise and SpO2 fall together separate with AUC 0.83, which is about one SD each
 * (1 point, 5 beats) on a mean day of an exacerbation, twice that on the worst; README 2.1 (Rome): moderate is a change of more than 3
 * points and a pulse from 95. Shares and the split into grades are assumed so that both hold.
 */
export const GRADES: readonly {
  readonly share: number;
  readonly spo2Fall: number;
  readonly pulseRise: number;
  readonly dyspnoea: number;
  readonly cat: number;
}[] = [
  { share: 0.5, spo2Fall: 1.2, pulseRise: 6, dyspnoea: 2, cat: 3.5 },
  { share: 0.35, spo2Fall: 3, pulseRise: 12, dyspnoea: 3.5, cat: 5.5 },
  { share: 0.15, spo2Fall: 5.5, pulseRise: 20, dyspnoea: 5.5, cat: 7 },
];
/** Chance that an exacerbation brings a symptom at all (assumed; README 2.3 names them: three major, the minor ones). */
export const SYMPTOMS_OF_EXACERBATION: Readonly<Record<string, number>> = {
  dyspnoea_worse: 0.85,
  sputum_more: 0.6,
  sputum_colour: 0.45,
  cough_worse: 0.7,
  wheeze_worse: 0.45,
  cold_or_sore_throat: 0.35,
  fever_felt: 0.15,
};
/** A symptom begins when this share of the worst day is reached, and is then reported on so many of the days (assumed). */
export const SYMPTOM_BEGINS = { from: 0.15, to: 0.6, reportedShare: 0.9 };

/**
 * Spells of symptoms that need nothing. README 2.5: the two-day pattern came up 8.8 times a patient-year; what is left after the
 * exacerbations simulated here. Two to four days (assumed).
 */
export const FLARES = { perYear: 8.8 - EXACERBATIONS_PER_YEAR, daysFrom: 1, daysTo: 4 };
/** On an ordinary day, each single symptom is reported so often (assumed). */
export const STRAY_SYMPTOM = 0.01;

/** README 3.1: 64 decompensations in 74 patients; their time is not given there, taken as a year. */
export const DECOMPENSATIONS_PER_YEAR = 64 / 74;
/** README 3.1: gain ramps of 0.15 to 0.3 kg a day; the last two weeks, of which symptoms in the last five days (2.5); back in a week (assumed). */
export const DECOMPENSATION = { kgPerDayFrom: 0.15, kgPerDayTo: 0.3, riseDays: 12, recoveryDays: 7, symptomsLastDays: 5, pulseRise: 8 };

/** README 3.2: 768 emergency calls in 1,383 patient-years. */
export const EMERGENCIES_PER_YEAR = 768 / 1383;
/**
 * Of them with low saturation; the rest are answers alone, or low glucose where there is diabetes (assumed). All numbers assumed. A third of the
 * saturations lie where the default red limit waits half an hour for a re-measure (84 to 87), above where the critical one fires at once.
 */
export const EMERGENCY = {
  respiratoryShare: 0.6,
  spo2From: 75,
  spo2To: 87.5,
  waitsFrom: 83.5,
  pulseRise: 30,
  answersShare: 0.6,
  glucoseFrom: 2.3,
  glucoseTo: 2.9,
  /** From the true onset to the first measurement. */
  measuredAfterMinFrom: 3,
  measuredAfterMinTo: 30,
  lastsHours: 6,
  awayDays: 3,
};

/**
 * Technique. README 9.3: 54 % of false alerts came from wrong technique; README 7: consumer oximeters had a positive predictive value of
 * 11-30 % for real hypoxaemia. How often and how far is assumed; a repeat after rest is free of it so often (assumed).
 */
export const COLD_FINGER = { share: 0.03, lowFrom: 3, lowTo: 10, pulseOff: 12, gone: 0.85 };
export const RESTLESS_CUFF = { share: 0.05, systolicUp: 22, pulseUp: 12, gone: 0.85 };
/** README 8: another person on the scale is to be expected; how often is assumed. */
export const WRONG_PERSON = { share: 0.005, offKgFrom: 8, offKgTo: 25, gone: 0.95 };

/** A request to measure again: how often it is followed, and how long after the rest (assumed). During an emergency less often. */
export const REMEASURE = { followed: 0.8, followedInEmergency: 0.5, afterMinFrom: 2, afterMinTo: 18 };

/** Measured in the morning, spread over two hours; on its way for a minute (assumed). */
export const MORNING = { atHour: 8, spreadMin: 30, uploadSec: 60 };

/** The nurse: yellow is seen within the service day, red and critical at once; README 2.4. Closing assumed. */
export const NURSE = { takesYellowMin: 240, takesRedMin: 15, closesAfterClearHours: 24, closesAfterSignalHours: 72 };

/**
 * The fixed limits compared with: those of the published COPD early-discharge programme (README 2.2: over 90 on air, pulse 50-100,
 * temperature under 37.8, systolic 90-180), weight of the ESC (README 3.1: more than 2 kg in 3 days), low glucose under 3.9 (README 5).
 */
export const FIXED = {
  spo2Below: 90,
  pulseBelow: 50,
  pulseAbove: 100,
  systolicBelow: 90,
  systolicAbove: 180,
  temperatureFrom: 37.8,
  weightGainKg: 2,
  weightDays: 3,
  glucoseBelow: 3.9,
};
