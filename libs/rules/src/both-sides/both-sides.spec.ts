import { CATALOGUE_WITH_NEWS2 as catalogue } from '../../../../test/clinic.js';
import { holds, type Limit } from '../../../../test/both-sides/limit.js';
import { LIMITS_OF_DAYS } from '../../../../test/both-sides/limits-of-days.js';
import { LIMITS_OF_VALUES } from '../../../../test/both-sides/limits-of-values.js';
import { breaks, judged } from '../../../../test/both-sides/patient.js';

// The project's own examples, apart from those of the file: a patient at both sides of every limit of every rule that is asked of
// readings and answers, at the default and at both ends of what a physician may set. Comparisons are taken from the tables of the
// reference text, not from the file.

const LIMITS = [...LIMITS_OF_VALUES, ...LIMITS_OF_DAYS];

interface Case {
  readonly of: Limit;
  readonly limits: Readonly<Record<string, number>>;
  readonly limit: number;
  readonly value: number;
}

// Floats that come of adding steps are made the decimals they stand for.
const near = (limit: number, step: number): readonly number[] => [limit - step, limit, limit + step].map((each) => Number(each.toFixed(4)));

const cases = LIMITS.flatMap((of): Case[] => {
  if (typeof of.limit === 'number') return near(of.limit, of.step).map((value) => ({ of, limits: {}, limit: of.limit as number, value }));
  const range = catalogue.entries.get(of.ruleId)?.ranges.find(({ parameter }) => parameter === of.limit);
  if (range === undefined) throw new Error(`${of.ruleId} has no parameter ${of.limit}`);
  return [...new Set([range.min, range.default, range.max])].flatMap((limit) => {
    const limits = limit === range.default ? {} : { ...of.besides, [range.parameter]: limit };
    return near(limit, of.step).map((value) => ({ of, limits, limit, value }));
  });
});
const named = cases.map((each) => [`${each.of.ruleId} ${each.of.limit} ${each.of.op} ${each.limit}: ${each.value}`, each] as const);

test.each(named)('%s', (_name, { of, limits, limit, value }) => {
  const judgement = judged(catalogue, of.patient(value, limits), { ...of, limits });
  expect(breaks(judgement, of.ruleId)).toBe(holds(value, of.op, limit));
});

test('no parameter of a rule that is asked of readings is left out', () => {
  const clocks = ['overdue', 'missed', 'context_elapsed', 'episode_overdue']; // judge-clocks.spec.ts
  const parameters = catalogue.rules
    .filter(({ trigger }) => !clocks.includes(trigger.kind))
    .flatMap(({ id, ranges }) => ranges.map(({ parameter }) => `${id} ${parameter}`));
  const covered = new Set(LIMITS.map(({ ruleId, limit }) => `${ruleId} ${limit}`));
  expect(parameters.filter((each) => !covered.has(each))).toEqual([]);
});
