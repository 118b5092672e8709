import type { DataSource } from 'typeorm';

/** What a broker of ours saw of a gateway's connection; `left` when the gateway ended it in order. */
export interface ConnectionNews {
  /** Code of the community. */
  readonly tenant: string;
  readonly clientId: string;
  readonly kind: 'connected' | 'disconnected' | 'left' | 'clone-suspected';
  readonly at: Date;
}

// A gateway that has never said how it is, is there as long as it is connected.
const MEET = `
  insert into gateway (community_id, client_id, online, status, status_at)
  select c.id, s.client_id, true, '{}', to_timestamp(s.at_ms / 1000)
  from unnest($1::text[], $2::text[], $3::float8[]) as s (tenant, client_id, at_ms) join community c on c.code = s.tenant
  order by c.id, s.client_id
  on conflict (community_id, client_id) do nothing`;

const SAVE = `
  update gateway g set
    connected = case when s.kind = 'clone-suspected' then g.connected else s.kind = 'connected' end,
    left_in_order = case when s.kind = 'clone-suspected' then g.left_in_order else s.kind = 'left' end,
    connected_to = case when s.kind = 'connected' then $5 else g.connected_to end,
    connected_changed_at = case when s.kind = 'clone-suspected' then g.connected_changed_at else to_timestamp(s.at_ms / 1000) end,
    clone_suspected_at = case when s.kind = 'clone-suspected' then to_timestamp(s.at_ms / 1000) else g.clone_suspected_at end
  from unnest($1::text[], $2::text[], $3::text[], $4::float8[]) as s (tenant, client_id, kind, at_ms)
  join community c on c.code = s.tenant
  where g.community_id = c.id and g.client_id = s.client_id
    -- What another broker has seen since stands: a gateway that moved is not gone because the broker it left has noticed at last.
    and (s.kind = 'clone-suspected'
      or ((s.kind = 'connected' or g.connected_to = $5) and coalesce(g.connected_changed_at <= to_timestamp(s.at_ms / 1000), true)))`;

/**
 * Keeps what a broker saw: at most one line of each kind for a gateway, the last one.
 * @param broker name of the broker's process
 */
export async function saveConnectionNews(dataSource: DataSource, broker: string, news: readonly ConnectionNews[]): Promise<void> {
  for (const kind of [null, 'clone-suspected'] as const) {
    const some = news.filter((each) => (each.kind === 'clone-suspected') === (kind !== null));
    const last = [...new Map(some.map((each) => [`${each.tenant}/${each.clientId}`, each])).values()];
    if (last.length === 0) continue;
    const column = <T>(of: (each: ConnectionNews) => T): T[] => last.map(of);
    const names = [column(({ tenant }) => tenant), column(({ clientId }) => clientId)];
    if (kind === null) await dataSource.query(MEET, [...names, column(({ at }) => at.getTime())]);
    await dataSource.query(SAVE, [...names, column((each) => each.kind), column(({ at }) => at.getTime()), broker]);
  }
}

/** A broker begins: whoever was connected to it before is not any more. */
export async function saveBrokerStarted(dataSource: DataSource, broker: string, now: Date): Promise<void> {
  await dataSource.query(`update gateway set connected = false, connected_changed_at = $2 where connected and connected_to = $1`, [
    broker,
    now,
  ]);
}
