import type { OpeningHours } from '@varde/routing';
import type { NewUnit, PersonRole } from '@varde/store';

const ALL_WEEK = [1, 2, 3, 4, 5, 6, 7];
const WEEKDAYS = [1, 2, 3, 4, 5];
const ZONE = 'Europe/Oslo';

const hours = (weekdays: readonly number[], from: string, to: string): OpeningHours[] => [{ weekdays, from, to }];

/** A unit of the demonstration, by the organisation it belongs to. */
export interface DemoUnit extends Omit<NewUnit, 'organisationId'> {
  readonly organisation: string;
}

const unit = (organisation: string, name: string, careLevel: NewUnit['careLevel'], openingHours: OpeningHours[]): DemoUnit => ({
  organisation,
  name,
  careLevel,
  zone: ZONE,
  openingHours,
  webhook: null,
});

/** A small health community. Every place, unit and person is made up. */
export const COMMUNITY = { code: 'nordfjella', name: 'Nordfjella helsefellesskap (oppdiktet)', zone: ZONE } as const;

/** Two municipalities, a GP office, a patient-centred team, and a hospital lung clinic. */
export const UNITS: readonly DemoUnit[] = [
  unit('Fjordvik kommune (oppdiktet)', 'Fjordvik oppfølgingstjeneste', 'dho', hours(ALL_WEEK, '00:00', '24:00')),
  unit('Lyngnes kommune (oppdiktet)', 'Lyngnes oppfølgingstjeneste', 'dho', hours(WEEKDAYS, '08:00', '15:30')),
  unit('Storgata legekontor (oppdiktet)', 'Storgata fastleger', 'gp', hours(WEEKDAYS, '08:00', '15:00')),
  unit('Nordfjella helsefellesskap (oppdiktet)', 'Pasientsentrert team Nordfjella', 'psht', hours(ALL_WEEK, '08:00', '20:00')),
  unit('Nordfjella sykehus (oppdiktet)', 'Lungepoliklinikken', 'hospital_outpatient', hours(ALL_WEEK, '00:00', '24:00')),
];

/** Names of the two follow-up services, by the municipality a patient lives in. */
export const FOLLOW_UP = ['Fjordvik oppfølgingstjeneste', 'Lyngnes oppfølgingstjeneste'] as const;

/** Who signs in; the units are named as above. */
export const PEOPLE: readonly {
  readonly username: string;
  readonly name: string;
  readonly roles: readonly PersonRole[];
  readonly units: readonly string[];
}[] = [
  { username: 'sykepleier', name: 'Nurse of Fjordvik (made up)', roles: ['nurse'], units: ['Fjordvik oppfølgingstjeneste'] },
  { username: 'sykepleier2', name: 'Nurse of Lyngnes (made up)', roles: ['nurse'], units: ['Lyngnes oppfølgingstjeneste'] },
  {
    username: 'lege',
    name: 'Lung physician (made up)',
    roles: ['physician'],
    units: ['Lungepoliklinikken'],
  },
  { username: 'admin', name: 'Administrator (made up)', roles: ['administrator', 'operator'], units: [] },
];
