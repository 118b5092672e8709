import type { Sentence } from '@varde/vitals';
import { checkPersonalLimit, type LimitCheck, type LimitRange, type LimitRefusal, type ProposedLimit } from './limit.js';
import { momentOfYearWords } from './moment-words.js';

/** What the catalogue says of a rule that a change of it must heed. */
export interface ChangeableRule {
  readonly id: string;
  readonly ranges: readonly LimitRange[];
  /** `who_may_change`, as written. */
  readonly whoMayChange: readonly string[];
  readonly severity: string;
}

/** Who wants a change. Accounts have no programme lead: the team lead stands in. */
export interface Changer {
  readonly roles: readonly string[];
  /** The range a physician has left the nurse for this parameter; null: none. */
  readonly nurseRange: NurseRange | null;
}

/** A range that a physician leaves to nurses, for as long as the physician's own limit runs. */
export interface NurseRange {
  readonly min: number;
  readonly max: number;
  /** Null: without end. */
  readonly until: Date | null;
  /** IANA zone of the patient's home: the end is told in it. */
  readonly zone: string;
}

/** The answer to a wanted change: done by one person, only with a second clinician, or refused with its reason. */
export type ChangeAnswer =
  | { readonly accepted: true; readonly needsSecond: boolean }
  | { readonly accepted: false; readonly refusal: LimitRefusal | 'fixed-in-code' | 'not-your-role'; readonly reason: Sentence };

const ALONE: ChangeAnswer = { accepted: true, needsSecond: false };
const WITH_SECOND: ChangeAnswer = { accepted: true, needsSecond: true };
const FIXED: ChangeAnswer = {
  accepted: false,
  refusal: 'fixed-in-code',
  reason: {
    nb: 'Regelen er fast og endres bare i en ny utgave av programmet',
    en: 'The rule is fixed; it changes only in a reviewed release',
  },
};

function notYours(nb: string, en: string): ChangeAnswer {
  return { accepted: false, refusal: 'not-your-role', reason: { nb, en } };
}

function ofCheck(check: LimitCheck): ChangeAnswer {
  if (check.accepted) return ALONE;
  return check.refusal === 'needs-two-persons' ? WITH_SECOND : check;
}

/**
 * Whether somebody may set a personal limit (catalogue `roles`, `who_may_change`): a physician inside min and max, past the safety floor with
 * a second one; a nurse inside the range a physician has left, and for rules that are the nurse's own.
 */
export function mayChangePersonalLimit(rule: ChangeableRule, proposed: ProposedLimit, by: Changer): ChangeAnswer {
  const { whoMayChange } = rule;
  if (whoMayChange.includes('nobody')) return FIXED;
  const answer = ofCheck(checkPersonalLimit(rule.ranges, proposed));
  if (!answer.accepted) return answer;
  const isPhysicians = whoMayChange.some((words) => words.startsWith('treating_physician'));
  if (isPhysicians && by.roles.includes('physician')) return answer;
  if (!by.roles.includes('nurse')) {
    return isPhysicians || whoMayChange.includes('dho_nurse')
      ? notYours('En annen rolle setter denne grensen', 'Another role sets this limit')
      : notYours('Grensen settes av enhetens leder for alle', 'The limit is set by the lead of a unit for everybody');
  }
  if (whoMayChange.includes('dho_nurse') && !answer.needsSecond) return ALONE;
  return isPhysicians && !answer.needsSecond && isInside(by.nurseRange, proposed) ? ALONE : outside(by.nurseRange);
}

/** A range that ends leaves nothing after its end: what applied before it comes back then. */
function isInside(range: NurseRange | null, { value, validFrom, validTo }: ProposedLimit): boolean {
  if (range === null || value < range.min || value > range.max) return false;
  return range.until === null || (validFrom < range.until && validTo !== null && validTo <= range.until);
}

function outside(range: NurseRange | null): ChangeAnswer {
  if (range === null) {
    return notYours(
      'En lege må først gi sykepleier et spenn for denne grensen',
      'A physician must first leave nurses a range for this limit',
    );
  }
  const { min, max, until, zone } = range;
  const end = until && momentOfYearWords(zone, until);
  return notYours(
    `Sykepleier kan sette grensen fra ${min} til ${max}${end ? `, og ikke lenger enn til ${end.nb}` : ''}`,
    `A nurse may set the limit from ${min} to ${max}${end ? `, and not beyond ${end.en}` : ''}`,
  );
}

/** Whether a programme lead may set a unit's default; past the safety floor a physician must approve. */
export function mayChangeUnitLimit(rule: ChangeableRule, proposed: ProposedLimit): ChangeAnswer {
  return rule.whoMayChange.includes('nobody') ? FIXED : ofCheck(checkPersonalLimit(rule.ranges, proposed));
}

/** Whether a programme lead may switch a rule for a unit; switching off a red or critical one a physician must approve. */
export function maySwitchRule(rule: ChangeableRule, enabled: boolean): ChangeAnswer {
  if (rule.whoMayChange.includes('nobody')) return FIXED;
  return !enabled && (rule.severity === 'red' || rule.severity === 'critical') ? WITH_SECOND : ALONE;
}
