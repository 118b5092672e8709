// What preflight finds in a template on the day it is set up: exactly the holes it has on purpose.
import { readPreflight } from '@varde/store';
import { applyTemplate } from '../apps/varde/src/templates/apply-template.js';
import { openTemplate, readTemplateNames } from '../apps/varde/src/templates/read-template.js';
import { WalkedChains } from '../apps/varde/src/watch/preflight-chains.js';
import { walkAll } from '../apps/varde/src/watch/preflight.js';
import { NO_PASSWORD } from './community.js';
import { testDatabase } from './engine.js';

/** A Monday morning; the two weeks after it have 17 May, Ascension Day and an ordinary week. */
const NOW = new Date('2028-05-15T09:00:00+02:00');

const db = testDatabase();

const clock = (at: Date): string =>
  new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone: 'Europe/Oslo', weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
  })
    .format(at)
    .replaceAll(',', '');

/** Units with holes, what is wrong there, and the first hour of it. */
async function holesOf(name: string): Promise<string[]> {
  const { manager } = db.database.dataSource;
  const applied = await applyTemplate(manager, await openTemplate(name), {
    code: null,
    now: NOW,
    passwordHashOf: () => Promise.resolve(NO_PASSWORD),
  });
  await walkAll(db.database, new WalkedChains(), NOW);
  const { holes } = await readPreflight(manager, { unitIds: [...applied.units.values()] }, { unitId: null, patientId: null }, NOW);
  const keyOf = (id: number | null): string => [...applied.units].find(([, unitId]) => unitId === id)?.[0] ?? 'none';
  // By beginning: the first of each is the one that counts.
  const first = new Map(holes.toReversed().map((hole) => [`${keyOf(hole.unitId)}: ${hole.problem}`, clock(hole.fromAt)]));
  return [...first].map(([hole, from]) => `${hole} from ${from}`).sort();
}

const HOLES: readonly { readonly name: string; readonly holes: string[] }[] = [
  { name: 'assessment-team', holes: [] },
  // The physician who is on call on Tuesdays, Thursdays and at weekends has never answered a test message.
  { name: 'copd-with-lung-clinic', holes: ['lung-clinic: untested_contact from Tue 16 May 15:30'] },
  { name: 'municipal-follow-up', holes: [] },
  { name: 'outreach-team-older', holes: [] },
  { name: 'patient-centred-team', holes: [] },
  { name: 'regional-centre', holes: [] },
  { name: 'small-island', holes: [] },
];

test('every template is walked here', async () => {
  expect(await readTemplateNames()).toEqual(HOLES.map(({ name }) => name));
});

test.each(HOLES)('$name', async ({ name, holes }) => {
  expect(await holesOf(name)).toEqual(holes);
});
