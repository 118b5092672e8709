import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verify } from '@node-rs/argon2';
import { openDatabase, startEmbedded, type Database } from '@varde/store';
import { encodeAck, encodeObs, parseTopic } from '@varde/wire';
import { Aedes } from 'aedes';
import { Registry } from 'prom-client';
import { copyTestDataTo, openTestDatabase, testLog, type TestDatabase } from '../../../../test/engine.js';
import { createIngest } from '../ingest/ingest.js';
import { openLog } from '../log.js';
import { COMMANDS, runCli, type ExitCode } from './run-cli.js';
import type { Terminal } from './terminal.js';

const SECRET = 'a secret of the installation, long enough';

/** A terminal that remembers; `typed` answers what is asked for, nobody sits there without it. */
class TestTerminal implements Terminal {
  readonly said: string[] = [];
  readonly complained: string[] = [];
  readonly say = (line: string): void => void this.said.push(line);
  readonly complain = (line: string): void => void this.complained.push(line);
  readonly now = (): Date => new Date();
  readonly patienceMs = 1_000;
  readonly askSecret: Terminal['askSecret'];

  constructor(
    readonly env: Record<string, string>,
    private readonly typed: { secrets?: string[]; input?: string } = {},
  ) {
    const { secrets } = typed;
    this.askSecret = secrets === undefined ? null : () => Promise.resolve(secrets.shift() ?? '');
  }

  readonly readInput = (): Promise<string> => Promise.resolve(this.typed.input ?? '');
}

interface Outcome {
  readonly code: ExitCode;
  readonly said: string;
  readonly complained: string;
}

describe('the command line', () => {
  let db: TestDatabase;
  let env: Record<string, string>;

  const run = async (
    line: readonly string[],
    typed?: { secrets?: string[]; input?: string },
    also: Record<string, string> = {},
  ): Promise<Outcome> => {
    const terminal = new TestTerminal({ ...env, ...also }, typed);
    const code = await runCli(line, terminal);
    return { code, said: terminal.said.join('\n'), complained: terminal.complained.join('\n') };
  };
  const json = async <T>(line: readonly string[], typed?: { secrets?: string[]; input?: string }): Promise<T> => {
    const { code, said, complained } = await run([...line, '--json'], typed);
    expect({ code, complained }).toEqual({ code: 0, complained: '' });
    return JSON.parse(said) as T;
  };
  const query = <T>(sql: string, values: unknown[] = []): Promise<T[]> => db.database.dataSource.query<T[]>(sql, values);

  beforeAll(async () => {
    db = await openTestDatabase();
    env = { DATABASE_URL: db.url, VARDE_SECRET: SECRET };
  });
  afterAll(() => db.close());

  test('explains itself', async () => {
    const all = await run(['help']);
    expect(all.code).toBe(0);
    for (const { words } of COMMANDS) expect(all.said).toContain(words.join(' '));
    expect((await run([])).code).toBe(2);
    const one = await run(['help', 'unit', 'add']);
    expect(one.said).toMatch(/varde unit add <name> --level[\s\S]*--hours <hours>/);
    expect((await run(['unit', 'add', '--help'])).said).toBe(one.said);
    expect((await run(['help', 'nothing'])).code).toBe(2);
  });

  test.each([
    [['fly'], /there is no command fly/],
    [['unit', 'remove'], /there is no unit remove; there is unit add, unit list/],
    [['unit', 'add', '--colour', 'red'], /colour/],
    [['unit', 'add'], /this takes: varde unit add <name>/],
    [['unit', 'add', 'x'], /--level is missing/],
    [['unit', 'add', 'x', '--level', 'moon'], /--level must be one of dho/],
    [['wearer', 'assign', 'D', '--patient', 'one'], /there is no community yet; begin with: varde init/],
    [['person', 'add', 'x', '--role', 'nurse'], /--name is missing/],
    [['patient', 'add', 'x', '--unit', 'one'], /there is no community yet/],
    [['refused', 'process'], /say which: ids, or --all/],
    [['episode', 'story', 'x'], /the episode must be a whole number/],
  ])('%j is not understood and says why in one sentence', async (line, reason) => {
    const { code, said, complained } = await run(line);
    expect(code).toBe(2);
    expect(said).toBe('');
    expect(complained).toMatch(reason);
    expect(complained.split('\n')).toHaveLength(1);
  });

  test('names every bad setting at once, and a database that is not there', async () => {
    const bad = await run(['unit', 'list'], {}, { VARDE_SECRET: 'short', VARDE_HTTP_PORT: 'x' });
    expect(bad.code).toBe(2);
    expect(bad.complained).toMatch(/VARDE_HTTP_PORT.*VARDE_SECRET/);
    expect(bad.complained).not.toContain('short');
    const gone = await run(['unit', 'list'], {}, { DATABASE_URL: 'postgres://127.0.0.1:1/none' });
    expect(gone.code).toBe(1);
    expect(gone.complained).toMatch(/^varde: the database cannot be reached/);
  });

  describe('from nothing to a first reading', () => {
    test('begins once, with a made password that is shown and kept as a hash', async () => {
      const begun = await run(['init', '--community', 'testfjord', '--organisation', 'Testvik']);
      expect(begun.code).toBe(0);
      const password = /Password {2}(\S{20})/.exec(begun.said)?.[1] ?? '';
      const [person] = await query<{ password_hash: string; roles: string[] }>(
        `select password_hash, roles from person where username = 'admin'`,
      );
      expect(person?.roles).toEqual(['administrator', 'operator']);
      expect(await verify(person?.password_hash ?? '', password)).toBe(true);
      const again = await run(['init']);
      expect(again).toMatchObject({ code: 1, complained: expect.stringContaining('begun already') as string });
    });

    test('adds units, with hours, and a new organisation by its name', async () => {
      expect((await run(['unit', 'add', 'Follow-up', '--level', 'dho'])).said).toBe('Unit 1: Follow-up (dho), open always');
      const gp = ['unit', 'add', 'GP office', '--level', 'gp', '--hours', 'mon-fri 08:00-15:30', '--organisation', 'Testvik GPs'];
      expect((await run(gp)).said).toContain('open mon,tue,wed,thu,fri 08:00-15:30');
      const ambiguous = await run(['unit', 'add', 'Other', '--level', 'gp']);
      expect(ambiguous).toMatchObject({ code: 2, complained: expect.stringContaining('Testvik, Testvik GPs') as string });
      expect((await run(['unit', 'list'])).said).toMatch(/ID +ORGANISATION[\s\S]*Follow-up[\s\S]*GP office/);
    });

    test('adds people, by a typed password, one on standard input, or a made one', async () => {
      const kari = ['person', 'add', 'kari', '--name', 'Kari', '--role', 'nurse', '--unit', '1'];
      const short = await run(kari, { secrets: ['short', 'short'] });
      expect(short).toMatchObject({ code: 2, complained: expect.stringContaining('at least 12') as string });
      const differ = await run(kari, { secrets: ['one long password', 'another password'] });
      expect(differ).toMatchObject({ code: 2, complained: expect.stringContaining('differ') as string });
      expect((await run(kari, { secrets: ['one long password', 'one long password'] })).said).toBe('Person 2: kari (nurse)');
      const ola = ['person', 'add', 'ola', '--name', 'Ola', '--role', 'physician', '--role', 'nurse', '--password-stdin'];
      expect((await run(ola, { input: 'a password on a line\nmore' })).said).toBe('Person 3: ola (physician, nurse)');
      const [hash] = await query<{ password_hash: string }>(`select password_hash from person where username = 'ola'`);
      expect(await verify(hash?.password_hash ?? '', 'a password on a line')).toBe(true);
      expect((await run(['person', 'deactivate', 'ola'])).said).toContain('cannot sign in');
      expect((await run(['person', 'list'])).said).toMatch(/kari +nurse +1 +yes[\s\S]*ola +physician,nurse +no/);
      const both = ['person', 'add', 'siv', '--name', 'Siv', '--role', 'nurse', '--unit', '1,2'];
      const strangers = await run(both, { secrets: ['one long password', 'one long password'] });
      expect(strangers).toMatchObject({ code: 1, complained: expect.stringContaining('step') as string });
      const last = await run(['person', 'deactivate', 'admin']);
      expect(last).toMatchObject({ code: 1, complained: expect.stringContaining('last active administrator') as string });
    });

    test('follows a patient, whose name is shown only when asked for', async () => {
      const added = await run(['patient', 'add', 'Test Person', '--unit', '1', '--programme', 'copd', '--birth-year', '1950']);
      expect(added.said).toMatch(
        /^Patient 1, followed in copd by unit 1\.\nMeasures {2}the day's questions, the week's questions, oxygen saturation/,
      );
      const shown = (await run(['enrol', '1', 'hf'])).said;
      expect(shown).toMatch(/^Patient 1, 90 days to .*, measured on 0 of them\./);
      const preview = ['--preview', /--preview (\d+)$/.exec(shown)?.[1] ?? ''];
      expect((await run(['enrol', '1', 'hf', ...preview])).said).toBe('Patient 1 follows hf from now on.');
      expect(await run(['enrol', '1', 'hf', ...preview])).toMatchObject({
        code: 1,
        complained: expect.stringContaining('has been used') as string,
      });
      const list = await run(['patient', 'list']);
      expect(list.said).toMatch(/1 +copd,hf +1/);
      expect(list.said + (await run(['patient', 'list', '--json'])).said).not.toContain('Test Person');
      expect((await run(['patient', 'list', '--names'])).said).toContain('Test Person');
    });

    test('registers a device, prints its secret once, and gives it to the patient', async () => {
      const made = await run(['device', 'register', '00:1a:7d:da:71:13', '--kind', 'pulse-oximeter', '--model', '3230']);
      expect(made.said).toMatch(/Device 1: 001A7DDA7113[\s\S]*user name testfjord\/001A7DDA7113[\s\S]*Secret {4}[\w-]{43}\n/);
      const given = await run(['wearer', 'assign', '001A7DDA7113', '--patient', '1']);
      expect(given.said).toMatch(/^Patient 1 wears 001A7DDA7113 from 20/);
      expect(await run(['wearer', 'assign', '00:1A:7D:DA:71:13', '--patient', '1'])).toMatchObject({ code: 1 });
      expect((await run(['device', 'list'])).said).toMatch(/001A7DDA7113 +pulse-oximeter +1 /);
      const second = await json<{ id: number; secret: string }>(['credential', 'new', '001A7DDA7113']);
      expect(second.secret).toMatch(/^[\w-]{43}$/);
      expect((await run(['credential', 'revoke', String(second.id)])).code).toBe(0);
      expect((await run(['credential', 'revoke', String(second.id)])).code).toBe(1);
    });

    test('takes a device back, and gives it to somebody else from then on', async () => {
      const early = await run(['wearer', 'assign', '001A7DDA7113', '--patient', '1', '--from', 'yesterday']);
      expect(early).toMatchObject({ code: 2, complained: expect.stringContaining('2026-01-15T08:00:00Z') as string });
      expect((await run(['wearer', 'end', '001A7DDA7113'])).said).toMatch(/wears 001A7DDA7113 no more/);
      expect(await run(['wearer', 'end', '001A7DDA7113'])).toMatchObject({ code: 1 });
      expect((await run(['wearer', 'assign', '001A7DDA7113', '--patient', '1'])).code).toBe(0);
    });
  });

  test('lists what was refused, shows it, and processes it again once the cause is fixed', async () => {
    const takenAt = new Date();
    const payload = encodeObs({
      messageId: '0197f3c2-6f0e-7cc1-9a55-0d1f4b6f5a10',
      sentAt: takenAt,
      device: { id: 'LATE-1', idType: 'serial' },
      readings: [{ kind: 'pulse-oximetry', gatewayTime: takenAt, measurements: [{ type: 'spo2', value: 91, unit: '%' }] }],
    });
    const sender = { tenant: 'testfjord', clientId: 'LATE-1', topic: 'varde/v1/testfjord/LATE-1/dev/LATE-1/obs' };
    const ingest = createIngest({
      database: db.database,
      log: openLog('silent'),
      metrics: new Registry(),
      publishAck: () => undefined,
      now: () => new Date(),
    });
    await ingest.take({ ...sender, payload, retain: false, dup: false, qos: 1, receivedAt: takenAt });
    await ingest.stop();
    expect((await run(['refused', 'list'])).said).toMatch(/unknown-device +varde\/v1\/testfjord\/LATE-1/);
    expect((await run(['refused', 'show', '1'])).said).toMatch(/Reason {4}unknown-device: [\s\S]*"value":91/);
    expect(await run(['refused', 'show', '999'])).toMatchObject({ code: 1, complained: 'varde: there is no refused message 999' });
    expect((await json<{ result: string }[]>(['refused', 'process', '1']))[0]?.result).toBe('still-open');
    await run(['device', 'register', 'LATE-1', '--kind', 'pulse-oximeter']);
    const from = new Date(Date.now() - 3_600_000).toISOString();
    expect((await run(['wearer', 'assign', 'LATE-1', '--patient', '1', '--from', from])).code).toBe(0);
    expect((await run(['refused', 'process', '--all'])).said).toMatch(/1 +processed +1 stored/);
    expect((await run(['refused', 'process', '--all'])).said).toBe('Nothing waits.');
    expect((await run(['reading', 'list', '1'])).said).toMatch(/oxygen saturation +91 % +LATE-1/);
  });

  test('tells the story of an episode in both languages, without the name unless asked for', async () => {
    const [measured] = await query<{ id: string; observed_at: Date }>(`select id, observed_at from measurement limit 1`);
    const at = measured?.observed_at;
    const [episode] = await query<{ id: string }>(
      `insert into episode (patient_id, domains, severity, signals, opened_at, last_signal_at, owner_unit_id, pathway_id, pathway_version,
         ladder_started_at, version) values (1, '{respiratory}', 'red', '[]', $1, $1, 1, 1, 1, $1, 1) returning id`,
      [at],
    );
    await query(
      `insert into finding (patient_id, rule_id, rule_version, domain, result, severity, anchor, at, received_at, judged_at, reading_ids,
         limits, reason_nb, reason_en, episode_id)
       values (1, 'copd.spo2.below_target', 1, 'respiratory', 'fire', 'red', 'm:1', $1, $1, $1, $2,
         '[{"parameter":"target_low","value":92,"unit":"%","source":"personal","version":3}]', 'SpO2 91 % er under 92 %', 'SpO2 91 % is below 92 %', $3)`,
      [at, [measured?.id], episode?.id],
    );
    await query(`insert into episode_step (episode_id, at, kind, reason_nb, reason_en) values ($1, $2, 'opened', 'åpnet', 'opened')`, [
      episode?.id,
      at,
    ]);
    await query(
      `insert into notice (episode_id, key, channel, cause, severity, unit_id, text_nb, text_en, queued_at, sent_at)
       values ($1, 'k', 'worklist', 'opened', 'red', 1, 'Ny hendelse', 'New episode', $2, $2)`,
      [episode?.id, at],
    );
    expect((await run(['episode', 'list'])).said).toMatch(/red +respiratory .*Follow-up +waits/);
    const en = (await run(['episode', 'story', String(episode?.id)])).said;
    expect(en).toMatch(/Episode 1: red, respiratory/);
    expect(en).toContain('Owner: Follow-up');
    expect(en).toContain('rule copd.spo2.below_target v1: fire, red');
    expect(en).toContain('limit target_low = 92 % (personal v3)');
    expect(en).toMatch(/oxygen saturation 91 %, LATE-1 \(m:\d+\)/);
    expect(en).toContain('opened: opened (the program)');
    expect(en).toContain('Follow-up (worklist): New episode [queued, sent]');
    expect(en).not.toContain('Test Person');
    const nb = (await run(['episode', 'story', String(episode?.id), '--lang', 'nb', '--names'])).said;
    expect(nb).toContain('SpO2 91 % er under 92 %');
    expect(nb).toContain('oksygenmetning 91 %');
    expect(nb).toMatch(/^Hendelse 1: rød, pust, /);
    expect(nb).toContain('regel copd.spo2.below_target v1: slo ut, rød');
    expect(nb).toContain('grense target_low = 92 % (personlig v3)');
    expect(nb).toContain('åpnet: åpnet (programmet)');
    expect(nb).toContain('Follow-up (arbeidsliste): Ny hendelse [i kø, sendt]');
    expect(nb).toContain('Test Person');
    const story = await json<{ findings: unknown[]; readings: unknown[] }>(['episode', 'story', String(episode?.id)]);
    expect(story.findings).toHaveLength(1);
    expect(story.readings).toHaveLength(1);
    expect(await run(['episode', 'story', '999'])).toMatchObject({ code: 1, complained: 'varde: there is no episode 999' });
  });

  describe('trying a device', () => {
    let broker: Aedes;
    let server: Server;
    let url = '';
    const heard: { topic: string; value: unknown }[] = [];

    // Stands for the service's broker: lets one credential in and answers what comes, so that this file needs no whole service.
    beforeAll(async () => {
      broker = await Aedes.createBroker();
      broker.authenticate = (client, user, password, done) =>
        done(null, client.id === 'OX-1' && user === 'testfjord/OX-1' && password?.toString() === 'right');
      broker.on('publish', (packet) => {
        const topic = parseTopic(packet.topic);
        if (topic?.kind !== 'obs') return;
        const message = JSON.parse(packet.payload.toString()) as { messageId: string; readings: { measurements: unknown }[] };
        heard.push({ topic: packet.topic, value: message.readings[0]?.measurements });
        const payload = Buffer.from(encodeAck([{ messageId: message.messageId, status: 'parked', reason: 'no-wearer' }]));
        const answer = {
          cmd: 'publish' as const,
          topic: `varde/v1/${topic.tenant}/${topic.gateway}/ack`,
          payload,
          qos: 1 as const,
          retain: false,
          dup: false,
        };
        broker.publish(answer, () => undefined);
      });
      server = createServer(broker.handle);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    afterAll(async () => {
      await new Promise<void>((resolve) => broker.close(() => resolve()));
      await new Promise<void>((resolve) => server.close(() => resolve()));
    });

    test('sends one reading as the device would and prints the answer', async () => {
      const line = ['device', 'try', 'OX-1', '--spo2', '91', '--pulse', '72', '--url', url];
      const sent = await run([...line, '--secret', 'right']);
      expect(sent.said).toBe(`Sent to ${url} and answered: parked (no-wearer)`);
      expect(heard).toEqual([
        {
          topic: 'varde/v1/testfjord/OX-1/dev/OX-1/obs',
          value: [
            { type: 'spo2', value: 91, unit: '%' },
            { type: 'pulse', value: 72, unit: '/min' },
          ],
        },
      ]);
      const wrong = await run(line, {}, { VARDE_DEVICE_SECRET: 'wrong' });
      expect(wrong).toMatchObject({ code: 1, complained: expect.stringMatching(/did not let OX-1 in/) as string });
      expect(wrong.complained).not.toContain('wrong');
    });

    test.each([
      [['--url', 'mqtt://127.0.0.1:1'], /nothing to send/],
      [['--spo2', '91', '--weight', '80'], /one thing at a time/],
      [['--spo2', 'high'], /--spo2 must be a number/],
      [['--spo2', '91'], /--secret is missing/],
    ])('%j is not understood', async (options, reason) => {
      const { code, complained } = await run(['device', 'try', 'OX-1', ...options]);
      expect(code).toBe(2);
      expect(complained).toMatch(reason);
    });
  });
});

describe('the command line on an embedded database', () => {
  let dataDir = '';
  const run = async (...line: string[]): Promise<{ code: ExitCode; terminal: TestTerminal }> => {
    const terminal = new TestTerminal({ VARDE_DATA_DIR: dataDir });
    return { code: await runCli(line, terminal), terminal };
  };

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'varde-cli-'));
    await copyTestDataTo(join(dataDir, 'database'));
  });
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  test('starts it when no service runs, and lets go of it', async () => {
    expect((await run('init')).code).toBe(0);
    expect((await run('unit', 'add', 'Follow-up', '--level', 'dho')).code).toBe(0);
    const engine = await startEmbedded({ dataDir: join(dataDir, 'database'), log: testLog, lockWaitMs: 0 });
    await engine.stop();
  });

  test('works beside a running service, which keeps its database', async () => {
    const service: Database = await openDatabase({ databaseUrl: null, dataDir: join(dataDir, 'database'), log: testLog });
    try {
      const { code, terminal } = await run('person', 'add', 'kari', '--name', 'Kari', '--role', 'nurse', '--unit', '1');
      expect({ code, complained: terminal.complained }).toEqual({ code: 0, complained: [] });
      const rows = await service.dataSource.query<unknown[]>(`select 1 from person where username = 'kari'`);
      expect(rows).toHaveLength(1);
    } finally {
      await service.close();
    }
  });

  test('says so when the database is held by somebody who left no address', async () => {
    const engine = await startEmbedded({ dataDir: join(dataDir, 'database'), log: testLog });
    try {
      writeFileSync(join(dataDir, 'database', 'engine.url'), '');
      const { code, terminal } = await run('unit', 'list');
      expect(code).toBe(1);
      expect(terminal.complained.join()).toMatch(/already open in another process/);
    } finally {
      await engine.stop();
    }
  });
});
