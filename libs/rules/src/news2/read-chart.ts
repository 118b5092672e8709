import type { Metric } from '@varde/vitals';
import { CatalogueFaulty } from '../catalogue.js';
import { JsonReader, type JsonObject } from '../json-reader.js';
import { NEWS2_CLASSES, type News2Chart, type News2ClassRow, type News2Scale } from './chart.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const POINTS_MAX = 3;
const LABELS_EN = { low: 'low', 'low-medium': 'low-medium', medium: 'medium', high: 'high' } as const;

/**
 * Reads `news2.json` into the chart that is scored with. Whatever the file says in another way than is understood here is a fault:
 * neither a band nor a class is ever skipped.
 * @param json the parsed file
 * @throws CatalogueFaulty naming every fault at once
 */
export function readNews2Chart(json: unknown): News2Chart {
  const reader = new JsonReader();
  const file = reader.object(json, 'news2');
  const parameters = reader.object(file['parameters'], 'parameters');
  const scale = (key: string, unit: string, metric: Metric): News2Scale => readScale(parameters[key], { key, unit, metric }, reader);
  const codesOf = (key: string): JsonObject =>
    reader.object(reader.object(parameters[key], `parameters.${key}`)['codes'], `parameters.${key}.codes`);
  const aggregate = reader.object(file['aggregate'], 'aggregate');
  const classes = readClasses(aggregate, reader);
  const [freshMs, slowFreshMs] = readFreshness(file, reader);
  const air = codesOf('air_or_oxygen');
  const consciousness = new Map(
    Object.entries(codesOf('consciousness')).map(([code, points]) => [code, readPoints(points, `consciousness.${code}`, reader)]),
  );
  const chart: News2Chart = {
    ...readAggregate(file, aggregate, reader),
    respiratoryRate: scale('respiratory_rate', '/min', 'respiratory-rate'),
    spo2Scale1: scale('spo2_scale_1', '%', 'spo2'),
    spo2Scale2Air: scale('spo2_scale_2_air', '%', 'spo2'),
    spo2Scale2Oxygen: scale('spo2_scale_2_oxygen', '%', 'spo2'),
    systolic: scale('systolic_bp', 'mm[Hg]', 'systolic'),
    pulse: scale('pulse', '/min', 'pulse'),
    temperature: scale('temperature', 'Cel', 'temperature'),
    airPoints: readPoints(air['air'], 'air_or_oxygen.air', reader),
    oxygenPoints: readPoints(air['oxygen'], 'air_or_oxygen.oxygen', reader),
    consciousness,
    consciousnessBits: bitsOf([...consciousness.values()]),
    classes,
    freshMs,
    slowFreshMs,
  };
  checkClasses(chart, reader);
  if (reader.faults.length > 0) throw new CatalogueFaulty(reader.faults.map((fault) => `news2: ${fault}`));
  return chart;
}

const bitsOf = (points: readonly number[]): number => points.reduce((bits, each) => bits | (1 << each), 0);

function readPoints(json: unknown, where: string, reader: JsonReader): number {
  const points = reader.number(json, where);
  if (!Number.isInteger(points) || points < 0 || points > POINTS_MAX) reader.fault(where, `${points} is no number of points`);
  return points;
}

interface ScalePlace {
  readonly key: string;
  readonly unit: string;
  readonly metric: Metric;
}

function readScale(json: unknown, { key, unit, metric }: ScalePlace, reader: JsonReader): News2Scale {
  const row = reader.object(json, key);
  reader.only(row, ['unit', 'resolution', 'bands', 'note'], key);
  reader.oneOf(row['unit'], [unit], `${key}.unit`);
  const stepsPerUnit = Math.round(1 / reader.number(row['resolution'], `${key}.resolution`));
  if (stepsPerUnit !== 1 && stepsPerUnit !== 10) reader.fault(`${key}.resolution`, 'must be 1 or 0.1');
  let next = Number.NEGATIVE_INFINITY;
  const bands = reader.list(row['bands'], `${key}.bands`).map((each, at) => {
    const where = `${key}.bands[${at}]`;
    const band = reader.object(each, where);
    reader.only(band, ['min', 'max', 'score'], where);
    const from = band['min'] === null ? Number.NEGATIVE_INFINITY : Math.round(reader.number(band['min'], `${where}.min`) * stepsPerUnit);
    if (from !== next) reader.fault(where, 'does not begin where the band below it ends');
    next = band['max'] === null ? Number.POSITIVE_INFINITY : Math.round(reader.number(band['max'], `${where}.max`) * stepsPerUnit) + 1;
    return { from, points: readPoints(band['score'], `${where}.score`, reader) };
  });
  if (next !== Number.POSITIVE_INFINITY) reader.fault(`${key}.bands`, 'the last band must be open');
  return { metric, stepsPerUnit, bands, pointBits: bitsOf(bands.map(({ points }) => points)) };
}

/** Bits n and above, of the thirty there can be. */
const bitsFrom = (n: number): number => (n >= 30 ? 0 : -1 << n);

const WHEN = /^total (\d+)(?:-(\d+)| or more)(?: and (no|at least one) parameter scores (\d+)(?: \(red score\))?)?$/;

function readClasses(aggregate: JsonObject, reader: JsonReader): readonly News2ClassRow[] {
  const labels = reader.object(aggregate['labels_nb'], 'aggregate.labels_nb');
  return reader.list(aggregate['classes'], 'aggregate.classes').map((json, at) => {
    const where = `aggregate.classes[${at}]`;
    const row = reader.object(json, where);
    reader.only(row, ['risk', 'when', 'response', 'monitoring'], where);
    const id = reader.oneOf(row['risk'], NEWS2_CLASSES, `${where}.risk`);
    const when = WHEN.exec(reader.text(row['when'], `${where}.when`));
    if (when === null) reader.fault(`${where}.when`, 'is not understood');
    const [, from, to, parts] = when ?? [];
    const totalFrom = Number(from);
    const totalTo = to === undefined ? Number.POSITIVE_INFINITY : Number(to);
    return {
      id,
      label: { nb: reader.text(labels[id], `aggregate.labels_nb.${id}`), en: LABELS_EN[id] },
      totalFrom,
      totalTo,
      totalBits: bitsFrom(totalFrom) & ~bitsFrom(totalTo + 1),
      red: parts === undefined ? null : parts === 'at least one',
      monitoring: readMonitoring(row['monitoring'], { where: `${where}.monitoring`, totalFrom, totalTo }, reader),
    };
  });
}

interface MonitoringPlace {
  readonly where: string;
  readonly totalFrom: number;
  readonly totalTo: number;
}

const MONITORING = /^at least (?:(?:(\d+)(?:-(\d+))?-)?hourly)(?: at (\d+)(?:-(\d+))?)?$/;

function readMonitoring(json: unknown, { where, totalFrom, totalTo }: MonitoringPlace, reader: JsonReader): News2ClassRow['monitoring'] {
  const text = reader.text(json, where);
  if (text === 'continuous') return [{ totalFrom, totalTo, every: text }];
  return text.split(', ').map((part) => {
    const match = MONITORING.exec(part);
    if (match === null) reader.fault(where, `${JSON.stringify(part)} is not understood`);
    const [, hours = '1', hoursTo, at, atTo] = match ?? [];
    const every = hoursTo === undefined ? `PT${hours}H` : `PT${hours}H/PT${hoursTo}H`;
    return at === undefined ? { totalFrom, totalTo, every } : { totalFrom: Number(at), totalTo: Number(atTo ?? at), every };
  });
}

const FRESHNESS = /all parts within (\d+) minutes of each other; consciousness, oxygen status and temperature may be up to (\d+) hours old/;
const POPULATION = /^(\d+) years and over, not pregnant/;

function readFreshness(file: JsonObject, reader: JsonReader): readonly [number, number] {
  const policies = reader.object(file['policies'], 'policies');
  const match = FRESHNESS.exec(reader.text(policies['freshness'], 'policies.freshness'));
  if (match === null) reader.fault('policies.freshness', 'is not understood');
  return [Number(match?.[1]) * MINUTE_MS, Number(match?.[2]) * HOUR_MS];
}

function readAggregate(
  file: JsonObject,
  aggregate: JsonObject,
  reader: JsonReader,
): Pick<News2Chart, 'redPoints' | 'totalMax' | 'ageYearsMin' | 'acknowledgement'> {
  const meta = reader.object(file['meta'], 'meta');
  const population = POPULATION.exec(reader.text(meta['population'], 'meta.population'));
  if (population === null) reader.fault('meta.population', 'is not understood');
  const red = reader
    .list(aggregate['classes'], 'aggregate.classes')
    .map((row, at) => WHEN.exec(String(reader.object(row, `aggregate.classes[${at}]`)['when']))?.[4])
    .filter((points) => points !== undefined);
  if (red.length === 0 || new Set(red).size !== 1) reader.fault('aggregate.classes', 'do not agree on what a red score is');
  const owner = reader.text(meta['owner'], 'meta.owner');
  return {
    redPoints: Number(red[0]),
    totalMax: reader.number(reader.list(aggregate['range'], 'aggregate.range')[1], 'aggregate.range[1]'),
    ageYearsMin: Number(population?.[1]),
    acknowledgement: {
      nb: `NEWS2 er utviklet av ${owner}.`,
      en: `NEWS2 was developed by the ${owner}.`,
    },
  };
}

/** Every total, with and without a red part, must be of exactly one class with one monitoring interval. */
function checkClasses({ classes, totalMax, redPoints, oxygenPoints }: News2Chart, reader: JsonReader): void {
  if (oxygenPoints >= redPoints) reader.fault('air_or_oxygen.oxygen', 'must not be red by itself');
  if (classes.some(({ id }, at) => id !== NEWS2_CLASSES[at]))
    reader.fault('aggregate.classes', `must be ${NEWS2_CLASSES.join(', ')}, in this order`);
  for (let total = 0; total <= totalMax; total++) {
    for (const red of [false, true]) {
      const rows = classes.filter((row) => total >= row.totalFrom && total <= row.totalTo && (row.red ?? red) === red);
      const every = rows.flatMap(({ monitoring }) => monitoring.filter((each) => total >= each.totalFrom && total <= each.totalTo));
      if (rows.length !== 1 || every.length !== 1) {
        reader.fault('aggregate.classes', `a total of ${total} with${red ? '' : 'out'} a red part is of ${rows.length} classes`);
      }
    }
  }
}
