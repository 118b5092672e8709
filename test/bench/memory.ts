import { RawConnection } from '../lean-client.js';
import { rssBytes } from './machine.js';
import { openBenchDatabase, pause, startService, type Bench } from './rig.js';
import { rounded } from './statistics.js';

const SOCKETS = 14;
const PACKET_BYTES = 100_000_000;
const CHUNK_BYTES = 1_000_000;
const SAMPLE_MS = 10;
const LONGEST_MS = 30_000;
const MB = 1_000_000;
const SETTLE_MS = 2_000;
/** Until the thread of previews, which rehearses somebody made up when it begins, has all the memory it takes. */
const BEGUN_MS = 12_000;

const CONNECT = 0x10;
const PUBLISH = 0x32;

/** Growth of the service's memory while 14 sockets that have not signed in each send a packet of 100 MB: CONNECTs, then PUBLISHes. */
export const memory: Bench = async (run) => {
  const bench = await openBenchDatabase(run.server);
  const service = await startService(bench.url, 'broker,ingest,watch,triage');
  try {
    const pid = service.pid ?? 0;
    const grownMb: Record<string, number> = {};
    const sentMb: Record<string, number> = {};
    await pause(BEGUN_MS);
    // Once before: the first connections cost what any first connections cost.
    await flood(service.mqttPort, CONNECT, CHUNK_BYTES);
    for (const [name, type] of [
      ['CONNECT', CONNECT],
      ['PUBLISH', PUBLISH],
    ] as const) {
      await pause(SETTLE_MS);
      const before = rssBytes(pid);
      const highest = sampleHighest(pid);
      sentMb[name] = rounded((await flood(service.mqttPort, type, PACKET_BYTES)) / MB, 1);
      await pause(SETTLE_MS);
      grownMb[name] = rounded((highest.stop() - before) / MB, 1);
    }
    const value = Math.max(...Object.values(grownMb));
    const detail = { grownMb, sentMb, rssMbAfter: rounded(rssBytes(pid) / MB, 1), log: service.log.slice(0, 300) };
    return [
      {
        bench: 'memory',
        figure: 'growth of memory under 14 packets of 100 MB before sign-in, in MB',
        value,
        gate: 20,
        aim: 5,
        better: 'lower',
        detail,
      },
    ];
  } finally {
    await service.stop();
    await bench.close();
  }
};

/** Sends so large a packet on every socket until it is through or the service hangs up; answers the bytes taken by the network. */
async function flood(port: number, type: number, packetBytes: number): Promise<number> {
  const connections = await Promise.all(Array.from({ length: SOCKETS }, () => RawConnection.open(port)));
  const written = await Promise.all(connections.map((connection) => sendPacket(connection, type, packetBytes)));
  for (const connection of connections) connection.close();
  return written.reduce((sum, bytes) => sum + bytes, 0);
}

async function sendPacket({ socket }: RawConnection, type: number, packetBytes: number): Promise<number> {
  const endMs = performance.now() + LONGEST_MS;
  const isOpen = (): boolean => !socket.destroyed && performance.now() < endMs;
  const chunk = Buffer.alloc(CHUNK_BYTES, 0x61);
  socket.write(Buffer.from([type, ...lengthBytes(packetBytes)]));
  for (let sent = 0; sent < packetBytes && isOpen(); sent += CHUNK_BYTES) {
    if (!socket.write(chunk)) while (isOpen() && socket.writableNeedDrain) await pause(5);
  }
  return socket.bytesWritten;
}

/** A length as MQTT writes it: seven bits a byte, lowest first. */
function lengthBytes(length: number): number[] {
  const bytes: number[] = [];
  for (let left = length; left > 0 || bytes.length === 0; left = Math.floor(left / 128)) {
    bytes.push((left % 128) | (left >= 128 ? 128 : 0));
  }
  return bytes;
}

function sampleHighest(pid: number): { stop(): number } {
  let highest = rssBytes(pid);
  const timer = setInterval(() => (highest = Math.max(highest, rssBytes(pid))), SAMPLE_MS);
  return {
    stop: () => {
      clearInterval(timer);
      return highest;
    },
  };
}
