// Receivers that tests tell things to: a mail server, an SMS gateway and a webhook over real sockets.
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

/** A mail server. `answer` says what it does with a recipient, and `answerToText` with the whole mail: takes it (null) or refuses with this code. */
export interface MailServer {
  readonly url: string;
  readonly taken: TakenMail[];
  answer: (to: string) => number | null;
  answerToText: () => number | null;
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
      done(code === null ? null : refused(code));
    },
    onData: (stream, { envelope }, done) => {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        const code = mail.answerToText();
        if (code !== null) return done(refused(code));
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
    answerToText: () => null,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
  return mail;
}

const refused = (responseCode: number): Error => Object.assign(new Error('refused'), { responseCode });

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
  const { url, close } = await startPosted((headers, text) => {
    const body = JSON.parse(text) as TakenSms['body'];
    asked.push({ headers, body });
    const status = receiver.answer(body.to);
    return { status, answer: status < 300 ? JSON.stringify({ receiptId: `r-${body.id}` }) : '' };
  });
  const receiver: SmsReceiver = { url: `${url}/messages`, asked, answer: () => 202, close };
  return receiver;
}

/** A request a webhook has taken or refused; the body as it came, since it is signed. */
export interface TakenPost {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A webhook. `answer` says with which status it answers, and when; `movedTo` where it sends those on whom it answers so. */
export interface HookReceiver {
  readonly url: string;
  readonly posted: TakenPost[];
  answer: () => number | Promise<number>;
  movedTo: string | null;
  close(): Promise<void>;
}

/** Starts a webhook, which takes what comes. */
export async function startHookReceiver(): Promise<HookReceiver> {
  const posted: TakenPost[] = [];
  const { url, close } = await startPosted(async (headers, body) => {
    posted.push({ headers, body });
    return { status: await receiver.answer(), answer: '', movedTo: receiver.movedTo };
  });
  const receiver: HookReceiver = { url: `${url}/hook`, posted, answer: () => 204, movedTo: null, close };
  return receiver;
}

interface Answer {
  readonly status: number;
  readonly answer: string;
  readonly movedTo?: string | null;
}

/** Starts a server that is posted to. */
async function startPosted(
  take: (headers: IncomingHttpHeaders, text: string) => Answer | Promise<Answer>,
): Promise<Pick<HookReceiver, 'url' | 'close'>> {
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (part: Buffer) => (text += part.toString('utf8')));
    request.on('end', () => {
      void Promise.resolve(take(request.headers, text)).then(({ status, answer, movedTo }) =>
        response.writeHead(status, movedTo ? { location: movedTo } : {}).end(answer),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
