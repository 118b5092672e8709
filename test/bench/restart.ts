import { LeanClient } from '../lean-client.js';
import { foundCommunity } from './homes.js';
import { Mould } from './mould.js';
import { openBenchDatabase, pause, startService, type Bench } from './rig.js';
import { medianOf, rounded } from './statistics.js';

const HOMES = 100;
const KILLS = 5;
const BETWEEN_MS = 2_000;
const LONGEST_MS = 60_000;
const FOLLOWED_SINCE_MS = 10 * 60_000;

/** kill -9 of the whole service to the first PUBACK again: 100 homes try to come back every 50 ms, each with a message not confirmed. */
export const restart: Bench = async (run) => {
  const bench = await openBenchDatabase(run.server);
  const service = await startService(bench.url, 'broker,ingest,watch,triage');
  const clients: LeanClient[] = [];
  try {
    const { homes } = await foundCommunity(bench.database, run.devices ?? HOMES, new Date(Date.now() - FOLLOWED_SINCE_MS));
    const moulds = homes.map((home) => new Mould(home, 'spo2'));
    for (const { tenant, clientId, secret } of homes) {
      clients.push(new LeanClient({ port: service.mqttPort, tenant, clientId, secret, reconnectAfterMs: 50 }));
    }
    await Promise.all(clients.map((client) => client.connect()));
    const backMs: number[] = [];
    const serving: number[] = [];
    const idle = await run.quiet();
    for (let kill = 0; kill < (run.isTrial ? 2 : KILLS); kill++) {
      await pause(BETWEEN_MS);
      const startedMs = performance.now();
      await service.kill();
      const first = firstAcknowledged(clients, startedMs);
      for (const [at, mould] of moulds.entries()) clients[at]?.publish(kill, mould.makeOrdinary());
      await service.startAgain();
      serving.push(rounded(performance.now() - startedMs));
      backMs.push(await first);
      run.say(`restart: first PUBACK ${rounded(backMs.at(-1) ?? 0)} ms after kill -9`);
      await Promise.all(clients.map((client) => client.whenIdle()));
    }
    return [
      {
        bench: 'restart',
        figure: 'kill -9 to first PUBACK again, in s',
        value: rounded(medianOf(backMs) / 1000, 2),
        range: [rounded(Math.min(...backMs) / 1000, 2), rounded(Math.max(...backMs) / 1000, 2)],
        gate: 10,
        aim: 3,
        better: 'lower',
        detail: { kills: backMs.length, servingAgainMs: serving, idleBefore: idle },
      },
    ];
  } finally {
    for (const client of clients) client.kill();
    await service.stop();
    await bench.close();
  }
};

function firstAcknowledged(clients: readonly LeanClient[], sinceMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('no PUBACK came again')), LONGEST_MS);
    for (const client of clients) {
      client.onAcknowledged = () => {
        clearTimeout(late);
        resolve(performance.now() - sinceMs);
      };
    }
  });
}
