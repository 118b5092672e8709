export type {
  CloseProposal,
  Consultation,
  Episode,
  EpisodeStep,
  HandoverOffer,
  NoticeCause,
  NoticeDraft,
  Outcome,
  PersonOutcome,
  Signal,
  Snooze,
} from './episode.js';
export { breathlessTimes, BRIDGED_DOMAINS, isWorse, REOPEN_WITHIN_MS, worst, YELLOW_TOGETHER_WITHIN_MS } from './episode-policy.js';
export { ALERT_BUDGET, needsReview, REVIEW_AFTER_ALERTS, WORTH, type Worth } from './hit-rate.js';
export { closelyFollowedFrom } from './closely-followed.js';
export { IllegalMove } from './illegal-move.js';
export { bridgeOf, type Bridge } from './bridge.js';
export { chooseEpisode } from './join.js';
export { bridgeWords, mergeWords, survivorOf } from './merging.js';
export { CALLING, draftToOwner, ladderStepKey, mergeNotices, noticeKey, withEpisodeId } from './notice.js';
export { gravestOf, needsPerson, settlesAt } from './closing.js';
export { nextEpisode, snoozeOf } from './next-episode.js';
export { NEVER_OFFERED, SAME_MOMENT_MS, waitingFrom } from './queue.js';
export { behindCallOf, keepBehindCall, letFromBehindCall } from './signal.js';
export { stateOf } from './state.js';
export type { EpisodeState } from './state.js';
export { findSnooze } from './snooze.js';
export type { ClearedStep, Climb, FindingStep, LeaveReason, OwnershipStep, PersonStep, Placement, Step, Transition } from './step.js';
export { DOMAIN_NB, OUTCOME_WORDS } from './wording.js';
