import type { Replayed, ReplayedEpisode, ReplayedFinding } from '@varde/look';
import { findingKey } from '@varde/rules';
import type { StoredEpisode, StoredFinding, StoredOutcome } from '@varde/store';

/** The time in which findings and episodes are compared. All looks are repeated whatever it is. */
export interface Compared {
  readonly from: Date | null;
  readonly to: Date | null;
}

/**
 * What a replay came to otherwise than what is stored, each in one sentence: findings with every column but their id, episodes with
 * state, owner and times, and their histories line by line.
 */
export function findDifferences(replayed: Replayed, stored: StoredOutcome, { from, to }: Compared): string[] {
  const isCompared = (at: Date): boolean => (from === null || at >= from) && (to === null || at <= to);
  return [
    ...compareFindings(
      replayed.findings.filter(({ judgedAt }) => isCompared(judgedAt)),
      stored.findings.filter(({ judgedAt }) => isCompared(judgedAt)),
    ),
    ...compareEpisodes(
      replayed.episodes.filter(({ episode }) => isCompared(episode.openedAt)),
      stored.episodes.filter(({ episode }) => isCompared(episode.openedAt)),
    ),
    ...replayed.actsWithoutEpisode
      .filter(({ step }) => isCompared(step.at))
      .map(
        ({ episodeId, step, reason }) => `${step.kind} of episode ${episodeId} at ${step.at.toISOString()} cannot be repeated: ${reason}`,
      ),
  ];
}

interface AnyFinding {
  readonly finding: StoredFinding['finding'];
  readonly judgedAt: Date;
  readonly episodeId: number | null;
}

function compareFindings(replayed: readonly ReplayedFinding[], stored: readonly StoredFinding[]): string[] {
  const keyOf = ({ finding }: AnyFinding): string => findingKey(finding);
  const again = new Map(replayed.map((each) => [keyOf(each), each]));
  const differences: string[] = [];
  for (const each of stored) {
    const other = again.get(keyOf(each));
    again.delete(keyOf(each));
    if (other === undefined) differences.push(`finding ${named(each)} is stored and does not come again`);
    else differences.push(...compareFields(`finding ${named(each)}`, columnsOf(each), columnsOf(other)));
  }
  for (const each of again.values()) differences.push(`finding ${named(each)} comes again and is not stored`);
  return differences;
}

const named = ({ finding: { ruleId, anchor, result }, judgedAt }: AnyFinding): string =>
  `${ruleId} on ${anchor} (${result}, judged ${judgedAt.toISOString()})`;

// What a refused value may have met is not kept, only the look that finds it acts on it; nor which readings a finding rests on, for its signal keeps that.
const columnsOf = ({ finding, judgedAt, episodeId }: AnyFinding): object => ({
  ...finding,
  mayMeet: undefined,
  vitals: undefined,
  judgedAt,
  episodeId,
});

function compareEpisodes(replayed: readonly ReplayedEpisode[], stored: readonly StoredEpisode[]): string[] {
  const again = new Map(replayed.map((each) => [each.episode.id, each]));
  const differences: string[] = [];
  for (const each of stored) {
    const other = again.get(each.episode.id);
    again.delete(each.episode.id);
    if (other === undefined) {
      differences.push(`episode ${each.episode.id} (opened ${each.episode.openedAt.toISOString()}) is stored and does not come again`);
      continue;
    }
    differences.push(...compareFields(`episode ${each.episode.id}`, each.episode, other.episode));
    const offered = { number: other.episode.offer?.number ?? null, toUnitId: other.episode.offer?.toUnitId ?? null };
    differences.push(...compareFields(`episode ${each.episode.id}, its open offer`, each.offered, offered));
    differences.push(...compareSteps(each, other));
  }
  for (const { episode } of again.values()) {
    differences.push(`an episode of ${episode.domains.join(', ')} opened ${episode.openedAt.toISOString()} comes again and is not stored`);
  }
  return differences;
}

function compareSteps({ episode, steps }: StoredEpisode, again: ReplayedEpisode): string[] {
  const differences: string[] = [];
  for (let place = 0; place < Math.max(steps.length, again.steps.length); place++) {
    const [before, after] = [steps[place], again.steps[place]];
    const what = `episode ${episode.id}, line ${place + 1} of its history`;
    if (before === undefined) differences.push(`${what}: ${after?.kind ?? ''} comes again and is not stored`);
    else if (after === undefined) differences.push(`${what}: ${before.kind} is stored and does not come again`);
    else differences.push(...compareFields(what, before, after));
  }
  return differences;
}

function compareFields(what: string, stored: object, again: object): string[] {
  const [left, right] = [new Map(Object.entries(stored)), new Map(Object.entries(again))];
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((field) => {
    const [before, after] = [textOf(left.get(field)), textOf(right.get(field))];
    return before === after ? [] : [`${what}: ${field} is stored as ${before} and comes again as ${after}`];
  });
}

/** The same text for the same value, whatever the order of an object's members. */
function textOf(value: unknown): string {
  // What somebody has written over a stored time need not be one.
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'no time' : value.toISOString();
  if (Array.isArray(value)) return `[${value.map(textOf).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([name, member]) => `${name}: ${textOf(member)}`).join(', ')}}`;
  }
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
