import { nextEpisode, type Episode, type Step } from '@varde/alerts';
import { localDayNumber, type Programme, type Reference, type ReferenceKey } from '@varde/plans';
import type { AnswerSet, DailyMedian, RuleReading } from '@varde/rules';
import type { Metric } from '@varde/vitals';
import { afterLook } from '../../../test/after-look.js';
import { CATALOGUE_FILE, CATALOGUE_WITH_NEWS2, ONE_UNIT, planOf } from '../../../test/clinic.js';
import { quiet } from '../../../test/look-story.js';
import type { LookInput, LookOutcome } from './input-and-outcome.js';
import { look } from './look.js';

/**
 * Every late-data and episode example of the catalogue, from readings and answers through the whole look.
 */
const FILE = CATALOGUE_FILE as {
  late_data_examples: readonly { id: string; given: string; expect: string }[];
  episode_examples: readonly { id: string; given: string; expect: string }[];
};
const HOUR_MS = 3_600_000;
/** Thursday 15 January 2026, 10:00 in Oslo, and hours after it. */
const TEN_MS = Date.parse('2026-01-15T10:00:00+01:00');
const hours = (n: number): Date => new Date(TEN_MS + Math.round(n * HOUR_MS));

interface Given {
  readonly programmes: readonly Programme[];
  readonly baselines?: Partial<Record<Metric, number>>;
  readonly references?: readonly ReferenceKey[];
}

/** Medians of the four weeks that count for a reading of the first days. */
function mediansOf(baselines: Partial<Record<Metric, number>>): DailyMedian[] {
  const today = localDayNumber('Europe/Oslo', TEN_MS);
  return Object.entries(baselines).flatMap(([metric, median]) =>
    Array.from({ length: 33 }, (_, at) => ({
      metric: metric as Metric,
      day: today - 1 - at,
      median,
      highest: median,
      readings: 1,
    })),
  );
}

/** A patient over time: each look sees what came and what the looks before it left. */
class Patient {
  input: LookInput;
  readonly told: string[] = [];
  readonly outcomes: LookOutcome[] = [];
  private measurements = 0;
  private episodes = 0;
  private fresh: (RuleReading | AnswerSet)[] = [];

  constructor({ programmes, baselines = {}, references = [] }: Given) {
    this.input = {
      ...quiet,
      catalogue: CATALOGUE_WITH_NEWS2,
      plan: planOf({
        references: references.map((key, id): Reference => ({
          ...{ id, key, value: 1, reason: 'x', setByPersonId: 2, validFrom: hours(-999), validTo: null, reviewBy: null, version: 1 },
        })),
        enrolments: programmes.map((programme) => ({ programme, from: hours(-24 * 90), to: null })),
      }),
      window: { ...quiet.window, dailyMedians: mediansOf(baselines) },
      ...{ team: ONE_UNIT, now: hours(0) },
    };
  }

  reads(metric: Metric, value: number, at: number, received = at): this {
    this.fresh.push({
      measurementId: ++this.measurements,
      metric,
      value,
      ...{ observedAt: hours(at), receivedAt: hours(received), doubt: null },
    });
    return this;
  }

  act(values: Partial<Record<Metric, number>>, at: number, received = at): this {
    const measurementId = ++this.measurements;
    const times = { observedAt: hours(at), receivedAt: hours(received) };
    for (const [metric, value] of Object.entries(values))
      this.fresh.push({ measurementId, metric: metric as Metric, value, ...times, doubt: null });
    return this;
  }

  /** Yes to these of the day's questions, no to the others. */
  answers(yes: readonly string[], at: number): this {
    // The wire writes the one question about breathlessness under both of its names.
    if (yes.includes('dyspnoea_worse') || yes.includes('breathlessness_worse')) yes = [...yes, 'dyspnoea_worse', 'breathlessness_worse'];
    const asked = ['dyspnoea_worse', 'sputum_more', 'sputum_colour', 'cough_worse', 'wheeze_worse', 'swelling_worse', 'lightheaded'];
    const items = Object.fromEntries([...asked, ...yes].map((item) => [item, yes.includes(item)]));
    this.fresh.push({
      measurementId: ++this.measurements,
      questionnaire: 'daily',
      items,
      ...{ observedAt: hours(at), receivedAt: hours(at) },
    });
    return this;
  }

  /** Looks at what has come since; looks that fall due before are taken on the way. */
  look(at: number): this {
    for (let due = this.outcomes.at(-1)?.nextLookAt; due && due < hours(at); due = this.outcomes.at(-1)?.nextLookAt)
      this.lookOnce(due, null);
    const oldest = Math.min(...this.fresh.map(({ observedAt }) => observedAt.getTime()));
    const { window } = this.input;
    this.input = {
      ...this.input,
      window: {
        ...window,
        readings: [...window.readings, ...this.fresh.filter((each) => 'metric' in each)],
        answers: [...window.answers, ...this.fresh.filter((each) => 'items' in each)],
      },
    };
    this.fresh = [];
    return this.lookOnce(hours(at), Number.isFinite(oldest) ? new Date(oldest) : null);
  }

  private lookOnce(now: Date, unlookedFrom: Date | null): this {
    const input = { ...this.input, unlookedFrom, now };
    const outcome = look(input);
    this.outcomes.push(outcome);
    this.told.push(
      ...outcome.episodes.flatMap(({ notices }) =>
        notices.filter(({ cause }) => cause !== 'escalated').map(({ cause, severity }) => `${cause} ${severity}`),
      ),
    );
    this.input = afterLook(input, outcome, () => ++this.episodes);
    return this;
  }

  person(step: Step): this {
    const episodes = this.input.episodes.map((each) => (each.closedAt === null ? nextEpisode(each, step).episode : each));
    this.input = { ...this.input, episodes };
    return this;
  }

  get clinical(): readonly Episode[] {
    return this.input.episodes.filter(({ domains }) => !domains.includes('technical') && !domains.includes('silence'));
  }

  get open(): readonly Episode[] {
    return this.clinical.filter(({ closedAt }) => closedAt === null);
  }

  counter(ruleId: string): number | undefined {
    return this.clinical.flatMap(({ signals }) => signals).find((signal) => signal.ruleId === ruleId)?.count;
  }

  fired(ruleId: string): readonly string[] {
    return this.outcomes.flatMap(({ findings }) =>
      findings
        .filter((each) => each.ruleId === ruleId && each.result.startsWith('fire'))
        .map(({ severity, at }) => `${severity} ${(at.getTime() - TEN_MS) / HOUR_MS} h`),
    );
  }
}

const copd = (given: Partial<Given> = {}): Patient => new Patient({ programmes: ['copd'], ...given });
const close = (at: number): Step => ({
  kind: 'close',
  at: hours(at),
  byPersonId: 7,
  outcome: 'treated_at_home',
  note: '',
  secondLook: false,
});

/** One story for each example; what it must show is in the example's own words. */
const STORIES: Readonly<Record<string, () => void>> = {
  L1: () => {
    const patient = copd()
      .reads('spo2', 90, 0, 1 / 60)
      .look(1 / 60)
      .reads('spo2', 82, -1, 0.5)
      .look(0.5);
    expect(patient.open).toMatchObject([{ severity: 'critical' }]);
    const [told] = patient.outcomes.at(-1)?.episodes.flatMap(({ notices }) => notices) ?? [];
    expect(told?.text.nb).toMatch(/82 %.*90 %/);
    patient.reads('spo2', 91, 1).look(1).reads('spo2', 92, 2).look(200);
    expect(patient.open).toHaveLength(1);
    expect(patient.person(close(201)).open).toEqual([]);
  },
  L2: () => {
    const patient = copd().reads('spo2', 82, -6, 0).look(0);
    expect(patient.open).toMatchObject([{ severity: 'red' }]);
    expect(patient.outcomes.at(-1)?.episodes[0]?.notices[0]?.text.nb).toContain('6 timer');
  },
  L4: () => {
    const patient = copd().reads('spo2', 85, 0).look(0).look(0.6);
    expect(patient.open).toHaveLength(1);
    const [before] = patient.open;
    patient.reads('spo2', 93, -1, 40 / 60).look(40 / 60);
    expect(patient.open).toMatchObject([{ severity: before?.severity, clearedAt: null }]);
  },
  L5: () => {
    const patient = copd().reads('spo2', 82, 0).look(0);
    const [first] = patient.input.window.readings;
    patient.input = { ...patient.input, window: { ...patient.input.window, readings: [first!, first!, first!] } };
    patient.look(0.1);
    expect(patient.counter('copd.spo2.critical')).toBe(1);
    expect(patient.told).toEqual(['opened critical']);
  },
  L7: () => {
    const patient = copd({ references: ['spo2-target-88-92', 'home-oxygen'] })
      .reads('spo2', 94, 0)
      .look(0);
    expect(patient.fired('copd.spo2.above_target_on_oxygen')).toEqual([]);
    patient.reads('spo2', 94, -24, 0.5).look(0.5);
    expect(patient.fired('copd.spo2.above_target_on_oxygen')).toEqual(['yellow 0 h']);
    expect(patient.open).toMatchObject([{ severity: 'yellow' }]);
  },
  L8: () => {
    const patient = new Patient({ programmes: ['hf'] }).reads('weight', 82.1, 0).look(0);
    expect(patient.fired('hf.weight.gain_3d')).toEqual([]);
    const before = JSON.stringify(patient.input.recorded);
    patient.reads('weight', 80, -48, 1).look(1);
    expect(patient.fired('hf.weight.gain_3d')).toEqual(['yellow 0 h']);
    expect(JSON.stringify(patient.input.recorded).startsWith(before.slice(0, -1))).toBe(true);
  },
  E1: () => {
    const patient = copd({ baselines: { spo2: 92 } });
    patient.reads('spo2', 89, 0).look(0).reads('spo2', 89, 0.3).look(0.3);
    patient.reads('spo2', 89, 24).look(24).reads('spo2', 89, 48).look(48);
    expect(patient.open).toHaveLength(1);
    expect(patient.counter('copd.spo2.drop')).toBe(3);
    expect(patient.told).toEqual(['opened yellow']);
  },
  E2: () => {
    const gain = (): Patient => new Patient({ programmes: ['hf', 'copd'] }).reads('weight', 80, -24).look(-24);
    const stories = [
      gain().reads('weight', 82.1, 0).answers(['breathlessness_worse'], 0.1).look(0.2),
      gain().answers(['breathlessness_worse'], 0).look(0).reads('weight', 82.1, 1).look(1),
      gain().reads('weight', 82.1, 0).look(0).answers(['breathlessness_worse'], 3).look(3),
      gain().reads('weight', 82.1, 0).look(0).answers(['dyspnoea_worse', 'sputum_more'], 3).look(3),
    ];
    for (const patient of stories) expect(patient.open).toMatchObject([{ severity: 'red', domains: expect.arrayContaining(['fluid']) }]);
  },
  E4: () => {
    const patient = copd().reads('spo2', 85, 0).reads('spo2', 85, 0.2).look(0.2);
    expect(patient.open).toMatchObject([{ severity: 'red' }]);
    patient.reads('spo2', 93, 1).reads('spo2', 93, 1.5).look(1.5).person(close(2)).reads('spo2', 85, 42).reads('spo2', 85, 42.2).look(42.2);
    expect(patient.clinical).toMatchObject([{ relapses: 1, closedAt: null, severity: 'red' }]);
    expect(patient.told.at(-1)).toBe('relapsed red');
  },
  E5: () => {
    const patient = copd().reads('spo2', 85, 0).reads('spo2', 85, 0.2).look(0.2);
    patient.reads('spo2', 93, 1).reads('spo2', 93, 1.5).look(1.5).person(close(2)).reads('spo2', 85, 82).reads('spo2', 85, 82.2).look(82.2);
    expect(patient.clinical.map(({ relapses }) => relapses)).toEqual(expect.arrayContaining([0]));
    expect(patient.open).toMatchObject([{ relapses: 0 }]);
    expect(patient.told.filter((told) => told === 'opened red')).toHaveLength(2);
  },
  E7: () => {
    const yellow = copd({ baselines: { spo2: 92 } })
      .reads('spo2', 89, 0)
      .reads('spo2', 89, 0.3)
      .look(0.3)
      .reads('spo2', 92, 1)
      .reads('spo2', 92, 2)
      .look(2);
    expect(yellow.open).toMatchObject([{ severity: 'yellow' }]);
    expect(yellow.look(48.2).open).toHaveLength(1);
    expect(yellow.look(48.4).clinical).toMatchObject([{ outcome: 'settled' }]);
    const red = copd().reads('spo2', 85, 0).reads('spo2', 85, 0.2).look(0.2).reads('spo2', 93, 1).reads('spo2', 93, 2).look(2).look(200);
    expect(red.open).toMatchObject([{ severity: 'red', clearedAt: expect.any(Date) }]);
  },
  E8: () => {
    // One question, one answer: whichever of its two names it comes under, both programmes see it.
    for (const asked of ['dyspnoea_worse', 'breathlessness_worse']) {
      const patient = new Patient({ programmes: ['copd', 'hf'] }).answers([asked, 'cough_worse'], 0).look(0);
      expect(patient.fired('hf.symptoms.new')).toEqual(['yellow 0 h']);
      patient.answers([asked, 'cough_worse'], 24).look(24);
      expect(patient.fired('copd.symptoms.pattern')).toEqual(['yellow 24 h']);
      expect(patient.open).toMatchObject([{ domains: ['fluid', 'respiratory'], severity: 'yellow' }]);
      expect(patient.outcomes.flatMap(({ findings }) => findings.filter(({ ruleId }) => ruleId === 'copd.plan.no_improvement'))).toEqual(
        [],
      );
    }
  },
};

const EXAMPLES = [...FILE.late_data_examples, ...FILE.episode_examples];

test('every example says what its story was written for, word for word', () => {
  expect(EXAMPLES.map(({ id, given, expect: expected }) => `${id}: ${given} -> ${expected}`)).toEqual([
    'L1: SpO2 90 measured 10:00, received 10:01; then SpO2 82 measured 09:00 arrives 10:30 -> critical fires (under 2 h late); the alert shows the newer 90; a person closes it',
    'L2: SpO2 82 measured 6 h ago arrives now, nothing newer -> red with the age in the text',
    'L4: alert open on SpO2 85 at 10:00; SpO2 93 measured 09:00 arrives 10:40 -> alert stays open',
    'L5: the device sends the same stored measurement three times -> stored once, evaluated once, one alert at most',
    "L7: yesterday's SpO2 94 on oxygen arrives today after today's 94 (two-day rule) -> yellow fires now",
    "L8: weight 80.0 from two days ago arrives after today's 82.1 -> three-day gain is recomputed for today's weight and fires; the earlier no-alert evaluation row is kept",
    'E1: copd.spo2.drop on three days in a row -> one episode, one notification, counter 3',
    'E2: hf.weight.gain_3d and a breathlessness answer the same day -> one cardiorespiratory episode at red',
    'E4: red respiratory episode closed, red again 40 h later -> same episode reopened as relapse, notified',
    'E5: same, 80 h later -> new episode',
    'E7: yellow episode clear with no signal for 48 h; red episode likewise -> yellow closes by itself, red waits for a person',
    'E8: breathlessness answer in a patient enrolled for COPD and heart failure -> asked once, both programmes see it, one episode, no automatic plan step',
  ]);
});

test('every example has its story', () => {
  expect(Object.keys(STORIES).sort()).toEqual(EXAMPLES.map(({ id }) => id).sort());
});

test.each(EXAMPLES)('$id: $given: $expect', ({ id }) => STORIES[id]?.());

test('a visit of 30 hours ago that was grave in three areas is one yellow: one episode, one message, and nothing for the patient', () => {
  const patient = new Patient({ programmes: ['copd', 'htn'] });
  patient.act({ spo2: 82, pulse: 140, systolic: 205, diastolic: 122, 'respiratory-rate': 32 }, -30, 0).look(0);
  const fired = patient.outcomes[0]?.findings.filter(({ result }) => result.startsWith('fire')) ?? [];
  expect(new Set(fired.map(({ domain }) => domain)).size).toBeGreaterThan(2);
  expect(patient.open).toMatchObject([{ severity: 'yellow' }]);
  expect(patient.told).toEqual(['opened yellow']);
  const [change, ...more] = patient.outcomes[0]?.episodes ?? [];
  expect([more, change?.advice]).toEqual([[], []]);
  expect(change?.steps.map(({ reason }) => reason.nb).join()).toMatch(/205/);
  patient.act({ systolic: 206, diastolic: 123 }, 0.5).look(0.5).look(1.5);
  expect(patient.open.map(({ domains }) => domains)).toContainEqual(['blood_pressure']);
});
