import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkTemplate } from './check-template.js';
import { pathwayWithIds } from './pathway-with-ids.js';
import { TemplateFaulty } from './place.js';
import { openTemplate, readTemplateNames } from './read-template.js';
import { instantOfClock } from './story.js';

const FOLDER = join(import.meta.dirname, '../../templates');

test('there is a template of each kind of service', async () => {
  expect(await readTemplateNames()).toEqual([
    'assessment-team',
    'copd-with-lung-clinic',
    'municipal-follow-up',
    'outreach-team-older',
    'patient-centred-team',
    'regional-centre',
    'small-island',
  ]);
});

describe('every template', () => {
  test('is sound, and its story has what every kind of service meets', async () => {
    for (const name of await readTemplateNames()) {
      const { story } = await openTemplate(name);
      const titles = story.map(({ title }) => title).join('\n');
      for (const met of [/weekday at 10:00/, /Friday at 15:00/, /Sunday at 02:00/, /17 May at 03:00/])
        expect([name, titles]).toEqual([name, expect.stringMatching(met)]);
      expect([name, story.some(({ absent }) => absent.length > 0)]).toEqual([name, true]);
      const between = story
        .flatMap(({ lines }) => lines)
        .filter((line) => line.kind === 'act' && line.to !== null && line.refused === null);
      expect([name, between.length > 0]).toEqual([name, true]);
    }
  });
});

test('no pathway ends nowhere as its patients meet it, at any hour of a year; where nobody is there at night, that is agreed', async () => {
  for (const name of await readTemplateNames()) {
    const holes = checkTemplate(await openTemplate(name), new Date('2028-01-03T00:00:00Z'));
    expect([name, holes.filter(({ blocking }) => blocking)]).toEqual([name, []]);
    const agreed = holes.filter(
      ({ problem }) => problem.endsWith('out of the ordinary)') && problem.includes('emergency advice to the patient'),
    );
    expect([name, agreed.length > 0]).toEqual([name, name === 'small-island']);
  }
});

test('what is kept of cooperation has ids and no keys of the file, the lower id first', async () => {
  const { pathway } = await openTemplate('small-island');
  const idOf = (organisation: string): number => ['legekontoret', 'havskjaer', 'sykehuset'].indexOf(organisation) + 1;
  expect(pathwayWithIds(pathway, idOf).cooperations).toEqual([
    { organisationIds: [2, 3], step: 2, programme: null },
    { organisationIds: [1, 2], step: 1, programme: null },
  ]);
});

describe('a faulty template', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'templates-'));
    cpSync(join(FOLDER, 'municipal-follow-up'), join(folder, 'kind'), { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Puts a value at a path such as `units[0].name`, or takes what stands there away. */
  const change = (file: string, path: string, value: unknown): void => {
    const name = join(folder, 'kind', `${file}.json`);
    const json: unknown = JSON.parse(readFileSync(name, 'utf8'));
    const keys = path.split(/[.[\]]+/).filter((key) => key !== '');
    const last = keys.pop() ?? '';
    const holder = keys.reduce((at, key) => (at as Record<string, unknown>)[key], json) as Record<string, unknown>;
    if (value === undefined) delete holder[last];
    else holder[last] = value;
    writeFileSync(name, JSON.stringify(json));
  };
  const faults = async (): Promise<readonly string[]> => {
    try {
      await openTemplate('kind', folder);
    } catch (error) {
      if (error instanceof TemplateFaulty) return error.faults;
      throw error;
    }
    return [];
  };

  test.each<{ what: string; file: string; path: string; value: unknown; fault: string }>([
    {
      what: 'a name that could be real',
      file: 'community',
      path: 'organisations[0].name',
      value: 'Bodø kommune',
      fault: 'community.json: organisations[0].name: a template names nobody real: say (oppdiktet) in the name',
    },
    { what: 'a misspelt field', file: 'community', path: 'units[0].hour', value: [], fault: 'community.json: units[0].hour: is not known' },
    {
      what: 'an unknown care level',
      file: 'community',
      path: 'units[1].careLevel',
      value: 'ward',
      fault: 'community.json: units[1].careLevel: must be one of dho',
    },
    {
      what: 'the same key twice',
      file: 'people',
      path: 'people[1].key',
      value: 'nina',
      fault: 'people.json: people[1].key: nina is there twice',
    },
    {
      what: 'a time that is none',
      file: 'duty',
      path: 'weekly[0].from',
      value: '8',
      fault: 'duty.json: weekly[0].from: must look like 08:30, not 8',
    },
    {
      what: 'duty of somebody else',
      file: 'duty',
      path: 'weekly[0].person',
      value: 'leif',
      fault: 'duty.json: weekly[0]: leif does not work for dho',
    },
    {
      what: 'nobody on a roster',
      file: 'duty',
      path: 'weekly',
      value: [],
      fault: 'duty.json: weekly: nobody ever has duty for dho, which keeps a roster',
    },
    {
      what: 'a number of somebody',
      file: 'contacts',
      path: 'contacts[1].address',
      value: '+47 912 34 567',
      fault: "contacts.json: contacts[1].address: must be nobody's address",
    },
    {
      what: 'a unit that is not there',
      file: 'patients',
      path: 'patients[0].team[5]',
      value: 'ward',
      fault: 'patients.json: patients[0].team[5]: there is no unit ward',
    },
    {
      what: 'a severity without a way for everybody',
      file: 'pathway',
      path: 'routes[2].when',
      value: { programmes: ['copd'] },
      fault: 'pathway.json: routes: the last route of red must be for everybody',
    },
    {
      what: 'step 5 without its programme',
      file: 'pathway',
      path: 'cooperations[0].step',
      value: 5,
      fault: 'pathway.json: cooperations[0].programme: step 5 names its programme',
    },
    {
      what: 'a line that comes too early',
      file: 'story',
      path: 'chapters[0].lines[2].at',
      value: '09:00',
      fault: 'story.json: chapters[0].lines[2].at: comes before the line above it',
    },
    {
      what: 'an expectation without an owner',
      file: 'story',
      path: 'chapters[0].lines[2].owner',
      value: undefined,
      fault: 'story.json: chapters[0].lines[2].owner: is missing',
    },
    {
      what: 'something nobody measures',
      file: 'story',
      path: 'chapters[0].lines[0].measures',
      value: { mood: 3 },
      fault: 'story.json: chapters[0].lines[0].measures.mood: is nothing that is measured',
    },
  ])('$what is named by file and place', async ({ file, path, value, fault }) => {
    change(file, path, value);
    expect((await faults()).join('\n')).toContain(fault);
  });

  test('every fault is named at once, and a file that is no JSON', async () => {
    change('community', 'zone', 'Europe/Nowhere');
    change('community', 'code', 'Å');
    expect((await faults()).length).toBe(2);
    writeFileSync(join(folder, 'kind', 'duty.json'), '{');
    rmSync(join(folder, 'kind', 'story.json'));
    expect(await faults()).toEqual([expect.stringContaining('duty.json: is no JSON'), 'story.json: cannot be read']);
    await expect(openTemplate('../kind', folder)).rejects.toThrow('there is no template ../kind; there is kind');
  });
});

test('the clock of a story is local, also in the nights when it changes', () => {
  const at = (day: string, clock: string): string => instantOfClock('Europe/Oslo', day, clock).toISOString();
  expect(at('2028-05-17', '03:00')).toBe('2028-05-17T01:00:00.000Z');
  expect(at('2028-05-17', '+2 03:00')).toBe('2028-05-19T01:00:00.000Z');
  expect(at('2028-03-25', '+1 04:00')).toBe('2028-03-26T02:00:00.000Z');
});
