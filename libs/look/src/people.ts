import {
  IllegalMove,
  needsPerson,
  nextEpisode,
  snoozeOf,
  type Episode,
  type PersonStep,
  type Snooze,
  type Transition,
} from '@varde/alerts';
import type { Finding, Words } from '@varde/rules';
import { haveInCommon, type FoundEpisode } from './found-again.js';

/** What people do in a rehearsal. */
export interface People {
  /**
   * The next thing somebody does to an open episode, as it stands after the look (or act) at `after`; null: nothing. `at` of the answer lies
   * after `after`. Asked anew after every look, so it should count from the episode's own times (`openedAt`, `clearedAt`), not from `after`.
   * @param findings what has been found in it so far
   */
  next(episode: Episode, after: Date, findings: readonly Finding[]): PersonStep | null;
}

/** Nobody does anything. */
export const nobody: People = { next: () => null };

/** An act that was done to an episode. */
export interface RecordedAct {
  readonly episodeId: number;
  readonly step: PersonStep;
}

/** People do what they did: each act to the open episodes in which something was found that was found in the one it was done to. */
export function asRecorded(known: readonly FoundEpisode[], acts: readonly RecordedAct[]): People {
  const inOrder = [...acts].sort((a, b) => a.step.at.getTime() - b.step.at.getTime());
  return {
    next: (_episode, after, findings) => {
      const ids = new Set(known.filter((each) => haveInCommon(each, findings)).map(({ id }) => id));
      return inOrder.find(({ step, episodeId }) => step.at > after && ids.has(episodeId))?.step ?? null;
    },
  };
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const TAKEN_AFTER_MS = 15 * MINUTE_MS;
const CLOSED_AFTER_CLEAR_MS = 24 * HOUR_MS;
const CLOSED_AFTER_SIGNAL_MS = 72 * HOUR_MS;

/** What `standardPeople` do, for who reads a preview. */
export const STANDARD_PEOPLE: Words = {
  nb: 'Hendelser som ikke fantes da: røde og kritiske kvitteres etter 15 minutter og lukkes 24 timer etter at verdiene er normale, ellers 72 timer etter siste funn.',
  en: 'Episodes that did not exist then: red and critical ones are acknowledged after 15 minutes and closed 24 hours after the values are normal, else 72 hours after the last finding.',
};

/** People who do the same each time (`STANDARD_PEOPLE`). What has never been red settles by itself; what has, waits for them. */
export const standardPeople: People = {
  next: (episode, after) => {
    if (!needsPerson(episode)) return null;
    const { openedAt, ladderStartedAt, acknowledgedAt, clearedAt, lastSignalAt } = episode;
    if (acknowledgedAt === null) {
      const waitsFromMs = Math.max(openedAt.getTime(), ladderStartedAt.getTime());
      // Without an end it tells no moment: any zone does.
      const forever = { endsAt: null, zone: 'UTC' };
      return { kind: 'acknowledge', at: laterThan(after, waitsFromMs + TAKEN_AFTER_MS), byPersonId: 0, ...forever };
    }
    const closesMs =
      clearedAt === null
        ? Math.max(lastSignalAt.getTime(), acknowledgedAt.getTime()) + CLOSED_AFTER_SIGNAL_MS
        : Math.max(clearedAt.getTime(), acknowledgedAt.getTime()) + CLOSED_AFTER_CLEAR_MS;
    return { kind: 'close', at: laterThan(after, closesMs), byPersonId: 0, outcome: 'no_action_needed', note: '', secondLook: false };
  },
};

/** People do what they did while an episode of the same findings was open then; to an episode that was not there, what `otherwise` do. */
export function asThen(
  then: readonly (FoundEpisode & Pick<Episode, 'openedAt' | 'closedAt'>)[],
  acts: readonly RecordedAct[],
  otherwise: People,
): People {
  const recorded = asRecorded(then, acts);
  const wasThere = (findings: readonly Finding[], at: Date): boolean =>
    then.some((known) => known.openedAt <= at && (known.closedAt === null || known.closedAt > at) && haveInCommon(known, findings));
  return {
    next: (episode, after, findings) => (wasThere(findings, after) ? recorded : otherwise).next(episode, after, findings),
  };
}

function laterThan(after: Date, ms: number): Date {
  return new Date(Math.max(ms, after.getTime() + 1));
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
