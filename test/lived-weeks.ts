import { changeEpisode, inTransaction, readNextDueAt, type Database, type PersonAct, type Viewer } from '@varde/store';
import type { Delivery } from '../apps/varde/src/ingest/delivery.js';
import type { Ingest } from '../apps/varde/src/ingest/ingest.js';
import { lookAtDue, type WatcherParts } from '../apps/varde/src/watch/watcher.js';
import { makeTestPerson } from './community.js';
import { addTestHome, makeTestHome, type TestHome } from './ingest-rig.js';
import { deliveriesOf, enrich, sessionAt, walkAt, type Session } from './rich-home.js';

/** When the weeks begin: in winter, so that what devices print is an hour ahead of UTC for the whole of them. */
export const START = new Date('2025-11-03T06:00:00Z');
const DAYS = 44;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const dayAt = (day: number): Date => new Date(START.getTime() + day * DAY_MS);
/** The last moment of the weeks. */
export const END = dayAt(DAYS);

/** What a physician would like to see before setting it: one of the homes has it from the first day. */
export const CHANGES = [
  { kind: 'limit', ruleId: 'copd.spo2.below_target', parameter: 'target_low', value: 85 },
  { kind: 'reference', key: 'dry-weight', value: 82 },
] as const;

/** One session at home, and when it reaches the service. */
interface Sent {
  readonly session: Session;
  readonly receivedAt: Date;
}

/** The 3rd of November is a Monday, and Mondays and Thursdays are planned; an episode asks for every day. */
const FORGOTTEN_DAYS = [3, 12, 17, 21, 26, 31, 40];

/** Weeks of a patient with bad spells, forgotten days, walks, messages that come late, visits, and values no person has. */
function sendings(): Sent[] {
  const sent: Sent[] = [];
  let state = 7;
  const draw = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  for (let day = 0; day < DAYS; day++) {
    if (FORGOTTEN_DAYS.includes(day)) continue;
    const worseForDays = Math.max(0, (day % 14) - 10);
    for (const hour of worseForDays > 0 ? [2, 12] : [2]) {
      const at = new Date(dayAt(day).getTime() + hour * HOUR_MS + Math.floor(draw() * HOUR_MS));
      const lateMs = draw() < 0.12 ? Math.floor(draw() * 60 * HOUR_MS) : 2_000;
      const isBad = worseForDays > 0;
      const spo2 = draw() < 0.05 ? 40 : isBad ? 82 + Math.floor(draw() * 9) : 90 + Math.floor(draw() * 4);
      const pulse = isBad ? 95 + Math.floor(draw() * 30) : 70 + Math.floor(draw() * 12);
      const session = sessionAt(at, { spo2, pulse, worseForDays, isVisited: day % 5 === 2 && hour === 2 });
      const receivedAt = new Date(at.getTime() + lateMs);
      sent.push({ session, receivedAt });
      if (hour !== 2 || day % 2 !== 0) continue;
      const later = new Date(at.getTime() + HOUR_MS);
      sent.push({ session: walkAt(later), receivedAt: new Date(Math.max(receivedAt.getTime(), later.getTime()) + 1_000) });
    }
  }
  return sent.sort((a, b) => a.receivedAt.getTime() - b.receivedAt.getTime());
}

/** Three homes that have lived through the same days. */
export interface LivedHomes {
  /** With a nurse who acts now and then. */
  readonly home: TestHome;
  /** Where everything is closed on some days. */
  readonly asIs: TestHome;
  /** As that one, and with `CHANGES` from the first day. */
  readonly changed: TestHome;
}

/** Lets the weeks pass through the real ingest, database and watcher: a look at every arrival, at every clock, and after every person. */
export async function liveThrough(parts: WatcherParts, ingest: Ingest): Promise<LivedHomes> {
  const weeks = new Weeks(parts, ingest);
  await weeks.settle();
  await weeks.live();
  return weeks;
}

/** What reaches the service at one moment. */
export interface Arrival {
  readonly receivedAt: Date;
  readonly deliveries: readonly Delivery[];
}

/** What there is to live through: arrivals, the oldest first, and what is done before each look and just after it. */
export interface LivedTime {
  readonly arrivals: readonly Arrival[];
  readonly until: Date;
  before?(now: Date): Promise<void>;
  after(now: Date): Promise<void>;
}

/** Lets time pass: a look at every arrival and at every clock. */
export async function passTime(parts: WatcherParts, ingest: Ingest, { arrivals, until, before, after }: LivedTime): Promise<void> {
  for (let next = 0; ;) {
    const due = await readNextDueAt(parts.database.dataSource.manager, 0);
    const atMs = Math.min(due?.getTime() ?? Number.POSITIVE_INFINITY, arrivals[next]?.receivedAt.getTime() ?? Number.POSITIVE_INFINITY);
    if (atMs > until.getTime()) break;
    const now = new Date(atMs);
    await before?.(now);
    for (; arrivals[next]?.receivedAt.getTime() === atMs; next++) {
      await Promise.all((arrivals[next] as Arrival).deliveries.map((delivery) => ingest.take(delivery)));
    }
    expect(await lookAtDue(parts, now)).toMatchObject({ failed: 0 });
    await after(new Date(atMs + 1));
  }
}

/** Makes a home as if it had joined at a moment, without the daily beginning: two days a week, and every day while an episode is open. */
export async function joinAt({ dataSource }: Pick<Database, 'dataSource'>, { patientId }: TestHome, at: Date): Promise<void> {
  for (const table of ['wearer', 'enrolment', 'scheduled_measurement'])
    await dataSource.query(`update ${table} set from_at = $2 where patient_id = $1`, [patientId, at]);
  await dataSource.query(`delete from scheduled_measurement where patient_id = $1 and to_at is not null`, [patientId]);
  await dataSource.query(`update patient set monitored_from = $2 where id = $1`, [patientId, at]);
  await dataSource.query(`update patient_watch set due_at = $2 where patient_id = $1`, [patientId, at]);
}

class Weeks implements LivedHomes {
  home!: TestHome;
  asIs!: TestHome;
  changed!: TestHome;
  private people: readonly Viewer[] = [];
  private readonly closings = [15, 19, 30, 34].map(dayAt);
  private equippedFor = -1;
  private hasSnoozed = false;

  constructor(
    private readonly parts: WatcherParts,
    private readonly ingest: Ingest,
  ) {}

  private query<Row>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return this.parts.database.dataSource.query(sql, values);
  }

  /** Three homes with COPD and heart failure, as if they had joined when the weeks begin. */
  async settle(): Promise<void> {
    const { database } = this.parts;
    const { manager } = database.dataSource;
    this.home = await makeTestHome(database, 'levd');
    const { community } = this.home;
    this.asIs = await addTestHome(database, community, '2');
    this.changed = await addTestHome(database, community, '3');
    const personId = await makeTestPerson(manager, 'nora', 'nurse', END);
    const personIds = [personId, await makeTestPerson(manager, 'pia', 'nurse', END)];
    this.people = personIds.map((personId) => ({ personId, username: '', name: '', roles: ['nurse'], unitIds: [community.dhoId] }));
    await this.query(`insert into person_unit (person_id, unit_id) select unnest($1::int[]), $2`, [personIds, community.dhoId]);
    const [limit, reference] = CHANGES;
    for (const each of [this.home, this.asIs, this.changed]) {
      await joinAt(database, each, START);
      const given = { from: START, personId, pausedFrom: dayAt(23) };
      await enrich(database, each, { ...given, ...(each !== this.asIs && { references: { [reference.key]: reference.value } }) });
    }
    await this.query(`update pathway set in_force_from = $1`, [dayAt(-1)]);
    await this.query(
      `insert into personal_limit (patient_id, rule_id, parameter, value, reason, set_by_person_id, set_at, valid_from, version)
       values ($1, $2, $3, $4, 'agreed', $5, $6, $6, 1)`,
      [this.changed.patientId, limit.ruleId, limit.parameter, limit.value, personId, START],
    );
  }

  async live(): Promise<void> {
    const homes = [this.home, this.asIs, this.changed];
    const arrivals = sendings().map(({ session, receivedAt }) => ({
      receivedAt,
      deliveries: homes.flatMap((each) => deliveriesOf(each, session, receivedAt)),
    }));
    let acts = 0;
    await passTime(this.parts, this.ingest, {
      ...{ arrivals, until: END, before: (now) => this.equip(now) },
      after: async (now) => {
        acts += await this.actSometimes(now, acts);
        await this.closeOnTheDay(now);
      },
    });
  }

  /** Somebody closes what is open in both of the homes that are compared; what was critical needs a second one. */
  private async closeOnTheDay(now: Date): Promise<void> {
    if (this.closings[0] === undefined || this.closings[0] > now) return;
    this.closings.shift();
    const open = await this.query<{ id: string }>('select id from episode where patient_id = any($1) and closed_at is null order by id', [
      [this.asIs.patientId, this.changed.patientId],
    ]);
    for (const { id } of open) {
      const close = { kind: 'close', outcome: 'seen_by_gp', note: '' } as const;
      const { closeProposed } = await this.does(this.people[0], id, close, now);
      if (closeProposed !== null) await this.closesToo(id, close, now);
    }
  }

  private does(who: Viewer | undefined, episodeId: string, act: PersonAct, at: Date): ReturnType<typeof changeEpisode> {
    if (who === undefined) throw new Error('nobody works here');
    const asked = { episodeId: Number(episodeId), seenVersion: null, act };
    return inTransaction(this.parts.database.dataSource, (tx) => changeEpisode(tx, who, asked, at));
  }

  /** The gateways are online but for the third week; the batteries are low in the fourth, and we ourselves were away on days of the fifth. */
  private async equip(now: Date): Promise<void> {
    const week = Math.floor((now.getTime() - START.getTime()) / (7 * DAY_MS));
    if (week === this.equippedFor) return;
    this.equippedFor = week;
    await this.query(
      `insert into gateway (community_id, client_id, online, online_changed_at, status, status_at) select $1, unnest($2::text[]), $3, $4, '{}', $4
       on conflict (community_id, client_id) do update set online = excluded.online, online_changed_at = excluded.online_changed_at`,
      [this.home.community.communityId, [this.home, this.asIs, this.changed].map(({ gateway }) => gateway), week !== 2, now],
    );
    await this.query(`update device set battery_percent = $1`, [week === 3 ? 4 : 80]);
    if (week === 4)
      await this.query(`insert into outage (part, from_at, to_at) values ('ingest', $1, $2)`, [now, new Date(now.getTime() + 7 * DAY_MS)]);
  }

  /**
   * A nurse acknowledges what waits and is grave or all clear, and closes it at the next occasion; what was critical a second one closes too. Once she keeps a
   * rule quiet that is only yellow.
   */
  private async actSometimes(now: Date, acts: number): Promise<number> {
    const [open] = await this.query<{ id: string; acknowledged_at: Date | null; yellow: string | null }>(
      `select id, acknowledged_at, jsonb_path_query_first(signals, '$[*] ? (@.severity == "yellow" && @.standing == true).ruleId') #>> '{}' as yellow
       from episode where patient_id = $1 and closed_at is null and (severity in ('red', 'critical') or cleared_at is not null)
         and greatest(last_signal_at, ladder_started_at) < $2 order by id limit 1`,
      [this.home.patientId, new Date(now.getTime() - (acts % 2 === 0 ? 20 * MINUTE_MS : 6 * HOUR_MS))],
    );
    if (open === undefined) return 0;
    if (open.yellow !== null && !this.hasSnoozed) {
      this.hasSnoozed = true;
      const until = new Date(now.getTime() + 30 * HOUR_MS);
      await this.does(this.people[0], open.id, { kind: 'snooze', ruleId: open.yellow, until, note: 'known' }, now);
      return 0;
    }
    const close = { kind: 'close', outcome: 'treated_at_home', note: '' } as const;
    const act = open.acknowledged_at === null ? ({ kind: 'acknowledge' } as const) : close;
    const first = await this.onShift(this.home.community.dhoId, this.people[0]?.personId, now, () =>
      this.does(this.people[0], open.id, act, now),
    );
    if (first.closeProposed === null) return 1;
    await this.closesToo(open.id, act, now);
    return 2;
  }

  /** After the look at the proposal: what that finds is of its own moment, not of the one after the second has closed the episode. */
  private async closesToo(episodeId: string, act: PersonAct, proposedAt: Date): Promise<void> {
    expect(await lookAtDue(this.parts, proposedAt)).toMatchObject({ failed: 0 });
    await this.does(this.people[1], episodeId, act, new Date(proposedAt.getTime() + 1));
  }

  /** What is done on a shift ends with it. A roster is kept for no longer than that: a rehearsal goes by the roster of its end. */
  private async onShift<T>(unitId: number, personId: number | undefined, at: Date, act: () => Promise<T>): Promise<T> {
    await this.query(
      `insert into duty (unit_id, person_id, kind, from_at, to_at, entered_at)
       values ($1, $2, 'shift', $3, $3::timestamptz + interval '8 hours', $3)`,
      [unitId, personId, at],
    );
    await this.query(`update unit set roster_kept = true where id = $1`, [unitId]);
    const done = await act();
    await this.query(`update unit set roster_kept = false where id = $1`, [unitId]);
    return done;
  }
}
