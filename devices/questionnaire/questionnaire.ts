import { seededChance } from '../person/chance.js';
import { worsening, type Person } from '../person/person.js';

/** What a person is followed up for, as far as it decides what they are asked. */
export type Followed = 'copd' | 'hf' | 'htn' | 'dm' | 'frail';

/** A filled-in questionnaire before anybody sends it. */
export interface Filled {
  readonly questionnaire: 'daily' | 'weekly' | 'pressure' | 'advice' | 'plan-step' | 'weight';
  readonly version: 1 | 2;
  readonly items: Readonly<Record<string, boolean | number | string>>;
}

const DAY_MS = 86_400_000;
/** Share of days on which somebody without any change says yes to a question about it. */
const FALSE_YES = 0.02;
/** How far a worsening must have come (0 to 1) before the person notices and says so. People feel it before devices show much. */
const LUNGS: Readonly<Record<string, number>> = {
  cough_worse: 0.1,
  dyspnoea_worse: 0.15,
  sputum_more: 0.2,
  symptoms_worse: 0.3,
  wheeze_worse: 0.35,
  sputum_colour: 0.45,
  cold_or_sore_throat: 0.05,
  fever_felt: 0.7,
};
const FLUID: Readonly<Record<string, number>> = {
  swelling_worse: 0.2,
  breathlessness_worse: 0.4,
  slept_propped_up: 0.6,
  woke_breathless: 0.75,
  lightheaded: 0.8,
  much_worse: 0.9,
};
const EMERGENCIES = [
  ...['breathless_at_rest_severe', 'cannot_finish_sentence', 'new_confusion_or_drowsy', 'blue_lips', 'chest_pain', 'fainted'],
] as const;
/** Asked, and never yes here: nobody simulated has a stroke, falls or is sick. */
const NEVER: Readonly<Record<Followed, readonly string[]>> = {
  copd: ['new_confusion', 'plan_step_started'],
  hf: ['new_confusion'],
  htn: ['severe_headache', 'vision_change', 'speech_trouble', 'numb_or_weak', 'back_pain_sudden'],
  dm: ['vomiting', 'new_confusion'],
  frail: ['new_confusion', 'fall', 'not_eating_or_drinking', 'not_out_of_bed'],
};

/** How a person answers the day's questions at a moment. The same person says the same all day, whenever they are asked. */
export function answerDaily(person: Person, followed: readonly Followed[], at: Date): Filled {
  const items: Record<string, boolean | number> = {};
  for (const code of EMERGENCIES) items[code] = false;
  for (const programme of followed) for (const code of NEVER[programme]) items[code] = false;
  const lungs = person.course === 'exacerbation' ? worsening(person, at) : 0;
  const fluid = person.course === 'fluid' ? worsening(person, at) : 0;
  const says = sayer(person, at);
  if (followed.includes('copd')) {
    for (const [code, noticedAt] of Object.entries(LUNGS)) items[code] = says(code, lungs, noticedAt);
    items['dyspnoea_vas'] = breathlessness(person, at, Math.max(lungs, fluid));
  }
  if (followed.includes('hf')) {
    for (const [code, noticedAt] of Object.entries(FLUID)) items[code] = says(code, fluid, noticedAt);
    // Asked once for both programmes.
    if (followed.includes('copd')) {
      items['dyspnoea_worse'] = items['dyspnoea_worse'] === true || items['breathlessness_worse'] === true;
      delete items['breathlessness_worse'];
    }
  }
  items['contact_request'] = false;
  return { questionnaire: 'daily', version: 2, items };
}

/** How a person with COPD answers the week's questions: eight items of CAT and one grade of mMRC. */
export function answerWeekly(person: Person, at: Date): Filled {
  const worse = person.course === 'exacerbation' ? worsening(person, at) : 0;
  const usual = seededChance(`${person.seed}/cat`);
  const items: Record<string, number | string> = {};
  for (let item = 1; item <= 8; item++) {
    const noise = seededChance(`${person.seed}/cat/${item}/${dayOf(at)}`).next() < 0.15 ? 1 : 0;
    items[`cat_${item}`] = Math.min(5, 1 + Math.floor(usual.next() * 2) + noise + Math.round(worse * 2));
  }
  items['mmrc'] = String(1 + Math.floor(usual.next() * 2) + (worse > 0.5 ? 1 : 0));
  return { questionnaire: 'weekly', version: 1, items };
}

/** Signs of a very high pressure; nobody simulated has a stroke or an aorta that tears. */
const PRESSURE_NEVER = ['vision_change', 'speech_trouble', 'numb_or_weak', 'back_pain_sudden'] as const;
/** What the day's questions ask of everybody: the person says the same here. */
const PRESSURE_DAILY = ['chest_pain', 'breathless_at_rest_severe', 'new_confusion_or_drowsy'] as const;
/** Share of people whom a very high pressure gives a severe headache. */
const HEADACHE = 0.1;

/** How a person answers whether a very high pressure comes with warning signs: most feel nothing, a few have a severe headache of it each time. */
export function answerPressure({ seed }: Person): Filled {
  const signs = [...PRESSURE_DAILY, ...PRESSURE_NEVER].map((code) => [code, false] as const);
  const items = { ...Object.fromEntries(signs), severe_headache: seededChance(`${seed}/pressure`).next() < HEADACHE };
  return { questionnaire: 'pressure', version: 1, items };
}

const dayOf = (at: Date): number => Math.floor(at.getTime() / DAY_MS);

/** Yes when a worsening has come far enough to be noticed by this person; now and then yes for no reason. */
function sayer(person: Person, at: Date): (code: string, worse: number, noticedAt: number) => boolean {
  return (code, worse, noticedAt) => {
    const own = seededChance(`${person.seed}/notices/${code}`).next();
    const today = seededChance(`${person.seed}/says/${code}/${dayOf(at)}`).next();
    return worse > noticedAt * (0.7 + 0.6 * own) || today < FALSE_YES;
  };
}

function breathlessness(person: Person, at: Date, worse: number): number {
  const usual = 1 + Math.floor(seededChance(`${person.seed}/vas`).next() * 3);
  const noise = Math.round(0.6 * seededChance(`${person.seed}/vas/${dayOf(at)}`).bell());
  return Math.max(0, Math.min(10, usual + noise + Math.round(worse * 6)));
}
