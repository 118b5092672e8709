import { ANEW } from '@varde/look';
import type { EntityManager } from 'typeorm';
import { queryPrepared, type Prepared } from '../server/prepared.js';
import { isKeptBack, isOneAdvice, KEPT_BACK, sendKeptBack, WITHDRAW } from './home-advice.js';
import { wakeHomeSenders } from './home-outbox.js';
import { lastActOf } from './last-act.js';

// As `saveAdvice` finds the way: where these patients ($2) last measured with what they wear.
const WORN = `
  worn as (
    select w.patient_id, d.id, d.name, d.kind, last.client_id, last.received_at from wearer w
    join device d on d.id = w.device_id and d.kind <> 'entered'
    left join lateral (
      ${lastActOf({ device: 'd.id', patient: 'w.patient_id', now: '$1' })}
    ) last on true
    where w.patient_id = any($2::integer[]) and (w.to_at is null or w.to_at > $1))`;

// Whatever reaches no home is not sent. What is about an episode can only be answered on a device of theirs: nobody would hear of an answer on one
// that was taken back.
const WITHDRAW_ADVICE = `
  with ${WORN}
  update home_advice h ${WITHDRAW}
  where h.patient_id = any($2::integer[]) and h.client_id is not null and h.answered_at is null and h.withdrawn_at is null
    and (h.episode_id is not null or not $3) and (
      not exists (select from worn where worn.patient_id = h.patient_id and worn.client_id = h.client_id)
      or h.episode_id is not null and not exists (select from worn where worn.patient_id = h.patient_id and worn.name = h.device_name))
  returning h.id`;

const SETTLE_ASKS = `
  update home_ask h set settled_at = $1, next_try_at = null
  where h.patient_id = $2 and h.settled_at is null and not exists (
    select from wearer w join device d on d.id = w.device_id
    where w.patient_id = h.patient_id and (w.to_at is null or w.to_at > $1) and d.community_id = h.community_id and d.name = h.device_name)`;

// Where they measure now, of the homes that lead to them.
const WAY = `
  way as (
    select distinct on (patient_id) patient_id, client_id, name from worn
    where client_id is not null order by patient_id, kind = 'tablet' desc, received_at desc
  )`;

// They had measured through the new gateway before they did through this one: both are of their home, and it is left on the screen of this one
// for a while, for it may be its turn again.
const KEEP_BACK = `
  with ${WORN}, ${WAY}
  update home_advice h set next_try_at = h.withdrawn_at + ${KEPT_BACK}
  from way
  where h.id = any($3::bigint[]) and h.patient_id = way.patient_id and h.next_try_at is not null and way.client_id <> h.client_id
    and exists (select from worn where worn.patient_id = h.patient_id and worn.name = h.device_name)
    and exists (
      select from worn
      join measurement before on before.device_id = worn.id and before.patient_id = h.patient_id and before.client_id = way.client_id
      join measurement since on since.device_id = worn.id and since.patient_id = h.patient_id and since.client_id = h.client_id
      where worn.patient_id = h.patient_id and since.received_at > before.received_at)`;

// The gateway whose turn it is has it on its screen already: it stands there again, and nothing is sent but what was never confirmed.
const STAND_AGAIN = `
  with ${WORN}, ${WAY}
  update home_advice again set withdrawn_at = null, read_at = coalesce(again.read_at, h.read_at),
    next_try_at = case when again.delivered_at is null then $1::timestamptz end
  from home_advice h join way on way.patient_id = h.patient_id
  where h.id = any($3::bigint[]) and again.id <> h.id and again.episode_id = h.episode_id and ${isOneAdvice('again', 'h')}
    and again.client_id = way.client_id and again.answered_at is null and ${isKeptBack('again')}
  returning h.id`;

// A row of its own: a home shows each once. No look tells it again, for the key of the old one stays.
const TELL_ANEW = `
  insert into home_advice (patient_id, episode_id, key, kind, text_nb, text_en, answers, must_answer, community_id, advised_at, of_use_until, read_at)
  select h.patient_id, h.episode_id, h.key || '${ANEW}' || h.id, h.kind, h.text_nb, h.text_en, h.answers, h.must_answer, h.community_id, h.advised_at,
    h.of_use_until, h.read_at
  from home_advice h
  join episode e on e.id = h.episode_id and e.closed_at is null
  join patient p on p.id = h.patient_id and (p.monitored_to is null or p.monitored_to > $1)
  where h.id = any($2::bigint[]) and h.of_use_until > $1
  order by h.id`;

// Only a home from which something they wear has come leads to them: whoever has what they wore before may have its gateway too.
const FIND_WAY = `
  with ${WORN}, ${WAY}, tablet as (
    select distinct on (patient_id) patient_id, name from worn where kind = 'tablet' order by patient_id, id
  )
  update home_advice h set client_id = way.client_id, next_try_at = $1, device_name = coalesce(tablet.name, way.name)
  from way left join tablet on tablet.patient_id = way.patient_id
  where h.patient_id = way.patient_id and h.episode_id is not null and h.client_id is null
    and h.answered_at is null and h.withdrawn_at is null and h.of_use_until > $1
  returning h.id`;

// Of whom nothing stands, no wearer and no measurement is read: nearly everybody.
const ASTRAY: Prepared = {
  name: 'varde_astray',
  text: `
  select distinct h.patient_id from home_advice h
  where h.patient_id = any($2::integer[]) and h.episode_id is not null and h.answered_at is null and h.withdrawn_at is null and h.of_use_until > $1
    and (h.client_id is null or not exists (
      select from wearer w
      join device d on d.id = w.device_id and d.kind <> 'entered'
      cross join lateral (
        ${lastActOf({ device: 'd.id', patient: 'w.patient_id', now: '$1' })}
      ) last
      where w.patient_id = h.patient_id and (w.to_at is null or w.to_at > $1) and last.client_id = h.client_id))
  order by h.patient_id`,
};

/**
 * Takes back what a patient was told and asked where no device of theirs leads any more, or that no device of theirs can answer: whoever has
 * the gateway next must not read it. As long as they are followed, what stands of an open episode is told anew where a device of theirs has
 * delivered from, or as soon as one has (`tellWhereMeasured`). In the transaction that ends a wearer.
 */
export async function withdrawFromLeftHomes(tx: EntityManager, patientId: number, now: Date): Promise<void> {
  const isTold = await tellAnew(tx, [patientId], { onlyOfEpisodes: false }, now);
  await tx.query(SETTLE_ASKS, [now, patientId]);
  if (isTold) await wakeHomeSenders(tx);
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
     cross join lateral (${lastActOf({ device: 'd.id', patient: null, now: '$3' })}) led
     join home_advice h on h.community_id = d.community_id and h.client_id = led.client_id
     where d.id = $2 and h.patient_id <> $1 and h.answered_at is null and h.withdrawn_at is null order by h.patient_id`,
    [patientId, deviceId, now],
  );
  for (const other of others) await withdrawFromLeftHomes(tx, other.patient_id, now);
  const [sent] = await tx.query<[unknown[], number]>(FIND_WAY, [now, [patientId]]);
  if (sent.length > 0) await wakeHomeSenders(tx);
}

/** Those of patients who have measured whom something that stands of an open episode has no way to, or one that nothing they wear leads to any more. */
export async function readAstray(tx: EntityManager, patientIds: readonly number[], now: Date): Promise<number[]> {
  if (patientIds.length === 0) return [];
  const rows = await queryPrepared<{ patient_id: number }>(tx, ASTRAY, [now, patientIds], patientIds.length);
  return rows.map(({ patient_id: patientId }) => patientId);
}

/**
 * Tells them where they are reached now: what waited for a way, and anew what was told elsewhere. A question is about no episode and stays: it would
 * not be asked again. In the transaction of the look.
 */
export async function tellWhereMeasured(tx: EntityManager, astrayIds: readonly number[], now: Date): Promise<void> {
  if (astrayIds.length === 0) return;
  if (await tellAnew(tx, astrayIds, { onlyOfEpisodes: true }, now)) await wakeHomeSenders(tx);
}

/** @returns whether there is anything to send or take back */
async function tellAnew(
  tx: EntityManager,
  patientIds: readonly number[],
  { onlyOfEpisodes }: { readonly onlyOfEpisodes: boolean },
  now: Date,
): Promise<boolean> {
  const [withdrawn] = await tx.query<[{ id: string }[], number]>(WITHDRAW_ADVICE, [now, patientIds, onlyOfEpisodes]);
  let ids = withdrawn.map(({ id }) => id);
  if (!onlyOfEpisodes) await sendKeptBack(tx, { patientIds }, now);
  else if (ids.length > 0) {
    await tx.query(KEEP_BACK, [now, patientIds, ids]);
    const [standing] = await tx.query<[{ id: string }[], number]>(STAND_AGAIN, [now, patientIds, ids]);
    ids = ids.filter((id) => !standing.some((each) => each.id === id));
  }
  if (ids.length > 0) await tx.query(TELL_ANEW, [now, ids]);
  const [sent] = await tx.query<[unknown[], number]>(FIND_WAY, [now, patientIds]);
  return withdrawn.length + sent.length > 0;
}
