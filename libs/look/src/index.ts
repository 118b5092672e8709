export { afterLook } from './after-look.js';
export { CANNOT_BE_JUDGED, cannotBeJudged, look } from './look.js';
export type { EpisodeChange, LookInput, LookOutcome } from './input-and-outcome.js';
