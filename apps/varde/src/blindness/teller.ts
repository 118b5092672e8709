import { setTimeout as wait } from 'node:timers/promises';
import type { Words } from '@varde/rules';
import type { Log } from '../log.js';
import type { Couriers } from '../sending/couriers.js';
import { postWebhook } from '../sending/webhook.js';
import type { Address } from './whom-to-tell.js';

/** A message to people that the service is blind, or sees again. */
export interface BlindMessage {
  /** The same however often and by whomever it is tried; another when it is told again after an hour. */
  readonly key: string;
  readonly kind: 'blind' | 'sees_again';
  readonly text: Words;
  /** What a webhook gets beside the words. */
  readonly facts: object;
}

/** Sends a message to one address. Null when it was taken, else why not. */
export type Courier = (address: Address, message: BlindMessage) => Promise<string | null>;

/** Waits between tries: whoever tells that something is blind has less than a minute. */
const TRIES_MS: readonly number[] = [0, 2_000, 6_000];

/** Body of a webhook: what is blind, and nothing about any patient. */
export function blindBody({ key, kind, text, facts }: BlindMessage): string {
  return JSON.stringify({ schema: 'varde.blindness/1', key, kind, text, ...facts });
}

const SUBJECT: Readonly<Record<BlindMessage['kind'], string>> = { blind: 'Varde ser ikke', sees_again: 'Varde ser igjen' };

/** Sends by this process itself, without the outbox and without the database: webhook, e-mail and SMS. */
export function courierOf({ mailer, sms }: Couriers, now: () => Date): Courier {
  return async ({ channel, address, signingSecret }, message) => {
    const { key, kind, text } = message;
    if (channel === 'webhook')
      return postWebhook({ url: address, body: blindBody(message), signingSecret, headers: { 'varde-notice': key } }, now());
    const sending =
      channel === 'email'
        ? await mailer?.send({ to: address, subject: SUBJECT[kind], text: `${text.nb}\n\n${text.en}\n`, key })
        : await sms?.send({ to: address, text: text.nb, key });
    if (sending === undefined) return `no way to send ${channel} is set`;
    return sending.ok ? null : sending.fault;
  };
}

/** Tells everybody at once, a few times where it fails. Answers how many were told. */
export async function tellEverybody(courier: Courier, addresses: readonly Address[], message: BlindMessage, log: Log): Promise<number> {
  const told = await Promise.all(addresses.map((address) => tellOne(courier, address, message, log)));
  const reached = told.filter(Boolean).length;
  log.warn({ key: message.key, kind: message.kind, reached, addresses: addresses.length }, message.text.en);
  return reached;
}

async function tellOne(courier: Courier, address: Address, message: BlindMessage, log: Log): Promise<boolean> {
  for (const ms of TRIES_MS) {
    if (ms > 0) await wait(ms);
    const fault = await courier(address, message);
    if (fault === null) return true;
    log.warn({ channel: address.channel, key: message.key, fault }, 'somebody could not be told that the service is blind');
  }
  return false;
}
