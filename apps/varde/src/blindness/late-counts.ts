import { readCaughtUp, type Blindness, type CaughtUp } from '@varde/store';
import type { EntityManager } from 'typeorm';

/** What was late because of what is over, each question asked once: searching the newest rows of all takes long in a valley. */
export class LateCounts {
  private readonly asked = new Map<string, Promise<CaughtUp>>();

  constructor(
    private readonly manager: EntityManager,
    private readonly now: Date,
  ) {}

  /** The most that was late because of any of these. `unitIds`: only of what is these units'; null: of all. */
  async mostOf(some: readonly Blindness[], unitIds: readonly number[] | null): Promise<CaughtUp> {
    const all: CaughtUp[] = [];
    for (const alike of countedTogether(some)) all.push(await this.of(alike, unitIds));
    const most = (of: (each: CaughtUp) => number): number => Math.max(0, ...all.map(of));
    return {
      readingsLate: most((each) => each.readingsLate),
      patientsLate: most((each) => each.patientsLate),
      noticesLate: most((each) => each.noticesLate),
      stillWaiting: most((each) => each.stillWaiting),
      homesUntold: most((each) => each.homesUntold),
      noticesGivenUp: most((each) => each.noticesGivenUp),
    };
  }

  /** What was late because of these together. */
  of(alike: readonly Blindness[], unitIds: readonly number[] | null): Promise<CaughtUp> {
    const key = `${alike.map(({ id }) => id).join(',')}/${unitIds?.join(',') ?? ''}`;
    const known = this.asked.get(key) ?? readCaughtUp(this.manager, alike, this.now, unitIds);
    this.asked.set(key, known);
    return known;
  }
}

/** All gateways touch patients of their own and are counted as one; each part touches the same, and is counted by itself. */
export function countedTogether(some: readonly Blindness[]): (readonly Blindness[])[] {
  const gateways = some.filter(({ part }) => part === 'gateway');
  const parts = some.filter(({ part }) => part !== 'gateway').map((each) => [each]);
  return gateways.length > 0 ? [gateways, ...parts] : parts;
}
