import { localDayNumber, type CarePlan, type Planned, type Programme, type Reference, type ReferenceKey } from '@varde/plans';
import {
  judge,
  type AnswerSet,
  type Catalogue,
  type DailyMedian,
  type Judgement,
  type OpenEpisode,
  type RefusedValue,
  type RuleReading,
  type StandingRule,
} from '@varde/rules';
import type { Metric } from '@varde/vitals';

const ZONE = 'Europe/Oslo';
const NOON_MS = Date.parse('2026-03-18T11:00:00Z');
const at = (h: number): Date => new Date(NOON_MS + Math.round(h * 3_600_000));
const TODAY = localDayNumber(ZONE, NOON_MS);

/** `[metric, value, hours from noon]`; values at one hour are one act. */
export type Value = readonly [metric: Metric, value: number, h?: number];
/** What is known of a patient. */
export interface Scenario {
  readonly values?: readonly Value[];
  readonly answers?: readonly { readonly h?: number; readonly yes?: readonly string[]; readonly items?: AnswerSet['items'] }[];
  readonly baseline?: Partial<Record<Metric, number>>;
  readonly medians?: readonly DailyMedian[];
  readonly references?: Partial<Record<ReferenceKey, number>>;
  /** What is to be measured at six every morning. */
  readonly planned?: readonly Planned[];
  /** Values refused at noon: of what, and why. */
  readonly refused?: readonly (readonly [metric: Metric | null, reason: string])[];
  readonly openEpisodes?: readonly OpenEpisode[];
}

const ASKED = [
  ...['dyspnoea_worse', 'sputum_more', 'sputum_colour', 'cough_worse', 'swelling_worse', 'lightheaded', 'fainted', 'breathlessness_worse'],
  ...['numb_or_weak', 'vomiting', 'chest_pain', 'fall', 'head_injury'],
];
const setOf = (h: number, yes: readonly string[], items: AnswerSet['items'] = {}): AnswerSet => ({
  measurementId: 900_000 + Math.round(h * 100),
  questionnaire: 'daily',
  items: { ...Object.fromEntries([...ASKED, ...yes].map((item) => [item, yes.includes(item)])), ...items },
  observedAt: at(h),
  receivedAt: at(h),
});
const readingOf = ([metric, value, h = 0]: Value): RuleReading => ({
  measurementId: 100_000 + Math.round(h * 100),
  metric,
  value,
  observedAt: at(h),
  receivedAt: at(h),
  doubt: null,
});
/** A stored day of a metric. */
export const medianAgo = (metric: Metric, days: number, median: number): DailyMedian => ({
  metric,
  day: TODAY - days,
  median,
  highest: median,
  readings: 1,
});
const reference = ([key, value]: [string, number]): Reference => ({
  ...{ id: 1, key: key as ReferenceKey, value, reason: 'agreed', setByPersonId: 1 },
  ...{ validFrom: at(-2400), validTo: null, reviewBy: null, version: 1 },
});

const refusal = ([metric, reason]: readonly [Metric | null, string], id: number): RefusedValue => ({
  ...{ refusedId: id + 1, metric, reason, observedAt: at(0), receivedAt: at(0) },
});

/** Of which rule, in which programme, with which personal limits. */
export interface Setting {
  readonly programme: Programme;
  readonly ruleId: string;
  /** Personal limits by parameter. */
  readonly limits?: Readonly<Record<string, number>>;
  readonly standing?: readonly StandingRule[];
  readonly fromH?: number;
}

/** Judges a patient at noon. */
export function judged(
  catalogue: Catalogue,
  { values = [], answers = [], baseline = {}, medians = [], references = {}, planned = [], refused = [], openEpisodes = [] }: Scenario,
  setting: Setting,
): Judgement {
  const { programme, ruleId, limits = {}, standing = [], fromH = -0.5 } = setting;
  const plan: CarePlan = {
    ...{ patientId: 1, zone: ZONE, unitLimits: [], pauses: [] },
    schedule: planned.map((metric) => ({ metric, atLocal: '06:00', weekdays: [1, 2, 3, 4, 5, 6, 7], from: at(-100), to: null })),
    enrolments: [{ programme, from: at(-2400), to: null }],
    limits: Object.entries(limits).map(([parameter, value], index) => ({
      ...{ id: index + 1, ruleId, parameter, value, reason: 'agreed', setByPersonId: 1, version: 2 },
      ...{ setAt: at(-2400), validFrom: at(-2400), validTo: null },
    })),
    references: Object.entries(references).map(reference),
    ruleSwitches: [
      {
        ...{ id: 1, unitId: 1, ruleId: 'copd.exact.event', enabled: true, reason: 'licence', setByPersonId: 1 },
        validFrom: at(-2400),
        validTo: null,
        version: 1,
      },
    ],
  };
  const days = Object.entries(baseline).flatMap(([metric, median]) =>
    Array.from({ length: 28 }, (_, index) => medianAgo(metric as Metric, 3 + index, median)),
  );
  const window = {
    readings: values.map(readingOf),
    answers: answers.map(({ h = 0, yes = [], items }) => setOf(h, yes, items)),
    dailyMedians: [...days, ...medians],
    refused: refused.map(refusal),
    lastObserved: [],
    contact: { devices: [], blind: [] },
  };
  return judge({ catalogue, plan, window, unlookedFrom: at(fromH), openEpisodes, standing, recorded: [], now: at(0.9) });
}

/** Fired, or waits for the re-measure that its profile asks for: the limit is broken. */
export const breaks = (judgement: Judgement, ruleId: string): boolean =>
  judgement.findings.some((finding) => finding.ruleId === ruleId && ['fire', 'pending', 'fire_unconfirmed'].includes(finding.result));
