import { readFileSync } from 'node:fs';
import type { CarePlan, PersonalLimit, Programme, Reference, ReferenceKey } from './care-plan.js';
import type { LimitRange } from './limit.js';
import { NEEDS } from './need.js';
import { PROGRAMMES } from './programme.js';
import { REFERENCE_KEYS, REFERENCES, faultsOfReference } from './reference.js';
import { nextPlanChangeAt, tasksOf, type TaskSource } from './wanted-tasks.js';

interface File {
  readonly programmes: readonly {
    id: CarePlan['enrolments'][number]['programme'];
    rules: readonly string[];
    needs_before_start: readonly string[];
  }[];
  readonly rules: readonly {
    id: string;
    title_nb: string;
    title_en: string;
    default_enabled: boolean;
    params: Readonly<Record<string, { unit: string }>>;
  }[];
}
const FILE = JSON.parse(readFileSync('libs/rules/src/catalogue/rules-catalogue.json', 'utf8')) as File;
const DROP: LimitRange = {
  ...{ ruleId: 'copd.spo2.drop', ruleVersion: 1, parameter: 'drop', default: 3, min: 2, max: 5, unit: '1', safetyFloor: null },
  lessSensitive: 'higher',
};
const SOURCE: TaskSource = {
  programmes: FILE.programmes.map(({ id, rules, needs_before_start: needsBeforeStart }) => ({ id, rules, needsBeforeStart })),
  entries: new Map(
    FILE.rules.map(({ id, title_nb: nb, title_en: en, default_enabled: inForce, params }) => [
      id,
      {
        title: { nb, en },
        inForce,
        ranges:
          id === DROP.ruleId ? [DROP] : Object.entries(params).map(([parameter, { unit }]) => ({ ...DROP, ruleId: id, parameter, unit })),
      },
    ]),
  ),
};
const NOW = new Date('2026-03-02T08:00:00Z');
const days = (count: number) => new Date(NOW.getTime() + count * 86_400_000);
const copd = { programme: 'copd' as const, from: days(-10), to: null };
const plan = (over: Partial<CarePlan> = {}): CarePlan => ({
  ...{ patientId: 1, zone: 'Europe/Oslo', limits: [], unitLimits: [], references: [], pauses: [], schedule: [] },
  enrolments: [copd],
  ...over,
});
const reference = (key: ReferenceKey, over: Partial<Reference> = {}): Reference => ({
  ...{ id: 1, key, value: 1, reason: 'seen', setByPersonId: 8, validFrom: days(-10), validTo: null, reviewBy: null, version: 1 },
  ...over,
});
const limit = (over: Partial<PersonalLimit> = {}): PersonalLimit => ({
  ...{ id: 1, ruleId: 'copd.spo2.below_target', parameter: 'target_low', value: 86, reason: 'agreed', setByPersonId: 7, version: 1 },
  ...{ setAt: days(-30), validFrom: days(-30), validTo: null },
  ...over,
});
const ALL = (['home-oxygen', 'spo2-target-88-92', 'news2-scale-2', 'self-treatment-plan'] as const).map((key) => reference(key));
const keysOf = (given: CarePlan) => tasksOf(given, SOURCE, NOW).map(({ key }) => key);

test('whatever the catalogue asks for before a programme starts is known here, and nothing else', () => {
  const asked = new Set(FILE.programmes.flatMap(({ needs_before_start: needs }) => needs));
  expect(Object.keys(NEEDS).sort()).toEqual([...asked].sort());
});

describe('missing references', () => {
  test('are asked for one by one, due when the programme began', () => {
    expect(keysOf(plan())).toEqual([
      'reference-missing:copd.spo2.below_target/target_low',
      'reference-missing:home-oxygen',
      'reference-missing:news2-scale-2',
      'reference-missing:self-treatment-plan',
      'reference-missing:spo2-target-88-92',
    ]);
    expect(tasksOf(plan(), SOURCE, NOW)[2]).toEqual({
      ...{ key: 'reference-missing:news2-scale-2', kind: 'reference-missing', ruleId: null, forRole: 'physician', dueAt: days(-10) },
      reason: { nb: 'Mangler: NEWS2 skala 2', en: 'Missing: NEWS2 scale 2' },
    });
  });
  test('are not asked for when recorded, also as a no', () => {
    const references = ALL.map((each) => ({ ...each, value: 0 }));
    expect(keysOf(plan({ references, limits: [limit()] }))).toEqual([]);
  });
  test('are asked for again when they have ended or not begun', () => {
    const references = [reference('news2-scale-2', { validTo: days(-1) }), reference('home-oxygen', { validFrom: days(1) })];
    expect(keysOf(plan({ references }))).toEqual(
      expect.arrayContaining(['reference-missing:news2-scale-2', 'reference-missing:home-oxygen']),
    );
  });
  test('that two programmes need are asked for once', () => {
    const enrolments = [
      { ...copd, programme: 'hf' as const },
      { ...copd, programme: 'htn' as const },
    ];
    const keys = keysOf(plan({ enrolments }));
    expect(keys.filter((key) => key.endsWith('atrial-fibrillation'))).toHaveLength(1);
    expect(keys).toContain('reference-missing:hf.sbp.low/without_symptoms');
    expect(keysOf(plan({ enrolments, references: [reference('lowest-systolic', { value: 85 })] }))).not.toContain(
      'reference-missing:hf.sbp.low/without_symptoms',
    );
  });
  test('a frail or very old person with a pressure programme needs a confirmed target', () => {
    const of = (programme: Programme) => [{ ...copd, programme }];
    const enrolments = of('htn');
    const key = 'reference-missing:frail-pressure-target';
    // htn.mean.high is of these three.
    const needing = PROGRAMMES.filter((programme) => keysOf(plan({ enrolments: of(programme), birthYear: 1936 })).includes(key));
    expect(needing).toEqual(['hf', 'htn', 'dm']);
    expect(keysOf(plan({ enrolments }))).not.toContain(key);
    expect(keysOf(plan({ enrolments, birthYear: 1936 }))).toContain(key);
    expect(keysOf(plan({ enrolments, birthYear: 1936, references: [reference('frail-pressure-target', { value: 145 })] }))).not.toContain(
      key,
    );
  });
  test('nothing is asked for once nothing is followed', () => {
    expect(keysOf(plan({ enrolments: [] }))).toEqual([]);
    expect(keysOf(plan({ enrolments: [{ ...copd, to: days(-1) }] }))).toEqual([]);
  });
});

describe('references and limits that run out', () => {
  const complete = (over: Partial<CarePlan>) => plan({ limits: [limit()], ...over, references: [...ALL, ...(over.references ?? [])] });
  test.each<[string, Partial<CarePlan>, string[]]>([
    ['a review that is not due', { references: [reference('dry-weight', { reviewBy: days(1) })] }, []],
    ['a review that is due', { references: [reference('dry-weight', { reviewBy: NOW })] }, ['reference-outdated:dry-weight/1']],
    [
      'a dry weight of 90 days ago',
      { references: [reference('dry-weight', { validFrom: days(-90) })] },
      ['reference-outdated:dry-weight/1'],
    ],
    ['one of less', { references: [reference('dry-weight', { validFrom: new Date(days(-90).getTime() + 1) })] }, []],
    [
      'an old one with a later date to review it',
      { references: [reference('dry-weight', { validFrom: days(-200), reviewBy: days(1) })] },
      [],
    ],
    ['an old decision, which does not age', { references: [reference('atrial-fibrillation', { validFrom: days(-200) })] }, []],
    [
      'a review due of what has been replaced',
      { references: [reference('dry-weight', { reviewBy: NOW }), reference('dry-weight', { version: 2 })] },
      [],
    ],
    ['an end far away', { references: [reference('dry-weight', { validTo: days(15) })] }, []],
    ['an end that is near', { references: [reference('dry-weight', { validTo: days(14) })] }, ['reference-ending:dry-weight/1']],
    [
      'an end with a successor',
      { references: [reference('dry-weight', { validTo: days(3) }), reference('dry-weight', { version: 2, validFrom: days(3) })] },
      [],
    ],
    ['a diuresis that ends', { references: [reference('planned-diuresis', { validTo: days(3) })] }, []],
  ])('%s', (_what, over, keys) => {
    expect(keysOf(complete(over))).toEqual(keys);
  });

  test('a dry weight that was never given a date is due when it became 90 days old', () => {
    const [task] = tasksOf(complete({ references: [reference('dry-weight', { validFrom: days(-200) })] }), SOURCE, NOW);
    expect(task).toMatchObject({ kind: 'reference-outdated', forRole: 'physician', dueAt: days(-110) });
  });

  const temporary = (validFrom: Date, validTo: Date, over: Partial<PersonalLimit> = {}) =>
    plan({ references: ALL, limits: [limit(), limit({ version: 2, validFrom, validTo, ...over })] });
  const key = (kind: string) => [`${kind}:copd.spo2.below_target/target_low/2`];
  test.each<[string, CarePlan, string[]]>([
    ['a temporary limit in the middle of its time', temporary(days(-4), days(4)), []],
    ['near its end', temporary(days(-7), days(1)), key('limit-ending')],
    ['just ended', temporary(days(-8), days(-1)), key('limit-ended')],
    ['ended a week ago', temporary(days(-20), days(-7)), []],
    ['ended by a person', temporary(days(-8), days(-1), { endedByPersonId: 7 }), []],
  ])('%s', (_what, given, keys) => {
    expect(keysOf(given)).toEqual(keys);
  });
  test('a version that was replaced is no ended limit', () => {
    const limits = [limit({ validTo: days(-1) }), limit({ version: 2, validFrom: days(-1) })];
    expect(keysOf(plan({ references: ALL, limits }))).toEqual([]);
  });
});

describe('a conflict that is left', () => {
  const ofUnit = (unitId: number, unitName: string, value: number) => ({
    ...{ id: unitId, unitId, unitName, ruleId: 'copd.spo2.drop', parameter: 'drop', value, reason: 'ours', setByPersonId: 9, version: 1 },
    ...{ validFrom: days(-5), validTo: null },
  });
  test('scale 2 beside a refused target of 88-92 % is a conflict; without a word of the target it is a missing one', () => {
    const scale2 = reference('news2-scale-2');
    const key = 'limit-conflict:news2-scale-2';
    expect(keysOf(plan({ references: [scale2, reference('spo2-target-88-92', { value: 0 })] }))).toContain(key);
    for (const references of [[scale2], [scale2, reference('spo2-target-88-92')]]) expect(keysOf(plan({ references }))).not.toContain(key);
    expect(keysOf(plan({ references: [scale2] }))).toContain('reference-missing:spo2-target-88-92');
  });

  test('is a task for a physician that names both owners', () => {
    const given = plan({
      references: ALL,
      limits: [limit()],
      unitLimits: [ofUnit(1, 'Oppfølging', 4), ofUnit(2, 'Lungepoliklinikken', 2)],
    });
    expect(tasksOf(given, SOURCE, NOW)).toEqual([
      {
        ...{
          key: 'limit-conflict:copd.spo2.drop/drop',
          kind: 'limit-conflict',
          ruleId: 'copd.spo2.drop',
          forRole: 'physician',
          dueAt: null,
        },
        reason: {
          nb: 'To grenser for copd.spo2.drop/drop (1): 2 (Lungepoliklinikken), 4 (Oppfølging). Brukt: 2',
          en: 'Two limits for copd.spo2.drop/drop (1): 2 (Lungepoliklinikken), 4 (Oppfølging). Used: 2',
        },
      },
    ]);
    expect(tasksOf({ ...given, enrolments: [{ ...copd, programme: 'dm' }] }, SOURCE, NOW).map(({ kind }) => kind)).not.toContain(
      'limit-conflict',
    );
  });

  const switchedOff = (ruleId: string) => [
    { id: 1, unitId: 1, ruleId, enabled: false, reason: 'trial', setByPersonId: 9, version: 1, validFrom: days(-1), validTo: null },
  ];
  test('of a rule that the unit has switched off is none, of one that only rests is one', () => {
    const limits = [ofUnit(1, 'Oppfølging', 4), ofUnit(2, 'Lungepoliklinikken', 2)];
    const keys = (over: Partial<CarePlan>) => keysOf(plan({ references: ALL, limits: [limit()], ...over }));
    expect(keys({ unitLimits: limits, ruleSwitches: switchedOff('copd.spo2.drop') })).toEqual([]);
    const loss = limits.map((each) => ({ ...each, ruleId: 'hf.weight.loss_3d', parameter: 'kg' }));
    const resting = { unitLimits: loss, enrolments: [{ ...copd, programme: 'hf' as const }], references: [reference('planned-diuresis')] };
    expect(keys(resting)).toContain('limit-conflict:hf.weight.loss_3d/kg');
  });

  test('is a personal limit of a rule that steps back for a programme, unless that programme takes it over', () => {
    const pressure = limit({ ruleId: 'gen.sbp.very_low', parameter: 'limit', value: 95, setByName: 'Pia Lunge' });
    const following = (programmes: readonly Programme[], limits: readonly PersonalLimit[]) =>
      tasksOf(plan({ enrolments: programmes.map((programme) => ({ ...copd, programme })), limits }), SOURCE, NOW).filter(
        ({ kind }) => kind === 'limit-conflict',
      );
    expect(following(['frail'], [pressure])).toEqual([]);
    expect(following(['frail', 'hf'], [pressure])).toEqual([
      {
        ...{ key: 'limit-conflict:gen.sbp.very_low/limit', kind: 'limit-conflict', ruleId: 'gen.sbp.very_low', forRole: 'physician' },
        dueAt: null,
        reason: {
          nb: 'Den personlige grensen for gen.sbp.very_low/limit (95 mm[Hg], Pia Lunge) gjelder ikke: et annet forløp har egne grenser i stedet. Sett den der, eller avslutt den',
          en: 'The personal limit for gen.sbp.very_low/limit (95 mm[Hg], Pia Lunge) is not in force: another programme has limits of its own instead. Set it there, or end it',
        },
      },
    ]);
    expect(following(['hf'], [{ ...pressure, validTo: days(-1) }])).toEqual([]);
    // `copd.spo2.below_target` goes by what was set on `gen.spo2.low`.
    expect(following(['copd'], [limit({ ruleId: 'gen.spo2.low', parameter: 'limit', value: 88 })])).toEqual([]);
  });

  describe('between rate limits for a known rhythm at one end only and the fixed ones of heart failure', () => {
    const rate = (ruleId: string, value: number, over: Partial<PersonalLimit> = {}) =>
      limit({ ruleId, parameter: 'limit', value, setByName: 'Pia Lunge', ...over });
    const high = rate('gen.pulse.high', 120);
    const given = (over: Partial<CarePlan>) =>
      plan({
        enrolments: [{ ...copd, programme: 'hf' }],
        ...{ references: [reference('atrial-fibrillation')], limits: [high], ...over },
      });
    const conflict = (given: CarePlan) => tasksOf(given, SOURCE, NOW).filter(({ kind }) => kind === 'limit-conflict');

    test('is a task for a physician that shows both and names both owners', () => {
      expect(conflict(given({}))).toEqual([
        {
          ...{ key: 'limit-conflict:hf.pulse', kind: 'limit-conflict', ruleId: 'hf.pulse', forRole: 'physician', dueAt: null },
          reason: {
            nb: 'Pulsgrense er satt for kjent rytme i bare den ene enden: gen.pulse.high/limit 120 (/min) (Pia Lunge). Ved siden av gjelder hf.pulse: Puls utenfor 50-100 med symptomer eller 40-110 uten (hjertesviktforløpet i regelkatalogen). Brukt: begge',
            en: 'A rate limit is set for a known rhythm at one end only: gen.pulse.high/limit 120 (/min) (Pia Lunge). Beside it applies hf.pulse: Pulse outside 50-100 with symptoms or 40-110 without (the heart failure programme of the rule catalogue). Used: both',
          },
        },
      ]);
    });
    test('names everybody who set one, by number where the name is not known', () => {
      const nameless: PersonalLimit = { ...rate('gen.pulse.very_high', 140, { setByPersonId: 12 }) };
      delete (nameless as { setByName?: string }).setByName;
      const [task] = conflict(given({ limits: [high, nameless] }));
      expect(task?.reason.nb).toContain('gen.pulse.very_high/limit 140 (/min) (person 12), gen.pulse.high/limit 120 (/min) (Pia Lunge)');
    });
    test.each<[string, Partial<CarePlan>]>([
      ['both ends set', { limits: [high, rate('gen.pulse.very_low', 38)] }],
      ['no known rhythm', { references: [] }],
      ['a limit that has ended', { limits: [{ ...high, validTo: days(-1) }] }],
      ['no heart failure', { enrolments: [copd] }],
      ['the fixed ones switched off by the unit', { ruleSwitches: switchedOff('hf.pulse') }],
    ])('none with %s', (_what, over) => {
      expect(conflict(given(over))).toEqual([]);
    });
  });
});

describe('when the plan changes by the clock', () => {
  test.each<[string, Partial<CarePlan>, Date | null]>([
    ['never', {}, null],
    ['a reference to be reviewed', { references: [reference('dry-weight', { reviewBy: days(3) })] }, days(3)],
    ['a dry weight that grows old', { references: [reference('dry-weight')] }, days(80)],
    ['a reference about to end', { references: [reference('dry-weight', { validTo: days(20) })] }, days(6)],
    ['a limit that begins', { limits: [limit({ validFrom: days(2) })] }, days(2)],
    ['a limit that ends', { limits: [limit({ validFrom: days(-40), validTo: days(2) })] }, days(2)],
    ['a limit that has ended', { limits: [limit({ validTo: days(-1) })] }, days(6)],
    [
      'a limit about to end, in whole milliseconds',
      { limits: [limit({ validFrom: new Date(NOW.getTime() - 3), validTo: new Date(NOW.getTime() + 2) })] },
      new Date(NOW.getTime() + 1),
    ],
    ['a diuresis that ends', { references: [reference('planned-diuresis', { validFrom: days(-1) })] }, days(6)],
    ['a programme that ends', { enrolments: [{ ...copd, to: days(5) }] }, days(5)],
  ])('%s', (_what, over, expected) => {
    expect(nextPlanChangeAt(plan(over), NOW)).toEqual(expected);
  });
});

describe('a proposed reference', () => {
  const proposed = { key: 'dry-weight' as const, value: 72.5, reason: 'clinic', validFrom: NOW, validTo: null, reviewBy: null };
  test.each<[object, number]>([
    [{}, 0],
    [{ value: 20 }, 1],
    [{ value: Number.NaN }, 1],
    [{ key: 'news2-scale-2', value: 1 }, 0],
    [{ key: 'news2-scale-2', value: 2 }, 1],
    [{ key: 'pacemaker-lower-rate', value: 0 }, 0],
    [{ key: 'pacemaker-lower-rate', value: 10 }, 1],
    [{ reason: ' ', validTo: NOW, reviewBy: NOW }, 3],
  ])('%j has %p faults', (over, count) => {
    expect(faultsOfReference({ ...proposed, ...over })).toHaveLength(count);
  });
  test('every key says who may record it', () => {
    for (const key of REFERENCE_KEYS) expect(REFERENCES[key].setBy).toContain('physician');
  });
});
