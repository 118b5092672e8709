import type { Domain, Words } from '@varde/rules';
import type { Bridge } from './bridge.js';
import { DOMAIN_NB } from './wording.js';

/** Why of two episodes that are one problem the other goes on. */
export type Survival = 'graver' | 'acknowledged' | 'older';

const WITHIN: Readonly<Record<Bridge, Words>> = {
  vitals: { nb: 'bygger på samme måling', en: 'rest on the same reading' },
  signals: { nb: 'har gitt signal innen 24 timer', en: 'have signalled within 24 hours' },
  breathless: {
    nb: 'har gitt signal innen 72 timer, og pasienten har svart å være tungpusten',
    en: 'have signalled within 72 hours, and the patient has answered to be breathless',
  },
};

const GOES_ON: Readonly<Record<Survival, Words>> = {
  graver: { nb: 'den andre er alvorligst', en: 'the other is the graver' },
  acknowledged: { nb: 'noen har den andre', en: 'a person has the other' },
  older: { nb: 'den andre er eldst', en: 'the other is the older' },
};

/** Why two episodes are one problem. */
export function bridged(bridge: Bridge, domains: readonly Domain[]): Words {
  const [nb, en] = [domains.map((domain) => DOMAIN_NB[domain]), domains.map((domain) => domain.replace('_', ' '))];
  return { nb: `${nb.join(', ')} ${WITHIN[bridge].nb}`, en: `${en.join(', ')} ${WITHIN[bridge].en}` };
}

/** Why they are one problem, and why the other goes on. */
export const goesOn = (because: Words, why: Survival): Words => ({
  nb: `${because.nb}; ${GOES_ON[why].nb}`,
  en: `${because.en}; ${GOES_ON[why].en}`,
});

/** Another has come in. */
export const absorbed = (otherId: number, because: Words): Words => ({
  nb: `Hendelse ${otherId} er samme problem og er tatt inn her: ${because.nb}`,
  en: `Episode ${otherId} is the same problem and has come in here: ${because.en}`,
});

/** It has gone into another. */
export const merged = (intoId: number, because: Words): Words => ({
  nb: `Samme problem som hendelse ${intoId} og går videre der: ${because.nb}`,
  en: `The same problem as episode ${intoId} and goes on there: ${because.en}`,
});

/** To those who had the one that has gone. */
export const nowWith = (otherId: number, owner: string, because: Words): Words => ({
  nb: `Hendelse ${otherId} er tatt inn i denne; ansvarlig er ${owner}: ${because.nb}`,
  en: `Episode ${otherId} has gone into this one; the owner is ${owner}: ${because.en}`,
});

/** A question that goes on nowhere. */
export const notAsked = (number: number, because: Words): Words => ({
  nb: `Spørsmål ${number} gjelder ikke lenger: ${because.nb}`,
  en: `Question ${number} no longer stands: ${because.en}`,
});

/** What has come in stands, and what was here did not. */
export const backInQueue = (): Words => ({
  nb: 'Tilbake i køen: det som er tatt inn, står på',
  en: 'Back in the queue: what has come in stands',
});
