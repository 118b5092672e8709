import type { Programme, Reference, ReferenceKey } from '@varde/plans';
import { CATALOGUE as catalogue, CATALOGUE_FILE, planOf } from '../../../test/clinic.js';
import type { AnswerSet, Finding } from './finding.js';
import { judge } from './judge.js';
import { readCatalogue } from './read-catalogue.js';

const PATTERN = 'copd.symptoms.pattern';
const at = (hour: number): Date => new Date(Date.parse('2026-01-15T08:00:00Z') + hour * 3_600_000);
const decided = (key: ReferenceKey, value: number, over: Partial<Reference> = {}): Reference => ({
  ...{ id: 1, key, value, reason: 'x', setByPersonId: 5, validFrom: new Date(0), validTo: null, reviewBy: null, version: 1 },
  ...over,
});
const STARTS = decided('plan-starts-treatment', 1);
const answered = (measurementId: number, hour: number, ...items: readonly string[]): AnswerSet => ({
  ...{ measurementId, questionnaire: 'daily', observedAt: at(hour), receivedAt: at(hour) },
  items: Object.fromEntries(items.map((item) => [item, true])),
});
const MAJORS = ['dyspnoea_worse', 'sputum_more', 'sputum_colour'];
const TWO_DAYS = [answered(1, -24, ...MAJORS), answered(2, 0, ...MAJORS)];

/** What the pattern says at the end, of a look after each answer. */
function judged(references: readonly Reference[], programmes: readonly Programme[] = ['copd'], answers = TWO_DAYS): readonly Finding[] {
  const plan = planOf({ references, enrolments: programmes.map((programme) => ({ programme, from: new Date(0), to: null })) });
  let recorded: readonly Finding[] = [];
  for (const [place, answer] of answers.entries()) {
    const window = { readings: [], refused: [], dailyMedians: [], answers: answers.slice(0, place + 1), lastObserved: [] };
    const asked = { catalogue, plan, window, unlookedFrom: answer.observedAt, standing: [], recorded, openEpisodes: [] };
    const now = new Date(answer.receivedAt.getTime() + 1_000);
    recorded = [...recorded, ...judge({ ...asked, now }).findings];
  }
  return recorded.filter(({ ruleId, result }) => ruleId === PATTERN && result === 'fire');
}

test.each<[string, readonly Reference[], readonly Programme[], string]>([
  ['nothing is decided', [], ['copd'], 'red'],
  ['the plan starts treatment', [STARTS], ['copd'], 'yellow'],
  ['it starts none', [decided('plan-starts-treatment', 0)], ['copd'], 'red'],
  ['there is no plan', [STARTS, decided('self-treatment-plan', 0)], ['copd'], 'red'],
  ['there is a plan that does', [STARTS, decided('self-treatment-plan', 1)], ['copd'], 'yellow'],
  ['a nurse decides on every step', [STARTS], ['copd', 'hf'], 'red'],
  ['it ended before', [{ ...STARTS, validTo: at(-1) }], ['copd'], 'red'],
])('all three major symptoms on two days; %s: %#', (...[, references, programmes, severity]) => {
  expect(judged(references, programmes).map((finding) => finding.severity)).toEqual([severity]);
});

test('the reason says which answers there were, and why it is no graver', () => {
  const [finding] = judged([STARTS]);
  expect(finding?.reason.nb).toMatch(/Svart: .*Ikke gravere: egenbehandlingsplanen starter allerede behandling\./);
  expect(finding?.reason.en).toMatch(/Answered: .*No graver: the self-treatment plan already starts treatment\./);
  expect(judged([])[0]?.reason.en).not.toMatch(/No graver/);
});

test('the third major told later raises nothing where the plan starts treatment', () => {
  const twoThenThird = [
    answered(1, -24, 'dyspnoea_worse', 'sputum_more'),
    answered(2, 0, 'dyspnoea_worse', 'sputum_more'),
    { ...answered(3, -1, 'sputum_colour'), receivedAt: at(1) },
  ];
  expect(judged([], ['copd'], twoThenThird).map(({ severity }) => severity)).toEqual(['yellow', 'red']);
  expect(judged([STARTS], ['copd'], twoThenThird).map(({ severity }) => severity)).toEqual(['yellow']);
});

test('a catalogue whose note says something else does not start', () => {
  const file = JSON.parse(JSON.stringify(CATALOGUE_FILE)) as { rules: { id: string; severity_modifiers: { note?: string }[] }[] };
  const modifier = file.rules.find(({ id }) => id === PATTERN)?.severity_modifiers[0];
  if (modifier === undefined) throw new Error('the pattern has a modifier');
  modifier.note = 'Anthonisen type 1';
  expect(() => readCatalogue(file)).toThrow(/note/);
});
