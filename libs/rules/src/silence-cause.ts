import { momentWords, type Planned } from '@varde/plans';
import type { Contact, DeviceContact, GatewayContact, SilenceCause, Window, Words } from './finding.js';
import type { Silence } from './silence.js';
import { join } from './words.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** How long gateways need, at most, to bring what they kept while we were away. */
const CATCH_UP_MS = 10 * MINUTE_MS;
/** A battery this low may be the reason. */
const BATTERY_LOW_PERCENT = 10;
/** A device its gateway has not reached for so long is no longer taken for one that is merely not used. */
const DEVICE_GONE_MS = 7 * DAY_MS;

/** Who is silent, and how we know. */
export interface Cause {
  readonly cause: SilenceCause;
  readonly words: Words;
}

/** Nearest to us first: what we did not see ourselves says nothing of the patient. */
const ORDER: readonly SilenceCause[] = ['service', 'gateway', 'device', 'patient', 'unknown'];

/** Of several devices for the same thing, one that works is enough for a measurement to have come. */
const NEARER_HOME: readonly SilenceCause[] = ['patient', 'device', 'gateway'];

/** The nearest to us of several causes; null: there is none. */
export function nearestCause(causes: readonly SilenceCause[]): SilenceCause | null {
  return ORDER.find((cause) => causes.includes(cause)) ?? null;
}

/** Tells apart who is silent: we ourselves, the gateway, the device, or the patient (`Contact`). */
export function findCause(silence: Silence, { contact }: Window, zone: string, nowMs: number): Cause {
  if (contact === undefined) return UNKNOWN;
  const asked: readonly (Planned | null)[] = silence.metrics.length === 0 ? [null] : silence.metrics;
  const causes = asked.map((metric) => causeOf(devicesFor(metric, contact), contact, silence, { zone, nowMs }));
  const first = nearestCause(causes.map((each) => each.cause)) ?? 'unknown';
  const told = [...new Map(causes.filter(({ cause }) => cause === first).map((each) => [each.words.en, each.words])).values()];
  return { cause: first, words: join(told) };
}

/** A questionnaire, and an episode as a whole, may come through any device of the home. */
function devicesFor(metric: Planned | null, { devices }: Contact): readonly DeviceContact[] {
  const own = devices.filter(({ metrics }) => metric !== null && metrics.some((each) => each === metric));
  return own.length > 0 ? own : devices;
}

interface Moment {
  readonly zone: string;
  readonly nowMs: number;
}

function causeOf(devices: readonly DeviceContact[], contact: Contact, silence: Silence, moment: Moment): Cause {
  const gateways = devices.map(({ gateway }) => gateway).filter((gateway) => gateway !== null);
  const blind = contact.blind.find((gap) => mayHaveHidden(gap, silence, gateways, moment.nowMs));
  if (blind !== undefined) return tellBlind(blind, moment.zone);
  const causes = devices.map((device) => causeOfDevice(device, moment));
  return NEARER_HOME.flatMap((cause) => causes.find((each) => each.cause === cause) ?? [])[0] ?? UNKNOWN;
}

const UNKNOWN: Cause = {
  cause: 'unknown',
  words: { nb: 'Det er ikke kjent om utstyret har kontakt.', en: 'It is not known whether the equipment is in contact.' },
};

type Gap = Contact['blind'][number];

/** Whether a measurement made in time may still be on its way because we were away. */
function mayHaveHidden({ from, to }: Gap, { anchorMs, fromMs }: Silence, gateways: readonly GatewayContact[], nowMs: number): boolean {
  if (to !== null && to.getTime() <= fromMs) return false;
  if (to === null || nowMs - to.getTime() < CATCH_UP_MS) return true;
  const back = gateways.filter(({ isOnline }) => isOnline);
  const isCaughtUp = back.some(({ since }) => nowMs - since.getTime() >= CATCH_UP_MS);
  if (isCaughtUp) return false;
  // Nobody has come back since: over the planned time we saw nothing.
  const coversPlanned = from.getTime() <= anchorMs && anchorMs < to.getTime();
  return back.length > 0 || (gateways.length === 0 && coversPlanned);
}

function tellBlind({ from, to }: Gap, zone: string): Cause {
  const [begin, end] = [momentWords(zone, from), to && momentWords(zone, to)];
  const nb = end === null ? `siden ${begin.nb}` : `fra ${begin.nb} til ${end.nb}`;
  const en = end === null ? `since ${begin.en}` : `from ${begin.en} to ${end.en}`;
  return {
    cause: 'service',
    words: { nb: `Vi kunne selv ikke ta imot målinger ${nb}.`, en: `We ourselves could not take measurements ${en}.` },
  };
}

function causeOfDevice(device: DeviceContact, { zone, nowMs }: Moment): Cause {
  const { gateway, batteryPercent, errors, contactAt } = device;
  if (gateway !== null && !gateway.isOnline) {
    const since = momentWords(zone, gateway.since);
    return {
      cause: 'gateway',
      words: {
        nb: `Hjemmets gateway har ikke hatt kontakt siden ${since.nb}.`,
        en: `The home's gateway has been offline since ${since.en}.`,
      },
    };
  }
  if (errors.length > 0) {
    return {
      cause: 'device',
      words: { nb: `Apparatet melder feil: ${errors.join(', ')}.`, en: `The device reports errors: ${errors.join(', ')}.` },
    };
  }
  if (batteryPercent !== null && batteryPercent <= BATTERY_LOW_PERCENT) {
    return {
      cause: 'device',
      words: { nb: `Apparatets batteri er på ${batteryPercent} %.`, en: `The device's battery is at ${batteryPercent}%.` },
    };
  }
  if (contactAt !== null && nowMs - contactAt.getTime() > DEVICE_GONE_MS) {
    const last = momentWords(zone, contactAt);
    return {
      cause: 'device',
      words: { nb: `Apparatet har ikke vært i kontakt siden ${last.nb}.`, en: `The device has not been in contact since ${last.en}.` },
    };
  }
  if (gateway === null) return UNKNOWN;
  return {
    cause: 'patient',
    words: {
      nb: 'Utstyret har kontakt: pasienten har ikke målt.',
      en: 'The equipment is in contact: the patient has not measured.',
    },
  };
}
