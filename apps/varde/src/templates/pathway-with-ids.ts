import type { Pathway, RouteCondition } from '@varde/routing';
import type { TemplateCondition, TemplatePathway } from './template.js';

/** What a pathway says once the organisations it names have ids. */
export type PathwayWithIds = Pick<Pathway, 'routes' | 'cooperations' | 'deadlines'>;

/** A pathway of a file with ids in place of the organisations' keys. */
export function pathwayWithIds(pathway: TemplatePathway, idOf: (organisation: string) => number): PathwayWithIds {
  return {
    routes: pathway.routes.map((route) => ({ ...route, when: conditionWithIds(route.when, idOf) })),
    cooperations: pathway.cooperations.map(({ organisations, step, programme }) => {
      return { organisationIds: pairOf(organisations, idOf), step, programme };
    }),
    deadlines: pathway.deadlines,
  };
}

function conditionWithIds(when: TemplateCondition | null, idOf: (organisation: string) => number): RouteCondition | null {
  if (when === null) return null;
  const { municipalities, ...rest } = when;
  return { ...rest, ...(municipalities && { municipalityIds: municipalities.map(idOf) }) };
}

/** The lower id first, as a cooperation is kept. */
function pairOf([a, b]: readonly [string, string], idOf: (organisation: string) => number): readonly [number, number] {
  const [one, other] = [idOf(a), idOf(b)];
  return one < other ? [one, other] : [other, one];
}
