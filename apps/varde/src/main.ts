import { readConfig } from './config.js';
import { run } from './run.js';

await run(async (started) => {
  const service = await started(readConfig(process.env));
  for (const line of service.lines) process.stdout.write(`${line}\n`);
  process.stdout.write('Stop with Ctrl-C.\n');
});
