import { randomUUID } from 'node:crypto';
import { Conflict, deviceNameOf } from '@varde/store';
import { METRICS, type Metric } from '@varde/vitals';
import { decodeAck, encodeObs, formatTopic, type AckResult } from '@varde/wire';
import mqtt from 'mqtt';
import { UsageError, type Bench, type Command, type Option, type Typed } from './command.js';
import { COMMUNITY_OPTION, pickCommunity } from './pick.js';
import type { Terminal } from './terminal.js';

/** What can be tried, and how the acts are called (devices/README 5.2). */
const TRIED: readonly { readonly metric: Metric; readonly act: string }[] = [
  { metric: 'spo2', act: 'pulse-oximetry' },
  { metric: 'pulse', act: 'pulse-oximetry' },
  { metric: 'systolic', act: 'blood-pressure' },
  { metric: 'diastolic', act: 'blood-pressure' },
  { metric: 'weight', act: 'weight' },
  { metric: 'temperature', act: 'temperature' },
];
const VALUE_OPTIONS: Readonly<Record<string, Option>> = Object.fromEntries(
  TRIED.map(({ metric }) => [metric, { type: 'string', value: '<value>', meaning: `${METRICS[metric].en} in ${METRICS[metric].unit}` }]),
);
const ANSWER_MS = 10_000;

const TRY: Command = {
  words: ['device', 'try'],
  args: '<name> --secret <secret> --spo2 <value> [--pulse <value>] ...',
  summary: 'Send one reading over MQTT as the device would, and print the answer',
  takes: [1, 1],
  options: {
    ...VALUE_OPTIONS,
    secret: { type: 'string', value: '<secret>', meaning: 'as it was printed once; else VARDE_DEVICE_SECRET, or it is asked for' },
    url: { type: 'string', value: '<url>', meaning: 'the broker; default the one of the settings' },
    ...COMMUNITY_OPTION,
  },
  askFirst: askSecret,
  run: async (typed, bench) => {
    const name = deviceNameOf(typed.word(0, 'the device'));
    const measurements = TRIED.flatMap(({ metric, act }) => {
      const value = typed.number(metric);
      return value === null ? [] : [{ act, value: { type: metric, value, unit: METRICS[metric].unit } }];
    });
    const [first] = measurements;
    if (first === undefined) throw new UsageError(`nothing to send: give a value, such as --spo2 91`);
    if (measurements.some((each) => each.act !== first.act)) throw new UsageError('one device measures one thing at a time');
    const { code: tenant } = await pickCommunity(bench.manager, typed.text('community'));
    const { asked: secret } = bench;
    if (secret === null || secret === '') throw new UsageError('--secret is missing');
    const url = typed.text('url') ?? brokerUrl(bench);
    const sentAt = bench.terminal.now();
    const payload = encodeObs({
      messageId: randomUUID(),
      sentAt,
      device: { id: name, idType: 'serial' },
      readings: [{ kind: first.act, gatewayTime: sentAt, measurements: measurements.map((each) => each.value) }],
    });
    const answer = await publish({ url, tenant, name, secret }, payload);
    const why = answer.reason === undefined ? '' : ` (${answer.reason})`;
    return { lines: [`Sent to ${url} and answered: ${answer.status}${why}`], data: answer };
  },
};

function brokerUrl({ config: { mqtt: broker, externalMqttUrl } }: Bench): string {
  if (externalMqttUrl !== null) throw new UsageError('--url is missing: an external broker is used here');
  return `mqtt://${broker.host === '0.0.0.0' ? '127.0.0.1' : broker.host}:${broker.port}`;
}

async function askSecret(typed: Typed, terminal: Terminal): Promise<string | null> {
  const given = typed.text('secret') ?? terminal.env['VARDE_DEVICE_SECRET'];
  return given ?? (await terminal.askSecret?.('Secret of the device: ')) ?? null;
}

interface Sender {
  readonly url: string;
  readonly tenant: string;
  readonly name: string;
  readonly secret: string;
}

async function publish({ url, tenant, name, secret }: Sender, payload: Uint8Array): Promise<AckResult> {
  const options = { clientId: name, username: `${tenant}/${name}`, password: secret, reconnectPeriod: 0, connectTimeout: ANSWER_MS };
  const client = await mqtt.connectAsync(url, { ...options, protocolVersion: 4 }, false).catch((error: unknown) => {
    throw new Conflict(
      `the broker at ${url} did not let ${name} in: ${error instanceof Error ? error.message || error.name : String(error)}`,
    );
  });
  try {
    await client.subscribeAsync(formatTopic({ kind: 'ack', tenant, gateway: name }), { qos: 1 });
    const answered = new Promise<AckResult>((resolve, reject) => {
      const late = setTimeout(() => reject(new Conflict(`nothing was answered within ${ANSWER_MS / 1_000} s`)), ANSWER_MS);
      client.on('message', (_, bytes) => {
        const result = decodeAck(bytes)?.results[0];
        if (result === undefined) return;
        clearTimeout(late);
        resolve(result);
      });
      client.on('close', () => reject(new Conflict('the broker closed the connection; its log says why')));
    });
    const topic = formatTopic({ kind: 'obs', tenant, gateway: name, device: name });
    const [answer] = await Promise.all([answered, client.publishAsync(topic, Buffer.from(payload), { qos: 1 })]);
    return answer;
  } finally {
    await client.endAsync(true);
  }
}

/** Trying a device without having one. */
export const TRY_COMMANDS: readonly Command[] = [TRY];
