import type { EntityManager } from 'typeorm';
import { WITHDRAW } from './home-advice.js';
import { wakeHomeSenders } from './home-outbox.js';

// As `saveAdvice` finds the way: where the patient last measured with what they wear. Whatever reaches no home is not sent.
const WITHDRAW_ADVICE = `
  update home_advice h ${WITHDRAW}
  where h.patient_id = $2 and h.client_id is not null and h.answered_at is null and h.withdrawn_at is null and not exists (
    select from wearer w
    join device d on d.id = w.device_id and d.kind <> 'entered'
    cross join lateral (
      select m.client_id from measurement m where m.device_id = d.id and m.patient_id = w.patient_id order by m.printed desc limit 1) last
    where w.patient_id = h.patient_id and (w.to_at is null or w.to_at > $1) and last.client_id = h.client_id)
  returning 1`;

const SETTLE_ASKS = `
  update home_ask h set settled_at = $1, next_try_at = null
  where h.patient_id = $2 and h.settled_at is null and not exists (
    select from wearer w join device d on d.id = w.device_id
    where w.patient_id = h.patient_id and (w.to_at is null or w.to_at > $1) and d.community_id = h.community_id and d.name = h.device_name)`;

/**
 * Takes back what a patient was told and asked where no device of theirs leads any more: whoever has the gateway next must not read it. In the
 * transaction that ends a wearer.
 */
export async function withdrawFromLeftHomes(tx: EntityManager, patientId: number, now: Date): Promise<void> {
  const [rows] = await tx.query<[unknown[], number]>(WITHDRAW_ADVICE, [now, patientId]);
  await tx.query(SETTLE_ASKS, [now, patientId]);
  if (rows.length > 0) await wakeHomeSenders(tx);
}
