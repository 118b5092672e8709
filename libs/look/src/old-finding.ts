import { hasFired, latenessMs, OLD_MS, type Finding, type Words } from '@varde/rules';
import { isNew, type Work } from './work.js';

/**
 * The episode that this look has opened or brought back because of the same act of measuring, which had reached us more than 24 hours late: of
 * such an act there is one yellow, however many areas it is grave in (`late_data_policy`).
 */
export function besideOld(works: readonly Work[], finding: Finding): Work | undefined {
  if (latenessMs(finding) <= OLD_MS) return undefined;
  return works.find((work) => isNew(work) && work.findings.some((other) => other.anchor === finding.anchor && hasFired(other.result)));
}

/** What else the act says stands in the history of that episode, and is no signal of it: its area goes on being one of its own. */
export function noteBeside(work: Work, { finding, reason }: { readonly finding: Finding; readonly reason: Words }, at: Date): void {
  work.findings.push(finding);
  work.steps.push({ at, kind: 'finding', byPersonId: null, reason });
}
