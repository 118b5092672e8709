import { openDatabase } from '@varde/store';
import { Registry } from 'prom-client';
import { createIngest } from '../../apps/varde/src/ingest/ingest.js';
import { startSubscriber, type Subscriber } from '../../apps/varde/src/ingest/subscriber.js';

/** One ingest process behind an external broker, to be killed: arguments are the database, the broker and the client id. */
async function main(): Promise<void> {
  const [, , , databaseUrl = '', url = '', clientId = ''] = process.argv;
  const log = {
    info: () => undefined,
    warn: () => undefined,
    error: (_: object, sentence: string) => void process.stderr.write(`${sentence}\n`),
  };
  const database = await openDatabase({ databaseUrl, dataDir: '', log, acceptForgetfulServer: true });
  let subscriber: Subscriber | null = null;
  const ingest = createIngest({
    database,
    log,
    metrics: new Registry(),
    now: () => new Date(),
    publishAck: (tenant, gateway, ack) => subscriber?.publishAck(tenant, gateway, ack),
  });
  subscriber = startSubscriber({ url, share: 'varde', clientId, log, now: () => new Date() }, ingest);
  await subscriber.subscribed;
  process.stdout.write('subscribed\n');
}

void main();
