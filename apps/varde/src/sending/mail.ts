import { createTransport } from 'nodemailer';
import { failed, type Sending, type Way } from './sending.js';

/** One message to one address, plain text. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** The same on every resend: mail programs show a copy once. */
  readonly key: string;
}

/** Sends mail through one server. */
export interface Mailer {
  send(mail: Mail): Promise<Sending>;
  close(): void;
}

/** Shorter than the lease of a notice: nobody else sends it meanwhile. */
const CONNECT_MS = 5_000;
const ANSWER_MS = 8_000;

/**
 * Opens the way to a mail server (`smtp://` with STARTTLS when offered, `smtps://` with TLS). Mail it has taken is sent; whether it was
 * delivered nobody says.
 */
export function openMailer({ url, from }: { readonly url: string; readonly from: string }): Mailer {
  const transport = createTransport({
    url,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: ANSWER_MS,
    dnsTimeout: CONNECT_MS,
    // Nothing is ever read from a file or an address: a message is only its text.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const host = from.slice(from.lastIndexOf('@') + 1).replace(/[^A-Za-z0-9.-]/g, '');
  return {
    async send({ to, subject, text, key }) {
      const messageId = `<${key.replace(/[^A-Za-z0-9.-]/g, '.')}@${host}>`;
      try {
        await transport.sendMail({ from, to, subject, text, messageId, headers: { 'Auto-Submitted': 'auto-generated' } });
        return { ok: true, receiptId: null, isDelivered: false };
      } catch (error) {
        return faultOf(error);
      }
    },
    close: () => transport.close(),
  };
}

/** Which command came to nothing, and what the server answered to it, if it did. */
interface MailFault {
  readonly code?: unknown;
  readonly command?: unknown;
  readonly responseCode?: unknown;
}

/** An answer of 500 and above says that the same message will never be taken [RFC 5321, 4.2.1]; a password that is wrong, that none will. */
function faultOf(error: unknown): Sending {
  const { code, command, responseCode } = (error ?? {}) as MailFault;
  if (typeof responseCode !== 'number') return failed(typeof code === 'string' ? code : 'no answer', false, 'broke');
  const isForGood = responseCode >= 500;
  return failed(`the mail server answered ${responseCode}`, isForGood && code !== 'EAUTH', wayOf(command, isForGood));
}

/** A server that takes a receiver and then refuses the text for good speaks of their mailbox: it is full, or what is written is filtered. */
function wayOf(command: unknown, isForGood: boolean): Way {
  if (command === 'RCPT TO' || (command === 'DATA' && isForGood)) return 'stands';
  return isForGood ? 'closed' : 'broke';
}
