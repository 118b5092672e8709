export {
  ANEW,
  QUESTIONNAIRE_OF,
  type AdviceAnswer,
  type AdviceAnswered,
  type AdviceDraft,
  type AdviceKind,
  type Advised,
} from './advice.js';
export { ADVICE_ANSWERS } from './advise-words.js';
export type { HomeAsk } from './ask-home.js';
export { cannotBeJudged, look } from './look.js';
export { decide, type GradedFinding, type Judged } from './decide.js';
export { CLOCK_TASKS, clockTask, newestOfClocks, type ClockSeen } from './clock-task.js';
export { summariseDay } from './day-medians.js';
export { foundKey, type FoundEpisode } from './found-again.js';
export type { EpisodeChange, LookInput, LookOutcome } from './input-and-outcome.js';
export { asRecorded, standardPeople, type People, type RecordedAct } from './people.js';
export type { FateOfKnown, KnownEpisode, NewEpisode } from './preview-episodes.js';
export { pressureDaysLeft } from './pressure-week.js';
export { PAUSE_REMINDS_BEFORE_MS, pauseMomentDue, pauseWordsForHome, pauseWordsForTeam, type PauseMoment } from './pause-telling.js';
export {
  ChangeNotJudged,
  preview,
  PREVIEW_DAYS,
  WARM_UP_DAYS,
  type Amounts,
  type ChangedDay,
  type Colour,
  type Preview,
  type PreviewInput,
} from './preview.js';
export type { ProposedChange } from './proposed-change.js';
export { effectOf, type ShownEffect } from './shown-effect.js';
export {
  rehearse,
  type Agreement,
  type Home,
  type KnownContact,
  type Rehearsed,
  type RehearsedEpisode,
  type RehearsedFinding,
  type RehearsalInput,
} from './rehearse.js';
export {
  replay,
  type LoggedLine,
  type LoggedLook,
  type Replayed,
  type ReplayedEpisode,
  type ReplayedFinding,
  type ReplayInput,
} from './replay.js';
export {
  CLOSED_HOURS,
  CONTEXT_READINGS_MAX,
  REFUSED_MAX,
  daysToSummarise,
  LONGEST_DAYS,
  medianDays,
  mediansFrom,
  recordedFromMs,
  SILENCES_READ,
  WINDOW_HOURS,
  windowBounds,
  type WindowBounds,
} from './window-bounds.js';
export { weightAskedOf } from './whose-weight.js';
