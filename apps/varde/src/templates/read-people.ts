import { PROGRAMMES } from '@varde/plans';
import { PERSON_ROLES } from '@varde/store';
import type { Place } from './place.js';
import { madeUpName, type Keys } from './read-community.js';
import type { TemplatePatient, TemplatePerson } from './template.js';

/** `people.json`: who works there. */
export function readPeopleFile(file: Place, keys: Keys): TemplatePerson[] {
  return file
    .only('people')
    .at('people')
    .some((person) => ({
      key: person.only('key', 'name', 'roles', 'organisation', 'units').at('key').key(),
      name: madeUpName(person.at('name')),
      roles: person.at('roles').some((role) => role.oneOf(PERSON_ROLES)),
      organisation: person.at('organisation').keyOf(keys.organisations, 'organisation'),
      units: person.at('units').list((unit) => unit.keyOf(keys.units, 'unit')),
    }));
}

/** `patients.json`: who is followed up. */
export function readPatientsFile(file: Place, keys: Keys): TemplatePatient[] {
  return file
    .only('patients')
    .at('patients')
    .some((patient) => {
      patient.only('key', 'name', 'birthYear', 'municipality', 'programmes', 'team', 'responsible');
      const team = patient.at('team').some((unit) => unit.keyOf(keys.units, 'unit'));
      const responsible = patient.at('responsible').or<string | null>(null, (unit) => unit.keyOf(keys.units, 'unit'));
      if (responsible !== null && !team.includes(responsible)) patient.at('responsible').fault('must be of the team');
      return {
        key: patient.at('key').key(),
        name: madeUpName(patient.at('name')),
        birthYear: patient.at('birthYear').whole(1900, 2020),
        municipality: patient.at('municipality').keyOf(keys.organisations, 'organisation'),
        programmes: patient.at('programmes').some((programme) => programme.oneOf(PROGRAMMES)),
        team,
        responsible,
      };
    });
}
