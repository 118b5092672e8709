import type { DeviceContact, SilenceCause } from '@varde/rules';
import { clears, fires, graded, hours, Story } from '../../../test/look-story.js';
import type { GradedFinding } from './decide.js';

const REMINDER = 'gen.silence.reminder';
const reminder = (n: number, cause?: SilenceCause): GradedFinding =>
  graded(hours(n), { ruleId: REMINDER, domain: 'silence', severity: 'info', ...(cause && { cause }) });
const service = (n: number, cause?: SilenceCause): GradedFinding =>
  graded(hours(n), { ruleId: 'gen.silence.service', domain: 'silence', severity: 'yellow', ...(cause && { cause }) });
const grave = (n: number, cause: SilenceCause): GradedFinding =>
  graded(hours(n), { ruleId: 'gen.silence.in_episode', domain: 'silence', severity: 'red', cause });
const advised = ({ outcomes }: Story) => outcomes.flatMap(({ episodes }) => episodes.flatMap(({ advice }) => advice ?? []));
const kinds = (story: Story): string[] => advised(story).map(({ kind, key }) => `${kind} ${key.split('/')[1]}`);

describe('a planned measurement that is missing', () => {
  test('is told to the patient, with nothing to decide, and not to the unit', () => {
    const story = new Story().look(hours(0), fires(reminder(0, 'patient')));
    expect(advised(story)).toMatchObject([{ kind: 'green', answers: ['seen'], mustAnswer: false, ofUseUntil: hours(24) }]);
    expect(advised(story)[0]?.text.nb).toMatch(/Vi har ikke fått .* Mål eller svar når du kan/);
    expect(advised(story)[0]?.text.en).toMatch(/We have not had .* measure or answer when you can/);
    expect(story.told).toEqual([]);
    expect(story.episodes).toMatchObject([{ severity: 'info', closedAt: null, signals: [{ ruleId: REMINDER, standing: true }] }]);
  });

  test.each<[SilenceCause, RegExp | null, readonly string[]]>([
    ['patient', /Mål eller svar når du kan/, []],
    ['device', /sjekk batteriet/, []],
    // Neither a message nor a measurement comes through: the unit is told in their place.
    ['gateway', null, ['opened info']],
    // That we are away is told as such (decision 13), not patient by patient.
    ['service', null, []],
    // There may be no way to the home: both.
    ['unknown', /Mål eller svar når du kan/, ['opened info']],
  ])('because of the %s', (cause, text, told) => {
    const story = new Story().look(hours(0), fires(reminder(0, cause)));
    if (text === null) expect(advised(story)).toEqual([]);
    else expect(advised(story)[0]?.text.nb).toMatch(text);
    if (cause !== 'patient' && cause !== 'unknown') expect(JSON.stringify(advised(story))).not.toMatch(/Mål |measure or answer/);
    expect(story.told).toEqual(told);
  });

  test('because of a device that nobody has measured with: the unit is told, where no other device leads to a gateway that is there', () => {
    const inDrawer = { metrics: ['spo2' as const], batteryPercent: null, errors: [], contactAt: hours(-500), gateway: null };
    const inUse = { ...inDrawer, metrics: ['weight' as const], contactAt: hours(-20), gateway: { isOnline: true, since: hours(-90) } };
    const toldBy = (...devices: readonly DeviceContact[]): readonly string[] => {
      const window = { ...new Story().input.window, contact: { devices, blind: [] } };
      return new Story({ window }).look(hours(0), fires(reminder(0, 'device'))).told;
    };
    expect(toldBy(inDrawer)).toEqual(['opened info']);
    expect(toldBy(inDrawer, inUse)).toEqual([]);
    expect(toldBy(inDrawer, { ...inUse, gateway: { isOnline: false, since: hours(-9) } })).toEqual(['opened info']);
  });

  test('is not told twice: not by another look, nor when something else of the same morning is missing', () => {
    const story = new Story()
      .look(hours(0), fires(reminder(0, 'patient')))
      .look(hours(0.1))
      .look(hours(1), fires(reminder(1, 'patient')));
    expect(kinds(story.wait(hours(20)))).toEqual(['green reminder']);
  });

  test('is told anew of the next day while the one before stands, and of what is missing after it had come', () => {
    const story = new Story().look(hours(0), fires(reminder(0, 'patient'))).look(hours(24), fires(reminder(24, 'patient')));
    story.look(hours(25), clears(hours(25), REMINDER)).look(hours(30), fires(reminder(30, 'patient')));
    expect(kinds(story)).toEqual(['green reminder', 'green reminder', 'green reminder']);
    expect(story.told).toEqual([]);
  });

  test('is told when the gateway is back and the next one is missing', () => {
    const story = new Story().look(hours(0), fires(reminder(0, 'gateway'))).look(hours(6), fires(reminder(6, 'patient')));
    expect(kinds(story)).toEqual(['green reminder']);
  });

  test('is not told in a pause', () => {
    const pauses = [{ id: 1, kind: 'holiday' as const, from: hours(-1), to: hours(9), reason: 'ferie' }];
    const plan = { ...new Story().input.plan, pauses };
    expect(advised(new Story({ plan }).look(hours(0), fires(reminder(0, 'patient'))))).toEqual([]);
  });

  test('snoozed it is told to nobody', () => {
    const snoozes = [{ id: 1, ruleId: REMINDER, severity: 'info' as const, from: hours(-1), until: hours(9) }];
    const story = new Story({ snoozes }).look(hours(0), fires(reminder(0, 'patient')));
    expect([advised(story), story.told]).toEqual([[], []]);
  });
});

describe('no data for two planned measurements', () => {
  test('is told to the owner and, with who is there and where to get help, to the patient: once', () => {
    const story = new Story()
      .look(hours(0), fires(reminder(0, 'patient')))
      .look(hours(24), fires(reminder(24, 'patient'), service(24, 'patient')));
    expect(kinds(story)).toEqual(['green reminder', 'yellow yellow']);
    const { text, answers } = advised(story)[1] ?? {};
    expect(text?.nb).toMatch(/Mål eller svar når du kan.*dho er på jobb nå.*116117.*113/);
    expect(text?.nb).not.toMatch(/trinn/);
    expect(answers).toEqual(['seen']);
    expect(story.told).toContain('severity_rose yellow');
    story.look(hours(48), fires(reminder(48, 'patient'))).look(hours(72), fires(reminder(72, 'patient')));
    expect(kinds(story)).toHaveLength(2);
  });

  test.each<SilenceCause>(['gateway', 'service'])('because of the %s: the owner alone, until the patient can do something', (cause) => {
    const story = new Story().look(hours(0), fires(service(0, cause)));
    expect([advised(story), story.told]).toEqual([[], ['opened yellow']]);
    expect(kinds(story.look(hours(4), fires(reminder(4, 'patient'))))).toEqual(['yellow yellow']);
  });

  test('says nothing of usual days when it is over', () => {
    const schedule = [
      { metric: 'spo2' as const, atLocal: '09:00', weekdays: [1, 2, 3, 4, 5, 6, 7], from: hours(-90), to: null, onlyInEpisode: true },
    ];
    const story = new Story({ plan: { ...new Story().input.plan, schedule } }).look(hours(0), fires(service(0, 'patient')));
    story.look(hours(1), clears(hours(1), 'gen.silence.service')).wait(hours(60));
    expect(story.episodes.every(({ closedAt }) => closedAt !== null)).toBe(true);
    expect(story.outcomes.flatMap(({ advice }) => advice)).toEqual([]);
  });
});

test('silence while a red episode is open is told whatever its cause, and tells nobody to measure who cannot reach us', () => {
  const said = (cause: SilenceCause): string => {
    const red = graded(hours(0), { severity: 'red' });
    const [advice] = advised(new Story().look(hours(0), fires(red)).look(hours(12), fires(grave(12, cause)))).slice(-1);
    expect(advice?.text.nb).toMatch(/116117.*113/);
    return advice?.text.nb ?? '';
  };
  expect(said('patient')).toMatch(/Mål nå, hvis du kan/);
  for (const cause of ['device', 'gateway', 'service'] as const) expect(said(cause)).not.toMatch(/Mål /);
});

test('a reminder is not that all is well: who was told yellow is told green when what was missing has come', () => {
  const story = new Story().look(hours(0), fires(graded(hours(0)))).look(hours(1), fires(reminder(1, 'patient')));
  expect(kinds(story)).toEqual(['yellow yellow', 'green reminder']);
  story.look(hours(2), { ...clears(hours(2)), ...fires(reminder(26, 'patient')) });
  expect(kinds(story).slice(2)).toEqual([]);
  story.look(hours(3), clears(hours(26.5), REMINDER));
  expect(kinds(story).slice(2)).toEqual(['green green']);
  const settled = new Story().look(hours(0), fires(graded(hours(0)))).look(hours(1), fires(reminder(1, 'patient')));
  const pending = graded(hours(2), { ruleId: 'gen.temp.high', domain: 'metabolic' });
  const measuring = { ...pending, finding: { ...pending.finding, result: 'pending' as const, pendingUntil: hours(2.5) } };
  const come = [...clears(hours(2)).cleared, ...clears(hours(2), REMINDER).cleared];
  settled.look(hours(2), { cleared: come, findings: [measuring] }).look(hours(3));
  expect(kinds(settled)).toEqual(['yellow yellow', 'green reminder', 'green green']);
});
