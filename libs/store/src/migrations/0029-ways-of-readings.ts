import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A patient's weights by value; what is known of gateways' clocks; how much is kept of what belongs to nobody. */
export class WaysOfReadings0029 implements MigrationInterface {
  name = 'WaysOfReadings0029';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- A new weight is held against those of two weeks: whether any is far shows at the two ends, without reading them all.
      create index weight_by_value on reading (patient_id, value) where metric = 'weight' and doubt is null;

      -- How far each gateway's clock is from ours, so that a service that begins again judges times as it did before.
      create table gateway_clock (
        community_id integer not null references community,
        client_id text not null,
        since_at timestamptz not null,
        since_offset_ms bigint not null,
        offset_ms bigint not null,
        window_from_at timestamptz not null,
        window_least_ms bigint not null,
        learnt_at timestamptz not null,
        primary key (community_id, client_id)
      );

      -- So much is kept of a topic whose device nobody has registered or wears; the rest is counted.
      create index refused_unclaimed on refused (topic, reason) where parked and state <> 'processed';
    `);
  }

  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
