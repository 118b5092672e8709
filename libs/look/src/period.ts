import { isRunning, type CarePlan } from '@varde/plans';

/** A time that is told of, both ends in it. */
export interface Period {
  readonly from: Date;
  readonly to: Date;
}

/** Whether an instant lies in a period. */
export function isInside(at: Date, { from, to }: Period): boolean {
  return at >= from && at <= to;
}

/** Whether the patient has a pause now: nothing milder than red is told in one, nor is anything asked but to repeat what was just measured. */
export function isPaused({ pauses }: Pick<CarePlan, 'pauses'>, now: Date): boolean {
  return pauses.some((pause) => isRunning(pause, now.getTime()));
}
