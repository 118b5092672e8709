import {
  changeEpisode,
  changePerson,
  changeRosterKept,
  endDuty,
  inTransaction,
  readDuty,
  saveDuty,
  saveOrganisation,
  type PersonAct,
  type Viewer,
} from '@varde/store';
import { look } from '@varde/look';
import { findForm } from '@varde/plans';
import type { Duty } from '@varde/routing';
import { openCatalogue, openQuestionnaires } from '../apps/varde/src/catalogue.js';
import type { Ingest } from '../apps/varde/src/ingest/ingest.js';
import type { Log } from '../apps/varde/src/log.js';
import { setAside } from '../apps/varde/src/watch/set-aside.js';
import { lookAtDue, type WatcherParts } from '../apps/varde/src/watch/watcher.js';
import { makeChance } from './chance.js';
import { makeTestPerson, saveOpenUnit } from './community.js';
import { testLog, type TestDatabase } from './engine.js';
import { makeTestHome, minutes, NOW, obs, openTestIngest, spotCheck, type TestHome } from './ingest-rig.js';
import { conditionBy, deliveriesOf, enrich, sessionAt } from './rich-home.js';

/** Three homes that have lived through the same sixteen hours, and what they lived in. */
export interface MixedHours {
  readonly homes: readonly TestHome[];
  readonly parts: WatcherParts;
}

/** The duties of the third home's nurse, in minutes: on the roster from the beginning, but for the last, which is entered in the course of the day. */
const DUTIES = { shift: [-60, 240], onCall: [480, 720], enteredLate: [800, 860] } as const;
/** The minutes at which one of them ends. */
export const DUTY_ENDS = Object.values(DUTIES).map(([, to]) => to);

/**
 * Forty days at once, then sixteen hours of mixed traffic: late, doubtful, repeated and refused readings, people and units that act on what comes
 * of them, a roster with gaps, looks that throw, and storing that goes on beside the looks. The same every time but for how storing and looking meet.
 */
export async function liveMixedHours(db: TestDatabase): Promise<MixedHours> {
  const hours = new Hours(db, await openCatalogue());
  await hours.settle();
  const { ingest } = openTestIngest(db.database, { checkCredentials: false, findForm: findForm(await openQuestionnaires()) });
  try {
    await hours.live(ingest);
  } finally {
    await ingest.stop();
  }
  return hours;
}

/** When something comes, and what it is drawn by. */
interface Drawn {
  readonly now: Date;
  readonly chance: () => number;
}

interface Open {
  readonly id: string;
  readonly patient_id: number;
  readonly owner_unit_id: number;
  readonly signals: { ruleId: string; severity: string }[];
}

class Hours implements MixedHours {
  readonly homes: TestHome[] = [];
  readonly parts: WatcherParts;
  private nurse!: Viewer;
  /** Works where the nurse does, and is the second who looks before what was critical is closed. */
  private colleague!: Viewer;
  /** Works for a clinic of each community, another organisation on step 2 with the follow-up service. */
  private doctor!: Viewer;

  constructor(
    private readonly db: TestDatabase,
    catalogue: WatcherParts['catalogue'],
  ) {
    this.parts = { database: db.database, catalogue, batch: 50, log: testLog as unknown as Log };
  }

  async settle(): Promise<void> {
    const { manager } = this.db.database.dataSource;
    for (const code of ['r1', 'r2', 'r3']) {
      const home = await makeTestHome(this.db.database, code);
      for (const table of ['wearer', 'enrolment'])
        await this.query(`update ${table} set from_at = from_at - interval '60 days' where patient_id = $1`, [home.patientId]);
      this.homes.push(home);
    }
    const personId = await makeTestPerson(manager, 'nurse', 'nurse', NOW);
    const unitIds = this.homes.map(({ community }) => community.dhoId);
    this.nurse = { personId, username: 'nurse', name: 'nurse', roles: ['nurse'], unitIds };
    this.colleague = { ...this.nurse, personId: await makeTestPerson(manager, 'colleague', 'nurse', NOW) };
    const doctorId = await makeTestPerson(manager, 'doctor', 'physician', NOW);
    this.doctor = { ...this.nurse, personId: doctorId, unitIds: await this.addClinics() };
    await this.keepRoster();
    // One is known for long to have heart failure besides, and is admitted in the evening. Not the one that is replayed for every column.
    for (const home of this.homes.slice(1, 2))
      await enrich(this.db.database, home, { from: minutes(-60 * 1440), personId, pausedFrom: minutes(700) });
  }

  /** A clinic beside each home's follow-up service. */
  private async addClinics(): Promise<number[]> {
    const { manager } = this.db.database.dataSource;
    const clinics: number[] = [];
    await this.query(`alter table pathway disable trigger pathway_stays`);
    for (const { community } of this.homes) {
      const organisationId = await saveOrganisation(manager, { communityId: community.communityId, name: 'Hospital' });
      clinics.push(await saveOpenUnit(manager, { organisationId, name: 'Clinic', careLevel: 'hospital_outpatient' }));
      const cooperations = [{ organisationIds: [community.organisationId, organisationId], step: 2, programme: null }];
      await this.query(`update pathway set cooperations = $2 where id = $1`, [community.pathwayId, JSON.stringify(cooperations)]);
    }
    await this.query(`alter table pathway enable trigger pathway_stays`);
    return clinics;
  }

  /** The third home is followed by a unit with a roster that has gaps: a shift in the morning, on call in the evening. */
  private async keepRoster(): Promise<void> {
    const { manager } = this.db.database.dataSource;
    const before = minutes(-1440);
    await changePerson(manager, this.nurse.personId, { unitIds: [this.rosteredUnit()] }, before);
    await this.enterDuty(this.onRoster('shift', DUTIES.shift), before);
    await this.enterDuty(this.onRoster('on_call', DUTIES.onCall), before);
    await changeRosterKept(manager, this.rosteredUnit(), true, before);
  }

  async live(ingest: Ingest): Promise<void> {
    for (const home of this.homes) {
      await Promise.all(
        Array.from({ length: 40 }, (_, back) => minutes(-(back + 1) * 1440)).map((at) =>
          ingest.take(obs(home, [spotCheck(at)], { receivedAt: at })),
        ),
      );
    }
    const [chance, measuring] = [makeChance(7), makeChance(11)];
    for (let round = 0; round < 48; round++) {
      const now = minutes(round * 20);
      const sessions = round % 5 === 0 ? this.homes.slice(1, 2).map((home) => measureAll(ingest, home, { now, chance: measuring })) : [];
      await Promise.all([...this.homes.map((home) => traffic(ingest, home, { now, chance })), ...sessions, lookAtDue(this.parts, now)]);
      // What is drawn hangs on how storing and looking meet; that the roster's nurse holds something in a duty does not.
      if (round % 6 === 3) await this.acknowledgeRostered(now);
      if (round % 3 === 0) await this.people(now, chance);
      if (round === 10) await this.endDutyEarly(now);
      if (round === 14) await this.changeLimit(now);
      if (round === 30) await this.enterDuty(this.onRoster('on_call', DUTIES.enteredLate), now);
      if (round === 25) {
        const judge: typeof look = (input) => {
          if (input.plan.patientId === this.homes[1]?.patientId) throw new TypeError('planted');
          return look(input);
        };
        await this.query(`update patient_watch set due_at = $1`, [now]);
        await lookAtDue({ ...this.parts, judge }, minutes(round * 20 + 1));
      }
      if (round === 36) await setAside(this.parts, this.homes[2]?.patientId ?? 0, new RangeError('planted'), minutes(round * 20 + 2));
    }
    await lookAtDue(this.parts, minutes(48 * 20));
  }

  private async people(now: Date, chance: () => number): Promise<void> {
    const open = await this.query<Open>(`select id, patient_id, owner_unit_id, signals from episode where closed_at is null order by id`);
    for (const episode of open) {
      const owner = this.doctor.unitIds.includes(episode.owner_unit_id) ? this.doctor : chance() < 0.7 ? this.nurse : this.colleague;
      const other = owner === this.doctor ? this.nurse : this.doctor;
      const act = this.choose(episode, now, chance());
      if (act === null) continue;
      const does = (who: Viewer, what: PersonAct): Promise<unknown> =>
        inTransaction(this.db.database.dataSource, (tx) =>
          changeEpisode(tx, who, { episodeId: Number(episode.id), seenVersion: null, act: what }, now),
        ).catch((error: Error) => {
          if (error.name !== 'IllegalMove' && error.name !== 'NotFound') throw error;
        });
      await does(owner, act);
      // An hour later it would have run out: what is answered is answered at once.
      const answer = answerTo(act, chance());
      if (answer !== null) await does(other, answer);
    }
  }

  private async acknowledgeRostered(now: Date): Promise<void> {
    const open = await this.query<Pick<Open, 'id'>>(`select id from episode where closed_at is null and owner_unit_id = $1 order by id`, [
      this.rosteredUnit(),
    ]);
    for (const { id } of open) {
      const act = { episodeId: Number(id), seenVersion: null, act: { kind: 'acknowledge' } } as const;
      await inTransaction(this.db.database.dataSource, (tx) => changeEpisode(tx, this.nurse, act, now));
    }
  }

  private choose({ signals, patient_id, owner_unit_id }: Open, now: Date, chance: number): PersonAct | null {
    if (chance < 0.2) return { kind: 'acknowledge' };
    if (chance < 0.25) return { kind: 'release', note: 'back' };
    if (chance < 0.3) return { kind: 'note', note: 'called' };
    const quiet = signals.find(({ severity }) => severity === 'yellow' || severity === 'info');
    if (chance < 0.38 && quiet)
      return { kind: 'snooze', ruleId: quiet.ruleId, until: new Date(now.getTime() + 5 * 3_600_000), note: 'known' };
    if (chance < 0.42 && quiet) return { kind: 'undo_snooze', ruleId: quiet.ruleId };
    if (chance < 0.52) return { kind: 'close', outcome: 'treated_at_home', note: '' };
    if (chance < 0.55) return { kind: 'assign', toPersonId: this.colleague.personId };
    return this.between(patient_id, owner_unit_id, chance);
  }

  /** What goes between the follow-up service and the clinic; many an answer is not given, and its time runs out. */
  private between(patientId: number, ownerUnitId: number, chance: number): PersonAct | null {
    const at = this.homes.findIndex((home) => home.patientId === patientId);
    const clinic = this.doctor.unitIds[at] ?? 0;
    const unitId = ownerUnitId === clinic ? (this.homes[at]?.community.dhoId ?? 0) : clinic;
    if (chance < 0.74) return { kind: 'offer', toUnitId: unitId, reason: 'needs it', answerMin: null, informedUnitIds: [] };
    if (chance < 0.79) return { kind: 'recall', reason: 'better' };
    return chance < 0.92 ? { kind: 'ask_advice', unitId, question: 'more?', answerMin: null } : null;
  }

  private async changeLimit(now: Date): Promise<void> {
    for (const home of this.homes) {
      await this.query(
        `insert into personal_limit (patient_id, rule_id, parameter, value, reason, set_by_person_id, set_at, valid_from, version)
         values ($1, 'copd.spo2.below_target', 'target_low', 86, 'lower', $2, $3, $3, 1)`,
        [home.patientId, this.nurse.personId, now],
      );
    }
  }

  private async enterDuty(duty: Duty, now: Date): Promise<void> {
    await saveDuty(this.db.database.dataSource.manager, this.rosteredUnit(), { duty: [duty], byPersonId: null }, now);
  }

  /** Whoever has the morning's shift goes home: what they hold runs out with it. */
  private async endDutyEarly(now: Date): Promise<void> {
    const { manager } = this.db.database.dataSource;
    const [running] = await readDuty(manager, this.rosteredUnit(), { from: now, to: new Date(now.getTime() + 60_000) });
    await endDuty(manager, { unitId: this.rosteredUnit(), dutyId: running?.id ?? 0, byPersonId: null }, now);
  }

  private query<Row>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return this.db.database.dataSource.query(sql, values);
  }

  private rosteredUnit(): number {
    return this.homes[2]?.community.dhoId ?? 0;
  }

  private onRoster(kind: Duty['kind'], [from, to]: readonly [number, number]): Duty {
    return { personId: this.nurse.personId, kind, from: minutes(from), to: minutes(to) };
  }
}

async function traffic(ingest: Ingest, home: TestHome, { now, chance }: Drawn): Promise<void> {
  if (chance() < 0.35) return;
  const lateMin = chance() < 0.3 ? Math.floor(chance() * 4000) : 0;
  const at = new Date(now.getTime() - lateMin * 60_000 - Math.floor(chance() * 600_000));
  const kind = chance();
  const spo2 = kind < 0.15 ? 20 : 80 + Math.floor(chance() * 17);
  const reading = spotCheck(at, {
    spo2,
    pulse: 60 + Math.floor(chance() * 80),
    ...(chance() < 0.15 && { quality: 'questionable' as const }),
    ...(chance() < 0.1 && { context: { activity: 'after-exercise' } }),
  });
  await ingest.take(obs(home, [reading], { receivedAt: now }));
  if (chance() < 0.2) await ingest.take(obs(home, [reading], { receivedAt: new Date(now.getTime() + 1000) }));
}

/** With everything that somebody with heart failure measures and answers. */
async function measureAll(ingest: Ingest, home: TestHome, { now, chance }: Drawn): Promise<void> {
  const at = new Date(now.getTime() - Math.floor(chance() * 900_000));
  await Promise.all(deliveriesOf(home, sessionAt(at, conditionBy(chance)), now).map((each) => ingest.take(each)));
}

/** What the other unit answers; null: nothing, and the time runs out. */
function answerTo(act: PersonAct, chance: number): PersonAct | null {
  if (act.kind === 'ask_advice') return chance < 0.4 ? { kind: 'give_advice', number: 1, answer: 'no' } : null;
  if (act.kind !== 'offer' || chance > 0.5) return null;
  return chance < 0.3 ? { kind: 'accept' } : { kind: 'decline', reason: 'full' };
}
