import { momentWords } from '@varde/plans';
import type { Words } from '@varde/rules';

/** By when an answer is wanted, and the zone of those who read it. */
interface Deadline {
  readonly deadlineAt: Date;
  readonly zone: string;
}

/** Given to one person of the owner. */
export const assigned = (name: string): Words => ({ nb: `Tildelt ${name}`, en: `Given to ${name}` });

/** Ownership is offered to another unit. */
export function offered(unit: string, { deadlineAt, zone }: Deadline, reason: string): Words {
  const { nb, en } = momentWords(zone, deadlineAt);
  return { nb: `Tilbudt ${unit}, svar innen ${nb}: ${reason}`, en: `Offered to ${unit}, to be answered by ${en}: ${reason}` };
}

/** The other unit has taken it. */
export function accepted(unit: string, { endsAt, zone }: { readonly endsAt: Date | null; readonly zone: string }): Words {
  const end = endsAt && momentWords(zone, endsAt);
  return {
    nb: `${unit} har overtatt${end ? `; kvittert til ${end.nb}` : ''}`,
    en: `${unit} has accepted it${end ? `; acknowledged until ${end.en}` : ''}`,
  };
}

/** The owner is another one now. */
export const ownerIs = (unit: string, reason: string): Words => ({
  nb: `Ansvarlig er nå ${unit}: ${reason}`,
  en: `The owner is now ${unit}: ${reason}`,
});

/** The patient has moved and the owner serves the new municipality too. */
export const ownerStays = (unit: string, reason: string): Words => ({
  nb: `Ansvarlig er fortsatt ${unit}: ${reason}`,
  en: `The owner is still ${unit}: ${reason}`,
});

/** The other unit says no. */
export const declined = (unit: string, reason: string): Words => ({
  nb: `${unit} tar den ikke: ${reason}`,
  en: `${unit} does not take it: ${reason}`,
});

/** The giver takes the offer back. */
export const recalled = (reason: string): Words => ({ nb: `Tilbudet trukket tilbake: ${reason}`, en: `The offer is recalled: ${reason}` });

/** The offer has ended because the episode has. */
export const offerEnded = (because: Words): Words => ({
  nb: `Tilbudet gjelder ikke lenger: ${because.nb}`,
  en: `The offer no longer stands: ${because.en}`,
});

/** Nobody answered the offer in time. */
export function offerRanOut({ deadlineAt, zone }: Deadline): Words {
  const { nb, en } = momentWords(zone, deadlineAt);
  return {
    nb: `Ingen svarte på tilbudet innen ${nb}; ansvaret er ikke flyttet`,
    en: `Nobody answered the offer by ${en}; the owner is the same`,
  };
}

/** Advice is asked of another unit. */
export function adviceAsked(unit: string, { deadlineAt, zone }: Deadline, question: string): Words {
  const { nb, en } = momentWords(zone, deadlineAt);
  return { nb: `${unit} bes om råd innen ${nb}: ${question}`, en: `${unit} is asked for advice by ${en}: ${question}` };
}

/** A question of an episode that has come in goes on here. */
export function adviceGoesOn(number: number, { deadlineAt, zone }: Deadline, question: string): Words {
  const { nb, en } = momentWords(zone, deadlineAt);
  return {
    nb: `Spørsmålet går videre her som nummer ${number}, svar innen ${nb}: ${question}`,
    en: `The question goes on here as number ${number}, to be answered by ${en}: ${question}`,
  };
}

/** Advice has come. */
export const adviceGiven = (unit: string, answer: string): Words => ({
  nb: `Råd fra ${unit}: ${answer}`,
  en: `Advice from ${unit}: ${answer}`,
});

/** Advice has not come in time. */
export function adviceRanOut(number: number, { deadlineAt, zone }: Deadline): Words {
  const { nb, en } = momentWords(zone, deadlineAt);
  return { nb: `Spørsmål ${number} er ikke besvart innen ${nb}`, en: `Question ${number} was not answered by ${en}` };
}

/** Advice is not waited for any more. */
export const adviceEnded = (number: number, because: Words): Words => ({
  nb: `Spørsmål ${number} gjelder ikke lenger: ${because.nb}`,
  en: `Question ${number} no longer stands: ${because.en}`,
});

/** Why what waits for an answer ends. */
export const BECAUSE: Readonly<Record<'closed' | 'moved' | 'owned' | 'asked', Words>> = {
  closed: { nb: 'hendelsen er avsluttet', en: 'the episode is closed' },
  moved: { nb: 'pasienten er flyttet', en: 'the patient has moved' },
  owned: { nb: 'enheten er selv blitt ansvarlig', en: 'the unit has become the owner itself' },
  asked: { nb: 'enheten er allerede spurt om det samme problemet', en: 'the unit has been asked about the same problem already' },
};
