import { may, stepBetween, type Behaviour, type StaircaseStep } from '@varde/routing';
import type { EntityManager } from 'typeorm';
import { PATHWAY_COLUMNS, toPathway, type PathwayRow } from '../looks/pathway-rows.js';
import { Conflict } from './illegal.js';

/** Two organisations and what one of them wants to do with the other. */
export interface Between {
  readonly behaviour: Behaviour;
  readonly a: number;
  readonly b: number;
}

/** How far the organisations of a community have joined, by all its pathways in force at once: the highest step of a pair counts. */
export class Cooperation {
  private constructor(
    private readonly step: (a: number, b: number) => StaircaseStep,
    private readonly names: ReadonlyMap<number, string>,
  ) {}

  static async read(tx: EntityManager, communityId: number, now: Date): Promise<Cooperation> {
    const rows = await tx.query<PathwayRow[]>(
      `select distinct on (p.id) ${PATHWAY_COLUMNS} from pathway p where p.community_id = $1 and p.in_force_from <= $2
       order by p.id, p.version desc`,
      [communityId, now],
    );
    const cooperations = rows.flatMap((row) => toPathway(row).cooperations);
    const organisations = await tx.query<{ id: number; name: string }[]>(`select id, name from organisation where community_id = $1`, [
      communityId,
    ]);
    const names = new Map(organisations.map(({ id, name }) => [id, name]));
    return new Cooperation((a, b) => stepBetween({ cooperations }, a, b), names);
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
