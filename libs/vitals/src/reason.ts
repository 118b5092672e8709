import type { DoubtReason, RefusedReason } from './plausible.js';

/** A sentence in both of the console's languages. */
export interface Sentence {
  readonly en: string;
  readonly nb: string;
}

/** Every reason for doubt or refusal in words, for people. */
export const REASONS: Readonly<Record<DoubtReason | RefusedReason, Sentence>> = {
  'not-a-number': { en: 'not a number', nb: 'ikke et tall' },
  'below-possible': { en: 'lower than possible', nb: 'lavere enn mulig' },
  'above-possible': { en: 'higher than possible', nb: 'høyere enn mulig' },
  'not-a-whole-number': { en: 'a score must be a whole number', nb: 'en skår må være et helt tall' },
  'looks-like-fraction': { en: 'looks like a fraction, not per cent', nb: 'ser ut som en brøk, ikke prosent' },
  'looks-like-fahrenheit': { en: 'looks like degrees Fahrenheit', nb: 'ser ut som grader Fahrenheit' },
  'looks-like-mg-per-dl': { en: 'looks like mg/dL, not mmol/L', nb: 'ser ut som mg/dL, ikke mmol/L' },
  'looks-like-kpa': { en: 'looks like kPa, not mmHg', nb: 'ser ut som kPa, ikke mmHg' },
  swapped: { en: 'diastolic above systolic, perhaps swapped', nb: 'undertrykk over overtrykk, kanskje byttet om' },
  'systolic-equals-diastolic': { en: 'systolic not above diastolic', nb: 'overtrykk ikke høyere enn undertrykk' },
  'map-not-between': { en: 'mean pressure not between diastolic and systolic', nb: 'middeltrykk ikke mellom undertrykk og overtrykk' },
  'unusually-low': { en: 'unusually low, measure again', nb: 'uvanlig lav, mål på nytt' },
  'unusually-high': { en: 'unusually high, measure again', nb: 'uvanlig høy, mål på nytt' },
  'pulse-pressure': { en: 'unusual distance between systolic and diastolic', nb: 'uvanlig avstand mellom overtrykk og undertrykk' },
  'partner-refused': { en: 'another value of the same measurement was refused', nb: 'en annen verdi i samme måling ble avvist' },
  jump: { en: 'a large step from the last readings', nb: 'stort sprang fra de siste målingene' },
  'looks-like-pounds': { en: 'looks like pounds, not kilograms', nb: 'ser ut som pund, ikke kilo' },
  'looks-like-kilograms': { en: 'earlier weights look like another unit', nb: 'tidligere vekt ser ut til å ha en annen enhet' },
  'looks-like-stones': { en: 'looks like stones, not kilograms', nb: 'ser ut som stone, ikke kilo' },
  'pulses-differ': { en: 'oximeter and cuff disagree on the pulse', nb: 'oksymeter og mansjett er uenige om pulsen' },
  'device-questionable': { en: 'the device itself doubts the value', nb: 'apparatet er selv usikkert på verdien' },
  'before-enrolment': { en: 'measured before the patient was followed', nb: 'målt før pasienten ble fulgt opp' },
  'time-unknown': { en: 'it is not known when it was measured', nb: 'det er ikke kjent når det ble målt' },
  'wearer-unsure': { en: 'it is not known who wore the device then', nb: 'det er ikke kjent hvem som brukte enheten da' },
  'after-exercise': { en: 'measured after exercise', nb: 'målt etter anstrengelse' },
  'after-exercise-unsure': { en: 'measured after exercise, and doubtful', nb: 'målt etter anstrengelse, og usikker' },
  preliminary: { en: 'an early estimate of the device', nb: 'et tidlig anslag fra apparatet' },
};
