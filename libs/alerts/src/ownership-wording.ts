import type { Words } from '@varde/rules';

/** Given to one person of the owner. */
export const assigned = (name: string): Words => ({ nb: `Tildelt ${name}`, en: `Given to ${name}` });

/** Ownership is offered to another unit. */
export const offered = (unit: string, deadlineAt: Date, reason: string): Words => ({
  nb: `Tilbudt ${unit}, svar innen ${deadlineAt.toISOString()}: ${reason}`,
  en: `Offered to ${unit}, to be answered by ${deadlineAt.toISOString()}: ${reason}`,
});

/** The other unit has taken it. */
export const accepted = (unit: string, endsAt: Date | null): Words => ({
  nb: `${unit} har overtatt${endsAt ? `; kvittert til ${endsAt.toISOString()}` : ''}`,
  en: `${unit} has accepted it${endsAt ? `; acknowledged until ${endsAt.toISOString()}` : ''}`,
});

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
export const offerRanOut = (deadlineAt: Date): Words => ({
  nb: `Ingen svarte på tilbudet innen ${deadlineAt.toISOString()}; ansvaret er ikke flyttet`,
  en: `Nobody answered the offer by ${deadlineAt.toISOString()}; the owner is the same`,
});

/** Advice is asked of another unit. */
export const adviceAsked = (unit: string, deadlineAt: Date, question: string): Words => ({
  nb: `${unit} bes om råd innen ${deadlineAt.toISOString()}: ${question}`,
  en: `${unit} is asked for advice by ${deadlineAt.toISOString()}: ${question}`,
});

/** A question of an episode that has come in goes on here. */
export const adviceGoesOn = (number: number, deadlineAt: Date, question: string): Words => ({
  nb: `Spørsmålet går videre her som nummer ${number}, svar innen ${deadlineAt.toISOString()}: ${question}`,
  en: `The question goes on here as number ${number}, to be answered by ${deadlineAt.toISOString()}: ${question}`,
});

/** Advice has come. */
export const adviceGiven = (unit: string, answer: string): Words => ({
  nb: `Råd fra ${unit}: ${answer}`,
  en: `Advice from ${unit}: ${answer}`,
});

/** Advice has not come in time. */
export const adviceRanOut = (number: number, deadlineAt: Date): Words => ({
  nb: `Spørsmål ${number} er ikke besvart innen ${deadlineAt.toISOString()}`,
  en: `Question ${number} was not answered by ${deadlineAt.toISOString()}`,
});

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
