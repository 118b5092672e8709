export type {
  CarePlan,
  Enrolment,
  Pause,
  PersonalLimit,
  Programme,
  Reference,
  ReferenceKey,
  ScheduledMeasurement,
  UnitLimit,
} from './care-plan.js';
export {
  checkPersonalLimit,
  limitInForce,
  type LimitCheck,
  type LimitInForce,
  type LimitRange,
  type LimitRefusal,
  type ProposedLimit,
} from './limit.js';
export { isPlanned, plannedQuestionnaire, plannedWords, questionnaireOf, type Planned, type PlannedQuestionnaire } from './planned.js';
export { GIVES_WAY, PROGRAMMES, programmesInForce, rulesFor, type ProgrammeRules } from './programme.js';
export { lastPlannedMs, minutesOf, nextPlannedMs, plannedTimes, type PlannedTime } from './schedule.js';
export type { TaskDraft, TaskRole } from './task.js';
export { dayNumberOf, dayText, instantOf, isZone, localClock, localDay, localDayNumber, offsetMsAt, weekdayOf } from './zone.js';
