import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { startFleet } from './fleet.js';
import { readHomes } from './homes-file.js';

const USAGE = `usage: node dist/devices/fleet/main.js --homes FILE [--url mqtt://127.0.0.1:1883] [--days N] [--speed X] [--every SECONDS]
  --homes FILE  JSON array of homes with their gateway's secret
  --days N      begin their lives N days ago (default 0)
  --speed X     live the past X times as fast as real time; 0, the default, as fast as it can be sent
  --every S     measure every S seconds instead of each morning`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      homes: { type: 'string' },
      url: { type: 'string', default: 'mqtt://127.0.0.1:1883' },
      days: { type: 'string', default: '0' },
      speed: { type: 'string', default: '0' },
      every: { type: 'string' },
    },
  });
  const [days, speed, every] = [values.days, values.speed, values.every ?? '1'].map(Number);
  if (!values.homes || !(Number(days) >= 0) || !(Number(speed) >= 0) || !(Number(every) > 0)) throw new Error(USAGE);
  const homes = readHomes(await readFile(values.homes, 'utf8'));
  let refused = 0;
  const fleet = startFleet({
    url: values.url,
    homes,
    from: new Date(Date.now() - Number(days) * 86_400_000),
    speed: Number(speed),
    everyMs: values.every === undefined ? null : Number(every) * 1000,
    onRefused: ({ setup }, why) => {
      refused += 1;
      process.stderr.write(`fleet: ${setup.tenant}/${setup.gateway}: ${why}; the others go on without it\n`);
    },
  });
  const stop = (): void => {
    fleet.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  const lived = await fleet.caughtUp;
  if (refused > 0 && refused === homes.length) throw new Error('no home was let in');
  if (lived.length + refused < homes.length) return; // stopped on the way
  process.stdout.write(
    `${lived.length} homes have lived up to now: ${lived.reduce((sum, home) => sum + home.sent.confirmed, 0)} messages confirmed\n`,
  );
  process.send?.('caught up');
}

// Started by the demonstration: when it ends the homes fall silent, though they may not have begun yet.
const fallSilent = (): never => process.exit(0);
process.on('disconnect', fallSilent);
if (process.send && !process.connected) fallSilent();

main().catch((error: unknown) => {
  process.stderr.write(`fleet: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(2);
});
