import { dutyOfWeeks, teamOf, unitOf, validatePathway, type Meeting, type PathwayHole, type Unit } from '@varde/routing';
import { pathwayWithIds } from './pathway-with-ids.js';
import type { Template, TemplateUnit } from './template.js';

const ROSTER_WEEKS = 2;

/** Numbers in place of keys, from 1, for what is not stored yet. */
class Numbers {
  constructor(private readonly keys: readonly string[]) {}

  of(key: string): number {
    return this.keys.indexOf(key) + 1;
  }
}

/**
 * Walks the template's pathway as each of its patients would meet it, at every hour of a week and every holiday of the year from `from`, the
 * way it is walked when it is saved. Blocking: it could not be applied.
 */
export function checkTemplate(template: Template, from: Date): PathwayHole[] {
  const organisations = new Numbers(template.organisations.map(({ key }) => key));
  const units = template.units.map((unit) => toUnit(template, unit, organisations, from));
  const keys = new Numbers(template.units.map(({ key }) => key));
  const unitAt = (key: string): readonly Unit[] => units.filter(({ id }) => id === keys.of(key));
  const meetings = template.patients.map(({ key, municipality, programmes, team, responsible }): Meeting => {
    const responsibleUnitId = responsible === null ? null : keys.of(responsible);
    const about = { municipalityId: organisations.of(municipality), programmes, responsibleUnitId, zone: template.zone };
    return { name: `patient ${key}`, team: teamOf(team.flatMap(unitAt), about) };
  });
  const organisationIds = new Set(template.organisations.map(({ key }) => organisations.of(key)));
  const pathway = { id: 0, version: 1, ...pathwayWithIds(template.pathway, (key) => organisations.of(key)) };
  return validatePathway(pathway, { organisationIds, meetings }, from);
}

function toUnit(template: Template, unit: TemplateUnit, organisations: Numbers, from: Date): Unit {
  const people = new Numbers(template.people.map(({ key }) => key));
  const pattern = template.duty
    .filter((line) => line.unit === unit.key)
    .map(({ person, kind, weekdays, from: begin, to: end }) => {
      return { personId: people.of(person), kind, weekdays, from: begin, to: end, everyWeeks: 1 };
    });
  const fromDay = Date.parse(from.toISOString().slice(0, 10));
  const { key, name, careLevel, hours, onHolidays, specialDays } = unit;
  return unitOf({
    id: template.units.findIndex((each) => each.key === key) + 1,
    name,
    careLevel,
    zone: template.zone,
    openingHours: hours,
    onHolidays,
    specialDays: specialDays.map(({ day, hours: own }) => ({ day: Date.parse(day), hours: own })),
    organisationIds: unit.organisations.map((each) => organisations.of(each)).sort((a, b) => a - b),
    duty: unit.hasRoster ? dutyOfWeeks(template.zone, pattern, { fromDay, weeks: ROSTER_WEEKS }) : null,
  });
}
