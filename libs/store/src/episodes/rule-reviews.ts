import { needsReview, REVIEW_AFTER_ALERTS } from '@varde/alerts';
import type { EntityManager } from 'typeorm';
import { saveTask } from '../looks/task-save.js';
import { HITS, MISSES } from './hit-rate.js';

const DAY_MS = 86_400_000;
/** Alerts older than this say little of a rule as it is now. */
const REVIEW_DAYS = 365;

const JUDGED = `
  select e.owner_unit_id as unit_id, signal->>'ruleId' as rule_id, count(*)::int as judged,
    (count(*) filter (where e.outcome = any($2)))::int as hits
  from episode e
  cross join lateral jsonb_array_elements(e.signals) as signal
  left join (select unit_id, key, max(closed_at) as closed_at from task where kind = 'rule-review' and closed_at is not null group by 1, 2) reviewed
    on reviewed.unit_id = e.owner_unit_id and reviewed.key = 'rule-review:' || (signal->>'ruleId')
  where e.closed_at >= $1 and e.outcome = any($3) and (reviewed.closed_at is null or e.closed_at > reviewed.closed_at)
    and not exists (select from task open where open.unit_id = e.owner_unit_id and open.patient_id is null and open.state = 'open'
                    and open.key = 'rule-review:' || (signal->>'ruleId'))
  group by 1, 2 having count(*) >= $4`;

/**
 * Raises a task for the programme lead for each rule that is hardly ever right (`needsReview`), on the list of the unit that had its
 * episodes: once while it is open, and again only after as many new alerts. Nothing about the rule changes. Answers how many were raised.
 */
export async function raiseRuleReviews(tx: EntityManager, now: Date): Promise<number> {
  const since = new Date(now.getTime() - REVIEW_DAYS * DAY_MS);
  const rows = await tx.query<{ unit_id: number; rule_id: string; judged: number; hits: number }[]>(JUDGED, [
    since,
    HITS,
    [...HITS, ...MISSES],
    REVIEW_AFTER_ALERTS,
  ]);
  const due = rows.filter(needsReview);
  for (const { unit_id: unitId, rule_id: ruleId, judged, hits } of due) {
    const reason = {
      nb: `${ruleId}: ${hits} av ${judged} hendelser krevde noe. Vurder grensen, bekreftelsen eller om regelen skal brukes; ingenting endres av seg selv.`,
      en: `${ruleId}: ${hits} of ${judged} episodes needed anything. Consider its limit, its confirmation or whether to use it; nothing changes by itself.`,
    };
    const task = { key: `rule-review:${ruleId}`, kind: 'rule-review', ruleId, forRole: 'programme_lead' as const, reason, dueAt: null };
    await saveTask(tx, { patientId: null, unitId, task }, now);
  }
  return due.length;
}
