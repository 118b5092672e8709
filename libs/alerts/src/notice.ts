import type { Words } from '@varde/rules';
import type { Episode, NoticeCause, NoticeDraft } from './episode.js';

/**
 * The once-only key of a notice, `episode/cause/ordinal`. The ordinal comes from the episode's own life (which relapse,
 * which severity, which ladder, which acknowledgement), never from counting sent messages, so that a repeated look makes the same key.
 */
export function noticeKey(episodeId: number, cause: NoticeCause, ordinal: string): string {
  return `${episodeId}/${cause}/${ordinal}`;
}

/** The draft under the id that the store has just given its episode; drafts of a new episode are made with id 0. */
export function withEpisodeId(draft: NoticeDraft, episodeId: number): NoticeDraft {
  return { ...draft, key: `${episodeId}${draft.key.slice(draft.key.indexOf('/'))}` };
}

/** A notice to the owner about the episode as it has just become. */
export function draftToOwner(
  episode: Episode,
  cause: NoticeCause,
  ordinal: string,
  told: { readonly at: Date; readonly text: Words },
): NoticeDraft {
  return {
    key: noticeKey(episode.id, cause, ordinal),
    cause,
    severity: episode.severity,
    unitId: episode.ownerUnitId,
    at: told.at,
    text: told.text,
  };
}

/** One notice to each of these units; `number` tells it from others of the same cause. */
export function draftsTo(
  episode: Episode,
  unitIds: readonly number[],
  cause: NoticeCause,
  told: { readonly number: number; readonly at: Date; readonly text: Words },
): NoticeDraft[] {
  const { number, at, text } = told;
  const { id, severity } = episode;
  return [...new Set(unitIds)].map((unitId) => ({ key: noticeKey(id, cause, `${number}-${unitId}`), cause, severity, unitId, at, text }));
}

/**
 * Causes that ask for something to be done with the episode: once it has gone into another, nobody is called about it any more. What became
 * of an offer or a question, and what a patient has answered, is told all the same.
 */
export const CALLING: ReadonlySet<NoticeCause> = new Set<NoticeCause>([
  ...(['opened', 'severity_rose', 'domain_joined', 'not_helped', 'relapsed', 'escalated', 'acknowledgement_ran_out', 'assigned'] as const),
  ...(['owner_changed', 'offered', 'advice_asked', 'close_proposed'] as const),
]);

/** Causes that a finding or a clock brings about, most telling first. */
const TELLING: readonly NoticeCause[] = ['opened', 'relapsed', 'severity_rose', 'not_helped', 'acknowledgement_ran_out', 'domain_joined'];

/**
 * One message instead of several about what came out of one look: of the notices that are not ladder steps, the most telling one per unit
 * stays, with the severity the episode ended at. Ladder steps stay, except a first step to a unit that is being told anyway. What became of
 * an offer or a question stays too.
 */
export function mergeNotices(drafts: readonly NoticeDraft[], episode: Episode, firstStepKey: string): readonly NoticeDraft[] {
  const kept = new Map<number, NoticeDraft>();
  for (const draft of drafts) {
    if (!TELLING.includes(draft.cause)) continue;
    const other = kept.get(draft.unitId);
    if (!other || TELLING.indexOf(draft.cause) < TELLING.indexOf(other.cause)) kept.set(draft.unitId, draft);
  }
  const others = drafts.filter((draft) => !TELLING.includes(draft.cause) && !(draft.key === firstStepKey && kept.has(draft.unitId)));
  return [...[...kept.values()].map((draft) => ({ ...draft, severity: episode.severity })), ...others];
}

/** The key of one ladder step: a ladder is told apart by the relapse, the severity and the moment it began with. */
export function ladderStepKey(episode: Episode, stepIndex: number): string {
  return noticeKey(
    episode.id,
    'escalated',
    `${episode.relapses}-${episode.severity}-${episode.ladderStartedAt.toISOString()}-${stepIndex + 1}`,
  );
}
