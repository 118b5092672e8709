import { CONTACT_CHANNELS, DUTY_KINDS, HOLIDAY_RULES, ORGANISATION_KINDS, UNIT_CARE_LEVELS } from '@varde/store';
import type { OpeningHours } from '@varde/routing';
import { isZone } from '@varde/vitals';
import type { Place } from './place.js';
import type { Template, TemplateContact, TemplateUnit, WeeklyDuty } from './template.js';

/** Keys that other files refer to. */
export interface Keys {
  readonly organisations: ReadonlySet<string>;
  readonly units: ReadonlySet<string>;
  readonly people: ReadonlySet<string>;
  readonly patients: ReadonlySet<string>;
}

/** Names of what is made up say so. */
const MADE_UP = '(oppdiktet)';

/** A name that says that it is made up. */
export function madeUpName(place: Place): string {
  const name = place.text();
  if (name !== '' && !name.includes(MADE_UP)) place.fault(`a template names nobody real: say ${MADE_UP} in the name`);
  return name;
}

/** Keys of a list, each once. */
export function keysOf(place: Place): ReadonlySet<string> {
  const keys = new Set<string>();
  place.list((each) => {
    const key = each.at('key').key();
    if (keys.has(key)) each.at('key').fault(`${key} is there twice`);
    keys.add(key);
  });
  return keys;
}

/** `community.json`. */
export function readCommunity(
  file: Place,
  keys: Keys,
): Pick<Template, 'code' | 'community' | 'about' | 'zone' | 'organisations' | 'units'> {
  file.only('fictitious', 'code', 'name', 'about', 'zone', 'organisations', 'units');
  if (!file.at('fictitious').or(false, (flag) => flag.flag())) file.at('fictitious').fault('must be true: templates name nobody real');
  const zone = file.at('zone').text();
  if (zone !== '' && !isZone(zone)) file.at('zone').fault(`${zone} is no time zone`);
  const about = file.at('about').only('nb', 'en');
  return {
    code: file.at('code').key(),
    community: madeUpName(file.at('name')),
    about: { nb: about.at('nb').text(), en: about.at('en').text() },
    zone,
    organisations: file.at('organisations').some((each) => {
      each.only('key', 'name', 'kind');
      return { key: each.at('key').key(), name: madeUpName(each.at('name')), kind: each.at('kind').oneOf(ORGANISATION_KINDS) };
    }),
    units: file.at('units').some((each) => readUnit(each, keys)),
  };
}

function readUnit(unit: Place, keys: Keys): TemplateUnit {
  unit.only('key', 'name', 'careLevel', 'organisations', 'serves', 'hours', 'onHolidays', 'specialDays', 'services', 'roster');
  return {
    key: unit.at('key').key(),
    name: unit.at('name').text(),
    careLevel: unit.at('careLevel').oneOf(UNIT_CARE_LEVELS),
    organisations: unit.at('organisations').some((key) => key.keyOf(keys.organisations, 'organisation')),
    serves: unit.at('serves').or([], (serves) => serves.list((key) => key.keyOf(keys.organisations, 'organisation'))),
    hours: unit.at('hours').some(readHours),
    onHolidays: unit.at('onHolidays').oneOf(HOLIDAY_RULES),
    specialDays: unit.at('specialDays').or([], (days) =>
      days.list((day) => {
        day.only('day', 'hours');
        const hours = day.at('hours').list((each) => ({ from: each.only('from', 'to').at('from').clock(), to: each.at('to').clock() }));
        return { day: day.at('day').day(), hours };
      }),
    ),
    services: unit.at('services').or([], (services) => services.list((service) => service.key())),
    hasRoster: unit.at('roster').flag(),
  };
}

/** Hours of weekdays. */
export function readHours(place: Place): OpeningHours {
  place.only('weekdays', 'from', 'to');
  return { weekdays: place.at('weekdays').weekdays(), from: place.at('from').clock(), to: place.at('to').clock() };
}

/** `duty.json`: who works when, week after week. */
export function readDuty(file: Place, keys: Keys): WeeklyDuty[] {
  return file
    .only('weekly')
    .at('weekly')
    .list((line) => ({
      unit: line.only('unit', 'person', 'kind', 'weekdays', 'from', 'to').at('unit').keyOf(keys.units, 'unit'),
      person: line.at('person').keyOf(keys.people, 'person'),
      kind: line.at('kind').oneOf(DUTY_KINDS),
      weekdays: line.at('weekdays').weekdays(),
      from: line.at('from').clock(),
      to: line.at('to').clock(),
    }));
}

/** Addresses that cannot be anybody's. */
const NOBODYS: Readonly<Record<TemplateContact['channel'], { readonly shape: RegExp; readonly example: string }>> = {
  email: { shape: /^[^@\s]+@([a-z0-9-]+[.])*example([.](org|com|net))?$/, example: 'vakt@nesvik.example.org' },
  sms: { shape: /^\+47 ?555 ?\d{2} ?\d{3}$/, example: '+47 555 01 234' },
  webhook: { shape: /^https:\/\/([a-z0-9-]+[.])*example([.](org|com|net))?\//, example: 'https://nesvik.example.org/varde' },
};

/** `contacts.json`: how people are reached outside the worklist. */
export function readContactsFile(file: Place, keys: Keys): TemplateContact[] {
  return file
    .only('contacts')
    .at('contacts')
    .list((line) => {
      line.only('unit', 'person', 'channel', 'address', 'tested');
      const channel = line.at('channel').oneOf(CONTACT_CHANNELS);
      const address = line.at('address').text();
      const { shape, example } = NOBODYS[channel];
      if (address !== '' && !shape.test(address)) line.at('address').fault(`must be nobody's address, such as ${example}`);
      return {
        unit: line.at('unit').keyOf(keys.units, 'unit'),
        person: line.at('person').or<string | null>(null, (person) => person.keyOf(keys.people, 'person')),
        channel,
        address,
        isTested: line.at('tested').flag(),
      };
    });
}
