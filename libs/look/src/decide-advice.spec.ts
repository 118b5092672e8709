import { DEFAULT_PATHWAY, type CareLevel } from '@varde/routing';
import type { AdviceAnswer } from './advice.js';
import { saysWell } from './advise.js';
import type { GradedFinding } from './decide.js';
import type { LookOutcome } from './input-and-outcome.js';
import { clears, fires, graded, hours, Story } from '../../../test/look-story.js';

test('when the messages about the last step were lost too, the patient is told once that nobody is reached, until the ladder begins again', () => {
  const told = new Story().look(hours(1), fires(graded(hours(1), { severity: 'red' })));
  const id = told.episodes[0]?.id ?? 0;
  const lost = { undelivered: [id] };
  const advised = () => told.outcomes.flatMap(({ episodes }) => episodes.flatMap(({ advice }) => advice ?? []));
  told.wait(hours(3));
  expect(told.episodes[0]).toMatchObject({ ladderStepsTaken: 5, nextStepAt: hours(5) });
  expect(advised()).toHaveLength(1);
  told.look(hours(3.1), {}, lost).look(hours(3.2), {}, lost).look(hours(3.3), {}, lost);
  expect(advised().map(({ text }) => text.en)).toEqual([
    expect.stringMatching(/dho is at work now/),
    expect.stringMatching(/Nobody is watching/),
  ]);
  expect(told.outcomes.at(-3)?.episodes[0]?.steps[0]?.reason.en).toMatch(/^Not even the messages about the last step/);
  expect(told.outcomes.at(-1)).toMatchObject({ episodes: [], nextLookAt: hours(5) });
  told.look(hours(5), {}, { undelivered: [] });
  expect(told.episodes[0]).toMatchObject({ ladderStepsTaken: 1, ladderStartedAt: hours(5) });
});

test.each([
  ['called_113', 1],
  ['not_needed', 1],
  ['cannot', 2],
] as const)('who has answered %s is told %i times to call 113 when the ladder comes to nothing again', (answer, times) => {
  const told = new Story().look(hours(1), fires(graded(hours(1), { severity: 'critical' }))).answer(answer);
  const lost = { undelivered: [told.episodes[0]?.id ?? 0] };
  const advised = () => told.outcomes.flatMap(({ episodes }) => episodes.flatMap(({ advice }) => advice ?? [])).length;
  told.wait(hours(1.25)).look(hours(1.3), {}, lost);
  expect(told.outcomes.at(-1)?.episodes[0]?.steps[0]?.reason.en).toMatch(/^Not even the messages about the last step/);
  expect(advised()).toBe(times);
  const again = graded(hours(1.55), { severity: 'critical' });
  told.wait(hours(1.56)).look(hours(1.6), fires(again), { undelivered: [] });
  told.wait(hours(1.85)).look(hours(1.9), {}, lost);
  // Of the new value, unless a call waits, and that nobody is reached.
  expect(advised()).toBe(3);
});

test('a ladder that moves on because its messages were lost stays on the route it began on', () => {
  const at = hours(12.1);
  const step = (afterMin: number, careLevel: CareLevel) => ({ afterMin, openingHoursClock: false, careLevel, to: careLevel });
  const red = { severity: 'red' as const, first: ['legevakt' as const], acknowledgementMin: 60 };
  const evening = { hours: [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '20:00', to: '08:00' }] };
  const routes = [
    { ...red, when: evening, ladder: [step(0, 'legevakt'), step(30, 'home_nursing'), step(60, 'legevakt')] },
    { ...red, when: null, ladder: [step(0, 'legevakt')] },
  ];
  const told = new Story().look(at, fires(graded(at, { severity: 'red' })), {
    pathway: { ...DEFAULT_PATHWAY, routes },
    frozenPathways: [],
  });
  told.look(hours(12.2), {}, { undelivered: [told.episodes[0]?.id ?? 0] });
  const sent = told.outcomes.at(-1)?.episodes.flatMap(({ notices }) => notices.map(({ unitId }) => unitId));
  expect(sent).toEqual([4]);
  expect(told.episodes[0]).toMatchObject({ ladderStepsTaken: 2, ladderStartedAt: at, nextStepAt: hours(12.7) });
});

describe('a yellow problem that was covered by a red one', () => {
  const red = (n: number) => graded(hours(n), { severity: 'red', ruleId: 'copd.spo2.below_target' });
  const pressure = (n: number) => graded(hours(n), { ruleId: 'htn.mean.high', domain: 'blood_pressure' });
  const toldYellow = ({ outcomes }: Story) =>
    outcomes.flatMap(({ episodes }, place) =>
      episodes.flatMap(({ advice = [] }) => advice.filter(({ kind }) => kind === 'yellow').map(() => place)),
    );

  test('the patient is told of it when it comes forward, once', () => {
    const story = new Story().look(hours(0), fires(red(0), pressure(0)));
    expect(toldYellow(story)).toEqual([]);
    story
      .look(hours(1), clears(hours(1), 'copd.spo2.below_target'))
      .look(hours(2))
      .wait(hours(30));
    expect(toldYellow(story)).toEqual([1]);
  });

  test('who was told of it before, and has answered, is not told again; of a relapse since then they are', () => {
    const story = new Story()
      .look(hours(0), fires(pressure(0)))
      .answer()
      .look(hours(1), fires(red(1)))
      .look(hours(2), clears(hours(2), 'copd.spo2.below_target'));
    expect(story.told).toContain('escalated yellow');
    expect(toldYellow(story)).toEqual([0]);
    story
      .look(hours(3), clears(hours(3), 'htn.mean.high'))
      .look(hours(4), fires(graded(hours(4), { severity: 'red', ruleId: 'gen.rr.very_high' })))
      .look(hours(5), fires(pressure(5)))
      .look(hours(6), clears(hours(6), 'gen.rr.very_high'));
    expect(toldYellow(story)).toEqual([0, 6]);
  });

  test('but not of one that has cleared meanwhile', () => {
    const story = new Story().look(hours(0), fires(red(0), pressure(0))).look(hours(1), clears(hours(1), 'htn.mean.high'));
    expect(toldYellow(story.look(hours(2), clears(hours(2), 'copd.spo2.below_target')))).toEqual([]);
  });
});

describe('that all is well', () => {
  const pressure = graded(hours(0), { ruleId: 'htn.mean.high', domain: 'blood_pressure' });
  const greens = ({ episodes }: LookOutcome) => episodes.flatMap(({ advice = [] }) => advice).filter(saysWell);
  const both = { cleared: [...clears(hours(2)).cleared, ...clears(hours(2), 'htn.mean.high').cleared] };
  const story = () => new Story().look(hours(0), fires(graded(hours(0)), pressure));

  test('is told once, when two clear in one look', () => {
    expect(greens(story().look(hours(2), both).outcomes[1]!)).toHaveLength(1);
  });

  test('is not told while something new stands or is measured again', () => {
    const other = graded(hours(2), { ruleId: 'gen.temp.high', domain: 'metabolic' });
    const pending = { ...other, finding: { ...other.finding, result: 'pending' as const, pendingUntil: hours(2.5) } };
    expect(greens(story().look(hours(2), { ...both, findings: [other] }).outcomes[1]!)).toEqual([]);
    expect(greens(story().look(hours(2), { ...both, findings: [pending] }).outcomes[1]!)).toEqual([]);
  });

  const given = ({ outcomes }: Story) => outcomes.flatMap((outcome, place) => greens(outcome).map(() => place));
  const temperature = (n: number) => graded(hours(n), { ruleId: 'gen.temp.high', domain: 'metabolic' });
  const pending = (n: number) => {
    const each = temperature(n);
    return { ...each, finding: { ...each.finding, result: 'pending' as const, pendingUntil: hours(n + 0.5) } };
  };

  test.each([
    ['unanswered', (each: Story) => each],
    ['answered', (each: Story) => each.answer()],
  ])('is told once when what was measured again has come to nothing, %s', (_what, answer) => {
    const put = answer(story()).look(hours(2), { ...both, findings: [pending(2)] });
    expect(given(put.look(hours(2.2), fires(pending(2))))).toEqual([]);
    expect(given(put.look(hours(2.4)).look(hours(3)).wait(hours(40)))).toEqual([3]);
  });

  test('is told to who was told of a pause meanwhile', () => {
    const put = story().look(hours(2), { ...both, findings: [pending(2)] });
    const { advised = [] } = put.input;
    const pause = { key: 'pause/3/ended', kind: 'green' as const, episodeId: null, isRead: false, at: hours(0.5) };
    put.input = { ...put.input, advised: [...advised, { ...pause, id: 99 }] };
    expect(given(put.look(hours(3)).wait(hours(40)))).toEqual([2]);
  });

  test('is not told of what was never told, nor after a person has closed something grave', () => {
    const red = graded(hours(1), { ruleId: 'gen.temp.very_high', domain: 'metabolic', severity: 'red' });
    const close = { kind: 'close' as const, at: hours(3), byPersonId: 7, outcome: 'admitted' as const, note: '', secondLook: true };
    const grave = story().look(hours(1), fires(red)).look(hours(2), both);
    expect(grave.episodes.map(({ severity }) => severity)).toEqual(['yellow', 'yellow', 'red']);
    expect(given(grave.person(close, 2).look(hours(4)).wait(hours(30)))).toEqual([]);
    const silent = new Story().look(hours(0), fires(red, graded(hours(0), { ruleId: 'htn.mean.high', domain: 'blood_pressure' })));
    silent.look(hours(2), { cleared: [...both.cleared, ...clears(hours(2), 'gen.temp.very_high').cleared] });
    expect(given(silent.look(hours(4)).wait(hours(30)))).toEqual([]);
  });

  test('is told beside a technical fault for information, and not while something is missing', () => {
    const fault = (given: Parameters<typeof graded>[1]) => graded(hours(1), { ruleId: 'gen.tech', domain: 'technical', ...given });
    const told = (other: GradedFinding) => given(story().look(hours(1), fires(other)).look(hours(2), both).wait(hours(30)));
    expect(told(fault({ severity: 'info' }))).toEqual([2]);
    expect(told(fault({}))).toEqual([]);
    expect(told(fault({ domain: 'silence', severity: 'info' }))).toEqual([]);
  });
});

describe('an emergency answer or a critical value in an episode that is critical already', () => {
  const answer = (n: number, given: Parameters<typeof graded>[1] = {}) =>
    fires(graded(hours(n), { ruleId: 'gen.emergency_answer', domain: 'general', severity: 'critical', anchor: `m:${n}`, ...given }));
  const calls = ({ outcomes }: Story) =>
    outcomes.flatMap(({ episodes }, place) =>
      episodes.flatMap(({ advice = [] }) => advice.filter(({ kind }) => kind === 'critical').map(() => place)),
    );
  const blueLips = () => new Story().look(hours(1), answer(1));

  test.each(['called_113', 'cannot', 'not_needed'] as const)('is told at once to who has answered %s', (given) => {
    const story = blueLips().answer(given).look(hours(1.01), answer(1.01));
    expect(calls(story)).toEqual([0, 1]);
  });

  test('is told when a person has it already', () => {
    const story = blueLips()
      .answer('not_needed')
      .person({ kind: 'acknowledge', zone: 'Europe/Oslo', at: hours(1.01), byPersonId: 7, endsAt: hours(9) });
    expect(calls(story.look(hours(5), answer(5)))).toEqual([0, 1]);
  });

  test('is not told again while the first call for 113 waits for its answer, unless it is of no use any more', () => {
    expect(calls(blueLips().look(hours(2), answer(2)))).toEqual([0]);
    expect(calls(blueLips().look(hours(26), answer(26)))).toEqual([0, 1]);
  });

  test('is not told as danger to life when it has come so late that it is red', () => {
    expect(
      calls(
        blueLips()
          .answer('not_needed')
          .look(hours(5), answer(5, { acted: 'red' })),
      ),
    ).toEqual([0]);
  });

  const value = (n: number) => fires(graded(hours(n), { ruleId: 'copd.spo2.critical', severity: 'critical' }));

  test('so is another critical value, but not what was measured again with the call, nor while the call waits', () => {
    const news2 = (n: number) => answer(n, { ruleId: 'gen.news2.high' });
    const again = blueLips().look(hours(1.1), news2(1.1)).answer('called_113').look(hours(1.2), news2(1.2));
    expect(calls(again)).toEqual([0]);
    expect(calls(again.look(hours(5), news2(5)))).toEqual([0, 3]);
    expect(calls(again.look(hours(6), news2(6)))).toEqual([0, 3]);
  });

  test('what was measured again with the call is told to who has answered that they need no 113, and to nobody else', () => {
    const after = (given: AdviceAnswer) => calls(new Story().look(hours(1), value(1)).answer(given).look(hours(1.1), value(1.1)));
    expect(after('not_needed')).toEqual([0, 1]);
    for (const given of ['called_113', 'cannot'] as const) expect(after(given)).toEqual([0]);
  });

  test('so is what comes together with that answer; the unit learns of it', () => {
    const story = new Story().look(hours(1), value(1));
    const items = { advice_id: story.input.advised?.[0]?.id ?? 0, advice_answer: 'not_needed' };
    const set = { measurementId: 900, questionnaire: 'advice', items, observedAt: hours(1.05), receivedAt: hours(1.1) };
    story.look(hours(1.1), value(1.1), { window: { ...story.input.window, answers: [set] } });
    expect(calls(story)).toEqual([0, 1]);
    expect(story.told).toContain('patient_answered critical');
  });

  test('a critical value that comes back at night is told to people and patient, though yellow stands', () => {
    const night = new Story().look(hours(14), { findings: [...value(14).findings!, graded(hours(14))] }).answer('called_113');
    night.look(hours(14.3), clears(hours(14.3), 'copd.spo2.critical'));
    const before = night.told.length;
    night.look(hours(18), value(18));
    expect(night.told.slice(before)).toContain('relapsed critical');
    expect(calls(night)).toEqual([0, 2]);
  });
});

describe('what reaches us late', () => {
  /** Found at once, measured so many hours before. */
  const late = (h: number, given: Parameters<typeof graded>[1] = {}) => graded(hours(40 - h), { receivedAt: hours(40), ...given });
  const texts = ({ outcomes }: Story) => outcomes.flatMap(({ episodes }) => episodes.flatMap(({ advice = [] }) => advice));

  test.each([
    [2, null],
    [2.1, 2],
    [24, 24],
  ])('by %p hours is told to the patient, and from when it is', (h, said) => {
    for (const severity of ['yellow', 'red'] as const) {
      const [advice, ...more] = texts(new Story().look(hours(40), fires(late(h, { severity }))));
      expect(more).toEqual([]);
      expect(advice?.kind).toBe(severity);
      if (said === null) expect(advice?.text.en).not.toMatch(/ago/);
      else expect(advice?.text.nb).toMatch(new RegExp(`^Dette ble målt eller svart for ${said} timer siden\\. \\S`));
      if (said !== null) expect(advice?.text.en).toMatch(new RegExp(`^This was measured or answered ${said} hours ago\\. \\S`));
    }
  });

  test('by more than 24 hours is told to people and not to the patient, then or later', () => {
    const old = late(24.1, { severity: 'red', acted: 'yellow' });
    const story = new Story().look(hours(40), fires(old));
    expect(story.told).toEqual(['opened yellow']);
    expect(texts(story.wait(hours(60)))).toEqual([]);
    const covered = new Story().look(
      hours(40),
      fires(late(0, { severity: 'red' }), late(24.1, { ...old.finding, domain: 'blood_pressure', acted: 'yellow' })),
    );
    covered.look(hours(41), clears(hours(41))).wait(hours(90));
    expect(covered.told).toContain('escalated yellow');
    expect(texts(covered).map(({ kind }) => kind)).toEqual(['red']);
  });

  test('does not keep what came in time beside it from the patient', () => {
    const both = fires(late(30, { severity: 'red', acted: 'yellow' }), late(0, { ruleId: 'gen.rr.high' }));
    const [advice, ...more] = texts(new Story().look(hours(40), both));
    expect([advice?.kind, more]).toEqual(['yellow', []]);
    expect(advice?.text.en).not.toMatch(/ago/);
  });

  test('does not keep from the patient that nobody is reached, nor say of it that it is from before', () => {
    for (const h of [30, 6]) {
      const told = new Story()
        .look(hours(39.7), fires(graded(hours(39.7), { severity: 'critical' })))
        .answer('cannot')
        .wait(hours(39.95));
      const again = new Story(told.input).look(hours(40), fires(late(h, { ruleId: 'gen.rr.high' })), { undelivered: [1] });
      expect(texts(again).map(({ kind }) => kind)).toEqual(['critical']);
      expect(texts(again)[0]?.text.en).not.toMatch(/ago/);
    }
  });
});

describe('red advice beside a call for 113 of another problem', () => {
  const news2 = (n: number) => graded(hours(n), { ruleId: 'gen.news2.high', domain: 'general', severity: 'critical' });
  const rate = (n: number) => graded(hours(n), { ruleId: 'gen.rr.very_high', severity: 'red' });
  const kinds = ({ outcomes }: Story) =>
    outcomes.map(({ episodes }) => episodes.flatMap(({ advice = [] }) => advice.map(({ kind }) => kind)).join(' '));
  /** The patient answers the call as the home sends it. */
  const answers = (story: Story, n: number, answer: AdviceAnswer) => {
    const call = story.input.advised?.find(({ kind }) => kind === 'critical')?.id ?? 0;
    const items = { advice_id: call, advice_answer: answer };
    const set = { measurementId: 900, questionnaire: 'advice', items, observedAt: hours(n), receivedAt: hours(n) };
    return story.look(hours(n), {}, { window: { ...story.input.window, answers: [set] } });
  };

  test('is not told while the call waits for its answer, whichever came first', () => {
    expect(kinds(new Story().look(hours(0), fires(news2(0))).look(hours(0.2), fires(rate(0.2))))).toEqual(['critical', '']);
    expect(kinds(new Story().look(hours(0), fires(rate(0), news2(0))))).toEqual(['critical']);
    expect(kinds(new Story().look(hours(0), fires(rate(0))).look(hours(0.2), fires(news2(0.2))))).toEqual(['red', 'critical']);
  });

  test('is told when the patient answers that they need no 113, if it still stands', () => {
    const both = () => new Story().look(hours(0), fires(news2(0))).look(hours(0.2), fires(rate(0.2)));
    expect(kinds(answers(both(), 0.3, 'not_needed').look(hours(0.31)))).toEqual(['critical', '', 'red', '']);
    expect(kinds(answers(both(), 0.3, 'called_113'))).toEqual(['critical', '', '']);
    const cleared = both().look(hours(0.25), clears(hours(0.25), 'gen.rr.very_high'));
    expect(kinds(answers(cleared, 0.3, 'not_needed'))).toEqual(['critical', '', '', '']);
  });

  test('is told of what comes after the answer, or a day after a call that nobody has answered', () => {
    const called = answers(new Story().look(hours(0), fires(news2(0))), 0.1, 'called_113');
    expect(kinds(called.look(hours(6), fires(rate(6))))).toEqual(['critical', '', 'red']);
    expect(kinds(new Story().look(hours(0), fires(news2(0))).look(hours(25), fires(rate(25))))).toEqual(['critical', 'red']);
  });

  test('a low sugar and what is missing are told all the same', () => {
    const sugar = graded(hours(0), { ruleId: 'dm.glucose.level2', domain: 'metabolic', severity: 'red' });
    expect(kinds(new Story().look(hours(0), fires(news2(0), sugar)))).toEqual(['critical red']);
    const silence = graded(hours(12), { ruleId: 'gen.silence.in_episode', domain: 'silence', severity: 'red', cause: 'patient' });
    expect(kinds(new Story().look(hours(0), fires(news2(0))).look(hours(12), fires(silence)))).toEqual(['critical', 'red']);
  });
});
