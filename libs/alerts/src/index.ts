export type { Episode, EpisodeStep, NoticeCause, NoticeDraft, Outcome, Signal, Snooze } from './episode.js';
