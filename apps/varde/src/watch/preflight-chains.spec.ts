import { DEFAULT_PATHWAY, teamOf, unitOf, type CareLevel, type Team } from '@varde/routing';
import type { PreflightMaterial } from '@varde/store';
import { sharedChains } from './preflight-chains.js';

const NOW = new Date('2026-01-12T08:00:00Z');
const unit = (id: number, careLevel: CareLevel) => unitOf({ id, name: careLevel, careLevel, zone: 'Europe/Oslo', openingHours: [] });
const UNITS = [unit(1, 'dho'), unit(2, 'legevakt')];
const LIMITS: NonNullable<Team['treatmentLimits']>[number] = {
  ...{
    fromSeverity: 'red',
    unitId: 2,
    unitName: 'legevakt',
    validFrom: NOW,
    validTo: null,
    reviewBy: NOW,
    endedByPersonId: null,
    version: 1,
  },
};

/** Who shares a chain when these patients, from 1 on, have these teams. */
function shared(...teams: readonly Team[]): (readonly number[])[] {
  const numbered = teams.map((team, index) => [index + 1, team] as const);
  const inForce = [{ pathway: DEFAULT_PATHWAY, from: NOW }];
  const material: PreflightMaterial = {
    ...{ readAt: NOW, dueIds: [], staff: new Map() },
    teams: new Map(numbered),
    pathways: new Map(numbered.map(([patientId]) => [patientId, inForce])),
  };
  return sharedChains(material).map(({ patientIds }) => patientIds);
}

test('patients with the same units share a chain', () => {
  expect(shared(teamOf(UNITS), teamOf(UNITS, { municipalityId: 7 }), teamOf(UNITS.slice(0, 1)))).toEqual([[1, 2], [3]]);
});

test.each<[string, Partial<Team>]>([
  ['for whom one of them is a guest, that nothing new goes to', { guestUnitIds: [2] }],
  ['for whom another is responsible', { responsibleUnitId: 2 }],
  ['whose treatment limits name one of them', { treatmentLimits: [LIMITS] }],
  ['who live in another zone', { zone: 'Europe/Lisbon' }],
])('but not with those %s', (_, about) => {
  expect(shared(teamOf(UNITS), teamOf(UNITS, about))).toEqual([[1], [2]]);
});
