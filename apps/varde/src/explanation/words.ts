import { DOMAIN_NB } from '@varde/alerts';
import type { Domain } from '@varde/rules';

/** Languages an explanation is told in. */
export const LANGUAGES = ['nb', 'en'] as const;
/** One of them. */
export type Language = (typeof LANGUAGES)[number];

/** What an explanation is made of besides the words of rules and findings themselves. */
export interface ExplanationWords {
  readonly episode: string;
  readonly open: string;
  readonly closed: string;
  readonly owner: string;
  readonly found: string;
  readonly toldNobody: string;
  readonly notFired: string;
  readonly rule: string;
  readonly domain: (domain: Domain) => string;
  readonly severity: Readonly<Record<string, string>>;
  readonly result: Readonly<Record<string, string>>;
  readonly limit: string;
  readonly source: (source: string, version: number, owner: string | null) => string;
  readonly reading: string;
  readonly doubt: string;
  readonly own: string;
  readonly notOwn: string;
  readonly quality: string;
  readonly baseline: (value: string, spread: string) => string;
  readonly noBaseline: string;
  readonly modified: (from: string, to: string) => string;
  readonly late: string;
  readonly tooOld: string;
  readonly superseded: (rules: string) => string;
  readonly snoozed: (until: string, by: string, reason: string) => string;
  readonly otherVersion: (version: number) => string;
}

const owned = (owner: string | null): string => (owner === null ? '' : `, ${owner}`);

/** The words of both languages. */
export const EXPLANATION_WORDS: Readonly<Record<Language, ExplanationWords>> = {
  nb: {
    episode: 'Hendelse',
    open: 'åpen',
    closed: 'avsluttet',
    owner: 'Ansvarlig',
    found: 'Hvorfor',
    toldNobody: 'Funnet, men ingen fikk beskjed',
    notFired: 'Vurdert, men slo ikke ut',
    rule: 'regel',
    domain: (domain) => DOMAIN_NB[domain],
    severity: { info: 'info', yellow: 'gul', red: 'rød', critical: 'akutt rød' },
    result: {
      fire: 'slo ut',
      fire_unconfirmed: 'slo ut uten ny måling: fristen for å måle på nytt gikk ut',
      pending: 'venter på ny måling',
      not_confirmed: 'ble ikke bekreftet av ny måling',
      not_evaluable: 'kunne ikke vurderes',
    },
    limit: 'grense',
    source: (source, version, owner) => {
      if (source === 'personal') return `personlig grense, versjon ${version}${owned(owner)}`;
      return source === 'unit' ? `enhetens grense, versjon ${version}${owned(owner)}` : `regelens standard, versjon ${version}`;
    },
    reading: 'måling',
    doubt: 'usikker',
    own: 'svart at det var pasienten',
    notOwn: 'svart at det ikke var pasienten: utelatt',
    quality: 'apparatet sier',
    baseline: (value, spread) => `personlig utgangsverdi ${value}, vanlig spredning ${spread}`,
    noBaseline: 'ingen personlig utgangsverdi: for få målinger',
    modified: (from, to) => `alvorlighet ${to} i stedet for regelens ${from}, etter regelens tillegg`,
    late: 'kom sent',
    tooOld: 'kom for sent fram til at noen fikk beskjed',
    superseded: (rules) => `dekket av en alvorligere regel på samme måling: ${rules}`,
    snoozed: (until, by, reason) => `stilt til ${until} av ${by}: ${reason}`,
    otherVersion: (version) => `regelen er siden endret: versjon ${version} gjelder nå`,
  },
  en: {
    episode: 'Episode',
    open: 'open',
    closed: 'closed',
    owner: 'Owner',
    found: 'Why',
    toldNobody: 'Found, told to nobody',
    notFired: 'Judged, did not fire',
    rule: 'rule',
    domain: (domain) => domain.replaceAll('_', ' '),
    severity: { info: 'info', yellow: 'yellow', red: 'red', critical: 'critical' },
    result: {
      fire: 'fired',
      fire_unconfirmed: 'fired without another measurement: the time to measure again ran out',
      pending: 'waits for another measurement',
      not_confirmed: 'was not confirmed by another measurement',
      not_evaluable: 'could not be judged',
    },
    limit: 'limit',
    source: (source, version, owner) => {
      if (source === 'personal') return `personal limit, version ${version}${owned(owner)}`;
      return source === 'unit' ? `the unit's limit, version ${version}${owned(owner)}` : `the rule's default, version ${version}`;
    },
    reading: 'reading',
    doubt: 'doubtful',
    own: 'answered that it was the patient',
    notOwn: 'answered that it was not the patient: left out',
    quality: 'the device says',
    baseline: (value, spread) => `personal baseline ${value}, usual spread ${spread}`,
    noBaseline: 'no personal baseline: too few readings',
    modified: (from, to) => `severity ${to} instead of the rule's ${from}, by the rule's modifiers`,
    late: 'came late',
    tooOld: 'came too late for anybody to be told',
    superseded: (rules) => `covered by a graver rule on the same reading: ${rules}`,
    snoozed: (until, by, reason) => `kept quiet until ${until} by ${by}: ${reason}`,
    otherVersion: (version) => `the rule has changed since: version ${version} holds now`,
  },
};
