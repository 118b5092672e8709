import type { Cooperation, Deadlines, Pathway, Route } from '@varde/routing';

/** The columns of a version of a pathway that a decision is made by. */
export const PATHWAY_COLUMNS = 'p.id, p.version, p.routes, p.cooperations, p.deadlines';

/** A row with `PATHWAY_COLUMNS`. */
export interface PathwayRow {
  id: number;
  version: number;
  routes: Route[];
  cooperations: Cooperation[];
  deadlines: Deadlines;
}

/** The version of a pathway a row holds. */
export function toPathway({ id, version, routes, cooperations, deadlines }: PathwayRow): Pathway {
  return { id, version, routes, cooperations, deadlines };
}
