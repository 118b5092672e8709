import { isWorse, stateOf, type Climb, type Episode, type EpisodeStep, type NoticeCause } from '@varde/alerts';
import { triedAgainAt } from '@varde/routing';
import { SEVERITY_WORDS, type Domain, type Severity, type Words } from '@varde/rules';

/** What is missing or broken is never covered: a patient in danger who stops measuring is in more danger. */
const NEVER_COVERED: readonly Domain[] = ['silence', 'technical'];

/** Messages that wait while a problem is covered. What becomes of offers and questions is told to those who made them at any time. */
export const HELD_BACK: ReadonlySet<NoticeCause> = new Set<NoticeCause>([
  'opened',
  'relapsed',
  'domain_joined',
  'acknowledgement_ran_out',
  'escalated',
]);

const isMild = (severity: Severity): boolean => !isWorse(severity, 'yellow');
const isGraveNow = ({ signals }: Episode): boolean => signals.some(({ standing, severity }) => standing && !isMild(severity));

/**
 * The graver problem that covers a yellow one: red or critical, open, still standing, of the same patient, and with the same owner, whose
 * people have the patient before them already. Info is told of once and has no ladder: nothing of it is held back.
 */
export function coverOf(episode: Episode, ofPatient: readonly Episode[]): Episode | undefined {
  if (episode.severity !== 'yellow' || stateOf(episode) !== 'waiting' || episode.domains.some((domain) => NEVER_COVERED.includes(domain)))
    return undefined;
  return ofPatient.find(
    (other) =>
      other !== episode &&
      other.closedAt === null &&
      other.ownerUnitId === episode.ownerUnitId &&
      isWorse(other.severity, 'yellow') &&
      isGraveNow(other),
  );
}

/**
 * A milder finding that brings a new area into an episode, from the very act of measuring that is grave itself, such as the pulse of a red
 * saturation: counted and shown, and nobody is told twice. A new area that comes later is told (`episode_policy.notify_again`).
 */
export function isCoveredWithin(target: Episode, severity: Severity, isOfGraveAct: boolean): boolean {
  return isOfGraveAct && isMild(severity) && !isMild(target.severity) && isGraveNow(target);
}

/**
 * The ladder of a covered problem waits: it begins anew as soon as a look finds that nothing covers it any longer, and at the latest it is
 * asked again each whole day after the opening. Null: it waits already.
 */
export function heldBack(episode: Episode, cover: Episode, now: Date): Climb | null {
  const at = triedAgainAt(episode.openedAt, now);
  if (episode.ladderStepsTaken === 0 && episode.ladderStartedAt.getTime() === at.getTime()) return null;
  const step: EpisodeStep = { at: now, kind: 'escalated', byPersonId: null, reason: coveredBy(cover) };
  return { ladderStartedAt: at, ladderStepsTaken: 0, nextStepAt: at, unreached: false, steps: [step], notices: [] };
}

/** Whether its ladder has been held back since, and has told nobody: `heldBack` has it begin at a moment when one is tried again. */
export function isHeldBack({ severity, openedAt, ladderStartedAt, ladderStepsTaken }: Episode): boolean {
  const justBefore = new Date(ladderStartedAt.getTime() - 1);
  return severity === 'yellow' && ladderStepsTaken === 0 && triedAgainAt(openedAt, justBefore).getTime() === ladderStartedAt.getTime();
}

function coveredBy({ severity }: Episode): Words {
  const { nb, en } = SEVERITY_WORDS[severity];
  return {
    nb: `Dekket av en ${nb} hendelse hos samme enhet: varsles når den ikke lenger står på`,
    en: `Covered by a ${en} episode of the same unit: told when that no longer stands`,
  };
}
