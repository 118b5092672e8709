import { dutyOfWeeks, type Duty, type WeeklyDuty } from '@varde/routing';
import { isZone } from '@varde/vitals';
import type { EntityManager } from 'typeorm';
import { endShift } from '../episodes/leaving.js';
import { raisePlanVersionOfUnit } from './agreement.js';
import { COUNTED_DUTY } from './counted-duty.js';
import { Conflict, found, Invalid, refuseFaults } from './illegal.js';
import { isDay, isStretch, isWeek } from './unit-hours.js';
import { lockUnit } from './units.js';

/** What somebody does when on duty. */
export const DUTY_KINDS = ['shift', 'on_call'] as const satisfies readonly Duty['kind'][];

const DAY_MS = 86_400_000;
const DUTY_DAYS_MAX = 31;
const WEEKS_MAX = 53;
/** A year of everybody of a large unit. */
const DUTIES_MAX = 5_000;
const AHEAD_DAYS_MAX = 800;

/** Somebody on a unit's roster. */
export interface KeptDuty extends Duty {
  readonly id: number;
  readonly unitId: number;
  readonly person: string;
  /** Null: entered from the command line. */
  readonly enteredByPersonId: number | null;
  readonly enteredAt: Date;
}

/** What came of entering duty: rows that were there already are not entered twice. */
export interface DutyEntered {
  readonly entered: number;
  readonly known: number;
}

/** Who enters or takes away; null: from the command line. */
type By = number | null;

function faultsOf(duty: readonly Duty[], now: Date): (string | false)[] {
  const isOver = ({ to }: Duty) => to <= now;
  const isLong = ({ from, to }: Duty) => to.getTime() - from.getTime() > DUTY_DAYS_MAX * DAY_MS;
  return [
    duty.length === 0 && 'no duty is given',
    duty.length > DUTIES_MAX && `at most ${DUTIES_MAX} duties are entered at once`,
    duty.some(({ kind }) => !DUTY_KINDS.includes(kind)) && `duty is one of ${DUTY_KINDS.join(', ')}`,
    duty.some(({ from, to }) => !(from < to)) && 'duty ends after it begins',
    duty.some(isOver) && 'duty that is over changes nothing',
    duty.some(isLong) && `one duty lasts ${DUTY_DAYS_MAX} days at most`,
    duty.some(({ from }) => from.getTime() - now.getTime() > AHEAD_DAYS_MAX * DAY_MS) && `duty begins within ${AHEAD_DAYS_MAX} days`,
  ];
}

/**
 * Puts people on a unit's roster; everybody it serves is looked at again. A roster counts once it is kept (`changeRosterKept`).
 * @throws Invalid times; NotFound unit; Conflict somebody does not work for the unit or cannot sign in
 */
export async function saveDuty(
  manager: EntityManager,
  unitId: number,
  { duty, byPersonId }: { readonly duty: readonly Duty[]; readonly byPersonId: By },
  now: Date,
): Promise<DutyEntered> {
  refuseFaults(faultsOf(duty, now));
  return manager.transaction(async (tx) => {
    await lockUnit(tx, unitId);
    await refuseStrangers(tx, unitId, [...new Set(duty.map(({ personId }) => personId))]);
    const rows = await tx.query<unknown[]>(
      `insert into duty (unit_id, person_id, kind, from_at, to_at, entered_by_person_id, entered_at)
       select $1, d.person_id, d.kind, d.from_at, d.to_at, $6, $7
       from unnest($2::int[], $3::text[], $4::timestamptz[], $5::timestamptz[]) as d (person_id, kind, from_at, to_at)
       order by d.from_at, d.person_id on conflict do nothing returning id`,
      [
        unitId,
        ...[duty.map(({ personId }) => personId), duty.map(({ kind }) => kind)],
        ...[duty.map(({ from }) => from), duty.map(({ to }) => to)],
        ...[byPersonId, now],
      ],
    );
    if (rows.length > 0) await raisePlanVersionOfUnit(tx, unitId, now);
    return { entered: rows.length, known: duty.length - rows.length };
  });
}

async function refuseStrangers(tx: EntityManager, unitId: number, personIds: readonly number[]): Promise<void> {
  const rows = await tx.query<{ id: number; name: string; active: boolean; works: boolean }[]>(
    `select p.id, p.name, p.active, exists (select from person_unit w where w.person_id = p.id and w.unit_id = $2) as works
     from person p where p.id = any($1::int[]) order by p.id`,
    [personIds, unitId],
  );
  for (const id of personIds) {
    const person = found(
      rows.filter((row) => row.id === id),
      'person',
      id,
    );
    if (!person.works) throw new Conflict(`${person.name} does not work for the unit and cannot be on its roster`);
    if (!person.active) throw new Conflict(`${person.name} cannot sign in any more and cannot be on a roster`);
  }
}

/** A roster that repeats week by week for a stretch of weeks. */
export interface WeeklyRoster {
  readonly pattern: readonly WeeklyDuty[];
  /** First day, `YYYY-MM-DD` in the unit's zone; its week is the first one. */
  readonly fromDay: string;
  readonly weeks: number;
}

function refuseFaultyRoster({ pattern, fromDay, weeks }: WeeklyRoster): void {
  const isWhole = (value: number, max: number) => Number.isInteger(value) && value >= 1 && value <= max;
  refuseFaults([
    pattern.length === 0 && 'a roster has at least one line',
    !pattern.every(({ weekdays }) => isWeek(weekdays)) && 'a line of a roster names weekdays from 1 (Monday) to 7 (Sunday)',
    !pattern.every(isStretch) && 'a line of a roster runs from HH:MM to HH:MM, the end at most 24:00',
    !pattern.every(({ everyWeeks }) => isWhole(everyWeeks, WEEKS_MAX)) && `a line comes again every 1 to ${WEEKS_MAX} weeks`,
    !isDay(fromDay) && `${fromDay} is no day; write it as YYYY-MM-DD`,
    !isWhole(weeks, WEEKS_MAX) && `a roster is entered for 1 to ${WEEKS_MAX} weeks`,
  ]);
}

/**
 * Puts people on a unit's roster week by week, by local time: a night when the clock changes is an hour shorter or longer. What is over
 * already is left out.
 * @throws Invalid; NotFound unit; Conflict somebody does not work for the unit or cannot sign in
 */
export async function saveWeeklyRoster(
  manager: EntityManager,
  unitId: number,
  { roster, byPersonId }: { readonly roster: WeeklyRoster; readonly byPersonId: By },
  now: Date,
): Promise<DutyEntered> {
  refuseFaultyRoster(roster);
  return manager.transaction(async (tx) => {
    const { zone } = await lockUnit(tx, unitId);
    if (!isZone(zone)) throw new Invalid([`the unit's zone ${zone} is not known`]);
    const { pattern, fromDay, weeks } = roster;
    const all = dutyOfWeeks(zone, pattern, { fromDay: Date.parse(fromDay), weeks });
    const ahead = all.filter(({ to }) => to > now);
    if (ahead.length === 0) throw new Invalid(['the roster is over: nothing of it lies ahead']);
    return saveDuty(tx, unitId, { duty: ahead, byPersonId }, now);
  });
}

/**
 * Takes somebody off a roster: duty that runs ends now, duty ahead is taken away; everybody the unit serves is looked at again. What the
 * person has acknowledged there is theirs no longer than the shift that is left.
 * @throws NotFound duty of the unit; Conflict it is over
 */
export async function endDuty(
  manager: EntityManager,
  { unitId, dutyId, byPersonId }: { readonly unitId: number; readonly dutyId: number; readonly byPersonId: By },
  now: Date,
): Promise<void> {
  await manager.transaction(async (tx) => {
    await lockUnit(tx, unitId);
    const rows = await tx.query<{ person_id: number; from_at: Date; to_at: Date }[]>(
      `select person_id, from_at, to_at from duty where id = $1 and unit_id = $2 and removed_at is null`,
      [dutyId, unitId],
    );
    const { person_id: personId, from_at: from, to_at: to } = found(rows, 'duty of the unit', dutyId);
    if (to <= now) throw new Conflict(`the duty ${dutyId} is over`);
    if (from < now) await tx.query(`update duty set to_at = $2, removed_by_person_id = $3 where id = $1`, [dutyId, now, byPersonId]);
    else await tx.query(`update duty set removed_at = $2, removed_by_person_id = $3 where id = $1`, [dutyId, now, byPersonId]);
    await raisePlanVersionOfUnit(tx, unitId, now);
    await endShift(tx, { unitId, personId, wasRunning: from < now }, now);
  });
}

/**
 * Says whether a unit keeps a roster. With one, somebody is there only when the roster says so.
 * @throws NotFound unit; Conflict the roster to be kept has nobody ahead who may act on episodes
 */
export async function changeRosterKept(manager: EntityManager, unitId: number, isKept: boolean, now: Date): Promise<void> {
  await manager.transaction(async (tx) => {
    await lockUnit(tx, unitId);
    const ahead = await tx.query<unknown[]>(
      `select from ${COUNTED_DUTY} where d.unit_id = $1 and d.removed_at is null and d.to_at > $2 limit 1`,
      [unitId, now],
    );
    if (isKept && ahead.length === 0) {
      throw new Conflict(
        'nobody is on the roster who may act on episodes; kept now it would leave the unit without anybody at all. Enter duty first',
      );
    }
    await tx.query(`update unit set roster_kept = $2 where id = $1`, [unitId, isKept]);
    await raisePlanVersionOfUnit(tx, unitId, now);
  });
}

/** A unit's roster from one moment to another, by beginning. @throws NotFound unit; Invalid times */
export async function readDuty(
  manager: EntityManager,
  unitId: number,
  { from, to }: { readonly from: Date; readonly to: Date },
): Promise<KeptDuty[]> {
  refuseFaults([to <= from && 'the time asked for ends after it begins']);
  found(await manager.query<unknown[]>(`select id from unit where id = $1`, [unitId]), 'unit', unitId);
  return manager.query<KeptDuty[]>(
    `select d.id, d.unit_id as "unitId", d.person_id as "personId", p.name as person, d.kind, d.from_at as "from", d.to_at as "to",
       d.entered_by_person_id as "enteredByPersonId", d.entered_at as "enteredAt"
     from duty d join person p on p.id = d.person_id
     where d.unit_id = $1 and d.removed_at is null and d.to_at > $2 and d.from_at < $3 order by d.from_at, d.id`,
    [unitId, from, to],
  );
}
