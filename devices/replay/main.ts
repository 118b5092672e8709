import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { readHomes } from '../fleet/homes-file.js';
import { readRecording } from './recording.js';
import { daysToNow, replay, type Stand } from './replay.js';
import { summarise } from './summary.js';

const USAGE = `usage: node dist/devices/replay/main.js --csv FILE --homes FILE [--url mqtt://127.0.0.1:1883] [--original-times]
  --csv FILE        columns patient_id,date,device_type,value,unit
  --homes FILE      homes that stand for the recorded patients, in the order in which these appear
  --original-times  keep the recorded dates instead of shifting the newest day to today; the homes' devices
                    must be worn since then (varde wearer assign ... --from)`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      csv: { type: 'string' },
      homes: { type: 'string' },
      url: { type: 'string', default: 'mqtt://127.0.0.1:1883' },
      'original-times': { type: 'boolean', default: false },
    },
  });
  if (!values.csv || !values.homes) throw new Error(USAGE);
  const recording = readRecording(await readFile(values.csv, 'utf8'));
  const homes = readHomes(await readFile(values.homes, 'utf8'));
  const patients = [...new Set(recording.acts.map((act) => act.patient))];
  const stands = new Map<string, Stand>();
  for (const [index, patient] of patients.entries()) {
    const home = homes[index];
    if (!home) break;
    const { tenant, gateway, secret, zone } = home;
    stands.set(patient, { tenant, gateway, secret, zone, devices: new Map(home.devices.map(({ kind, id }) => [kind.kind, id])) });
  }
  const now = (): Date => new Date();
  const shiftDays = values['original-times'] ? 0 : daysToNow(recording, now());
  const done = await replay({ url: values.url, recording, stands, shiftDays, now });
  process.stdout.write(`${summarise(done, recording.leftOut).join('\n')}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`replay: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(2);
});
