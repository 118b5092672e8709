import type { TaskDraft } from '@varde/plans';

/** A clock of a home, what a newly arrived act shows of it, and who is to set it. */
export interface ClockSeen {
  readonly of: 'device' | 'gateway';
  readonly wrong: 'ahead' | 'behind';
  /** The same for every act that tells this of the clock. */
  readonly key: string;
  readonly name: string;
  /** Null: a gateway's, which is not one patient's. */
  readonly patientId: number | null;
  readonly unitId: number;
  readonly receivedAt: Date;
  /** Null: not more than five minutes. */
  readonly offMs: number | null;
}

/** The kind of the task for a clock that is wrong. */
export const CLOCK_TASKS: Readonly<Record<ClockSeen['wrong'], string>> = { ahead: 'clock-ahead', behind: 'clock-behind' };

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** What each clock was seen to show last: acts of one look may have come before and after it was set. */
export function newestOfClocks(seen: readonly ClockSeen[]): readonly ClockSeen[] {
  // Of those that came together, one that shows it right comes last: the others may be from before it was set.
  const byTime = [...seen].sort(
    (a, b) => a.receivedAt.getTime() - b.receivedAt.getTime() || Number(a.offMs === null) - Number(b.offMs === null),
  );
  return [...new Map(byTime.map((each) => [`${each.key}/${each.unitId}/${each.patientId}`, each])).values()];
}

/** The "clock task" of `late_data_policy`: somebody must set a clock that is ahead, or makes what is measured look old. Null for a right one. */
export function clockTask(seen: ClockSeen): TaskDraft | null {
  const { key, wrong, offMs } = seen;
  if (offMs === null) return null;
  return { key, kind: CLOCK_TASKS[wrong], ruleId: null, forRole: 'nurse', reason: reasonOf(seen, lengthWords(offMs)), dueAt: null };
}

function reasonOf({ of, wrong, name }: ClockSeen, length: TaskDraft['reason']): TaskDraft['reason'] {
  if (wrong === 'behind')
    return {
      nb: `Klokken i gatewayen ${name} går ${length.nb} etter, eller den holder meldinger tilbake så lenge: det den sender ser eldre ut enn det er. Sørg for at den stilles, for eksempel av en tidstjener.`,
      en: `The clock of the gateway ${name} is ${length.en} behind, or it keeps messages for so long: what it sends seems older than it is. Have it set, for example by a time server.`,
    };
  if (of === 'device')
    return {
      nb: `Klokken i apparatet ${name} går ${length.nb} foran. Still den: målinger fra minnet kan ikke tidfestes før det er gjort.`,
      en: `The clock of the device ${name} is ${length.en} ahead. Set it: until then measurements from its memory have no sure time.`,
    };
  return {
    nb: `Klokken i gatewayen ${name} går ${length.nb} foran. Sørg for at den stilles, for eksempel av en tidstjener.`,
    en: `The clock of the gateway ${name} is ${length.en} ahead. Have it set, for example by a time server.`,
  };
}

function lengthWords(ms: number): TaskDraft['reason'] {
  if (ms < 2 * HOUR_MS) return { nb: `${Math.round(ms / MINUTE_MS)} minutter`, en: `${Math.round(ms / MINUTE_MS)} minutes` };
  if (ms < 2 * DAY_MS) return { nb: `${Math.round(ms / HOUR_MS)} timer`, en: `${Math.round(ms / HOUR_MS)} hours` };
  return { nb: `${Math.round(ms / DAY_MS)} døgn`, en: `${Math.round(ms / DAY_MS)} days` };
}
