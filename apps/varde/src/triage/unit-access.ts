import { NotFound, type Viewer } from '@varde/store';

/** Lets administrators in, and whoever works for the unit. @throws NotFound */
export function refuseOthersUnit(viewer: Viewer, unitId: number): void {
  if (viewer.roles.includes('administrator') || viewer.unitIds.includes(unitId)) return;
  throw new NotFound('unit of yours', unitId);
}
