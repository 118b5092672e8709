import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CarePlan, Pause, ScheduledMeasurement } from '@varde/plans';
import type { AnswerSet, Contact, DeviceContact, Finding, RuleReading } from './finding.js';
import { judge } from './judge.js';
import type { JudgeInput, Judgement, OpenEpisode } from './judging.js';
import { readCatalogue } from './read-catalogue.js';

const catalogue = readCatalogue(JSON.parse(readFileSync(join(__dirname, 'catalogue/rules-catalogue.json'), 'utf8')));
const BEGUN = new Date('2026-01-01T00:00:00Z');
const at = (text: string): Date => new Date(text);
const daily = (atLocal = '08:00', over: Partial<ScheduledMeasurement> = {}): ScheduledMeasurement => ({
  metric: 'spo2',
  atLocal,
  weekdays: [1, 2, 3, 4, 5, 6, 7],
  from: BEGUN,
  to: null,
  ...over,
});
const planOf = (schedule: readonly ScheduledMeasurement[] = [daily()], pauses: readonly Pause[] = []): CarePlan => ({
  patientId: 1,
  zone: 'Europe/Oslo',
  enrolments: [{ programme: 'copd', from: BEGUN, to: null }],
  limits: [],
  unitLimits: [],
  references: [],
  pauses,
  schedule,
});

interface Situation extends Partial<Omit<JudgeInput, 'now' | 'window'>> {
  readonly now: string;
  readonly last?: string;
  readonly readings?: readonly RuleReading[];
  readonly answers?: readonly AnswerSet[];
  readonly contact?: Contact;
}

function judged({ now, last, readings = [], answers = [], contact, ...over }: Situation): Judgement {
  const lastObserved = last === undefined ? [] : [{ metric: 'spo2' as const, observedAt: at(last) }];
  const window = { readings, refused: [], dailyMedians: [], answers, lastObserved, ...(contact && { contact }) };
  const rest = { unlookedFrom: null, openEpisodes: [], standing: [], recorded: [] };
  return judge({ catalogue, plan: planOf(), window, ...rest, ...over, now: at(now) });
}
const found = ({ findings }: Judgement, ruleId: string): readonly Finding[] => findings.filter((finding) => finding.ruleId === ruleId);
const REMINDER = 'gen.silence.reminder';
const SERVICE = 'gen.silence.service';

describe('the clock of the home, both times it is changed', () => {
  test.each([
    // The clock skips 02:00 to 03:00: what is planned in the gap is due when the clock has passed it.
    ['spring, 02:30 in the gap', '02:30', '2026-03-28T01:30:00Z', '2026-03-29T05:30:00Z', '2026-03-29T01:30:00Z'],
    ['spring, 08:00', '08:00', '2026-03-28T07:00:00Z', '2026-03-29T10:00:00Z', '2026-03-29T06:00:00Z'],
    // 02:30 is shown twice: it is planned once, the first time.
    ['autumn, 02:30 shown twice', '02:30', '2026-10-24T00:30:00Z', '2026-10-25T04:30:00Z', '2026-10-25T00:30:00Z'],
    ['autumn, 08:00', '08:00', '2026-10-24T06:00:00Z', '2026-10-25T11:00:00Z', '2026-10-25T07:00:00Z'],
  ])('%s', (...row) => {
    const [, atLocal, last, deadline, planned] = row as [string, string, string, string, string];
    const plan = planOf([daily(atLocal)]);
    const before = new Date(at(deadline).getTime() - 1).toISOString();
    expect(found(judged({ now: before, last, plan }), REMINDER)).toEqual([]);
    expect(judged({ now: before, last, plan }).nextAt).toEqual(at(deadline));
    expect(found(judged({ now: deadline, last, plan }), REMINDER).map(({ anchor }) => anchor)).toEqual([
      `t:${planned.replace('.000Z', 'Z')}`,
    ]);
  });
});

describe('pauses', () => {
  const pause = (from: string, to: string, kind: Pause['kind'] = 'admission'): Pause => ({
    id: 1,
    kind,
    from: at(from),
    to: at(to),
    reason: 'Ahus',
  });
  const away = planOf([daily()], [pause('2026-01-15T06:00:00Z', '2026-01-17T12:00:00Z')]);
  const last = '2026-01-14T07:00:00Z';

  test('nothing is missing while one lasts, and its end wakes the look', () => {
    const { findings, nextAt } = judged({ now: '2026-01-16T12:00:00Z', last, plan: away });
    expect([findings, nextAt]).toEqual([[], at('2026-01-17T12:00:00Z')]);
  });

  test('what was planned in it is not asked for when it is over; what comes after is', () => {
    const over = judged({ now: '2026-01-17T12:00:00Z', last, plan: away });
    expect([over.findings, over.nextAt]).toEqual([[], at('2026-01-18T11:00:00Z')]);
    const after = judged({ now: '2026-01-18T11:00:00Z', last, plan: away });
    expect(found(after, REMINDER).map(({ anchor }) => anchor)).toEqual(['t:2026-01-18T07:00:00Z']);
    expect(found(after, SERVICE)).toEqual([]);
    expect(found(judged({ now: '2026-01-19T11:00:00Z', last, plan: away }), SERVICE)).toHaveLength(1);
  });

  test('one that begins settles a silence that stands, and says why', () => {
    const standing = [{ ruleId: REMINDER, since: at('2026-01-14T11:00:00Z') }];
    const before = judged({ now: '2026-01-15T05:00:00Z', last: '2026-01-12T07:00:00Z', plan: away, standing });
    expect(before.nextAt?.getTime()).toBeLessThanOrEqual(at('2026-01-15T06:00:00Z').getTime());
    const { cleared } = judged({ now: '2026-01-15T06:00:00Z', last: '2026-01-12T07:00:00Z', plan: away, standing });
    expect(cleared).toEqual([
      {
        ruleId: REMINDER,
        at: at('2026-01-15T06:00:00Z'),
        note: {
          nb: 'Ingen målinger ventes (innlagt til lørdag 17. januar kl. 13.00).',
          en: 'No measurements are expected (admitted until Saturday 17 January at 13:00).',
        },
      },
    ]);
  });

  test('no questionnaire is expected either, while both are expected without one', () => {
    const schedule = [daily(), daily('09:00', { metric: 'questionnaire:daily' })];
    const missing = ({ findings }: Judgement) => findings.flatMap(({ reason }) => reason.en);
    const ask = (pauses: readonly Pause[]) => missing(judged({ now: '2026-01-16T14:00:00Z', last, plan: planOf(schedule, pauses) }));
    expect(ask([]).length).toBeGreaterThan(0);
    expect(ask(away.pauses)).toEqual([]);
    expect(ask([pause('2026-01-15T06:00:00Z', '2026-01-17T12:00:00Z', 'holiday')])).toEqual([]);
  });

  test('red and critical rules run on: silence in a grave episode, and readings that come', () => {
    const openEpisodes: OpenEpisode[] = [{ severity: 'red', domains: ['respiratory'], openedAt: at('2026-01-14T07:00:00Z') }];
    const silent = judged({ now: '2026-01-16T12:00:00Z', last, plan: away, openEpisodes });
    expect(found(silent, 'gen.silence.in_episode')).toHaveLength(1);
    const low: RuleReading = {
      measurementId: 5,
      metric: 'spo2',
      value: 80,
      observedAt: at('2026-01-16T11:59:00Z'),
      receivedAt: at('2026-01-16T11:59:30Z'),
      doubt: null,
    };
    const read = judged({ now: '2026-01-16T12:00:00Z', plan: away, readings: [low], unlookedFrom: low.observedAt });
    expect(found(read, 'copd.spo2.critical').map(({ result }) => result)).toEqual(['fire']);
  });
});

describe('silence in an open episode', () => {
  const grave: OpenEpisode = { severity: 'red', domains: ['respiratory'], openedAt: at('2026-01-15T07:05:00Z') };
  const RULE = 'gen.silence.in_episode';
  const last = '2026-01-15T07:00:00Z';

  test('fires when the hours are up, asks to be woken then, and is cleared by data', () => {
    const before = judged({ now: '2026-01-15T18:59:59Z', last, openEpisodes: [grave], plan: planOf([]) });
    expect([found(before, RULE), before.nextAt]).toEqual([[], at('2026-01-15T19:00:00Z')]);
    const [finding] = found(judged({ now: '2026-01-15T19:00:00Z', last, openEpisodes: [grave], plan: planOf([]) }), RULE);
    expect(finding).toMatchObject({ severity: 'red', anchor: 't:2026-01-15T19:00:00Z', at: at('2026-01-15T19:00:00Z') });
    const standing = [{ ruleId: RULE, since: at('2026-01-15T19:00:00Z') }];
    const after = judged({ now: '2026-01-15T20:00:00Z', last: '2026-01-15T19:50:00Z', openEpisodes: [grave], standing, plan: planOf([]) });
    expect(after.cleared).toEqual([{ ruleId: RULE, at: at('2026-01-15T19:50:00Z') }]);
  });

  test.each<[string, readonly OpenEpisode[], number]>([
    ['no episode', [], 0],
    ['a yellow one', [{ ...grave, severity: 'yellow' }], 0],
    ['a critical one', [{ ...grave, severity: 'critical' }], 1],
    ['one about silence alone', [{ ...grave, domains: ['silence'] }], 0],
  ])('%s', (_name, openEpisodes, expected) => {
    expect(found(judged({ now: '2026-01-16T07:00:00Z', last, openEpisodes }), RULE)).toHaveLength(expected);
  });

  test('counts from the opening when no data are known', () => {
    expect(found(judged({ now: '2026-01-15T19:04:00Z', openEpisodes: [grave], plan: planOf([]) }), RULE)).toEqual([]);
    expect(found(judged({ now: '2026-01-15T19:05:00Z', openEpisodes: [grave], plan: planOf([]) }), RULE)).toHaveLength(1);
  });
});

describe('a grave reading that comes 13 hours late', () => {
  const RULE = 'gen.silence.in_episode';
  const late: RuleReading = {
    ...{ measurementId: 5, metric: 'spo2', value: 86, doubt: null },
    ...{ observedAt: at('2026-01-14T18:00:00Z'), receivedAt: at('2026-01-15T07:00:00Z') },
  };
  const given = { readings: [late], plan: planOf([]) };
  const first = judged({ now: '2026-01-15T07:00:00Z', ...given, unlookedFrom: late.observedAt });

  test('opens its episode, and silence is counted from then', () => {
    expect(first.findings.filter(({ result }) => result.startsWith('fire')).map(({ ruleId }) => ruleId)).toContain(
      'copd.spo2.below_target',
    );
    expect([found(first, RULE), first.followUp?.dueAt]).toEqual([[], at('2026-01-15T19:00:00Z')]);
  });

  test('so it is at the looks that follow, whenever its episode opened', () => {
    for (const openedAt of ['2026-01-12T07:00:00Z', '2026-01-15T07:00:00Z'].map(at)) {
      const openEpisodes: OpenEpisode[] = [{ severity: 'red', domains: ['respiratory'], openedAt }];
      const then = { ...given, openEpisodes, recorded: first.findings };
      expect(found(judged({ now: '2026-01-15T18:59:59Z', ...then }), RULE)).toEqual([]);
      expect(found(judged({ now: '2026-01-15T19:00:00Z', ...then }), RULE)).toHaveLength(1);
    }
  });

  test('a late one that is well changes nothing', () => {
    const openEpisodes: OpenEpisode[] = [{ severity: 'red', domains: ['respiratory'], openedAt: at('2026-01-12T07:00:00Z') }];
    const well = { ...given, readings: [{ ...late, value: 93 }], openEpisodes, unlookedFrom: late.observedAt };
    expect(found(judged({ now: '2026-01-15T07:00:00Z', ...well }), RULE)).toHaveLength(1);
  });
});

describe('a red that a clock finds two days after the newest data', () => {
  const RULE = 'gen.silence.in_episode';
  const begun: AnswerSet = {
    ...{ measurementId: 7, questionnaire: 'daily', items: { plan_step_started: true } },
    ...{ observedAt: at('2026-01-15T08:00:00Z'), receivedAt: at('2026-01-15T08:00:00Z') },
  };
  const given = { answers: [begun], plan: planOf([]) };
  const first = judged({ now: '2026-01-17T08:00:00Z', ...given });
  const openEpisodes: OpenEpisode[] = [{ severity: 'red', domains: ['respiratory'], openedAt: at('2026-01-17T08:00:00Z') }];
  const recorded = first.findings;

  test('brings no second one: before it nobody waited for data', () => {
    expect(first.findings.map(({ ruleId }) => ruleId)).toEqual(['copd.plan.no_improvement']);
    expect(found(judged({ now: '2026-01-17T08:00:05Z', ...given, openEpisodes, recorded }), RULE)).toEqual([]);
  });

  test('silence is counted from then', () => {
    const before = judged({ now: '2026-01-17T19:59:59Z', ...given, openEpisodes, recorded });
    expect([found(before, RULE), before.nextAt]).toEqual([[], at('2026-01-17T20:00:00Z')]);
    const silent = found(judged({ now: '2026-01-17T20:00:00Z', ...given, openEpisodes, recorded }), RULE);
    expect(silent.map(({ anchor, severity }) => [anchor, severity])).toEqual([['t:2026-01-17T20:00:00Z', 'red']]);
  });

  test('and is said once, also when what was found has left the window', () => {
    const silent = found(judged({ now: '2026-01-17T20:00:00Z', ...given, openEpisodes, recorded }), RULE);
    const then = { now: '2026-01-27T08:00:00Z', last: '2026-01-15T08:00:00Z', openEpisodes, plan: planOf([]) };
    expect(found(judged({ ...then, recorded: silent }), RULE)).toEqual([]);
    const standing = [{ ruleId: RULE, since: at('2026-01-17T20:00:00Z') }];
    const stood = judged({ ...then, recorded: silent, standing });
    expect([found(stood, RULE), stood.cleared.filter(({ ruleId }) => ruleId === RULE)]).toEqual([[], []]);
  });
});

describe('who is silent', () => {
  const online = { isOnline: true, since: at('2026-01-10T00:00:00Z') };
  const device = (over: Partial<DeviceContact> = {}): DeviceContact => ({
    metrics: ['spo2', 'pulse'],
    batteryPercent: 80,
    errors: [],
    contactAt: null,
    gateway: online,
    ...over,
  });
  const now = '2026-01-15T11:00:00Z';
  const last = '2026-01-14T07:00:00Z';
  const causeOf = (contact: Contact): Finding['cause'] => found(judged({ now, last, contact }), REMINDER)[0]?.cause;
  const gap = (from: string, to: string | null) => ({ from: at(from), to: to === null ? null : at(to) });

  test.each<[string, Contact, Finding['cause']]>([
    ['the equipment is in contact', { devices: [device()], blind: [] }, 'patient'],
    [
      'the gateway is offline',
      { devices: [device({ gateway: { isOnline: false, since: at('2026-01-15T02:00:00Z') } })], blind: [] },
      'gateway',
    ],
    ['the battery is low', { devices: [device({ batteryPercent: 10 })], blind: [] }, 'device'],
    ['the battery is not quite low', { devices: [device({ batteryPercent: 11 })], blind: [] }, 'patient'],
    ['the device reports an error', { devices: [device({ errors: ['E3'] })], blind: [] }, 'device'],
    ['the device is out of reach for a week', { devices: [device({ contactAt: at('2026-01-08T10:59:00Z') })], blind: [] }, 'device'],
    ['nobody knows its gateway', { devices: [device({ gateway: null })], blind: [] }, 'unknown'],
    ['nobody knows any device', { devices: [], blind: [] }, 'unknown'],
    ['one of two devices works', { devices: [device({ errors: ['E3'] }), device()], blind: [] }, 'patient'],
    [
      'of two devices one has an error, the other an offline gateway: nearer home counts',
      { devices: [device({ gateway: { isOnline: false, since: at('2026-01-15T02:00:00Z') } }), device({ errors: ['E3'] })], blind: [] },
      'device',
    ],
    ['we came back ten minutes ago', { devices: [device()], blind: [gap('2026-01-15T06:50:00Z', '2026-01-15T10:50:00Z')] }, 'patient'],
    ['we came back a second later', { devices: [device()], blind: [gap('2026-01-15T06:50:00Z', '2026-01-15T10:50:01Z')] }, 'service'],
    ['we are away', { devices: [device()], blind: [gap('2026-01-15T06:50:00Z', null)] }, 'service'],
    ['we have just come back', { devices: [device()], blind: [gap('2026-01-15T06:50:00Z', '2026-01-15T10:55:00Z')] }, 'service'],
    [
      'we came back, and so did the gateway',
      { devices: [device()], blind: [gap('2026-01-15T06:50:00Z', '2026-01-15T10:30:00Z')] },
      'patient',
    ],
    [
      'we came back, the gateway has only just',
      {
        devices: [device({ gateway: { isOnline: true, since: at('2026-01-15T10:55:00Z') } })],
        blind: [gap('2026-01-15T06:50:00Z', '2026-01-15T10:30:00Z')],
      },
      'service',
    ],
    [
      'we came back, the gateway has not',
      {
        devices: [device({ gateway: { isOnline: false, since: at('2026-01-15T10:30:00Z') } })],
        blind: [gap('2026-01-15T06:50:00Z', '2026-01-15T10:30:00Z')],
      },
      'gateway',
    ],
    ['we were away long before', { devices: [device()], blind: [gap('2026-01-13T06:50:00Z', '2026-01-13T10:55:00Z')] }, 'patient'],
    [
      'we were away over the planned time, and know of no gateway',
      { devices: [], blind: [gap('2026-01-15T06:50:00Z', '2026-01-15T07:30:00Z')] },
      'service',
    ],
    [
      'we were away beside the planned time, and know of no gateway',
      { devices: [], blind: [gap('2026-01-15T07:10:00Z', '2026-01-15T07:30:00Z')] },
      'unknown',
    ],
  ])('%s', (_name, contact, expected) => {
    expect(causeOf(contact)).toBe(expected);
  });

  test('is told in both languages', () => {
    const contact = { devices: [device({ gateway: { isOnline: false, since: at('2026-01-15T02:00:00Z') } })], blind: [] };
    expect(found(judged({ now, last, contact }), REMINDER)[0]?.reason).toEqual({
      nb: 'Planlagt måling kl. 08.00 mangler etter 4 timer: oksygenmetning. Hjemmets gateway har ikke hatt kontakt siden torsdag 15. januar kl. 03.00.',
      en: "The measurement planned for 08:00 is missing after 4 hours: oxygen saturation. The home's gateway has been offline since Thursday 15 January at 03:00.",
    });
  });

  test('a late upload settles the silence and says that it was measured in time', () => {
    const late: RuleReading = {
      measurementId: 5,
      metric: 'spo2',
      value: 93,
      observedAt: at('2026-01-15T07:05:00Z'),
      receivedAt: at('2026-01-15T13:10:00Z'),
      doubt: null,
    };
    const standing = [{ ruleId: REMINDER, since: at(now) }];
    const { cleared } = judged({ now: '2026-01-15T13:11:00Z', last, readings: [late], unlookedFrom: late.observedAt, standing });
    expect(cleared).toEqual([
      {
        ruleId: REMINDER,
        at: at('2026-01-15T13:11:00Z'),
        note: {
          nb: 'Kom sent, målt i tide: målt torsdag 15. januar kl. 08.05, mottatt torsdag 15. januar kl. 14.10.',
          en: 'Arrived late, measured in time: measured on Thursday 15 January at 08:05, received on Thursday 15 January at 14:10.',
        },
      },
    ]);
  });

  test('a measurement made after the deadline settles it without that note', () => {
    const after: RuleReading = {
      measurementId: 5,
      metric: 'spo2',
      value: 93,
      observedAt: at('2026-01-15T13:05:00Z'),
      receivedAt: at('2026-01-15T13:10:00Z'),
      doubt: null,
    };
    const standing = [{ ruleId: REMINDER, since: at(now) }];
    const { cleared } = judged({ now: '2026-01-15T13:11:00Z', last, readings: [after], unlookedFrom: after.observedAt, standing });
    expect(cleared).toEqual([{ ruleId: REMINDER, at: after.observedAt }]);
  });
});

test('a silence that stands is over when its rule stops running', () => {
  const plan = { ...planOf(), enrolments: [{ programme: 'copd' as const, from: BEGUN, to: at('2026-01-20T00:00:00Z') }] };
  const standing = [{ ruleId: SERVICE, since: at('2026-01-19T07:00:00Z') }];
  const during = judged({ now: '2026-01-19T12:00:00Z', last: '2026-01-16T07:00:00Z', plan, standing });
  expect(during.cleared.filter(({ ruleId }) => ruleId === SERVICE)).toEqual([]);
  const after = judged({ now: '2026-01-20T12:00:00Z', last: '2026-01-16T07:00:00Z', plan, standing });
  expect(after.cleared).toContainEqual({ ruleId: SERVICE, at: at('2026-01-20T12:00:00Z') });
  expect(after.standing.filter(({ ruleId }) => ruleId === SERVICE)).toEqual([]);
});

test('what has been measured needs no look when its grace would have run out', () => {
  const measured = judged({ now: '2026-01-19T06:55:00Z', last: '2026-01-19T06:50:00Z' });
  expect(measured.nextAt).toEqual(at('2026-01-20T11:00:00Z'));
  const notYet = judged({ now: '2026-01-19T06:55:00Z', last: '2026-01-18T07:10:00Z' });
  expect(notYet.nextAt).toEqual(at('2026-01-19T11:00:00Z'));
});
