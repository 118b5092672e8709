import { closelyFollowedFrom, settlesAt, type Episode } from '@varde/alerts';
import { isOnlyInEpisode, isRunning } from '@varde/plans';
import type { Finding } from '@varde/rules';
import { callEndsAt } from './call-stands.js';
import { gpToKnow } from './climb.js';
import type { LookInput } from './input-and-outcome.js';
import { open, type Work } from './work.js';

/** What can happen to an open episode by the clock alone. */
function clocksOf(episode: Episode): (Date | null)[] {
  const { nextStepAt, acknowledgementEndsAt, offer, consultations } = episode;
  const answers = consultations.map(({ deadlineAt }) => deadlineAt);
  return [nextStepAt, acknowledgementEndsAt, settlesAt(episode), offer?.deadlineAt ?? null, ...answers];
}

/** What is planned has begun or ended with an episode in this look: what that makes silent, and when, is for another one to say. */
function changesSchedule({ plan, episodes, now }: LookInput, works: readonly Work[]): boolean {
  if (!plan.schedule.some((item) => isOnlyInEpisode(item) && isRunning(item, now.getTime()))) return false;
  const after = closelyFollowedFrom(works.map(({ episode }) => episode));
  return after?.getTime() !== closelyFollowedFrom(episodes)?.getTime();
}

/** What rules say of when to look again: by the clock alone, and when what they wait for is given up. */
interface RuleClocks {
  readonly nextAt: Date | null;
  readonly findings: readonly { readonly finding: Pick<Finding, 'pendingUntil'> }[];
}

/**
 * The earliest thing that can happen by the clock alone; null: nothing can.
 * @throws RangeError when it has run out already, and would be looked at for ever (a bug)
 */
export function nextLook(input: LookInput, { nextAt, findings }: RuleClocks, works: readonly Work[]): Date | null {
  const { now, snoozes, plan } = input;
  const clocks = [
    nextAt,
    callEndsAt(input, works),
    changesSchedule(input, works) ? new Date(now.getTime() + 1) : null,
    ...findings.map(({ finding }) => finding.pendingUntil).filter((until) => until && until > now),
    ...open(works).flatMap(({ episode }) => clocksOf(episode)),
    ...open(works)
      .map((work) => gpToKnow(input, work))
      .filter((at) => at !== null && at > now),
    ...snoozes.map(({ until }) => until).filter((until) => until > now),
    // What was not told in it is told at its end.
    ...plan.pauses.filter((pause) => isRunning(pause, now.getTime())).map(({ to }) => to),
  ].filter((clock) => clock !== null && clock !== undefined);
  const next = clocks.reduce<Date | null>((earliest, clock) => (earliest && earliest <= clock ? earliest : clock), null);
  if (next && next <= now) throw new RangeError(`the next look would be at ${next.toISOString()}, not after ${now.toISOString()}`);
  return next;
}
