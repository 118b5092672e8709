import { failed, type Sending, type Way } from './sending.js';

/** One message to one number. */
export interface Sms {
  /** With its country, such as +4790000000. */
  readonly to: string;
  readonly text: string;
  /** The same on every resend: a gateway sends a copy once. */
  readonly key: string;
}

/** Hands messages to one SMS gateway (docs/sms.md). */
export interface SmsGateway {
  send(sms: Sms): Promise<Sending>;
}

const ANSWER_MS = 10_000;
/** Refusals that another try could end differently: too slow, too many, and whatever is the gateway's own trouble. */
const PASSING = new Set([401, 403, 408, 425, 429]);
/** No number is refused so: the token is not known, or the address of the gateway is another. */
const CLOSED = new Set([401, 404, 405, 410]);
const RECEIPT_ID = /^[\x21-\x7e]{1,128}$/;

/** Opens the way to a gateway. Redirects are not followed: the address was chosen by an administrator. */
export function openSmsGateway({ url, token }: { readonly url: string; readonly token: string }): SmsGateway {
  return {
    async send({ to, text, key }) {
      try {
        const answer = await fetch(url, {
          method: 'POST',
          redirect: 'manual',
          signal: AbortSignal.timeout(ANSWER_MS),
          headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, 'idempotency-key': key },
          body: JSON.stringify({ id: key, to, text }),
        });
        const body = await answer.text();
        if (!answer.ok) {
          const isFinal = answer.status >= 400 && answer.status < 500 && !PASSING.has(answer.status);
          return failed(`the gateway answered ${answer.status}`, isFinal, wayOf(answer.status, isFinal));
        }
        return { ok: true, receiptId: receiptIdOf(body), isDelivered: false };
      } catch (error) {
        return failed(error instanceof Error ? error.name : 'no answer', false, 'broke');
      }
    },
  };
}

function wayOf(status: number, isFinal: boolean): Way {
  if (CLOSED.has(status)) return 'closed';
  return isFinal ? 'stands' : 'broke';
}

/** Null: the gateway gives no receipts. */
function receiptIdOf(body: string): string | null {
  try {
    const { receiptId } = (JSON.parse(body) ?? {}) as { receiptId?: unknown };
    return typeof receiptId === 'string' && RECEIPT_ID.test(receiptId) ? receiptId : null;
  } catch {
    return null;
  }
}
