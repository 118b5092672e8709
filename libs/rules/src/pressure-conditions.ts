import { hasValue, valueOf, type Act } from './act.js';
import { amountOf, compare, difference, MET, UNKNOWN, UNMET, type Answer, type ConditionKind, type Telling } from './condition.js';
import type { FlagSessions, NextProtocolBelow, PairDrop, ProtocolMean, ProtocolPulsePressure } from './conditions.js';
import { isAccepted } from './daily.js';
import type { Words } from './finding.js';
import { slotOf } from './measure.js';
import { dayOf, type Scene } from './scene.js';
import { join, limitWords, metricWords, numberWords, opWords, valueWords } from './words.js';

const MINUTE_MS = 60_000;
const SYSTOLIC = slotOf('systolic');
const DIASTOLIC = slotOf('diastolic');

type Protocol = ProtocolMean | ProtocolPulsePressure;

/** What the readings of a protocol come to; means are NaN while too few were taken. */
interface Means {
  readonly systolic: number;
  readonly diastolic: number;
  readonly readings: number;
  readonly days: number;
  readonly acts: readonly Act[];
}

/** A protocol asks for four readings a day. With fewer than this many a day nobody is following one, and nothing can be said of it. */
const READINGS_A_DAY_MIN = 2;

/**
 * Mean pressures of the last days up to an act, the first day of the protocol left out: "all readings except day 1; single readings
 * say little". Only accepted readings with both pressures count, and none of before the protocol.
 * @param afterMs readings up to this count for nothing
 */
function meansOf(protocol: Protocol, act: Act, scene: Scene, afterMs = Number.NEGATIVE_INFINITY): Means & { readonly isFollowed: boolean } {
  const today = dayOf(act, scene.zone);
  const acts = protocolActs(today - protocol.days + 1, act, scene, afterMs);
  const firstDay = firstDayOf(
    acts.map((each) => dayOf(each, scene.zone)),
    today,
  );
  const fromDay = firstDay + (protocol.discardsFirstDay ? 1 : 0);
  const counted = acts.filter((each) => dayOf(each, scene.zone) >= fromDay);
  return { ...meansOfActs(protocol, counted, scene.zone), isFollowed: Number.isFinite(firstDay) };
}

/** Mean pressures of these readings: those of a protocol without its first day. */
export function meansOfActs(protocol: Protocol, counted: readonly Act[], zone: string): Means {
  const days = new Set(counted.map((each) => dayOf(each, zone))).size;
  const daysMin = protocol.kind === 'protocol_mean' ? protocol.daysMin : 1;
  const isEnough = counted.length >= protocol.readingsMin && days >= daysMin;
  return {
    systolic: isEnough ? meanOf(counted, SYSTOLIC) : Number.NaN,
    diastolic: isEnough ? meanOf(counted, DIASTOLIC) : Number.NaN,
    readings: counted.length,
    days,
    acts: counted,
  };
}

/**
 * First day of the protocol that goes on today: of two days in a row on which it is followed the first. One missed day does not end it, two
 * in a row do (decision 30). Infinity: nobody is following one.
 * @param days the day of each reading
 */
function firstDayOf(days: readonly number[], today: number): number {
  const isFollowed = (day: number): boolean => days.filter((each) => each === day).length >= READINGS_A_DAY_MIN;
  const oldest = Math.min(...days);
  let first = Number.POSITIVE_INFINITY;
  for (let day = today - 1; day >= oldest; day--) {
    const [isThis, isNext] = [isFollowed(day), isFollowed(day + 1)];
    if (isThis && isNext) first = day;
    // Of today there may be more to come.
    if (!isThis && !isNext && day + 1 < today) break;
  }
  return first;
}

function protocolActs(firstDay: number, act: Act, scene: Scene, afterMs: number): readonly Act[] {
  const list = scene.acts.bySlot[SYSTOLIC] ?? [];
  const found: Act[] = [];
  for (let at = list.length - 1; at >= 0; at--) {
    const each = list[at];
    if (each === undefined || each.atMs > act.atMs) continue;
    if (each.atMs <= afterMs || dayOf(each, scene.zone) < firstDay) break;
    if (hasValue(each, DIASTOLIC) && isAccepted(each, SYSTOLIC, scene) && isAccepted(each, DIASTOLIC, scene)) found.push(each);
  }
  return found;
}

function meanOf(acts: readonly Act[], slot: number): number {
  return Math.round((acts.reduce((sum, each) => sum + valueOf(each, slot), 0) / acts.length) * 1e6) / 1e6;
}

/** Whether means meet a protocol's limits; unknown while there are too few readings. */
function judgeMeans(protocol: Protocol, { systolic, diastolic }: Means, limits: readonly number[]): Answer {
  if (protocol.kind === 'protocol_pulse_pressure') {
    return compare(difference(systolic, diastolic), protocol.op, amountOf(protocol.limit, limits));
  }
  const answers = [
    compare(systolic, '>=', amountOf(protocol.systolic, limits)),
    compare(diastolic, '>=', amountOf(protocol.diastolic, limits)),
  ];
  if (answers.includes(MET)) return MET;
  return answers.includes(UNKNOWN) ? UNKNOWN : UNMET;
}

const protocolKind = <Asked extends Protocol>(tell: (condition: Asked, means: Means, telling: Telling) => Words): ConditionKind<Asked> => ({
  slots: () => [SYSTOLIC, DIASTOLIC],
  prepare: (condition) => (act, limits, scene) => {
    const means = meansOf(condition, act, scene);
    // Single readings are no protocol: there is nothing to judge, and nothing is missing.
    return means.isFollowed ? judgeMeans(condition, means, limits) : UNMET;
  },
  tell: (condition, act, telling) => tell(condition, meansOf(condition, act, telling.scene), telling),
  missing: (condition, act, { scene }) => {
    const { readings } = meansOf(condition, act, scene);
    const { readingsMin, days } = condition;
    return {
      nb: `${readings} av minst ${readingsMin} målinger i de ${days} dagene uten den første`,
      en: `${readings} of at least ${readingsMin} readings in the ${days} days without the first`,
    };
  },
  restsOn: (condition, act, scene) => meansOf(condition, act, scene).acts,
});

const protocolMean = protocolKind<ProtocolMean>((condition, means, telling) => {
  const [systolic, diastolic] = [limitWords(condition.systolic, telling), limitWords(condition.diastolic, telling)];
  const pressures = [means.systolic, means.diastolic].map((value) => numberWords(Math.round(value * 10) / 10));
  const mean = { nb: pressures.map(({ nb }) => nb).join('/'), en: pressures.map(({ en }) => en).join('/') };
  const limits = [systolic, diastolic].map(({ value }) => numberWords(value));
  // Each may come from somewhere else: who changes one must not be told that the other is theirs.
  const isOne = systolic.source.en === diastolic.source.en;
  const source = isOne ? systolic.source : join([systolic.source, diastolic.source], ' / ');
  return {
    nb: `Gjennomsnittlig blodtrykk ${mean.nb} mmHg av ${means.readings} målinger på ${means.days} dager; grensen er ${limits.map(({ nb }) => nb).join('/')} (${source.nb})`,
    en: `Mean blood pressure ${mean.en} mmHg of ${means.readings} readings on ${means.days} days; the limit is ${limits.map(({ en }) => en).join('/')} (${source.en})`,
  };
});

const protocolPulsePressure = protocolKind<ProtocolPulsePressure>(({ op, limit }, means, telling) => {
  const told = limitWords(limit, telling);
  const compared = opWords(op, valueWords('systolic', told.value));
  const mean = valueWords('systolic', Math.round(difference(means.systolic, means.diastolic) * 10) / 10);
  return {
    nb: `Gjennomsnittlig pulstrykk ${mean.nb} av ${means.readings} målinger er ${compared.nb} (${told.source.nb})`,
    en: `Mean pulse pressure ${mean.en} of ${means.readings} readings is ${compared.en} (${told.source.en})`,
  };
});

const nextProtocolBelow: ConditionKind<NextProtocolBelow> = {
  slots: () => [SYSTOLIC, DIASTOLIC],
  // The next protocol, not the same one with a day more: readings up to the finding count for nothing.
  prepare:
    ({ protocol }) =>
    (act, limits, scene, firedMs) => {
      const answer = judgeMeans(protocol, meansOf(protocol, act, scene, firedMs), limits);
      return answer === UNKNOWN ? UNKNOWN : answer === MET ? UNMET : MET;
    },
  tell: () => ({ nb: 'Neste gjennomsnitt er under grensen', en: 'The next mean is below the limit' }),
  missing: () => ({ nb: 'for få målinger', en: 'too few readings' }),
};

/** Readings of a cuff this close to the first of them are one session. */
const SESSION_MS = 30 * MINUTE_MS;

/** Sessions of the last days up to an act in which enough of some readings on a row carry the flag. */
function flaggedSessions(condition: FlagSessions, act: Act, scene: Scene): readonly (readonly Act[])[] {
  const slot = slotOf(condition.metric);
  const firstDay = dayOf(act, scene.zone) - condition.days + 1;
  const sessions: Act[][] = [];
  for (const each of scene.acts.bySlot[slot] ?? []) {
    if (each.atMs > act.atMs || !isAccepted(each, slot, scene) || dayOf(each, scene.zone) < firstDay) continue;
    const session = sessions.at(-1);
    if (session?.[0] !== undefined && each.atMs - session[0].atMs <= SESSION_MS) session.push(each);
    else sessions.push([each]);
  }
  return sessions.filter((session) => isFlagged(condition, session, slot));
}

function isFlagged({ perSessionMin, perSessionOf }: FlagSessions, session: readonly Act[], slot: number): boolean {
  return session.some((_first, from) => {
    const flagged = session.slice(from, from + perSessionOf).filter((each) => valueOf(each, slot) > 0);
    return flagged.length >= perSessionMin;
  });
}

const flagSessions: ConditionKind<FlagSessions> = {
  slots: ({ metric }) => [slotOf(metric)],
  prepare: (condition) => {
    const slot = slotOf(condition.metric);
    return (act, limits, scene) => {
      // A reading without the flag makes no session worse.
      if (valueOf(act, slot) === 0) return UNMET;
      return compare(flaggedSessions(condition, act, scene).length, '>=', amountOf(condition.sessions, limits));
    };
  },
  tell: (condition, act, telling) => {
    const { perSessionMin, perSessionOf, days } = condition;
    const told = limitWords(condition.sessions, telling);
    const [found, least] = [numberWords(flaggedSessions(condition, act, telling.scene).length), numberWords(told.value)];
    return {
      nb: `Uregelmessig puls i minst ${perSessionMin} av ${perSessionOf} målinger, ${found.nb} ganger på ${days} dager (${least.nb} eller flere, ${told.source.nb})`,
      en: `Irregular pulse in at least ${perSessionMin} of ${perSessionOf} readings, in ${found.en} sessions within ${days} days (${least.en} or more, ${told.source.en})`,
    };
  },
  missing: ({ metric }) => {
    const name = metricWords(metric);
    return { nb: `måling mangler (${name.nb.toLowerCase()})`, en: `a reading is missing (${name.en.toLowerCase()})` };
  },
  restsOn: (condition, act, scene) => flaggedSessions(condition, act, scene).flat(),
};

const pairDrop: ConditionKind<PairDrop> = {
  slots: ({ sitting, standing }) => [slotOf(sitting), slotOf(standing)],
  prepare: ({ sitting, standing, op, limit }) => {
    const [seated, upright] = [slotOf(sitting), slotOf(standing)];
    return (act, limits) => compare(difference(valueOf(act, seated), valueOf(act, upright)), op, amountOf(limit, limits));
  },
  tell: ({ sitting, standing, op, limit }, act, telling) => {
    const [from, to] = [valueOf(act, slotOf(sitting)), valueOf(act, slotOf(standing))];
    const told = limitWords(limit, telling);
    const compared = opWords(op, valueWords(sitting, told.value));
    const [name, seated, upright, fall] = [
      metricWords(sitting),
      valueWords(sitting, from),
      valueWords(standing, to),
      valueWords(sitting, difference(from, to)),
    ];
    return {
      nb: `${name.nb} faller ${fall.nb} fra sittende ${seated.nb} til stående ${upright.nb} (${compared.nb}, ${told.source.nb})`,
      en: `${name.en} falls ${fall.en} from ${seated.en} sitting to ${upright.en} standing (${compared.en}, ${told.source.en})`,
    };
  },
  missing: () => ({ nb: 'sittende eller stående måling mangler', en: 'the sitting or the standing reading is missing' }),
  // Everybody measures sitting: only who stands up for it asks how far the pressure falls.
  isAsked: ({ standing }, act) => hasValue(act, slotOf(standing)),
};

/** How conditions about series and pairs of pressure readings are judged. */
export const PRESSURE_KINDS = {
  protocol_mean: protocolMean,
  protocol_pulse_pressure: protocolPulsePressure,
  next_protocol_below: nextProtocolBelow,
  flag_sessions: flagSessions,
  pair_drop: pairDrop,
};
