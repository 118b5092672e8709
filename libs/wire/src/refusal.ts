import type { Metric, RefusedReason } from '@varde/vitals';

/** Why a message, an act of measuring or one value could not be used. Closed: ingest, listing and reprocessing switch over it. */
export type RefusalReason =
  | 'too-large'
  | 'topic'
  | 'not-json'
  | 'schema'
  | 'too-many-readings'
  | 'device-mismatch'
  | 'unknown-device'
  | 'no-wearer'
  | 'retained'
  | 'clock'
  | 'special-value'
  | 'no-value'
  | 'below-range'
  | 'above-range'
  | 'unit'
  | 'implausible'
  | 'quarantined'
  | 'device-invalid'
  | 'test-data'
  | 'not-a-reading'
  | 'unknown-metric'
  | 'unknown-format'
  | 'unknown-questionnaire'
  | 'unknown-item'
  | 'wrong-answer'
  | 'decode';

/** What a reason means, and whether the bytes may be processed again once a cause is fixed (`parked`) or never will (`rejected`). */
export interface RefusalEntry {
  readonly outcome: 'parked' | 'rejected';
  readonly en: string;
  readonly nb: string;
}

/** Every reason in words. The first reasons are found by `decode`; unknown-device, no-wearer, retained and clock are ingest's. */
export const REFUSALS: Readonly<Record<RefusalReason, RefusalEntry>> = {
  'too-large': { outcome: 'rejected', en: 'the message is larger than 256 KiB', nb: 'meldingen er større enn 256 KiB' },
  topic: { outcome: 'rejected', en: 'the topic is not one that readings arrive on', nb: 'emnet er ikke et som målinger kommer på' },
  'not-json': { outcome: 'rejected', en: 'the message is not JSON text', nb: 'meldingen er ikke JSON-tekst' },
  schema: { outcome: 'rejected', en: 'a field is missing or of the wrong kind', nb: 'et felt mangler eller er av feil slag' },
  'too-many-readings': { outcome: 'rejected', en: 'more than 100 readings in one message', nb: 'mer enn 100 målinger i én melding' },
  'device-mismatch': {
    outcome: 'rejected',
    en: 'the message names another device than its topic',
    nb: 'meldingen nevner en annen enhet enn emnet',
  },
  'unknown-device': { outcome: 'parked', en: 'the device is not registered', nb: 'enheten er ikke registrert' },
  'no-wearer': { outcome: 'parked', en: 'nobody wore the device at that time', nb: 'ingen brukte enheten på det tidspunktet' },
  retained: { outcome: 'rejected', en: 'a retained message, not a new reading', nb: 'en lagret melding, ikke en ny måling' },
  clock: { outcome: 'parked', en: 'the time of the reading cannot be known', nb: 'tidspunktet for målingen kan ikke fastslås' },
  'special-value': {
    outcome: 'rejected',
    en: 'a device code for "no value", not a number',
    nb: 'en apparatkode for «ingen verdi», ikke et tall',
  },
  'no-value': { outcome: 'rejected', en: 'the device gave no value', nb: 'apparatet ga ingen verdi' },
  'below-range': {
    outcome: 'rejected',
    en: 'lower than the device can show (LO), not a number',
    nb: 'lavere enn apparatet kan vise (LO), ikke et tall',
  },
  'above-range': {
    outcome: 'rejected',
    en: 'higher than the device can show (HI), not a number',
    nb: 'høyere enn apparatet kan vise (HI), ikke et tall',
  },
  unit: { outcome: 'parked', en: 'the unit is unknown for this measure', nb: 'enheten er ukjent for denne målingen' },
  implausible: { outcome: 'rejected', en: 'the value is not possible', nb: 'verdien er ikke mulig' },
  quarantined: {
    outcome: 'rejected',
    en: 'the value looks like another unit or a swap: measure again',
    nb: 'verdien ser ut som en annen enhet eller ombytting: mål på nytt',
  },
  'device-invalid': { outcome: 'rejected', en: 'the device says the value is invalid', nb: 'apparatet sier at verdien er ugyldig' },
  'test-data': { outcome: 'rejected', en: 'test, demonstration or calibration data', nb: 'test-, demonstrasjons- eller kalibreringsdata' },
  'not-a-reading': { outcome: 'rejected', en: 'a value in progress, never a reading', nb: 'en verdi underveis, aldri en måling' },
  'unknown-metric': {
    outcome: 'parked',
    en: 'the program does not know this kind of value yet',
    nb: 'programmet kjenner ikke denne typen verdi ennå',
  },
  'unknown-format': { outcome: 'parked', en: 'the program has no decoder for this yet', nb: 'programmet har ingen dekoder for dette ennå' },
  'unknown-questionnaire': {
    outcome: 'parked',
    en: 'the program does not know this questionnaire, or not this version of it',
    nb: 'programmet kjenner ikke dette spørreskjemaet, eller ikke denne versjonen',
  },
  'unknown-item': {
    outcome: 'parked',
    en: 'an answer to a question that the questionnaire does not have',
    nb: 'et svar på et spørsmål som skjemaet ikke har',
  },
  'wrong-answer': { outcome: 'rejected', en: 'an answer that the question does not allow', nb: 'et svar som spørsmålet ikke gir rom for' },
  decode: { outcome: 'parked', en: 'the frame does not follow its format', nb: 'rammen følger ikke formatet sitt' },
};

/** One thing of an otherwise accepted message that could not be used. */
export interface Refusal {
  /** Which reading (or frame) of the message, from 0. */
  readonly index: number;
  readonly reason: RefusalReason;
  /** What exactly, in English, for an operator; holds no identity. */
  readonly detail: string;
  /** The metric when one value was refused; null when it is the whole act, or the metric is unknown. */
  readonly metric: Metric | null;
  /** The value in canonical unit when there was a number in a known unit, else null. */
  readonly value: number | null;
  /** For implausible and quarantined values: which limit. */
  readonly implausible: RefusedReason | null;
  /** For quarantined values: what it would be if the suspected mistake were one. For rules to weigh, never to store as a reading. */
  readonly otherwise: number | null;
}

/** A whole message that could not be used. */
export interface MessageRefusal {
  readonly reason: RefusalReason;
  readonly detail: string;
  /** The message's own id when it could be read, so that the sender can be answered. */
  readonly messageId: string | null;
}
