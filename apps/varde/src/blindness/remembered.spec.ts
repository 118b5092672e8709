import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TellContact } from '@varde/store';
import { openLog } from '../log.js';
import { Remembered } from './remembered.js';

const HOUR_MS = 3_600_000;
const contact: TellContact = { unitId: 1, channel: 'sms', address: '+4790000001', signingSecret: null, duty: null, isOperators: true };
const log = openLog('silent');

let dir: string;
beforeEach(async () => (dir = await mkdtemp(join(tmpdir(), 'varde-remembered-'))));
afterEach(() => rm(dir, { recursive: true, force: true }));

test('who is told is there for the next process of the machine, for nobody but its owner, and for no other installation', async () => {
  await new Remembered(dir, 'postgres://one', log).remember([contact]);
  const [file = ''] = await readdir(dir);
  expect((await stat(join(dir, file))).mode & 0o777).toBe(0o600);
  const next = new Remembered(dir, 'postgres://one', log);
  await next.recall();
  expect(next.contacts).toEqual([contact]);
  const other = new Remembered(dir, 'postgres://two', log);
  await other.recall();
  expect(other.contacts).toEqual([]);
});

test('one process of the machine tells that the database is away, again after an hour, and anew when it was back', async () => {
  const [first, second] = [new Remembered(dir, 'u', log), new Remembered(dir, 'u', log)];
  const now = new Date();
  expect([await first.claimTelling(now, HOUR_MS), await second.claimTelling(now, HOUR_MS)]).toEqual([true, false]);
  expect(await second.claimTelling(new Date(now.getTime() + HOUR_MS + 1_000), HOUR_MS)).toBe(true);
  await first.forgetTelling();
  expect(await second.claimTelling(new Date(), HOUR_MS)).toBe(true);
});

test('where nothing can be written it is told by each', async () => {
  const file = join(dir, 'a-file');
  await writeFile(file, '');
  const nowhere = new Remembered(join(file, 'below'), 'u', log);
  await nowhere.remember([contact]);
  expect([nowhere.contacts.length, await nowhere.claimTelling(new Date(), HOUR_MS)]).toEqual([1, true]);
});
