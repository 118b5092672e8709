import { readFileSync } from 'node:fs';
import { openTemplate, readTemplateNames } from '../apps/varde/src/templates/read-template.js';
import { openTestDatabase, type TestDatabase } from './engine.js';
import { openStage, Telling, type Stage } from './template-stories.js';

const NAMES = [
  'assessment-team',
  'copd-with-lung-clinic',
  'municipal-follow-up',
  'outreach-team-older',
  'patient-centred-team',
  'regional-centre',
  'small-island',
];

/** Titles of the chapters, before the tests begin: each is a test of its own. */
const titlesOf = (name: string): string[] => {
  const { chapters } = JSON.parse(readFileSync(`apps/varde/templates/${name}/story.json`, 'utf8')) as { chapters: { title: string }[] };
  return chapters.map(({ title }) => title);
};

let db: TestDatabase;
let stage: Stage;
beforeAll(async () => {
  db = await openTestDatabase();
  stage = await openStage(db.database);
});
afterAll(async () => {
  await stage.ingest.stop();
  await db.close();
});

test('the story of every template is played here', async () => {
  expect(await readTemplateNames()).toEqual(NAMES);
});

describe.each(NAMES)('%s', (name) => {
  test.each(titlesOf(name))('%s', async (title) => {
    const template = await openTemplate(name);
    const chapter = template.story.find((each) => each.title === title);
    if (chapter === undefined) throw new Error(`there is no chapter ${title}`);
    await Telling.tell(stage, template, chapter);
  });
});
