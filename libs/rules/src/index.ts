export type {
  AppliedLimit,
  DailyMedian,
  Domain,
  Finding,
  RefusedValue,
  Result,
  RuleReading,
  Severity,
  Window,
  Words,
} from './finding.js';
export { SEVERITIES } from './finding.js';
