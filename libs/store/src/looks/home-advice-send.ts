import { weightAskedOf, type AdviceAnswer, type AdviceKind } from '@varde/look';
import type { Words } from '@varde/rules';
import type { EntityManager } from 'typeorm';
import { QUESTIONS } from './home-advice.js';
import { claimForHomes, type DuePage } from './home-outbox.js';

/** For how long a home that was away is told that something is of no use any more. */
export const WITHDRAWN_DAYS = 7;
const DAY_MS = 86_400_000;

/** Advice that is due to be sent to a gateway, or to be taken back. */
export interface AdviceToSend {
  readonly id: number;
  /** Code of the community: the tenant of the topics. */
  readonly tenant: string;
  readonly clientId: string;
  /** Device on whose topic it is answered. */
  readonly deviceName: string;
  readonly kind: AdviceKind;
  /** The weighing that a question is about; null: it is about none. */
  readonly weightAsked: number | null;
  readonly text: Words;
  readonly answers: readonly AdviceAnswer[];
  readonly mustAnswer: boolean;
  readonly advisedAt: Date;
  readonly ofUseUntil: Date;
  readonly withdrawn: boolean;
}

const DUE = `
  select h.id::float8 as id, c.code as tenant, h.client_id as "clientId", h.device_name as "deviceName", h.kind, h.key, h.text_nb as nb,
    h.text_en as en, h.answers, h.must_answer as "mustAnswer", h.advised_at as "advisedAt", h.of_use_until as "ofUseUntil",
    h.withdrawn_at is not null as withdrawn
  from home_advice h join community c on c.id = h.community_id
  where h.next_try_at <= $1 and h.next_try_at >= $5 and h.id > $2 and case when h.withdrawn_at is null then h.of_use_until > $1 else h.withdrawn_at > $4 end
  order by h.id limit $3`;

/** Advice due to be sent and still of use, a page of it. Whose gateway is away stays due. */
export async function readAdviceToSend(manager: EntityManager, now: Date, { since, afterId, limit }: DuePage): Promise<AdviceToSend[]> {
  const oldest = new Date(now.getTime() - WITHDRAWN_DAYS * DAY_MS);
  const rows = await manager.query<(Omit<AdviceToSend, 'text' | 'weightAsked'> & { key: string; nb: string; en: string })[]>(DUE, [
    now,
    afterId,
    limit,
    oldest,
    since ?? '-infinity',
  ]);
  return rows.map(({ nb, en, key, ...rest }) => ({ ...rest, weightAsked: weightAskedOf(key), text: { nb, en } }));
}

/** Takes what is still due of these (`claimForHomes`). */
export function claimAdvice(manager: EntityManager, ids: readonly number[], now: Date, againAt: Date): Promise<number[]> {
  return claimForHomes(manager, 'home_advice', ids, { now, againAt });
}

// Nobody waits for what was answered meanwhile, nor for a question that was withdrawn.
const OF_USE = `id = any($1::bigint[]) and answered_at is null and (withdrawn_at is null or kind not in (${QUESTIONS}))`;

/** What could not be published is due again then. */
export async function saveAdviceFailed(manager: EntityManager, ids: readonly number[], againAt: Date): Promise<void> {
  await manager.query(`update home_advice set next_try_at = $2 where ${OF_USE}`, [ids, againAt]);
}

/** What no home was there to get is due again then, and not sent; what is withdrawn had been sent before. */
export async function saveAdviceUnheard(manager: EntityManager, ids: readonly number[], againAt: Date): Promise<void> {
  await manager.query(
    `update home_advice set next_try_at = $2, sent_at = case when withdrawn_at is not null then sent_at end where ${OF_USE}`,
    [ids, againAt],
  );
}

/** The gateway has confirmed that it has the advice, or that it was withdrawn. */
export async function saveAdviceDelivered(
  manager: EntityManager,
  { id, withdrawn }: { readonly id: number; readonly withdrawn: boolean },
  now: Date,
): Promise<void> {
  const what = withdrawn
    ? 'next_try_at = null where id = $1 and withdrawn_at <= $2'
    : `delivered_at = coalesce(delivered_at, $2), next_try_at = case when withdrawn_at is not null then next_try_at end where id = $1`;
  await manager.query(`update home_advice set ${what}`, [id, now]);
}
