import { readFileSync } from 'node:fs';
import { DEFAULT_PATHWAY, NoOwner, teamOf, unitOf, type OpeningHours } from '@varde/routing';
import { readCatalogue, type RuleReading } from '@varde/rules';
import { foundIn } from './found-again.js';
import type { KnownEpisode } from './preview-episodes.js';
import { ChangeNotJudged, preview, WARM_UP_DAYS, type PreviewInput } from './preview.js';
import { withChanges, type ProposedChange } from './proposed-change.js';
import { rehearse, type RehearsedEpisode } from './rehearse.js';
import { effectOf } from './shown-effect.js';
import { standardPeople, type RecordedAct } from './people.js';

const CATALOGUE = readCatalogue(JSON.parse(readFileSync('libs/rules/src/catalogue/rules-catalogue.json', 'utf8')));
const DAY_MS = 86_400_000;
const FROM = new Date('2026-02-01T00:00:00+01:00');
const TO = new Date(FROM.getTime() + 28 * DAY_MS);
const BEGIN = FROM.getTime() - (WARM_UP_DAYS + 36) * DAY_MS;
const ALWAYS: readonly OpeningHours[] = [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00' }];
const TEAM = teamOf([unitOf({ id: 1, name: 'Fjordgløtt', careLevel: 'dho', zone: 'Europe/Oslo', openingHours: ALWAYS })]);

/** Days of the period with a low saturation, twice within the re-measure window; all other days have 92 %. */
const LOW: Readonly<Record<number, number>> = { 5: 87, 12: 86, 20: 84 };

function readings(): RuleReading[] {
  const made: RuleReading[] = [];
  for (let day = 0; day < 36 + WARM_UP_DAYS + 28; day++) {
    const low = LOW[day - 36 - WARM_UP_DAYS];
    for (const minute of [0, 20]) {
      const observedAt = new Date(BEGIN + day * DAY_MS + 9 * 3_600_000 + minute * 60_000);
      const value = low ?? 92;
      made.push({ measurementId: made.length + 1, metric: 'spo2', value, observedAt, receivedAt: observedAt, doubt: null });
    }
  }
  return made;
}

const INPUT: PreviewInput = {
  agreement: {
    catalogue: CATALOGUE,
    plan: {
      ...{ patientId: 11, zone: 'Europe/Oslo', limits: [], unitLimits: [], references: [], pauses: [], schedule: [] },
      enrolments: [{ programme: 'copd', from: new Date(BEGIN), to: null }],
    },
    ...{ team: TEAM, pathway: DEFAULT_PATHWAY, frozenPathways: [DEFAULT_PATHWAY], snoozes: [] },
  },
  readings: readings(),
  ...{ refused: [], answers: [], episodes: [], recorded: [], known: [], acts: [], changes: [], from: FROM, to: TO },
};

const toKnown = ({ episode, findings }: RehearsedEpisode): KnownEpisode => ({ ...episode, found: foundIn(findings) });

/** The episodes as the service would have stored them. */
function known(): KnownEpisode[] {
  const { episodes } = rehearse({ ...INPUT, from: new Date(FROM.getTime() - WARM_UP_DAYS * DAY_MS), people: standardPeople });
  return episodes.map(toKnown);
}

test('nothing changed changes nothing, and the stored episodes are come to', () => {
  const stored = known();
  const told = preview({ ...INPUT, known: stored });
  expect(stored.length).toBeGreaterThan(1);
  expect(told).toMatchObject({ changedDays: [], new: [], days: 28, measuredDays: 28 });
  expect(told.after).toEqual(told.before);
  expect(told.faithful).toEqual({ stored: stored.length, same: stored.length });
  expect(told.known.map(({ fate }) => fate)).toEqual(stored.map(() => 'same'));
});

test('a lower limit finds less, and says which episodes would have been missed and why', () => {
  const change = { kind: 'limit', ruleId: 'copd.spo2.below_target', parameter: 'target_low', value: 85 } as const;
  const told = preview({ ...INPUT, known: known(), changes: [change] });
  expect(told.after.findings).toBeLessThan(told.before.findings);
  expect(told.changedDays.map(({ day, before }) => [day, before])).toContainEqual(['2026-02-06', 'red']);
  const fates = told.known.map(({ fate }) => fate);
  expect(fates.some((fate) => fate === 'missed' || fate === 'later' || fate === 'milder')).toBe(true);
  expect(told.known.find(({ fate }) => fate !== 'same')?.because.en).toContain('No longer found');
});

test('a higher limit finds more, and names what is new', () => {
  const change = { kind: 'limit', ruleId: 'copd.spo2.below_target', parameter: 'target_low', value: 93 } as const;
  const told = preview({ ...INPUT, known: known(), changes: [change] });
  expect(told.after.findings).toBeGreaterThan(told.before.findings);
  expect(told.changedDays.length).toBeGreaterThan(10);
  expect(told.changedDays[0]?.because[0]?.en).toContain('Found as well');
  expect(told.changedDays[0]?.because[0]?.en).toContain('(proposed limit)');
});

test('a change by which alone the patient cannot be judged is told from a patient who cannot be judged as it is', () => {
  const changes = [{ kind: 'limit', ruleId: 'copd.spo2.below_target', parameter: 'target_low', value: 93 }] as const;
  // Nobody can own an episode; on good days none opens as it is.
  const alone = { ...INPUT, changes, agreement: { ...INPUT.agreement, team: teamOf([]) } };
  const wellDays = alone.readings.filter(({ value }) => value === 92);
  expect(() => preview({ ...alone, readings: wellDays })).toThrow(ChangeNotJudged);
  expect(() => preview({ ...alone, readings: wellDays, changes: [] })).not.toThrow();
  expect(() => preview(alone)).toThrow(NoOwner);
});

test.each<[string, ProposedChange]>([
  ['a programme not followed', { kind: 'programme', programme: 'copd', enrolled: false }],
  ['a rule switched off', { kind: 'rule', unitId: 1, ruleId: 'copd.spo2.below_target', enabled: false }],
])('%s finds less, and the stored episodes say so', (_what, change) => {
  const told = preview({ ...INPUT, known: known(), changes: [change] });
  expect(told.after.findings).toBeLessThan(told.before.findings);
  expect(told.known.some(({ fate }) => fate !== 'same')).toBe(true);
});

test('a proposed change is as if it had been made long ago', () => {
  const { plan } = INPUT.agreement;
  const limit = { kind: 'limit', ruleId: 'r', parameter: 'p', value: 1 } as const;
  const [set] = withChanges(plan, [limit]).limits;
  expect(set).toMatchObject({ ruleId: 'r', parameter: 'p', value: 1, validTo: null });
  expect(set?.validFrom.getTime()).toBe(0);
  expect(withChanges(plan, [limit, { ...limit, value: null }]).limits).toEqual([]);
  expect(withChanges(plan, [{ kind: 'programme', programme: 'copd', enrolled: false }]).enrolments).toEqual([]);
  expect(withChanges(plan, [{ kind: 'programme', programme: 'hf', enrolled: true }]).enrolments).toHaveLength(2);
  expect(withChanges(plan, [{ kind: 'rule', unitId: 1, ruleId: 'r', enabled: false }]).ruleSwitches).toMatchObject([{ enabled: false }]);
  expect(withChanges(plan, [{ kind: 'reference', key: 'dry-weight', value: 80 }]).references).toMatchObject([{ value: 80 }]);
  const ofUnit = { kind: 'unit_limit', unitId: 1, ruleId: 'r', parameter: 'p', value: 2 } as const;
  expect(withChanges(withChanges(plan, [ofUnit]), [{ ...ofUnit, value: 3 }]).unitLimits).toMatchObject([{ value: 3, unitId: 1 }]);
});

describe('what would have become of an episode, to the minute', () => {
  // Steady at 89; 88 on one morning and 87 on the next, each measured twice: only the patient's own lower target speaks.
  const script = (day: number): number => (day === 20 ? 88 : day === 21 ? 87 : 89);
  const measured = Array.from({ length: 36 + WARM_UP_DAYS + 28 }, (_none, day) => day).flatMap((day) =>
    [0, 15].map((minutes): RuleReading => {
      const observedAt = new Date(BEGIN + day * DAY_MS + 7 * 3_600_000 + minutes * 60_000);
      const value = script(day - 36 - WARM_UP_DAYS);
      return { measurementId: day * 2 + (minutes === 0 ? 1 : 2), metric: 'spo2', value, observedAt, receivedAt: observedAt, doubt: null };
    }),
  );
  const scripted: PreviewInput = { ...INPUT, readings: measured };
  const stored = (): KnownEpisode[] =>
    rehearse({ ...scripted, from: new Date(FROM.getTime() - WARM_UP_DAYS * DAY_MS), people: standardPeople }).episodes.map(toKnown);
  const withTarget = (value: number) =>
    preview({
      ...scripted,
      known: stored(),
      changes: [{ kind: 'limit', ruleId: 'copd.spo2.below_target', parameter: 'target_low', value }],
    });

  test.each([
    ['as it is', 88, [{ fate: 'same', laterMin: 0 }]],
    ['a lower limit misses it', 85, [{ fate: 'missed', laterMin: null }]],
    ['a higher limit finds it a day earlier', 89, [{ fate: 'earlier', laterMin: -1_440 }]],
  ])('%s', (_what, value, fates) => {
    // Whoever is red and measures once a day is silent too; that is another episode.
    expect(withTarget(value).known.filter(({ domains }) => domains.includes('respiratory'))).toMatchObject(fates);
  });
});

describe('what was red and fell while somebody had it', () => {
  // On one morning 84 and a fever; an hour later, when somebody has it, the saturation is well again and the fever stands until next day.
  const at = (day: number, minutes: number): Date => new Date(FROM.getTime() + day * DAY_MS + (9 * 60 + minutes) * 60_000);
  const made = (metric: RuleReading['metric'], value: number, observedAt: Date, measurementId: number): RuleReading => ({
    ...{ measurementId, metric, value, observedAt, receivedAt: observedAt, doubt: null },
  });
  const feverish: PreviewInput = {
    ...INPUT,
    readings: [
      ...readings().filter(({ value }) => value >= 92),
      ...[0, 20].map((minutes) => made('spo2', 84, at(21, minutes), 9_001 + minutes)),
      ...[60, 80].map((minutes) => made('spo2', 92, at(21, minutes), 9_001 + minutes)),
      ...[20, 40].map((minutes) => made('temperature', 38.3, at(21, minutes), 9_002 + minutes)),
      ...[0, 20].map((minutes) => made('temperature', 36.8, at(22, minutes), 9_003 + minutes)),
    ],
  };
  const rehearsed = () =>
    rehearse({ ...feverish, from: new Date(FROM.getTime() - WARM_UP_DAYS * DAY_MS), people: standardPeople }).episodes;

  const by = { byPersonId: 0 };
  const done: RecordedAct[] = [
    { episodeId: 1, step: { kind: 'acknowledge', zone: 'Europe/Oslo', at: at(21, 65), endsAt: null, ...by } },
    { episodeId: 1, step: { kind: 'close', at: at(23, 20), outcome: 'no_action_needed', note: '', secondLook: false, ...by } },
  ];
  const off = (ruleId: string) => ({ kind: 'rule', unitId: 1, ruleId, enabled: false }) as const;
  const previewWith = (changes: readonly ProposedChange[]) =>
    preview({ ...feverish, known: rehearsed().map(toKnown), acts: done, changes });

  test('is told of as what it was', () => {
    expect(rehearsed()).toMatchObject([{ episode: { severity: 'yellow' } }]);
    const fevers = off('gen.temp.high');
    const spo2 = [off('copd.spo2.below_target'), off('copd.spo2.drop_large')];
    const milder = previewWith(spo2);
    expect(milder.known).toMatchObject([{ severity: 'red', fate: 'milder', severityAfter: 'yellow' }]);
    expect([milder.before.bySeverity, milder.after.bySeverity]).toMatchObject([
      { red: 1, yellow: 0 },
      { red: 0, yellow: 1 },
    ]);
    const missed = previewWith([...spo2, fevers]);
    expect(missed.known).toMatchObject([{ severity: 'red', fate: 'missed' }]);
    expect(effectOf([missed], 28, 1)).toMatchObject({ missed: 1, missedGrave: 1 });
  });

  test('is closed by a person in a rehearsal too: it does not stay open and take in whatever comes', () => {
    const [one] = rehearsed();
    expect(one?.episode).toMatchObject({ outcome: 'no_action_needed', closedAt: at(23, 20) });
  });
});
