import { createHmac } from 'node:crypto';

const ANSWER_TIMEOUT_MS = 10_000;

/** What is posted, where to, and the key it is signed with; without a key it is not signed. */
export interface WebhookPost {
  readonly url: string;
  readonly body: string;
  readonly signingSecret: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** `t=<seconds>,v1=<hex>`: HMAC-SHA-256 over `<seconds>.<body>`, so that a receiver can check origin and age. */
export function signature(body: string, secret: string, at: Date): string {
  const seconds = Math.floor(at.getTime() / 1000);
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

/**
 * Posts JSON to a webhook. Null when the receiver answered 2xx, else why not. Redirects are not followed: the address was chosen by an
 * administrator.
 */
export async function postWebhook({ url, body, signingSecret, headers = {} }: WebhookPost, now: Date): Promise<string | null> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      headers: {
        'content-type': 'application/json',
        ...headers,
        ...(signingSecret === null ? {} : { 'varde-signature': signature(body, signingSecret, now) }),
      },
      body,
    });
    return answer.ok ? null : `answered ${answer.status}`;
  } catch (error) {
    return error instanceof Error ? error.name : 'no answer';
  }
}
