export { METRICS, isMetric, type Metric, type MetricEntry } from './metric.js';
export { toCanonical, unitsOf, type Converted } from './unit.js';
export {
  AFTER_EXERCISE,
  AFTER_EXERCISE_UNSURE,
  PLAUSIBLE,
  TIME_UNKNOWN,
  checkPressures,
  plausibility,
  type ActVerdict,
  type DoubtReason,
  type Plausibility,
  type PlausibleRange,
  type Pressures,
  type RefusedReason,
} from './plausible.js';
export { checkAgainstHistory, mediansNear, suspectJump, suspectPulses, WEIGHT_JUMP_KG, type HistoryDoubt, type Timed } from './history.js';
export { REASONS, type Sentence } from './reason.js';
export { SIZE_DOUBTS, doubtedFor, isAfterExercise, isMeasuredAtRest, markAfterExercise } from './rest.js';
export { isZone, offsetMsAt } from './zone.js';
