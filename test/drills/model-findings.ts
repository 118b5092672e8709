import { BRIDGED_DOMAINS, type Episode } from '@varde/alerts';
import type { GradedFinding } from '@varde/look';
import { SEVERITIES, type Domain, type Finding } from '@varde/rules';
import type { Chance } from './model-community.js';

const MINUTE_MS = 60_000;
const RULES = 12;
const words = { nb: 'x', en: 'x' };
const DOMAINS: readonly Domain[] = ['respiratory', 'cardiac', 'silence', 'technical', 'fluid', 'infection'];

/** What is given of a finding; the rest is drawn. */
interface Given {
  readonly rule?: number;
  readonly agoMin?: number;
  readonly result?: Finding['result'];
}

/** A finding of one of twelve rules, two of each area. */
export function drawFinding(chance: Chance, nowMs: number, given: Given = {}): GradedFinding {
  const { rule = chance.below(RULES), agoMin = chance.of([0, 0, 30, 600, 4_000]) } = given;
  const { result = chance.of(['fire', 'fire', 'fire', 'fire_unconfirmed', 'pending', 'not_confirmed'] as const) } = given;
  const severity = chance.of(SEVERITIES);
  const at = new Date(nowMs - agoMin * MINUTE_MS - chance.below(1_000));
  const finding: Finding = {
    ...{ ruleId: `rule-${rule}`, ruleVersion: 1, domain: DOMAINS[rule % DOMAINS.length] ?? 'cardiac', result, severity },
    ...{ anchor: `t:${at.getTime()}`, at, receivedAt: new Date(nowMs), readingIds: [], limits: [], reason: words },
    ...{ pendingUntil: result === 'pending' ? new Date(nowMs + 30 * MINUTE_MS) : null, superseded: chance.isOneIn(10) },
  };
  return { finding, severity: chance.isOneIn(10) ? null : severity, reason: words };
}

/**
 * What makes two problems that are days apart, and then shows them to be one: rules that fire, and how long to wait after each. By chance
 * alone that hardly ever happens. Empty: every area is in one problem already.
 */
export function twoThenOne(episodes: readonly Episode[]): readonly { readonly rule: number; readonly waitMin: number }[] {
  const open = episodes.filter(({ closedAt, domains }) => closedAt === null && BRIDGED_DOMAINS.includes(domains[0] ?? 'general'));
  const held = open.flatMap(({ domains }) => domains);
  const fresh = BRIDGED_DOMAINS.filter((domain) => !held.includes(domain));
  const [first, second] = [held[0] ?? fresh[0], fresh.at(-1)];
  if (first === undefined || second === undefined) return [];
  const [one, other] = [DOMAINS.indexOf(first), DOMAINS.indexOf(second)];
  return [
    { rule: one, waitMin: 2_000 },
    { rule: other, waitMin: 300 },
    { rule: one, waitMin: 0 },
  ];
}
