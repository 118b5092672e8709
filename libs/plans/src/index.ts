export type { CarePlan, Enrolment, PersonalLimit, Programme, ScheduledMeasurement } from './care-plan.js';
