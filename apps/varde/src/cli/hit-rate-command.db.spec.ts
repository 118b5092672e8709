import { testDatabase } from '../../../../test/engine.js';
import { anEpisode, saveAnEpisode, saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';
import { Typed, type Bench } from './command.js';
import { HIT_RATE } from './hit-rate-command.js';

const db = testDatabase();
let small: SmallCommunity;
beforeAll(async () => {
  small = await saveSmallCommunity(db.database.dataSource);
});

test('the machine tells the hit rate of every unit beside the budget, and names no patient', async () => {
  const now = new Date('2026-03-10T00:00:00Z');
  const closed = { closedAt: new Date('2026-03-02T10:00:00Z'), closedByPersonId: small.people.nora, outcome: 'admitted' as const };
  await saveAnEpisode(db.database.dataSource, anEpisode(small, new Date('2026-03-02T08:00:00Z'), closed));
  const bench = { manager: db.manager, terminal: { now: () => now } } as unknown as Bench;
  const { lines } = await HIT_RATE.run(new Typed([], {}), bench);
  expect(lines.join('\n')).toMatch(/copd\.spo2\.below_target\s+1\s+1\s+0\s+0\s+0\s+100 %/);
  expect(lines.at(-1)).toContain('with action: 100 % (50 %)');
  const byPatient = await HIT_RATE.run(new Typed([], { by: 'patient', days: '10' }), bench);
  expect(JSON.stringify(byPatient)).not.toContain('Oppdiktet');
});
