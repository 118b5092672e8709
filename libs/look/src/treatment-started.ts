import { startsTreatment, type TaskDraft } from '@varde/plans';
import { findRuns } from '@varde/rules';
import type { LookInput } from './input-and-outcome.js';

/** Shorter than a closed task rests, so that none comes back. */
const TOLD_MS = 6 * 86_400_000;
const RUN_HOURS = 48;

/**
 * "GP told when treatment starts" (clinical README 2.4): a task when the patient has answered that they begin a step of a plan that starts
 * treatment, once for each beginning, open until somebody has done it.
 */
export function treatmentTasks({ plan, window, now }: LookInput): readonly TaskDraft[] {
  const asked = { started: 'plan_step_started', helped: 'symptoms_better', hours: RUN_HOURS };
  return findRuns(window.answers, asked)
    .map(({ first }) => first)
    .filter(({ observedAt }) => now.getTime() - observedAt.getTime() < TOLD_MS && startsTreatment(plan, observedAt))
    .map(({ measurementId, observedAt }) => ({
      key: `treatment-started:${measurementId}`,
      kind: 'treatment-started',
      ruleId: null,
      forRole: 'physician',
      reason: {
        nb: 'Pasienten svarer at de har begynt på et trinn i egenbehandlingsplanen som starter behandling: fastlegen skal vite det',
        en: 'The patient answers that they have begun a step of the self-treatment plan that starts treatment: the GP is to know',
      },
      dueAt: observedAt,
    }));
}
