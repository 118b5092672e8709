import {
  inTransaction,
  readGatewayPatients,
  readGatewaysHere,
  readGoneGateways,
  saveAllBlind,
  saveMoreTouched,
  saveSeesAgain,
  type Blindness,
} from '@varde/store';
import type { DataSource } from 'typeorm';

/** A gateway is gone when its connection has been lost for so long: a router that starts again tells nobody. */
const GONE_FOR_MS = 30_000;
/** That it is back is told when what it kept has come. */
const SETTLE_MS = 20_000;
/** Gateways that come back one after another are told of together, once in so long. */
const BACK_TOGETHER_MS = 30_000;
/** So are those that are lost after others: a broker misses the homes of one power cut over a minute and more. All are told within a minute. */
const LOST_TOGETHER_MS = 15_000;
/** For so long after others were missed those that follow are likely lost with them. */
const LOST_WITH_MS = 180_000;

/**
 * Writes down which gateways are gone and which are back, as the broker saw it. Patients of one that is gone are not up to date; one through
 * which nobody measures now is nobody's worry until somebody does. Only what is known to be back is back; one that is retired ends without a
 * word.
 */
export async function noticeGateways(dataSource: DataSource, blind: readonly Blindness[], now: Date): Promise<void> {
  const { manager } = dataSource;
  const gone = await readGoneGateways(manager, now, GONE_FOR_MS);
  const open = blind.filter(({ part }) => part === 'gateway');
  const here = await readGatewaysHere(
    manager,
    open.map(({ id }) => id),
    now,
  );
  for (const isRetired of [false, true]) {
    const ids = here.filter((each) => each.isRetired === isRetired).map(({ id }) => id);
    const overTellAt = isRetired ? null : nextOf(BACK_TOGETHER_MS, new Date(now.getTime() + SETTLE_MS));
    if (ids.length > 0) await inTransaction(dataSource, (tx) => saveSeesAgain(tx, ids, now, overTellAt));
  }
  const known = new Set(open.map(({ subject }) => subject));
  const ended = new Set(here.map(({ id }) => id));
  const fresh = gone.filter(({ subject }) => !known.has(subject));
  const still = open.filter(({ id }) => !ended.has(id));
  const subjects = [...fresh, ...still].map(({ subject }) => subject);
  const touched = new Map((await readGatewayPatients(manager, subjects, now)).map((each) => [each.subject, each]));
  const followsOthers = open.some(({ noticedAt }) => now.getTime() - noticedAt.getTime() < LOST_WITH_MS);
  const tellAt = followsOthers ? nextOf(LOST_TOGETHER_MS, now) : now;
  const noticed = fresh.map(({ subject, since }) => {
    const { patientIds = [], unitIds = [] } = touched.get(subject) ?? {};
    return { part: 'gateway', subject, why: 'silent', since, patientIds, unitIds, tellAt: patientIds.length > 0 ? tellAt : null } as const;
  });
  if (noticed.length > 0) await inTransaction(dataSource, (tx) => saveAllBlind(tx, noticed, now));
  // A patient whose pause has ended since, or who measures through it since, is touched as well.
  for (const { id, subject, patientIds } of still) {
    const { patientIds: all = [], unitIds = [] } = touched.get(subject) ?? {};
    const added = all.filter((patientId) => !patientIds.includes(patientId));
    if (added.length > 0) await inTransaction(dataSource, (tx) => saveMoreTouched(tx, id, { patientIds: added, unitIds }, now));
  }
}

/** The next of the moments that all processes share, so far apart. */
function nextOf(everyMs: number, at: Date): Date {
  return new Date(Math.ceil(at.getTime() / everyMs) * everyMs);
}
