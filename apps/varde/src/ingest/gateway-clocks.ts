import type { KeptClock } from '@varde/store';
import { gatewayOffset, type GatewayClock, type GatewayOffset } from '@varde/wire';

interface Evidence {
  offset: GatewayOffset;
  /** When the offset was first seen, by our clock, and what it was. */
  readonly sinceMs: number;
  readonly sinceOffsetMs: number;
  /** What was kept of it last; null: nothing yet. */
  kept: KeptClock | null;
}

/** What is known of a gateway's clock when a message comes. */
export interface GatewayTiming {
  /** What to add to its times to have ours, when it may be used; null when not known well enough. */
  readonly offsetMs: number | null;
  /** By how much it has been behind ours, where somebody must set it. */
  readonly behindMs: number | null;
}

const GATEWAYS_MAX = 20_000;
const ESTABLISHED_MS = 10 * 60_000;
/** A clock that is off stays off by the same; a backlog that is being worked off shrinks. */
const SAME_MS = 2 * 60_000;
/** As far as one may be ahead (`late_data_policy`). */
const BEHIND_MAX_MS = 5 * 60_000;
/** What messages are late by from one to the next is not worth a write; the rules below ask for whole minutes. */
const KEPT_WITHIN_MS = 5_000;

/**
 * How far each gateway's clock is from ours (devices/README 5.5 rule 1). Kept in the database too (`takeUnkept`, `recall`), so that a service that
 * begins again judges the next message as it would have.
 *
 * A gateway that says nothing of its clock is believed until messages of ten minutes agree that it is off: a backlog that comes in one burst
 * looks just like a slow clock, and shifting it would make old readings new.
 */
export class GatewayClocks {
  private readonly evidence = new Map<string, Evidence>();

  /** Takes a live message into account. Not for messages the sender marks as sent before, nor for those processed again. */
  learn(gateway: string, sentAt: Date, receivedAt: Date): void {
    const known = this.evidence.get(gateway);
    const offset = gatewayOffset(known?.offset ?? null, sentAt, receivedAt);
    if (known && Math.abs(offset.offsetMs - known.sinceOffsetMs) < SAME_MS) {
      known.offset = offset;
      return;
    }
    this.remember(gateway, { offset, sinceMs: receivedAt.getTime(), sinceOffsetMs: offset.offsetMs, kept: known?.kept ?? null });
  }

  /** Whether anything is known of the gateway, in memory. */
  knows(gateway: string): boolean {
    return this.evidence.has(gateway);
  }

  /** Takes what was kept of a gateway of which nothing was known. */
  recall(gateway: string, kept: KeptClock): void {
    if (this.evidence.has(gateway)) return;
    const { sinceMs, sinceOffsetMs, ...offset } = kept;
    this.remember(gateway, { offset, sinceMs, sinceOffsetMs, kept });
  }

  /** What is to be kept of the gateway and is not, which is then taken to be; null: nothing that matters. */
  takeUnkept(gateway: string): KeptClock | null {
    const known = this.evidence.get(gateway);
    if (!known) return null;
    const { offset, sinceMs, sinceOffsetMs, kept } = known;
    const isNear = (one: number, other: number): boolean => Math.abs(one - other) < KEPT_WITHIN_MS;
    const isKept = kept?.sinceMs === sinceMs && isNear(kept.offsetMs, offset.offsetMs) && isNear(kept.windowLeastMs, offset.windowLeastMs);
    if (isKept) return null;
    known.kept = { ...offset, sinceMs, sinceOffsetMs };
    return known.kept;
  }

  /** It was not kept after all. */
  leaveUnkept(gateway: string): void {
    const known = this.evidence.get(gateway);
    if (known) known.kept = null;
  }

  private remember(gateway: string, evidence: Evidence): void {
    this.evidence.delete(gateway);
    this.evidence.set(gateway, evidence);
    if (this.evidence.size <= GATEWAYS_MAX) return;
    const [oldest] = this.evidence.keys();
    if (oldest !== undefined) this.evidence.delete(oldest);
  }

  /** What to add to the gateway's times to have ours, when it may be used; null when not known well enough. */
  offsetOf(gateway: string, clock: GatewayClock | null, receivedAt: Date): number | null {
    const known = this.evidence.get(gateway);
    if (!known) return null;
    const { offsetMs } = known.offset;
    const isAhead = offsetMs < 0;
    const isEstablished = receivedAt.getTime() - known.sinceMs >= ESTABLISHED_MS;
    return clock?.synced === false || isAhead || isEstablished ? offsetMs : null;
  }

  /** How far the clock has been behind ours for ten minutes or more; null: not by more than five, or a wait would look the same. */
  behindOf(gateway: string, receivedAt: Date): number | null {
    const known = this.evidence.get(gateway);
    if (!known || receivedAt.getTime() - known.sinceMs < ESTABLISHED_MS) return null;
    const { offsetMs, windowLeastMs } = known.offset;
    return offsetMs > BEHIND_MAX_MS && windowLeastMs - offsetMs < SAME_MS ? offsetMs : null;
  }

  /** What to add for a message that is processed again: only what was known when it came and still is. The clock may have been another since. */
  offsetThen(gateway: string, clock: GatewayClock | null, receivedAt: Date): number | null {
    const sinceMs = this.evidence.get(gateway)?.sinceMs ?? Infinity;
    return sinceMs <= receivedAt.getTime() ? this.offsetOf(gateway, clock, receivedAt) : null;
  }
}
