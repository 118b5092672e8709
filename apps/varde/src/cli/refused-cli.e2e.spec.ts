import { runCommand } from '../../../../test/command-line.js';
import { testDatabase } from '../../../../test/engine.js';

/** What devices sent is shown whole, and never as orders to the operator's terminal. */
describe('refused messages on the command line', () => {
  const db = testDatabase();

  const keep = async (payload: Buffer, topic = 'varde/v1/liten/a/dev/a/obs'): Promise<string> => {
    const [row] = await db.database.dataSource.query<{ id: string }[]>(
      `insert into refused (received_at, last_received_at, topic, payload, digest, measurement_index, reason, detail, parked)
       values (now(), now(), $2, $1, $1, -1, 'not-json', 'no JSON', false) returning id`,
      [payload, topic],
    );
    return row?.id ?? '';
  };
  const show = async (id: string): Promise<string> => (await runCommand(db.url, `refused show ${id}`)).said;
  const showData = async (id: string): Promise<unknown> => JSON.parse((await runCommand(db.url, `refused show ${id} --json`)).said);

  test('a payload that only begins as text is shown byte for byte, in hex', async () => {
    const payload = Buffer.concat([Buffer.from('a'.repeat(600)), Buffer.from([0xff, 0xfe, 0x80])]);
    const id = await keep(payload);
    expect(await show(id)).toMatch(new RegExp(`\\nBytes     603 \\(hex\\)\\n${payload.toString('hex')}$`));
    expect(await showData(id)).toMatchObject({ payloadAs: 'hex', payload: payload.toString('hex') });
  });

  test.each(['\u001b]0;owned\u0007', '\u009b2J', '\u202eevil'])(
    'what would steer a terminal (%j) is shown in hex, however late it comes',
    async (order) => {
      const payload = Buffer.from(`${'a'.repeat(600)}${order}`);
      const id = await keep(payload);
      expect(await show(id)).toMatch(new RegExp(`\\n${payload.toString('hex')}$`));
      expect(await showData(id)).toMatchObject({ payloadAs: 'hex' });
    },
  );

  test('what is text to the end is shown as text, also when a character lies across the 512th byte', async () => {
    const text = `{"a":"${'ø'.repeat(400)}"}`;
    expect(await show(await keep(Buffer.from(text)))).toMatch(new RegExp(`\\nBytes     808 \\(text\\)\\n${text}$`));
  });

  test('neither a topic nor anything else that was sent steers the terminal', async () => {
    const id = await keep(Buffer.from('x'), 'varde/v1/\u009b2J\u001b[2J\u202e');
    const topic = 'varde/v1/\\u009b2J\\u001b[2J\\u202e';
    expect(await show(id)).toContain(`Topic     ${topic}\n`);
    expect((await runCommand(db.url, 'refused list')).said).toContain(topic);
    expect((await runCommand(db.url, `refused show ${id} --json`)).said).toContain(topic);
    expect(await showData(id)).toMatchObject({ topic: 'varde/v1/\u009b2J\u001b[2J\u202e' });
  });
});
