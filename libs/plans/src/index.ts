export type {
  CarePlan,
  Enrolment,
  MeasuringDays,
  Pause,
  PersonalLimit,
  PlanText,
  PlanTextKey,
  Programme,
  Reference,
  ReferenceKey,
  ReviewDate,
  RuleSwitch,
  ScheduledMeasurement,
  UnitLimit,
} from './care-plan.js';
export { FRAIL_TARGET, type ConflictParameter } from './conflict-resolution.js';
export { effectiveLimit, hasOwnLimits, limitInForce, type EffectiveLimit } from './effective-limit.js';
export {
  mayChangePersonalLimit,
  mayChangeUnitLimit,
  maySwitchRule,
  type ChangeableRule,
  type NurseRange,
  type ChangeAnswer,
  type Changer,
} from './limit-access.js';
export type { LimitCandidate } from './limit-candidate.js';
export {
  limitChangedWords,
  limitEndedWords,
  treatmentLimitsChangedWords,
  treatmentLimitsEndedWords,
  type ChangedBy,
} from './limit-changed.js';
export {
  isAllowedAlone,
  PROPOSED_VERSION,
  type LimitCheck,
  type LimitInForce,
  type LimitRange,
  type LimitRefusal,
  type ProposedLimit,
} from './limit.js';
export { isPlanned, plannedQuestionnaire, plannedWords, questionnaireOf, type Planned, type PlannedQuestionnaire } from './planned.js';
export {
  faultsOfMeasuringDays,
  isWithin,
  keepToMeasuringDays,
  measuringDaysAt,
  measuringDaysWords,
  weekdayWords,
  type Kept,
  type ProposedMeasuringDays,
} from './measuring-days.js';
export { NEEDS, type Need } from './need.js';
export { isRunning, type Period } from './period.js';
export { agreedTextAt, faultsOfPlanText, PLAN_TEXT_KEYS, planTextAt, type ProposedPlanText } from './plan-text.js';
export {
  faultsOfReviewDate,
  pressureWeekAt,
  reviewDateAt,
  withPressureWeeks,
  type PressureWeek,
  type ProposedReviewDate,
} from './pressure-week.js';
export { PROGRAMMES, programmesInForce, rulesFor, type ProgrammeEntry, type ProgrammeRules } from './programme.js';
export {
  DRY_WEIGHT_REVIEW_DAYS,
  faultsOfReference,
  REFERENCE_KEYS,
  referenceAt,
  referenceAtMs,
  REFERENCES,
  type ProposedReference,
  type ReferenceEntry,
} from './reference.js';
export { isRuleOn } from './rule-in-force.js';
export {
  findForm,
  newestQuestionnaire,
  questionsFor,
  type Answerer,
  type AskedQuestion,
  type Choice,
  type FormItem,
  type Question,
  type Questionnaire,
  type Questionnaires,
  type Score,
} from './questionnaires/questionnaire.js';
export { clockWords, dayWords, momentOfYearWords, momentWords, WEEKDAYS_EN } from './moment-words.js';
export { readQuestionnaires } from './questionnaires/read-questionnaires.js';
export { isOnlyInEpisode, lastPlannedMs, minutesOf, nextPlannedMs, plannedTimes, scheduleInForce, type PlannedTime } from './schedule.js';
export { isLeftToNurse, startsTreatment } from './self-treatment.js';
export { unionOfSchedules } from './schedule-union.js';
export type { TaskDraft, TaskRole } from './task.js';
export {
  faultsOfTreatmentLimits,
  nextTreatmentLimitsChangeAt,
  TREATMENT_LIMITS_FROM,
  treatmentLimitsAt,
  treatmentLimitsEnded,
  treatmentLimitsTasks,
  treatmentLimitsWords,
  type ProposedTreatmentLimits,
  type RoutedLimits,
  type TreatmentLimits,
  type TreatmentLimitsFrom,
} from './treatment-limits.js';
export { nextPlanChangeAt, tasksOf, type TaskSource } from './wanted-tasks.js';
export { dayNumberOf, dayText, instantOf, localClock, localDay, localDayNumber } from './zone.js';
