import { momentWords } from '@varde/plans';
import { SEVERITY_WORDS, type Domain, type Severity, type Words } from '@varde/rules';
import type { Outcome } from './episode.js';
import type { LeaveReason } from './step.js';

/** Areas in Norwegian. */
export const DOMAIN_NB: Readonly<Record<Domain, string>> = {
  respiratory: 'pust',
  fluid: 'væske',
  cardiac: 'hjerte',
  blood_pressure: 'blodtrykk',
  infection: 'infeksjon',
  metabolic: 'stoffskifte',
  nutrition: 'ernæring',
  general: 'allmenntilstand',
  silence: 'manglende målinger',
  technical: 'teknisk',
};

/** Outcomes as they stand in a sentence. */
export const OUTCOME_WORDS: Readonly<Record<Outcome, Words>> = {
  treated_at_home: { nb: 'behandlet hjemme', en: 'treated at home' },
  plan_changed: { nb: 'planen endret', en: 'plan changed' },
  seen_by_gp: { nb: 'sett av fastlege', en: 'seen by the GP' },
  sent_to_legevakt: { nb: 'sendt til legevakt', en: 'sent to legevakt' },
  admitted: { nb: 'innlagt', en: 'admitted' },
  false_measurement: { nb: 'feilmåling', en: 'false measurement' },
  technical_fixed: { nb: 'teknisk feil rettet', en: 'technical fault fixed' },
  no_action_needed: { nb: 'ingen tiltak nødvendig', en: 'no action needed' },
  settled: { nb: 'gikk over', en: 'settled' },
  merged: { nb: 'slått sammen', en: 'merged' },
};

const also = (note: string): string => (note === '' ? '' : `: ${note}`);

const sentence = (text: string): string => (text.endsWith('.') ? text : `${text}.`);

/** A person's own words, the same in both languages. */
export const plain = (note: string): Words => ({ nb: note, en: note });

/** Every signal of the episode is clear. */
export function allClear(reason: Words, needsPerson: boolean): Words {
  const [nb, en] = [sentence(reason.nb), sentence(reason.en)];
  if (needsPerson) return { nb: `${nb} Alt er klart; en person må avslutte`, en: `${en} All is clear; a person must close it` };
  return { nb: `${nb} Alt er klart`, en: `${en} All is clear` };
}

/** The automatic end of a yellow or info episode. */
export const settled = (): Words => ({
  nb: 'Avsluttet av seg selv: alt klart og 48 timer uten signal',
  en: 'Closed by itself: all clear and 48 hours without a signal',
});

/** A person's acknowledgement has run out. */
export const ranOut = (): Words => ({
  nb: 'Kvitteringen er løpt ut; hendelsen er tilbake i køen',
  en: 'The acknowledgement has run out; the episode is back in the queue',
});

/** A person has it, until the acknowledgement ends. */
export function acknowledged({ endsAt, zone }: { readonly endsAt: Date | null; readonly zone: string }, isTakenOver: boolean): Words {
  const end = endsAt && momentWords(zone, endsAt);
  const until = end ? { nb: ` til ${end.nb}`, en: ` until ${end.en}` } : { nb: '', en: '' };
  const what = isTakenOver ? { nb: 'Overtatt', en: 'Taken over' } : { nb: 'Kvittert', en: 'Acknowledged' };
  return { nb: what.nb + until.nb, en: what.en + until.en };
}

const LEFT: Readonly<Record<LeaveReason, Words>> = {
  account_closed: { nb: 'har sluttet: kontoen er stengt', en: 'has left: the account is closed' },
  unit_left: { nb: 'arbeider ikke lenger for enheten', en: 'works for the unit no longer' },
  role_lost: { nb: 'er ikke lenger kliniker her', en: 'is a clinician here no longer' },
};

/** Whoever had it may act on it no longer. @param isGivenToAnother whether it is given to somebody else, who keeps it */
export function left(why: LeaveReason, isGivenToAnother: boolean): Words {
  const given = isGivenToAnother
    ? { nb: ', fortsatt tildelt den samme', en: ', still given to the same person' }
    : { nb: ' og ikke tildelt noen', en: ' and given to nobody' };
  return {
    nb: `Den som hadde den, ${LEFT[why].nb}. Hendelsen er i køen${given.nb}`,
    en: `Whoever had it ${LEFT[why].en}. The episode is in the queue${given.en}`,
  };
}

/** Whoever it was given to, and did not have it, may act on it no longer. */
export const leftGiven = (why: LeaveReason): Words => ({
  nb: `Den den var tildelt, ${LEFT[why].nb}. Den er ikke tildelt noen`,
  en: `Whoever it was given to ${LEFT[why].en}. It is given to nobody`,
});

/** The shift of whoever has it ends sooner than they acknowledged it for. */
export function shiftEnded(endsAt: Date, zone: string): Words {
  const { nb, en } = momentWords(zone, endsAt);
  return {
    nb: `Vakten til den som har den, er endret: kvitteringen gjelder til ${nb}`,
    en: `The shift of whoever has it has changed: the acknowledgement holds until ${en}`,
  };
}

/** A person lets go of it before the acknowledgement ends. */
export const released = (note: string): Words => ({ nb: `Lagt tilbake i køen${also(note)}`, en: `Put back in the queue${also(note)}` });

/** A person has finished. */
export const closed = (outcome: Outcome, note: string): Words => ({
  nb: `Avsluttet, ${OUTCOME_WORDS[outcome].nb}${also(note)}`,
  en: `Closed, ${OUTCOME_WORDS[outcome].en}${also(note)}`,
});

/** A person has finished with what has been critical; another must look at it. */
export const closeProposed = (outcome: Outcome, note: string): Words => ({
  nb: `Foreslått avsluttet, ${OUTCOME_WORDS[outcome].nb}${also(note)}. Den har vært akutt rød: en annen må se på den`,
  en: `Proposed closed, ${OUTCOME_WORDS[outcome].en}${also(note)}. It has been critical: somebody else must look at it`,
});

/** A rule is kept quiet. */
export function snoozed({ ruleId, until, note, zone }: Quieted): Words {
  const { nb, en } = momentWords(zone, until);
  return { nb: `${ruleId} stilt til ${nb}${also(note)}`, en: `${ruleId} kept quiet until ${en}${also(note)}` };
}

interface Quieted {
  readonly ruleId: string;
  readonly until: Date;
  readonly note: string;
  readonly zone: string;
}

/** A snooze is taken back. */
export const snoozeUndone = (ruleId: string): Words => ({ nb: `${ruleId} varsler igjen`, en: `${ruleId} may tell again` });

/** A finding that nobody is told of. */
export function quietly(reason: Words, why: 'snoozed' | 'superseded'): Words {
  if (why === 'snoozed') return { nb: `${reason.nb} (stilt)`, en: `${reason.en} (kept quiet)` };
  return { nb: `${reason.nb} (dekket av en alvorligere regel)`, en: `${reason.en} (covered by a graver rule)` };
}

/** Back after it had cleared, while still open. */
export const cameBack = (): Words => ({ nb: 'Kom tilbake mens hendelsen sto åpen', en: 'Came back while the episode was open' });

/** Back within 72 hours of closing. */
export const reopened = (): Words => ({
  nb: 'Tilbakefall innen 72 timer etter avslutning',
  en: 'Relapse within 72 hours of closing',
});

/** The episode became graver. */
export const rose = (from: Severity, to: Severity): Words => ({
  nb: `Alvorlighet opp fra ${SEVERITY_WORDS[from].nb} til ${SEVERITY_WORDS[to].nb}`,
  en: `Severity up from ${from} to ${to}`,
});

/** What was graver has cleared, and a person has the episode. */
export const fell = (from: Severity, to: Severity): Words => ({
  nb: `Alvorlighet ned fra ${SEVERITY_WORDS[from].nb} til ${SEVERITY_WORDS[to].nb}: det alvorligste er klart`,
  en: `Severity down from ${from} to ${to}: what was gravest has cleared`,
});

/** One more area in the same problem. */
export const joined = (domain: Domain): Words => ({ nb: `Også ${DOMAIN_NB[domain]}`, en: `Also ${domain.replace('_', ' ')}` });
