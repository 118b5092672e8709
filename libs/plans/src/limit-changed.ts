import type { Sentence } from '@varde/vitals';
import type { TreatmentLimits } from './treatment-limits.js';
import { comma } from './limit.js';
import { momentOfYearWords } from './moment-words.js';

/** A personal limit that somebody has set, as whoever is responsible for the treatment is told of it. */
export interface ChangedLimit {
  readonly ruleId: string;
  readonly parameter: string;
  /** The personal value before; null: what the units or the catalogue say. */
  readonly before: number | null;
  readonly value: number;
  readonly reason: string;
  /** Null: from now on. */
  readonly validFrom: Date | null;
  readonly validTo: Date | null;
}

/** Names of those who answer for a change. */
export interface ChangedBy {
  /** Null: whoever runs the command line. */
  readonly setBy: string | null;
  /** The second clinician; null: none was needed. */
  readonly approvedBy: string | null;
}

const DEFAULT: Sentence = { nb: 'standardgrensen', en: 'the default' };

const valueWords = (value: number | null): Sentence => (value === null ? DEFAULT : { nb: comma(value), en: String(value) });

/** What has become of a personal limit: who, what, from which value to which, until when, and why. */
export function limitChangedWords(
  { ruleId, parameter, before, value, reason, ...times }: ChangedLimit,
  by: ChangedBy,
  zone: string,
): Sentence {
  const [from, to, who, when] = [valueWords(before), valueWords(value), byWords(by), whenWords(times, zone)];
  return {
    nb: `Grensen ${ruleId}/${parameter} er endret fra ${from.nb} til ${to.nb} av ${who.nb}, ${when.nb}. Begrunnelse: ${reason}`,
    en: `The limit ${ruleId}/${parameter} was changed from ${from.en} to ${to.en} by ${who.en}, ${when.en}. Reason: ${reason}`,
  };
}

/** That a personal limit has been ended, and what applies instead. */
export function limitEndedWords(
  { ruleId, parameter, before, left }: Pick<ChangedLimit, 'ruleId' | 'parameter' | 'before'> & { readonly left: number | null },
  by: ChangedBy,
): Sentence {
  const [was, now, who] = [valueWords(before), valueWords(left), byWords(by)];
  return {
    nb: `Grensen ${ruleId}/${parameter} (${was.nb}) er avsluttet av ${who.nb}; nå gjelder ${now.nb}`,
    en: `The limit ${ruleId}/${parameter} (${was.en}) was ended by ${who.en}; ${now.en} applies now`,
  };
}

/** What has been decided of a patient's treatment limits. */
export function treatmentLimitsChangedWords(
  { fromSeverity, unitName, decision, contact, reason, version, validFrom, validTo }: TreatmentLimits,
  by: ChangedBy,
  zone: string,
): Sentence {
  const [who, when] = [byWords(by), whenWords({ validFrom, validTo }, zone)];
  const what = fromSeverity === 'red' ? { nb: 'rødt og akutt', en: 'what is red or critical' } : { nb: 'akutt', en: 'what is critical' };
  return {
    nb: `Behandlingsbegrensninger (versjon ${version}) er bestemt av ${who.nb}, ${when.nb}: «${decision}» Det som er ${what.nb}, går til ${unitName} (${contact}). Begrunnelse: ${reason}`,
    en: `Treatment limits (version ${version}) were decided by ${who.en}, ${when.en}: "${decision}" For ${what.en}: ${unitName} (${contact}). Reason: ${reason}`,
  };
}

/** That treatment limits have been ended. */
export function treatmentLimitsEndedWords(version: number, by: ChangedBy): Sentence {
  const who = byWords(by);
  return {
    nb: `Behandlingsbegrensningene (versjon ${version}) er avsluttet av ${who.nb}`,
    en: `The treatment limits (version ${version}) were ended by ${who.en}`,
  };
}

function byWords({ setBy, approvedBy }: ChangedBy): Sentence {
  const who = setBy === null ? { nb: 'kommandolinjen', en: 'the command line' } : { nb: setBy, en: setBy };
  return approvedBy === null ? who : { nb: `${who.nb}, godkjent av ${approvedBy}`, en: `${who.en}, approved by ${approvedBy}` };
}

function whenWords({ validFrom, validTo }: Pick<ChangedLimit, 'validFrom' | 'validTo'>, zone: string): Sentence {
  const from = validFrom && momentOfYearWords(zone, validFrom);
  const to = validTo && momentOfYearWords(zone, validTo);
  return {
    nb: `${from ? `fra ${from.nb} ` : ''}${to ? `til ${to.nb}` : 'inntil videre'}`,
    en: `${from ? `from ${from.en} ` : ''}${to ? `until ${to.en}` : 'until further notice'}`,
  };
}
