import { readGatewayClocks, saveGatewayClocks, type GatewayName } from '@varde/store';
import type { DataSource } from 'typeorm';
import { describeFault } from './database-fault.js';
import type { GatewayClocks } from './gateway-clocks.js';
import type { Received } from './read-delivery.js';

/** What keeping clocks needs. */
export interface ClockKeeper {
  readonly dataSource: DataSource;
  readonly clocks: GatewayClocks;
  readonly now: () => Date;
  readonly onClockUnkept: (fault: object) => void;
}

/** The name by which a gateway's clock is known. */
export const clockName = ({ tenant, clientId }: GatewayName): string => `${tenant}/${clientId}`;

/** The gateways of these messages that sent readings, by the names of their clocks. */
function gatewaysOf(batch: readonly Received[]): Map<string, GatewayName> {
  return new Map(batch.filter(({ content }) => content.kind === 'readings').map(({ about }) => [clockName(about), about]));
}

/** Recalls what was kept of the clocks of these gateways, where nothing is known of them: one query, for each gateway once after a start. */
export async function recallClocks({ dataSource, clocks }: ClockKeeper, batch: readonly Received[]): Promise<void> {
  const unknown = [...gatewaysOf(batch)].filter(([name]) => !clocks.knows(name));
  if (unknown.length === 0) return;
  const kept = await readGatewayClocks(
    dataSource,
    unknown.map(([, gateway]) => gateway),
  );
  for (const [at, [name]] of unknown.entries()) {
    const clock = kept[at] ?? null;
    if (clock !== null) clocks.recall(name, clock);
  }
}

/**
 * Keeps what these messages have shown of their gateways' clocks, where it is news: for most gateways once. It is no part of the messages, so
 * a fault here costs them nothing; the next message tries again.
 */
export async function keepClocks({ dataSource, clocks, now, onClockUnkept }: ClockKeeper, batch: readonly Received[]): Promise<void> {
  const unkept = [...gatewaysOf(batch)].flatMap(([name, { tenant, clientId }]) => {
    const clock = clocks.takeUnkept(name);
    return clock === null ? [] : [{ tenant, clientId, ...clock }];
  });
  if (unkept.length === 0) return;
  try {
    await saveGatewayClocks(dataSource, unkept, now());
  } catch (error) {
    for (const gateway of unkept) clocks.leaveUnkept(clockName(gateway));
    onClockUnkept(describeFault(error));
  }
}
