import { isOnlyInEpisode, isRunning, momentWords, planTextAt, questionnaireOf, type ScheduledMeasurement } from '@varde/plans';
import { isStaffed, nextStaffed, type Unit } from '@varde/routing';
import { amountWords, durationWords, type RuleReading, type SilenceCause, type Words } from '@varde/rules';
import { METRICS } from '@varde/vitals';
import type { AdviceAnswer } from './advice.js';
import type { LookInput } from './input-and-outcome.js';
import { isPaused } from './period.js';

/** What a patient can answer, as it stands on a button and in the history; the questionnaire `advice` asks the same. */
export const ADVICE_ANSWERS: Readonly<Record<AdviceAnswer, Words>> = {
  seen: { nb: 'Jeg har lest det', en: 'I have read it' },
  started: { nb: 'Jeg begynner på trinnet i planen', en: 'I am starting this step of the plan' },
  not_now: { nb: 'Jeg venter med det', en: 'I will wait with it' },
  called_116117: { nb: 'Jeg har ringt 116117', en: 'I have called 116117' },
  called_113: { nb: 'Jeg har ringt 113', en: 'I have called 113' },
  cannot: { nb: 'Jeg klarer ikke å ringe', en: 'I cannot call' },
  not_needed: { nb: 'Det trengs ikke', en: 'It is not needed' },
  better: { nb: 'Jeg er blitt bedre', en: 'I have become better' },
  not_better: { nb: 'Jeg er ikke blitt bedre', en: 'I have not become better' },
  was_me: { nb: 'Det var jeg som sto på vekten', en: 'It was me on the scale' },
  was_not_me: { nb: 'Det var ikke jeg som sto på vekten', en: 'It was not me on the scale' },
};

type Place = Pick<LookInput, 'plan' | 'team' | 'now'>;

/** What is agreed for yellow, or that a nurse decides; then who is there, and what to do if it gets worse while nobody is. */
export function yellowWords({ plan, team, now }: Place, owner: Unit | undefined, nurseDecides: boolean): Words {
  const first = nurseDecides ? NURSE_DECIDES : planTextAt(plan, 'yellow', now);
  const place = { plan, team, now };
  const who = isThere(owner, now) ? [watching(owner)] : [nobodyUntil(owner, place), IF_WORSE_YELLOW];
  return join(first, ...moreOften(place), ...who);
}

/** What a patient tells of themselves: no value, and nothing that the self-treatment plan has a step for. */
export const TOLD_BY_PATIENT = ['gen.contact_request', 'frail.fall'] as const;
export type ToldByPatient = (typeof TOLD_BY_PATIENT)[number];

/** That what they told has come; who is there, and when to call. */
export function receivedWords(place: Place, owner: Unit | undefined, told: readonly ToldByPatient[]): Words {
  const who = isThere(owner, place.now) ? watching(owner) : nobodyUntil(owner, place);
  return join(...told.map((ruleId) => RECEIVED[ruleId]), who, IF_IT_CANNOT_WAIT, ...moreOften(place));
}

/** Who looks after an episode, and who decides what the patient does. */
export interface InWhoseHands {
  readonly owner: Unit | undefined;
  /** Nobody could be told. */
  readonly unreached: boolean;
  /** No step of the plan before a nurse has decided. */
  readonly nurseDecides: boolean;
}

/** What is agreed for red, or that a nurse decides and to ask the GP; with both numbers. */
export function redWords(place: Place, { owner, unreached, nurseDecides }: InWhoseHands): Words {
  const { plan, now } = place;
  const red = nurseDecides ? join(NURSE_DECIDES, ASK_GP) : planTextAt(plan, 'red', now);
  const call = planTextAt(plan, 'call_116117', now);
  if (!unreached && isThere(owner, now)) return join(red, watching(owner), call, IF_WORSE_RED, ...moreOften(place));
  return join(nobodyUntil(owner, place), red, call, IF_WORSE_RED, ...moreOften(place));
}

/** What a very high pressure may come to. */
export function withPressureSigns(words: Words): Words {
  return join(words, IF_PRESSURE_SIGNS);
}

/** What to do about a low blood sugar, before who is there; after the call for 113. */
export function withSugar(words: Words, place: 'before' | 'after'): Words {
  return place === 'before' ? join(TAKE_SUGAR, words) : join(words, TAKE_SUGAR);
}

/** A blood sugar that may be low, before it has been measured again. */
export function perhapsLowSugarWords(): Words {
  return join(PERHAPS_LOW, TAKE_SUGAR_AND_REPLY, IF_NO_SUGAR);
}

/** Of what was measured or answered so long ago that it may be otherwise by now. */
export function withAgeWords(words: Words, lateMs: number): Words {
  const { nb, en } = durationWords(lateMs);
  return join({ nb: `Dette ble målt eller svart for ${nb} siden.`, en: `This was measured or answered ${en} ago.` }, words);
}

/** 113 first. */
export function criticalWords(place: Place, owner: Unit | undefined, unreached: boolean): Words {
  const call = planTextAt(place.plan, 'call_113', place.now);
  if (!unreached && isThere(owner, place.now)) return join(call, DANGER);
  return join(call, DANGER, nobodyUntil(owner, place));
}

/** Who looks after a silence, and who is silent; null: it was asked in an earlier look. */
export interface InSilence extends Pick<InWhoseHands, 'owner' | 'unreached'> {
  readonly silent: SilenceCause | null;
}

/** Red or worse only because nothing has been heard from the patient. */
export function silenceWords(place: Place, { owner, unreached, silent }: InSilence): Words {
  const who = !unreached && isThere(owner, place.now) ? watching(owner) : nobodyUntil(owner, place);
  return join(notHeard(place, silent), who, IF_ILL);
}

/** Who has a pause is asked for nothing, to measure or to see to a device. */
function notHeard({ plan, now }: Place, silent: SilenceCause | null): Words {
  const isAsked = silent !== 'gateway' && silent !== 'service';
  if (isAsked && isPaused(plan, now)) return NOT_NEEDED;
  return silent === null ? NOT_COME : NOT_HEARD[silent];
}

/** Something planned is missing; null where the patient can do nothing about it. */
export function reminderWords(silent: SilenceCause | null): Words | null {
  switch (silent) {
    case 'service':
    case 'gateway':
      return null;
    case 'device':
      return NOT_HEARD.device;
    case 'patient':
    case 'unknown':
    case null:
      return join(NOT_HAD, WHEN_YOU_CAN);
  }
}

/** The reminder when it has come to be yellow: who is there, and how to get help. */
export function missedWords(place: Place, { owner }: InSilence, reminder: Words): Words {
  return join(reminder, isThere(owner, place.now) ? watching(owner) : nobodyUntil(owner, place), IF_ILL);
}

/** The values are as usual again; so are the days to measure on. */
export function greenWords(place: Pick<Place, 'plan' | 'now'>): Words {
  const green = planTextAt(place.plan, 'green', place.now);
  const usual = usualDaysWords(place);
  return usual === null ? green : join(green, usual);
}

/** No more is asked for than on other days; null: nothing more was agreed for an open episode. */
export function usualDaysWords(place: Pick<Place, 'plan' | 'now'>): Words | null {
  return inEpisode(place).length === 0 ? null : USUAL_DAYS;
}

/** What the patient has agreed to do for as long as an episode is open. */
function inEpisode({ plan, now }: Pick<Place, 'plan' | 'now'>): readonly ScheduledMeasurement[] {
  return plan.schedule.filter((item) => isOnlyInEpisode(item) && isRunning(item, now.getTime()));
}

/** What is asked for from now on because of the episode; nothing when nothing is agreed for one, and in a pause, whose end says it. */
function moreOften(place: Place): readonly Words[] {
  const items = inEpisode(place);
  if (items.length === 0 || isPaused(place.plan, place.now)) return [];
  const isAsked = items.some(({ metric }) => questionnaireOf(metric) !== null);
  const isMeasured = items.some(({ metric }) => questionnaireOf(metric) === null);
  const what = isAsked && isMeasured ? MEASURE_AND_ANSWER : isAsked ? ANSWER : MEASURE;
  const isDaily = items.every(({ weekdays }) => weekdays.length === WEEK_DAYS);
  const when = isDaily ? EVERY_DAY : AGREED_DAYS;
  return [{ nb: `${what.nb} ${when.nb}, til du får beskjed om noe annet.`, en: `${what.en} ${when.en}, until you are told otherwise.` }];
}

const WEEK_DAYS = 7;
const MEASURE: Words = { nb: 'Mål', en: 'Measure' };
const ANSWER: Words = { nb: 'Svar på spørsmålene', en: 'Answer the questions' };
const MEASURE_AND_ANSWER: Words = { nb: 'Mål og svar på spørsmålene', en: 'Measure and answer the questions' };
const EVERY_DAY: Words = { nb: 'hver dag', en: 'every day' };
const AGREED_DAYS: Words = { nb: 'også de dagene som er avtalt for slike perioder', en: 'also on the days agreed for times like this' };
const USUAL_DAYS: Words = {
  nb: 'Du kan gå tilbake til de vanlige dagene for målinger og spørsmål.',
  en: 'You can go back to your usual days for measurements and questions.',
};

/** Asked a day after the patient has begun a step of the plan. */
export const DID_IT_HELP: Words = {
  nb: 'Du har begynt på et trinn i egenbehandlingsplanen din. Er du blitt bedre?',
  en: 'You have started a step of your self-treatment plan. Have you become better?',
};

/** Asked with the form `weight` about one that may be another person's. */
export function whoseWeightWords(zone: string, { value, observedAt }: Pick<RuleReading, 'value' | 'observedAt'>): Words {
  const { nb, en } = amountWords(value, METRICS.weight.unit, METRICS.weight.decimals);
  const at = momentWords(zone, observedAt);
  return {
    nb: `Vekten viste ${nb} ${at.nb}. Det er langt fra det den pleier å vise. Var det du som sto på vekten?`,
    en: `The scale showed ${en} on ${at.en}. That is far from what it usually shows. Was it you who stood on the scale?`,
  };
}

/** A line of the history. */
export const toldPatient = (text: Words): Words => ({ nb: `Råd til pasienten: ${text.nb}`, en: `Advice to the patient: ${text.en}` });

/** A line of the history: the patient's own words, which nobody has checked. */
export function patientAnswered(answer: AdviceAnswer): Words {
  const { nb, en } = ADVICE_ANSWERS[answer];
  return { nb: `Pasienten svarte: «${nb}»`, en: `The patient answered: "${en}"` };
}

/** American Diabetes Association: 15 to 20 g of glucose, measured again after 15 minutes. */
const TAKE_SUGAR_AND_REPLY: Words = {
  nb: 'Ta sukker med en gang, 15–20 gram: druesukker, eller et glass juice eller brus med sukker. Svar på denne meldingen nå, og mål blodsukkeret igjen innen 15 minutter.',
  en: 'Take sugar at once, 15 to 20 grams: glucose tablets, or a glass of juice or of a soft drink with sugar. Answer this message now, and measure your blood sugar again within 15 minutes.',
};
const TAKE_SUGAR: Words = join({ nb: 'Blodsukkeret ditt er lavt.', en: 'Your blood sugar is low.' }, TAKE_SUGAR_AND_REPLY);
const PERHAPS_LOW: Words = {
  nb: 'Blodsukkeret ditt kan være lavt, men målingen er usikker.',
  en: 'Your blood sugar may be low, but the reading is uncertain.',
};
const IF_NO_SUGAR: Words = {
  nb: 'Ring 113 hvis du ikke klarer å ta sukker, eller blir sløv eller forvirret.',
  en: 'Call 113 if you cannot take sugar, or become drowsy or confused.',
};

const RECEIVED: Readonly<Record<ToldByPatient, Words>> = {
  'gen.contact_request': {
    nb: 'Vi har fått beskjed om at du vil bli kontaktet.',
    en: 'We have had your request to be contacted.',
  },
  'frail.fall': {
    nb: 'Vi har fått beskjed om at du har falt. Har du slått hodet, har sterke smerter eller kommer deg ikke opp, ring 116117 med en gang, eller 113 hvis det er alvorlig.',
    en: 'We have been told that you have fallen. If you have hit your head, are in strong pain or cannot get up, call 116117 at once, or 113 if it is serious.',
  },
};
const IF_IT_CANNOT_WAIT: Words = {
  nb: 'Kan det ikke vente, ring fastlegen eller legevakten på 116117. Ring 113 hvis det er fare for livet.',
  en: 'If it cannot wait, call your GP or the out-of-hours service on 116117. Call 113 if your life may be in danger.',
};

const NURSE_DECIDES: Words = {
  nb: 'Verdiene eller plagene dine er utenfor det vanlige. Vent med trinn i egenbehandlingsplanen til noen fra oppfølgingen har snakket med deg.',
  en: 'Your values or symptoms are out of the ordinary. Do not start a step of your self-treatment plan until somebody of your follow-up service has talked with you.',
};
const ASK_GP: Words = { nb: 'Kontakt fastlegen i dag.', en: 'Contact your GP today.' };
const IF_WORSE_YELLOW: Words = {
  nb: 'Blir du verre før det, ring legevakten på 116117. Ring 113 hvis det er fare for livet.',
  en: 'If you become worse before that, call the out-of-hours service on 116117. Call 113 if your life may be in danger.',
};
/** Asked with the form `pressure`. */
export const ANY_WARNING_SIGNS: Words = {
  nb: 'Blodtrykket ditt er svært høyt. Svar på spørsmålene nå, så vi vet hvordan du har det.',
  en: 'Your blood pressure is very high. Please answer the questions now, so that we know how you are.',
};
/** Those of the form that `IF_WORSE_RED` does not name. */
const IF_PRESSURE_SIGNS: Words = {
  nb: 'Ring 113 også ved kraftig hodepine, problemer med synet eller med å snakke, hvis du blir nummen eller svak i en arm, et bein eller ansiktet, eller får plutselige, sterke smerter i ryggen.',
  en: 'Call 113 too if you get a severe headache, trouble seeing or speaking, become numb or weak in an arm, a leg or the face, or get sudden strong pain in the back.',
};
const IF_WORSE_RED: Words = {
  nb: 'Ring 113 med en gang hvis du blir svært tungpustet i hvile, får brystsmerter, blir sløv eller forvirret, eller blå på leppene.',
  en: 'Call 113 at once if you become very breathless at rest, get chest pain, become drowsy or confused, or blue on the lips.',
};
const DANGER: Words = {
  nb: 'Målingene eller svarene dine kan bety fare for livet. Ikke vent på at noen ringer deg.',
  en: 'Your readings or answers may mean that your life is in danger. Do not wait for anybody to call you.',
};
const NOT_HAD: Words = {
  nb: 'Vi har ikke fått en måling eller et svar som vi venter på fra deg.',
  en: 'We have not had a measurement or an answer that we expect from you.',
};
const WHEN_YOU_CAN: Words = {
  nb: 'Mål eller svar når du kan. Har du nettopp gjort det, trenger du ikke gjøre mer.',
  en: 'Please measure or answer when you can. If you have just done so, there is nothing more to do.',
};
const NOT_COME: Words = {
  nb: 'Vi har ikke fått målingene vi venter på fra deg.',
  en: 'We have not had the measurements that we expect from you.',
};
const NOT_NEEDED: Words = {
  nb: 'Vi har ikke fått målinger fra deg på en stund. Du har pause, og trenger ikke å måle.',
  en: 'We have had no measurements from you for a while. You have a pause and need not measure.',
};
const NOT_MEASURED: Words = { nb: `${NOT_COME.nb} Mål nå, hvis du kan.`, en: `${NOT_COME.en} Please measure now, if you can.` };
/** By who is silent. Nobody is told to measure from whom nothing could come. */
const NOT_HEARD: Readonly<Record<SilenceCause, Words>> = {
  patient: NOT_MEASURED,
  unknown: NOT_MEASURED,
  device: {
    nb: `${NOT_HAD.nb} Det kan være noe galt med apparatet: sjekk batteriet. Virker det ikke, si fra til oppfølgingen.`,
    en: `${NOT_HAD.en} Something may be wrong with the device: check its battery. If it does not work, tell your follow-up service.`,
  },
  gateway: {
    nb: 'Vi har ikke kontakt med utstyret hjemme hos deg, og får ikke målingene dine.',
    en: 'We are not in contact with the equipment in your home, and do not get your readings.',
  },
  service: {
    nb: 'Vi har ikke kunnet ta imot målingene dine. Feilen er hos oss.',
    en: 'We have not been able to take your readings. The fault is ours.',
  },
};
const IF_ILL: Words = {
  nb: 'Er du blitt syk, ring fastlegen eller legevakten på 116117. Ring 113 hvis det er fare for livet.',
  en: 'If you have become ill, call your GP or the out-of-hours service on 116117. Call 113 if your life may be in danger.',
};

function isThere(owner: Unit | undefined, now: Date): owner is Unit {
  return owner !== undefined && isStaffed(owner, now);
}

const watching = ({ name }: Unit): Words => ({
  nb: `${name} er på jobb nå og har hendelsen på listen sin.`,
  en: `${name} is at work now and has this on their list.`,
});

function nobodyUntil(owner: Unit | undefined, { plan, now }: Place): Words {
  const nobody = { nb: 'Ingen følger med på målingene dine nå.', en: 'Nobody is watching your readings now.' };
  const back = owner === undefined || isStaffed(owner, now) ? null : nextStaffed(owner, now);
  if (owner === undefined || back === null) return nobody;
  const { nb, en } = momentWords(plan.zone, back);
  return join(nobody, { nb: `${owner.name} er tilbake ${nb}.`, en: `${owner.name} is back on ${en}.` });
}

function join(...parts: readonly Words[]): Words {
  return { nb: parts.map(({ nb }) => nb).join(' '), en: parts.map(({ en }) => en).join(' ') };
}
