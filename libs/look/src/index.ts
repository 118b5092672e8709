export type { EpisodeChange, LookInput, LookOutcome } from './look.js';
