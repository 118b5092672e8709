import { readLatelyWeighed, readWeightHistory, type NewMeasurement, type WeightHistory } from '@varde/store';
import { checkAgainstHistory, mediansNear } from '@varde/vitals';
import type { DataSource } from 'typeorm';

/** How far from when they came weights are that are held against what was weighed lately first. */
const LATELY_MS = 14 * 24 * 3_600_000;

interface Weighing {
  readonly place: number;
  readonly patientId: number;
  readonly atMs: number;
  readonly receivedAtMs: number;
  readonly value: number;
}

/**
 * Holds weights against what their patients weighed before: pounds taken for kilograms, a step too large for one body. Answers the acts with
 * those doubts added. Weights only: one a day of some patients, where the check needs one more query; a step of SpO2 or pressure is for the rules,
 * which have the readings around it at hand.
 */
export async function addWeightDoubts(dataSource: DataSource, acts: readonly NewMeasurement[]): Promise<readonly NewMeasurement[]> {
  const weighings = acts.flatMap((act, place) => weighingsOf(act, place));
  if (weighings.length === 0) return acts;
  const unclear = await leaveOutClear(dataSource, weighings);
  const histories = await readWeightHistory(dataSource, unclear);
  const doubted = [...acts];
  for (const [at, weighing] of unclear.entries()) {
    const history = histories[at];
    const act = doubted[weighing.place];
    if (history === undefined || act === undefined) continue;
    const doubt = doubtOf(weighing, history, weighings);
    if (doubt !== null) doubted[weighing.place] = withDoubt(act, doubt);
  }
  return doubted;
}

function weighingsOf({ patientId, observedAtMs, receivedAtMs, readings }: NewMeasurement, place: number): Weighing[] {
  const weight = readings.find(({ metric }) => metric === 'weight');
  return weight === undefined ? [] : [{ place, patientId, atMs: observedAtMs, receivedAtMs, value: weight.value }];
}

/**
 * Those whose whole history must be known. Nearly all are near every accepted weight of the last days, so also near their median, whatever it is, and nobody has answered whose one of them was:
 * sorting those of every patient for it cost more than storing the weight.
 */
async function leaveOutClear(dataSource: DataSource, weighings: readonly Weighing[]): Promise<Weighing[]> {
  const recent = weighings.filter(({ atMs, receivedAtMs }) => Math.abs(receivedAtMs - atMs) <= LATELY_MS);
  const lately = await readLatelyWeighed(
    dataSource,
    recent.map(({ patientId, atMs, value }) => ({ patientId, atMs, nearFrom: mediansNear(value).from, nearTo: mediansNear(value).to })),
  );
  const clear = new Set<Weighing>();
  for (const [at, weighing] of recent.entries()) {
    const { previous = null, isUnclear = true } = lately[at] ?? {};
    if (previous !== null && !isUnclear && doubtOf(weighing, { previous, median14Days: null }, weighings) === null) clear.add(weighing);
  }
  return weighings.filter((weighing) => !clear.has(weighing));
}

/** The last weight may be in the same batch, when a scale uploads its memory. */
function doubtOf(own: Weighing, history: WeightHistory, batch: readonly Weighing[]): string | null {
  let previous = history.previous;
  for (const other of batch) {
    const isBefore = other.patientId === own.patientId && other.atMs < own.atMs;
    if (isBefore && (previous === null || other.atMs > previous.atMs)) previous = other;
  }
  const before = previous === null ? null : { value: previous.value, observedAt: new Date(previous.atMs) };
  const doubt = checkAgainstHistory('weight', { value: own.value, observedAt: new Date(own.atMs) }, before, history.median14Days);
  return doubt?.reason ?? null;
}

function withDoubt(act: NewMeasurement, doubt: string): NewMeasurement {
  return { ...act, readings: act.readings.map((each) => (each.metric === 'weight' ? { ...each, doubt: each.doubt ?? doubt } : each)) };
}
