import { localClock, localDay } from '@varde/plans';
import type { Words } from '@varde/rules';
import { worklistStaleSince, type BlindPart, type Blindness, type BlindWhy, type CaughtUp } from '@varde/store';
import type { Stop } from './self-test.js';

/** Something blind, to be put in words. */
export type BlindWords = Pick<Blindness, 'part' | 'why' | 'since' | 'to' | 'detail'>;

const ZONE = 'Europe/Oslo';
const PARTS: Readonly<Record<Exclude<BlindPart, 'gateway' | 'chain'>, Words>> = {
  broker: { nb: 'mottaket fra hjemmene', en: 'reception from homes' },
  ingest: { nb: 'lagringen av målinger', en: 'storing of readings' },
  watch: { nb: 'vurderingen av målinger', en: 'judging of readings' },
  notices: { nb: 'utsendingen av varsler', en: 'sending of notices' },
  homes: { nb: 'sendingen til hjemmene', en: 'sending to homes' },
  triage: { nb: 'arbeidslisten', en: 'the worklist' },
  database: { nb: 'databasen', en: 'the database' },
};
/** In the perfect tense: since when follows. */
const WHY: Readonly<Record<BlindWhy, Words>> = {
  silent: { nb: 'har ikke svart', en: 'has not answered' },
  late: { nb: 'har ligget etter', en: 'has been behind' },
  not_arrived: { nb: 'har ikke kommet fram', en: 'has not arrived' },
};

const STOPPED: Readonly<Record<Stop, Words>> = {
  'not connected': { nb: 'fikk ikke forbindelse', en: 'not connected' },
  'not acknowledged': { nb: 'ikke kvittert', en: 'not acknowledged' },
  'not stored': { nb: 'ikke lagret', en: 'not stored' },
  'not looked at': { nb: 'ikke vurdert', en: 'not looked at' },
  'no notice': { nb: 'ikke varslet', en: 'no notice' },
  'not told to the worklist': { nb: 'ikke meldt til arbeidslisten', en: 'not told to the worklist' },
};

const DO_NOT_RELY: Words = {
  nb: 'Stol ikke på arbeidslisten før det meldes at Varde ser igjen.',
  en: 'Do not rely on the worklist until it is said that Varde sees again.',
};
const LOOK: Words = { nb: 'Varsler kan utebli: se på arbeidslisten.', en: 'Messages may be missing: look at the worklist.' };
const NO_MESSAGES: Words = { nb: 'Varsler kan utebli.', en: 'Messages may be missing.' };
const NO_LIST: Words = { nb: 'Arbeidslisten kan mangle eller stå stille.', en: 'The worklist may be missing or stand still.' };
const UNTOLD: Words = { nb: 'Pasienter kan ha gått glipp av beskjeder.', en: 'Patients may not have been told.' };
const NO_READINGS: Words = { nb: 'Målinger kan mangle.', en: 'Readings may be missing.' };
const NONE_FROM_THERE: Words = { nb: 'Målinger derfra kan mangle.', en: 'Readings from there may be missing.' };

/** Day and time where the readers are; the day only when it is another one than today. */
export function timeOf(at: Date, now: Date): string {
  const time = localClock(ZONE, at);
  if (localDay(ZONE, at) === localDay(ZONE, now)) return time;
  const day = new Intl.DateTimeFormat('nb-NO', { timeZone: ZONE, day: '2-digit', month: '2-digit' }).format(at);
  return `${day} ${time}`;
}

function subjectOf(each: readonly BlindWords[]): Words {
  const [first] = each;
  if (first?.part === 'gateway') {
    return each.length === 1
      ? { nb: 'utstyret i ett hjem', en: 'the gateway of one home' }
      : { nb: `utstyret i ${each.length} hjem`, en: `the gateways of ${each.length} homes` };
  }
  if (first?.part === 'chain') return { nb: 'prøvemålingen', en: 'the test reading' };
  return PARTS[first?.part ?? 'database'];
}

/** The gravest first: gateways, of which there may be a valley, after all parts. */
function byPart(all: readonly BlindWords[]): BlindWords[][] {
  const inOrder = [...all.filter(({ part }) => part !== 'gateway'), ...all.filter(({ part }) => part === 'gateway')];
  const parts = [...new Set(inOrder.map(({ part, why }) => `${part} ${why}`))];
  return parts.map((key) => all.filter(({ part, why }) => `${part} ${why}` === key));
}

const earliest = (all: readonly BlindWords[]): Date => new Date(Math.min(...all.map(({ since }) => since.getTime())));

/** What people do about it. Where the worklist may be stale or is not there, nobody is sent to it. */
function whatFollows(all: readonly BlindWords[]): Words[] {
  const is = (part: BlindPart, ...stops: readonly Stop[]): boolean =>
    all.some((each) => each.part === part && (stops.length === 0 || stops.some((stop) => stop === each.detail)));
  const isStale = worklistStaleSince(all) !== null;
  const isListAway = is('triage') || is('chain', 'not told to the worklist');
  const mayLack = is('chain', 'not connected', 'not acknowledged', 'not stored', 'not looked at');
  const noMessages = is('notices') || is('chain', 'no notice');
  return [
    ...(isStale ? [DO_NOT_RELY] : []),
    ...(isListAway && !isStale ? [NO_LIST] : []),
    ...(mayLack && !isStale ? [NO_READINGS] : []),
    ...(noMessages ? [isStale || isListAway ? NO_MESSAGES : LOOK] : []),
    ...(is('homes') ? [UNTOLD] : []),
    ...(is('gateway') && !isStale && !mayLack ? [all.every(({ part }) => part === 'gateway') ? NONE_FROM_THERE : NO_READINGS] : []),
  ];
}

const CHANNEL_WORDS = new Map<string, Words>([
  ['sms', { nb: 'SMS', en: 'text messages' }],
  ['email', { nb: 'e-post', en: 'e-mail' }],
  ['webhook', { nb: 'meldinger til andre systemer', en: 'messages to other systems' }],
]);

/** The channels by which nothing gets out. */
function channelsOf(detail: string): Words {
  const names = detail.split(',').map((channel) => CHANNEL_WORDS.get(channel) ?? { nb: channel, en: channel });
  const [nb, en] = [names.map((each) => each.nb).join(' og '), names.map((each) => each.en).join(' and ')];
  return { nb: ` (${nb} kommer ikke ut)`, en: ` (${en} ${detail === 'email' ? 'does' : 'do'} not get out)` };
}

function detailOf(each: BlindWords | undefined): Words {
  if (!each?.detail) return { nb: '', en: '' };
  const { part, detail } = each;
  if (part === 'notices') return channelsOf(detail);
  const stopped = part === 'chain' ? new Map<string, Words>(Object.entries(STOPPED)).get(detail) : undefined;
  return { nb: ` (${stopped?.nb ?? detail})`, en: ` (${stopped?.en ?? detail})` };
}

/** Says what is blind, since when, and what follows from it. */
export function sayBlind(all: readonly BlindWords[], now: Date): Words {
  const groups = byPart(all).map((each) => {
    const [what, since] = [subjectOf(each), timeOf(earliest(each), now)];
    const why = WHY[each[0]?.why ?? 'silent'];
    const isGateway = each[0]?.part === 'gateway';
    const detail = detailOf(each[0]);
    return isGateway
      ? {
          nb: `${what.nb} har ikke hatt kontakt siden ${since}`,
          en: `${what.en} ${each.length === 1 ? 'has' : 'have'} had no contact since ${since}`,
        }
      : { nb: `${what.nb} ${why.nb} siden ${since}${detail.nb}`, en: `${what.en} ${why.en} since ${since}${detail.en}` };
  });
  const follows = whatFollows(all);
  return {
    nb: [`Varde ser ikke: ${groups.map(({ nb }) => nb).join('; ')}.`, ...follows.map(({ nb }) => nb)].join(' '),
    en: [`Varde is blind: ${groups.map(({ en }) => en).join('; ')}.`, ...follows.map(({ en }) => en)].join(' '),
  };
}

/** What has not come, or never will. */
function lostOf({ stillWaiting, homesUntold, noticesGivenUp }: CaughtUp): Words {
  const message = homesUntold === 1 ? { nb: 'beskjed', en: 'message' } : { nb: 'beskjeder', en: 'messages' };
  const lost: Words[] = [
    ...(stillWaiting > 0 ? [{ nb: `${stillWaiting} venter fortsatt`, en: `${stillWaiting} still waiting` }] : []),
    ...(homesUntold > 0
      ? [{ nb: `${homesUntold} ${message.nb} nådde aldri hjemmet`, en: `${homesUntold} ${message.en} never reached a home` }]
      : []),
    ...(noticesGivenUp > 0
      ? [
          {
            nb: `${noticesGivenUp} ${noticesGivenUp === 1 ? 'varsel' : 'varsler'} nådde aldri fram`,
            en: `${noticesGivenUp} ${noticesGivenUp === 1 ? 'notice' : 'notices'} never reached anybody`,
          },
        ]
      : []),
  ];
  if (lost.length === 0) return { nb: 'ingenting er tapt', en: 'nothing is lost' };
  return { nb: lost.map(({ nb }) => nb).join('; '), en: lost.map(({ en }) => en).join('; ') };
}

/** Says that it is over, from when to when it lasted, and what was late because of it. */
export function saySeesAgain(all: readonly BlindWords[], late: CaughtUp, now: Date): Words {
  const groups = byPart(all).map((each) => {
    const to = new Date(Math.max(...each.map((one) => (one.to ?? now).getTime())));
    const [what, from, until] = [subjectOf(each), timeOf(earliest(each), now), timeOf(to, now)];
    return { nb: `${what.nb} fra ${from} til ${until}`, en: `${what.en} from ${from} to ${until}` };
  });
  const { readingsLate, patientsLate, noticesLate } = late;
  const lost = lostOf(late);
  return {
    nb: `Varde ser igjen. Borte: ${groups.map(({ nb }) => nb).join('; ')}. Kom sent: ${readingsLate} målinger, ${patientsLate} pasienter vurdert, ${noticesLate} varsler; ${lost.nb}.`,
    en: `Varde sees again. Away: ${groups.map(({ en }) => en).join('; ')}. Late: ${readingsLate} readings, ${patientsLate} patients judged, ${noticesLate} notices; ${lost.en}.`,
  };
}

/** Says that no process of a service answers. */
export function sayServiceSilent(name: string, since: Date, now: Date): Words {
  const at = timeOf(since, now);
  return {
    nb: `Varde ser ikke: ${name} ${WHY.silent.nb} siden ${at}. ${DO_NOT_RELY.nb}`,
    en: `Varde is blind: ${name} ${WHY.silent.en} since ${at}. ${DO_NOT_RELY.en}`,
  };
}

/** Says that a service answers again. */
export function sayServiceAnswers(name: string, since: Date, now: Date): Words {
  const [from, to] = [timeOf(since, now), timeOf(now, now)];
  return {
    nb: `${name} svarer igjen. Borte fra ${from} til ${to}. Hjemmene har beholdt det de målte, og sender det nå.`,
    en: `${name} answers again. Away from ${from} to ${to}. Homes have kept what they measured and are sending it now.`,
  };
}
