export { actOfAnchor, isRefusedAnchor } from './anchor.js';
export { Baselines, baselinesOf } from './baseline.js';
export { tellCatNote, type CatNoteFacts } from './cat-note.js';
export { leavesDaysOut, markLeftOut, type EpisodeSpan, type LeaveOut } from './baseline-days.js';
export { FIRST_DAYS_MAX, FIRST_DAYS_READ, medianDaysBefore, type SpreadFloors } from './baseline-policy.js';
export type { Catalogue, Confirm, Rule, RuleEntry, SeverityModifier, Trigger } from './catalogue.js';
export type {
  AnswerSet,
  AppliedLimit,
  Contact,
  DailyMedian,
  DeviceContact,
  Domain,
  Finding,
  GatewayContact,
  RefusedValue,
  Result,
  RuleReading,
  Severity,
  SilenceCause,
  Window,
  Words,
} from './finding.js';
export { confirmWindowMs } from './confirm.js';
export { findingKey, hasFired, SEVERITIES, SEVERITY_WORDS } from './finding.js';
export { DRIFT_TASK, findDrift } from './drift.js';
export { tellPressureWeek } from './pressure-week.js';
export { effectiveRules, type EffectiveParameter, type EffectiveRule } from './effective-rules.js';
export { findRuns, type Run, type StepAsked } from './judge-plan-step.js';
export { judge } from './judge.js';
export type { ClearedRule, FollowUp, JudgeInput, Judgement, OpenEpisode, StandingRule } from './judging.js';
export { latenessMs, lateSeverity, LIVE_MS, OLD_MS, type LateSeverity } from './late.js';
export { NEWS2_CLASSES, NEWS2_PARTS, type News2Chart, type News2Class, type News2Part } from './news2/chart.js';
export { NEWS2_METRICS } from './news2/compose.js';
export { latestNews2, type LatestNews2, type LatestNews2Input, type LatestNews2Part } from './news2/latest.js';
export { readNews2Chart } from './news2/read-chart.js';
export type { News2Fault, News2Observation, News2Result, News2Scored, News2ScoredPart } from './news2/score.js';
export { classWords, partValueWords, partWords, tellNews2 } from './news2/tell.js';
export { baselineMetricsOf, readCatalogue } from './read-catalogue.js';
export { groupRecorded, isWaited, type RecordedFinding } from './recorded.js';
export { ASKED_TASKS, TOLD_ANEW, TOLD_AT_ONCE, UNANSWERED, USUAL_SATURATION } from './rules-in-words.js';
export { nearestCause } from './silence-cause.js';
export { amountWords, durationWords } from './words.js';
export { LIFTED_DOUBT, saidOfWeights, weightSaidOf, WHOSE_WEIGHT, type SaidOfWeight } from './whose-weight.js';
