import { momentWords, type Pause } from '@varde/plans';
import type { Words } from '@varde/rules';

const HOUR_MS = 3_600_000;
/** A pause that is about to end is told of this long before, a short one a quarter of its time; milliseconds. */
export const PAUSE_REMINDS_BEFORE_MS = 24 * HOUR_MS;
/** An end that nobody could be told of for so long (the service was away) is not told any more. */
const ENDED_TOLD_MS = 7 * 24 * HOUR_MS;

/** What those whom a pause concerns are told of. */
export type PauseMoment = 'began' | 'ends_soon' | 'ended';

/** What is to be told of a pause now; null: nothing, or it has been told. Nobody is told of a pause that was taken back before it began. */
export function pauseMomentDue(pause: Pick<Pause, 'from' | 'to'>, told: readonly PauseMoment[], now: Date): PauseMoment | null {
  const [fromMs, toMs, nowMs] = [pause.from.getTime(), pause.to.getTime(), now.getTime()];
  if (toMs <= fromMs || nowMs < fromMs) return null;
  const isNew = (moment: PauseMoment) => (told.includes(moment) ? null : moment);
  if (nowMs >= toMs) return nowMs - toMs < ENDED_TOLD_MS ? isNew('ended') : null;
  const remindsAtMs = toMs - Math.min(PAUSE_REMINDS_BEFORE_MS, (toMs - fromMs) / 4);
  return isNew('began') ?? (nowMs >= remindsAtMs ? isNew('ends_soon') : null);
}

const KIND_WORDS: Readonly<Record<Pause['kind'], Words>> = {
  admission: { nb: 'innleggelse', en: 'admission' },
  holiday: { nb: 'ferie', en: 'holiday' },
  other: { nb: 'annet', en: 'other' },
};

/** What the units of the patient's team are told. */
export function pauseWordsForTeam(moment: PauseMoment, { kind, to }: Pick<Pause, 'kind' | 'to'>, zone: string): Words {
  const [why, end] = [KIND_WORDS[kind], momentWords(zone, to)];
  switch (moment) {
    case 'began':
      return {
        nb: `Pause (${why.nb}) til ${end.nb}: målinger og skjema ventes ikke. Røde og akutte regler går som før.`,
        en: `Paused (${why.en}) until ${end.en}: measurements and questionnaires are not expected. Red and critical rules run on.`,
      };
    case 'ends_soon':
      return {
        nb: `Pausen (${why.nb}) går ut ${end.nb}: målinger ventes igjen fra da. Forleng den, eller avtal med pasienten.`,
        en: `The pause (${why.en}) ends ${end.en}: measurements are expected again from then on. Prolong it, or arrange it with the patient.`,
      };
    case 'ended':
      return {
        nb: `Pausen (${why.nb}) er slutt ${end.nb}: målinger ventes igjen som planlagt.`,
        en: `The pause (${why.en}) has ended ${end.en}: measurements are expected again as planned.`,
      };
  }
}

const IF_WORSE: Words = {
  nb: 'Blir du dårligere, gjør som avtalt i planen din, eller ring 116117. Ved fare for liv: ring 113.',
  en: 'If you get worse, do as agreed in your plan, or call 116117. When life is in danger: call 113.',
};

/** On which days to measure after a pause. */
function daysWords(isFollowed: boolean, when: Words): Words {
  if (!isFollowed) return { nb: `Mål som vanlig ${when.nb}.`, en: `Measure as usual ${when.en}.` };
  return {
    nb: `En hendelse hos deg er fortsatt åpen: mål ${when.nb} slik det er avtalt for slike perioder, til du får beskjed om noe annet.`,
    en: `An episode of yours is still open: measure ${when.en} as agreed for times like this, until you are told otherwise.`,
  };
}

/**
 * What the patient is told at home.
 * @param isFollowed whether an episode is open that they are followed closely because of
 */
export function pauseWordsForHome(
  moment: PauseMoment,
  { to, isFollowed }: Pick<Pause, 'to'> & { isFollowed: boolean },
  zone: string,
): Words {
  const end = momentWords(zone, to);
  switch (moment) {
    case 'began':
      return {
        nb: `Du har pause fra målingene til ${end.nb}. Du kan måle om du vil. ${IF_WORSE.nb}`,
        en: `You need not measure until ${end.en}. You may measure if you like. ${IF_WORSE.en}`,
      };
    case 'ends_soon': {
      const days = daysWords(isFollowed, { nb: 'fra da', en: 'from then on' });
      return { nb: `Pausen fra målingene går ut ${end.nb}. ${days.nb}`, en: `The pause from measuring ends ${end.en}. ${days.en}` };
    }
    case 'ended': {
      const days = daysWords(isFollowed, { nb: 'igjen', en: 'again' });
      return {
        nb: `Pausen fra målingene er slutt. ${days.nb} ${IF_WORSE.nb}`,
        en: `The pause from measuring has ended. ${days.en} ${IF_WORSE.en}`,
      };
    }
  }
}
