import { gravestOf, type Episode } from '@varde/alerts';
import { findingKey, SEVERITIES, type EpisodeSpan, type Severity, type Words } from '@varde/rules';
import { foundIn, haveInCommon, type FoundEpisode } from './found-again.js';
import { isInside, type Period } from './period.js';
import type { Rehearsed, RehearsedEpisode } from './rehearse.js';

/** An episode as it was stored. */
export interface KnownEpisode extends EpisodeSpan, FoundEpisode, Pick<Episode, 'severity' | 'signals'> {
  readonly outcome: string | null;
}

/** What would have become of an episode that there really was. */
export interface FateOfKnown {
  readonly episodeId: number;
  readonly domains: EpisodeSpan['domains'];
  readonly openedAt: Date;
  /** The gravest it was: what somebody took may have fallen since. */
  readonly severity: Severity;
  readonly outcome: string | null;
  readonly fate: 'same' | 'earlier' | 'later' | 'missed' | 'milder' | 'graver';
  /** By how many minutes it would have opened later (earlier when negative); null when it would not have opened. */
  readonly laterMin: number | null;
  /** How grave it would have become; null when it would not have opened. */
  readonly severityAfter: Severity | null;
  readonly because: Words;
}

/** An episode that would have been there with the change only. */
export interface NewEpisode {
  readonly domains: EpisodeSpan['domains'];
  readonly openedAt: Date;
  readonly closedAt: Date | null;
  readonly severity: Severity;
  readonly because: Words;
}

/** The two rehearsals of a preview. */
export interface BothWays {
  readonly before: Rehearsed;
  readonly after: Rehearsed;
}

const MINUTE_MS = 60_000;

const toMinutes = (ms: number): number => Math.round(ms / MINUTE_MS);

/** What would have become of the stored episodes of the period, and how many of them the rehearsal of the plan as it was comes to. */
export function knownEpisodes(
  known: readonly KnownEpisode[],
  both: BothWays,
  period: Period,
): { readonly known: readonly FateOfKnown[]; readonly faithful: { readonly stored: number; readonly same: number } } {
  const inside = known.filter(({ openedAt }) => isInside(openedAt, period));
  const same = inside.filter((each) => {
    const match = matchOf(each, both.before);
    return match !== null && Math.abs(openedAt(match).getTime() - each.openedAt.getTime()) < MINUTE_MS;
  });
  return { known: inside.map((each) => fateOf(each, both)), faithful: { stored: inside.length, same: same.length } };
}

/**
 * Compared is what would have been with what the rehearsal of the plan as it was comes to, so that only the change makes a difference; with
 * the stored episode itself where that rehearsal has none.
 */
function fateOf(known: KnownEpisode, { before, after }: BothWays): FateOfKnown {
  const { id, domains, outcome } = known;
  const severity = gravestOf(known);
  const was = matchOf(known, before);
  const is = matchOf(known, after);
  const told = { episodeId: id, domains, openedAt: known.openedAt, severity, outcome };
  if (is === null) {
    return { ...told, fate: 'missed', laterMin: null, severityAfter: null, because: whyGone(was, after) };
  }
  const reference = was === null ? known.openedAt : openedAt(was);
  const laterMin = toMinutes(openedAt(is).getTime() - reference.getTime());
  const severityAfter = gravestOf(is.episode);
  const [gravity, gravityAfter] = [rankOf(was === null ? severity : gravestOf(was.episode)), rankOf(severityAfter)];
  const fate =
    laterMin < 0 ? 'earlier' : laterMin > 0 ? 'later' : gravityAfter < gravity ? 'milder' : gravityAfter > gravity ? 'graver' : 'same';
  const because = fate === 'earlier' || fate === 'graver' ? whyOpened(is) : fate === 'same' ? SAME : whyGone(was, after);
  return { ...told, fate, laterMin, severityAfter, because };
}

const SAME: Words = { nb: 'Endringen gjør ingen forskjell.', en: 'The change makes no difference.' };
const rankOf = (severity: Severity): number => SEVERITIES.indexOf(severity);

/** Episodes of the period in which only the changed plan finds anything. */
export function newEpisodes({ before, after }: BothWays, period: Period): NewEpisode[] {
  const found = foundIn(before.episodes.flatMap(({ findings }) => findings));
  return after.episodes
    .filter((line) => isInside(openedAt(line), period) && !haveInCommon({ found }, line.findings))
    .map((line) => ({
      domains: line.episode.domains,
      openedAt: openedAt(line),
      closedAt: line.episode.closedAt,
      severity: gravestOf(line.episode),
      because: whyOpened(line),
    }));
}

/** The episode of a rehearsal that is the stored one: of those with a finding in common, the one that opened nearest to it. */
function matchOf(known: KnownEpisode, { episodes }: Rehearsed): RehearsedEpisode | null {
  const distance = (line: RehearsedEpisode): number => Math.abs(openedAt(line).getTime() - known.openedAt.getTime());
  return episodes
    .filter(({ findings }) => haveInCommon(known, findings))
    .reduce<RehearsedEpisode | null>((best, line) => (best === null || distance(line) < distance(best) ? line : best), null);
}

function openedAt({ episode }: RehearsedEpisode): Date {
  return episode.openedAt;
}

function whyOpened({ findings }: RehearsedEpisode): Words {
  return findings[0]?.reason ?? { nb: 'Den var der fra før.', en: 'It was there before.' };
}

/** What made the episode and would not be found any more. */
function whyGone(was: RehearsedEpisode | null, after: Rehearsed): Words {
  const found = new Set(after.findings.map(({ finding }) => findingKey(finding)));
  const gone = was?.findings.find((finding) => !found.has(findingKey(finding)));
  if (gone !== undefined) return { nb: `Faller bort: ${gone.reason.nb}`, en: `No longer found: ${gone.reason.en}` };
  return {
    nb: 'Prøvekjøringen av planen slik den var, finner den ikke eller finner det samme; se `faithful`.',
    en: 'The rehearsal of the plan as it was does not come to it, or finds the same; see `faithful`.',
  };
}
