import { IllegalMove, nextEpisode, snoozeOf, type Episode, type PersonStep, type Snooze, type Transition } from '@varde/alerts';

/** What people do in a rehearsal. */
export interface People {
  /**
   * The next thing somebody does to an open episode, as it stands after the look (or act) at `after`; null: nothing. `at` of the answer lies
   * after `after`. Asked anew after every look, so it should count from the episode's own times (`openedAt`, `clearedAt`), not from `after`.
   */
  next(episode: Episode, after: Date): PersonStep | null;
}

/** Nobody does anything. */
export const nobody: People = { next: () => null };

/** An act that was done to an episode of these domains. */
export interface RecordedAct {
  readonly domains: Episode['domains'];
  readonly step: PersonStep;
}

/** People do what they did: each act to the open episode that has an area in common with the one it was done to. */
export function asRecorded(acts: readonly RecordedAct[]): People {
  const inOrder = [...acts].sort((a, b) => a.step.at.getTime() - b.step.at.getTime());
  return {
    next: (episode, after) =>
      inOrder.find(({ step, domains }) => step.at > after && domains.some((domain) => episode.domains.includes(domain)))?.step ?? null,
  };
}

/** What an act made of an episode, and the snoozes that run then. */
interface Done extends Transition {
  readonly snoozes: readonly Snooze[];
}

/** Does to an episode what a person does; null when its state does not allow it. */
export function actOf(episode: Episode, step: PersonStep, snoozes: readonly Snooze[]): Done | null {
  try {
    const kept = step.kind === 'snooze' || step.kind === 'undo_snooze' ? snoozes.filter(({ ruleId }) => ruleId !== step.ruleId) : snoozes;
    const done = nextEpisode(episode, step);
    if (step.kind !== 'snooze') return { ...done, snoozes: kept };
    const id = 1 + Math.max(0, ...snoozes.map((snooze) => snooze.id));
    return { ...done, snoozes: [...kept, { id, ...snoozeOf(episode, step) }] };
  } catch (error) {
    if (error instanceof IllegalMove) return null;
    throw error;
  }
}
