import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CarePlan } from '@varde/plans';
import { teamOf, unitOf, type Team } from '@varde/routing';
import { readCatalogue, readNews2Chart, type Catalogue, type Finding } from '@varde/rules';

/*
 * Where a patient of a spec is followed: the catalogue, one unit, and a plan in which nothing is agreed.
 */

const json = (name: string): unknown => JSON.parse(readFileSync(join(import.meta.dirname, '../libs/rules/src/catalogue', name), 'utf8'));

/** The file of the catalogue, for what is compared with it word for word. */
export const CATALOGUE_FILE = json('rules-catalogue.json');
/** The catalogue without the chart of NEWS2. */
export const CATALOGUE: Catalogue = readCatalogue(CATALOGUE_FILE);
export const CATALOGUE_WITH_NEWS2: Catalogue = { ...CATALOGUE, news2: readNews2Chart(json('news2.json')) };
/** No programmes and no rules. */
export const EMPTY_CATALOGUE: Catalogue = {
  ...{ version: 1, programmes: [], entries: new Map(), rules: [], metrics: [], baselineMetrics: [], spreadFloors: new Map() },
};

/** One unit of the municipality, always at work. */
export const ONE_UNIT: Team = teamOf([
  unitOf({
    ...{ id: 1, name: 'Fjordgløtt', careLevel: 'dho', zone: 'Europe/Oslo' },
    openingHours: [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00' }],
  }),
]);

/** The plan of patient 11 in Oslo, with nothing agreed but what is given. */
export const planOf = (given: Partial<CarePlan> = {}): CarePlan => ({
  ...{ patientId: 11, zone: 'Europe/Oslo', enrolments: [], limits: [], unitLimits: [], references: [], pauses: [], schedule: [] },
  ...given,
});

/** A red finding of too low a saturation that has fired, but for what is given. */
export const findingOf = (given: Pick<Finding, 'at'> & Partial<Finding>): Finding => ({
  ...{ ruleId: 'copd.spo2.below_target', ruleVersion: 1, domain: 'respiratory', result: 'fire', severity: 'red', anchor: 't' },
  ...{ receivedAt: given.at, readingIds: [], limits: [], reason: { nb: 'lav', en: 'low' }, pendingUntil: null, superseded: false },
  ...given,
});
