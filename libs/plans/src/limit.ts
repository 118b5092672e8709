import type { Sentence } from '@varde/vitals';

/** What the catalogue says of one parameter of one rule: its default and how far a physician may move it. */
export interface LimitRange {
  readonly ruleId: string;
  readonly ruleVersion: number;
  readonly parameter: string;
  readonly default: number;
  readonly min: number;
  readonly max: number;
  /** Unit of the catalogue, such as `%` or `mm[Hg]`. */
  readonly unit: string;
  /** Going past this value towards fewer findings needs a second clinician; null when there is no floor. */
  readonly safetyFloor: number | null;
  /** Which way fewer findings lie. */
  readonly lessSensitive: 'lower' | 'higher';
}

/** The version of what is only proposed, in a preview: above every version there is. */
export const PROPOSED_VERSION = 2_147_483_647;

/** A limit at an instant, with where it came from; what a finding keeps of it. */
export interface LimitInForce {
  readonly parameter: string;
  readonly value: number;
  readonly unit: string;
  readonly source: 'catalogue' | 'unit' | 'personal';
  /** Version of the personal or unit limit (or of the reference it comes from), or of the rule when the catalogue's default applies. */
  readonly version: number;
  /** Who answers for it: the person of a personal limit, the unit of a unit's. Not there for the catalogue's. */
  readonly ownerId?: number;
}

/** A personal limit somebody wants to set. */
export interface ProposedLimit {
  readonly parameter: string;
  readonly value: number;
  readonly reason: string;
  readonly validFrom: Date;
  readonly validTo: Date | null;
}

/** Why a personal limit was not taken. */
export type LimitRefusal =
  | 'unknown-parameter'
  | 'not-a-number'
  | 'outside-range'
  | 'needs-two-persons'
  | 'no-reason'
  | 'ends-before-it-begins';

/** The answer to a proposed limit, with its reason. */
export type LimitCheck =
  | { readonly accepted: true }
  | { readonly accepted: false; readonly refusal: LimitRefusal; readonly reason: Sentence };

const refuse = (refusal: LimitRefusal, nb: string, en: string): LimitCheck => ({ accepted: false, refusal, reason: { nb, en } });

/** A number as it is written in Norwegian. */
export const comma = (value: number): string => String(value).replace('.', ',');

/**
 * Whether one physician alone may set a personal limit (catalogue `params`, `roles`, `change_control`).
 * @param ranges the parameters of the rule; a limit for a parameter it does not have is refused
 */
export function checkPersonalLimit(ranges: readonly LimitRange[], proposed: ProposedLimit): LimitCheck {
  const range = ranges.find(({ parameter }) => parameter === proposed.parameter);
  if (range === undefined) {
    const known = ranges.map(({ parameter }) => parameter).join(', ');
    return refuse(
      'unknown-parameter',
      `Regelen har ingen grense som heter ${proposed.parameter} (${known || 'ingen kan endres'})`,
      `The rule has no limit called ${proposed.parameter} (${known || 'none can be changed'})`,
    );
  }
  if (proposed.reason.trim() === '') return refuse('no-reason', 'En grense må ha en begrunnelse', 'A limit needs a reason');
  if (proposed.validTo !== null && proposed.validTo.getTime() <= proposed.validFrom.getTime()) {
    return refuse('ends-before-it-begins', 'Grensen slutter før den begynner', 'The limit ends before it begins');
  }
  return checkValue(range, proposed.value);
}

/** Whether a value lies inside the range of the rule and not past its safety floor: a physician may set it alone. */
export function isAllowedAlone(range: LimitRange, value: number): boolean {
  return checkValue(range, value).accepted;
}

function checkValue(range: LimitRange, value: number): LimitCheck {
  const { min, max, safetyFloor, unit } = range;
  if (!Number.isFinite(value)) return refuse('not-a-number', 'Grensen er ikke et tall', 'The limit is not a number');
  if (value < min || value > max) {
    return refuse(
      'outside-range',
      `Grensen må ligge mellom ${comma(min)} og ${comma(max)} (${unit})`,
      `The limit must lie between ${min} and ${max} (${unit})`,
    );
  }
  const past = safetyFloor !== null && (range.lessSensitive === 'lower' ? value < safetyFloor : value > safetyFloor);
  if (past) {
    return refuse(
      'needs-two-persons',
      `Å gå forbi sikkerhetsgrensen ${comma(safetyFloor)} (${unit}) krever at to leger er enige`,
      `Going past the safety floor ${safetyFloor} (${unit}) needs two clinicians`,
    );
  }
  return { accepted: true };
}
