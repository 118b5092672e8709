// Receivers that tests tell things to: a mail server and an SMS gateway over real sockets.
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** A message a mail server has taken. */
export interface TakenMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and body as they came. */
  readonly raw: string;
}

/** A mail server. `answer` says what it does with a recipient: takes the mail (null) or refuses with this code. */
export interface MailServer {
  readonly url: string;
  readonly taken: TakenMail[];
  answer: (to: string) => number | null;
  close(): Promise<void>;
}

/** Starts a mail server that wants a user and a password. */
export async function startMailServer(): Promise<MailServer> {
  const taken: TakenMail[] = [];
  const server = new SMTPServer({
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    onAuth: ({ username, password }, _session, done) =>
      username === 'varde' && password === 'hemmelig' ? done(null, { user: username }) : done(new Error('no such user')),
    onRcptTo: ({ address }, _session, done) => {
      const code = mail.answer(address);
      done(code === null ? null : Object.assign(new Error('refused'), { responseCode: code }));
    },
    onData: (stream, { envelope }, done) => {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        taken.push({ from, to: envelope.rcptTo.map(({ address }) => address), raw: Buffer.concat(parts).toString('utf8') });
        done();
      });
    },
  });
  server.on('error', () => undefined); // a client that leaves in the middle is no fault of the test
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  const mail: MailServer = {
    url: `smtp://varde:hemmelig@127.0.0.1:${port}`,
    taken,
    answer: () => null,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
  return mail;
}

/** A request an SMS gateway has taken or refused. */
export interface TakenSms {
  readonly headers: IncomingHttpHeaders;
  readonly body: { readonly id: string; readonly to: string; readonly text: string };
}

/** An SMS gateway after docs/sms.md. */
export interface SmsReceiver {
  readonly url: string;
  readonly asked: TakenSms[];
  answer: (to: string) => number;
  close(): Promise<void>;
}

/** Starts an SMS gateway; what it takes it calls `r-<id>`. */
export async function startSmsReceiver(): Promise<SmsReceiver> {
  const asked: TakenSms[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (part: Buffer) => (text += part.toString('utf8')));
    request.on('end', () => {
      const body = JSON.parse(text) as TakenSms['body'];
      asked.push({ headers: request.headers, body });
      response.statusCode = receiver.answer(body.to);
      response.end(response.statusCode < 300 ? JSON.stringify({ receiptId: `r-${body.id}` }) : '');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  const receiver: SmsReceiver = {
    url: `http://127.0.0.1:${port}/messages`,
    asked,
    answer: () => 202,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return receiver;
}
