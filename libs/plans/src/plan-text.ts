import type { Sentence } from '@varde/vitals';
import type { CarePlan, PlanText, PlanTextKey } from './care-plan.js';
import { newestValid } from './limit-candidate.js';

/** Every key, milder first, then the calls for help. */
export const PLAN_TEXT_KEYS = ['green', 'yellow', 'red', 'call_116117', 'call_113'] as const satisfies readonly PlanTextKey[];

/** Words a clinician wants to agree. */
export interface ProposedPlanText extends Pick<PlanText, 'key' | 'text' | 'reason' | 'validTo'> {
  readonly validFrom: Date;
}

/**
 * What a patient is told until something else is agreed (clinical README 2.4, `routing_default[].patient` of the catalogue). They name no
 * medicine: that is for the plan agreed with the patient.
 */
export const DEFAULT_PLAN_TEXTS: Readonly<Record<PlanTextKey, Sentence>> = {
  green: {
    nb: 'Verdiene dine er som vanlig. Fortsett med den vanlige behandlingen.',
    en: 'Your values are as usual. Continue with your usual treatment.',
  },
  yellow: {
    nb: 'Verdiene eller plagene dine er utenfor det vanlige. Følg gult trinn i egenbehandlingsplanen din, hvil, og mål som avtalt. Ta kontakt hvis du ikke er bedre om 24 til 48 timer.',
    en: 'Your values or symptoms are out of the ordinary. Follow the yellow step of your self-treatment plan, rest, and measure as agreed. Get in touch if you are not better in 24 to 48 hours.',
  },
  red: {
    nb: 'Du kan være blitt dårligere. Følg rødt trinn i egenbehandlingsplanen din, og kontakt fastlegen i dag.',
    en: 'You may have become worse. Follow the red step of your self-treatment plan, and contact your GP today.',
  },
  call_116117: {
    nb: 'Får du ikke tak i fastlegen, ring legevakten på 116117.',
    en: 'If you cannot reach your GP, call the out-of-hours service on 116117.',
  },
  call_113: {
    nb: 'Ring 113 nå.',
    en: 'Call 113 now.',
  },
};

const CHARS_MAX = 400;
/** Words that would tell somebody that help is on its way: nobody has called for it. */
const CLAIMS_A_CALL = new RegExp(
  [
    String.raw`\b(er|blir|har|bli)\s+(blitt\s+)?(ringt|varslet|oppringt|tilkalt)\b`,
    String.raw`\b(varsles|ringes|tilkalles)\b|\bvi\s+(ringer|varsler|tilkaller)\s+(113|amk|ambulanse)`,
    String.raw`\b(hjelp(en)?|ambulansen?)\s+kommer\b|p[åa] vei`,
    String.raw`\b(has|have|is|are|be)\s+(been\s+|being\s+)?(called|alerted|notified)\b|\bwe(\s+will|'ll)?\s+(call|alert|notify)\s+(the\s+)?(113|ambulance|emergency)`,
    String.raw`\b(help|ambulance)\s+(is|will\s+be)\s+coming\b|\b(help|ambulance)\s+comes\b|on (its|the) way`,
  ].join('|'),
  'i',
);

/** What is wrong with words for a patient, each in one sentence; empty: they may be agreed. */
export function faultsOfPlanText({ key, text, reason, validFrom, validTo }: ProposedPlanText): readonly Sentence[] {
  const faults: Sentence[] = [];
  const refuse = (nb: string, en: string): void => void faults.push({ nb, en });
  for (const words of [text.nb, text.en]) {
    if (words.trim() === '' || words.length > CHARS_MAX) {
      refuse(`teksten må ha 1 til ${CHARS_MAX} tegn på begge språk`, `the text needs 1 to ${CHARS_MAX} characters in both languages`);
    }
    if (key === 'call_113' && !words.includes('113')) refuse('teksten må nevne 113', 'the text must name 113');
    if (key === 'call_116117' && !words.includes('116117')) refuse('teksten må nevne 116117', 'the text must name 116117');
    if (CLAIMS_A_CALL.test(words)) {
      refuse('teksten kan ikke si at noen er varslet: ingen har ringt', 'the text cannot say that anybody has been called: nobody has');
    }
  }
  if (reason.trim() === '') refuse('en begrunnelse trengs', 'a reason is needed');
  if (validTo !== null && validTo <= validFrom) refuse('den slutter før den begynner', 'it ends before it begins');
  return faults;
}

/** The newest version of words that is in force at an instant; null: none is agreed with the patient. */
export function agreedTextAt(plan: CarePlan, key: PlanTextKey, at: Date): PlanText | null {
  return newestValid(
    (plan.texts ?? []).filter((each) => each.key === key),
    at.getTime(),
  );
}

/** The words a patient is told: those agreed with them, else the default. */
export function planTextAt(plan: CarePlan, key: PlanTextKey, at: Date): Sentence {
  return agreedTextAt(plan, key, at)?.text ?? DEFAULT_PLAN_TEXTS[key];
}
