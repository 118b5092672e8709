import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TellContact } from '@varde/store';
import { openLog } from '../log.js';
import { Sight } from '../sight.js';
import { DatabaseAway } from './database-away.js';
import { Remembered } from './remembered.js';
import type { TellParts } from './tell-due.js';

const BEGUN = new Date();
const contact: TellContact = { unitId: 1, channel: 'sms', address: '+4790000001', signingSecret: null, duty: null, isOperators: true };
const log = openLog('silent');

let dir: string;
beforeEach(async () => (dir = await mkdtemp(join(tmpdir(), 'varde-away-'))));
afterEach(() => rm(dir, { recursive: true, force: true }));

/** One process of the machine, whose database never answers, and what it has told: key and after how many seconds. */
function processOf(): { remembered: Remembered; told: { key: string; seconds: number }[]; check: (seconds: number) => Promise<void> } {
  const remembered = new Remembered(dir, 'u', log);
  const told: { key: string; seconds: number }[] = [];
  let seconds = 0;
  const parts: TellParts = {
    // It is never asked.
    database: {} as TellParts['database'],
    remembered,
    always: [],
    courier: async (_, { key }) => {
      told.push({ key, seconds });
      return null;
    },
    player: { process: 'front', host: 'one' },
    log,
  };
  const away = new DatabaseAway(parts, new Sight(), BEGUN);
  const check = async (at: number): Promise<void> => {
    seconds = at;
    await away.check(new Date(BEGUN.getTime() + at * 1_000), at * 1_000);
  };
  return { remembered, told, check };
}

test('who was not reached is told ten seconds later, by the same key, and then not for an hour', async () => {
  const { remembered, told, check } = processOf();
  for (let seconds = 0; seconds <= 30; seconds += 5) await check(seconds);
  remembered.contacts = [contact];
  for (let seconds = 35; seconds <= 60; seconds += 5) await check(seconds);
  expect(told).toEqual([{ key: `blind-database-${BEGUN.getTime()}-0`, seconds: 35 }]);
});

test('where one process reaches nobody another of the machine does', async () => {
  const [mute, other] = [processOf(), processOf()];
  other.remembered.contacts = [contact];
  for (let seconds = 0; seconds <= 25; seconds += 5) await mute.check(seconds);
  for (let seconds = 0; seconds <= 60; seconds += 5) await other.check(seconds);
  expect([mute.told.length, other.told.length]).toEqual([0, 1]);
});
