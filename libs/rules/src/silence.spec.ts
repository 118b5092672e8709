import type { CarePlan, ScheduledMeasurement } from '@varde/plans';
import type { Metric } from '@varde/vitals';
import { CATALOGUE as catalogue } from '../../../test/clinic.js';
import { judge } from './judge.js';
import type { JudgeInput, Judgement } from './judging.js';

const DAILY = [1, 2, 3, 4, 5, 6, 7];
const item = (over: Partial<ScheduledMeasurement> = {}): ScheduledMeasurement => ({
  metric: 'spo2',
  atLocal: '08:00',
  weekdays: DAILY,
  from: new Date('2026-01-01T00:00:00Z'),
  to: null,
  ...over,
});
type Last = readonly [Metric, string];
function silent(
  now: string,
  last: readonly Last[],
  schedule = [item()],
  { agreed = {}, ...over }: Partial<JudgeInput> & { readonly agreed?: Partial<CarePlan> } = {},
): Judgement {
  const plan: CarePlan = {
    patientId: 1,
    zone: 'Europe/Oslo',
    enrolments: [{ programme: 'copd', from: new Date('2026-01-01T00:00:00Z'), to: null }],
    limits: [],
    unitLimits: [],
    references: [],
    pauses: [],
    schedule,
    ...agreed,
  };
  const lastObserved = last.map(([metric, at]) => ({ metric, observedAt: new Date(at) }));
  const window = { readings: [], refused: [], dailyMedians: [], answers: [], lastObserved };
  return judge({ catalogue, plan, window, unlookedFrom: null, openEpisodes: [], standing: [], recorded: [], now: new Date(now), ...over });
}
const anchors = ({ findings }: Judgement, rule: string): string[] =>
  findings.filter(({ ruleId }) => ruleId === `gen.silence.${rule}`).map(({ anchor }) => anchor);

describe('reminder', () => {
  test('comes when the grace has run out, at the minute', () => {
    const last: Last[] = [['spo2', '2026-01-14T07:00:00Z']];
    expect(anchors(silent('2026-01-15T10:59:59Z', last), 'reminder')).toEqual([]);
    expect(silent('2026-01-15T10:59:59Z', last).nextAt).toEqual(new Date('2026-01-15T11:00:00Z'));
    expect(anchors(silent('2026-01-15T11:00:00Z', last), 'reminder')).toEqual(['t:2026-01-15T07:00:00Z']);
  });

  test('not to who measured early in the day, but to who measured late for yesterday', () => {
    expect(anchors(silent('2026-01-15T11:00:00Z', [['spo2', '2026-01-15T01:00:00Z']]), 'reminder')).toEqual([]);
    expect(anchors(silent('2026-01-15T11:00:00Z', [['spo2', '2026-01-15T00:59:00Z']]), 'reminder')).toEqual(['t:2026-01-15T07:00:00Z']);
  });

  test('one for all that was planned together, naming what is missing', () => {
    const schedule = [item(), item({ metric: 'weight' }), item({ metric: 'pulse' })];
    const last: Last[] = [
      ['spo2', '2026-01-15T07:10:00Z'],
      ['weight', '2026-01-14T07:00:00Z'],
    ];
    const { findings } = silent('2026-01-15T11:00:00Z', last, schedule);
    const [reminder] = findings.filter(({ ruleId }) => ruleId === 'gen.silence.reminder');
    expect(reminder?.reason).toEqual({
      nb: 'Planlagt måling kl. 08.00 mangler etter 4 timer: puls, vekt.',
      en: 'The measurement planned for 08:00 is missing after 4 hours: pulse, weight.',
    });
    expect(reminder).toMatchObject({
      severity: 'info',
      at: new Date('2026-01-15T11:00:00Z'),
      receivedAt: new Date('2026-01-15T11:00:00Z'),
    });
  });

  test('keeps to the clock of the home when summer time begins', () => {
    const last: Last[] = [['spo2', '2026-03-28T07:00:00Z']];
    expect(silent('2026-03-29T09:00:00Z', last).nextAt).toEqual(new Date('2026-03-29T10:00:00Z'));
    expect(anchors(silent('2026-03-29T10:00:00Z', last), 'reminder')).toEqual(['t:2026-03-29T06:00:00Z']);
  });

  test('is cleared by data, and only by that', () => {
    const standing = [{ ruleId: 'gen.silence.reminder', since: new Date('2026-01-15T11:00:00Z') }];
    const cleared = silent('2026-01-15T12:31:00Z', [['spo2', '2026-01-15T12:30:00Z']], [item()], { standing });
    expect(cleared.cleared).toEqual([{ ruleId: 'gen.silence.reminder', at: new Date('2026-01-15T12:30:00Z') }]);
    const still = silent('2026-01-16T07:30:00Z', [['spo2', '2026-01-14T07:00:00Z']], [item()], { standing });
    expect(still.cleared).toEqual([]);
    expect(anchors(still, 'reminder')).toEqual([]);
  });

  test('nobody is reminded of what is planned no more', () => {
    const ended = [item({ to: new Date('2026-01-10T00:00:00Z') })];
    const judgement = silent('2026-01-15T11:00:00Z', [['spo2', '2026-01-05T07:00:00Z']], ended);
    expect([judgement.findings, judgement.nextAt]).toEqual([[], null]);
  });
});

describe('no data for the service', () => {
  test('after two missed, each counted when its grace has run out', () => {
    const schedule = [item({ weekdays: [1, 4] })];
    const last: Last[] = [['spo2', '2026-01-08T07:00:00Z']];
    expect(anchors(silent('2026-01-15T10:59:00Z', last, schedule), 'service')).toEqual([]);
    expect(anchors(silent('2026-01-15T11:00:00Z', last, schedule), 'service')).toEqual(['t:2026-01-15T07:00:00Z']);
  });

  const missed = (value: number): CarePlan['limits'][number] => ({
    ...{ id: 1, ruleId: 'gen.silence.service', parameter: 'missed', value, reason: 'lives alone', setByPersonId: 1, version: 1 },
    ...{ setAt: new Date('2026-01-01T00:00:00Z'), validFrom: new Date('2026-01-01T00:00:00Z'), validTo: null },
  });

  test('after 48 hours on a daily schedule', () => {
    const last: Last[] = [['spo2', '2026-01-13T14:30:00Z']];
    const limits = { limits: [missed(4)] };
    expect(anchors(silent('2026-01-15T14:29:59Z', last, [item()], { agreed: limits }), 'service')).toEqual([]);
    expect(silent('2026-01-15T14:29:59Z', last, [item()], { agreed: limits }).nextAt).toEqual(new Date('2026-01-15T14:30:00Z'));
    expect(anchors(silent('2026-01-15T14:30:00Z', last, [item()], { agreed: limits }), 'service')).toEqual(['t:2026-01-15T14:30:00Z']);
  });

  test.each([
    // Measured at ten to eight for eight o'clock: two days later it is not eight yet.
    ['06:50', '2026-01-15T09:00:00Z'],
    ['07:30', '2026-01-15T09:00:00Z'],
    ['08:59', '2026-01-15T09:00:00Z'],
    ['09:00', '2026-01-15T09:00:00Z'],
    ['09:01', '2026-01-15T09:01:00Z'],
    // Nobody measures at five for the evening before, nor may answer the morning yet.
    ['00:59', '2026-01-15T00:59:00Z'],
    ['01:00', '2026-01-15T09:00:00Z'],
  ])('after 48 hours, but not before half the grace of what may be measured just then is over: %s', (at, fires) => {
    const last: Last[] = [['spo2', `2026-01-13T${at}:00Z`]];
    const before = new Date(Date.parse(fires) - 1).toISOString();
    const found = (now: string): readonly string[] => anchors(silent(now, last, [item()], { agreed: { limits: [missed(4)] } }), 'service');
    expect([found(before), found(fires)]).toEqual([[], [`t:2026-01-15T${at}:00Z`]]);
  });

  test('a pause that holds the measurement back lets the hours run out as they are', () => {
    const pause = {
      id: 1,
      kind: 'holiday' as const,
      from: new Date('2026-01-15T06:55:00Z'),
      to: new Date('2026-01-16T20:00:00Z'),
      reason: 'ferie',
    };
    const found = silent('2026-01-15T06:50:00Z', [['spo2', '2026-01-13T06:50:00Z']], [item()], {
      agreed: { limits: [missed(4)], pauses: [pause] },
    });
    expect(anchors(found, 'service')).toEqual(['t:2026-01-15T06:50:00Z']);
  });

  test('one silence is one finding, however long it lasts', () => {
    const last: Last[] = [['spo2', '2026-01-13T07:30:00Z']];
    const after = ['2026-01-15T09:00:00Z', '2026-01-20T08:00:00Z', '2026-03-30T08:00:00Z'].map((now) =>
      anchors(silent(now, last), 'service'),
    );
    expect(after).toEqual([['t:2026-01-15T07:30:00Z'], ['t:2026-01-15T07:30:00Z'], ['t:2026-01-15T07:30:00Z']]);
    const standing = [{ ruleId: 'gen.silence.service', since: new Date('2026-01-15T09:00:00Z') }];
    expect(anchors(silent('2026-03-30T08:00:00Z', last, [item()], { standing }), 'service')).toEqual([]);
  });

  test('counts from the beginning of the plan when nothing has ever come', () => {
    expect(anchors(silent('2026-01-02T23:59:00Z', []), 'service')).toEqual(['t:2026-01-02T07:00:00Z']);
    expect(anchors(silent('2026-01-02T10:59:00Z', []), 'service')).toEqual([]);
  });

  describe('on a schedule that becomes daily', () => {
    // Mondays and Thursdays at 09:00, measured on Monday 2 March at 09:06; every day from Wednesday at noon on.
    const changed = new Date('2026-03-04T11:00:00Z');
    const pressure = item({ metric: 'systolic', atLocal: '09:00', weekdays: [1, 4] });
    const daily = { ...pressure, weekdays: DAILY, from: changed };
    const last: Last[] = [['systolic', '2026-03-02T08:06:00Z']];
    const service = (now: string, schedule: readonly ScheduledMeasurement[]): readonly string[] =>
      anchors(silent(now, last, [...schedule]), 'service');

    test.each<[string, readonly ScheduledMeasurement[]]>([
      ['what ran before kept with its end', [{ ...pressure, to: changed }, daily]],
      [
        'what ran before kept, of two lines',
        [{ ...pressure, weekdays: [1], to: changed }, { ...pressure, weekdays: [4], to: changed }, daily],
      ],
      ['what ran before not kept', [daily]],
      ['the days that were missing added', [pressure, { ...daily, weekdays: [2, 3, 5, 6, 7] }]],
      [
        'daily once before, with a gap',
        [{ ...daily, from: new Date('2026-01-01T00:00:00Z'), to: new Date('2026-02-01T00:00:00Z') }, daily],
      ],
    ])('the hours count from then on: %s', (_name, schedule) => {
      expect(service('2026-03-04T11:00:01Z', schedule)).toEqual([]);
      expect(service('2026-03-06T10:59:59Z', schedule)).toEqual([]);
      expect(service('2026-03-06T11:00:00Z', schedule)).toEqual(['t:2026-03-06T11:00:00Z']);
    });

    test('one that was daily already and is agreed anew goes on counting from the last data', () => {
      const schedule = [{ ...pressure, weekdays: DAILY, to: changed }, daily];
      expect(service('2026-03-04T09:59:59Z', schedule)).toEqual([]);
      expect(service('2026-03-04T11:00:01Z', schedule)).toEqual(['t:2026-03-04T08:06:00Z']);
    });
  });

  test('a personal number of missed measurements', () => {
    const input = silent('2026-01-15T11:00:00Z', [['spo2', '2026-01-14T07:00:00Z']], [item()], { agreed: { limits: [missed(1)] } });
    expect(anchors(input, 'service')).toEqual(['t:2026-01-15T07:00:00Z']);
  });
});
