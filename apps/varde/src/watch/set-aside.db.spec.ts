import { makeTestCommunity } from '../../../../test/community.js';
import { addTestHome, minutes, obs, spotCheck, type TestHome } from '../../../../test/ingest-rig.js';
import { testWatch } from '../../../../test/watch-rig.js';
import { look, type LookInput, type LookOutcome } from '@varde/look';
import { DEFAULT_PATHWAY } from '@varde/routing';
import { claimNotices, saveContact, saveNoticeFailure, StaleEpisode } from '@varde/store';
import { isOfThePatient, setAside } from './set-aside.js';
import { startWatchLoop } from './watch-loop.js';
import { lookAtDue } from './watcher.js';

const watch = testWatch();
const query = <Row>(sql: string, values: unknown[] = []): Promise<Row[]> => watch.database.dataSource.query(sql, values);

async function measure(home: TestHome, spo2: number, at: Date): Promise<void> {
  await watch.ingest.take(obs(home, [spotCheck(at, { spo2 })], { receivedAt: at }));
}

/** A judge whose answer for one patient cannot be written. */
const unwritable =
  (patientId: number, cause: Error) =>
  (input: LookInput): LookOutcome => {
    const outcome = look(input);
    if (input.plan.patientId !== patientId) return outcome;
    return {
      ...outcome,
      get findings(): never {
        throw cause;
      },
    };
  };

const episodesOf = (patientId: number) =>
  query<{ severity: string; domains: string[] }>(`select severity, domains from episode where patient_id = $1 order by id`, [patientId]);

test.each([
  ['an ordinary error', new Error('planted')],
  ['an error of a name of its own', new SyntaxError('planted')],
  ['an episode that is always stale', new StaleEpisode([1])],
  ['a statement that always takes too long', Object.assign(new Error('planted'), { code: '57014' })],
])(
  'a patient whose round fails with %s does not stop the others, and is told of',
  async (_, cause) => {
    const [bad, well] = [await watch.aHome(), await watch.aHome()];
    const startedMs = performance.now();
    const now = () => new Date(minutes(1).getTime() + performance.now() - startedMs);
    await query(`update patient_watch set due_at = null`);
    await measure(bad, 95, minutes(0));
    await query(`update patient_watch set due_at = $2 where patient_id = $1`, [bad.patientId, minutes(-10)]);
    const loop = startWatchLoop({ ...watch.parts, judge: unwritable(bad.patientId, cause), now, onRound: () => undefined });
    try {
      await new Promise((resolve) => setTimeout(resolve, 300));
      await measure(well, 80, minutes(1));
      loop.wake();
      await until(async () => (await episodesOf(well.patientId)).some(({ severity }) => severity === 'critical'));
      await until(async () => (await episodesOf(bad.patientId)).some(({ domains }) => domains.includes('technical')));
    } finally {
      await loop.stop();
    }
  },
  60_000,
);

test('a patient whose round fails once is looked at again a second later, and nothing is said', async () => {
  const home = await watch.aHome();
  await query(`update patient_watch set due_at = null`);
  await measure(home, 80, minutes(0));
  const startedMs = performance.now();
  const now = () => new Date(minutes(1).getTime() + performance.now() - startedMs);
  let failures = 0;
  const judge = (input: LookInput): LookOutcome =>
    input.plan.patientId === home.patientId && ++failures <= 2 ? unwritable(home.patientId, new StaleEpisode([1]))(input) : look(input);
  const loop = startWatchLoop({ ...watch.parts, judge, now, onRound: () => undefined });
  try {
    await until(async () => (await episodesOf(home.patientId)).length > 0);
  } finally {
    await loop.stop();
  }
  expect(await episodesOf(home.patientId)).toEqual([{ severity: 'critical', domains: ['respiratory'] }]);
}, 60_000);

test('what is stored of the patient is known from what came between us and the server', () => {
  const coded = (code: string) => Object.assign(new Error('planted'), { code });
  const certain = [new RangeError('planted'), new TypeError('planted'), coded('22P02'), coded('P0001')];
  const unsure = [coded('57P01'), coded('40001'), coded('EPIPE'), coded('ECONNRESET'), new Error('Connection terminated unexpectedly')];
  expect([...certain, ...unsure].map(isOfThePatient)).toEqual([...certain.map(() => true), ...unsure.map(() => false)]);
});

/** Two readings of 86 that confirm each other, and nobody who answers until the ladder is past its first steps. */
async function isCalling(home: TestHome): Promise<void> {
  await watch.ingest.take(
    obs(home, [spotCheck(minutes(0), { spo2: 86 }), spotCheck(minutes(12), { spo2: 86 })], { receivedAt: minutes(13) }),
  );
  await lookAtDue(watch.parts, minutes(14));
  await lookAtDue(watch.parts, minutes(15));
}

const throwsFor =
  (patientId: number) =>
  (input: LookInput): LookOutcome => {
    if (input.plan.patientId === patientId) throw new TypeError('planted');
    return look(input);
  };

test('who is set aside is owed the same tasks, messages, advice and clocks as who cannot be judged', async () => {
  const community = await makeTestCommunity(watch.database.dataSource.manager, 'laddered', minutes(-3 * 1440), DEFAULT_PATHWAY.routes);
  const [judged, aside] = [await addTestHome(watch.database, community, '1'), await addTestHome(watch.database, community, '2')];
  await query(`update patient_watch set due_at = null`);
  for (const home of [judged, aside]) await isCalling(home);
  await query(`update patient_watch set due_at = $2 where patient_id = $1`, [judged.patientId, minutes(140)]);
  await lookAtDue({ ...watch.parts, judge: throwsFor(judged.patientId) }, minutes(140));
  await setAside(watch.parts, aside.patientId, new RangeError('planted'), minutes(140));
  const owed = async ({ patientId }: TestHome) => ({
    tasks: await query(
      `select kind, for_role from task where patient_id = $1 and kind in ('ladder-lead', 'incident-record') order by kind`,
      [patientId],
    ),
    steps: await query(
      `select s.kind, s.reason_en from episode_step s join episode e on e.id = s.episode_id where e.patient_id = $1 and s.at = $2 order by s.id`,
      [patientId, minutes(140)],
    ),
    advice: await query(`select kind, text_en from home_advice where patient_id = $1 order by id`, [patientId]),
    clocks: await query(`select next_step_at from episode where patient_id = $1 order by id`, [patientId]),
  });
  const expected = await owed(judged);
  expect(expected.tasks.length).toBeGreaterThan(0);
  expect(await owed(aside)).toEqual(expected);
});

test.each(['is set aside', 'cannot be judged'])('the next step of the ladder of who %s comes in its time', async (how) => {
  const home = await watch.aHome();
  await query(`update patient_watch set due_at = null`);
  await isCalling(home);
  const [ladder] = await query<{ at: Date }>(`select min(next_step_at) as at from episode where patient_id = $1`, [home.patientId]);
  const before = new Date((ladder?.at.getTime() ?? Number.NaN) - 5_000);
  await query(`update patient_watch set due_at = $2, failures = 9 where patient_id = $1`, [home.patientId, before]);
  if (how === 'is set aside') await setAside(watch.parts, home.patientId, new RangeError('planted'), before);
  else await lookAtDue({ ...watch.parts, judge: throwsFor(home.patientId) }, before);
  expect(
    await query(`select due_at as at, last_failure is null as worked from patient_watch where patient_id = $1`, [home.patientId]),
  ).toEqual([{ at: ladder?.at, worked: false }]);
});

test('of who is set aside it is known that nobody could be told', async () => {
  const home = await watch.aHome();
  const { manager } = watch.database.dataSource;
  const { dhoId } = home.community;
  await saveContact(
    manager,
    { unitId: dhoId, personId: null, channel: 'email', address: 'vakt@example.no', signingSecret: null },
    null,
    minutes(0),
  );
  await query(`update patient_watch set due_at = null`);
  await measure(home, 82, minutes(0));
  await lookAtDue(watch.parts, minutes(1));
  const claim = { channel: 'email' as const, limit: 10, perUnit: 10, inFlightByUnit: new Map<number, number>(), leaseMs: 30_000 };
  const [notice] = (await claimNotices(manager, claim, minutes(1))).filter(({ unitId }) => unitId === dhoId);
  await saveNoticeFailure(manager, notice!, { fault: 'the mail server answered 550', isFinal: true }, minutes(1));
  await setAside(watch.parts, home.patientId, new RangeError('planted'), minutes(1.1));
  const said = await query<{ reason_en: string }>(
    `select s.reason_en from episode_step s join episode e on e.id = s.episode_id where e.patient_id = $1 and s.kind = 'escalated'`,
    [home.patientId],
  );
  expect(said.map((step) => step.reason_en)).toContainEqual(expect.stringMatching(/messages about the last step could be delivered/));
});

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 12_000;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error('it has not come to be so');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
