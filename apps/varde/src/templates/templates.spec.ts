import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TemplateFaulty } from './place.js';
import { openTemplate, readTemplateNames } from './read-template.js';
import { instantOfClock, writeOutDuty } from './weekly-duty.js';

const FOLDER = join(import.meta.dirname, '../../templates');

test('there is a template of each kind of service', async () => {
  expect(await readTemplateNames()).toEqual(['municipal-follow-up']);
});

describe('every template', () => {
  test('is sound, and its story has what every kind of service meets', async () => {
    for (const name of await readTemplateNames()) {
      const { story } = await openTemplate(name);
      const titles = story.map(({ title }) => title).join('\n');
      for (const met of [/weekday at 10:00/, /Friday at 15:00/, /Sunday at 02:00/, /17 May at 03:00/])
        expect([name, titles]).toEqual([name, expect.stringMatching(met)]);
      expect([name, story.some(({ absent }) => absent.length > 0)]).toEqual([name, true]);
      expect([
        name,
        story.some(({ lines }) => lines.some((line) => line.kind === 'act' && (line.to !== null || line.does === 'acknowledge'))),
      ]).toEqual([name, true]);
    }
  });
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

  test.each<[string, string, string, unknown, string]>([
    [
      'a name that could be real',
      'community',
      'organisations[0].name',
      'Bodø kommune',
      'community.json: organisations[0].name: a template names nobody real: say (oppdiktet) in the name',
    ],
    ['a misspelt field', 'community', 'units[0].hour', [], 'community.json: units[0].hour: is not known'],
    ['an unknown care level', 'community', 'units[1].careLevel', 'ward', 'community.json: units[1].careLevel: must be one of dho'],
    ['the same key twice', 'people', 'people[1].key', 'nina', 'people.json: people[1].key: nina is there twice'],
    ['a time that is none', 'duty', 'weekly[0].from', '8', 'duty.json: weekly[0].from: must look like 08:30, not 8'],
    ['duty of somebody else', 'duty', 'weekly[0].person', 'leif', 'duty.json: weekly[0]: leif does not work for dho'],
    ['nobody on a roster', 'duty', 'weekly', [], 'duty.json: weekly: nobody ever has duty for dho, which keeps a roster'],
    [
      'a number of somebody',
      'contacts',
      'contacts[1].address',
      '+47 912 34 567',
      "contacts.json: contacts[1].address: must be nobody's address",
    ],
    ['a unit that is not there', 'patients', 'patients[0].team[5]', 'ward', 'patients.json: patients[0].team[5]: there is no unit ward'],
    [
      'a severity without a way for everybody',
      'pathway',
      'routes[2].when',
      { programmes: ['copd'] },
      'pathway.json: routes: the last route of red must be for everybody',
    ],
    [
      'step 5 without its programme',
      'pathway',
      'cooperations[0].step',
      5,
      'pathway.json: cooperations[0].programme: step 5 names its programme',
    ],
    [
      'a line that comes too early',
      'story',
      'chapters[0].lines[2].at',
      '09:00',
      'story.json: chapters[0].lines[2].at: comes before the line above it',
    ],
    [
      'an expectation without an owner',
      'story',
      'chapters[0].lines[2].owner',
      undefined,
      'story.json: chapters[0].lines[2].owner: is missing',
    ],
    [
      'something nobody measures',
      'story',
      'chapters[0].lines[0].measures',
      { mood: 3 },
      'story.json: chapters[0].lines[0].measures.mood: is nothing that is measured',
    ],
  ])('%s is named by file and place', async (_, file, path, value, fault) => {
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

test('a weekly pattern is written out from Monday, on-call over midnight, over the change of the clock', async () => {
  const zone = 'Europe/Oslo';
  const line = { unit: 'u', person: 'p', kind: 'on_call', weekdays: [6], from: '22:00', to: '07:00' } as const;
  // The clock goes forward in the night to Sunday 26 March 2028.
  const written = writeOutDuty({ zone, duty: [line] }, { from: new Date('2028-03-22T10:00:00Z'), count: 1 });
  expect(written.map(({ from, to }) => [from.toISOString(), to.toISOString()])).toEqual([
    ['2028-03-25T21:00:00.000Z', '2028-03-26T05:00:00.000Z'],
    ['2028-04-01T20:00:00.000Z', '2028-04-02T05:00:00.000Z'],
  ]);
  expect(instantOfClock(zone, '2028-05-17', '+2 03:00').toISOString()).toBe('2028-05-19T01:00:00.000Z');
});
