import { DOMAIN_NB, OUTCOME_WORDS, type EpisodeStep, type Outcome } from '@varde/alerts';
import { SEVERITY_WORDS, type Domain, type Result, type Severity } from '@varde/rules';
import type { AdviceLine, StoryNotice } from '@varde/store';

/** Language of a story's words. */
export type Language = 'nb' | 'en';

/** Where a notice or an advice has come. */
export type Reached = 'queued' | 'sent' | 'delivered' | 'read' | 'accepted' | 'given up' | 'withdrawn' | 'no gateway known' | 'answered';

const STEPS_NB: Readonly<Record<EpisodeStep['kind'], string>> = {
  opened: 'åpnet',
  finding: 'funn',
  severity_rose: 'alvorligere',
  severity_fell: 'mindre alvorlig',
  domain_joined: 'nytt område',
  relapsed: 'tilbakefall',
  cleared: 'klart',
  escalated: 'varslet videre',
  acknowledged: 'kvittert',
  acknowledgement_ran_out: 'kvittering løpt ut',
  assigned: 'tildelt',
  owner_changed: 'ny ansvarlig',
  offered: 'tilbudt',
  accepted: 'overtatt',
  declined: 'avslått',
  recalled: 'trukket tilbake',
  offer_ran_out: 'tilbud løpt ut',
  advice_asked: 'råd bedt om',
  advice_given: 'råd gitt',
  advice_ran_out: 'råd uteblitt',
  advice_ended: 'råd ikke lenger ventet',
  told_patient: 'pasienten fikk beskjed',
  close_proposed: 'foreslått avsluttet',
  noted: 'notat',
  snoozed: 'stilt',
  snooze_undone: 'varsler igjen',
  closed: 'avsluttet',
  absorbed: 'tatt inn',
  merged: 'slått sammen',
};

const RESULTS_NB: Readonly<Record<Result, string>> = {
  fire: 'slo ut',
  fire_unconfirmed: 'slo ut ubekreftet',
  pending: 'venter på ny måling',
  not_confirmed: 'ikke bekreftet',
  not_evaluable: 'ikke vurderbar',
};

const SOURCES_NB: Readonly<Record<string, string>> = { personal: 'personlig', unit: 'enhetens', catalogue: 'regelens' };

const REACHED_NB: Readonly<Record<Reached, string>> = {
  queued: 'i kø',
  sent: 'sendt',
  delivered: 'levert',
  read: 'lest',
  accepted: 'godtatt',
  'given up': 'oppgitt',
  withdrawn: 'trukket tilbake',
  'no gateway known': 'ingen kjent gateway',
  answered: 'besvart',
};

const CHANNELS_NB: Readonly<Record<StoryNotice['channel'], string>> = {
  worklist: 'arbeidsliste',
  sms: 'SMS',
  email: 'e-post',
  webhook: 'webhook',
};

const ADVICE_NB: Readonly<Record<AdviceLine['kind'], string>> = {
  green: 'grønn',
  yellow: 'gul',
  red: 'rød',
  critical: 'akutt rød',
  did_it_help: 'hjalp det',
  warning_signs: 'faretegn',
  whose_weight: 'hvem sto på vekten',
};

const nb = {
  severity: (severity: Severity) => SEVERITY_WORDS[severity].nb,
  domain: (domain: Domain) => DOMAIN_NB[domain],
  outcome: (outcome: Outcome) => OUTCOME_WORDS[outcome].nb,
  step: (kind: EpisodeStep['kind']) => STEPS_NB[kind],
  result: (result: Result) => RESULTS_NB[result],
  source: (source: string) => SOURCES_NB[source] ?? source,
  reached: (reached: Reached) => REACHED_NB[reached],
  channel: (channel: StoryNotice['channel']) => CHANNELS_NB[channel],
  advice: (kind: AdviceLine['kind']) => ADVICE_NB[kind],
};

const asItIs = (code: string): string => code.replaceAll('_', ' ');

/** How a story says its codes: in English as they are called, in Norwegian by one table each. Ids of rules are said as they are. */
export const CODE_WORDS: Readonly<Record<Language, typeof nb>> = {
  nb,
  en: {
    severity: asItIs,
    domain: asItIs,
    outcome: asItIs,
    step: asItIs,
    result: asItIs,
    source: asItIs,
    reached: asItIs,
    channel: asItIs,
    advice: asItIs,
  },
};
