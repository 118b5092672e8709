import type { Programme, ScheduledMeasurement } from '@varde/plans';

const DAY_MS = 86_400_000;
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];
const MORNING = '09:00';
const EVENING = '19:00';
const ALWAYS = { atLocal: MORNING, onlyInEpisode: false } as const;

/** One item of a programme's rhythm; days are counted from the start of the programme. */
interface Rhythm {
  readonly metric: ScheduledMeasurement['metric'];
  readonly atLocal: string;
  readonly weekdays: readonly number[];
  readonly fromDay: number;
  /** Null: until the programme ends. */
  readonly toDay: number | null;
  readonly onlyInEpisode: boolean;
}

function startThen(metric: Rhythm['metric'], startDays: number, then: readonly number[]): Rhythm[] {
  return [
    { metric, ...ALWAYS, weekdays: EVERY_DAY, fromDay: 0, toDay: startDays },
    { metric, ...ALWAYS, weekdays: then, fromDay: startDays, toDay: null },
  ];
}

/** Every day again for as long as an episode is open, once the daily beginning is over. */
function dailyInEpisode(metric: Rhythm['metric'], startDays: number): Rhythm {
  return { metric, atLocal: MORNING, weekdays: EVERY_DAY, fromDay: startDays, toDay: null, onlyInEpisode: true };
}

/**
 * `programmes[].schedule_default` of the catalogue, as measurements: the one that leads each act (the oximeter's pulse comes with its
 * saturation, the cuff's diastolic with its systolic), and the questions asked with them: one session a day, whatever the programmes
 * (libs/plans/src/questionnaires). Diabetes is "as ordered": nothing by default.
 */
const RHYTHMS: Readonly<Record<Programme, readonly Rhythm[]>> = {
  copd: [
    ...startThen('spo2', 14, [1, 4]),
    ...startThen('questionnaire:daily', 14, [1, 4]),
    { metric: 'questionnaire:weekly', ...ALWAYS, weekdays: [1], fromDay: 0, toDay: null },
    dailyInEpisode('spo2', 14),
    dailyInEpisode('questionnaire:daily', 14),
  ],
  hf: [
    { metric: 'weight', ...ALWAYS, weekdays: EVERY_DAY, fromDay: 0, toDay: null },
    ...startThen('systolic', 14, [1, 3, 5]),
    ...startThen('questionnaire:daily', 14, [1, 3, 5]),
  ],
  htn: [
    ...startThen('systolic', 7, [1, 4]),
    { metric: 'systolic', ...ALWAYS, atLocal: EVENING, weekdays: EVERY_DAY, fromDay: 0, toDay: 7 },
    { metric: 'systolic', ...ALWAYS, atLocal: EVENING, weekdays: [1, 4], fromDay: 7, toDay: null },
  ],
  dm: [],
  frail: [
    ...startThen('weight', 14, [1]),
    ...startThen('systolic', 14, [1]),
    ...startThen('systolic-standing', 14, [1]),
    ...startThen('questionnaire:daily', 14, [1, 3, 5]),
  ],
};

/** The measurements a programme asks for when nothing else is agreed, for somebody who starts at `from`. */
export function defaultSchedule(programme: Programme, from: Date): ScheduledMeasurement[] {
  const day = (days: number): Date => new Date(from.getTime() + days * DAY_MS);
  return RHYTHMS[programme].map(({ fromDay, toDay, ...item }) => ({
    ...item,
    from: day(fromDay),
    to: toDay === null ? null : day(toDay),
  }));
}
