export { checkPathway, validatePathway } from './check-pathway.js';
export type { Community as PathwayCommunity } from './check-pathway.js';
export type { Meeting } from './dead-ends.js';
export type { PathwayHole } from './hole.js';
export { DEFAULT_DEADLINES, DEFAULT_PATHWAY } from './default-pathway.js';
export { acknowledgementEnds, dueLadderSteps, triedAgainAt } from './ladder.js';
export { nextOpening } from './opening-hours.js';
export { chooseOwner, NoOwner, routeOf } from './owner.js';
export type { Owner } from './owner.js';
export type { Cooperation, Deadlines, LadderStep, Pathway, Route, RouteCondition, StaircaseStep } from './pathway.js';
export { CONTACT_TESTED_DAYS, findSeverityHoles } from './preflight.js';
export type { Hole, HoleProblem, Known, PreflightChain, Staff } from './preflight.js';
export type { Period } from './preflight-edges.js';
export { gatherHoles, problemKey } from './preflight-gather.js';
export type { GatheredHole, HoleStep, WalkedChain } from './preflight-gather.js';
export { preflightTask, PREFLIGHT_TASK, problemWords, stretchWords } from './preflight-wording.js';
export { isStaffed, nextStaffed, shiftEnd } from './reach.js';
export { dutyOfWeeks, type WeeklyDuty, type Weeks } from './roster.js';
export { gpTaskOf, gpToKnowAt, leadTaskOf } from './step-tasks.js';
export { may, stepBetween, unitsStep, wayOver } from './staircase.js';
export type { Behaviour, Permission, WayOver } from './staircase.js';
export {
  OWNING_LEVELS,
  teamOf,
  unitOf,
  type CareLevel,
  type Contact,
  type Duty,
  type HolidayRule,
  type OpeningHours,
  type SpecialDay,
  type Team,
  type Unit,
} from './unit.js';
export { responsibleUnitOf, taskOwner } from './task-owner.js';
export { limitsTasks } from './treatment-limits.js';
