import { momentWords } from '@varde/plans';
import type { Words } from '@varde/rules';
import type { Route } from './pathway.js';
import { byLimits, passedOver, type NamedUnit } from './treatment-limits.js';
import type { Unit } from './unit.js';
import { LEVEL_WORDS, RESPONSIBLE_WORDS, stepName } from './wording.js';

/** Nobody is left on the ladder to tell. */
export const ENDED: Words = {
  nb: 'Varslingstrappen er slutt uten at noen har kvittert; hendelsen er fortsatt hos ansvarlig enhet',
  en: 'The ladder has ended and nobody has acknowledged; the episode is still with its owner',
};

/** Long after the ladder ended, still nobody has it. */
export const AGAIN: Words = {
  nb: 'Fortsatt har ingen kvittert; varslingstrappen begynner på nytt',
  en: 'Still nobody has acknowledged; the ladder begins again',
};

/** Nobody is staffed; it waits for the first who is. */
export function beginsAgain(unit: Unit, at: Date, zone: string): Words {
  const { nb, en } = momentWords(zone, at);
  return {
    nb: `Ingen i varslingstrappen er bemannet nå; den begynner på nytt når ${unit.name} er bemannet ${nb}`,
    en: `Nobody on the ladder is staffed now; it begins again when ${unit.name} is staffed on ${en}`,
  };
}

/** Nobody is staffed, and nobody is known to come. */
export function nobodyKnown(at: Date, zone: string): Words {
  const { nb, en } = momentWords(zone, at);
  return {
    nb: `Ingen i varslingstrappen er bemannet, og ingen er satt opp; det prøves igjen ${nb}`,
    en: `Nobody on the ladder is staffed, and nobody is on any roster; it is tried again on ${en}`,
  };
}

function nameOf({ ladder }: Route, index: number): Words {
  return stepName(ladder[index]?.to ?? '', index + 1, ladder.length);
}

/** A step that reaches nobody. */
export function movedOn(route: Route, index: number): Words {
  const [name, level] = [nameOf(route, index), route.ladder[index]?.careLevel];
  const words = level === undefined || level === 'responsible' ? RESPONSIBLE_WORDS : LEVEL_WORDS[level];
  return {
    nb: `${name.nb}: ingen bemannet enhet (${words.nb}); går videre med en gang`,
    en: `${name.en}: no staffed unit (${words.en}); moves on at once`,
  };
}

/** A step that somebody is told by, and what treatment limits have to do with it. */
export function told(
  route: Route,
  { index, unit }: { readonly index: number; readonly unit: Unit },
  { named, at }: { readonly named: NamedUnit | null; readonly at: Date },
): Words {
  const name = nameOf(route, index);
  const { nb, en } = { nb: `${name.nb}: ${unit.name} varsles`, en: `${name.en}: ${unit.name} is told` };
  if (named === null) return { nb, en };
  const why = named.unit?.id === unit.id ? byLimits(named.limits) : passedOver(named, at);
  return { nb: `${nb}, ${why.nb}`, en: `${en}, ${why.en}` };
}
