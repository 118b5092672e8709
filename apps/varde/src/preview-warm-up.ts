import { PROGRAMMES, type CarePlan } from '@varde/plans';
import { DEFAULT_PATHWAY, teamOf, unitOf } from '@varde/routing';
import type { Metric } from '@varde/vitals';
import type { PreviewQuestion } from './preview-question.js';

type PackedReadings = PreviewQuestion['history']['packed'][number];

const DAY_MS = 86_400_000;
const UNTIL_MS = Date.UTC(2026, 0, 31);
/** Days that are previewed, and days of readings. */
const DAYS = 10;
const PAST_DAYS = 40;
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];
/** Of the days one in seven is bad. */
const BAD_EVERY = 7;

const MEASURED: readonly (readonly [metric: Metric, usual: number, bad: number, hours: readonly number[]])[] = [
  ['spo2', 93, 86.5, [7, 12, 19]],
  ['pulse', 74, 118, [7, 12, 19]],
  ['weight', 80, 83, [8]],
  ['systolic', 134, 178, [8]],
  ['diastolic', 80, 104, [8]],
];

/**
 * A preview of nobody, asked so that the code is compiled before somebody asks: a made-up patient in all programmes with some bad days, and a lower
 * saturation limit. The same at any time.
 */
export function madeUpQuestion(): PreviewQuestion {
  const since = new Date(UNTIL_MS - PAST_DAYS * DAY_MS);
  const plan: CarePlan = {
    ...{ patientId: 0, zone: 'Europe/Oslo', limits: [], unitLimits: [], references: [], pauses: [] },
    enrolments: PROGRAMMES.map((programme) => ({ programme, from: since, to: null })),
    schedule: (['spo2', 'weight', 'systolic'] as const).map((metric) => ({
      ...{ metric, atLocal: '09:00', weekdays: EVERY_DAY, from: since, to: null },
    })),
  };
  const openingHours = [{ weekdays: EVERY_DAY, from: '00:00', to: '24:00' }];
  return {
    ...{ plan, planVersion: 1, pathway: DEFAULT_PATHWAY },
    team: teamOf([unitOf({ id: 1, name: 'Nobody', careLevel: 'dho', zone: 'Europe/Oslo', openingHours })]),
    history: {
      packed: MEASURED.map((measured, at) => packed(measured, at)),
      ...{ refused: [], answers: [], dailyMedians: [], episodes: [], acts: [], contacts: [], snoozes: [] },
    },
    changes: [{ kind: 'limit', ruleId: 'copd.spo2.below_target', parameter: 'target_low', value: 86 }],
    ...{ from: new Date(UNTIL_MS - DAYS * DAY_MS), to: new Date(UNTIL_MS) },
  };
}

function packed([metric, usual, bad, hours]: (typeof MEASURED)[number], at: number): PackedReadings {
  const times = Array.from({ length: PAST_DAYS }, (_, day) =>
    hours.map((hour) => UNTIL_MS + (day - PAST_DAYS) * DAY_MS + hour * 3_600_000),
  ).flat();
  const valueAt = (_: number, place: number): number =>
    (Math.floor(place / hours.length) % BAD_EVERY === 0 ? bad : usual) + (place % 3) / 2;
  return {
    metric,
    ids: JSON.stringify(times.map((_, place) => at * 1_000 + place)),
    values: JSON.stringify(times.map(valueAt)),
    observed: JSON.stringify(times),
    received: JSON.stringify(times.map((ms) => ms + 2_000)),
    doubts: null,
  };
}
