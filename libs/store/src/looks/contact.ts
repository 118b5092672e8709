import { WINDOW_HOURS } from '@varde/look';
import type { Planned } from '@varde/plans';
import type { Contact, DeviceContact } from '@varde/rules';
import type { EntityManager } from 'typeorm';
import type { DeviceKind } from '../directory/devices.js';
import { groupRows } from '../server/group-rows.js';
import { readOutages } from '../server/heartbeat.js';
import { lastActOf } from './last-act.js';

const HOUR_MS = 3_600_000;

/** What each kind of device measures, as schedules name it. */
const MEASURES: Readonly<Record<DeviceKind, readonly Planned[]>> = {
  'pulse-oximeter': ['spo2', 'pulse'],
  scale: ['weight'],
  'blood-pressure-monitor': ['systolic', 'diastolic', 'systolic-standing', 'diastolic-standing', 'pulse', 'irregular-pulse'],
  thermometer: ['temperature'],
  'heart-rate-sensor': ['pulse'],
  'glucose-meter': ['glucose'],
  spirometer: ['fev1', 'fvc', 'pef'],
  tablet: ['questionnaire:daily', 'questionnaire:weekly'],
  other: [],
};

// What a device has measured shows that it was in contact, whatever its gateway says of that. The gateway a device comes through is the one its wearer's last act came through, since what an earlier wearer measured came through another
// home. A gateway that lost its connection without a word is not online, whatever it last said.
const DEVICES = `
  select w.patient_id, d.kind, d.battery_percent, d.errors, greatest(d.contact_at, last.received_at) as contact_at,
    g.client_id is not null as has_gateway, coalesce(g.online and coalesce(g.connected, true), false) as online,
    case when g.online and g.connected is false then g.connected_changed_at
      when g.online then greatest(g.online_changed_at, g.connected_changed_at)
      else coalesce(g.online_changed_at, g.status_at) end as since, g.status_at
  from wearer w
  join device d on d.id = w.device_id
  left join lateral (
    ${lastActOf({ device: 'd.id', patient: 'w.patient_id', now: '$2' })}
  ) last on true
  left join gateway g on g.community_id = d.community_id and g.client_id = last.client_id
  where w.patient_id = any($1::int[]) and (w.to_at is null or w.to_at > $2)`;

interface DeviceRow {
  patient_id: number;
  kind: string;
  battery_percent: number | null;
  errors: string[];
  contact_at: Date | null;
  has_gateway: boolean;
  online: boolean;
  since: Date | null;
  status_at: Date | null;
}

/**
 * Whether measurements of these patients could have come: their devices with the gateways they come through, and when we ourselves
 * were away during the window. Two statements however many they are.
 */
export async function readContacts(tx: EntityManager, patientIds: readonly number[], now: Date): Promise<Map<number, Contact>> {
  if (patientIds.length === 0) return new Map();
  const outages = await readOutages(tx, new Date(now.getTime() - WINDOW_HOURS * HOUR_MS), now);
  const blind = outages.map(({ from, to }) => ({ from, to }));
  const rows: DeviceRow[] = await tx.query(DEVICES, [patientIds, now]);
  const devices = groupRows(rows, toDevice);
  return new Map(patientIds.map((id) => [id, { devices: devices.get(id) ?? [], blind }]));
}

function toDevice(row: DeviceRow): DeviceContact {
  const since = row.since ?? row.status_at;
  return {
    metrics: MEASURES[row.kind as DeviceKind] ?? [],
    batteryPercent: row.battery_percent,
    errors: row.errors,
    contactAt: row.contact_at,
    gateway: row.has_gateway && since !== null ? { isOnline: row.online, since } : null,
  };
}
