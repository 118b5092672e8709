import { setTimeout as wait } from 'node:timers/promises';
import { NotFound, readBeats, readBlind, readSelfTests, retirePart, SERVICE_PARTS, type Blindness } from '@varde/store';
import { OutsideWatch } from '../blindness/outside-watch.js';
import { courierOf, tellEverybody, type BlindMessage } from '../blindness/teller.js';
import { findUnplayed, type Unplayed } from '../blindness/unplayed.js';
import { readConfig } from '../config.js';
import { openCouriers } from '../sending/couriers.js';
import { openLog } from '../log.js';
import { UsageError, type AnyCommand, type Command, type LoneCommand } from './command.js';
import { formatMoment, formatTable } from './printed.js';

const ASK_EVERY_MS = 5_000;
const ANSWER_WITHIN_MS = 4_000;

const HEALTH: Command = {
  words: ['health'],
  args: '[--retire <part>]',
  summary: 'Show when each part last worked, what is blind, and when a made-up value last arrived',
  takes: [0, 0],
  options: { retire: { type: 'string', value: '<part>', meaning: 'nobody plays this part any more: people are not told that it is away' } },
  run: async (typed, { manager }) => {
    const retired = typed.oneOf('retire', SERVICE_PARTS);
    if (retired !== null && !(await retirePart(manager, retired))) throw new NotFound('part that was ever played', retired);
    const { beats, now } = await readBeats(manager);
    const [blind, tests] = [await readBlind(manager), await readSelfTests(manager)];
    const unplayed = findUnplayed(beats, now);
    const age = (at: Date): string => `${Math.max(0, Math.round((now.getTime() - at.getTime()) / 1_000))} s`;
    const parts = beats.map((beat) => [
      beat.part,
      beat.host,
      age(beat.at),
      beat.lateSince === null ? '-' : age(beat.lateSince),
      beat.leftAt === null ? '' : 'ended in order',
    ]);
    const walks = tests.map(({ host, startedAt, arrivedAt, stoppedAt }) => {
      const outcome =
        arrivedAt === null
          ? (stoppedAt ?? 'walks')
          : `arrived after ${Math.round((arrivedAt.getTime() - startedAt.getTime()) / 100) / 10} s`;
      return `Self-test of ${host} at ${formatMoment(startedAt)}: ${outcome}`;
    });
    return {
      lines: [
        ...formatTable(['PART', 'MACHINE', 'WORKED', 'LATE', ''], parts),
        '',
        ...(beats.length === 0 ? ['Blind: no service has worked on this database in the last week.'] : sayBlindness(blind, unplayed)),
        ...walks,
      ],
      data: { now, parts: beats, unplayed, blind, selfTests: tests },
    };
  },
};

/** What is blind by the processes that live, and by nobody's living. */
function sayBlindness(blind: readonly Blindness[], unplayed: readonly Unplayed[]): string[] {
  const known = new Set(blind.filter(({ why }) => why === 'silent').map(({ part }) => part as string));
  const said = [
    ...blind.map(({ part, subject, why, since }) => `Blind: ${part}${subject && ` ${subject}`} ${why} since ${formatMoment(since)}`),
    ...unplayed
      .filter(({ part }) => !known.has(part))
      .map(({ part, since, hasSaidGoodbye }) =>
        hasSaidGoodbye
          ? `Nobody plays ${part}: ended in order ${formatMoment(since)}`
          : `Blind: ${part} silent since ${formatMoment(since)}`,
      ),
  ];
  return said.length === 0 ? ['Nothing is blind.'] : said;
}

const WATCHDOG: LoneCommand = {
  words: ['watchdog'],
  args: '--url <url> [--url <url> ...] [--name <name>]',
  summary: 'Watch a service from outside, and tell VARDE_TELL when none of its processes answers; needs no database',
  takes: [0, 0],
  options: {
    url: { type: 'string', value: '<url>', multiple: true, meaning: 'address of a process: that of the API, or of VARDE_METRICS_PORT' },
    name: { type: 'string', value: '<name>', meaning: 'what the service is called in the messages; default Varde' },
  },
  runAlone: async (typed, terminal) => {
    const urls = typed.texts('url').map(addressOf);
    const config = readConfig(terminal.env);
    if (urls.length === 0) throw new UsageError('--url is missing');
    if (config.tell.length === 0) throw new UsageError('VARDE_TELL is missing: nobody would be told');
    const couriers = openCouriers(config);
    const courier = courierOf(couriers, terminal.now);
    const log = openLog(config.logLevel);
    const watch = new OutsideWatch(typed.text('name') ?? 'Varde', terminal.now());
    const stopping = new AbortController();
    void terminal.untilStopped?.().then(() => stopping.abort());
    terminal.say(
      `Watches ${urls.join(', ')} and tells ${config.tell.length} ${config.tell.length === 1 ? 'address' : 'addresses'}. Stop with Ctrl-C.`,
    );
    const tell = async (message: BlindMessage): Promise<void> => {
      const reached = await tellEverybody(courier, config.tell, message, log);
      if (reached === 0 && message.kind === 'blind') watch.giveTellingBack();
    };
    let telling: Promise<unknown> = Promise.resolve();
    for (let round = 0; !stopping.signal.aborted; round += 1) {
      const answers = await Promise.all(urls.map(isAnswering));
      const silent = round === 0 ? urls.filter((_, place) => !answers[place]) : [];
      for (const url of silent) terminal.say(`${url} does not answer.`);
      const message = watch.look(answers.includes(true), terminal.now(), performance.now());
      if (message !== null) telling = Promise.all([telling, tell(message)]);
      await wait(ASK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    await telling;
    couriers.mailer?.close();
    return { lines: [], data: null };
  },
};

/** An address that can be asked: a mistyped one would alarm everybody about a service that is well. @throws UsageError */
function addressOf(text: string): string {
  if (URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol)) return text;
  throw new UsageError(`--url must be like http://127.0.0.1:3000, not ${text}`);
}

/** Whether a process answers at all; that it is blind it tells by itself. */
async function isAnswering(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url.replace(/\/$/, '')}/health/live`, {
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      redirect: 'manual',
    });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}

/** How the service is, from inside and from outside. */
export const HEALTH_COMMANDS: readonly AnyCommand[] = [HEALTH, WATCHDOG];
