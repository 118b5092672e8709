import { changeEpisode, inTransaction, type PersonAct, type Viewer } from '@varde/store';
import { anEpisode, PASSWORD, saveAnEpisode, saveSmallCommunity, viewerOf, type SmallCommunity } from '../small-community.js';
import { ServiceProcess } from '../service-process.js';
import { asker, type Asker } from '../triage-api.js';
import { eventually, numbersOf, openDrillDatabase, pause, type DrillDatabase } from './drill-rig.js';

/** How many times each pair races; VARDE_DRILL_RACES for fewer. */
const ROUNDS = Number(process.env['VARDE_DRILL_RACES'] ?? 1_000);
const SEED = Number(process.env['VARDE_DRILL_SEED'] ?? 22_11);
/** Rounds in flight, each about a patient of its own. */
const AT_ONCE = 8;
const WATCHERS = 2;

let drill: DrillDatabase;
let small: SmallCommunity;
let processes: ServiceProcess[];
/** North's nurse asks one process, the clinic's physician another. */
let north: Asker;
let clinic: Asker;
let nora: Viewer;
let patients: number[];
const chance = numbersOf(SEED);
const sql = <T>(text: string, values: unknown[] = []): Promise<T[]> => drill.database.dataSource.query(text, values);

beforeAll(async () => {
  drill = await openDrillDatabase();
  small = await saveSmallCommunity(drill.database.dataSource);
  nora = viewerOf(small.people.nora, [small.units.north]);
  await sql(
    `with made as (
       insert into person (username, name, password_hash, roles, created_at)
       select 'lise', 'Navn lise', password_hash, '{physician}', created_at from person where username = 'nora' returning id
     ) insert into person_unit (person_id, unit_id) select id, $1 from made`,
    [small.units.clinic],
  );
  patients = await foundPatients(4 * ROUNDS);
  const start = (roles: string): Promise<ServiceProcess> => ServiceProcess.start({ databaseUrl: drill.url, roles });
  processes = [];
  for (const roles of ['triage', 'triage', ...Array<string>(WATCHERS).fill('watch')]) processes.push(await start(roles));
  const [first, second] = processes.map(({ apiUrl }) => apiUrl);
  [north, clinic] = [await signIn(first ?? '', 'nora'), await signIn(second ?? '', 'lise')];
}, 300_000);
afterAll(async () => {
  await Promise.all((processes ?? []).map((process) => process.kill()));
  await drill.close();
});

async function signIn(url: string, username: string): Promise<Asker> {
  const answer = await asker(url, '').ask('POST', '/api/session', { username, password: PASSWORD });
  return asker(url, answer.headers.get('set-cookie')?.split(';')[0] ?? '');
}

/** Patients of north and the clinic, who measure nothing. */
async function foundPatients(count: number): Promise<number[]> {
  const rows = await sql<{ id: number }>(
    `insert into patient (community_id, name, pathway_id, monitored_from)
     select $1, 'Pasient ' || n, $2, '2026-01-01T00:00:00Z' from generate_series(1, $3) n returning id`,
    [small.communityId, small.pathwayId, count],
  );
  const ids = rows.map(({ id }) => id);
  await sql(`insert into team_unit (patient_id, unit_id) select p, u from unnest($1::int[]) p cross join unnest($2::int[]) u`, [
    ids,
    [small.units.north, small.units.clinic],
  ]);
  await sql(`insert into patient_watch (patient_id) select unnest($1::int[])`, [ids]);
  return ids;
}

interface Answer {
  readonly status: number;
  readonly body: {
    readonly ownerUnitId?: number;
    readonly closedAt?: string | null;
    readonly now?: { ownerUnitId: number; state: string; lastOffer: { fate: string | null; number: number } };
  };
}

async function ask(who: Asker, episodeId: number, act: string, body: object): Promise<Answer> {
  const answer = await who.ask('POST', `/api/episodes/${episodeId}/${act}`, body);
  return { status: answer.status, body: (await answer.json()) as Answer['body'] };
}

/** An episode of north's that waits for the clinic's answer. */
async function offered(patientId: number, answerMs: number): Promise<number> {
  const { dataSource } = drill.database;
  const episodeId = await saveAnEpisode(dataSource, anEpisode(small, new Date(), { patientId, pathwayId: small.pathwayId }));
  const act: PersonAct = {
    ...{ kind: 'offer', toUnitId: small.units.clinic, reason: 'trenger klinikken', answerMin: answerMs / 60_000, informedUnitIds: [] },
  };
  await inTransaction(dataSource, (tx) => changeEpisode(tx, nora, { episodeId, seenVersion: null, act }, new Date()));
  return episodeId;
}

/** An episode of north's that waits, and to which the ladder has called the clinic. */
async function called(patientId: number): Promise<number> {
  const openedAt = new Date(Date.now() - 60_000);
  const episodeId = await saveAnEpisode(drill.database.dataSource, anEpisode(small, openedAt, { patientId, pathwayId: small.pathwayId }));
  await sql(
    `insert into notice (episode_id, key, channel, cause, severity, unit_id, text_nb, text_en, queued_at)
     values ($1::bigint, $1::bigint || '/escalated', 'worklist', 'escalated', 'red', $2, 'tilkalt', 'called', $3)`,
    [episodeId, small.units.clinic, openedAt],
  );
  return episodeId;
}

/** What is stored of a race once it is over. */
interface Stored {
  readonly owner: number;
  readonly closed: boolean;
  readonly fates: (string | null)[];
  readonly lines: string[];
  readonly told: string[];
}

async function readStored(episodeId: number): Promise<Stored> {
  const [row] = await sql<Stored>(
    `select e.owner_unit_id as owner, e.closed_at is not null as closed,
       array(select fate from handover h where h.episode_id = e.id) as fates,
       array(select kind from episode_step s where s.episode_id = e.id and kind in
         ('acknowledged', 'offered', 'accepted', 'declined', 'recalled', 'offer_ran_out', 'owner_changed', 'closed') order by s.id) as lines,
       array(select cause || ' ' || unit_id from notice n where n.episode_id = e.id and channel = 'worklist' and cause in
         ('accepted', 'recalled', 'offer_ran_out', 'closed') order by n.cause, n.unit_id) as told
     from episode e where e.id = $1`,
    [episodeId],
  );
  if (row === undefined) throw new Error(`episode ${episodeId} is gone`);
  return row;
}

/** Runs rounds, some at once, and answers how often the first party won. What is wrong is told with the round. */
async function race(from: number, round: (patientId: number, number: number) => Promise<boolean>): Promise<number> {
  const left = patients.slice(from, from + ROUNDS).map((patientId, number) => ({ patientId, number }));
  let won = 0;
  const runner = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const { patientId, number } = next;
      const isWon = await round(patientId, number).catch((error: unknown) => {
        throw new Error(`round ${number}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
      });
      if (isWon) won++;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, runner));
  return won;
}

/** Both at the same moment, give or take a few milliseconds either way. */
async function atOnce(one: () => Promise<Answer>, other: () => Promise<Answer>): Promise<[Answer, Answer]> {
  const aheadMs = (chance() - 0.5) * 16;
  const late = async (ms: number, act: () => Promise<Answer>): Promise<Answer> => {
    if (ms > 0) await pause(ms);
    return act();
  };
  return Promise.all([late(aheadMs, one), late(-aheadMs, other)]);
}

/** Ample: a round waits for a second and a half at most, and several run at once. */
const RACE_MS = 60_000 + ROUNDS * 1_000;

test(
  `accept against recall, ${ROUNDS} rounds: one outcome each, both told the truth (seed ${SEED})`,
  async () => {
    const { north: giver, clinic: receiver } = small.units;
    const accepted = await race(0, async (patientId) => {
      const id = await offered(patientId, 20 * 60_000);
      const [accept, recall] = await atOnce(
        () => ask(clinic, id, 'accept', {}),
        () => ask(north, id, 'recall', { reason: 'bedre' }),
      );
      const isAccepted = accept.status === 200;
      const [fate, owner] = isAccepted ? ['accepted', receiver] : ['recalled', giver];
      const [winner, loser] = isAccepted ? [accept, recall] : [recall, accept];
      expect([winner.status, winner.body.ownerUnitId, loser.status]).toEqual([200, owner, 409]);
      expect(loser.body.now).toMatchObject({ ownerUnitId: owner, lastOffer: { fate, number: 1 } });
      expect(await readStored(id)).toEqual({
        ...{ owner, closed: false, fates: [fate] },
        lines: isAccepted ? ['offered', 'accepted', 'owner_changed'] : ['offered', 'recalled'],
        told: isAccepted ? [`accepted ${giver}`] : [`recalled ${receiver}`],
      });
      return isAccepted;
    });
    tell('accept against recall', accepted);
  },
  RACE_MS,
);

test(
  `accept against timeout, ${ROUNDS} rounds and ${WATCHERS} watchers: one outcome each, both told the truth (seed ${SEED})`,
  async () => {
    const { north: giver, clinic: receiver } = small.units;
    const ANSWER_MS = 1_200;
    // How long before the deadline it is accepted: as long as that takes on this machine, so that either comes first.
    let aheadMs = 50;
    const accepted = await race(ROUNDS, async (patientId) => {
      const id = await offered(patientId, ANSWER_MS);
      await pause(Math.max(0, ANSWER_MS - aheadMs + (chance() - 0.5) * 30));
      const accept = await ask(clinic, id, 'accept', {});
      const isAccepted = accept.status === 200;
      aheadMs = Math.min(ANSWER_MS, Math.max(0, aheadMs + (isAccepted ? -4 : 4)));
      if (!isAccepted) {
        expect([accept.status, accept.body.now?.ownerUnitId]).toEqual([409, giver]);
        // Too late, though no watcher may have looked yet: then the offer is still to run out, and can only do that.
        expect([null, 'ran_out']).toContain(accept.body.now?.lastOffer.fate);
        await eventually('the offer has run out', async () => (await readStored(id)).fates[0] !== null, 10_000);
      }
      const [fate, owner] = isAccepted ? ['accepted', receiver] : ['ran_out', giver];
      expect(await readStored(id)).toEqual({
        ...{ owner, closed: false, fates: [fate] },
        lines: isAccepted ? ['offered', 'accepted', 'owner_changed'] : ['offered', 'offer_ran_out'],
        told: isAccepted ? [`accepted ${giver}`] : [`offer_ran_out ${giver}`, `offer_ran_out ${receiver}`],
      });
      return isAccepted;
    });
    tell('accept against timeout', accepted);
  },
  RACE_MS,
);

test(
  `close against accept, ${ROUNDS} rounds: one outcome each, both told the truth (seed ${SEED})`,
  async () => {
    const { north: giver, clinic: receiver } = small.units;
    const accepted = await race(2 * ROUNDS, async (patientId) => {
      const id = await offered(patientId, 20 * 60_000);
      const [accept, close] = await atOnce(
        () => ask(clinic, id, 'accept', {}),
        () => ask(north, id, 'close', { outcome: 'seen_by_gp', note: 'ringt' }),
      );
      const isAccepted = accept.status === 200;
      const [fate, owner, state] = isAccepted ? ['accepted', receiver, 'acknowledged'] : ['closed', giver, 'closed'];
      const [winner, loser] = isAccepted ? [accept, close] : [close, accept];
      // Who has given it away may not close it any more (403); what is closed cannot be accepted (409).
      expect([winner.status, winner.body.ownerUnitId, loser.status]).toEqual([200, owner, isAccepted ? 403 : 409]);
      expect(loser.body.now).toMatchObject({ ownerUnitId: owner, state, lastOffer: { fate, number: 1 } });
      expect(await readStored(id)).toEqual({
        ...{ owner, closed: !isAccepted, fates: [fate] },
        lines: isAccepted ? ['offered', 'accepted', 'owner_changed'] : ['offered', 'closed', 'recalled'],
        told: isAccepted ? [`accepted ${giver}`] : [`closed ${receiver}`],
      });
      return isAccepted;
    });
    tell('close against accept', accepted);
  },
  RACE_MS,
);

test(
  `whom the ladder called against the owner, ${ROUNDS} rounds: one of them has it, and the other is told who (seed ${SEED})`,
  async () => {
    const { north: owner, clinic: receiver } = small.units;
    const taken = await race(3 * ROUNDS, async (patientId) => {
      const id = await called(patientId);
      const [take, keep] = await atOnce(
        () => ask(clinic, id, 'acknowledge', {}),
        () => ask(north, id, 'acknowledge', {}),
      );
      const isTaken = take.status === 200;
      const [winner, loser, unitId] = isTaken ? [take, keep, receiver] : [keep, take, owner];
      expect([winner.status, winner.body.ownerUnitId, loser.status]).toEqual([200, unitId, 403]);
      expect(loser.body.now).toMatchObject({ ownerUnitId: unitId, state: 'acknowledged' });
      expect(await readStored(id)).toEqual({
        ...{ owner: unitId, closed: false, fates: [], told: [] },
        lines: isTaken ? ['owner_changed', 'acknowledged'] : ['acknowledged'],
      });
      return isTaken;
    });
    tell('called against owner', taken);
  },
  RACE_MS,
);

/** A race that one party always wins has not been one. */
function tell(pair: string, won: number): void {
  process.stderr.write(`${pair}: the first won ${won} of ${ROUNDS} rounds\n`);
  if (ROUNDS < 100) return;
  expect(won).toBeGreaterThan(0);
  expect(won).toBeLessThan(ROUNDS);
}
