import { clockWords, momentWords, plannedWords, type Pause, type Planned } from '@varde/plans';
import type { Words } from './finding.js';
import type { Silence } from './silence.js';
import { durationWords, join } from './words.js';

function namesOf(metrics: readonly Planned[]): Words {
  return join([...metrics].sort().map(plannedWords), ', ');
}

/** A forgotten measurement in words. */
export function tellOverdue({ anchorMs, atMs, metrics }: Silence, zone: string): Words {
  const names = namesOf(metrics);
  const clock = clockWords(zone, new Date(anchorMs));
  const grace = durationWords(atMs - anchorMs);
  return {
    nb: `Planlagt måling ${clock.nb} mangler etter ${grace.nb}: ${names.nb}.`,
    en: `The measurement planned for ${clock.en} is missing after ${grace.en}: ${names.en}.`,
  };
}

/** A lasting silence in words. */
export function tellMissed({ metrics }: Silence, limits: { readonly count: number; readonly hours: number }): Words {
  const names = namesOf(metrics);
  return {
    nb: `Ingen data på ${limits.count} planlagte målinger eller ${limits.hours} timer: ${names.nb}.`,
    en: `No data for ${limits.count} planned measurements or ${limits.hours} hours: ${names.en}.`,
  };
}

/** A silence in the middle of an open episode, in words. */
export function tellSilentEpisode(hours: number): Words {
  return {
    nb: `Ingen data på ${hours} timer mens en alvorlig hendelse er åpen.`,
    en: `No data for ${hours} hours while a grave episode is open.`,
  };
}

/** A step of the self-treatment plan that has not helped, in words. */
export function tellNoImprovement(hours: number): Words {
  return {
    nb: `${hours} timer siden egenbehandlingen ble startet, og ingen bedring er meldt.`,
    en: `${hours} hours since the self-treatment was started, and no improvement has been told.`,
  };
}

const PAUSE_WORDS: Readonly<Record<Pause['kind'], Words>> = {
  admission: { nb: 'innlagt', en: 'admitted' },
  holiday: { nb: 'ferie', en: 'holiday' },
  other: { nb: 'pause', en: 'pause' },
};

/** Why nothing is expected now. */
export function tellPause({ kind, to }: Pause, zone: string): Words {
  const { nb, en } = PAUSE_WORDS[kind];
  const until = momentWords(zone, to);
  return { nb: `Ingen målinger ventes (${nb} til ${until.nb}).`, en: `No measurements are expected (${en} until ${until.en}).` };
}

/** What was missing is planned only while an episode is open. */
export const EPISODE_OVER: Words = {
  nb: 'Ventes ikke lenger: det var avtalt bare så lenge hendelsen varte.',
  en: 'Not expected any more: it was agreed only for as long as the episode lasted.',
};

/** A measurement that was not missing after all. */
export function tellLate(observedAt: Date, receivedAt: Date, zone: string): Words {
  const [made, came] = [momentWords(zone, observedAt), momentWords(zone, receivedAt)];
  return {
    nb: `Kom sent, målt i tide: målt ${made.nb}, mottatt ${came.nb}.`,
    en: `Arrived late, measured in time: measured on ${made.en}, received on ${came.en}.`,
  };
}
