import { claimAsks, HOME_ASK_CHANNEL, readAsksToSend, saveAskDelivered, saveAskFailed, type AskToSend, type Database } from '@varde/store';
import { decodeCommand, encodeCommand, formatTopic } from '@varde/wire';
import type { Log } from './log.js';

const BATCH = 500;
const ID_PREFIX = 'ask-';
/** How often homes that have come back are asked what they were to be asked. A request to a home that is there goes at once. */
const ASK_EVERY_MS = 2_000;
/** A request that could not be published is tried again then. */
const RETRY_MS = 5_000;

/** How requests reach homes: through our own broker, or through somebody else's. */
export interface HomeWay {
  /** Whether the gateway listens to this topic here and now; what is due for others waits, or another process sends it. */
  readonly hears: (topic: string) => boolean;
  readonly publish: (topic: string, payload: Uint8Array, until: Date) => Promise<void>;
  /** A request whose delivery is not confirmed by then is sent again, with the same id; null where nobody confirms. */
  readonly againAfterMs: number | null;
}

/** What sending needs. */
export interface HomeSenderParts {
  readonly database: Database;
  readonly log: Log;
  readonly now: () => Date;
  readonly way: HomeWay;
}

/** Sends homes what they are asked to do: when it is asked, and when a home that was away is back. */
export class HomeSender {
  private timer: NodeJS.Timeout | undefined;
  private unlisten: (() => void) | undefined;
  private sending: Promise<void> = Promise.resolve();
  /** Turns that have not begun: one is enough, it takes all that is due. */
  private turnsWaiting = 0;
  /** When a turn last ended well: `performance.now()`. */
  workedAtMs = performance.now();

  constructor(private readonly parts: HomeSenderParts) {}

  async start(): Promise<void> {
    this.unlisten = await this.parts.database.listen(HOME_ASK_CHANNEL, () => this.wake());
    this.timer = setInterval(() => this.wake(), ASK_EVERY_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.unlisten?.();
    await this.sending;
  }

  /** A gateway has confirmed what was published on its `cmd` topic. */
  noteConfirmed(payload: Uint8Array): void {
    const id = askIdOf(payload);
    if (id === null) return;
    const { database, log, now } = this.parts;
    saveAskDelivered(database.dataSource.manager, id, now()).catch((error: unknown) =>
      log.warn({ err: error, askId: id }, 'a delivery could not be noted; the request will be sent again'),
    );
  }

  private wake(): void {
    if (this.turnsWaiting > 0) return;
    this.turnsWaiting += 1;
    this.sending = this.sending
      .then(() => {
        this.turnsWaiting -= 1;
        return sendAsks(this.parts);
      })
      .then(() => void (this.workedAtMs = performance.now()))
      .catch((error: unknown) => this.parts.log.warn({ err: error }, 'homes could not be asked; the requests stay queued'));
  }
}

/** All pages: homes that are away stay due, and must not keep the others from being asked. */
async function readHeard(manager: Database['dataSource']['manager'], at: Date, way: HomeWay): Promise<AskToSend[]> {
  const here: AskToSend[] = [];
  for (let afterId = 0; ;) {
    const page = await readAsksToSend(manager, at, afterId, BATCH);
    here.push(...page.filter((ask) => way.hears(topicOf(ask))));
    const last = page.at(-1);
    if (last === undefined || page.length < BATCH) return here;
    afterId = last.id;
  }
}

/** A request is a row before it is a message. */
async function sendAsks({ database, log, now, way }: HomeSenderParts): Promise<void> {
  const { manager } = database.dataSource;
  const at = now();
  const here = await readHeard(manager, at, way);
  const againAt = way.againAfterMs === null ? null : new Date(at.getTime() + way.againAfterMs);
  const taken = new Set(
    await claimAsks(
      manager,
      here.map(({ id }) => id),
      at,
      againAt,
    ),
  );
  const sending = here.filter(({ id }) => taken.has(id));
  if (sending.length === 0) return;
  const outcomes = await Promise.allSettled(sending.map((ask) => way.publish(topicOf(ask), payloadOf(ask), ask.answerBy)));
  const failed = sending.filter((_, place) => outcomes[place]?.status === 'rejected').map(({ id }) => id);
  if (failed.length > 0) await saveAskFailed(manager, failed, new Date(at.getTime() + RETRY_MS));
  log.info({ asks: sending.length, failed: failed.length }, 'asked homes to measure again');
}

function askIdOf(payload: Uint8Array): number | null {
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
