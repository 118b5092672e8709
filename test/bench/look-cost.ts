import { rehearse, standardPeople, type RehearsalInput } from '@varde/look';
import { PROGRAMMES } from '@varde/plans';
import { DEFAULT_PATHWAY, teamOf, unitOf } from '@varde/routing';
import type { AnswerSet, RuleReading } from '@varde/rules';
import { openCatalogue } from '../../apps/varde/src/catalogue.js';
import type { Bench } from './rig.js';
import { medianOf, rounded } from './statistics.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const UNTIL = Date.parse('2026-06-01T00:00:00+02:00');
/** Days that are looked at; before them lies the history. */
const LOOKED_DAYS = 30;
const AGREED = { reason: 'agreed', setByPersonId: 1, validTo: null, version: 1 } as const;
const REFERENCE_VALUES = [
  ['dry-weight', 79],
  ['spo2-target-88-92', 1],
  ['home-oxygen', 0],
] as const;
const HISTORIES = { month: 30, years: 3 * 365 } as const;

/**
 * What a look costs with the whole catalogue for a patient who follows all five programmes, without the database; and how that grows from a
 * month of history to three years. Both turn by turn, so that a drift of the machine falls on both.
 */
export const lookCost: Bench = async (run) => {
  const catalogue = await openCatalogue();
  const inputs = { month: inputOf(catalogue, HISTORIES.month), years: inputOf(catalogue, HISTORIES.years) };
  const idle = await run.quiet();
  const rounds = run.isTrial ? 2 : 40;
  const microseconds: Record<'month' | 'years', number[]> = { month: [], years: [] };
  let looks = 0;
  for (let round = -2; round < rounds; round++) {
    for (const arm of round % 2 === 0 ? (['month', 'years'] as const) : (['years', 'month'] as const)) {
      const cost = costOf(inputs[arm]);
      looks = cost.looks;
      if (round >= 0) microseconds[arm].push(cost.perLookUs);
    }
  }
  const ratios = microseconds.years.map((years, at) => years / (microseconds.month[at] ?? Number.NaN));
  const detail = { looksEach: looks, rounds, rules: catalogue.rules.length, idleBefore: idle };
  return [
    {
      bench: 'look-cost',
      figure: 'a look at a patient in five programmes, processor time in microseconds',
      value: rounded(medianOf(microseconds.years)),
      range: [rounded(Math.min(...microseconds.years)), rounded(Math.max(...microseconds.years))],
      gate: null,
      aim: null,
      better: 'lower',
      detail,
    },
    {
      bench: 'look-cost',
      figure: 'cost of a look with 3 years of history over 1 month',
      value: rounded(medianOf(ratios), 2),
      range: [rounded(Math.min(...ratios), 2), rounded(Math.max(...ratios), 2)],
      gate: 1.3,
      aim: 1.1,
      better: 'lower',
      detail,
    },
  ];
};

/** Processor time of the looks of the last days; what lies before them is taken in first and not counted. */
function costOf(input: RehearsalInput): { readonly perLookUs: number; readonly looks: number } {
  let first: NodeJS.CpuUsage | null = null;
  const { looks } = rehearse({ ...input, onLook: () => (first ??= process.cpuUsage()) });
  const used = process.cpuUsage(first ?? undefined);
  return { perLookUs: (used.user + used.system) / Math.max(1, looks - 1), looks };
}

function inputOf(catalogue: RehearsalInput['agreement']['catalogue'], days: number): RehearsalInput {
  const from = new Date(UNTIL - LOOKED_DAYS * DAY_MS);
  const since = new Date(from.getTime() - days * DAY_MS);
  const everyDay = { weekdays: [1, 2, 3, 4, 5, 6, 7], from: since, to: null };
  return {
    agreement: {
      catalogue,
      plan: {
        patientId: 1,
        zone: 'Europe/Oslo',
        limits: [{ ...AGREED, id: 1, ruleId: 'gen.spo2.low', parameter: 'limit', value: 90, validFrom: since, setAt: since }],
        unitLimits: [],
        references: REFERENCE_VALUES.map(([key, value], at) => ({ ...AGREED, id: at + 1, key, value, reviewBy: null, validFrom: since })),
        pauses: [],
        enrolments: PROGRAMMES.map((programme) => ({ programme, from: since, to: null })),
        schedule: (['spo2', 'weight', 'systolic'] as const).map((metric) => ({ metric, atLocal: '09:00', ...everyDay })),
      },
      team: teamOf([
        unitOf({
          id: 1,
          name: 'Follow-up',
          careLevel: 'dho',
          zone: 'Europe/Oslo',
          openingHours: [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00' }],
        }),
      ]),
      pathway: DEFAULT_PATHWAY,
      frozenPathways: [],
      snoozes: [],
    },
    readings: readingsOf(since),
    refused: [],
    answers: answersOf(since),
    episodes: [],
    recorded: [],
    from,
    to: new Date(UNTIL),
    people: standardPeople,
  };
}

/** Every question of the day each evening, answered with no but for a symptom now and then. */
function answersOf(since: Date): AnswerSet[] {
  const questions = [
    'breathless_at_rest_severe',
    'chest_pain',
    'dyspnoea_worse',
    'sputum_more',
    'sputum_colour',
    'cough_worse',
    'swelling_worse',
  ];
  const answers: AnswerSet[] = [];
  for (let at = since.getTime() + 19 * HOUR_MS, day = 0; at < UNTIL; at += DAY_MS, day++) {
    const items = Object.fromEntries(questions.map((item, place) => [item, place > 1 && (day * 7 + place * 3) % 11 === 0]));
    const [observedAt, receivedAt] = [new Date(at), new Date(at + 2_000)];
    answers.push({ measurementId: 1_000_000 + day, questionnaire: 'daily', items, observedAt, receivedAt });
  }
  return answers;
}

/** Three oximeter acts, a weighing, a cuff, a thermometer and a glucose value a day; the same last days whatever lies before. */
function readingsOf(since: Date): RuleReading[] {
  const readings: RuleReading[] = [];
  let id = 0;
  const add = (at: number, values: readonly (readonly [RuleReading['metric'], number, number])[], day: number): void => {
    id++;
    for (const [metric, usual, noise] of values) {
      const share = (((day * 37 + readings.length * 11) % 101) / 101 - 0.5) * 2;
      const [observedAt, receivedAt] = [new Date(at), new Date(at + 2_000)];
      readings.push({
        measurementId: id,
        metric,
        value: Math.round((usual + noise * share) * 10) / 10,
        observedAt,
        receivedAt,
        doubt: null,
      });
    }
  };
  for (let at = since.getTime(), day = 0; at < UNTIL; at += DAY_MS, day++) {
    for (const hour of [8, 13, 20])
      add(
        at + hour * HOUR_MS,
        [
          ['spo2', 91, 3],
          ['pulse', 80, 18],
        ],
        day,
      );
    add(at + 8.1 * HOUR_MS, [['weight', 80, 0.5]], day);
    add(
      at + 8.2 * HOUR_MS,
      [
        ['systolic', 138, 16],
        ['diastolic', 80, 8],
      ],
      day,
    );
    add(at + 8.3 * HOUR_MS, [['temperature', 36.8, 0.4]], day);
    add(at + 8.4 * HOUR_MS, [['glucose', 7.2, 2]], day);
  }
  return readings;
}
