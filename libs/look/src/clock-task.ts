import type { TaskDraft } from '@varde/plans';

/** A clock of a home, what a newly arrived act shows of it, and who is to set it. */
export interface ClockSeen {
  readonly of: 'device' | 'gateway';
  /** The same for every act that tells of this clock. */
  readonly key: string;
  readonly name: string;
  /** Null: a gateway's, which is not one patient's. */
  readonly patientId: number | null;
  readonly unitId: number;
  readonly receivedAt: Date;
  /** Null: not more than five minutes ahead. */
  readonly aheadMs: number | null;
}

/** The kind of the task for a clock that goes ahead. */
export const CLOCK_AHEAD = 'clock-ahead';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** What each clock was seen to show last: acts of one look may have come before and after it was set. */
export function newestOfClocks(seen: readonly ClockSeen[]): readonly ClockSeen[] {
  // Of those that came together, one that shows it right comes last: the others may be from before it was set.
  const byTime = [...seen].sort(
    (a, b) => a.receivedAt.getTime() - b.receivedAt.getTime() || Number(a.aheadMs === null) - Number(b.aheadMs === null),
  );
  return [...new Map(byTime.map((each) => [`${each.key}/${each.unitId}/${each.patientId}`, each])).values()];
}

/** The "clock task" of `late_data_policy`: somebody must set a clock that is ahead. Null for one that is not. */
export function clockTask({ of, key, name, aheadMs }: ClockSeen): TaskDraft | null {
  if (aheadMs === null) return null;
  const ahead = lengthWords(aheadMs);
  const reason =
    of === 'device'
      ? {
          nb: `Klokken i apparatet ${name} går ${ahead.nb} foran. Still den: målinger fra minnet kan ikke tidfestes før det er gjort.`,
          en: `The clock of the device ${name} is ${ahead.en} ahead. Set it: until then measurements from its memory have no sure time.`,
        }
      : {
          nb: `Klokken i gatewayen ${name} går ${ahead.nb} foran. Sørg for at den stilles, for eksempel av en tidstjener.`,
          en: `The clock of the gateway ${name} is ${ahead.en} ahead. Have it set, for example by a time server.`,
        };
  return { key, kind: CLOCK_AHEAD, ruleId: null, forRole: 'nurse', reason, dueAt: null };
}

function lengthWords(ms: number): TaskDraft['reason'] {
  if (ms < 2 * HOUR_MS) return { nb: `${Math.round(ms / MINUTE_MS)} minutter`, en: `${Math.round(ms / MINUTE_MS)} minutes` };
  if (ms < 2 * DAY_MS) return { nb: `${Math.round(ms / HOUR_MS)} timer`, en: `${Math.round(ms / HOUR_MS)} hours` };
  return { nb: `${Math.round(ms / DAY_MS)} døgn`, en: `${Math.round(ms / DAY_MS)} days` };
}
