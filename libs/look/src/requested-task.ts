import type { Signal } from '@varde/alerts';
import type { TaskDraft } from '@varde/plans';
import { ASKED_TASKS, type Finding } from '@varde/rules';

/**
 * The tasks that rules of severity info ask for in their words (`routing_default`, info: "gp task where the rule says so"): nobody is in
 * danger, but somebody must decide. Wanted for as long as the finding stands.
 */
export function requestedTasks({
  findings,
  signals,
}: {
  readonly findings: readonly Finding[];
  readonly signals: readonly Signal[];
}): readonly TaskDraft[] {
  const standing = [...findings.filter(({ result }) => result === 'fire'), ...signals.filter((signal) => signal.standing)];
  return Object.entries(ASKED_TASKS)
    .filter(([id]) => standing.some(({ ruleId }) => ruleId === id))
    .map(([ruleId, { forRole, reason }]) => ({
      key: `asked-by-rule:${ruleId}`,
      kind: 'asked-by-rule',
      ruleId,
      forRole,
      reason,
      dueAt: null,
    }));
}
