/** What a reading can be of. The closed list of the wire contract; anything else is parked, never guessed. */
export type Metric =
  | 'systolic'
  | 'diastolic'
  | 'systolic-standing'
  | 'diastolic-standing'
  | 'map'
  | 'pulse'
  | 'spo2'
  | 'perfusion-index'
  | 'weight'
  | 'height'
  | 'bmi'
  | 'body-fat'
  | 'temperature'
  | 'respiratory-rate'
  | 'fev1'
  | 'fvc'
  | 'pef'
  | 'glucose'
  | 'o2-flow'
  | 'cat-score'
  | 'mmrc-grade'
  | 'dyspnoea-vas'
  | 'exact-score'
  | 'irregular-pulse'
  | 'news2-score';

/** How one metric is stored, coded and shown. */
export interface MetricEntry {
  /** Canonical UCUM unit: every stored value is in it. */
  readonly unit: string;
  /** LOINC code, or null where no source names one. NEWS2 has none: 88330-6 is a mobility item of an admission form. */
  readonly loinc: string | null;
  /** IEEE 11073-10101 code (partition x 65536 + term), or null. */
  readonly mdc: number | null;
  /** Decimals to show; never used to round what is stored. */
  readonly decimals: number;
  readonly en: string;
  readonly nb: string;
}

/**
 * Every metric with its canonical unit, codes and names.
 * Pulse carries the oximeter's MDC code; a cuff's pulse is 149546 in an 11073 export.
 * Body fat has no code yet: none was read in a source.
 */
export const METRICS: Readonly<Record<Metric, MetricEntry>> = {
  systolic: { unit: 'mm[Hg]', loinc: '8480-6', mdc: 150021, decimals: 0, en: 'systolic pressure', nb: 'overtrykk' },
  diastolic: { unit: 'mm[Hg]', loinc: '8462-4', mdc: 150022, decimals: 0, en: 'diastolic pressure', nb: 'undertrykk' },
  'systolic-standing': {
    unit: 'mm[Hg]',
    loinc: '8460-8',
    mdc: null,
    decimals: 0,
    en: 'standing systolic pressure',
    nb: 'stående overtrykk',
  },
  'diastolic-standing': {
    unit: 'mm[Hg]',
    loinc: '8454-1',
    mdc: null,
    decimals: 0,
    en: 'standing diastolic pressure',
    nb: 'stående undertrykk',
  },
  map: { unit: 'mm[Hg]', loinc: '8478-0', mdc: 150023, decimals: 0, en: 'mean arterial pressure', nb: 'middeltrykk' },
  pulse: { unit: '/min', loinc: '8867-4', mdc: 149530, decimals: 0, en: 'pulse', nb: 'puls' },
  spo2: { unit: '%', loinc: '59408-5', mdc: 150456, decimals: 0, en: 'oxygen saturation', nb: 'oksygenmetning' },
  'perfusion-index': { unit: '%', loinc: '61006-3', mdc: 150448, decimals: 1, en: 'perfusion index', nb: 'perfusjonsindeks' },
  weight: { unit: 'kg', loinc: '29463-7', mdc: 188736, decimals: 1, en: 'weight', nb: 'vekt' },
  height: { unit: 'cm', loinc: '8302-2', mdc: 188740, decimals: 0, en: 'height', nb: 'høyde' },
  bmi: { unit: 'kg/m2', loinc: '39156-5', mdc: 188752, decimals: 1, en: 'body mass index', nb: 'kroppsmasseindeks' },
  'body-fat': { unit: '%', loinc: null, mdc: null, decimals: 1, en: 'body fat', nb: 'kroppsfett' },
  temperature: { unit: 'Cel', loinc: '8310-5', mdc: 150364, decimals: 1, en: 'temperature', nb: 'temperatur' },
  'respiratory-rate': { unit: '/min', loinc: '9279-1', mdc: 151562, decimals: 0, en: 'respiratory rate', nb: 'pustefrekvens' },
  fev1: { unit: 'L', loinc: '20150-9', mdc: 152586, decimals: 2, en: 'FEV1', nb: 'FEV1' },
  fvc: { unit: 'L', loinc: '19868-9', mdc: 188928, decimals: 2, en: 'FVC', nb: 'FVC' },
  pef: { unit: 'L/min', loinc: '33452-4', mdc: 152584, decimals: 0, en: 'peak expiratory flow', nb: 'PEF' },
  glucose: { unit: 'mmol/L', loinc: '15074-8', mdc: 160184, decimals: 1, en: 'blood glucose', nb: 'blodsukker' },
  'o2-flow': { unit: 'L/min', loinc: '3151-8', mdc: null, decimals: 1, en: 'oxygen flow', nb: 'oksygentilførsel' },
  'cat-score': { unit: '{score}', loinc: null, mdc: null, decimals: 0, en: 'CAT score', nb: 'CAT-skår' },
  'mmrc-grade': { unit: '{score}', loinc: null, mdc: null, decimals: 0, en: 'mMRC grade', nb: 'mMRC-grad' },
  'dyspnoea-vas': { unit: '{score}', loinc: null, mdc: null, decimals: 0, en: 'breathlessness 0 to 10', nb: 'tungpust 0 til 10' },
  'exact-score': { unit: '{score}', loinc: null, mdc: null, decimals: 0, en: 'EXACT score', nb: 'EXACT-skår' },
  'irregular-pulse': { unit: '{flag}', loinc: null, mdc: null, decimals: 0, en: 'irregular pulse', nb: 'uregelmessig puls' },
  'news2-score': { unit: '{score}', loinc: null, mdc: null, decimals: 0, en: 'NEWS2 score', nb: 'NEWS2-skår' },
};

const KNOWN: ReadonlySet<string> = new Set(Object.keys(METRICS));

/** Whether a text is one of the metrics. */
export function isMetric(text: string): text is Metric {
  return KNOWN.has(text);
}
