import { formatWall, hexOfBytes, type OutgoingFrame, type OutgoingReading } from '@varde/wire';
import { offsetMsAt, type Metric } from '@varde/vitals';
import type { Chance } from './person/chance.js';
import type { State } from './person/person.js';

/** One value as the device shows it. */
export interface Shown {
  readonly type: Metric;
  readonly value: number;
  readonly unit: string;
}

/** A kind of device: what it measures, and the GATT characteristic it speaks. */
export interface DeviceKind {
  /** `pulse-oximeter`, `scale`, ... as registered with the service. */
  readonly kind: string;
  /** What one act of measuring is called on the wire. */
  readonly act: string;
  readonly manufacturer: string;
  readonly model: string;
  /** Four hex digits of the GATT characteristic. */
  readonly characteristic: string;
  /** Whether it says with each act how the act went, so that a flag it does not set says something too. */
  readonly tellsStatus?: true;
  /** What the device shows for a person in this state: its own error and rounding on top. */
  measure(state: State, chance: Chance): readonly Shown[];
  /** The bytes it sends over Bluetooth for what it showed; `printed` is its own wall clock. */
  frame(shown: readonly Shown[], printed: string): Uint8Array;
}

/** One act of measuring, as kept in a device's memory. */
export interface Act {
  readonly sequence: number;
  readonly takenAt: Date;
  readonly printed: string;
  readonly shown: readonly Shown[];
}

/** How many acts a device keeps in its memory. */
const MEMORY_ACTS = 60;

/** What makes one device this one. */
export interface DeviceOwn {
  readonly kind: DeviceKind;
  readonly id: string;
  /** Added to true time to get what the device prints. */
  readonly clockOffMs: number;
  /** Zone of the home: devices print local wall time. */
  readonly zone: string;
  readonly chance: Chance;
}

/** A simulated device with a clock of its own, which may be wrong, and a memory. */
export class SimulatedDevice {
  private readonly memory: Act[] = [];
  private sequence = 0;

  constructor(private readonly own: DeviceOwn) {}

  get kind(): DeviceKind {
    return this.own.kind;
  }

  get id(): string {
    return this.own.id;
  }

  /** Measures once. */
  take(state: State, at: Date): Act {
    const act = { sequence: ++this.sequence, takenAt: at, printed: this.printed(at), shown: this.kind.measure(state, this.own.chance) };
    this.memory.push(act);
    if (this.memory.length > MEMORY_ACTS) this.memory.shift();
    return act;
  }

  /** Everything still in memory, oldest first. */
  stored(): readonly Act[] {
    return [...this.memory];
  }

  /** What the device's clock shows at a moment, as it prints it: local wall time without a zone. */
  printed(at: Date): string {
    return formatWall(at.getTime() + this.own.clockOffMs + offsetMsAt(this.own.zone, at.getTime()));
  }

  /** The act as canonical JSON, one entry of an `obs` message. */
  toObs(act: Act, heardAt: Date, stored: boolean): OutgoingReading {
    return {
      key: `seq:${act.sequence}`,
      kind: this.kind.act,
      deviceTime: act.printed,
      gatewayTime: heardAt,
      stored,
      measurements: act.shown,
      quality: 'good',
      ...(this.kind.tellsStatus && { flags: [] }),
    };
  }

  /** The act as an undecoded frame, one entry of a `raw` message. */
  toFrame(act: Act, heardAt: Date, stored: boolean): OutgoingFrame {
    const hex = hexOfBytes(this.kind.frame(act.shown, act.printed));
    return { format: 'gatt', characteristic: this.kind.characteristic, hex, gatewayTime: heardAt, stored, key: `seq:${act.sequence}` };
  }
}

/** The shown value of one metric. Throws when the device did not show it: a fault of the simulation. */
export function shownValue(shown: readonly Shown[], type: Metric): number {
  const found = shown.find((each) => each.type === type);
  if (!found) throw new Error(`the device did not show ${type}`);
  return found.value;
}
