export { checkPathway } from './check-pathway.js';
export type { PathwayHole } from './check-pathway.js';
export { DEFAULT_PATHWAY } from './default-pathway.js';
export { acknowledgementEnds, dueLadderSteps } from './ladder.js';
export { addOpenMinutes, endOfServiceDay, isOpen, nextOpening } from './opening-hours.js';
export { chooseOwner, NoOwner, OWNING_LEVELS, routeOf } from './owner.js';
export type { Owner } from './owner.js';
export type { CareLevel, LadderStep, OpeningHours, Pathway, Route, Team, Unit } from './pathway.js';
export { LEVEL_WORDS } from './wording.js';
