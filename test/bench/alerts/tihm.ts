import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rehearse, type Agreement } from '@varde/look';
import { instantOf, dayNumberOf, type Programme } from '@varde/plans';
import type { RefusedValue, RuleReading } from '@varde/rules';
import { checkAgainstHistory, plausibility, toCanonical, type Metric, type Timed } from '@varde/vitals';
import { readRecording, type RecordedAct } from '../../../devices/replay/recording.js';
import type { Result } from '../result.js';
import type { Run } from '../rig.js';
import { rounded } from '../statistics.js';
import { breachesOfFixedLimits } from './fixed-limits.js';
import { nurse, openCatalogue, TEAM_AGREEMENT } from './judged.js';

const FOLDER = join(import.meta.dirname, '..', '..', '..', '..', '..', 'shared', 'fixtures', 'timeseries');
const ZONE = 'Europe/London';
const DAY_MS = 86_400_000;
/** The study's people have dementia; which of our programmes would watch them is our choice: frailty and high pressure. */
const PROGRAMMES: readonly Programme[] = ['frail', 'htn'];
/** Labels that a home reading could show. Agitation and body water have nothing to do with what we measure. */
const SHOWN_BY: Readonly<Record<string, readonly Metric[]>> = {
  'Blood pressure': ['systolic', 'diastolic'],
  Pulse: ['pulse'],
  Weight: ['weight'],
};
/** An item within a day of a label counts as found. */
const NEAR_MS = DAY_MS;

/**
 * The TIHM readings (40 people with dementia, three months) with the labels of its monitoring team. Told, never held against an aim: a label
 * says that somebody of that team looked at an alert of that team's own fixed limits, not that anything was wrong.
 */
export function tihm(run: Run): Result[] {
  const files = ['tihm-physiology.csv', 'tihm-labels.csv'].map((name) => join(FOLDER, name));
  const [physiology, labelled] = files;
  if (physiology === undefined || labelled === undefined || !files.every((file) => existsSync(file))) {
    run.say('  the TIHM readings are not here: left out');
    return [];
  }
  const labels = readLabels(readFileSync(labelled, 'utf8'));
  const byPatient = new Map<string, RecordedAct[]>();
  for (const act of readRecording(readFileSync(physiology, 'utf8')).acts) {
    byPatient.set(act.patient, [...(byPatient.get(act.patient) ?? []), act]);
  }
  const people = [...byPatient].map(([patient, acts]) => judgePerson(acts, labels.get(patient) ?? []));
  const sum = (of: (person: JudgedPerson) => number): number => people.reduce((total, person) => total + of(person), 0);
  const weeks = sum((person) => person.weeks);
  const tell = (figure: string, value: number, detail: object = {}): Result => ({
    bench: 'alerts',
    figure: `TIHM: ${figure}`,
    value: rounded(value, 3),
    gate: null,
    aim: null,
    better: 'lower',
    detail: { ...detail },
  });
  return [
    tell('items per patient-week, ours', sum(({ ours }) => ours) / weeks, { people: people.length, weeks: Math.round(weeks) }),
    tell('items per patient-week, fixed limits', sum(({ fixed }) => fixed) / weeks),
    tell(
      'labels of pressure, pulse and weight',
      sum((person) => person.labels),
      {
        labelsLeftOut: 'Agitation and Body water: nothing we measure shows them',
      },
    ),
    tell('of them with one of our items within a day, %', (100 * sum(({ nearOurs }) => nearOurs)) / sum((person) => person.labels)),
    tell('of them with a fixed limit broken within a day, %', (100 * sum(({ nearFixed }) => nearFixed)) / sum((person) => person.labels)),
  ];
}

interface JudgedPerson {
  readonly weeks: number;
  readonly ours: number;
  readonly fixed: number;
  readonly labels: number;
  readonly nearOurs: number;
  readonly nearFixed: number;
}

function readLabels(csv: string): Map<string, number[]> {
  const labels = new Map<string, number[]>();
  for (const line of csv.split(/\r?\n/).slice(1)) {
    const [patient = '', wall = '', type = ''] = line.split(',');
    if (SHOWN_BY[type] === undefined) continue;
    labels.set(patient, [...(labels.get(patient) ?? []), instantOfWall(wall)]);
  }
  return labels;
}

function instantOfWall(wall: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = wall.slice(11).split(':').map(Number);
  return instantOf(ZONE, dayNumberOf(wall.slice(0, 10)), hours * 60 + minutes) + seconds * 1000;
}

function judgePerson(acts: readonly RecordedAct[], labels: readonly number[]): JudgedPerson {
  const { readings, refused } = readingsOf(acts);
  const times = readings.map(({ observedAt }) => observedAt.getTime());
  const [fromMs, toMs] = [Math.min(...times), Math.max(...times) + DAY_MS];
  const agreement: Agreement = {
    ...TEAM_AGREEMENT,
    catalogue: openCatalogue(),
    plan: {
      patientId: 1,
      zone: ZONE,
      limits: [],
      unitLimits: [],
      references: [],
      pauses: [],
      schedule: [],
      enrolments: PROGRAMMES.map((programme) => ({ programme, from: new Date(fromMs - DAY_MS), to: null })),
    },
  };
  const period = { from: new Date(fromMs - 1), to: new Date(toMs) };
  const { episodes } = rehearse({ agreement, readings, refused, answers: [], episodes: [], recorded: [], ...period, people: nurse });
  const ours = episodes.flatMap(({ notices }) =>
    notices.filter(({ cause, severity }) => cause !== 'escalated' && severity !== 'info').map(({ at }) => at.getTime()),
  );
  const fixed = breachesOfFixedLimits({ readings }, { fromMs, toMs });
  const near = (items: readonly number[]): number =>
    labels.filter((label) => items.some((atMs) => Math.abs(atMs - label) <= NEAR_MS)).length;
  return {
    weeks: (toMs - fromMs) / (7 * DAY_MS),
    ours: ours.length,
    fixed: fixed.length,
    labels: labels.length,
    nearOurs: near(ours),
    nearFixed: near(fixed),
  };
}

function readingsOf(acts: readonly RecordedAct[]): { readings: RuleReading[]; refused: RefusedValue[] } {
  const made = { readings: new Array<RuleReading>(), refused: new Array<RefusedValue>() };
  const previous = new Map<Metric, Timed>();
  acts.forEach(({ wall, values }, index) => {
    const observedAt = new Date(instantOfWall(wall));
    for (const { type: metric, value: raw, unit } of values) {
      const converted = toCanonical(metric, raw, unit);
      if (!converted.ok) continue;
      const { value } = converted;
      const verdict = plausibility(metric, value);
      const times = { observedAt, receivedAt: observedAt };
      if (verdict.verdict === 'refused') {
        made.refused.push({ refusedId: index * 10 + made.refused.length, metric, reason: verdict.reason, value, ...times });
        continue;
      }
      const doubt =
        verdict.verdict === 'doubtful'
          ? verdict.reason
          : (checkAgainstHistory(metric, { value, observedAt }, previous.get(metric) ?? null, null)?.reason ?? null);
      if (doubt === null) previous.set(metric, { value, observedAt });
      made.readings.push({ measurementId: index + 1, metric, value, ...times, doubt });
    }
  });
  return made;
}
