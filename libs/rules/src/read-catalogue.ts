import { NEEDS, PROGRAMMES, rulesFor, type LimitRange, type Programme, type ProgrammeEntry } from '@varde/plans';
import type { Metric } from '@varde/vitals';
import { readSpreadFloors } from './baseline-policy.js';
import {
  CatalogueFaulty,
  type BaselineModifier,
  type Catalogue,
  type Condition,
  type Confirm,
  type Rule,
  type RuleEntry,
} from './catalogue.js';
import type { Domain, Severity } from './finding.js';
import { JsonReader, type JsonObject } from './json-reader.js';
import { JUDGED_METRICS, METRIC_OF_MEASURE, slotOf } from './measure.js';
import { lessSensitiveWay, readClear, readTrigger } from './read-trigger.js';
import { BASELINE_GATES, RULES_IN_FORCE } from './rules-in-force.js';

const SEVERITY_WORDS: readonly [Severity, ...Severity[]] = ['info', 'yellow', 'red', 'critical'];
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
 * Reads `rules-catalogue.json` into what `judge` works with. Nothing is skipped: whatever a rule in force says that cannot be judged
 * is a fault.
 * @param json the parsed file
 * @param inForce ids of the rules to judge; every one must be in the file
 * @throws CatalogueFaulty naming every fault at once
 */
export function readCatalogue(json: unknown, inForce: readonly string[] = RULES_IN_FORCE): Catalogue {
  const reader = new JsonReader();
  const file = reader.object(json, 'catalogue');
  const version = reader.count(file['catalogue_version'], 'catalogue_version');
  const rows = reader.list(file['rules'], 'rules').map((row, at) => reader.object(row, `rules[${at}]`));
  const entries = new Map<string, RuleEntry>();
  for (const row of rows) {
    const entry = readEntry(row, inForce, reader);
    if (entries.has(entry.id)) reader.fault(entry.id, 'is there twice');
    entries.set(entry.id, entry);
  }
  for (const id of inForce) if (!entries.has(id)) reader.fault(id, 'is in force but not in the catalogue');
  checkProfiles(file, reader);
  const spreadFloors = readSpreadFloors(file['baseline_policy'], reader);
  const programmes = readProgrammes(file, entries, reader);
  const supersedes = readSupersedes(file, entries, reader);
  const running = Array.from({ length: 1 << PROGRAMMES.length }, (_, bits) =>
    rulesFor(
      PROGRAMMES.filter((_programme, at) => (bits & (1 << at)) !== 0),
      programmes,
    ),
  );
  const rules = rows
    .filter((row) => typeof row['id'] === 'string' && inForce.includes(row['id']))
    .map((row) => readRule(row, entries, { reader, running, supersedes }));
  if (reader.faults.length > 0) throw new CatalogueFaulty(reader.faults);
  return { version, programmes, entries, rules, metrics: JUDGED_METRICS, baselineMetrics: findBaselineMetrics(rules), spreadFloors };
}

function readEntry(row: JsonObject, inForce: readonly string[], reader: JsonReader): RuleEntry {
  const id = reader.text(row['id'], 'rules[].id');
  const version = reader.count(row['version'], `${id}.version`);
  const params = reader.object(row['params'], `${id}.params`);
  return {
    id,
    version,
    programmes: reader.texts(row['programmes'], `${id}.programmes`).map((each) => reader.oneOf(each, PROGRAMME_WORDS, `${id}.programmes`)),
    domain: reader.oneOf(row['domain'], DOMAINS, `${id}.domain`),
    title: { nb: reader.text(row['title_nb'], `${id}.title_nb`), en: reader.text(row['title_en'], `${id}.title_en`) },
    severity: reader.oneOf(row['severity'], SEVERITY_WORDS, `${id}.severity`),
    ranges: Object.entries(params).map(([parameter, range]) =>
      readRange(
        reader.object(range, `${id}.params.${parameter}`),
        { ruleId: id, ruleVersion: version, parameter, trigger: row['trigger'] },
        reader,
      ),
    ),
    whoMayChange: reader.texts(row['who_may_change'], `${id}.who_may_change`),
    inForce: inForce.includes(id),
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
  for (const [at, row] of reader.list(file['confirmation_profiles'], 'confirmation_profiles').entries()) {
    const where = `confirmation_profiles[${at}]`;
    reader.oneOf(reader.object(row, where)['id'], CONFIRMS, `${where}.id`);
  }
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
  const entry = entries.get(String(row['id'])) ?? readEntry(row, [], reader);
  const { id, ranges } = entry;
  const gate = BASELINE_GATES[id];
  if (gate !== undefined && slotOf(gate.metric) < 0)
    reader.fault(id, `rests on a baseline of ${gate.metric}, which no rule in force looks at`);
  if (row['default_enabled'] !== true) reader.fault(id, 'is in force but not enabled by default');
  return {
    ...entry,
    trigger: readTrigger(row['trigger'], `${id}.trigger`, { reader, ranges }),
    clear: readClear(row['clear'], `${id}.clear`, { reader, ranges }),
    confirm: reader.oneOf(row['confirm'], CONFIRMS, `${id}.confirm`),
    persistenceDays: readPersistence(row['persistence'], `${id}.persistence`, reader),
    modifiers: readModifiers(row['severity_modifiers'], `${id}.severity_modifiers`, reader),
    defaults: ranges.map((range) => range.default),
    supersededBy: [...supersedes].filter(([, list]) => list.includes(id)).map(([superseding]) => superseding),
    runsWith: running.map((ids) => ids.has(id)),
  };
}

function readPersistence(json: unknown, where: string, reader: JsonReader): number {
  if (json === null) return 1;
  const row = reader.object(json, where);
  reader.only(row, ['days'], where);
  return reader.count(row['days'], `${where}.days`);
}

function readModifiers(json: unknown, where: string, reader: JsonReader): readonly BaselineModifier[] {
  const modifiers: BaselineModifier[] = [];
  for (const [at, each] of reader.list(json, where).entries()) {
    const place = `${where}[${at}]`;
    const row = reader.object(each, place);
    const kind = reader.oneOf(row['if'], ['baseline_drop_lt', 'any_answer_today'], `${place}.if`);
    const then = reader.oneOf(row['then'], SEVERITY_WORDS, `${place}.then`);
    // Answers are not known yet; a modifier that cannot be evaluated leaves the rule's own severity.
    if (kind === 'any_answer_today') continue;
    const metric = METRIC_OF_MEASURE[reader.text(row['measure'], `${place}.measure`)];
    if (metric === undefined) reader.fault(`${place}.measure`, 'is unknown');
    else modifiers.push({ metric, points: reader.number(row['value'], `${place}.value`), then });
  }
  return modifiers;
}

function findBaselineMetrics(rules: readonly Rule[]): readonly Metric[] {
  const metrics = new Set<Metric>();
  const visit = (condition: Condition): void => {
    if (condition.kind === 'baseline_delta') metrics.add(condition.metric);
    if ('of' in condition) condition.of.forEach(visit);
  };
  for (const { id, trigger, modifiers } of rules) {
    if (trigger.kind === 'baseline_delta' || trigger.kind === 'all' || trigger.kind === 'any') visit(trigger);
    for (const { metric } of modifiers) metrics.add(metric);
    const gate = BASELINE_GATES[id];
    if (gate !== undefined) metrics.add(gate.metric);
  }
  return [...metrics];
}
