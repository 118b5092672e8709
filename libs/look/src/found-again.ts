import { hasFired, type Finding } from '@varde/rules';

/** What an episode that was stored is known by: what was found in it. */
export interface FoundEpisode {
  readonly id: number;
  /** `foundKey` of its findings that fired. */
  readonly found: ReadonlySet<string>;
}

/**
 * What a finding is known by where limits may differ: its area, and the act or the time it hangs on. Not by its rule: with another limit a
 * milder or a graver rule may find the same thing.
 */
export function foundKey({ domain, anchor }: Pick<Finding, 'domain' | 'anchor'>): string {
  return `${domain} ${anchor}`;
}

/** What was found in an episode. */
export function foundIn(findings: readonly Finding[]): ReadonlySet<string> {
  return new Set(findings.filter(({ result }) => hasFired(result)).map(foundKey));
}

/** Whether an episode that was stored and one of a rehearsal are one problem: something was found in both. */
export function haveInCommon({ found }: Pick<FoundEpisode, 'found'>, findings: readonly Finding[]): boolean {
  return findings.some((finding) => hasFired(finding.result) && found.has(foundKey(finding)));
}
