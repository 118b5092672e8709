import type { PersonStep, Snooze } from '@varde/alerts';
import { keepToMeasuringDays, type Pause, type ScheduledMeasurement } from '@varde/plans';
import { DEFAULT_PATHWAY } from '@varde/routing';
import type { AnswerSet, Finding, RuleReading } from '@varde/rules';
import type { Metric } from '@varde/vitals';
import { CATALOGUE, ONE_UNIT, planOf } from '../../../test/clinic.js';
import type { People } from './people.js';
import { rehearse, type Rehearsed, type RehearsalInput } from './rehearse.js';

/*
 * Two days a week when stable, every day while an episode is open: from Monday 2 March 2026 on, in Oslo, UTC+1.
 */
const BEGUN = new Date('2026-02-27T00:00:00+01:00');
const at = (text: string): Date => new Date(`2026-03-${text}+01:00`);
const usual = { atLocal: '09:00', weekdays: [1, 4], from: BEGUN, to: null };
const more = { ...usual, weekdays: [1, 2, 3, 4, 5, 6, 7], onlyInEpisode: true };
const BOTH: readonly ScheduledMeasurement[] = [usual, more].flatMap((each): ScheduledMeasurement[] => [
  { ...each, metric: 'spo2' },
  { ...each, metric: 'questionnaire:daily' },
]);

let id = 0;
const reading = (metric: Metric, value: number, when: string): RuleReading => ({
  ...{ measurementId: ++id, metric, value, observedAt: at(when), receivedAt: at(when), doubt: null },
});
/** What is asked for on a day: saturation, and the day's questions. */
const measured = (when: string): RuleReading => reading('spo2', 94, when);
const answered = (when: string): AnswerSet => ({
  ...{ measurementId: ++id, questionnaire: 'daily', items: { dyspnoea_worse: false }, observedAt: at(when), receivedAt: at(when) },
});
const fever = (when: string): RuleReading => reading('temperature', 38.4, when);
const cool = (...when: string[]): RuleReading[] => when.map((each) => reading('temperature', 36.9, each));

interface Given extends Partial<Pick<RehearsalInput, 'readings' | 'answers'>> {
  readonly people?: People;
  readonly schedule?: readonly ScheduledMeasurement[];
  readonly pauses?: readonly Pause[];
  readonly snoozes?: readonly Snooze[];
}
function live({ schedule = BOTH, pauses = [], snoozes = [], ...given }: Given): Rehearsed {
  const plan = planOf({ pauses, schedule, enrolments: [{ programme: 'copd', from: BEGUN, to: null }] });
  return rehearse({
    agreement: { catalogue: CATALOGUE, plan, team: ONE_UNIT, pathway: DEFAULT_PATHWAY, frozenPathways: [DEFAULT_PATHWAY], snoozes },
    ...{ readings: [], refused: [], answers: [], episodes: [], recorded: [], from: at('02T06:00'), to: at('09T08:00') },
    ...given,
  });
}
/** Monday as planned. */
const FIRST_DAY = { readings: [measured('02T08:50')], answers: [answered('02T08:50')] };
/** A person acts once at each of these times. */
const person = (...steps: readonly PersonStep[]): People => ({
  next: ({ domains }, after) => (domains.includes('silence') ? null : (steps.find((step) => step.at > after) ?? null)),
});
const closes = (when: string): PersonStep => ({
  ...{ kind: 'close', at: at(when), byPersonId: 5, outcome: 'treated_at_home', note: '', secondLook: false },
});

/** `rule without its group, day and clock` of every silence. */
const silences = ({ findings }: Rehearsed): string[] =>
  findings
    .filter(({ finding }) => finding.domain === 'silence')
    .map(({ finding, judgedAt }) => `${finding.ruleId.slice('gen.silence.'.length)} ${local(judgedAt)}`);
const local = (when: Date): string => new Date(when.getTime() + 3_600_000).toISOString().slice(8, 16).replace('T', ' ');
/** What is told of the patient's values; what is missing is told besides. */
const told = ({ episodes }: Rehearsed): string[] =>
  episodes
    .filter(({ episode }) => !episode.domains.includes('silence'))
    .flatMap(({ advice }) => advice.map(({ kind, text }) => `${kind}: ${text.en}`));
const clears = ({ episodes }: Rehearsed): string[] =>
  episodes.flatMap(({ episode, steps }) =>
    episode.domains.includes('silence')
      ? steps.filter(({ kind }) => kind === 'cleared').map((step) => `${local(step.at)} ${step.reason.en}`)
      : [],
  );
const MONDAY = { readings: [measured('02T09:10')], answers: [answered('02T09:10')] };
const OVER = 'Not expected any more: it was agreed only for as long as the episode lasted.';

describe('two days a week, and an episode that opens on Monday at ten', () => {
  test('without one nothing is missing before Thursday', () => {
    expect(silences(live(MONDAY))).toEqual(['reminder 05 13:00']);
  });

  test('every day is asked for from the next on: the reminder, then the service, until what is missing comes', () => {
    const week = live({
      readings: [...MONDAY.readings, fever('02T10:00'), fever('04T12:00'), measured('05T07:30'), ...cool('05T07:30', '05T07:40')],
      answers: [...MONDAY.answers, answered('05T07:30')],
    });
    // All clear on Thursday morning: the usual days again, with nothing to be reminded of before the next Monday.
    expect(silences(week)).toEqual(['reminder 03 13:00', 'service 04 11:00', 'reminder 04 13:00']);
    expect(told(week)).toEqual([
      expect.stringMatching(/^yellow: .*Measure and answer the questions every day, until you are told otherwise\./),
      expect.stringMatching(/^green: .*You can go back to your usual days for measurements and questions\.$/),
    ]);
    expect(week.questions).toEqual([]);
    expect(clears(week).every((line) => line.startsWith('05 07:') && !line.includes(OVER))).toBe(true);
  });

  test('when the usual days come back, what was silent by the episode alone is cleared, and why is said', () => {
    const week = live({ readings: [...MONDAY.readings, fever('02T10:00'), ...cool('04T15:00', '04T15:10')], answers: MONDAY.answers });
    expect(silences(week)).toEqual(['reminder 03 13:00', 'service 04 11:00', 'reminder 04 13:00', 'reminder 05 13:00']);
    // It closed as it cleared, two days after the fever: no green advice, and yet the patient is told otherwise, once.
    expect(told(week)).toHaveLength(1);
    expect(week.questions.map(({ draft, at: when }) => [local(when), draft.text.en])).toEqual([
      ['04 15:10', 'You can go back to your usual days for measurements and questions.'],
    ]);
    expect(
      clears(week)
        .filter((line) => line.includes(OVER))
        .map((line) => line.slice(0, 8)),
    ).toEqual(['04 15:10', '04 15:10']);
    expect(clears(week).join('\n')).toContain(`${OVER} All is clear`);
  });

  test('a red one lasts until a person closes it, however normal the values are', () => {
    const low = [reading('spo2', 86, '02T10:00'), reading('spo2', 86, '02T10:10')];
    const well = [measured('02T18:00'), measured('02T18:10'), measured('03T08:30')];
    const red = { readings: [...MONDAY.readings, ...low, ...well], answers: [...MONDAY.answers, answered('03T08:30')] };
    const reminders = (week: Rehearsed): string[] => silences(week).filter((line) => line.startsWith('reminder'));
    expect(reminders(live(red))).toEqual([
      'reminder 04 13:00',
      'reminder 05 13:00',
      'reminder 06 13:00',
      'reminder 07 13:00',
      'reminder 08 13:00',
    ]);
    expect(reminders(live({ ...red, people: person(closes('03T12:00')) }))).toEqual(['reminder 05 13:00']);
    expect(told(live(red)).some((line) => line.startsWith('red: ') && line.endsWith('every day, until you are told otherwise.'))).toBe(
      true,
    );
  });

  test('one that comes back asks from then on, not from when it first opened', () => {
    const back = live({
      readings: [...MONDAY.readings, fever('02T10:00'), ...cool('02T15:00', '02T15:10'), fever('04T15:00')],
      answers: MONDAY.answers,
    });
    expect(silences(back).slice(0, 2)).toEqual(['reminder 05 13:00', 'service 06 13:00']);
    expect(told(back).map((line) => line.split(':')[0])).toEqual(['yellow', 'green', 'yellow']);
  });

  test('one that comes back while it is kept quiet asks for nothing more: all that was told is that the usual days are back', () => {
    const [{ ruleId }] = live({ readings: [fever('02T10:00')] }).findings.map(({ finding }) => finding) as [Finding];
    const snooze = { id: 1, ruleId, severity: 'yellow' as const, from: at('03T09:30'), until: at('08T00:00') };
    const readings = [...MONDAY.readings, fever('02T10:00'), measured('03T08:50'), ...cool('03T08:50', '03T09:00'), fever('03T20:00')];
    const week = live({ readings, answers: [...MONDAY.answers, answered('03T08:50')], snoozes: [snooze] });
    expect(told(week).map((line) => line.split(':')[0])).toEqual(['yellow', 'green']);
    expect(week.episodes[0]?.episode).toMatchObject({ clearedAt: null, closedAt: null });
    expect(silences(week)).toEqual(['reminder 05 13:00']);
  });

  test('the usual days are told once, by the green advice of another episode where there is one', () => {
    const low = [reading('systolic', 98, '03T12:00'), reading('systolic', 98, '03T12:20')];
    const well = ['04T15:00', '04T15:10'].flatMap((when) => [...cool(when), reading('systolic', 125, when), measured(when)]);
    const week = live({
      readings: [...MONDAY.readings, fever('02T10:00'), ...low, ...well],
      answers: [...MONDAY.answers, answered('04T15:00')],
    });
    expect(week.episodes.map(({ episode }) => episode.domains.join()).sort()).toEqual(
      expect.arrayContaining(['blood_pressure', 'infection']),
    );
    expect([told(week).filter((line) => line.startsWith('green')).length, week.questions]).toEqual([1, []]);
  });

  test('one that opens in the daily fortnight at the beginning lasts beyond it', () => {
    const begins = at('04T08:00');
    const fortnight = BOTH.slice(0, 2).map((item) => ({ ...item, weekdays: more.weekdays, from: at('02T00:00'), to: begins }));
    const schedule = [...fortnight, ...BOTH.map((item) => ({ ...item, from: begins }))];
    const answers = [answered('02T09:10'), answered('03T09:10')];
    const readings = [measured('02T09:10'), measured('03T09:10')];
    expect(silences(live({ readings, answers, schedule }))).toEqual(['reminder 05 13:00']);
    const ill = live({ readings: [...readings, fever('02T10:00')], answers, schedule });
    // Daily all the while, by one line after the other: 48 hours from the last data.
    expect(silences(ill).slice(0, 3)).toEqual(['reminder 04 13:00', 'service 05 11:00', 'reminder 05 13:00']);
  });

  test('in a pause nothing is missing', () => {
    const pauses: Pause[] = [{ id: 1, kind: 'holiday', from: at('03T00:00'), to: at('05T06:00'), reason: 'away' }];
    expect(silences(live({ ...MONDAY, readings: [...MONDAY.readings, fever('02T10:00')], pauses }))[0]).toBe('reminder 05 13:00');
  });

  test('admitted with something red open: the unit hears that nothing has come, and the home is not asked to measure', () => {
    const pauses: Pause[] = [{ id: 1, kind: 'admission', from: at('02T12:00'), to: at('05T12:00'), reason: 'Ahus' }];
    const week = live({ ...MONDAY, readings: [...MONDAY.readings, reading('temperature', 39.6, '02T10:00')], pauses });
    expect(silences(week)[0]).toBe('in_episode 02 22:00');
    const toldIn = week.episodes
      .filter(({ episode }) => episode.domains.includes('silence'))
      .flatMap(({ steps }) => steps.filter(({ kind, at: when }) => kind === 'told_patient' && when < at('05T12:00')));
    expect(toldIn.map(({ at: when, reason }) => `${local(when)} ${reason.en}`)).toEqual([
      expect.stringMatching(/^02 22:00 .*We have had no measurements from you for a while\. You have a pause and need not measure\./),
    ]);
  });

  describe('yellow in a pause', () => {
    const pauses: Pause[] = [{ id: 1, kind: 'holiday', from: at('03T00:00'), to: at('05T18:00'), reason: 'away' }];
    const toldAt = ({ episodes }: Rehearsed): string[] =>
      episodes.flatMap(({ steps, episode: { domains } }) =>
        domains.includes('silence') ? [] : steps.filter(({ kind }) => kind === 'told_patient').map((step) => local(step.at)),
      );
    const ill = { answers: MONDAY.answers, readings: [...MONDAY.readings, fever('04T10:00')], pauses };

    test('is told when the pause ends, once; what is asked for every day is missing after that', () => {
      const week = live(ill);
      expect(toldAt(week)).toEqual(['05 18:00']);
      expect(told(week)[0]).toMatch(/^yellow: .*Measure and answer the questions every day, until you are told otherwise\./);
      expect(silences(week)).toEqual(['reminder 06 13:00', 'service 07 13:00', 'reminder 07 13:00', 'reminder 08 13:00']);
    });

    test('is told when the last of several ends', () => {
      const next: Pause = { id: 2, kind: 'admission', from: at('05T12:00'), to: at('06T12:00'), reason: 'Ahus' };
      expect(toldAt(live({ ...ill, pauses: [...pauses, next] }))).toEqual(['06 12:00']);
    });

    test('is not told when all is clear by then, nor again to who was told before', () => {
      const clear = live({ ...ill, readings: [...ill.readings, ...cool('05T09:00', '05T09:10')] });
      expect([toldAt(clear), silences(clear)]).toEqual([[], []]);
      const before = live({ ...ill, readings: [...MONDAY.readings, fever('02T10:00'), fever('04T10:00')] });
      expect(toldAt(before)).toEqual(['02 10:00']);
    });

    test('nor of what is kept quiet', () => {
      const [{ ruleId }] = live({ readings: [fever('02T10:00')] }).findings.map(({ finding }) => finding) as [Finding];
      const snooze = { id: 1, ruleId, severity: 'yellow' as const, from: at('02T12:00'), until: at('08T00:00') };
      const readings = [...MONDAY.readings, fever('02T10:00'), ...cool('02T15:00', '02T15:10'), fever('04T10:00')];
      expect(toldAt(live({ ...ill, readings, snoozes: [snooze] }))).toEqual(['02 10:00', '02 15:10']);
    });
  });

  test('silence itself asks for nothing more', () => {
    const nothing = live({ readings: [], answers: [] });
    expect(silences(nothing)).toEqual(['reminder 02 13:00', 'service 05 13:00', 'reminder 05 13:00']);
    expect(nothing.episodes.some(({ episode }) => episode.severity === 'yellow' && episode.closedAt === null)).toBe(true);
  });

  test('who has agreed to no more is neither asked nor told to measure more', () => {
    const week = live({ ...MONDAY, readings: [...MONDAY.readings, fever('02T10:00')], schedule: BOTH.slice(0, 2) });
    expect(silences(week)).toEqual(['reminder 05 13:00']);
    expect(told(week).join()).not.toMatch(/every day|usual days/);
    const readings = [...MONDAY.readings, fever('02T10:00'), ...cool('04T15:00', '04T15:10')];
    const closed = live({ ...MONDAY, readings, schedule: BOTH.slice(0, 2) });
    // It closed as it cleared: that all is well is told all the same, and yellow is not the last the patient hears.
    expect(closed.questions.map(({ draft: { kind, text } }) => `${kind}: ${text.en}`)).toEqual([
      'green: Your values are as usual. Continue with your usual treatment.',
    ]);
  });
});

describe('a red reading that comes 13 hours late', () => {
  const late: RuleReading = { ...reading('spo2', 86, '02T19:00'), receivedAt: at('03T08:00') };
  const grave = (given: Given): string[] => silences(live({ schedule: [], ...given })).filter((line) => line.startsWith('in_episode'));

  test.each<[string, Given]>([
    ['opens an episode', { readings: [late] }],
    ['makes an open one graver', { readings: [fever('02T10:00'), late] }],
    ['brings a closed one back', { readings: [reading('spo2', 86, '02T10:00'), late], people: person(closes('02T15:00')) }],
  ])('is told once: when it %s, silence is counted from then', (_name, given) => {
    expect(grave(given)).toEqual(['in_episode 03 20:00']);
  });
});

describe('fewer days agreed than planned', () => {
  const agreed = {
    ...{ id: 1, daysAWeek: null, reason: 'x', setByPersonId: 5, validFrom: BEGUN, validTo: null, version: 1 },
    weekdays: [1],
  };
  const { schedule: kept } = keepToMeasuringDays(BOTH, [agreed]);

  test('nothing is missed on the other days', () => {
    const missed = (schedule: readonly ScheduledMeasurement[]) =>
      silences(live({ schedule, ...FIRST_DAY })).map((each) => each.slice(0, 11));
    expect(missed(BOTH)).toContain('reminder 05');
    expect(missed(kept)).toEqual([]);
  });

  test('a re-measure is asked for, and a red episode followed, as though nothing were agreed', () => {
    const readings = [...FIRST_DAY.readings, reading('spo2', 84, '03T08:00')];
    const [given, asPlanned] = [kept, BOTH].map((schedule) => live({ schedule, ...FIRST_DAY, readings }));
    expect(given?.findings.some(({ finding }) => finding.result === 'pending')).toBe(true);
    expect(given?.episodes.map(({ episode }) => episode.severity)).toContain('red');
    expect(silences(given as Rehearsed).join()).toMatch(/in_episode.*reminder 04/);
    expect(silences(given as Rehearsed)).toEqual(silences(asPlanned as Rehearsed));
  });
});
