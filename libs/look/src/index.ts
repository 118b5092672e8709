export { afterLook } from './after-look.js';
export { CANNOT_BE_JUDGED, cannotBeJudged, look } from './look.js';
export { summariseDay } from './day-medians.js';
export type { EpisodeChange, LookInput, LookOutcome } from './input-and-outcome.js';
export { asRecorded, nobody, type People, type RecordedAct } from './people.js';
export { rehearse, type Agreement, type Rehearsed, type RehearsedEpisode, type RehearsedFinding, type RehearsalInput } from './rehearse.js';
export {
  BASELINE_DAYS,
  CLOSED_HOURS,
  CONTEXT_READINGS_MAX,
  mediansFrom,
  recordedFromMs,
  SILENCES_READ,
  WINDOW_HOURS,
  windowBounds,
  type WindowBounds,
} from './window-bounds.js';
