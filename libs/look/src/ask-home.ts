import {
  actOfAnchor,
  confirmWindowMs,
  isRefusedAnchor,
  LIVE_MS,
  saidOfWeights,
  type Confirm,
  type Finding,
  type Words,
} from '@varde/rules';
import { askedAnew, settledAnew, type AskedBeside } from './ask-anew.js';

/** A measurement the home is asked to repeat, in words the patient can be shown. */
export interface HomeAsk {
  /** What it is about, the anchor of the findings that wait for it (`m:42`, `r:7`): asked once, however many rules wait. */
  readonly key: string;
  /** The measurement to repeat; null when a refused value is to be measured anew (`r:7`). */
  readonly measurementId: number | null;
  readonly restMinutes: number;
  /** How many measurements, one to two minutes apart. */
  readonly times: number;
  /** After this nobody waits for it any more. */
  readonly answerBy: Date;
  readonly text: Words;
}

/** How long somebody sits still before a measurement that is asked for. */
export const REST_MINUTES = 5;

interface Profile {
  /** What the catalogue says (`confirmation_profiles`), and where these numbers come from; a test holds that it still says so. */
  readonly words: string;
  readonly restMinutes: number;
  readonly times: number;
  /** How long a profile that fires at once waits for the new reading; null: until the finding's own window ends. */
  readonly withinMs: number | null;
}

/** How each confirmation profile is put to a home; null asks for nothing. */
export const ASKED_BY: Readonly<Record<Confirm, Profile | null>> = {
  none: null,
  parallel_15min: { words: 'fires at once and asks for a new reading', restMinutes: 0, times: 1, withinMs: 15 * 60_000 },
  remeasure_30min: { words: 'asks for a new reading after 5 minutes of rest', restMinutes: REST_MINUTES, times: 1, withinMs: null },
  remeasure_60min: { words: 'same with 60 minutes', restMinutes: REST_MINUTES, times: 1, withinMs: null },
  bp_repeat: { words: 'two more readings 1-2 minutes apart after 5 minutes of rest', restMinutes: REST_MINUTES, times: 2, withinMs: null },
  reweigh_same_day: { words: 'a second weighing the same day decides', restMinutes: 0, times: 1, withinMs: null },
};

/** A doubtful first reading under a profile that asks for nothing is still to be repeated (catalogue `plausibility`, "confirm"). */
const DOUBTFUL: Omit<Profile, 'words'> = { restMinutes: REST_MINUTES, times: 1, withinMs: null };
const WEIGHING: Omit<Profile, 'words'> = { ...DOUBTFUL, restMinutes: 0 };

/**
 * What a look asks of the home because of its new findings: one request per measurement, with the longest rest, the most repeats and
 * the latest end of those the waiting rules want; without rest where one of them cannot wait. What was measured so long ago that its window
 * is over is asked for only when it came late.
 */
export function asksOf(
  input: AskedBeside['input'],
  findings: readonly Finding[],
  cleared: AskedBeside['cleared'] = [],
): readonly HomeAsk[] {
  const asks = new Map<string, Wanted>();
  for (const finding of findings) {
    const wanted = wantedBy(finding, { input, findings, cleared }) ?? wantedLate(input, finding);
    if (wanted === null || wanted.answerBy <= input.now) continue;
    // Two values of one act, both refused, are one measurement to repeat.
    const about = wanted.measurementId === null ? `r ${finding.at.getTime()}` : wanted.key;
    const known = asks.get(about);
    asks.set(about, known === undefined ? wanted : both(known, wanted));
  }
  return [...asks.values()].map(({ isWeighing, isUrgent: _isUrgent, ...ask }) => ({ ...ask, text: textOf(ask, isWeighing) }));
}

/** The requests that have been answered: a measurement has confirmed or settled what waited for it, or can be used where the last could not. */
export function settledAsks(
  input: AskedBeside['input'],
  findings: readonly Finding[],
  cleared: AskedBeside['cleared'] = [],
): readonly string[] {
  const whose = saidOfWeights(input.window.answers);
  const settled = findings.filter(
    ({ ruleId, anchor, result }) =>
      (result === 'fire' || result === 'not_confirmed') &&
      // Somebody else's weight has answered nothing: the patient's own is still waited for.
      whose.get(actOfAnchor(anchor) ?? Number.NaN)?.isMine !== false &&
      input.recorded.some((each) => each.result === 'pending' && each.ruleId === ruleId && each.anchor === anchor),
  );
  return [...new Set([...settled.map(({ anchor }) => anchor), ...settledAnew({ input, cleared })])];
}

interface Wanted extends Omit<HomeAsk, 'text'> {
  readonly isWeighing: boolean;
  /** Nobody sits still first. */
  readonly isUrgent: boolean;
}

function wantedBy(finding: Finding, beside: AskedBeside): Wanted | null {
  const { anchor, result, at, pendingUntil, ruleId, mayMeet = ruleId } = finding;
  const confirm = beside.input.catalogue.rules.find(({ id }) => id === mayMeet)?.confirm;
  const measurementId = actOfAnchor(anchor);
  if (confirm === undefined || (measurementId === null && !isRefusedAnchor(anchor))) return null;
  const profile = ASKED_BY[confirm];
  const isWeighing = confirm === 'reweigh_same_day';
  const of = ({ restMinutes, times }: Omit<Profile, 'words'>, answerBy: Date): Wanted => ({
    key: anchor,
    measurementId,
    restMinutes,
    // Of a value that could not be used one that can be is enough.
    times: measurementId === null ? 1 : times,
    answerBy,
    isWeighing,
    isUrgent: confirm === 'parallel_15min',
  });
  if (result === 'pending' && pendingUntil !== null) return of(profile ?? DOUBTFUL, pendingUntil);
  const anew = askedAnew(finding, beside);
  if (anew !== null) return anew.isWeighing ? { ...of(WEIGHING, anew.answerBy), isWeighing: true } : of(DOUBTFUL, anew.answerBy);
  if (result !== 'fire' || profile === null || profile.withinMs === null) return null;
  return of(profile, new Date(at.getTime() + profile.withinMs));
}

/**
 * A value that reached us when the window of its re-measure was over, and yet is treated as live (`late_data_policy`): it has fired without
 * the home having been asked, and is asked for all the same.
 */
function wantedLate({ catalogue, now }: AskedBeside['input'], { ruleId, anchor, result, at, receivedAt }: Finding): Wanted | null {
  const confirm = catalogue.rules.find(({ id }) => id === ruleId)?.confirm;
  const measurementId = actOfAnchor(anchor);
  if (result !== 'fire_unconfirmed' || confirm === undefined || measurementId === null) return null;
  const lateMs = receivedAt.getTime() - at.getTime();
  const windowMs = confirmWindowMs(confirm);
  if (lateMs < windowMs || lateMs > LIVE_MS) return null;
  const { restMinutes, times } = ASKED_BY[confirm] ?? DOUBTFUL;
  const answerBy = new Date(now.getTime() + windowMs);
  return { key: anchor, measurementId, restMinutes, times, answerBy, isWeighing: false, isUrgent: false };
}

function both(a: Wanted, b: Wanted): Wanted {
  const isUrgent = a.isUrgent || b.isUrgent;
  const isWeighing = a.isWeighing || b.isWeighing;
  return {
    ...a,
    restMinutes: isUrgent || isWeighing ? 0 : Math.max(a.restMinutes, b.restMinutes),
    times: Math.max(a.times, b.times),
    answerBy: a.answerBy > b.answerBy ? a.answerBy : b.answerBy,
    isWeighing,
    isUrgent,
  };
}

function textOf({ restMinutes, times }: Omit<HomeAsk, 'text'>, isWeighing: boolean): Words {
  if (isWeighing) return { nb: 'Vei deg en gang til i dag.', en: 'Please weigh yourself once more today.' };
  const rest =
    restMinutes > 0
      ? { nb: `Sitt i ro i ${restMinutes} minutter. `, en: `Please sit still for ${restMinutes} minutes. ` }
      : { nb: '', en: '' };
  return times > 1
    ? {
        nb: `${rest.nb}Mål så ${times === 2 ? 'to' : times} ganger til, med ett til to minutter mellom.`,
        en: `${rest.en}Then measure ${times === 2 ? 'two' : times} more times, one to two minutes apart.`,
      }
    : { nb: `${rest.nb}Mål en gang til med samme apparat.`, en: `${rest.en}Please measure once more with the same device.` };
}
