import type { PersonStep } from '@varde/alerts';

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/**
 * JSON with its moments, as they were before they were written down: whichever field holds one, so that a new one cannot be forgotten. No
 * other text of ours has that form.
 */
export function reviveMoments(json: string): unknown {
  return JSON.parse(json, (_name, value: unknown) => (typeof value === 'string' && MOMENT.test(value) ? new Date(value) : value));
}

/** What acts had not that were written down before: everybody lived there. */
const OF_OLD = { zone: 'Europe/Oslo' };

/** What a person did, as the log keeps it. */
export function reviveAct(json: string): PersonStep {
  return { ...OF_OLD, ...(reviveMoments(json) as PersonStep) };
}
