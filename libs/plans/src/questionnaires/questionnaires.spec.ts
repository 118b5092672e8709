import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Programme } from '../care-plan.js';
import { PROGRAMMES } from '../programme.js';
import { findForm, newestQuestionnaire, questionsFor, type Questionnaire } from './questionnaire.js';
import { QuestionnairesFaulty, readQuestionnaires } from './read-questionnaires.js';

const read = (path: string): Record<string, unknown> => JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
const FILE = join('libs/plans/src/questionnaires/questionnaires.json');
const known = readQuestionnaires(read(FILE));
const newest = (code: string): Questionnaire => {
  const found = newestQuestionnaire(known, code);
  if (found === null) throw new Error(`there is no ${code}`);
  return found;
};
const codes = (programmes: readonly Programme[], yes: readonly string[] = []): string[] =>
  questionsFor(newest('daily'), programmes, new Set(yes)).map(({ code }) => code);

/** What rules look at in answers and what is measured by asking, by rule; collected from the catalogue. */
function lookedAt(): Map<string, Set<string>> {
  const catalogue = read('libs/rules/src/catalogue/rules-catalogue.json') as { rules: Record<string, unknown>[] };
  const found = new Map<string, Set<string>>();
  const note = (code: string, rule: string): void => void found.set(code, (found.get(code) ?? new Set()).add(rule));
  const walk = (node: unknown, rule: string): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [name, value] of Object.entries(node)) {
      if (['items', 'major', 'minor'].includes(name) && Array.isArray(value)) for (const code of value) note(String(code), rule);
      else walk(value, rule);
    }
  };
  for (const { id, trigger, severity_modifiers: modifiers, inputs } of catalogue.rules) {
    walk([trigger, modifiers], String(id));
    for (const input of inputs as string[]) if (!NOT_ASKED.has(input)) note(input, String(id));
  }
  return found;
}

/** Inputs of rules that devices, clocks and the program itself give. */
const NOT_ASKED = new Set([
  ...['spo2', 'pulse', 'respiratory_rate', 'temperature', 'sbp', 'dbp', 'news2', 'weight', 'glucose', 'sbp_standing', 'dbp_standing'],
  ...['irregular_pulse_flag', 'schedule', 'episode', 'any', 'device_status', 'answers', 'hf_symptoms', 'bp_symptoms'],
]);

function isAsked(code: string, programme: Programme): boolean {
  return known.all.some((each) =>
    questionsFor(each, [programme], new Set(known.questions.keys())).some(
      (question) => question.code === code || question.answersAlso.includes(code),
    ),
  );
}

test('every answer that any rule looks at is asked, of everybody whose programmes bring the rule', () => {
  const catalogue = read('libs/rules/src/catalogue/rules-catalogue.json') as { rules: { id: string; programmes?: Programme[] }[] };
  const wanted = [...lookedAt()].flatMap(([code, rules]) =>
    [...rules].flatMap((rule) =>
      (catalogue.rules.find(({ id }) => id === rule)?.programmes ?? []).map((programme) => ({ code, rule, programme })),
    ),
  );
  expect(wanted.length).toBeGreaterThan(50);
  expect(wanted.filter(({ code, programme }) => !isAsked(code, programme))).toEqual([]);
});

test('NEWS2 needs consciousness and oxygen, and a visit asks for them', () => {
  const asked = questionsFor(newest('visit'), ['htn']).map(({ code }) => code);
  expect(asked).toEqual(expect.arrayContaining(['consciousness', 'on_oxygen', 'new_confusion']));
  expect(known.questions.get('consciousness')?.choices.map(({ code }) => code)).toEqual(['A', 'C', 'V', 'P', 'U']);
});

test.each(PROGRAMMES)('%s asks emergencies first, and a request for contact last', (programme) => {
  const asked = codes([programme]);
  expect(asked.slice(0, 2)).toEqual(['breathless_at_rest_severe', 'cannot_finish_sentence']);
  expect(asked.at(-1)).toBe('contact_request');
});

test('several programmes ask their union, each question once and the same one under two names once', () => {
  const both = codes(['copd', 'hf']);
  expect(new Set(both).size).toBe(both.length);
  expect(both).toContain('dyspnoea_worse');
  expect(both).not.toContain('breathlessness_worse');
  expect(codes(['hf'])).toContain('breathlessness_worse');
  const all = codes(PROGRAMMES);
  for (const programme of PROGRAMMES) {
    for (const code of codes([programme])) {
      if (code !== 'breathlessness_worse') expect(all).toContain(code);
    }
  }
  expect(codes([])).toEqual([]);
});

test('questions that follow up are asked with what they follow, or when it was lately answered with yes', () => {
  expect(codes(['frail'])).toEqual(expect.arrayContaining(['fall', 'head_injury']));
  const without: Questionnaire = {
    ...newest('daily'),
    asked: newest('daily').asked.filter(({ question }) => question.code !== 'plan_step_started'),
  };
  const asked = (yes: readonly string[]): string[] => questionsFor(without, ['copd'], new Set(yes)).map(({ code }) => code);
  expect(asked([])).not.toContain('symptoms_better');
  expect(asked(['plan_step_started'])).toContain('symptoms_better');
});

test('a form checks answers as the questions are asked', () => {
  const form = findForm(known)('weekly', 1);
  expect(form?.items.get('cat_3')).toMatchObject({ kind: 'scale', min: 0, max: 5, isWhole: true });
  expect(form?.items.get('mmrc')).toMatchObject({ kind: 'choice', choices: ['0', '1', '2', '3', '4'] });
  expect(form?.scores.map(({ metric }) => metric)).toEqual(['cat-score', 'mmrc-grade']);
  expect(findForm(known)('weekly', 2)).toBeNull();
});

test('the daily form asks of a step of the plan since the last answer; the form of an old tablet is checked as it was', () => {
  const step = (version: number) => {
    const form = known.all.find((each) => each.code === 'daily' && each.version === version);
    return form?.asked.find(({ question }) => question.code === 'plan_step_started')?.question;
  };
  expect(newest('daily').version).toBe(2);
  expect([step(1)?.nb, step(1)?.en]).toEqual([
    'Har du begynt på et nytt trinn i egenbehandlingsplanen din?',
    'Have you started a new step of your self-treatment plan?',
  ]);
  expect([step(2)?.nb, step(2)?.en]).toEqual([
    'Har du begynt på et nytt trinn i egenbehandlingsplanen din siden sist du svarte?',
    'Have you started a new step of your self-treatment plan since you last answered?',
  ]);
  const items = (version: number) => findForm(known)('daily', version)?.items;
  expect([...(items(1)?.keys() ?? [])]).toEqual([...(items(2)?.keys() ?? ['none'])]);
});

describe('a faulty file', () => {
  const yes = (code: string, more: object = {}): object => ({ code, kind: 'yes_no', nb: 'nb', en: 'en', ...more });
  const one = (more: object = {}): object => ({
    ...{
      code: 'daily',
      version: 1,
      nb: 'nb',
      en: 'en',
      answered_by: ['patient'],
      items: [{ code: 'a', programmes: ['copd'] }],
      scores: [],
    },
    ...more,
  });
  const faultsOf = (json: unknown): readonly string[] => {
    try {
      readQuestionnaires(json);
      return [];
    } catch (error) {
      if (error instanceof QuestionnairesFaulty) return error.faults;
      throw error;
    }
  };

  test('names all of its faults', () => {
    const faults = faultsOf({
      items: [yes('a', { kind: 'poem' }), yes('b', { after: 'z' })],
      questionnaires: [one({ answered_by: ['cat'] })],
      more: 1,
    });
    expect(faults).toHaveLength(5);
  });

  test.each<[string, unknown]>([
    ['no file', null],
    ['no lists', {}],
    ['a question twice', { items: [yes('a'), yes('a')], questionnaires: [one()] }],
    ['no Norwegian', { items: [yes('a', { nb: '' })], questionnaires: [one()] }],
    ['a scale without ends', { items: [yes('a', { kind: 'scale' })], questionnaires: [one()] }],
    ['a scale upside down', { items: [yes('a', { kind: 'scale', min: 5, max: 0 })], questionnaires: [one()] }],
    ['a choice of one', { items: [yes('a', { kind: 'choice', choices: [{ code: 'x', nb: 'x', en: 'x' }] })], questionnaires: [one()] }],
    ['limits of a yes', { items: [yes('a', { min: 1 })], questionnaires: [one()] }],
    ['a question that is asked nowhere', { items: [yes('a'), yes('b')], questionnaires: [one()] }],
    ['an unknown question', { items: [yes('a')], questionnaires: [one({ items: [{ code: 'z', programmes: ['copd'] }] })] }],
    [
      'other words in one language',
      { items: [yes('a')], questionnaires: [one({ items: [{ code: 'a', programmes: ['copd'], nb: 'nb' }] })] },
    ],
    ['an unknown programme', { items: [yes('a')], questionnaires: [one({ items: [{ code: 'a', programmes: ['flu'] }] })] }],
    ['a version twice', { items: [yes('a')], questionnaires: [one(), one()] }],
    ['version 0', { items: [yes('a')], questionnaires: [one({ version: 0 })] }],
    ['an unknown score', { items: [yes('a')], questionnaires: [one({ scores: [{ metric: 'joy', entered: 'a', sum_of: [] }] })] }],
    [
      'a score of what is not asked',
      { items: [yes('a')], questionnaires: [one({ scores: [{ metric: 'cat-score', entered: 'b', sum_of: [] }] })] },
    ],
    ['an unknown member', { items: [yes('a', { colour: 'red' })], questionnaires: [one()] }],
  ])('with %s does not start', (_name, json) => expect(faultsOf(json).length).toBeGreaterThan(0));

  test('but a right one does', () => expect(faultsOf({ items: [yes('a')], questionnaires: [one()] })).toEqual([]));
});
