import type { PersonOutcome } from '@varde/alerts';
import { dayNumberOf, instantOf } from '@varde/plans';
import type { Severity } from '@varde/rules';
import type { Metric } from '@varde/vitals';

/** A time of a chapter: `HH:MM` on its day, or `+2 HH:MM` two days later, in the template's zone. */
export type StoryClock = string;

/** What people do to the episode of the chapter. */
export const STORY_ACTS = [
  'acknowledge',
  'release',
  'note',
  'close',
  'offer',
  'accept',
  'decline',
  'recall',
  'move',
  'ask_advice',
  'give_advice',
] as const;
/** One of the acts. */
export type StoryActKind = (typeof STORY_ACTS)[number];

/** Somebody does something. */
export interface StoryAct {
  readonly kind: 'act';
  readonly at: StoryClock;
  /** Key of the person. */
  readonly by: string;
  readonly does: StoryActKind;
  /** Key of the unit it is offered to, moved to, or asked of; null where there is none. */
  readonly to: string | null;
  /** What they say: reason, question, answer or note. */
  readonly says: string;
  /** How it ended, when it is closed. */
  readonly outcome: PersonOutcome | null;
  /** Keys of units that are told what becomes of an offer. */
  readonly informed: readonly string[];
  /** Name of the error when it is refused; null: it is done. */
  readonly refused: string | null;
}

/** The home measures. */
export interface StoryReading {
  readonly kind: 'measures';
  readonly at: StoryClock;
  readonly values: readonly { readonly metric: Metric; readonly value: number }[];
}

/** What must be so at that minute; what is left out is not looked at. */
export interface StoryExpectation {
  readonly kind: 'expect';
  readonly at: StoryClock;
  /** Key of the unit that owns; null: there is no episode. */
  readonly owner: string | null;
  readonly severity: Severity | null;
  readonly state: 'waiting' | 'acknowledged' | 'closed' | null;
  /** Every notice since the expectation before, as `cause unit`, in any order; null: not looked at. */
  readonly told: readonly string[] | null;
  /** Kinds of advice the home was given since the expectation before, in order; null: not looked at. */
  readonly advised: readonly string[] | null;
  /** Words in Norwegian that the newest of it has; null: not looked at. */
  readonly adviceSays: string | null;
  /** Key of the unit whose answer to an offer is waited for; undefined: not looked at, null: none. */
  readonly offeredTo: string | null | undefined;
  /** Keys of the people who see the patient on their worklist; null: not looked at. */
  readonly seenBy: readonly string[] | null;
}

/** One line of a chapter. */
export type StoryLine = StoryAct | StoryReading | StoryExpectation;

/** One night, day or handover of a template, as it must go. */
export interface Chapter {
  readonly title: string;
  /** Key of the patient. */
  readonly patient: string;
  /** `YYYY-MM-DD`, local. */
  readonly day: string;
  /** Keys of units nobody comes to work for on the chapter's day. */
  readonly absent: readonly string[];
  readonly lines: readonly StoryLine[];
}

/** The instant of a story's clock (`10:00`, `+1 10:00`) on a chapter's day (`YYYY-MM-DD`). */
export function instantOfClock(zone: string, day: string, clock: StoryClock): Date {
  const [later, time] = clock.startsWith('+') ? clock.slice(1).split(' ') : ['0', clock];
  const [hour = 0, minute = 0] = (time ?? '').split(':').map(Number);
  return new Date(instantOf(zone, dayNumberOf(day) + Number(later), hour * 60 + minute));
}
