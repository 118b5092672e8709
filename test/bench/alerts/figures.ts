import type { Result } from '../result.js';
import { medianOf, percentileOf, rounded } from '../statistics.js';
import { YEAR_DAYS } from './assumptions.js';
import { isLate, WEEKS_PER_YEAR, type PatientScore, type Way } from './score.js';

/** The scores of one seed. */
export interface SeedScores {
  readonly seed: string;
  readonly scores: readonly PatientScore[];
}

type WayName = 'ours' | 'fixed' | 'fixedAndAnswers';
type Scores = readonly PatientScore[];

/** A figure of one seed, and what issue 3 aims at. */
interface Figure {
  readonly figure: string;
  readonly of: (scores: Scores) => number;
  readonly aim: number | null;
  readonly better: 'higher' | 'lower';
  /** Judged by the worst seed. */
  readonly isSafety?: boolean;
}

const sum = (scores: Scores, of: (score: PatientScore) => number): number => scores.reduce((total, score) => total + of(score), 0);
const perWeek = (scores: Scores, of: (score: PatientScore) => number): number => sum(scores, of) / scores.length / WEEKS_PER_YEAR;
const weekly = (scores: Scores, of: (score: PatientScore) => number): number[] => scores.map((score) => of(score) / WEEKS_PER_YEAR);
const share = (part: number, whole: number): number => (whole === 0 ? Number.NaN : part / whole);
const percent = (part: number, whole: number): number => 100 * share(part, whole);

const leads = (scores: Scores, way: WayName, kind: 'leadHours' | 'decompensationLeadHours' = 'leadHours'): readonly (number | null)[] =>
  scores.flatMap((score) => score[way][kind]);
const found = (events: readonly (number | null)[]): number[] => events.filter((lead) => lead !== null);
const sensitivity = (events: readonly (number | null)[]): number => percent(found(events).length, events.length);
/** Over the exacerbations that both ways found: an easy one found by one of them alone does not count for it. */
function leadGain(scores: Scores, against: WayName): number {
  const [ours, theirs] = [leads(scores, 'ours'), leads(scores, against)];
  return medianOf(
    ours.flatMap((lead, at) => {
      const other = theirs[at];
      return lead === null || other === null || other === undefined ? [] : [lead - other];
    }),
  );
}
const delays = (scores: Scores): readonly (number | null)[] => scores.flatMap(({ emergencyDelaysMin }) => emergencyDelaysMin);
const items = (way: WayName) => (score: PatientScore) => score[way].items;
const trueShare = (way: (score: PatientScore) => Way) => (scores: Scores) =>
  percent(
    sum(scores, (score) => way(score).trueItems),
    sum(scores, (score) => way(score).items),
  );

const told = (figure: string, of: Figure['of']): Figure => ({ figure, of, aim: null, better: 'lower' });

const FIGURES: readonly Figure[] = [
  told('items per patient-week, ours (mean)', (scores) => perWeek(scores, items('ours'))),
  told('items per patient-week, ours (median patient)', (scores) => medianOf(weekly(scores, items('ours')))),
  told('items per patient-week, ours (95th percentile)', (scores) => percentileOf(weekly(scores, items('ours')), 95)),
  told('of them about silence', (scores) => perWeek(scores, ({ silenceItems }) => silenceItems)),
  told('items per patient-week, fixed limits (mean)', (scores) => perWeek(scores, items('fixed'))),
  told('items per patient-week, fixed limits (median patient)', (scores) => medianOf(weekly(scores, items('fixed')))),
  told('items per patient-week, fixed limits (95th percentile)', (scores) => percentileOf(weekly(scores, items('fixed')), 95)),
  {
    figure: 'items, ours against fixed limits, %',
    of: (scores) => percent(sum(scores, items('ours')), sum(scores, items('fixed'))),
    aim: 50,
    better: 'lower',
  },
  told('the same without items about silence, which fixed limits do not have, %', (scores) =>
    percent(
      sum(scores, ({ ours, silenceItems }) => ours.items - silenceItems),
      sum(scores, items('fixed')),
    ),
  ),
  told('items, ours against fixed limits with every "yes", %', (scores) =>
    percent(sum(scores, items('ours')), sum(scores, items('fixedAndAnswers'))),
  ),
  told('exacerbations found, ours, %', (scores) => sensitivity(leads(scores, 'ours'))),
  told('exacerbations found, fixed limits, %', (scores) => sensitivity(leads(scores, 'fixed'))),
  told('exacerbations found, fixed limits with every "yes", %', (scores) => sensitivity(leads(scores, 'fixedAndAnswers'))),
  {
    figure: 'exacerbations found more than by fixed limits, percentage points',
    of: (scores) => sensitivity(leads(scores, 'ours')) - sensitivity(leads(scores, 'fixed')),
    aim: 0,
    better: 'higher',
  },
  told('lead before the worst day, ours (median, hours)', (scores) => medianOf(found(leads(scores, 'ours')))),
  told('lead before the worst day, fixed limits (median, hours)', (scores) => medianOf(found(leads(scores, 'fixed')))),
  {
    figure: 'lead won over fixed limits where both found it (median, hours)',
    of: (scores) => leadGain(scores, 'fixed'),
    aim: 0,
    better: 'higher',
  },
  told('exacerbations that only an episode open before them took in, %', (scores) =>
    percent(
      sum(scores, ({ takenInSilence }) => takenInSilence),
      leads(scores, 'ours').length,
    ),
  ),
  told('decompensations found, ours, %', (scores) => sensitivity(leads(scores, 'ours', 'decompensationLeadHours'))),
  told('decompensations found, fixed limits, %', (scores) => sensitivity(leads(scores, 'fixed', 'decompensationLeadHours'))),
  { figure: 'items that are true, ours, %', of: trueShare(({ ours }) => ours), aim: 20, better: 'higher' },
  told(
    'items that are true, fixed limits, %',
    trueShare(({ fixed }) => fixed),
  ),
  {
    figure: 'flagged patient-days, ours, % (a clinical rule fired that day)',
    of: (scores) => percent(sum(scores, ({ colouredDays }) => colouredDays) / YEAR_DAYS, scores.length),
    aim: 20,
    better: 'lower',
  },
  told('patient-days with a clinical episode open and not clear, ours, %', (scores) =>
    percent(sum(scores, ({ ours }) => ours.flaggedDays) / YEAR_DAYS, scores.length),
  ),
  told('flagged patient-days, fixed limits, % (a limit broken that day)', (scores) =>
    percent(sum(scores, ({ fixed }) => fixed.flaggedDays) / YEAR_DAYS, scores.length),
  ),
  {
    figure: 'raw breaches settled by measuring again or grouping, %',
    of: (scores) =>
      percent(
        sum(scores, ({ settledByRemeasure, grouped }) => settledByRemeasure + grouped),
        sum(scores, ({ rawBreaches }) => rawBreaches),
      ),
    aim: 80,
    better: 'higher',
  },
  told('of them by measuring again, %', (scores) =>
    percent(
      sum(scores, ({ settledByRemeasure }) => settledByRemeasure),
      sum(scores, ({ rawBreaches }) => rawBreaches),
    ),
  ),
  {
    figure: 'emergencies told more than 10 minutes late, or not anew',
    of: (scores) => delays(scores).filter(isLate).length,
    aim: 0,
    better: 'lower',
    isSafety: true,
  },
  told('of them with a saturation that waits to be measured again', (scores) => sum(scores, ({ lateInWait }) => lateInWait)),
  told('of them never told anew', (scores) => delays(scores).filter((delay) => delay === null).length),
  told('of these while a critical episode was open already', (scores) => sum(scores, ({ knownCritical }) => knownCritical)),
  told('emergencies simulated', (scores) => delays(scores).length),
  told('longest delay of an emergency that was told, minutes', (scores) => Math.max(0, ...found(delays(scores)))),
  {
    figure: 'yellow items per patient-week (median patient)',
    of: (scores) => medianOf(weekly(scores, ({ yellowItems }) => yellowItems)),
    aim: 0.5,
    better: 'lower',
  },
  {
    figure: 'yellow items per patient-week (95th percentile)',
    of: (scores) =>
      percentileOf(
        weekly(scores, ({ yellowItems }) => yellowItems),
        95,
      ),
    aim: 2,
    better: 'lower',
  },
  {
    figure: 'red items per patient-week (mean)',
    of: (scores) => perWeek(scores, ({ redItems }) => redItems),
    aim: 0.1,
    better: 'lower',
  },
  told('red items that are true, %', (scores) =>
    percent(
      sum(scores, ({ trueRedItems }) => trueRedItems),
      sum(scores, ({ redItems }) => redItems),
    ),
  ),
];

/** Every figure: the median over the seeds, and the lowest and highest of them. */
export function figuresOf(seeds: readonly SeedScores[]): Result[] {
  const detail = {
    seeds: seeds.map(({ seed }) => seed),
    patientsPerSeed: seeds[0]?.scores.length ?? 0,
    looksPerPatientYear: Math.round(
      sum(
        seeds.flatMap(({ scores }) => scores),
        ({ looks }) => looks,
      ) / seeds.flatMap(({ scores }) => scores).length,
    ),
  };
  return FIGURES.map(({ figure, of, aim, better, isSafety = false }) => {
    const values = seeds.map(({ scores }) => rounded(of(scores), 3));
    const range = [Math.min(...values), Math.max(...values)] as const;
    return { bench: 'alerts', figure, value: medianOf(values), range, gate: aim, aim, better, isSafety, detail: { ...detail, values } };
  });
}
