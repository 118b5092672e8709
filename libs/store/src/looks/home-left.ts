import type { EntityManager } from 'typeorm';
import { WITHDRAW } from './home-advice.js';
import { wakeHomeSenders } from './home-outbox.js';

// As `saveAdvice` finds the way: where the patient last measured with what they wear. Whatever reaches no home is not sent. What is about an
// episode can only be answered on a device of theirs: nobody would hear of an answer on one that was taken back.
const WITHDRAW_ADVICE = `
  with worn as (
    select d.name, last.client_id from wearer w
    join device d on d.id = w.device_id and d.kind <> 'entered'
    left join lateral (
      select m.client_id from measurement m where m.device_id = d.id and m.patient_id = w.patient_id order by m.printed desc limit 1) last on true
    where w.patient_id = $2 and (w.to_at is null or w.to_at > $1))
  update home_advice h ${WITHDRAW}
  where h.patient_id = $2 and h.client_id is not null and h.answered_at is null and h.withdrawn_at is null and (
    not exists (select from worn where worn.client_id = h.client_id)
    or h.episode_id is not null and not exists (select from worn where worn.name = h.device_name))
  returning h.id`;

const SETTLE_ASKS = `
  update home_ask h set settled_at = $1, next_try_at = null
  where h.patient_id = $2 and h.settled_at is null and not exists (
    select from wearer w join device d on d.id = w.device_id
    where w.patient_id = h.patient_id and (w.to_at is null or w.to_at > $1) and d.community_id = h.community_id and d.name = h.device_name)`;

// A row of its own: a home shows each once. No look tells it again, for the key of the old one stays.
const TELL_ANEW = `
  insert into home_advice (patient_id, episode_id, key, kind, text_nb, text_en, answers, must_answer, community_id, advised_at, of_use_until, read_at)
  select h.patient_id, h.episode_id, h.key || '/anew/' || h.id, h.kind, h.text_nb, h.text_en, h.answers, h.must_answer, h.community_id, h.advised_at,
    h.of_use_until, h.read_at
  from home_advice h
  join episode e on e.id = h.episode_id and e.closed_at is null
  join patient p on p.id = h.patient_id and (p.monitored_to is null or p.monitored_to > $1)
  where h.id = any($2::bigint[]) and h.of_use_until > $1
  order by h.id`;

// A device that has not been measured with is taken to be in the home where the patient last measured, unless a device that led there has been
// given to somebody else since.
const FIND_WAY = `
  with had as (
    select d.id, d.name, d.kind, w.from_at, w.to_at is null or w.to_at > $1 as is_worn, last.client_id, last.received_at
    from wearer w
    join device d on d.id = w.device_id and d.kind <> 'entered'
    left join lateral (
      select m.client_id, m.received_at from measurement m where m.device_id = d.id and m.patient_id = w.patient_id order by m.printed desc limit 1
    ) last on true
    where w.patient_id = $2
  ), before as (
    select newest.client_id from (select client_id, received_at from had where client_id is not null order by received_at desc limit 1) newest
    where not exists (
      select from wearer o
      cross join lateral (select m.client_id from measurement m where m.device_id = o.device_id order by m.printed desc limit 1) led
      where o.patient_id <> $2 and o.from_at > newest.received_at and (o.to_at is null or o.to_at > $1) and led.client_id = newest.client_id)
  ), way as (
    select coalesce(client_id, (select client_id from before)) as client_id, name
    from had where is_worn order by client_id is null, kind = 'tablet' desc, received_at desc, from_at desc limit 1
  )
  update home_advice h set client_id = way.client_id, next_try_at = $1,
    device_name = coalesce((select name from had where is_worn and kind = 'tablet' order by id limit 1), way.name)
  from way
  where way.client_id is not null and h.patient_id = $2 and h.episode_id is not null and h.client_id is null
    and h.answered_at is null and h.withdrawn_at is null and h.of_use_until > $1
  returning h.id`;

/**
 * Takes back what a patient was told and asked where no device of theirs leads any more, or that no device of theirs can answer: whoever has
 * the gateway next must not read it. As long as they are followed, what stands of an open episode is told anew, where they are reached now,
 * or as soon as they are (`tellWhereWorn`). In the transaction that ends a wearer.
 */
export async function withdrawFromLeftHomes(tx: EntityManager, patientId: number, now: Date): Promise<void> {
  const [withdrawn] = await tx.query<[{ id: string }[], number]>(WITHDRAW_ADVICE, [now, patientId]);
  await tx.query(SETTLE_ASKS, [now, patientId]);
  if (withdrawn.length === 0) return;
  await tx.query(TELL_ANEW, [now, withdrawn.map(({ id }) => id)]);
  await tx.query(FIND_WAY, [now, patientId]);
  await wakeHomeSenders(tx);
}

/**
 * Sends what waited for a way to the patient who has been given a device, and takes back what was told others where that device led last: the
 * gateway is taken to go with it. In the transaction that begins a wearer.
 */
export async function tellWhereWorn(
  tx: EntityManager,
  { patientId, deviceId }: { readonly patientId: number; readonly deviceId: number },
  now: Date,
): Promise<void> {
  const others = await tx.query<{ patient_id: number }[]>(
    `select distinct h.patient_id from device d
     cross join lateral (select m.client_id from measurement m where m.device_id = d.id order by m.printed desc limit 1) led
     join home_advice h on h.community_id = d.community_id and h.client_id = led.client_id
     where d.id = $2 and h.patient_id <> $1 and h.answered_at is null and h.withdrawn_at is null order by h.patient_id`,
    [patientId, deviceId],
  );
  for (const other of others) await withdrawFromLeftHomes(tx, other.patient_id, now);
  const [sent] = await tx.query<[unknown[], number]>(FIND_WAY, [now, patientId]);
  if (sent.length > 0) await wakeHomeSenders(tx);
}
