export type { Episode, EpisodeStep, NoticeCause, NoticeDraft, Outcome, Signal, Snooze } from './episode.js';
export { breathlessTimes, BRIDGED_DOMAINS, isWorse, REOPEN_WITHIN_MS, SETTLE_AFTER_MS, worst } from './episode-policy.js';
export { IllegalMove } from './illegal-move.js';
export { chooseEpisode } from './join.js';
export { ladderStepKey, mergeNotices, noticeKey, withEpisodeId } from './notice.js';
export { needsPerson, nextEpisode, settlesAt, snoozeOf, stateOf } from './next-episode.js';
export type { EpisodeState } from './next-episode.js';
export { findSnooze } from './snooze.js';
export type { ClearedStep, Climb, FindingStep, PersonStep, Placement, Step, Transition } from './step.js';
