import { findForm } from '@varde/plans';
import { NotFound, printableText, readParkedIds, readRefused, readRefusedMessages, type RefusedEntry } from '@varde/store';
import { Registry } from 'prom-client';
import { openQuestionnaires } from '../catalogue.js';
import { createIngest } from '../ingest/ingest.js';
import type { Reprocessed } from '../ingest/reprocess.js';
import { openLog } from '../log.js';
import { UsageError, type Bench, type Command, type Option } from './command.js';
import { formatMoment, formatTable } from './printed.js';

const FILTER_OPTIONS: Readonly<Record<string, Option>> = {
  reason: { type: 'string', value: '<reason>', meaning: 'only with this reason' },
  device: { type: 'string', value: '<name>', meaning: 'only of this device, registered or not' },
};

const LIST: Command = {
  words: ['refused', 'list'],
  args: '[--all] [--reason <reason>] [--device <name>] [--before <id>]',
  summary: 'List what was refused and waits, newest first',
  takes: [0, 0],
  options: {
    all: { type: 'boolean', meaning: 'what is settled too' },
    before: { type: 'string', value: '<id>', meaning: 'the last id of the page before; a page has 100' },
    ...FILTER_OPTIONS,
  },
  run: async (typed, { database }) => {
    const filter = { state: typed.has('all') ? null : ('open' as const), reason: typed.text('reason'), deviceName: typed.text('device') };
    const before = typed.within('before', 1, Number.MAX_SAFE_INTEGER);
    const { entries, next } = await readRefused(database.dataSource, filter, { limit: 100, before });
    const leftOut = next === null ? null : `Only the newest 100; those before them with --before ${next}.`;
    const stateOf = ({ isCounted, state }: RefusedEntry): string => (isCounted && state === 'open' ? 'counted' : state);
    const rows = entries.map((each) => [
      each.id,
      formatMoment(each.receivedAt),
      each.timesReceived,
      each.reason,
      each.topic,
      stateOf(each),
    ]);
    return { lines: formatTable(['ID', 'RECEIVED', 'TIMES', 'REASON', 'TOPIC', 'STATE'], rows), data: entries, leftOut };
  },
};

const SHOW: Command = {
  words: ['refused', 'show'],
  args: '<id>',
  summary: 'Show one refused message with its bytes',
  takes: [1, 1],
  options: {},
  run: async (typed, { database }) => {
    const id = typed.bigId(0, 'the id');
    const [message] = await readRefusedMessages(database.dataSource, [id]);
    const { entries } = await readRefused(database.dataSource, {}, { limit: 1, before: id + 1 });
    const entry = entries.find((each) => each.id === id);
    if (message === undefined || entry === undefined) throw new NotFound('refused message', id);
    const text = printableText(message.payload);
    const [payload, payloadAs] = text === null ? [Buffer.from(message.payload).toString('hex'), 'hex'] : [text, 'text'];
    const lines = [
      `Refused   ${id}, ${entry.state}${entry.settledNote === null ? '' : `: ${entry.settledNote}`}`,
      `Reason    ${entry.reason}: ${entry.detail}`,
      `Received  ${formatMoment(entry.receivedAt)}, ${entry.timesReceived} times, last ${formatMoment(entry.lastReceivedAt)}`,
      `Topic     ${entry.topic}`,
      `Bytes     ${entry.payloadBytes} (${payloadAs})`,
      payload,
    ];
    return { lines, data: { ...entry, preview: undefined, payload, payloadAs } };
  },
};

const PROCESS: Command = {
  words: ['refused', 'process'],
  args: '<id>... | --all [--reason <reason>] [--device <name>]',
  summary: 'Process refused messages again, after the cause is fixed; twice does no harm',
  takes: [0, 500],
  options: { all: { type: 'boolean', meaning: 'everything that waits, or that the options choose' }, ...FILTER_OPTIONS },
  run: async (typed, bench) => {
    if (typed.has('all') === typed.positionals.length > 0) throw new UsageError('say which: ids, or --all');
    const filter = { reason: typed.text('reason'), deviceName: typed.text('device') };
    const pages = typed.has('all') ? parkedPages(bench, filter) : [typed.positionals.map((_, place) => typed.bigId(place, 'the id'))];
    const results: Reprocessed[] = [];
    for await (const ids of pages) results.push(...(await processAgain(bench, ids)));
    const rows = results.map((each) => [each.refusedId, each.result, each.note]);
    return { lines: rows.length === 0 ? ['Nothing waits.'] : formatTable(['ID', 'RESULT', 'NOTE'], rows), data: results };
  },
};

const PAGE = 500;

async function* parkedPages({ database }: Bench, filter: { reason: string | null; deviceName: string | null }): AsyncGenerator<number[]> {
  for (let after = 0; ;) {
    const ids = await readParkedIds(database.dataSource, filter, { limit: PAGE, after });
    if (ids.length === 0) return;
    yield ids;
    after = ids.at(-1) ?? after;
  }
}

/** The same code as the service runs; nobody is answered, for nobody has sent anything now. */
async function processAgain({ database, terminal }: Bench, ids: readonly number[]): Promise<Reprocessed[]> {
  const ingest = createIngest({
    database,
    log: openLog('silent'),
    metrics: new Registry(),
    publishAck: () => undefined,
    now: terminal.now,
    findForm: findForm(await openQuestionnaires()),
  });
  try {
    return await ingest.reprocess(ids);
  } finally {
    await ingest.stop();
  }
}

/** Commands about what could not be used. */
export const REFUSED_COMMANDS: readonly Command[] = [LIST, SHOW, PROCESS];
