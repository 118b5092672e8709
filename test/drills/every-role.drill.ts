import {
  changeEpisode,
  inTransaction,
  readPathwayVersions,
  saveOrganisation,
  savePathway,
  type PersonAct,
  type Viewer,
} from '@varde/store';
import { saveOpenUnit } from '../community.js';
import { ServiceProcess } from '../service-process.js';
import {
  clientOf,
  eventually,
  foundHomes,
  hireNurse,
  numbersOf,
  openDrillDatabase,
  pause,
  readCount,
  spo2Message,
  type DrillDatabase,
  type DrillHome,
} from './drill-rig.js';
import { checkStory, readStories, type Timing } from './timer-story.js';
import { UpTimes } from './up-times.js';

/**
 * Every role is a process of its own and any of them is killed at any time, with hundreds of timers pending: rungs of ladders,
 * acknowledgements that run out, and what others are offered or asked and do not answer. The history that is left must be the one that
 * clocks alone would have written, each line once. A broker of ours shares its process with ingest, because PUBACK waits for the commit
 * (decision 1); triage and two watchers have theirs.
 */

const PATIENTS = Number(process.env['VARDE_DRILL_PATIENTS'] ?? 200);
const SEED = Number(process.env['VARDE_DRILL_SEED'] ?? 23);
const KILLING_MS = 70_000;
/** What is offered or asked waits for a minute, and that is to end while roles are killed. */
const ASKING_MS = 12_000;
const SETTLED_MS = 20_000;
/** A nurse takes so many when triage answers. */
const AT_A_TIME = 8;
const TIMING: Timing = { ladderMin: [0, 0.1, 0.2, 0.3, 0.4, 0.5], acknowledgementMin: 0.2, answerMin: 1, lateMaxMs: 5_000 };
const ROLES = { intake: 'broker,ingest', watcher: 'watch', 'other watcher': 'watch', triage: 'triage' } as const;
type Who = keyof typeof ROLES;
/** How the store refuses what a person may not do now. */
const REFUSED = new Set(['IllegalMove', 'Conflict', 'Forbidden']);
const WATCHERS = ['watcher', 'other watcher'];

let drill: DrillDatabase;
beforeEach(async () => {
  drill = await openDrillDatabase();
});
afterEach(() => drill.close());

test(`every role killed at random with the timers of ${PATIENTS} patients pending: each step once, at most 5 s late (seed ${SEED})`, async () => {
  const chance = numbersOf(SEED);
  const homes = await foundHomes(drill.database, PATIENTS, TIMING.ladderMin, TIMING.acknowledgementMin);
  const nurse = await hireNurse(drill.database);
  const neighbourId = await addNeighbour(drill);
  const up = new UpTimes();
  const services = new Map<Who, ServiceProcess>();
  try {
    for (const [who, roles] of Object.entries(ROLES)) {
      services.set(who as Who, await ServiceProcess.start({ databaseUrl: drill.url, roles }));
      up.begin(who);
    }
    const endMs = performance.now() + KILLING_MS;
    const [killed, acknowledged] = await Promise.all([
      killAtRandom(services, up, { chance, endMs }),
      actAtRandom(nurse, { chance: numbersOf(SEED + 1), endMs: endMs - 15_000, neighbourId }),
      publishAll(services, homes, { chance: numbersOf(SEED + 2), withinMs: KILLING_MS / 6 }),
    ]);
    await eventually('nothing waits for an answer', async () => (await countAsked(drill)) === 0, 60_000);
    // Long enough for every acknowledgement to end and the ladder after it to be climbed.
    await pause(SETTLED_MS);
    await Promise.all([...services.values()].map((service) => service.kill()));
    for (const who of services.keys()) up.end(who);
    const stories = await readStories(drill.database);
    const checked = stories.map((story) => checkStory(story, TIMING, (from, to) => up.longestWithin(from, to, WATCHERS)));
    const total = (of: (each: (typeof checked)[number]) => number) => checked.reduce((sum, each) => sum + of(each), 0);
    expect(checked.flatMap(({ faults }) => faults)).toEqual([]);
    expect(stories).toHaveLength(PATIENTS);
    expect(await countNotices(drill)).toEqual({ kept: total(({ rungs }) => rungs), keys: total(({ rungs }) => rungs) });
    process.stdout.write(
      `${killed} kills (seed ${SEED}); ${total(({ rungs }) => rungs)} rungs, ${total(({ runOuts }) => runOuts)} acknowledgements ran out of ` +
        `${acknowledged} acts answered, ${total(({ unanswered }) => unanswered)} offers and questions ran out; latest ${Math.max(...checked.map(({ latestMs }) => latestMs)).toFixed(0)} ms after it could have been done\n`,
    );
    expect(total(({ runOuts }) => runOuts)).toBeGreaterThan(0);
    expect(total(({ unanswered }) => unanswered)).toBe(await countMade(drill));
  } finally {
    await Promise.all([...services.values()].map((service) => service.kill()));
  }
}, 400_000);

/** One victim after the other, several down at a time, each up again after at most a second. Answers how many were killed. */
async function killAtRandom(
  services: ReadonlyMap<Who, ServiceProcess>,
  up: UpTimes,
  { chance, endMs }: { readonly chance: () => number; readonly endMs: number },
): Promise<number> {
  const names = [...services.keys()];
  const returning = new Map<Who, Promise<void>>();
  let killed = 0;
  while (performance.now() < endMs) {
    await pause(200 + chance() * 1_000);
    const who = names[Math.floor(chance() * names.length)] ?? 'watcher';
    const downMs = chance() * 1_000;
    if (returning.has(who)) continue;
    const service = services.get(who);
    await service?.kill();
    up.end(who);
    killed++;
    const back = pause(downMs)
      .then(() => service?.startAgain())
      .then(() => up.begin(who))
      .finally(() => returning.delete(who));
    returning.set(who, back);
  }
  await Promise.all(returning.values());
  return killed;
}

/** A nurse who takes, offers and asks about what waits, by the function that triage calls. Answers how many acts were done. */
async function actAtRandom(
  nurse: Viewer,
  { chance, endMs, neighbourId }: { readonly chance: () => number; readonly endMs: number; readonly neighbourId: number },
): Promise<number> {
  const askingUntilMs = performance.now() + ASKING_MS;
  const asked = { answerMin: TIMING.answerMin };
  let done = 0;
  while (performance.now() < endMs) {
    await pause(100 + chance() * 300);
    const rows = await waiting(drill);
    const from = Math.floor(chance() * rows.length);
    for (const id of rows.slice(from, from + AT_A_TIME)) {
      const isOffer = chance() < 0.5;
      const offer: PersonAct = { kind: 'offer', toUnitId: neighbourId, reason: 'theirs', informedUnitIds: [], ...asked };
      const question: PersonAct = { kind: 'ask_advice', unitId: neighbourId, question: 'what now?', ...asked };
      const isAsking = performance.now() < askingUntilMs;
      done += await actOn(nurse, Number(id), isAsking ? (isOffer ? offer : question) : { kind: 'acknowledge' });
    }
  }
  return done;
}

async function actOn(nurse: Viewer, episodeId: number, act: PersonAct): Promise<0 | 1> {
  try {
    await inTransaction(drill.database.dataSource, (tx) => changeEpisode(tx, nurse, { episodeId, seenVersion: null, act }, new Date()));
    return 1;
  } catch (error) {
    // It is offered or asked already, or closed or somebody else's meanwhile.
    if (error instanceof Error && REFUSED.has(error.name)) return 0;
    throw error;
  }
}

async function publishAll(
  services: ReadonlyMap<Who, ServiceProcess>,
  homes: readonly DrillHome[],
  { chance, withinMs }: { readonly chance: () => number; readonly withinMs: number },
): Promise<void> {
  const port = services.get('intake')?.mqttPort ?? 0;
  await Promise.all(
    homes.map(async (home) => {
      await pause(chance() * withinMs);
      const client = clientOf(home, port);
      client.publish(0, spo2Message(home, 80, new Date()));
      // The broker may be down: it goes on trying by itself.
      await client.connect().catch(() => undefined);
      await client.whenIdle();
      client.kill();
    }),
  );
}

async function waiting({ database }: DrillDatabase): Promise<string[]> {
  const rows = await database.dataSource.query<{ id: string }[]>(
    `select id from episode where acknowledged_at is null and severity = 'critical' order by id`,
  );
  return rows.map(({ id }) => id);
}

/** What waits for the neighbour's answer. */
async function countAsked({ database }: DrillDatabase): Promise<number> {
  const waits = `select 1 from handover where fate is null union all select 1 from consultation where fate is null`;
  return readCount(database, `select count(*)::int as n from (${waits}) as asked`);
}

async function countMade({ database }: DrillDatabase): Promise<number> {
  return readCount(database, `select count(*)::int as n from episode_step where kind in ('offered', 'advice_asked')`);
}

/** A unit of another organisation that may be offered and asked: the two stand on step 2. It never answers. */
async function addNeighbour({ database: { dataSource } }: DrillDatabase): Promise<number> {
  const { manager } = dataSource;
  const [home] = await dataSource.query<{ id: number; community_id: number }[]>('select id, community_id from organisation');
  const communityId = home?.community_id ?? 0;
  const organisationId = await saveOrganisation(manager, { communityId, name: 'Neighbour' });
  const unitId = await saveOpenUnit(manager, { organisationId, name: 'Clinic', careLevel: 'hospital_outpatient' });
  const [pathway] = await readPathwayVersions(manager, communityId);
  if (!pathway) throw new Error('no pathway');
  const cooperations = [{ organisationIds: [home?.id ?? 0, organisationId] as const, step: 2 as const, programme: null }];
  const { id, name, routes } = pathway;
  // Five minutes are the longest that critical waits; a minute is asked for.
  await savePathway(manager, { id, communityId, name, routes, cooperations, inForceFrom: new Date() }, new Date());
  return unitId;
}

/** Notices about rungs, and of how many different keys; the rung that fell together with what the owner was told anyway is in that. */
async function countNotices({ database }: DrillDatabase): Promise<{ kept: number; keys: number }> {
  const [row] = await database.dataSource.query<{ kept: number; keys: number }[]>(
    `select count(*)::int as kept, count(distinct (n.episode_id, n.key))::int as keys from notice n join episode e on e.id = n.episode_id
     where n.channel = 'worklist' and n.cause in ('escalated', 'opened', 'acknowledgement_ran_out') and e.severity = 'critical'`,
  );
  return row ?? { kept: -1, keys: -1 };
}
