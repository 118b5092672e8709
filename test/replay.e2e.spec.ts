import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRecording, type Recording } from '../devices/replay/recording.js';
import { daysToNow, replay, type Replayed, type Stand } from '../devices/replay/replay.js';
import type { Service } from '../apps/varde/src/start.js';
import { isNative, openTestDatabase, type TestDatabase } from './engine.js';
import { addHome, eventually, foundCommunity, startService, type Founded } from './whole-way.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const TIHM = '../shared/fixtures/timeseries/tihm-physiology.csv';
const KINDS = ['blood-pressure-monitor', 'thermometer', 'scale', 'pulse-oximeter'] as const;

let db: TestDatabase;
let service: Service;
beforeAll(async () => {
  db = await openTestDatabase();
  service = await startService(db.url);
});
afterAll(async () => {
  await service.stop();
  await db.close();
});

const query = <Row>(sql: string, values: unknown[] = []): Promise<Row[]> => db.database.dataSource.query(sql, values);

/** Homes that stand for the people of a recording, in a community of their own. */
async function makeStands(recording: Recording): Promise<{ founded: Founded; stands: Map<string, Stand>; patients: Map<string, number> }> {
  const founded = await foundCommunity(db.database, { since: new Date(Date.now() - 120 * DAY_MS) });
  const stands = new Map<string, Stand>();
  const patients = new Map<string, number>();
  for (const person of new Set(recording.acts.map(({ patient }) => patient))) {
    const devices = KINDS.map((kind) => ({ kind, id: `${kind}-${person}` }));
    const home = await addHome(db.database, founded, { gateway: `home-${person}`, programmes: ['htn', 'hf', 'copd'], devices });
    const { tenant, gateway, secret, patientId } = home;
    stands.set(person, { tenant, gateway, secret, zone: 'Europe/Oslo', devices: new Map(devices.map(({ kind, id }) => [kind, id])) });
    patients.set(person, patientId);
  }
  return { founded, stands, patients };
}

interface Kept {
  readonly measurements: number;
  readonly readings: number;
  readonly refusedActs: number;
}

const readKept = async (patientIds: readonly number[]): Promise<Kept> => {
  const [row] = await query<Kept>(
    `select (select count(*)::int from measurement where patient_id = any($1)) as measurements,
       (select count(*)::int from reading where patient_id = any($1)) as readings,
       (select count(distinct (digest, measurement_index))::int from refused where patient_id = any($1)) as "refusedActs"`,
    [patientIds],
  );
  return row ?? { measurements: 0, readings: 0, refusedActs: 0 };
};

const lookedAt = (patientIds: readonly number[]) =>
  eventually(
    'everybody is looked at',
    async () => {
      const [row] = await query<{ n: number }>(
        `select ((select count(*) from arrival where patient_id = any($1))
           + (select count(*) from patient_watch where patient_id = any($1) and due_at <= now()))::int as n`,
        [patientIds],
      );
      return row?.n === 0;
    },
    60_000,
  );

/** Every episode has one owner that is there, and no problem has two open ones. */
async function expectOwned(patientIds: readonly number[]): Promise<void> {
  const broken = await query(
    `select e.id from episode e left join unit u on u.id = e.owner_unit_id where e.patient_id = any($1) and u.id is null
     union all
     select min(e.id) from episode e, unnest(e.domains) domain where e.patient_id = any($1) and e.closed_at is null
     group by e.patient_id, domain having count(*) > 1`,
    [patientIds],
  );
  expect(broken).toEqual([]);
}

const sum = (answers: Replayed['answers']): number => [...answers.values()].reduce((total, count) => total + count, 0);

/** Three people at their own usual values; the first measures a pressure of 190 twice today, the second has a broken thermometer. */
function ownRecording(now: Date): string {
  const wall = (daysAgo: number, minutes: number): string =>
    new Date(now.getTime() - HOUR_MS - (700 + daysAgo) * DAY_MS + minutes * 60_000).toISOString().slice(0, 19).replace('T', ' ');
  const lines: string[] = [];
  for (let day = 6; day >= 1; day -= 1) {
    for (const person of ['a', 'b', 'c']) {
      lines.push(`${person},${wall(day, 0)},Systolic blood pressure,${128 + day},mm[Hg]`);
      lines.push(`${person},${wall(day, 0)},Diastolic blood pressure,78,mm[Hg]`);
      lines.push(`${person},${wall(day, 0)},Heart rate,71,beats/min`);
      lines.push(`${person},${wall(day, 5)},Body weight,80.${day},kg`);
    }
  }
  for (const minutes of [0, 3]) {
    lines.push(`a,${wall(0, minutes)},Systolic blood pressure,190,mm[Hg]`, `a,${wall(0, minutes)},Diastolic blood pressure,96,mm[Hg]`);
  }
  lines.push(`b,${wall(0, 1)},Body Temperature,3.6,Cel`, `c,${wall(0, 1)},Skin Temperature,33,Cel`);
  return `patient_id,date,device_type,value,unit\n${lines.join('\n')}\n`;
}

test('a recording of our own: everything stored or refused with a reason, and the high pressure ends on the worklist', async () => {
  const recording = readRecording(ownRecording(new Date()));
  const { stands, patients } = await makeStands(recording);
  const ids = [...patients.values()];
  const send = () =>
    replay({ url: service.mqttUrl ?? '', recording, stands, shiftDays: daysToNow(recording, new Date()), now: () => new Date() });
  const sent = await send();
  expect(sent).toMatchObject({ people: 3, acts: 39, withoutDevice: new Map(), withoutStand: new Map() });
  expect([...recording.leftOut]).toEqual([['Skin Temperature is not measured by a device of the contract', [79]]]);
  expect(sum(sent.answers)).toBe(sent.messages);
  expect(sent.answers.get('rejected')).toBe(1);
  const kept = await readKept(ids);
  expect(kept).toMatchObject({ measurements: 38, refusedActs: 1 });
  expect(await query(`select 1 from reading where patient_id = any($1) and doubt is not null`, [ids])).toEqual([]);
  expect(await query(`select reason, metric from refused where patient_id = $1`, [patients.get('b')])).toEqual([
    { reason: 'implausible', metric: 'temperature' },
  ]);

  await lookedAt(ids);
  const high = await query<{ severity: string; domains: string[]; rules: string[] }>(
    `select severity, domains, array(select distinct rule_id from finding where episode_id = episode.id and result = 'fire') as rules
     from episode where patient_id = $1 and 'blood_pressure' = any(domains)`,
    [patients.get('a')],
  );
  expect(high).toEqual([{ severity: 'red', domains: ['blood_pressure'], rules: expect.arrayContaining(['htn.severe']) }]);
  await expectOwned(ids);

  const again = await send();
  expect(again.answers.get('stored')).toBeUndefined();
  expect(await readKept(ids)).toEqual(kept);
});

test('at the original times, when the wearers are dated back: each reading when it was recorded', async () => {
  const recording = readRecording(
    'patient_id,date,device_type,value,unit\na,2019-04-01 07:10:00,Body weight,80.2,kg\na,2019-07-01 07:20:00,Body weight,80.9,kg\n',
  );
  const { stands, patients } = await makeStands(recording);
  const ids = [...patients.values()];
  await query(`update wearer set from_at = '2019-01-01T00:00:00Z' where patient_id = any($1)`, [ids]);
  const sent = await replay({ url: service.mqttUrl ?? '', recording, stands, shiftDays: 0, now: () => new Date() });
  expect([...sent.answers]).toEqual([['stored', 1]]);
  expect(await query(`select observed_at, time_quality from measurement where patient_id = any($1) order by observed_at`, [ids])).toEqual([
    { observed_at: new Date('2019-04-01T05:10:00Z'), time_quality: 'device' },
    { observed_at: new Date('2019-07-01T05:20:00Z'), time_quality: 'device' },
  ]);
  await lookedAt(ids);
});

// Not built (npm run build): there is no command to start.
const COMMAND = join(import.meta.dirname, '..', 'dist', 'devices', 'replay', 'main.js');
const whenBuilt = existsSync(COMMAND) ? test : test.skip;

/** The command as its users start it: what it said, and how it ended. */
const run = (...args: readonly string[]): Promise<{ exit: unknown; said: string; complained: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, [COMMAND, ...args], (error, said, complained) => resolve({ exit: error?.code ?? 0, said, complained }));
  });

whenBuilt('the command: recorded dates or today, homes from a file in the order of the recording, and an exit code', async () => {
  const csv = `patient_id,date,device_type,value,unit
a,2019-04-01 07:10:00,Body weight,80.2,kg
a,2019-07-01 07:20:00,Body weight,80.9,kg
b,2019-07-01 08:00:00,SpO2,95,%
b,2019-07-01 08:00:00,Skin Temperature,33,Cel
`;
  const recording = readRecording(csv);
  const { stands, patients } = await makeStands({ ...recording, acts: recording.acts.filter(({ patient }) => patient === 'a') });
  const ids = [...patients.values()];
  await query(`update wearer set from_at = '2019-01-01T00:00:00Z' where patient_id = any($1)`, [ids]);
  const folder = mkdtempSync(join(tmpdir(), 'varde-replay-'));
  const [file, homes] = [join(folder, 'recording.csv'), join(folder, 'homes.json')];
  const person = { seed: 'a', course: 'stable', worseningFrom: null, worseningHours: 0 };
  const lines = [...stands.values()].map(({ devices, ...stand }) => ({
    ...{ ...stand, ...person },
    devices: [...devices].map(([kind, id]) => ({ id, kind, speaks: 'obs' })),
  }));
  writeFileSync(file, csv);
  writeFileSync(homes, JSON.stringify(lines));
  const send = (...more: readonly string[]) => run('--csv', file, '--homes', homes, '--url', service.mqttUrl ?? '', ...more);
  const days = async (): Promise<readonly string[]> =>
    (
      await query<{ at: string }>(
        `select to_char(observed_at at time zone 'Europe/Oslo', 'YYYY-MM-DD HH24:MI') as at from measurement
         where patient_id = any($1) order by observed_at`,
        [ids],
      )
    ).map(({ at }) => at);

  const said = `2 measurements of 1 people, 1 messages confirmed
  answered stored: 1
  left out 1 rows: Skin Temperature is not measured by a device of the contract (row 5)
  not sent 1 measurements: no home stands for 1 people
`;
  const recorded = ['2019-04-01 07:10', '2019-07-01 07:20'];
  expect(await send('--original-times')).toEqual({ exit: 0, said, complained: '' });
  expect(await days()).toEqual(recorded);
  expect(await send()).toEqual({ exit: 0, said, complained: '' });
  const shiftMs = daysToNow(recording, new Date()) * DAY_MS;
  const shifted = recorded.map((wall) =>
    new Date(Date.parse(`${wall.replace(' ', 'T')}Z`) + shiftMs).toISOString().slice(0, 16).replace('T', ' '),
  );
  expect(await days()).toEqual([...recorded, ...shifted]);

  expect(await run('--csv', file)).toMatchObject({
    exit: 2,
    said: '',
    complained: expect.stringContaining('usage: node dist/devices/replay'),
  });
  expect(await run('--csv', file, '--homes', homes, '--url', 'mqtt://127.0.0.1:1')).toMatchObject({ exit: 2, said: '' });
  writeFileSync(homes, '{}');
  expect(await send()).toEqual({ exit: 2, said: '', complained: 'replay: a homes file is a JSON array of homes\n' });
  rmSync(folder, { recursive: true });
});

test('a home with an oximeter only, and a person without a home: what was sent is counted, and why the rest was not', async () => {
  const recording = readRecording(
    `patient_id,date,device_type,value,unit
a,2019-07-01 07:10:00,SpO2,94,%
a,2019-07-01 07:12:00,Body weight,80.2,kg
a,2019-07-02 07:12:00,Body weight,80.4,kg
b,2019-07-01 08:00:00,SpO2,95,%
`,
  );
  const { stands, patients } = await makeStands({ ...recording, acts: recording.acts.filter(({ patient }) => patient === 'a') });
  const [[person, stand] = []] = stands;
  if (person === undefined || stand === undefined) throw new Error('a has no home');
  const oximeterOnly = new Map([
    [person, { ...stand, devices: new Map([...stand.devices].filter(([kind]) => kind === 'pulse-oximeter')) }],
  ]);
  const shiftDays = daysToNow(recording, new Date());
  const sent = await replay({ url: service.mqttUrl ?? '', recording, stands: oximeterOnly, shiftDays, now: () => new Date() });
  expect(sent).toEqual({
    people: 1,
    acts: 1,
    messages: 1,
    answers: new Map([['stored', 1]]),
    withoutDevice: new Map([['scale', 2]]),
    withoutStand: new Map([['b', 1]]),
  });
  await lookedAt([...patients.values()]);
});

const when = existsSync(TIHM) ? test : test.skip;

when(
  `real people's readings (TIHM; skipped when ${TIHM} is not there): all accounted for, once, and judged`,
  async () => {
    const whole = readRecording(readFileSync(TIHM, 'utf8'));
    const people = [...new Set(whole.acts.map(({ patient }) => patient))];
    // The embedded engine takes more than twice as long for them: every second one of them shows it there.
    const isTaken = ({ patient }: (typeof whole.acts)[number]): boolean => isNative || people.indexOf(patient) % 2 === 0;
    const recording = { ...whole, acts: whole.acts.filter(isTaken) };
    const { stands, patients } = await makeStands(recording);
    const ids = [...patients.values()];
    const shiftDays = daysToNow(recording, new Date());
    const send = (part: Recording) => replay({ url: service.mqttUrl ?? '', recording: part, stands, shiftDays, now: () => new Date() });
    const sent = await send(recording);
    expect(sent).toMatchObject({ acts: recording.acts.length, withoutDevice: new Map(), withoutStand: new Map() });
    expect(sum(sent.answers)).toBe(sent.messages);
    const kept = await readKept(ids);
    const values = recording.acts.reduce((total, { values: each }) => total + each.length, 0);
    expect(kept).toEqual({ measurements: recording.acts.length, readings: values, refusedActs: 0 });

    await lookedAt(ids);
    await expectOwned(ids);
    const fired = await query<{ rule: string }>(
      `select distinct rule_id as rule from finding where patient_id = any($1) and result like 'fire%'`,
      [ids],
    );
    expect(fired.map(({ rule }) => rule)).toEqual(expect.arrayContaining(['htn.severe', 'gen.temp.very_low', 'hf.weight.gain_3d']));
    const found = await query(
      `select 1 from finding where patient_id = any($1) and rule_id = 'htn.severe' and episode_id is not null limit 1`,
      [ids],
    );
    expect(found).toHaveLength(1);
    // The devices' memories are read once more: as much as one holds.
    const again = await send({ ...recording, acts: recording.acts.slice(-1_500) });
    expect(again.answers.get('stored')).toBeUndefined();
    expect(await readKept(ids)).toEqual(kept);
  },
  300_000,
);
