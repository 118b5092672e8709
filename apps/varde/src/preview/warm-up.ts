import { PROGRAMMES, type CarePlan, type Programme } from '@varde/plans';
import { DEFAULT_PATHWAY, teamOf, unitOf } from '@varde/routing';
import type { Metric } from '@varde/vitals';
import type { PreviewQuestion } from './question.js';

type PackedReadings = PreviewQuestion['history']['packed'][number];

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** No device measures more often in a day. */
const TIMES_A_DAY_MAX = 3;
const UNTIL_MS = Date.UTC(2026, 0, 31);
/** Days that are previewed, and days of readings: as when somebody asks. */
const DAYS = 90;
const PAST_DAYS = 145;
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];
/** Of so many days the first few are bad, and one day in so many nothing is measured. */
const BAD_SPELL = { everyDays: 45, days: 6 };
const MISSING_EVERY = 14;

interface Measured {
  readonly metric: Metric;
  readonly usual: number;
  readonly worse: number;
  readonly scatter: number;
}

interface Device {
  /** Of the day. */
  readonly minutes: readonly number[];
  readonly values: readonly Measured[];
}

const DEVICES: readonly Device[] = [
  {
    minutes: [480, 780, 1200],
    values: [
      { metric: 'spo2', usual: 92, worse: -5, scatter: 3 },
      { metric: 'pulse', usual: 76, worse: 22, scatter: 12 },
    ],
  },
  { minutes: [486], values: [{ metric: 'weight', usual: 80, worse: 2, scatter: 0.6 }] },
  {
    minutes: [492],
    values: [
      { metric: 'systolic', usual: 132, worse: -12, scatter: 14 },
      { metric: 'diastolic', usual: 78, worse: -4, scatter: 8 },
    ],
  },
];

/**
 * A preview of nobody, asked so that the code is compiled before somebody asks: a made-up patient who is measured and falls ill as others do, and a
 * lower saturation limit. What the compiler has not met it has to learn while somebody waits, so another patient each turn: every second one in all
 * programmes. The same at any time.
 */
export function madeUpQuestion(turn: number): PreviewQuestion {
  const since = new Date(UNTIL_MS - PAST_DAYS * DAY_MS);
  const programmes: readonly Programme[] = turn % 2 === 0 ? ['copd', 'hf'] : PROGRAMMES;
  const plan: CarePlan = {
    patientId: 0,
    zone: 'Europe/Oslo',
    limits: [],
    unitLimits: [],
    references: [],
    pauses: [],
    enrolments: programmes.map((programme) => ({ programme, from: since, to: null })),
    schedule: (['spo2', 'weight', 'systolic'] as const).map((metric) => ({
      metric,
      atLocal: '09:00',
      weekdays: EVERY_DAY,
      from: since,
      to: null,
    })),
  };
  const openingHours = [{ weekdays: EVERY_DAY, from: '00:00', to: '24:00' }];
  return {
    plan,
    planVersion: 1,
    pathway: DEFAULT_PATHWAY,
    team: teamOf([unitOf({ id: 1, name: 'Nobody', careLevel: 'dho', zone: 'Europe/Oslo', openingHours })]),
    history: {
      packed: DEVICES.flatMap((device, place) => packed(device, place, turn)),
      refused: [],
      answers: [],
      afterExercise: new Set(),
      dailyMedians: [],
      episodes: [],
      acts: [],
      contacts: [],
      snoozes: [],
    },
    changes: [{ kind: 'limit', ruleId: 'copd.spo2.below_target', parameter: 'target_low', value: 86 }],
    from: new Date(UNTIL_MS - DAYS * DAY_MS),
    to: new Date(UNTIL_MS),
  };
}

/** Everything one device measured: one measurement is one act, however many values it has. */
function packed({ minutes, values }: Device, place: number, turn: number): PackedReadings[] {
  const days = Array.from({ length: PAST_DAYS }, (_, day) => day).filter((day) => (day + turn) % MISSING_EVERY !== 0);
  const acts = days.flatMap((day) =>
    minutes.map((minute, nth) => ({ day, minute, id: 1 + nth + (day * DEVICES.length + place) * TIMES_A_DAY_MAX })),
  );
  const times = acts.map(({ day, minute }) => UNTIL_MS + (day - PAST_DAYS) * DAY_MS + minute * MINUTE_MS);
  return values.map(({ metric, usual, worse, scatter }) => ({
    metric,
    ids: JSON.stringify(acts.map(({ id }) => id)),
    values: JSON.stringify(
      acts.map(({ day, id }) => {
        const isBad = (day + turn * 13) % BAD_SPELL.everyDays < BAD_SPELL.days;
        return Math.round((usual + (isBad ? worse : 0) + scatter * noise(id + usual + turn)) * 10) / 10;
      }),
    ),
    observed: JSON.stringify(times),
    received: JSON.stringify(times.map((ms) => ms + 2_000)),
    doubts: null,
  }));
}

/** Between -1 and 1, looking like chance. */
function noise(of: number): number {
  return Math.sin(of * 12.9898) * Math.cos(of * 78.233);
}
