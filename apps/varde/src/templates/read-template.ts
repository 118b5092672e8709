import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Place, TemplateFaulty } from './place.js';
import { keysOf, readCommunity, readContactsFile, readDuty, type Keys } from './read-community.js';
import { readPathwayFile } from './read-pathway.js';
import { readPatientsFile, readPeopleFile } from './read-people.js';
import { readStoryFile } from './read-story.js';
import type { Template } from './template.js';

/** The same place beside the sources and beside what is built from them. */
const TEMPLATES = join(import.meta.dirname, '../../templates');
const FILES = ['community', 'duty', 'contacts', 'pathway', 'people', 'patients', 'story'] as const;
type FileName = (typeof FILES)[number];

/** There is no template of this name. */
class NoSuchTemplate extends Error {
  override readonly name = 'NoSuchTemplate';
}

/** Names of the templates, in alphabetical order. */
export async function readTemplateNames(folder: string = TEMPLATES): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/**
 * One template, read and checked as a whole.
 * @throws NoSuchTemplate; TemplateFaulty naming every fault by file and path
 */
export async function openTemplate(name: string, folder: string = TEMPLATES): Promise<Template> {
  const names = await readTemplateNames(folder);
  if (!names.includes(name)) throw new NoSuchTemplate(`there is no template ${name}; there is ${names.join(', ')}`);
  const faults: string[] = [];
  const files = {} as Record<FileName, unknown>;
  for (const file of FILES) files[file] = await readJson(join(folder, name, `${file}.json`), file, faults);
  if (faults.length === 0) {
    const template = readTemplate(name, files, faults);
    if (template !== null && faults.length === 0) return template;
  }
  throw new TemplateFaulty(name, faults);
}

async function readJson(path: string, file: FileName, faults: string[]): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    faults.push(`${file}.json: ${error instanceof SyntaxError ? `is no JSON: ${error.message}` : 'cannot be read'}`);
    return undefined;
  }
}

function readTemplate(name: string, files: Readonly<Record<FileName, unknown>>, faults: string[]): Template | null {
  const place = (file: FileName): Place => new Place(files[file], `${file}.json: `, faults);
  const keys: Keys = {
    organisations: keysOf(place('community').at('organisations')),
    units: keysOf(place('community').at('units')),
    people: keysOf(place('people').at('people')),
    patients: keysOf(place('patients').at('patients')),
  };
  if (faults.length > 0) return null;
  const template: Template = {
    name,
    ...readCommunity(place('community'), keys),
    duty: readDuty(place('duty'), keys),
    contacts: readContactsFile(place('contacts'), keys),
    pathway: readPathwayFile(place('pathway'), keys),
    people: readPeopleFile(place('people'), keys),
    patients: readPatientsFile(place('patients'), keys),
    story: readStoryFile(place('story'), keys),
  };
  noteContradictions(template, place);
  return template;
}

/** What no file can say alone. */
function noteContradictions(template: Template, place: (file: FileName) => Place): void {
  const worksFor = new Map(template.people.map(({ key, units }) => [key, units]));
  const hasRoster = new Map(template.units.map((unit) => [unit.key, unit.hasRoster]));
  template.duty.forEach(({ unit, person }, index) => {
    const line = place('duty').at(`weekly[${index}]`);
    if (!hasRoster.get(unit)) line.fault(`no roster is kept for ${unit}`);
    if (!worksFor.get(person)?.includes(unit)) line.fault(`${person} does not work for ${unit}`);
  });
  for (const { key, hasRoster: isKept } of template.units) {
    if (isKept && !template.duty.some(({ unit }) => unit === key))
      place('duty').at('weekly').fault(`nobody ever has duty for ${key}, which keeps a roster`);
  }
}
