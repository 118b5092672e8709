import { nextOpening, type HolidayRule, type OpeningHours } from '@varde/routing';
import type { EntityManager } from 'typeorm';
import { readUnitsForLook, type KeptSpecialDay } from '../looks/teams-read.js';
import { raisePlanVersionOfUnit } from './agreement.js';
import { Conflict, found, refuseFaults } from './illegal.js';

/** What a unit may do on public holidays. */
export const HOLIDAY_RULES = ['as_usual', 'closed', 'as_sunday'] as const satisfies readonly HolidayRule[];

const FROM = /^([01]\d|2[0-3]):[0-5]\d$/;
const TO = /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/;
const DAY = /^\d{4}-\d\d-\d\d$/;
/** More than anybody plans ahead; they are part of what every look of the unit's patients is given. */
const SPECIAL_DAYS_MAX = 200;

/** What is wrong with opening hours, in one sentence, or null. Hours that end at or before they begin end on the next day. */
export function faultOfOpeningHours(hours: readonly OpeningHours[]): string | null {
  if (hours.length === 0) return 'a unit needs opening hours; a unit that never opens cannot take anything';
  for (const { weekdays, from, to } of hours) {
    if (!isWeek(weekdays)) return 'opening hours name weekdays from 1 (Monday) to 7 (Sunday)';
    if (!isStretch({ from, to })) return 'opening hours run from HH:MM to HH:MM, the end at most 24:00';
  }
  return null;
}

/** Weekdays from 1 (Monday) to 7 (Sunday), one at least. */
export function isWeek(weekdays: readonly number[]): boolean {
  return weekdays.length > 0 && weekdays.every((day) => Number.isInteger(day) && day >= 1 && day <= 7);
}

/** `HH:MM` to `HH:MM`, the end at most 24:00. */
export function isStretch({ from, to }: Pick<OpeningHours, 'from' | 'to'>): boolean {
  return FROM.test(from) && TO.test(to);
}

/** Whether the text is a day of the calendar, `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  return DAY.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.slice(0, 10) === text;
}

/** What is wrong with special days, in one sentence, or null. */
export function faultOfSpecialDays(days: readonly KeptSpecialDay[]): string | null {
  if (days.length > SPECIAL_DAYS_MAX) return `a unit has ${SPECIAL_DAYS_MAX} special days at most; leave out those that are over`;
  const wrong = days.find(({ day }) => !isDay(day));
  if (wrong) return `${wrong.day} is no day; write it as YYYY-MM-DD`;
  if (new Set(days.map(({ day }) => day)).size < days.length) return 'a special day is named once, with all its hours';
  const isRight = days.every(({ hours }) => hours.every(isStretch));
  return isRight ? null : 'the hours of a special day run from HH:MM to HH:MM, the end at most 24:00';
}

/** What is wrong with the rule of holidays, or null. */
export function faultOfHolidayRule(rule: string): string | null {
  return HOLIDAY_RULES.some((known) => known === rule) ? null : `on public holidays a unit is one of ${HOLIDAY_RULES.join(', ')}`;
}

/** Replaces a unit's opening hours; everybody it serves is looked at again. @throws Invalid; NotFound unit */
export async function changeOpeningHours(
  manager: EntityManager,
  unitId: number,
  openingHours: readonly OpeningHours[],
  now: Date,
): Promise<void> {
  refuseFaults([faultOfOpeningHours(openingHours)]);
  await manager.transaction(async (tx) => {
    const [rows] = await tx.query<[unknown[], number]>(`update unit set opening_hours = $2 where id = $1 returning id`, [
      unitId,
      JSON.stringify(openingHours),
    ]);
    found(rows, 'unit', unitId);
    await raisePlanVersionOfUnit(tx, unitId, now);
  });
}

/** What a unit does on days that are not like their weekday. */
export interface Holidays {
  readonly onHolidays: HolidayRule;
  readonly specialDays: readonly KeptSpecialDay[];
}

/** Replaces what a unit does on public holidays and its special days; everybody it serves is looked at again. @throws Invalid; NotFound unit; Conflict it would be closed down with open episodes */
export async function changeHolidays(manager: EntityManager, unitId: number, holidays: Holidays, now: Date): Promise<void> {
  const { onHolidays, specialDays } = holidays;
  refuseFaults([faultOfHolidayRule(onHolidays), faultOfSpecialDays(specialDays)]);
  await manager.transaction(async (tx) => {
    const [rows] = await tx.query<[unknown[], number]>(`update unit set on_holidays = $2, special_days = $3 where id = $1 returning id`, [
      unitId,
      onHolidays,
      JSON.stringify(specialDays),
    ]);
    found(rows, 'unit', unitId);
    await refuseClosing(tx, unitId, now);
    await raisePlanVersionOfUnit(tx, unitId, now);
  });
}

/** A unit that does not open for so long is closed down, whatever it is called; a holiday is shorter. */
const CLOSED_DOWN_DAYS = 14;
const NAMED_MAX = 20;

/**
 * A unit that owns open episodes is not closed down: its people move them or close them first, for they know whose each is (decision 17).
 * @throws Conflict that names them
 */
async function refuseClosing(tx: EntityManager, unitId: number, now: Date): Promise<void> {
  const unit = (await readUnitsForLook(tx, [unitId], now)).get(unitId);
  // With a roster, who is on duty says who is there; that nobody is, preflight tells.
  if (unit === undefined || unit.duty !== null) return;
  const opensAt = nextOpening(unit, now);
  if (opensAt !== null && opensAt.getTime() - now.getTime() < CLOSED_DOWN_DAYS * 86_400_000) return;
  const rows = await tx.query<{ id: string }[]>(`select id from episode where owner_unit_id = $1 and closed_at is null order by id`, [
    unitId,
  ]);
  if (rows.length === 0) return;
  const named = rows.slice(0, NAMED_MAX).map(({ id }) => id);
  const more = rows.length > NAMED_MAX ? ` and ${rows.length - NAMED_MAX} more` : '';
  const what = `${rows.length === 1 ? 'the open episode' : 'the open episodes'} ${named.join(', ')}${more}`;
  throw new Conflict(`${unit.name} would be closed for ${CLOSED_DOWN_DAYS} days or more and owns ${what}: offer, move or close them first`);
}
