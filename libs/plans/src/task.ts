import type { Sentence } from '@varde/vitals';

/** Who must do a task. Accounts have no programme lead: the team lead stands in. */
export type TaskRole = 'physician' | 'nurse' | 'team_lead' | 'programme_lead';

/**
 * Work for a person that is no episode: nobody is in danger because of it, but the follow-up is not as agreed until it is done. A look
 * says everything that is wanted now; what is wanted no longer is settled by itself.
 */
export interface TaskDraft {
  /** What it is about, the same at every look; there is never more than one open task of a patient with the same key. */
  readonly key: string;
  /** Kind of work, such as `reference-missing`. */
  readonly kind: string;
  readonly ruleId: string | null;
  readonly forRole: TaskRole;
  readonly reason: Sentence;
  readonly dueAt: Date | null;
}
