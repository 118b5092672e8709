import { NotFound, type Viewer } from '@varde/store';

/** Lets in whoever works for the unit; nobody else, whatever their roles. @throws NotFound */
export function refuseUnlessOfUnit(viewer: Viewer, unitId: number): void {
  if (!viewer.unitIds.includes(unitId)) throw new NotFound('unit of yours', unitId);
}

/** Lets in whoever works for the unit, and administrators. @throws NotFound */
export function refuseUnlessOfUnitOrAdministrator(viewer: Viewer, unitId: number): void {
  if (!viewer.roles.includes('administrator')) refuseUnlessOfUnit(viewer, unitId);
}
