import { instantOf, localDayNumber, referenceAtMs, startsTreatment } from '@varde/plans';
import { ANSWERS_SLOT, type Act } from './act.js';
import type { SeverityModifier } from './catalogue.js';
import { MET, UNKNOWN, UNMET, type Answer, type ConditionKind } from './condition.js';
import type { AnswerCondition, AnyAnswer, AnyAnswerToday, ContextIs, SymptomPattern, SymptomPatternAbsent } from './conditions.js';
import type { AnswerSet, Words } from './finding.js';
import { itemWords } from './item-words.js';
import { oxygenAt, type OxygenStatus } from './oxygen.js';
import { dayOf, endOfDayMs, type Scene } from './scene.js';
import { join } from './words.js';

type Items = AnswerSet['items'];

/** What `symptoms_worse` asks for: the general question, and the symptoms of the exacerbation pattern. */
const SYMPTOMS_WORSE = [
  'symptoms_worse',
  'dyspnoea_worse',
  'sputum_more',
  'sputum_colour',
  'cough_worse',
  'wheeze_worse',
  'cold_or_sore_throat',
  'fever_felt',
] as const;

const isYes = (items: Items | null, item: string): boolean => items?.[item] === true;
const isAsked = (items: Items | null, item: string): boolean => items?.[item] !== undefined;
const saysAny = ({ answers }: Act, items: readonly string[]): boolean => items.some((item) => isYes(answers, item));

/** Questionnaires filled in on a local day, oldest first; those after `untilMs` are not known yet. */
function setsOfDay(scene: Scene, day: number, untilMs = Number.POSITIVE_INFINITY): readonly Act[] {
  const sets = scene.acts.bySlot[ANSWERS_SLOT] ?? [];
  const found: Act[] = [];
  for (let at = sets.length - 1; at >= 0; at--) {
    const set = sets[at];
    if (set === undefined || set.atMs > untilMs) continue;
    const ofDay = dayOf(set, scene.zone);
    if (ofDay < day) break;
    if (ofDay === day) found.push(set);
  }
  return found.reverse();
}

const setsOfToday = (act: Act, scene: Scene): readonly Act[] => setsOfDay(scene, dayOf(act, scene.zone));

/** "Svart: mer tungpust, brystsmerter": the listed items that were answered yes in any of these questionnaires. */
function tellAnswers(items: readonly string[], sets: readonly Act[]): Words {
  const given = items.filter((item) => sets.some(({ answers }) => isYes(answers, item)));
  const told = join(given.map(itemWords), ', ');
  return { nb: `Svart: ${told.nb}`, en: `Answered: ${told.en}` };
}

const NO_ANSWERS: Words = { nb: 'svar om symptomer samme dag mangler', en: 'answers about symptoms the same day are missing' };

const anyAnswer: ConditionKind<AnyAnswer> = {
  slots: () => [ANSWERS_SLOT],
  prepare:
    ({ items }) =>
    (act) =>
      saysAny(act, items) ? MET : UNMET,
  tell: ({ items }, act) => tellAnswers(items, [act]),
  missing: () => NO_ANSWERS,
};

// No answer that day is no yes: the rules that ask for it have examples "without symptoms" that must not fire.
const anyAnswerToday: ConditionKind<AnyAnswerToday> = {
  slots: () => [],
  prepare:
    ({ items }) =>
    (act, _limits, scene) =>
      setsOfToday(act, scene).some((set) => saysAny(set, items)) ? MET : UNMET,
  tell: ({ items }, act, { scene }) => tellAnswers(items, setsOfToday(act, scene)),
  missing: () => NO_ANSWERS,
  restsOn: ({ items }, act, scene) => setsOfToday(act, scene).filter((set) => set !== act && saysAny(set, items)),
  looksAtDay: true,
};

/** The pattern over everything answered in some questionnaires: two major, or one major and one minor; unknown when none asked for any. */
function patternOf({ major, minor }: Pick<SymptomPattern, 'major' | 'minor'>, sets: readonly Act[]): Answer {
  const count = (items: readonly string[]): number => items.filter((item) => sets.some(({ answers }) => isYes(answers, item))).length;
  const majors = count(major);
  if (majors >= 2 || (majors === 1 && count(minor) >= 1)) return MET;
  return sets.some(({ answers }) => [...major, ...minor].some((item) => isAsked(answers, item))) ? UNMET : UNKNOWN;
}

const soFar = (act: Act, scene: Scene): readonly Act[] => setsOfDay(scene, dayOf(act, scene.zone), act.atMs);

// Several questionnaires of one day are one day's answer: a CAT between two diaries says nothing against the pattern.
const symptomPattern: ConditionKind<SymptomPattern> = {
  slots: () => [ANSWERS_SLOT],
  prepare: (pattern) => (act, _limits, scene) => patternOf(pattern, soFar(act, scene)),
  tell: ({ major, minor }, act, { scene }) => tellAnswers([...major, ...minor], soFar(act, scene)),
  missing: () => NO_ANSWERS,
  // Answers to other questions are none to this one.
  isAsked: () => false,
  restsOn: ({ major, minor }, act, scene) => soFar(act, scene).filter((set) => set !== act && saysAny(set, [...major, ...minor])),
};

const patternAbsent: ConditionKind<SymptomPatternAbsent> = {
  slots: () => [ANSWERS_SLOT],
  prepare: ({ pattern, days }) => {
    return (act, _limits, scene, firedMs = Number.NEGATIVE_INFINITY) => {
      const answered = answeredDays(pattern, { act, scene, firedMs });
      if (answered[0] === MET) return UNMET;
      if (answered.length < days) return UNKNOWN;
      return answered.slice(0, days).every((answer) => answer === UNMET) ? MET : UNMET;
    };
  },
  tell: ({ days }) => ({
    nb: `Symptommønsteret har vært borte ${days} besvarte dager`,
    en: `The symptom pattern has been absent on ${days} answered days`,
  }),
  missing: () => NO_ANSWERS,
};

/** What the days after the one on which the rule last fired say of a pattern, newest first; days on which nobody asked are left out. */
function answeredDays(
  pattern: SymptomPattern,
  { act, scene, firedMs }: { readonly act: Act; readonly scene: Scene; readonly firedMs: number },
): readonly Answer[] {
  const firedOn = Number.isFinite(firedMs) ? localDayNumber(scene.zone, firedMs) : Number.NEGATIVE_INFINITY;
  const byDay = new Map<number, Act[]>();
  for (const set of scene.acts.bySlot[ANSWERS_SLOT] ?? []) {
    const day = dayOf(set, scene.zone);
    if (set.atMs > act.atMs || day <= firedOn) continue;
    byDay.set(day, [...(byDay.get(day) ?? []), set]);
  }
  return [...byDay.values()]
    .reverse()
    .map((sets) => patternOf(pattern, sets))
    .filter((answer) => answer !== UNKNOWN);
}

const HOUR_MS = 3_600_000;
/** How near a reading an oxygen flow speaks of it: up to four hours before (NEWS2's window for oxygen), or within the hour after. */
const FLOW_BEFORE_MS = 4 * HOUR_MS;
const FLOW_AFTER_MS = HOUR_MS;

function oxygenOf(act: Act, scene: Scene): OxygenStatus | null {
  return oxygenAt(scene.acts, scene.plan, {
    atMs: act.atMs,
    flowFromMs: act.atMs - FLOW_BEFORE_MS,
    flowToMs: act.atMs + FLOW_AFTER_MS,
    answerFromMs: instantOf(scene.zone, dayOf(act, scene.zone), 0),
    answerToMs: endOfDayMs(act, scene.zone) - 1,
  });
}

/** The named fact at an act; null when nobody knows. */
function factOf(key: ContextIs['key'], act: Act, scene: Scene): boolean | null {
  switch (key) {
    case 'target_88_92':
      return referenceAtMs(scene.plan, 'spo2-target-88-92', act.atMs)?.value === 1;
    case 'on_oxygen':
      return oxygenOf(act, scene)?.isOn ?? null;
    case 'symptoms_worse': {
      const sets = setsOfToday(act, scene);
      if (sets.some((set) => saysAny(set, SYMPTOMS_WORSE))) return true;
      return sets.some(({ answers }) => SYMPTOMS_WORSE.some((item) => isAsked(answers, item))) ? false : null;
    }
  }
}

const contextIs: ConditionKind<ContextIs> = {
  slots: () => [],
  prepare:
    ({ key, value }) =>
    (act, _limits, scene) => {
      const fact = factOf(key, act, scene);
      return fact === null ? UNKNOWN : fact === value ? MET : UNMET;
    },
  tell: ({ key, value }, act, { scene }) => {
    if (key === 'symptoms_worse') return tellAnswers(SYMPTOMS_WORSE, setsOfToday(act, scene));
    if (key === 'target_88_92') {
      return value
        ? { nb: 'Mål for oksygenmetning 88-92 % er besluttet', en: 'An oxygen saturation target of 88-92% has been decided' }
        : { nb: 'Mål for oksygenmetning 88-92 % er ikke besluttet', en: 'No oxygen saturation target of 88-92% has been decided' };
    }
    return value ? { nb: 'Med oksygentilførsel', en: 'On oxygen' } : { nb: 'Uten oksygentilførsel', en: 'On air' };
  },
  missing: ({ key }) =>
    key === 'on_oxygen'
      ? { nb: 'det er ukjent om pasienten bruker oksygen', en: 'whether the patient is on oxygen is unknown' }
      : NO_ANSWERS,
  restsOn: ({ key }, act, scene) => {
    if (key === 'symptoms_worse') return setsOfToday(act, scene).filter((set) => set !== act && saysAny(set, SYMPTOMS_WORSE));
    const said = key === 'on_oxygen' ? (oxygenOf(act, scene)?.act ?? null) : null;
    return said === null || said === act ? [] : [said];
  },
  looksAtDay: true,
};

/** How conditions about answers and about facts around a reading are judged. */
export const ANSWER_KINDS: { readonly [Kind in AnswerCondition['kind']]: ConditionKind<Extract<AnswerCondition, { kind: Kind }>> } = {
  any_answer: anyAnswer,
  any_answer_today: anyAnswerToday,
  symptom_pattern: symptomPattern,
  symptom_pattern_absent: patternAbsent,
  context_is: contextIs,
};

/** Modifiers of severity that ask for answers. */
export type AnswerModifier = Exclude<SeverityModifier, { readonly kind: 'baseline_drop_lt' }>;

/** Whether answers that come later may make graver what has fired: those of other questionnaires of the day. */
export function isRaising(modifier: SeverityModifier): modifier is AnswerModifier {
  return modifier.kind === 'any_answer_today' || modifier.kind === 'all_major';
}

/**
 * Acts that make an answer modifier hold for an act that fired; empty when it does not hold.
 * @param knownAt what reached us later is left out; everything counts when it is not given
 */
export function answersBehind(modifier: AnswerModifier, act: Act, scene: Scene, knownAt?: Date): readonly Act[] {
  const known = (sets: readonly Act[]): readonly Act[] =>
    knownAt === undefined ? sets : sets.filter(({ receivedAt }) => receivedAt <= knownAt);
  switch (modifier.kind) {
    case 'any_answer_in_same':
      return saysAny(act, modifier.items) ? [act] : [];
    case 'any_answer_today':
      return known(setsOfToday(act, scene)).filter((set) => saysAny(set, modifier.items));
    case 'all_major': {
      const sets = known(soFar(act, scene));
      const isAll = modifier.major.every((item) => sets.some(({ answers }) => isYes(answers, item)));
      return isAll ? sets.filter((set) => saysAny(set, modifier.major)) : [];
    }
  }
}

/** Whether a modifier that holds makes nothing graver: the patient's own plan already starts treatment for it. */
export function yieldsToPlan(modifier: AnswerModifier, act: Act, { plan }: Scene): boolean {
  return modifier.kind === 'all_major' && modifier.yieldsToPlan && startsTreatment(plan, act.at);
}

/** Why it is no graver, beside which answers there were. */
export const PLAN_STARTS_TREATMENT: Words = {
  nb: 'Ikke gravere: egenbehandlingsplanen starter allerede behandling.',
  en: 'No graver: the self-treatment plan already starts treatment.',
};

/** Which answers made it graver, as a sentence. Asked only when the modifier holds. */
export function tellModifier(modifier: AnswerModifier, behind: readonly Act[]): Words {
  const items = modifier.kind === 'all_major' ? modifier.major : modifier.items;
  const { nb, en } = tellAnswers(items, behind);
  return { nb: `${nb}.`, en: `${en}.` };
}
