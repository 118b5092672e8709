import type { Signal } from '@varde/alerts';
import { referenceAt, type CarePlan, type TaskDraft } from '@varde/plans';
import { USUAL_SATURATION, type Finding } from '@varde/rules';

/**
 * The task that goes with a NEWS2 that is red only for a saturation usual for the patient: a physician must decide on the scale and the
 * target. Wanted for as long as the finding stands and nobody has decided; a decision against scale 2 settles it too.
 */
export function news2Tasks(
  { findings, signals }: { readonly findings: readonly Finding[]; readonly signals: readonly Signal[] },
  plan: CarePlan,
  now: Date,
): readonly TaskDraft[] {
  if (referenceAt(plan, 'news2-scale-2', now) !== null) return [];
  const standing = [...findings.filter(({ result }) => result === 'fire'), ...signals.filter((signal) => signal.standing)];
  return Object.entries(USUAL_SATURATION)
    .filter(([id, { then }]) => standing.some(({ ruleId, severity }) => ruleId === id && severity === then))
    .map(([ruleId]) => ({
      key: `news2-scale:${ruleId}`,
      kind: 'news2-scale',
      ruleId,
      forRole: 'physician',
      reason: {
        nb: 'NEWS2 er rød bare for en oksygenmetning som er eller kan være vanlig for pasienten: avklar SpO2-skala og mål for oksygenmetning',
        en: 'NEWS2 is red only for an oxygen saturation that is or may be usual for the patient: settle the SpO2 scale and the saturation target',
      },
      dueAt: null,
    }));
}
