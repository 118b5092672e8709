import { dutyOfWeeks, isStaffed, nextStaffed, shiftEnd, type Duty } from '@varde/routing';
import { makeTestCommunity, makeTestPatient, makeTestPerson, type TestCommunity } from '../../../../test/community.js';
import { testDatabase } from '../../../../test/engine.js';
import { expectDue } from '../../../../test/expect-due.js';
import { readTeams, readUnitsForLook } from '../looks/teams-read.js';
import { changeRosterKept, endDuty, readDuty, saveDuty, saveWeeklyRoster } from './duty.js';
import { changePersonWork } from './people.js';
import { changePerson } from './person-change.js';
import { changeHolidays } from './unit-hours.js';

// A Wednesday, 09:00 in Oslo; the week began on Monday 2 March.
const NOW = new Date('2026-03-04T08:00:00Z');
const HOUR_MS = 3_600_000;
const hours = (count: number) => new Date(NOW.getTime() + count * HOUR_MS);
const FAR = new Date('2027-01-01T00:00:00Z');

describe('duty', () => {
  const db = testDatabase();
  let made = 0;

  interface Ground {
    readonly community: TestCommunity;
    readonly unitId: number;
    readonly kari: number;
    readonly ola: number;
    readonly patientId: number;
  }

  async function begin(): Promise<Ground> {
    const code = `duty${(made += 1)}`;
    const community = await makeTestCommunity(db.manager, code, NOW);
    const unitId = community.dhoId;
    const kari = await makeTestPerson(db.manager, `${code}.kari`, 'nurse', NOW);
    const ola = await makeTestPerson(db.manager, `${code}.ola`, 'nurse', NOW);
    for (const id of [kari, ola]) await changePersonWork(db.manager, id, { unitIds: [unitId] }, NOW);
    return { community, unitId, kari, ola, patientId: await makeTestPatient(db.manager, community, NOW) };
  }

  const shift = (personId: number, from: number, to: number, kind: Duty['kind'] = 'shift'): Duty => ({
    ...{ personId, kind, from: hours(from), to: hours(to) },
  });
  const enter = (unitId: number, ...duty: Duty[]) => saveDuty(db.manager, unitId, { duty, byPersonId: null }, NOW);
  const unitAt = async (unitId: number, at = NOW) => (await readUnitsForLook(db.manager, [unitId], at)).get(unitId)!;

  const expectHeard = ({ patientId }: Ground, act: () => Promise<unknown>) => expectDue(db.manager, patientId, NOW, act);

  test('is part of what a look is given once the roster is kept, and every change makes the patients due', async () => {
    const ground = await begin();
    const { unitId, kari, ola } = ground;
    await expect(changeRosterKept(db.manager, unitId, true, NOW)).rejects.toThrow(/nobody is on the roster/);
    await expectHeard(ground, () => enter(unitId, shift(kari, 1, 5), shift(ola, 6, 20, 'on_call')));
    expect((await unitAt(unitId)).duty).toBeNull();
    await expectHeard(ground, () => changeRosterKept(db.manager, unitId, true, NOW));
    const unit = await unitAt(unitId);
    expect(unit.duty).toEqual([shift(kari, 1, 5), shift(ola, 6, 20, 'on_call')]);
    expect([isStaffed(unit, NOW), isStaffed(unit, hours(1)), isStaffed(unit, hours(5)), isStaffed(unit, hours(7))]).toEqual([
      ...[false, true, false, true],
    ]);
    expect([nextStaffed(unit, NOW), shiftEnd(unit, kari, hours(2))]).toEqual([hours(1), hours(5)]);
    await expectHeard(ground, () => changeRosterKept(db.manager, unitId, false, NOW));
    expect((await unitAt(unitId)).duty).toBeNull();
  });

  test('the same row is entered once, also by two at once; overlapping duty is no fault', async () => {
    const { unitId, kari } = await begin();
    const both = await Promise.all([enter(unitId, shift(kari, 1, 5)), enter(unitId, shift(kari, 1, 5))]);
    expect(both.map(({ entered }) => entered).sort()).toEqual([0, 1]);
    expect(await enter(unitId, shift(kari, 1, 5), shift(kari, 1, 6))).toEqual({ entered: 1, known: 1 });
    const rows = await readDuty(db.manager, unitId, { from: NOW, to: hours(48) });
    expect(rows.map(({ personId, from, to, enteredAt }) => ({ personId, from, to, enteredAt }))).toEqual([
      { personId: kari, from: hours(1), to: hours(5), enteredAt: NOW },
      { personId: kari, from: hours(1), to: hours(6), enteredAt: NOW },
    ]);
  });

  test.each<[string, number, number, RegExp]>([
    ['ends before it begins', 5, 1, /ends after it begins/],
    ['is over', -5, -1, /changes nothing/],
    ['is endless', 1, 24 * 32, /31 days/],
    ['is years away', 24 * 900, 24 * 900 + 1, /within 800 days/],
  ])('duty that %s is refused', async (_, from, to, message) => {
    const { unitId, kari } = await begin();
    await expect(enter(unitId, shift(kari, from, to))).rejects.toThrow(message);
  });

  test('only people who work for the unit and may sign in are put on its roster', async () => {
    const { unitId, kari, ola, community } = await begin();
    await changePersonWork(db.manager, ola, { unitIds: [community.gpId] }, NOW);
    await expect(enter(unitId, shift(kari, 1, 5), shift(ola, 1, 5))).rejects.toMatchObject({ name: 'Conflict' });
    expect(await readDuty(db.manager, unitId, { from: NOW, to: FAR })).toEqual([]);
    await changePerson(db.manager, kari, { active: false }, NOW);
    await expect(enter(unitId, shift(kari, 1, 5))).rejects.toThrow(/cannot sign in any more/);
    await expect(enter(unitId, shift(99_999, 1, 5))).rejects.toMatchObject({ name: 'NotFound' });
    await expect(enter(99_999, shift(kari, 1, 5))).rejects.toMatchObject({ name: 'NotFound' });
  });

  test('somebody who leaves the unit or can no longer sign in is no longer counted', async () => {
    const ground = await begin();
    const { unitId, kari, ola } = ground;
    await enter(unitId, shift(kari, 1, 5), shift(ola, 1, 5));
    await changeRosterKept(db.manager, unitId, true, NOW);
    await expectHeard(ground, () => changePerson(db.manager, kari, { active: false }, NOW));
    expect((await unitAt(unitId)).duty).toEqual([shift(ola, 1, 5)]);
    await expectHeard(ground, () => changePerson(db.manager, ola, { unitIds: [] }, NOW));
    expect((await unitAt(unitId)).duty).toEqual([]);
    await changePerson(db.manager, kari, { active: true }, NOW);
    expect((await unitAt(unitId)).duty).toEqual([shift(kari, 1, 5)]);
  });

  test('who may not act on episodes is on a roster and staffs nothing, from the moment the role is lost', async () => {
    const ground = await begin();
    const { unitId, kari, ola, patientId } = ground;
    await enter(unitId, shift(kari, -1, 5), shift(ola, -1, 5, 'on_call'));
    await changeRosterKept(db.manager, unitId, true, NOW);
    const staffed = async () => isStaffed((await readTeams(db.manager, [patientId], NOW)).get(patientId)!.units[0]!, NOW);
    await expectHeard(ground, () => changePerson(db.manager, ola, { roles: ['operator'] }, NOW));
    expect([(await unitAt(unitId)).duty, await staffed()]).toEqual([[shift(kari, -1, 5)], true]);
    await db.manager.query('delete from preflight_due');
    await expectHeard(ground, () => changePerson(db.manager, kari, { roles: ['administrator', 'operator'] }, NOW));
    expect([(await unitAt(unitId)).duty, await staffed()]).toEqual([[], false]);
    expect(await db.manager.query('select 1 from preflight_due')).not.toEqual([]);
    // They stay on the roster, to be told when the service is blind; but nobody begins to keep a roster of them alone.
    expect(await readDuty(db.manager, unitId, { from: NOW, to: FAR })).toHaveLength(2);
    expect(await enter(unitId, shift(ola, 6, 8))).toEqual({ entered: 1, known: 0 });
    await changeRosterKept(db.manager, unitId, false, NOW);
    await expect(changeRosterKept(db.manager, unitId, true, NOW)).rejects.toThrow(/nobody is on the roster/);
    await changePerson(db.manager, ola, { roles: ['operator', 'physician'] }, NOW);
    await changeRosterKept(db.manager, unitId, true, NOW);
    expect(await staffed()).toBe(true);
  });

  test('duty that runs ends now, duty ahead is taken away, what is over stays', async () => {
    const ground = await begin();
    const { unitId, kari } = ground;
    await enter(unitId, shift(kari, -2, 3), shift(kari, 10, 12));
    const [running, ahead] = await readDuty(db.manager, unitId, { from: hours(-3), to: FAR });
    const end = (dutyId = 0, at = NOW) => endDuty(db.manager, { unitId, dutyId, byPersonId: kari }, at);
    await expectHeard(ground, () => end(running?.id));
    await end(ahead?.id);
    const left = await readDuty(db.manager, unitId, { from: hours(-3), to: FAR });
    expect(left.map(({ from, to }) => ({ from, to }))).toEqual([{ from: hours(-2), to: NOW }]);
    await expect(end(running?.id, hours(1))).rejects.toMatchObject({ name: 'Conflict' });
    await expect(end(ahead?.id)).rejects.toMatchObject({ name: 'NotFound' });
    await expect(end(99_999)).rejects.toMatchObject({ name: 'NotFound' });
    // The same duty may be entered again after it was taken away.
    expect(await enter(unitId, shift(kari, 10, 12))).toEqual({ entered: 1, known: 0 });
  });

  test('a weekly roster is entered by local time, over the night when the clock changes, and only what lies ahead', async () => {
    const { unitId, kari, ola } = await begin();
    const pattern = [
      { personId: kari, kind: 'shift' as const, weekdays: [1, 2, 3, 4, 5], from: '08:00', to: '15:30', everyWeeks: 1 },
      { personId: ola, kind: 'on_call' as const, weekdays: [7], from: '00:00', to: '24:00', everyWeeks: 1 },
    ];
    const roster = { pattern, fromDay: '2026-03-02', weeks: 4 };
    const save = () => saveWeeklyRoster(db.manager, unitId, { roster, byPersonId: null }, NOW);
    // Monday and Tuesday of the first week are over.
    expect(await save()).toEqual({ entered: 18 + 4, known: 0 });
    expect(await save()).toEqual({ entered: 0, known: 22 });
    const rows = await readDuty(db.manager, unitId, { from: NOW, to: FAR });
    const all = dutyOfWeeks('Europe/Oslo', pattern, { fromDay: Date.parse('2026-03-02'), weeks: 4 }).filter(({ to }) => to > NOW);
    expect(rows.map(({ personId, kind, from, to }) => ({ personId, kind, from, to }))).toEqual(all);
    // Sunday 29 March has 23 hours.
    const last = rows.filter(({ kind }) => kind === 'on_call').at(-1);
    expect([last?.from, last?.to]).toEqual([new Date('2026-03-28T23:00:00Z'), new Date('2026-03-29T22:00:00Z')]);
  });

  test.each([
    [{ weeks: 54 }, /1 to 53 weeks/],
    [{ fromDay: '2026-02-30' }, /no day/],
    [{ fromDay: '2025-01-06', weeks: 2 }, /nothing of it lies ahead/],
    [{ pattern: [] }, /at least one line/],
    [
      { pattern: [{ personId: 1, kind: 'shift' as const, weekdays: [8], from: '08:00', to: '9:00', everyWeeks: 0 }] },
      /weekdays.*HH:MM.*weeks/,
    ],
  ])('a faulty roster is refused: %j', async (wrong, message) => {
    const { unitId, kari } = await begin();
    const pattern = [{ personId: kari, kind: 'shift' as const, weekdays: [1], from: '08:00', to: '15:30', everyWeeks: 1 }];
    const roster = { pattern, fromDay: '2026-03-09', weeks: 2, ...wrong };
    await expect(saveWeeklyRoster(db.manager, unitId, { roster, byPersonId: null }, NOW)).rejects.toThrow(message);
  });

  test('a look sees whole calendar weeks, so that what it is given changes once a week', async () => {
    const { unitId, kari, patientId } = await begin();
    const day = 24;
    // Last week, this week, the fourth week from now, and the one after it; entered while the first was still ahead.
    const before = new Date(NOW.getTime() - 30 * day * HOUR_MS);
    const duty = [
      shift(kari, -9 * day, -9 * day + 4),
      shift(kari, 1, 5),
      shift(kari, 26 * day, 26 * day + 4),
      shift(kari, 27 * day, 27 * day + 4),
    ];
    await saveDuty(db.manager, unitId, { duty, byPersonId: null }, before);
    await changeRosterKept(db.manager, unitId, true, NOW);
    // Monday 23 February to Monday 30 March, local time.
    expect((await unitAt(unitId)).duty).toEqual([duty[0], duty[1]]);
    const facts = async (at: Date) => JSON.stringify((await readTeams(db.manager, [patientId], at)).get(patientId));
    const sunday = new Date('2026-03-08T22:59:59Z');
    expect(await facts(sunday)).toBe(await facts(NOW));
    const monday = new Date('2026-03-08T23:00:00Z');
    expect((await unitAt(unitId, monday)).duty).toEqual([duty[1], duty[2], duty[3]]);
  });

  test('a unit is read anew when something of it has changed, whoever changed it, and only then', async () => {
    const { unitId, kari } = await begin();
    const sql = (text: string, values: unknown[]) => db.manager.query(text, values);
    await enter(unitId, shift(kari, 1, 5));
    let last = await unitAt(unitId);
    expect(await unitAt(unitId)).toBe(last);
    const changes: [string, unknown[]][] = [
      [`update unit set roster_kept = true where id = $1`, [unitId]],
      [
        `insert into duty (unit_id, person_id, kind, from_at, to_at, entered_at) values ($1, $2, 'shift', $3, $4, $3)`,
        [unitId, kari, NOW, hours(1)],
      ],
      [`update duty set to_at = $2 where unit_id = $1 and to_at = $3`, [unitId, hours(6), hours(5)]],
      [`update person set active = false where id = $1`, [kari]],
      [`update person set active = true where id = $1`, [kari]],
      [`update person set roles = array['operator'] where id = $1`, [kari]],
      [`update person set roles = array['nurse'] where id = $1`, [kari]],
      [`delete from person_unit where unit_id = $1 and person_id = $2`, [unitId, kari]],
      [`insert into person_unit (unit_id, person_id) values ($1, $2)`, [unitId, kari]],
      [`insert into contact (unit_id, channel, address, added_at) values ($1, 'email', 'a@example.org', $2)`, [unitId, NOW]],
      [`update contact set tested_at = $2 where unit_id = $1`, [unitId, NOW]],
      [`delete from contact where unit_id = $1`, [unitId]],
      [`delete from duty where unit_id = $1 and from_at = $2`, [unitId, NOW]],
    ];
    for (const [text, values] of changes) {
      await sql(text, values);
      const next = await unitAt(unitId);
      expect([text, JSON.stringify(next)]).not.toEqual([text, JSON.stringify(last)]);
      expect(await unitAt(unitId)).toBe(next);
      last = next;
    }
    // What a transaction has read of its own change is not kept when it comes to nothing, and the number does not come again.
    await db.manager
      .transaction(async (tx) => {
        await tx.query(`update unit set name = 'Nowhere' where id = $1`, [unitId]);
        expect((await readUnitsForLook(tx, [unitId], NOW)).get(unitId)?.name).toBe('Nowhere');
        throw new RangeError('planted');
      })
      .catch(() => undefined);
    expect(await unitAt(unitId)).toEqual(last);
    await sql(`update unit set name = 'Somewhere' where id = $1`, [unitId]);
    expect((await unitAt(unitId)).name).toBe('Somewhere');
  });

  test('holidays and special days reach the look and make the patients due', async () => {
    const ground = await begin();
    const { unitId } = ground;
    const eve = { day: '2026-12-24', hours: [{ from: '08:00', to: '14:00' }] };
    await expectHeard(ground, () => changeHolidays(db.manager, unitId, { onHolidays: 'closed', specialDays: [eve] }, NOW));
    const unit = await unitAt(unitId);
    expect(isStaffed(unit, new Date('2026-12-24T13:00:00+01:00'))).toBe(true);
    expect(isStaffed(unit, new Date('2026-12-24T14:00:00+01:00'))).toBe(false);
    expect(nextStaffed(unit, new Date('2026-12-24T14:00:00+01:00'))).toEqual(new Date('2026-12-27T00:00:00+01:00'));
    await expect(changeHolidays(db.manager, unitId, { onHolidays: 'closed', specialDays: [eve, eve] }, NOW)).rejects.toThrow(/named once/);
    const odd = { day: '2026-12-24', hours: [{ from: '8:00', to: '14:00' }] };
    await expect(changeHolidays(db.manager, unitId, { onHolidays: 'closed', specialDays: [odd] }, NOW)).rejects.toThrow(/HH:MM/);
    await expect(changeHolidays(db.manager, 99_999, { onHolidays: 'closed', specialDays: [] }, NOW)).rejects.toMatchObject({
      name: 'NotFound',
    });
  });
});
