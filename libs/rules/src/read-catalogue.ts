import { NEEDS, PROGRAMMES, rulesFor, type LimitRange, type Programme, type ProgrammeEntry } from '@varde/plans';
import type { Metric } from '@varde/vitals';
import { DRIFT_LIMITS, readSpreadFloors } from './baseline-policy.js';
import { checkBuilt, checkWordsBuilt, PROFILE_WORDS } from './built-words.js';
import { checkLookBack, checkReferenceRanges } from './check-copies.js';
import {
  CatalogueFaulty,
  type Catalogue,
  type Confirm,
  type Rule,
  type RuleEntry,
  type SeverityModifier,
  type Trigger,
} from './catalogue.js';
import { SEVERITIES, type Domain } from './finding.js';
import { JsonReader, type JsonObject } from './json-reader.js';
import { checkLatePolicy } from './late.js';
import { JUDGED_METRICS } from './measure.js';
import { simpleParts } from './condition-kinds.js';
import type { Amount, SimpleCondition } from './conditions.js';
import { readMeasure, type TriggerContext } from './read-condition.js';
import { isCondition, lessSensitiveWay, readClear, readTrigger, TRIGGER_WORDS } from './read-trigger.js';
import {
  ASKED_TASKS,
  BASELINE_GATES,
  BORROWING,
  REFERENCE_GATES,
  REFERENCE_PAIRS,
  REFERENCE_REVIEWS,
  TOLD_ANEW,
  TOLD_AT_ONCE,
  UNANSWERED,
  USUAL_SATURATION,
} from './rules-in-words.js';

const DOMAINS: readonly [Domain, ...Domain[]] = [
  'respiratory',
  'fluid',
  'cardiac',
  'blood_pressure',
  'infection',
  'metabolic',
  'nutrition',
  'general',
  'silence',
  'technical',
];
const CONFIRMS: readonly [Confirm, ...Confirm[]] = [
  'none',
  'parallel_15min',
  'remeasure_30min',
  'remeasure_60min',
  'bp_repeat',
  'reweigh_same_day',
];
const PROGRAMME_WORDS: readonly [Programme, ...Programme[]] = ['copd', 'hf', 'htn', 'dm', 'frail'];

/**
 * Reads `rules-catalogue.json` into what `judge` works with: every rule of the file; those it leaves off by default (`default_enabled`)
 * run for patients whose units have switched them on.
 * Nothing is skipped: whatever the file says that cannot be judged is a fault.
 * @param json the parsed file
 * @throws CatalogueFaulty naming every fault at once
 */
export function readCatalogue(json: unknown): Catalogue {
  const reader = new JsonReader();
  const file = reader.object(json, 'catalogue');
  const version = reader.count(file['catalogue_version'], 'catalogue_version');
  reader.only(reader.object(file['trigger_kinds'], 'trigger_kinds'), TRIGGER_WORDS, 'trigger_kinds');
  const rows = reader.list(file['rules'], 'rules').map((row, at) => reader.object(row, `rules[${at}]`));
  const entries = new Map<string, RuleEntry>();
  for (const row of rows) {
    const entry = readEntry(row, reader);
    if (entries.has(entry.id)) reader.fault(entry.id, 'is there twice');
    entries.set(entry.id, entry);
  }
  for (const id of WORDED.flatMap((table) => Object.keys(table))) if (!entries.has(id)) reader.fault(id, 'is not in the catalogue');
  checkReferenceRanges(entries, reader);
  checkProfiles(file, reader);
  checkWordsBuilt(file, reader);
  checkLatePolicy(file['late_data_policy'], reader);
  const spreadFloors = readSpreadFloors(file['baseline_policy'], reader);
  const programmes = readProgrammes(file, entries, reader);
  const supersedes = readSupersedes(file, entries, reader);
  const running = Array.from({ length: 1 << PROGRAMMES.length }, (_, bits) =>
    rulesFor(
      PROGRAMMES.filter((_programme, at) => (bits & (1 << at)) !== 0),
      programmes,
    ),
  );
  const rules = rows.map((row) => readRule(row, entries, { reader, running, supersedes }));
  if (reader.faults.length > 0) throw new CatalogueFaulty(reader.faults);
  return { version, programmes, entries, rules, metrics: JUDGED_METRICS, baselineMetrics: findBaselineMetrics(rules), spreadFloors };
}

/** What `rules-in-words.ts` knows of rules, by rule id: one that is gone has perhaps another name now. */
const WORDED = [
  ...[BORROWING, BASELINE_GATES, REFERENCE_GATES, REFERENCE_REVIEWS, REFERENCE_PAIRS],
  ...[TOLD_ANEW, TOLD_AT_ONCE, UNANSWERED, USUAL_SATURATION, ASKED_TASKS],
] as const;

const ROW_KEYS = [
  'id',
  'version',
  'programmes',
  'domain',
  'title_en',
  'title_nb',
  'inputs',
  'window',
  'trigger',
  'persistence',
  'confirm',
  'clear',
  'severity',
  'severity_modifiers',
  'default_enabled',
  'params',
  'who_may_change',
  'evidence',
  'nuisance_alerts_per_patient_week_est',
  'examples',
];

function readEntry(row: JsonObject, reader: JsonReader): RuleEntry {
  const id = reader.text(row['id'], 'rules[].id');
  reader.only(row, ROW_KEYS, id);
  const byDefault = row['default_enabled'];
  if (typeof byDefault !== 'boolean') reader.fault(`${id}.default_enabled`, 'must be true or false');
  const version = reader.count(row['version'], `${id}.version`);
  const params = reader.object(row['params'], `${id}.params`);
  return {
    id,
    version,
    programmes: reader.texts(row['programmes'], `${id}.programmes`).map((each) => reader.oneOf(each, PROGRAMME_WORDS, `${id}.programmes`)),
    domain: reader.oneOf(row['domain'], DOMAINS, `${id}.domain`),
    title: { nb: reader.text(row['title_nb'], `${id}.title_nb`), en: reader.text(row['title_en'], `${id}.title_en`) },
    severity: reader.oneOf(row['severity'], SEVERITIES, `${id}.severity`),
    ranges: Object.entries(params).map(([parameter, range]) =>
      readRange(
        reader.object(range, `${id}.params.${parameter}`),
        { ruleId: id, ruleVersion: version, parameter, trigger: row['trigger'] },
        reader,
      ),
    ),
    whoMayChange: reader.texts(row['who_may_change'], `${id}.who_may_change`),
    inForce: byDefault === true,
  };
}

interface RangePlace {
  readonly ruleId: string;
  readonly ruleVersion: number;
  readonly parameter: string;
  readonly trigger: unknown;
}

function readRange(row: JsonObject, place: RangePlace, reader: JsonReader): LimitRange {
  const { ruleId, ruleVersion, parameter, trigger } = place;
  const where = `${ruleId}.params.${parameter}`;
  reader.only(row, ['default', 'min', 'max', 'unit', 'safety_floor'], where);
  const range: LimitRange = {
    ruleId,
    ruleVersion,
    parameter,
    default: reader.number(row['default'], `${where}.default`),
    min: reader.number(row['min'], `${where}.min`),
    max: reader.number(row['max'], `${where}.max`),
    unit: reader.text(row['unit'], `${where}.unit`),
    safetyFloor: row['safety_floor'] === undefined ? null : reader.number(row['safety_floor'], `${where}.safety_floor`),
    lessSensitive: lessSensitiveWay(trigger, parameter),
  };
  if (range.default < range.min || range.default > range.max) reader.fault(where, 'the default lies outside min and max');
  return range;
}

function checkProfiles(file: JsonObject, reader: JsonReader): void {
  const said: Record<string, unknown> = {};
  for (const [at, row] of reader.list(file['confirmation_profiles'], 'confirmation_profiles').entries()) {
    const where = `confirmation_profiles[${at}]`;
    const profile = reader.object(row, where);
    const id = reader.oneOf(profile['id'], CONFIRMS, `${where}.id`);
    if (id === profile['id']) said[id] = profile['behaviour'];
  }
  checkBuilt(said, PROFILE_WORDS, 'confirmation_profiles', reader);
}

function readProgrammes(file: JsonObject, entries: ReadonlyMap<string, RuleEntry>, reader: JsonReader): readonly ProgrammeEntry[] {
  return reader.list(file['programmes'], 'programmes').map((row, at) => {
    const where = `programmes[${at}]`;
    const programme = reader.object(row, where);
    const rules = reader.texts(programme['rules'], `${where}.rules`);
    for (const id of rules) if (!entries.has(id)) reader.fault(`${where}.rules`, `${id} is no rule of the catalogue`);
    const needsBeforeStart = reader.texts(programme['needs_before_start'], `${where}.needs_before_start`);
    for (const need of needsBeforeStart) if (NEEDS[need] === undefined) reader.fault(`${where}.needs_before_start`, `${need} is unknown`);
    return { id: reader.oneOf(programme['id'], PROGRAMME_WORDS, `${where}.id`), rules, needsBeforeStart };
  });
}

function readSupersedes(
  file: JsonObject,
  entries: ReadonlyMap<string, RuleEntry>,
  reader: JsonReader,
): ReadonlyMap<string, readonly string[]> {
  const { note: _note, ...table } = reader.object(file['supersedes'], 'supersedes');
  const supersedes = new Map(Object.entries(table).map(([id, list]) => [id, reader.texts(list, `supersedes.${id}`)]));
  for (const [id, list] of supersedes) {
    for (const named of [id, ...list]) if (!entries.has(named)) reader.fault(`supersedes.${id}`, `${named} is no rule of the catalogue`);
  }
  return supersedes;
}

interface RuleContext {
  readonly reader: JsonReader;
  /** Ids of the rules that run, by set of programmes. */
  readonly running: readonly ReadonlySet<string>[];
  readonly supersedes: ReadonlyMap<string, readonly string[]>;
}

function readRule(row: JsonObject, entries: ReadonlyMap<string, RuleEntry>, context: RuleContext): Rule {
  const { reader, running, supersedes } = context;
  const entry = entries.get(String(row['id'])) ?? readEntry(row, reader);
  const { id, ranges } = entry;
  checkWords(row, id, reader);
  const named = new Set<string>();
  const triggerContext: TriggerContext = { reader, ranges, named };
  const trigger = readTrigger(row['trigger'], `${id}.trigger`, triggerContext);
  const rule: Rule = {
    trigger,
    clear: readClear(row['clear'], `${id}.clear`, triggerContext, trigger),
    confirm: reader.oneOf(row['confirm'], CONFIRMS, `${id}.confirm`),
    persistenceDays: readPersistence(row['persistence'], `${id}.persistence`, triggerContext, entry),
    borrowsMs: BORROWING[id]?.withinMs ?? 0,
    modifiers: readModifiers(row['severity_modifiers'], `${id}.severity_modifiers`, trigger, reader),
    defaults: ranges.map((range) => range.default),
    supersededBy: [...supersedes].filter(([, list]) => list.includes(id)).map(([superseding]) => superseding),
    runsWith: running.map((ids) => ids.has(id)),
    ...entry,
  };
  checkManualClose(rule, row, reader);
  checkLookBack(rule, reader);
  for (const { parameter } of ranges) if (!named.has(parameter)) reader.fault(`${id}.params.${parameter}`, 'is used by nothing');
  return rule;
}

/**
 * Whether a person closes what values have cleared goes by how grave it is (`episode_policy.close`), so the two must say the same (decision 32).
 * What only a person clears stands until they do, of any severity.
 */
function checkManualClose({ id, severity, clear }: Rule, row: JsonObject, reader: JsonReader): void {
  if (clear.kind === 'manual') return;
  const isGrave = severity === 'red' || severity === 'critical';
  const { manual_close: manualClose } = reader.object(row['clear'], `${id}.clear`);
  if (typeof manualClose === 'boolean' && manualClose !== isGrave)
    reader.fault(`${id}.clear.manual_close`, `must be that of its severity, ${severity}`);
}

/** What is taken from the words of a rule must still be what they say. */
function checkWords(row: JsonObject, id: string, reader: JsonReader): void {
  for (const words of WORDED.map((table) => table[id])) {
    if (words === undefined) continue;
    const said = words.member === 'window' ? row['window'] : reader.object(row['evidence'], `${id}.evidence`)['note'];
    if (typeof said !== 'string' || !said.includes(words.says))
      reader.fault(`${id}.${words.member}`, `no longer says ${JSON.stringify(words.says)}`);
  }
}

/** The days a trigger must hold; a parameter called `days` sets them. */
function readPersistence(json: unknown, where: string, { reader, named }: TriggerContext, { ranges }: RuleEntry): Amount {
  if (json === null) return { parameter: -1, factor: 1 };
  const row = reader.object(json, where);
  reader.only(row, ['days'], where);
  const days = reader.count(row['days'], `${where}.days`);
  const parameter = ranges.findIndex((range) => range.parameter === 'days');
  if (parameter < 0) return { parameter, factor: days };
  named.add('days');
  if (ranges[parameter]?.default !== days) reader.fault(`${where}.days`, 'is not the default of the parameter');
  return { parameter, factor: 1 };
}

const MODIFIER_KEYS: Readonly<Record<SeverityModifier['kind'], readonly string[]>> = {
  baseline_drop_lt: ['if', 'measure', 'value', 'then'],
  any_answer_today: ['if', 'items', 'then'],
  any_answer_in_same: ['if', 'items', 'then'],
  all_major: ['if', 'then', 'note'],
};

/** What the note of the modifier says, word for word: the severity yields to the plan (`startsTreatment`). */
const ALL_MAJOR_NOTE = 'Anthonisen type 1; choose yellow where the plan already starts treatment';

function readModifiers(json: unknown, where: string, trigger: Trigger, reader: JsonReader): readonly SeverityModifier[] {
  return reader.list(json, where).map((each, at) => {
    const place = `${where}[${at}]`;
    const row = reader.object(each, place);
    const kind = reader.oneOf(row['if'], ['baseline_drop_lt', 'any_answer_today', 'any_answer_in_same', 'all_major'], `${place}.if`);
    reader.only(row, MODIFIER_KEYS[kind], place);
    const then = reader.oneOf(row['then'], SEVERITIES, `${place}.then`);
    if (kind === 'baseline_drop_lt') {
      return {
        kind,
        metric: readMeasure(row['measure'], `${place}.measure`, reader),
        points: reader.number(row['value'], `${place}.value`),
        then,
      };
    }
    if (kind !== 'all_major') return { kind, items: reader.texts(row['items'], `${place}.items`), then };
    if (trigger.kind !== 'symptom_pattern') reader.fault(`${place}.if`, 'all_major does not fit the trigger of the rule');
    const { note } = row;
    if (note !== undefined && note !== ALL_MAJOR_NOTE) reader.fault(`${place}.note`, `is not what is built: ${ALL_MAJOR_NOTE}`);
    return { kind, major: trigger.kind === 'symptom_pattern' ? trigger.major : [], then, yieldsToPlan: note !== undefined };
  });
}

/** Metrics whose daily medians rules ask for: for baselines, and the weights of earlier days. */
// The drift guard asks for the first of every patient; the flow tells on which days it is known whether oxygen was used.
function findBaselineMetrics(rules: readonly Rule[]): readonly Metric[] {
  return [...new Set<Metric>([...rules.flatMap(baselineMetricsOf), ...DRIFT_LIMITS.map(({ metric }) => metric), 'o2-flow'])];
}

/** Metrics whose daily medians a rule asks for. */
export function baselineMetricsOf({ id, trigger, clear, modifiers }: Rule): readonly Metric[] {
  const asked = [trigger, clear.kind === 'readings' ? clear.condition : null]
    .filter((each) => each !== null && isCondition(each))
    .flatMap(simpleParts);
  const gate = BASELINE_GATES[id];
  return [
    ...asked.flatMap(medianMetrics),
    ...modifiers.flatMap((modifier) => (modifier.kind === 'baseline_drop_lt' ? [modifier.metric] : [])),
    ...(gate === undefined ? [] : [gate.metric]),
  ];
}

function medianMetrics(part: SimpleCondition): readonly Metric[] {
  if (part.kind === 'mean_z') return part.parts.map(({ metric }) => metric);
  const { kind } = part;
  const isAsked = kind === 'baseline_delta' || kind === 'baseline_at_least' || kind === 'median_shift' || kind === 'percent_loss';
  return isAsked ? [part.metric] : [];
}
