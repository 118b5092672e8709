import { PROPOSED_VERSION, type Programme } from '@varde/plans';
import { METRICS, REASONS, type Metric } from '@varde/vitals';
import type { Rule } from './catalogue.js';
import { amountOf, type Telling } from './condition.js';
import type { Amount, Op } from './conditions.js';
import type { AppliedLimit, Words } from './finding.js';

const UNIT_NB: Readonly<Record<string, string>> = {
  '%': '%',
  'mm[Hg]': 'mmHg',
  Cel: '°C',
  '/min': 'per minutt',
  kg: 'kg',
  h: 'timer',
  'percentage points': 'prosentpoeng',
  '{score}': 'poeng',
  '{flag}': '',
};
const UNIT_EN: Readonly<Record<string, string>> = {
  '%': '%',
  'mm[Hg]': 'mmHg',
  Cel: '°C',
  '/min': 'per minute',
  kg: 'kg',
  h: 'hours',
  '{score}': 'points',
  '{flag}': '',
};
const OP_NB: Readonly<Record<Op, string>> = { '<=': 'eller lavere', '>=': 'eller høyere', '<': 'under', '>': 'over' };
const OP_EN: Readonly<Record<Op, string>> = { '<=': 'or lower', '>=': 'or higher', '<': 'below', '>': 'above' };
const PROGRAMME_WORDS: Readonly<Record<Programme, Words>> = {
  copd: { nb: 'KOLS', en: 'COPD' },
  hf: { nb: 'hjertesvikt', en: 'heart failure' },
  htn: { nb: 'høyt blodtrykk', en: 'hypertension' },
  dm: { nb: 'diabetes', en: 'diabetes' },
  frail: { nb: 'skrøpelige eldre', en: 'frail older adults' },
};
/** Reasons of refusal that the wire gives for a whole value; those of the plausibility table are in `REASONS`. */
const REFUSED_WORDS: Readonly<Record<string, Words>> = {
  implausible: { nb: 'verdien er ikke mulig', en: 'the value is not possible' },
  quarantined: { nb: 'ser ut som en annen enhet eller ombytting', en: 'looks like another unit or a swap' },
  'special-value': { nb: 'apparatet ga en kode, ikke et tall', en: 'the device gave a code, not a number' },
  'below-range': { nb: 'lavere enn apparatet kan vise', en: 'lower than the device can show' },
  'above-range': { nb: 'høyere enn apparatet kan vise', en: 'higher than the device can show' },
  'no-value': { nb: 'apparatet ga ingen verdi', en: 'the device gave no value' },
  'device-invalid': { nb: 'apparatet sier at verdien er ugyldig', en: 'the device says the value is invalid' },
  unit: { nb: 'enheten er ukjent', en: 'the unit is unknown' },
  clock: { nb: 'tidspunktet kan ikke fastslås', en: 'its time cannot be known' },
  conflict: { nb: 'apparatet har sendt to ulike verdier for samme måling', en: 'the device sent two different values for one measurement' },
};

/** Two sentences or parts of them, one after the other. */
export function join(parts: readonly Words[], separator: string | Words = ' '): Words {
  const { nb, en } = typeof separator === 'string' ? { nb: separator, en: separator } : separator;
  return { nb: parts.map((part) => part.nb).join(nb), en: parts.map((part) => part.en).join(en) };
}

/** A number for people: at least `decimals` decimals, at most two, so that what is shown never hides which side of a limit it lies. */
export function numberWords(value: number, decimals = 0): Words {
  const rounded = Math.round(value * 100) / 100;
  const needed = Number.isInteger(rounded) ? 0 : Number.isInteger(Math.round(rounded * 1000) / 100) ? 1 : 2;
  const en = rounded.toFixed(Math.max(decimals, needed));
  return { nb: en.replace('.', ','), en };
}

/** A number with its unit. */
export function amountWords(value: number, unit: string, decimals = 0): Words {
  const number = numberWords(value, decimals);
  const unitEn = unit === '{score}' && value === 1 ? 'point' : (UNIT_EN[unit] ?? unit);
  return { nb: `${number.nb} ${UNIT_NB[unit] ?? unit}`, en: unit === '%' ? `${number.en}%` : `${number.en} ${unitEn}` };
}

/** A value of a metric with its unit, such as `82,1 kg`; a grade has none. */
export function valueWords(metric: Metric, value: number): Words {
  const { unit, decimals } = METRICS[metric];
  return metric === 'mmrc-grade' ? numberWords(value) : amountWords(value, unit, decimals);
}

/** Name of a metric at the beginning of a sentence. */
export function metricWords(metric: Metric): Words {
  const { nb, en } = METRICS[metric];
  return { nb: capital(nb), en: capital(en) };
}

/** A text with a capital first letter; abbreviations such as `mMRC` stay as they are written. */
export function capital(text: string): string {
  return /^.\p{Lu}/u.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1);
}

/** A comparison that holds: `83 % eller lavere`, `under 88 %`. */
export function opWords(op: Op, limit: Words): Words {
  const after = op === '<=' || op === '>=';
  return {
    nb: after ? `${limit.nb} ${OP_NB[op]}` : `${OP_NB[op]} ${limit.nb}`,
    en: after ? `${limit.en} ${OP_EN[op]}` : `${OP_EN[op]} ${limit.en}`,
  };
}

/** A comparison of how far something has moved, either way: `3 prosentpoeng eller mer`, `mer enn 3 prosentpoeng`. */
export function changeWords(op: Op, by: Words): Words {
  const isReached = op === '<=' || op === '>=';
  return isReached ? { nb: `${by.nb} eller mer`, en: `${by.en} or more` } : { nb: `mer enn ${by.nb}`, en: `more than ${by.en}` };
}

/** Where a limit comes from: `standardgrense for KOLS`, `enhetens grense, versjon 1`, `personlig grense, versjon 2`. */
function sourceWords(rule: Rule, limit: AppliedLimit | null): Words {
  if (limit !== null && limit.version === PROPOSED_VERSION) return { nb: 'foreslått grense', en: 'proposed limit' };
  if (limit !== null && limit.source === 'personal') {
    return { nb: `personlig grense, versjon ${limit.version}`, en: `personal limit, version ${limit.version}` };
  }
  if (limit !== null && limit.source === 'unit') {
    return { nb: `enhetens grense, versjon ${limit.version}`, en: `limit of the unit, version ${limit.version}` };
  }
  const [only, ...others] = rule.programmes;
  if (only === undefined || others.length > 0) return { nb: 'generell standardgrense', en: 'general default limit' };
  const programme = PROGRAMME_WORDS[only];
  return { nb: `standardgrense for ${programme.nb}`, en: `default limit for ${programme.en}` };
}

/** A limit of a trigger with the value in force, and where that comes from. */
export function limitWords(limit: Amount, { rule, limits }: Telling): { readonly value: number; readonly source: Words } {
  const value = amountOf(
    limit,
    limits.map((each) => each.value),
  );
  return { value, source: sourceWords(rule, limits[limit.parameter] ?? null) };
}

/** A change of a metric: percentage points where the metric is a percentage. */
export function pointWords(metric: Metric, points: number): Words {
  const { unit } = METRICS[metric];
  if (unit !== '%') return valueWords(metric, points);
  const number = amountWords(points, '', 0);
  return { nb: `${number.nb}prosentpoeng`, en: `${number.en}percentage points` };
}

/** Why a value is doubtful or refused; a reason without words of its own is given as it is. */
export function doubtWords(reason: string): Words {
  const known: Readonly<Record<string, Words>> = REASONS;
  return known[reason] ?? REFUSED_WORDS[reason] ?? { nb: reason, en: reason };
}

const MINUTE_MS = 60_000;

/** A length of time: minutes below two hours, hours below two days, then days. */
export function durationWords(lengthMs: number): Words {
  const minutes = Math.round(lengthMs / MINUTE_MS);
  if (minutes < 120) return { nb: `${minutes} min`, en: `${minutes} min` };
  const hours = Math.round(minutes / 60);
  if (hours < 48) return { nb: `${hours} timer`, en: `${hours} hours` };
  const days = Math.round(hours / 24);
  return { nb: `${days} dager`, en: `${days} days` };
}
