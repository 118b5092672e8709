import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Episode } from '@varde/alerts';
import { PLAN_TEXT_KEYS, readQuestionnaires, type CarePlan, type PlanText, type ScheduledMeasurement } from '@varde/plans';
import { DEFAULT_PATHWAY, teamOf, unitOf, type Unit } from '@varde/routing';
import type { AnswerSet, Domain, RuleReading, Severity } from '@varde/rules';
import { adviseOn, type Course } from './advise.js';
import { answersToAdvice, askWhetherItHelped, noticeOfAnswer } from './advice-answers.js';
import { ADVICE_BUTTONS, type AdviceAnswer, type AdviceDraft, type AdviceKind } from './advice.js';
import { ADVICE_ANSWERS } from './advise-words.js';
import type { LookInput } from './input-and-outcome.js';

/** A Thursday evening: the office is closed. */
const NIGHT = new Date('2026-01-15T20:00:00+01:00');
const NOON = new Date('2026-01-15T12:00:00+01:00');
const HOUR_MS = 3_600_000;
const DHO: Unit = unitOf({
  ...{ id: 1, name: 'Oppfølging Nordvik', careLevel: 'dho', zone: 'Europe/Oslo' },
  openingHours: [{ weekdays: [1, 2, 3, 4, 5], from: '08:00', to: '15:30' }],
});
const PLAN: CarePlan = {
  ...{ patientId: 11, zone: 'Europe/Oslo', limits: [], unitLimits: [], references: [], pauses: [], schedule: [] },
  enrolments: [{ programme: 'copd', from: new Date('2026-01-01T00:00:00Z'), to: null }],
};

/** Something fresh: without it nobody is told that all is well. */
const measuredAt = (at: Date): RuleReading => ({
  ...{ measurementId: 1, metric: 'temperature', value: 36.9, observedAt: at, receivedAt: at, doubt: null },
});

function inputAt(now: Date, given: Partial<LookInput> = {}): LookInput {
  return {
    catalogue: { version: 1, programmes: [], entries: new Map(), rules: [], metrics: [], baselineMetrics: [], spreadFloors: new Map() },
    window: { readings: [measuredAt(now)], refused: [], dailyMedians: [], answers: [], lastObserved: [] },
    ...{ plan: PLAN, unlookedFrom: null, recorded: [], episodes: [], snoozes: [], team: teamOf([DHO]) },
    ...{ pathway: DEFAULT_PATHWAY, frozenPathways: [], now },
    ...given,
  };
}

function episode(severity: Severity, given: Partial<Episode> = {}): Episode {
  return {
    ...{
      id: 5,
      patientId: 11,
      domains: ['respiratory'],
      severity,
      signals: [],
      openedAt: NOON,
      begunAgainAt: null,
      lastSignalAt: NOON,
      ownerUnitId: 1,
    },
    ...{ assignedToPersonId: null, offer: null, offersMade: 0, consultations: [], consultationsAsked: 0, followerUnitIds: [] },
    ...{ closeProposed: null, acknowledgedAt: null, acknowledgedByPersonId: null, acknowledgementEndsAt: null, clearedAt: null },
    ...{
      closedAt: null,
      closedByPersonId: null,
      outcome: null,
      mergedIntoId: null,
      relapses: 0,
      pathwayId: 0,
      pathwayVersion: 1,
      version: 1,
    },
    ...{ ladderStartedAt: NOON, ladderStepsTaken: 1, nextStepAt: null },
    ...given,
  };
}

const opened = (severity: Severity, given: Partial<Episode> = {}): Course => ({
  ...{
    before: undefined,
    after: episode(severity, given),
    came: severity,
    lateMs: null,
    bringsRed: false,
    emergency: false,
    unreached: false,
    isCalled: false,
    isCallWaiting: false,
    silent: null,
    version: 1,
  },
  ofPatient: [episode(severity, given)],
});
const set = (measurementId: number, at: Date, items: AnswerSet['items']): AnswerSet => ({
  ...{ measurementId, questionnaire: 'advice', items, observedAt: at, receivedAt: at },
});
const answered = (answers: readonly AnswerSet[], given: Partial<LookInput> = {}): LookInput =>
  inputAt(NOON, { window: { readings: [], refused: [], dailyMedians: [], answers, lastObserved: [] }, ...given });

describe('who has agreed to do more while an episode is open', () => {
  const daily = { atLocal: '09:00', weekdays: [1, 2, 3, 4, 5, 6, 7], from: new Date('2026-01-10T00:00:00Z'), to: null };
  const item = (metric: ScheduledMeasurement['metric'], given: Partial<ScheduledMeasurement> = {}): ScheduledMeasurement => ({
    ...{ ...daily, metric, onlyInEpisode: true },
    ...given,
  });
  const [spo2, asked] = [item('spo2'), item('questionnaire:daily')];
  const tell = (schedule: readonly ScheduledMeasurement[], severity: Severity, unreached = false): AdviceDraft['text'] | undefined =>
    adviseOn(inputAt(NOON, { plan: { ...PLAN, schedule } }), { ...opened(severity), unreached })?.text;

  test.each<[string, readonly ScheduledMeasurement[], Severity, readonly [string, string]]>([
    ['yellow', [spo2, asked], 'yellow', ['Mål og svar på spørsmålene hver dag', 'Measure and answer the questions every day']],
    ['red', [spo2, asked], 'red', ['Mål og svar på spørsmålene hver dag', 'Measure and answer the questions every day']],
    ['measuring alone', [spo2], 'yellow', ['Mål hver dag', 'Measure every day']],
    ['questions alone', [asked], 'yellow', ['Svar på spørsmålene hver dag', 'Answer the questions every day']],
    ['some days', [item('spo2', { weekdays: [2, 6] })], 'yellow', ['Mål også de dagene', 'Measure also on the days']],
  ])('is told so: %s', (_name, schedule, severity, [nb, en]) => {
    expect(tell(schedule, severity)?.nb).toMatch(new RegExp(`${nb}.*, til du får beskjed om noe annet\\.`));
    expect(tell(schedule, severity)?.en).toMatch(new RegExp(`${en}.*, until you are told otherwise\\.`));
  });

  test.each<[string, readonly ScheduledMeasurement[], Severity]>([
    ['critical: 113 first', [spo2, asked], 'critical'],
    ['what always runs', [item('spo2', { onlyInEpisode: false })], 'red'],
    ['what has not begun', [item('spo2', { from: NIGHT })], 'red'],
    ['what has ended', [item('spo2', { to: NOON })], 'red'],
  ])('is not: %s', (_name, schedule, severity) => {
    for (const unreached of [false, true]) expect(tell(schedule, severity, unreached)?.en).not.toMatch(/until you are told otherwise/);
  });

  test('is told when nobody could be reached too', () => {
    expect(tell([spo2], 'red', true)?.en).toMatch(/Measure every day, until you are told otherwise\.$/);
  });
});

describe('what a patient is told', () => {
  test.each<[string, Severity, Date, boolean, AdviceKind, RegExp, RegExp]>([
    ['yellow, somebody there', 'yellow', NOON, false, 'yellow', /gult trinn.*Oppfølging Nordvik er på jobb/, /Ingen følger med/],
    [
      'yellow, closed',
      'yellow',
      NIGHT,
      false,
      'yellow',
      /gult trinn.*Ingen følger med.*fredag 16\. januar kl\. 08\.00.*116117.*113/,
      /på jobb/,
    ],
    ['red, somebody there', 'red', NOON, false, 'red', /rødt trinn.*på jobb.*116117.*Ring 113 med en gang/, /Ingen følger/],
    ['red, closed', 'red', NIGHT, true, 'red', /^Ingen følger med.*rødt trinn.*116117.*113/, /på jobb/],
    ['critical, somebody there', 'critical', NOON, false, 'critical', /^Ring 113 nå\./, /Ingen følger/],
    ['critical, closed', 'critical', NIGHT, true, 'critical', /^Ring 113 nå\..*Ingen følger med/, /på jobb/],
    ['critical, open but unreached', 'critical', NOON, true, 'critical', /^Ring 113 nå\..*Ingen følger med/, /på jobb/],
  ])('%s', (...[, severity, now, unreached, kind, has, hasNot]) => {
    const draft = adviseOn(inputAt(now), { ...opened(severity), unreached });
    expect(draft?.kind).toBe(kind);
    expect(draft?.text.nb).toMatch(has);
    expect(draft?.text.nb).not.toMatch(hasNot);
    expect(draft?.mustAnswer).toBe(severity === 'critical');
  });

  test('in the words agreed with them', () => {
    const texts: readonly PlanText[] = PLAN_TEXT_KEYS.map((key, index) => ({
      ...{ id: index, key, text: { nb: `avtalt ${key} 116117 113`, en: `agreed ${key}` }, reason: 'samtale', setByPersonId: 1 },
      ...{ validFrom: new Date('2026-01-01T00:00:00Z'), validTo: null, version: 1 },
    }));
    const plan = { ...PLAN, texts };
    for (const [severity, keys] of [
      ['yellow', ['yellow']],
      ['red', ['red', 'call_116117']],
      ['critical', ['call_113']],
    ] as const) {
      const text = adviseOn(inputAt(NOON, { plan }), opened(severity))?.text.nb ?? '';
      for (const key of keys) expect(text).toContain(`avtalt ${key}`);
    }
  });

  test('never that somebody has called', () => {
    for (const severity of ['yellow', 'red', 'critical'] as const) {
      for (const unreached of [true, false]) {
        const { text } = adviseOn(inputAt(NIGHT), { ...opened(severity), unreached }) as AdviceDraft;
        expect(`${text.nb} ${text.en}`).not.toMatch(/er (ringt|varslet|tilkalt)|har ringt|has been called|is on (its|the) way|er på vei/);
      }
    }
  });

  test('critical cannot be dismissed without an answer', () => {
    expect(adviseOn(inputAt(NIGHT), opened('critical'))).toMatchObject({
      mustAnswer: true,
      answers: ['called_113', 'cannot', 'not_needed'],
    });
  });

  test('a step of the plan is only offered to somebody who has one, and whose nurse need not decide', () => {
    const reference = { ...{ id: 1, key: 'self-treatment-plan' as const, value: 1, reason: 'avtalt', setByPersonId: 1, version: 1 } };
    const references = [{ ...reference, validFrom: new Date('2026-01-01T00:00:00Z'), validTo: null, reviewBy: null }];
    const both = [...PLAN.enrolments, { programme: 'hf' as const, from: new Date('2026-01-01T00:00:00Z'), to: null }];
    const answersOf = (plan: CarePlan) => adviseOn(inputAt(NOON, { plan }), opened('yellow'))?.answers;
    expect(answersOf(PLAN)).toEqual(['seen']);
    expect(answersOf({ ...PLAN, references })).toEqual(['started', 'not_now']);
    expect(answersOf({ ...PLAN, references, enrolments: both })).toEqual(['seen']);
    expect(adviseOn(inputAt(NOON, { plan: { ...PLAN, references, enrolments: both } }), opened('yellow'))?.text.en).toMatch(
      /Do not start a step/,
    );
  });
});

describe('what a patient with both COPD and heart failure is told, whose nurse decides on steps of the plan', () => {
  const valid = { validFrom: new Date('2026-01-01T00:00:00Z'), validTo: null, version: 1, setByPersonId: 1, reason: 'samtale' };
  const texts: readonly PlanText[] = PLAN_TEXT_KEYS.map((key, id) => ({
    ...valid,
    id,
    key,
    text: { nb: `trinn ${key}`, en: `step ${key}` },
  }));
  const both = [...PLAN.enrolments, { programme: 'hf' as const, from: new Date('2026-01-01T00:00:00Z'), to: null }];
  const tell = (severity: Severity, plan: Partial<CarePlan>, unreached = false): string => {
    const text = adviseOn(inputAt(NOON, { plan: { ...PLAN, enrolments: both, ...plan } }), { ...opened(severity), unreached })?.text;
    return `${text?.nb} ${text?.en}`;
  };

  test.each<[string, Partial<CarePlan>, boolean]>([
    ['by default', {}, false],
    ['with texts agreed', { texts }, false],
    ['nobody reached', { texts }, true],
  ])('red: no step, the GP today, and whom to call: %s', (_name, plan, unreached) => {
    const said = tell('red', plan, unreached);
    expect(said).not.toMatch(/rødt trinn|red step|trinn red|step red/);
    expect(said).toMatch(/Vent med trinn.*fastlegen i dag.*(116117|trinn call_116117).*113.*Do not start a step.*your GP today.*113/);
  });
  test('without heart failure red is the step of the plan', () => {
    expect(tell('red', { texts, enrolments: PLAN.enrolments })).toMatch(/trinn red.*step red/);
  });
});

describe('when a patient is told', () => {
  const before = episode('yellow');
  test.each<[string, Course, AdviceKind | null]>([
    ['a rise', { ...opened('red'), before }, 'red'],
    ['a relapse', { ...opened('yellow', { relapses: 1 }), before }, 'yellow'],
    ['coming back after closing', { ...opened('yellow'), before: { ...before, closedAt: NOON } }, 'yellow'],
    ['nothing new', { ...opened('yellow'), before }, null],
    ['a fall', { ...opened('yellow'), before: episode('red') }, null],
    ['nobody reached now, red', { ...opened('red'), before: episode('red'), unreached: true }, 'red'],
    ['nobody reached now, yellow', { ...opened('yellow'), before, unreached: true }, null],
    ['info', opened('info'), null],
    ['a technical fault', opened('red', { domains: ['technical'] }), null],
    ['a yellow silence', opened('yellow', { domains: ['silence'] }), 'yellow'],
    ['what is missing', opened('info', { domains: ['silence'] }), 'green'],
    ['a red silence', opened('red', { domains: ['silence'] }), 'red'],
    ['closed in the same look', opened('red', { closedAt: NOON }), null],
    ['yellow all clear', { ...opened('yellow', { clearedAt: NOON }), before }, 'green'],
    ['red all clear: a person closes it', { ...opened('red', { clearedAt: NOON }), before: episode('red') }, null],
  ])('%s', (_what, course, kind) => expect(adviseOn(inputAt(NOON), course)?.kind ?? null).toBe(kind));

  const clear = episode('yellow', { clearedAt: NOON });
  const signal = (severity: Severity, standing = false): Episode['signals'][number] => ({
    ...{ ruleId: 'r', ruleVersion: 1, domain: 'respiratory' as const, severity, count: 1, firstAt: NOON, lastAt: NOON, standing },
    clearedAt: standing ? null : NOON,
  });
  test.each<[string, readonly Episode[] | null, AdviceKind | null]>([
    ['alone', [clear], 'green'],
    ['beside another that is clear', [clear, episode('yellow', { id: 6, clearedAt: NOON })], 'green'],
    ['while something else stands', [clear, episode('yellow', { id: 6, domains: ['fluid'] })], null],
    ['while it is measured again, or told already', null, null],
    ['beside a red one that a person must close', [clear, episode('red', { id: 6, clearedAt: NOON })], null],
    ['beside one that has fallen', [clear, episode('yellow', { id: 6, clearedAt: NOON, signals: [signal('red')] })], null],
    ['beside a red silence that has ended', [clear, episode('red', { id: 6, clearedAt: NOON, domains: ['silence'] })], 'green'],
    ['while a reminder stands', [clear, episode('info', { id: 6, domains: ['silence'] })], null],
  ])('that all is well, %s', (_what, ofPatient, kind) => {
    expect(adviseOn(inputAt(NOON), { ...opened('yellow', { clearedAt: NOON }), before, ofPatient })?.kind ?? null).toBe(kind);
  });

  test('not that all is well when what has fallen to yellow was graver', () => {
    const after = { ...clear, signals: [signal('critical')] };
    expect(adviseOn(inputAt(NOON), { ...opened('yellow'), before, after, ofPatient: [after] })).toBeNull();
  });

  test.each<[string, Severity, Episode['signals'], AdviceKind]>([
    ['what has come back', 'yellow', [signal('critical')], 'yellow'],
    ['what still stands', 'yellow', [signal('red', true)], 'red'],
    ['what is as grave as before', 'critical', [signal('critical')], 'critical'],
  ])('of a relapse of a critical one that nobody has seen yet, by %s', (_what, came, signals, kind) => {
    const critical = { ...episode('critical', { signals }), relapses: 0 };
    const course = { ...opened('critical', { relapses: 1 }), before: critical, came };
    expect(adviseOn(inputAt(NOON), course)?.kind).toBe(kind);
  });

  test('in a pause only what is red or worse', () => {
    const pauses = [{ id: 1, kind: 'admission' as const, from: new Date(NOON.getTime() - HOUR_MS), to: NIGHT, reason: 'innlagt' }];
    const told = (severity: Severity) => adviseOn(inputAt(NOON, { plan: { ...PLAN, pauses } }), opened(severity))?.kind;
    expect([told('yellow'), told('red'), told('critical')]).toEqual([undefined, 'red', 'critical']);
  });

  test.each(['admission', 'holiday'] as const)('in a pause (%s) nobody is asked to measure, whatever is silent', (kind) => {
    const pauses = [{ id: 1, kind, from: new Date(NOON.getTime() - HOUR_MS), to: NIGHT, reason: 'x' }];
    for (const silent of ['patient', 'unknown', 'device', 'gateway', 'service', null] as const) {
      const course = { ...opened('red', { domains: ['silence'] }), silent };
      const text = adviseOn(inputAt(NOON, { plan: { ...PLAN, pauses } }), course)?.text;
      expect(text?.nb).not.toMatch(/Mål nå|venter|apparatet/);
      expect(text?.en).not.toMatch(/measure now|expect|device/);
      expect(text?.en).toMatch(/If you have become ill/);
    }
    const daily = { atLocal: '09:00', weekdays: [1, 2, 3, 4, 5, 6, 7], from: NOON, to: null, metric: 'spo2', onlyInEpisode: true } as const;
    const told = adviseOn(inputAt(NOON, { plan: { ...PLAN, pauses, schedule: [daily] } }), opened('red'));
    expect(told?.text.en).toMatch(/Call 113 at once[^.]*\.$/);
  });

  test('a silence says so, and how to get help', () => {
    const domains: readonly Domain[] = ['silence'];
    expect(adviseOn(inputAt(NIGHT), opened('red', { domains }))?.text.en).toMatch(
      /not had the measurements.*Nobody is watching.*116117.*113/,
    );
  });
});

describe('did it help?', () => {
  const started = (at: Date, id = 42): AnswerSet => set(id, at, { plan_step_started: true });
  const hoursAgo = (hours: number): Date => new Date(NOON.getTime() - hours * HOUR_MS);
  const asked = (answers: readonly AnswerSet[], given: Partial<LookInput> = {}) => askWhetherItHelped(answered(answers, given));

  test('is asked a day after a step was begun, for a day, and once', () => {
    expect(asked([started(hoursAgo(23))])).toEqual({ draft: null, nextAt: new Date(NOON.getTime() + HOUR_MS) });
    expect(asked([started(hoursAgo(24))]).draft).toMatchObject({
      ...{ key: 'help/42', kind: 'did_it_help', measurementId: 42, ofUseUntil: new Date(NOON.getTime() + 24 * HOUR_MS) },
    });
    expect(asked([started(hoursAgo(48))]).draft).toBeNull();
    const advised = [{ id: 1, kind: 'did_it_help' as const, key: 'help/42', episodeId: null, isRead: false }];
    expect(asked([started(hoursAgo(30))], { advised }).draft).toBeNull();
  });

  test('is not asked of somebody who has said so', () => {
    for (const better of [true, false]) {
      expect(asked([started(hoursAgo(30)), set(43, hoursAgo(10), { symptoms_better: better })]).draft).toBeNull();
    }
    expect(asked([started(hoursAgo(30)), set(43, hoursAgo(40), { symptoms_better: true })]).draft).not.toBeNull();
  });

  test('counts from the beginning: another yes in a row is about the same step', () => {
    expect(asked([started(hoursAgo(30), 41), started(hoursAgo(2), 43)]).draft?.key).toBe('help/41');
    const [no, helped] = [{ plan_step_started: false }, { plan_step_started: true, symptoms_better: true }];
    for (const ended of [no, helped]) {
      expect(asked([started(hoursAgo(30), 41), set(42, hoursAgo(6), ended), started(hoursAgo(2), 43)])).toEqual({
        draft: null,
        nextAt: new Date(NOON.getTime() + 22 * HOUR_MS),
      });
    }
  });

  test('is asked of a second course too', () => {
    const tapped = (hours: number, id: number, advice: number): AnswerSet =>
      set(id, hoursAgo(hours), { advice_id: advice, advice_answer: 'started', plan_step_started: true });
    const advised = [{ id: 1, kind: 'did_it_help' as const, key: 'help/41', episodeId: null, isRead: false }];
    expect(asked([tapped(150, 41, 7), tapped(30, 43, 8)], { advised }).draft?.key).toBe('help/43');
    expect(asked([tapped(60, 41, 7), started(hoursAgo(36), 42), tapped(6, 43, 8)], { advised }).nextAt).toEqual(
      new Date(NOON.getTime() + 18 * HOUR_MS),
    );
  });

  test('is answered by its own item', () => {
    const advised = [{ id: 9, kind: 'did_it_help' as const, key: 'help/42', episodeId: null, isRead: false }];
    const answers = [started(hoursAgo(30)), set(43, hoursAgo(1), { symptoms_better: false })];
    expect(answersToAdvice(answered(answers, { advised }))).toEqual([
      { adviceId: 9, episodeId: null, answer: 'not_better', at: hoursAgo(1) },
    ]);
  });
});

describe('what the patient answers', () => {
  const advised = [{ id: 7, kind: 'critical' as const, key: '5/critical/1', episodeId: 5, isRead: false }];
  const says = (id: number, minute: number, answer: string): AnswerSet =>
    set(100 + minute, new Date(NOON.getTime() + minute * 60_000), { advice_id: id, advice_answer: answer });

  test('is the first answer to each, and that it was read', () => {
    const answers = [says(7, 3, 'cannot'), says(7, 1, 'seen'), says(7, 2, 'called_113'), says(8, 0, 'cannot')];
    expect(answersToAdvice(answered(answers, { advised })).map(({ answer }) => answer)).toEqual(['seen', 'called_113']);
    expect(answersToAdvice(answered(answers, { advised: [{ ...advised[0]!, isRead: true }] })).map(({ answer }) => answer)).toEqual([
      'called_113',
    ]);
  });

  test('is taken also when newer advice has taken its place meanwhile', () => {
    const red = { id: 6, kind: 'red' as const, key: '5/red/1', episodeId: 5, isRead: true, isWithdrawn: true as const };
    const answers = [says(6, 1, 'cannot')];
    expect(answersToAdvice(answered(answers, { advised: [red, ...advised] }))).toMatchObject([{ adviceId: 6, answer: 'cannot' }]);
  });

  test('is nothing when it answers nothing that waits', () => {
    expect(answersToAdvice(answered([says(7, 1, 'dance')], { advised }))).toEqual([]);
    expect(answersToAdvice(answered([says(7, 1, 'cannot')]))).toEqual([]);
  });

  test.each<[AdviceAnswer, boolean]>([
    ['cannot', true],
    ['called_113', true],
    ['not_needed', true],
    ['called_116117', false],
    ['seen', false],
  ])('%s tells the owner: %s', (answer, tells) => {
    const notice = noticeOfAnswer(episode('critical'), { adviceId: 7, episodeId: 5, answer, at: NOON }, NOON);
    expect(notice?.key ?? null).toBe(tells ? '5/patient_answered/7' : null);
  });

  test('is on the buttons what the questionnaire asks', () => {
    const known = readQuestionnaires(JSON.parse(readFileSync(join('libs/plans/src/questionnaires/questionnaires.json'), 'utf8')));
    const choices = known.questions.get('advice_answer')?.choices ?? [];
    expect(choices).toEqual(ADVICE_BUTTONS.map((code) => ({ code, ...ADVICE_ANSWERS[code] })));
  });
});
