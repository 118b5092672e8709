import { may, stepBetween, type Behaviour, type Cooperation, type StaircaseStep } from '@varde/routing';
import type { EntityManager } from 'typeorm';
import { Conflict } from './illegal.js';

/** Two organisations and what one of them wants to do with the other. */
export interface Between {
  readonly behaviour: Behaviour;
  readonly a: number;
  readonly b: number;
}

/** How far the organisations of a community have joined, by all its pathways in force at once: the highest step of a pair counts. */
export class Staircase {
  private constructor(
    private readonly step: (a: number, b: number) => StaircaseStep,
    private readonly names: ReadonlyMap<number, string>,
  ) {}

  static async read(tx: EntityManager, communityId: number, now: Date): Promise<Staircase> {
    const rows = await tx.query<{ cooperations: Cooperation[] }[]>(
      `select distinct on (id) cooperations from pathway where community_id = $1 and in_force_from <= $2 order by id, version desc`,
      [communityId, now],
    );
    const cooperations = rows.flatMap((row) => row.cooperations);
    const organisations = await tx.query<{ id: number; name: string }[]>(`select id, name from organisation where community_id = $1`, [
      communityId,
    ]);
    const names = new Map(organisations.map(({ id, name }) => [id, name]));
    return new Staircase((a, b) => stepBetween({ cooperations }, a, b), names);
  }

  /** Whether two organisations may do something together, outside any one programme. */
  isAllowed({ behaviour, a, b }: Between): boolean {
    return may(this.step(a, b), behaviour).isAllowed;
  }

  /** @throws Conflict with the step they stand on and the one it takes */
  refuse({ behaviour, a, b }: Between): void {
    const { isAllowed, reason } = may(this.step(a, b), behaviour);
    if (!isAllowed) throw new Conflict(`${this.nameOf(a)} and ${this.nameOf(b)}: ${lowerFirst(reason.en)}`);
  }

  private nameOf(id: number): string {
    return this.names.get(id) ?? `organisation ${id}`;
  }
}

function lowerFirst(text: string): string {
  return `${text.slice(0, 1).toLowerCase()}${text.slice(1)}`;
}
