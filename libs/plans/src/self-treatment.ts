import type { CarePlan } from './care-plan.js';
import { programmesInForce } from './programme.js';
import { referenceAtMs } from './reference.js';

/** No automatic plan step for somebody with both COPD and heart failure: a nurse decides (`conflict_resolution`, breathlessness answer). */
export function isLeftToNurse(plan: CarePlan, at: Date): boolean {
  const followed = programmesInForce(plan, at);
  return followed.includes('copd') && followed.includes('hf');
}

/**
 * Whether the patient's own plan already starts treatment (steroids, antibiotics) where its yellow step is taken: a physician has said so, nobody
 * has recorded that there is no plan, and no nurse must decide first.
 */
export function startsTreatment(plan: CarePlan, at: Date): boolean {
  const atMs = at.getTime();
  if (referenceAtMs(plan, 'plan-starts-treatment', atMs)?.value !== 1) return false;
  return referenceAtMs(plan, 'self-treatment-plan', atMs)?.value !== 0 && !isLeftToNurse(plan, at);
}
