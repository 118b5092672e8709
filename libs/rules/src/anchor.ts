/*
 * What a finding hangs on (`Finding.anchor`), as text: one letter, a colon, and the id or the day. Clock findings hang on a moment (`t:`).
 */

const ACT = 'm:';
const REFUSED = 'r:';
const TRANSIENT = 'n:';
const MOMENT = 't:';

/** The anchor of an act of measuring or a questionnaire. */
export function anchorOfAct(measurementId: number): string {
  return `${ACT}${measurementId}`;
}

/** The anchor of a value that could not be used. */
export function anchorOfRefused(refusedId: number): string {
  return `${REFUSED}${refusedId}`;
}

/** The anchor of a finding of three breaches that were not confirmed: the third of them, which has a finding of its own. */
export function anchorOfTransient(measurementId: number): string {
  return `${TRANSIENT}${measurementId}`;
}

/** The anchor of what a clock says: the moment. */
export function anchorOfMoment(at: Date): string {
  return `${MOMENT}${at.toISOString().replace('.000Z', 'Z')}`;
}

/** Whether an anchor is of a moment. */
export function isMomentAnchor(anchor: string): boolean {
  return anchor.startsWith(MOMENT);
}

/** The anchor of what could not be judged: a local day, `YYYY-MM-DD`. */
export function anchorOfDay(day: string): string {
  return `d:${day}`;
}

/** The act an anchor is of; null when it is of something else. */
export function actOfAnchor(anchor: string): number | null {
  return anchor.startsWith(ACT) ? Number(anchor.slice(ACT.length)) : null;
}

/** Whether an anchor is of a value that could not be used. */
export function isRefusedAnchor(anchor: string): boolean {
  return anchor.startsWith(REFUSED);
}

/** Whether an anchor is of the third breach that was not confirmed. */
export function isTransientAnchor(anchor: string): boolean {
  return anchor.startsWith(TRANSIENT);
}
