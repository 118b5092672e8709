import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CatalogueFaulty } from './catalogue.js';
import { readCatalogue } from './read-catalogue.js';

const text = readFileSync(join(__dirname, 'catalogue/rules-catalogue.json'), 'utf8');
type Json = Record<string, unknown>;
interface File {
  rules: (Json & { id: string; params: Record<string, Json>; trigger: Json; clear: Json })[];
  [key: string]: unknown;
}
const ruleOf = (file: File, id: string): File['rules'][number] => file.rules.find((rule) => rule.id === id)!;
const weightLoss = (file: File) => ruleOf(file, 'frail.weight_loss').trigger['of'] as Json[];
function faultsOf(change: (file: File) => void): readonly string[] {
  const file = JSON.parse(text) as File;
  change(file);
  try {
    readCatalogue(file);
    return [];
  } catch (error) {
    if (error instanceof CatalogueFaulty) return error.faults;
    throw error;
  }
}

test('the whole file is read', () => {
  const catalogue = readCatalogue(JSON.parse(text));
  expect(catalogue.entries.size).toBe(67);
  expect([...catalogue.entries.values()].filter(({ inForce }) => !inForce).map(({ id }) => id)).toEqual(['copd.exact.event']);
  expect(catalogue.rules).toHaveLength(67);
  expect(catalogue.programmes.map(({ id }) => id)).toEqual(['copd', 'hf', 'htn', 'dm', 'frail']);
  expect([...catalogue.baselineMetrics].sort()).toEqual([
    'cat-score',
    'exact-score',
    'mmrc-grade',
    'o2-flow',
    'pulse',
    'spo2',
    'temperature',
    'weight',
  ]);
});

test.each([
  ['copd.spo2.critical', 'limit', 83, 'lower', 83],
  ['copd.spo2.drop', 'drop', 3, 'higher', null],
  ['gen.pulse.very_high', 'limit', 131, 'higher', 131],
  ['hf.sbp.low', 'without_symptoms', 80, 'lower', 75],
  ['htn.severe', 'dbp', 110, 'higher', 120],
  ['hf.weight.gain_3d', 'kg', 2, 'higher', null],
  ['gen.silence.reminder', 'grace_h', 4, 'higher', null],
  ['gen.rr.very_low', 'limit', 8, 'lower', 8],
])('%s.%s: default %p, fewer findings %s, floor %p', (...row) => {
  const [id, parameter, fallback, lessSensitive, safetyFloor] = row;
  const range = readCatalogue(JSON.parse(text))
    .entries.get(id)
    ?.ranges.find((each) => each.parameter === parameter);
  expect(range).toMatchObject({ ruleId: id, default: fallback, lessSensitive, safetyFloor });
});

test.each<[string, (file: File) => void, string]>([
  [
    'another policy of late data',
    (file) => ((file['late_data_policy'] as Json)['up_to_2h_late'] = 'treated as old'),
    'late_data_policy.up_to_2h_late: says something else than is built',
  ],
  [
    'a changed baseline before there is one',
    (file) => ((file['baseline_policy'] as Json)['before_baseline'] = 'absolute rules wait'),
    'baseline_policy.before_baseline: says something else than is built',
  ],
  [
    'a baseline policy with one sentence more',
    (file) => ((file['baseline_policy'] as Json)['weekend'] = 'left out'),
    'baseline_policy.weekend: says something else than is built',
  ],
  [
    'another behaviour of a confirmation profile',
    (file) => (((file['confirmation_profiles'] as Json[])[1] as Json)['behaviour'] = 'fires at once'),
    'confirmation_profiles.parallel_15min: says something else than is built',
  ],
  [
    'no confirmation profiles',
    (file) => (file['confirmation_profiles'] = []),
    'confirmation_profiles.bp_repeat: says something else than is built',
  ],
  [
    'another time for joining',
    (file) => ((file['episode_policy'] as Json)['join'] = 'same patient and domain within 24 hours of the last signal'),
    'episode_policy.join: says something else than is built',
  ],
  [
    'a ladder without steps',
    (file) => ((file['escalation_ladder'] as Json)['red'] = []),
    'escalation_ladder.red: says something else than is built',
  ],
  [
    'no ladder rules',
    (file) => delete (file['escalation_ladder'] as Json)['rules'],
    'escalation_ladder.rules: says something else than is built',
  ],
  [
    'an unknown trigger kind',
    (file) => (ruleOf(file, 'gen.temp.high').trigger = { kind: 'slope' }),
    'gen.temp.high.trigger.kind: "slope" is unknown',
  ],
  [
    'a kind of clear condition used as a trigger',
    (file) => (ruleOf(file, 'frail.fall').trigger = { kind: 'count_below', at_most: 1 }),
    'frail.fall.trigger.kind: "count_below" is unknown',
  ],
  [
    'a clear condition that speaks of another kind of trigger',
    (file) => (ruleOf(file, 'frail.fall').clear = { kind: 'next_protocol_below', manual_close: true }),
    'frail.fall.clear.kind: next_protocol_below does not fit',
  ],
  [
    'a person who closes what is yellow once values have cleared it',
    (file) => ((ruleOf(file, 'gen.spo2.reduced').clear as Json)['manual_close'] = true),
    'gen.spo2.reduced.clear.manual_close: must be that of its severity, yellow',
  ],
  [
    'nobody who closes what is red',
    (file) => ((ruleOf(file, 'gen.spo2.low').clear as Json)['manual_close'] = false),
    'gen.spo2.low.clear.manual_close: must be that of its severity, red',
  ],
  [
    'a kind hidden in a part',
    (file) => (ruleOf(file, 'hf.pulse').trigger = { kind: 'any', of: [{ kind: 'slope' }] }),
    'hf.pulse.trigger.of[0].kind: "slope"',
  ],
  [
    'a clock hidden in a part',
    (file) => (ruleOf(file, 'hf.pulse').trigger = { kind: 'any', of: [{ kind: 'overdue', by_h: 4 }] }),
    'hf.pulse.trigger.of[0].kind: "overdue"',
  ],
  [
    'an unknown kind in the list of kinds',
    (file) => ((file['trigger_kinds'] as Json)['slope'] = 'rise a day'),
    'trigger_kinds: slope is unknown',
  ],
  [
    'a parameter that nothing uses',
    (file) => (ruleOf(file, 'gen.temp.high').trigger['limit'] = 38.1),
    'gen.temp.high.params.limit: is used by nothing',
  ],
  ['an unknown member of a rule', (file) => (ruleOf(file, 'frail.fall')['unless'] = 'asleep'), 'frail.fall: unless is unknown'],
  [
    'a window in other words than those that were read',
    (file) => (ruleOf(file, 'copd.rome.moderate')['window'] = '6 hours'),
    'copd.rome.moderate.window: no longer says "12 hours"',
  ],
  [
    'a note in other words than those that were read',
    (file) => ((ruleOf(file, 'htn.irregular')['evidence'] as Json)['note'] = 'always on'),
    'htn.irregular.note: no longer says',
  ],
  [
    'another age of a dry weight than the one it is reviewed at',
    (file) => ((ruleOf(file, 'hf.weight.above_dry')['evidence'] as Json)['note'] = 'dry weight older than 60 days raises a review task'),
    'hf.weight.above_dry.note: no longer says "dry weight older than 90 days raises a review task"',
  ],
  [
    'an unknown reference',
    (file) => (ruleOf(file, 'hf.weight.above_dry').trigger['reference'] = 'wet_weight'),
    'hf.weight.above_dry.trigger.reference: "wet_weight"',
  ],
  [
    'an unknown fact',
    (file) => (ruleOf(file, 'copd.spo2.over_oxygenated').trigger['of'] = [{ kind: 'context_is', key: 'asleep', value: true }]),
    'copd.spo2.over_oxygenated.trigger.of[0].key: "asleep"',
  ],
  [
    'an unknown member of a modifier',
    (file) => (ruleOf(file, 'frail.fall')['severity_modifiers'] = [{ if: 'any_answer_in_same', items: ['x'], then: 'red', until: 3 }]),
    'frail.fall.severity_modifiers[0]: until is unknown',
  ],
  [
    'days of persistence that are not the parameter',
    (file) => (ruleOf(file, 'copd.symptoms.pattern')['persistence'] = { days: 3 }),
    'copd.symptoms.pattern.persistence.days: is not the default',
  ],
  ['an unknown member', (file) => (ruleOf(file, 'gen.temp.high').trigger['unless'] = 'asleep'), 'gen.temp.high.trigger: unless is unknown'],
  [
    'days of a baseline trigger that are no number',
    (file) => (ruleOf(file, 'copd.spo2.drop').trigger['days'] = 'two'),
    'copd.spo2.drop.trigger.days: must be a whole number',
  ],
  [
    'an unknown parameter',
    (file) => (ruleOf(file, 'gen.temp.high').trigger['limit'] = '$top'),
    'gen.temp.high.trigger.limit: $top names no parameter of the rule',
  ],
  ['an unknown measure', (file) => (ruleOf(file, 'gen.temp.high').trigger['measure'] = 'mood'), 'gen.temp.high.trigger.measure: "mood"'],
  ['an unknown operator', (file) => (ruleOf(file, 'gen.temp.high').trigger['op'] = '=='), 'gen.temp.high.trigger.op: "=="'],
  [
    'a limit that is no number',
    (file) => (ruleOf(file, 'gen.temp.high').trigger['limit'] = null),
    'gen.temp.high.trigger.limit: must be a number',
  ],
  ['an unknown clear condition', (file) => (ruleOf(file, 'gen.temp.high').clear['kind'] = 'sleep'), 'gen.temp.high.clear.kind: "sleep"'],
  [
    'a clear condition without a count',
    (file) => delete ruleOf(file, 'gen.temp.high').clear['readings'],
    'gen.temp.high.clear.readings: must be a whole number',
  ],
  ['an unknown confirmation', (file) => (ruleOf(file, 'gen.temp.high')['confirm'] = 'ask_twice'), 'gen.temp.high.confirm: "ask_twice"'],
  ['an unknown severity', (file) => (ruleOf(file, 'frail.fall')['severity'] = 'orange'), 'frail.fall.severity: "orange"'],
  [
    'an unknown modifier',
    (file) => (ruleOf(file, 'gen.temp.high')['severity_modifiers'] = [{ if: 'moon', then: 'red' }]),
    'gen.temp.high.severity_modifiers[0].if: "moon"',
  ],
  [
    'an unknown persistence',
    (file) => (ruleOf(file, 'gen.temp.high')['persistence'] = { hours: 2 }),
    'gen.temp.high.persistence: hours is unknown',
  ],
  [
    'a default outside its range',
    (file) => (ruleOf(file, 'gen.temp.high').params['limit']!['default'] = 30),
    'gen.temp.high.params.limit: the default lies outside',
  ],
  [
    'an unknown member of a parameter',
    (file) => (ruleOf(file, 'gen.temp.high').params['limit']!['step'] = 1),
    'gen.temp.high.params.limit: step is unknown',
  ],
  [
    'a rule that a programme brings and that is gone',
    (file) => (file.rules = file.rules.filter(({ id }) => id !== 'gen.temp.high')),
    'gen.temp.high is no rule of the catalogue',
  ],
  ['a rule there twice', (file) => file.rules.push(ruleOf(file, 'frail.fall')), 'frail.fall: is there twice'],
  [
    'a rule that is neither on nor off',
    (file) => (ruleOf(file, 'gen.temp.high')['default_enabled'] = 'sometimes'),
    'gen.temp.high.default_enabled: must be true or false',
  ],
  [
    'a superseded rule nobody knows',
    (file) => (file['supersedes'] = { 'gen.temp.high': ['gen.temp.warm'] }),
    'supersedes.gen.temp.high: gen.temp.warm is no rule',
  ],
  [
    'a new confirmation profile',
    (file) => (file['confirmation_profiles'] as Json[]).push({ id: 'call_home' }),
    'confirmation_profiles[6].id: "call_home"',
  ],
  [
    'a loss over more days than are read',
    (file) => (weightLoss(file)[1]!['days'] = 185),
    'frail.weight_loss.trigger: percent_loss looks further back than is read: 185 days, 184 are read',
  ],
  [
    'a shift against more days than are read',
    (file) => (ruleOf(file, 'hf.weight.shift').trigger['reference_days'] = 182),
    'hf.weight.shift.trigger: median_shift looks further back than is read: 185 days, 184 are read',
  ],
  [
    'a shift that clears by more days than are read',
    (file) => (ruleOf(file, 'hf.weight.shift').clear['recent_days'] = 160),
    'hf.weight.shift.clear: median_shift looks further back than is read: 185 days, 184 are read',
  ],
  [
    'another range of the lowest pressure than the reference for it has',
    (file) => (ruleOf(file, 'hf.sbp.low').params['without_symptoms']!['max'] = 95),
    'hf.sbp.low.params.without_symptoms: goes from 75 to 95, but the reference lowest-systolic goes from 75 to 90',
  ],
  [
    'another range of the mean pressure than the reference for the frail has',
    (file) => (ruleOf(file, 'htn.mean.high').params['sbp']!['min'] = 120),
    'htn.mean.high.params.sbp: goes from 120 to 150, but the reference frail-pressure-target goes from 125 to 150',
  ],
  ['no rules at all', (file) => delete (file as Json)['rules'], 'rules: must be a list'],
])('%s stops the start', (_name, change, fault) => {
  expect(faultsOf(change)).toContainEqual(expect.stringContaining(fault));
});

test('as many days as are read are not too many', () => {
  const atMost = (file: File) => {
    weightLoss(file)[1]!['days'] = 184;
    ruleOf(file, 'hf.weight.shift').trigger['reference_days'] = 181;
  };
  expect(faultsOf(atMost)).toEqual([]);
});

test('every fault is named at once', () => {
  const faults = faultsOf((file) => {
    ruleOf(file, 'gen.temp.high').trigger['op'] = '==';
    ruleOf(file, 'gen.pulse.high')['confirm'] = 'never';
  });
  expect(faults).toHaveLength(2);
  expect(() => readCatalogue([])).toThrow(CatalogueFaulty);
  expect(() => readCatalogue(null)).toThrow(/catalogue: must be an object/);
});
