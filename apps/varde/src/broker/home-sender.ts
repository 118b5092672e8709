import { claimAsks, readAsksToSend, type AskToSend, type Database } from '@varde/store';
import { decodeCommand, encodeCommand, formatTopic } from '@varde/wire';
import type { Log } from '../log.js';

const BATCH = 500;
/** A request whose delivery the gateway has not confirmed by then is sent again, with the same id. */
const AGAIN_AFTER_MS = 30_000;
const ID_PREFIX = 'ask-';

/** What sending needs. */
export interface HomeSenderParts {
  readonly database: Database;
  readonly log: Log;
  readonly now: () => Date;
  /** Whether the gateway listens to this topic here and now; what is due for others waits, or another process sends it. */
  readonly hears: (topic: string) => boolean;
  readonly publish: (topic: string, payload: Uint8Array) => Promise<void>;
}

/** Sends homes what is due once; answers how many requests went out. A request is a row before it is a message. */
export async function sendAsks({ database, log, now, hears, publish }: HomeSenderParts): Promise<number> {
  const { manager } = database.dataSource;
  const at = now();
  const here = (await readAsksToSend(manager, at, BATCH)).filter((ask) => hears(topicOf(ask)));
  const taken = new Set(
    await claimAsks(
      manager,
      here.map(({ id }) => id),
      at,
      new Date(at.getTime() + AGAIN_AFTER_MS),
    ),
  );
  const sending = here.filter(({ id }) => taken.has(id));
  await Promise.all(sending.map((ask) => publish(topicOf(ask), payloadOf(ask))));
  if (sending.length > 0) log.info({ asks: sending.length }, 'asked homes to measure again');
  return sending.length;
}

/** Which request a payload on a `cmd` topic was; null when it was none. */
export function askIdOf(payload: Uint8Array): number | null {
  const id = decodeCommand(payload)?.commandId ?? '';
  return id.startsWith(ID_PREFIX) ? Number(id.slice(ID_PREFIX.length)) : null;
}

const topicOf = ({ tenant, clientId }: AskToSend): string => formatTopic({ kind: 'cmd', tenant, gateway: clientId });

function payloadOf({ id, deviceName, metrics, restMinutes, times, text, answerBy }: AskToSend): Uint8Array {
  const commandId = `${ID_PREFIX}${id}`;
  return encodeCommand({
    commandId,
    kind: 'remeasure',
    device: deviceName,
    metrics,
    questionnaire: null,
    restMinutes,
    times,
    answerBy,
    text,
  });
}
