import type { JsonObject, JsonReader } from './json-reader.js';

/*
 * Sentences of the catalogue that are built as they stand, word for word. A catalogue that says something else is faulty: then somebody must
 * read it and change what is built.
 */

/** `episode_policy`, built by `libs/alerts`. */
export const EPISODE_WORDS = {
  domains: ['respiratory', 'fluid', 'cardiac', 'blood_pressure', 'infection', 'metabolic', 'nutrition', 'general', 'silence', 'technical'],
  join: 'same patient and domain within 72 hours of the last signal',
  bridge:
    'respiratory, fluid, cardiac and infection join into one cardiorespiratory episode when two of them signal within 24 hours or when a breathlessness answer is present',
  severity:
    'highest open signal; two yellow signals from different domains within 24 hours make red only if a rule says so (default: stay yellow, move to top)',
  notify_again: ['severity goes up', 'a new domain joins', 'clear then relapse', 'escalation ladder step'],
  do_not_notify_again: 'same rule, same severity, same episode: count and show last time',
  close: {
    yellow: 'automatic after all rules are clear and 48 hours without signal, or by a person',
    red: 'person, with outcome code',
    critical: 'person, with outcome code and second look',
  },
  reopen: 'signal within 72 hours of closing reopens it as relapse',
} as const;

/** `escalation_ladder`, built by the default pathway of `libs/routing`. */
export const LADDER_WORDS = {
  critical: [
    ['PT0M', 'patient text and dho on duty'],
    ['PT5M', 'second person or team lead'],
    ['PT10M', 'on-call clinician'],
    ['PT15M', 'patient not reached: call 113 / local procedure for home visit'],
  ],
  red: [
    ['PT0M', 'dho on duty'],
    ['PT30M', 'all dho staff on duty'],
    ['PT60M', 'team lead and responsible clinician'],
    ['PT120M', 'incident record, legevakt by phone'],
  ],
  yellow: [
    ['PT0M', 'worklist'],
    ['PT4H opening hours', 'team reminder'],
    ['end of next service day', 'team lead'],
  ],
  rules: [
    'delivery, read and accepted are three different states; only accepted stops the ladder',
    'acceptance by a person whose shift ends hands the alert back to the queue',
    'closing needs an outcome code for red and critical',
    'a ladder step that cannot be delivered moves to the next at once',
  ],
} as const;

/** `confirmation_profiles`, by id: built by `confirmBreach`. */
export const PROFILE_WORDS = {
  none: 'fires at once',
  parallel_15min: 'fires at once and asks for a new reading; a normal new reading is added to the alert, a person closes it',
  remeasure_30min:
    'asks for a new reading after 5 minutes of rest; fires when the new reading also meets the rule; fires as unconfirmed when none arrives in 30 minutes; a normal one is logged as transient (three transients in 7 days become yellow)',
  remeasure_60min: 'same with 60 minutes',
  bp_repeat:
    'two more readings 1-2 minutes apart after 5 minutes of rest; the rule is judged on the mean of the last two; fires unconfirmed after 30 minutes',
  reweigh_same_day:
    'fires on the first weight unless it moved more than 2.5 kg in 36 hours, in which case a second weighing the same day decides; no second weighing by the end of the day fires it',
} as const;

/** Every sentence must be the one that is built, and there must be no other. @param json the part of the catalogue that is called `name` */
export function checkBuilt(json: unknown, built: Readonly<Record<string, unknown>>, name: string, reader: JsonReader): void {
  const said = reader.object(json, name);
  for (const key of new Set([...Object.keys(built), ...Object.keys(said)])) {
    if (JSON.stringify(said[key]) !== JSON.stringify(built[key])) reader.fault(`${name}.${key}`, 'says something else than is built');
  }
}

/** The parts of the catalogue that are sentences only. */
export function checkWordsBuilt(file: JsonObject, reader: JsonReader): void {
  checkBuilt(file['episode_policy'], EPISODE_WORDS, 'episode_policy', reader);
  checkBuilt(file['escalation_ladder'], LADDER_WORDS, 'escalation_ladder', reader);
}
