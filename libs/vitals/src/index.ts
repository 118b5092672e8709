export { METRICS, isMetric, type Metric, type MetricEntry } from './metric.js';
export { GLUCOSE_MG_PER_DL_PER_MMOL_PER_L, KG_PER_POUND, MMHG_PER_KPA, toCanonical, unitsOf, type Converted } from './unit.js';
export {
  GLUCOSE_QUARANTINE_ABOVE,
  PLAUSIBLE,
  checkPressures,
  plausibility,
  type ActVerdict,
  type DoubtReason,
  type Plausibility,
  type PlausibleRange,
  type Pressures,
  type RefusedReason,
} from './plausible.js';
export {
  checkAgainstHistory,
  suspectAgainstMedian,
  suspectJump,
  suspectPulses,
  suspectUnitByPrevious,
  type HistoryDoubt,
  type Timed,
} from './history.js';
export { REASONS, type Sentence } from './reason.js';
export { isZone, offsetMsAt } from './zone.js';
