export type { CareLevel, LadderStep, OpeningHours, Pathway, Route, Team, Unit } from './pathway.js';
