import type { Domain, Finding, Severity } from '@varde/rules';
import { DEFAULT_PATHWAY, teamOf, unitOf, type CareLevel } from '@varde/routing';
import { afterLook } from './after-look.js';
import { decide, type GradedFinding, type Judged } from './decide.js';
import type { LookInput, LookOutcome } from './input-and-outcome.js';

const HOUR_MS = 3_600_000;
/** Thursday 15 January 2026, 08:00 in Oslo, and hours after it; every unit is at work until 16:00, and most by night. */
const hours = (n: number) => new Date(Date.parse('2026-01-15T08:00:00+01:00') + n * HOUR_MS);
const words = (text: string) => ({ nb: text, en: text });
const unit = (id: number, careLevel: CareLevel, to: string) =>
  unitOf({ id, name: careLevel, careLevel, zone: 'Europe/Oslo', openingHours: [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to }] });

const quiet: LookInput = {
  catalogue: { version: 1, programmes: [], entries: new Map(), rules: [], metrics: [], baselineMetrics: [], spreadFloors: new Map() },
  plan: { patientId: 11, zone: 'Europe/Oslo', enrolments: [], limits: [], unitLimits: [], references: [], pauses: [], schedule: [] },
  window: { readings: [], refused: [], dailyMedians: [], answers: [], lastObserved: [] },
  ...{ unlookedFrom: null, recorded: [], episodes: [], snoozes: [], pathway: DEFAULT_PATHWAY, frozenPathways: [DEFAULT_PATHWAY] },
  team: teamOf([unit(1, 'dho', '16:00'), unit(2, 'gp', '16:00'), unit(3, 'legevakt', '24:00'), unit(4, 'home_nursing', '24:00')]),
  now: hours(0),
};

interface Found {
  readonly ruleId?: string;
  readonly domain?: Domain;
  readonly severity?: Severity;
}
function graded(at: Date, { ruleId = 'copd.spo2.drop', domain = 'respiratory', severity = 'yellow' }: Found = {}): GradedFinding {
  const finding: Finding = {
    ...{ ruleId, ruleVersion: 1, domain, result: 'fire', severity, anchor: `t:${at.toISOString()}`, at, receivedAt: at },
    ...{ readingIds: [], limits: [], reason: words('low'), pendingUntil: null, superseded: false },
  };
  return { finding, severity, reason: finding.reason };
}

/** Looks at one patient, with what each of them has told the patient. */
class Story {
  private input = quiet;
  private lastId = 0;
  readonly outcomes: LookOutcome[] = [];

  look(at: Date, judged: Partial<Judged> = {}, given: Partial<LookInput> = {}): this {
    const input = { ...this.input, ...given, now: at };
    const outcome = decide(input, { findings: [], cleared: [], nextAt: null, ...judged });
    this.outcomes.push(outcome);
    this.input = afterLook(input, outcome, () => ++this.lastId);
    return this;
  }

  wait(end: Date): this {
    for (let due = this.outcomes.at(-1)?.nextLookAt; due && due <= end; due = this.outcomes.at(-1)?.nextLookAt) this.look(due);
    return this.look(end);
  }

  get episodes() {
    return this.input.episodes;
  }
}
const fires = (...findings: GradedFinding[]) => ({ findings });
const clears = (at: Date, ruleId = 'copd.spo2.drop') => ({ cleared: [{ ruleId, at, reason: words('clear') }] });

test('when the messages about the last step were lost too, the patient is told once that nobody is reached, until the ladder begins again', () => {
  const told = new Story().look(hours(1), fires(graded(hours(1), { severity: 'red' })));
  const id = told.episodes[0]?.id ?? 0;
  const lost = { undelivered: [id] };
  const advised = () => told.outcomes.flatMap(({ episodes }) => episodes.flatMap(({ advice }) => advice ?? []));
  told.wait(hours(3));
  expect(told.episodes[0]).toMatchObject({ ladderStepsTaken: 4, nextStepAt: hours(5) });
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

  test('but not of one that has cleared meanwhile', () => {
    const story = new Story().look(hours(0), fires(red(0), pressure(0))).look(hours(1), clears(hours(1), 'htn.mean.high'));
    expect(toldYellow(story.look(hours(2), clears(hours(2), 'copd.spo2.below_target')))).toEqual([]);
  });
});

describe('that all is well', () => {
  const pressure = graded(hours(0), { ruleId: 'htn.mean.high', domain: 'blood_pressure' });
  const greens = ({ episodes }: LookOutcome) => episodes.flatMap(({ advice = [] }) => advice).filter(({ kind }) => kind === 'green');
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
});
