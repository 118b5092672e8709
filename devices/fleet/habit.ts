import { offsetMsAt } from '@varde/vitals';
import { seededChance } from '../person/chance.js';
import type { Person } from '../person/person.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const MORNING_MIN = 8 * 60;
/** How far from their usual hour people measure, one standard deviation. */
const SPREAD_MIN = 25;
/** Share of days without a measurement: published adherence is about 93 %; a forgetful person does every third day. */
const MISSED = { usual: 0.07, forgetful: 0.65 };

/** The moments at which a person measures in a period, each morning by local time, in order. The same person has the same habit. */
export function sessionsBetween(person: Person, zone: string, from: Date, to: Date): Date[] {
  const missed = person.course === 'forgetful' ? MISSED.forgetful : MISSED.usual;
  const sessions: Date[] = [];
  for (let day = Math.floor(from.getTime() / DAY_MS) - 1; day <= Math.floor(to.getTime() / DAY_MS) + 1; day++) {
    const chance = seededChance(`${person.seed}/session/${day}`);
    const wall = day * DAY_MS + (MORNING_MIN + SPREAD_MIN * chance.bell()) * MINUTE_MS;
    const at = new Date(Math.floor(wall - offsetMsAt(zone, wall)));
    if (chance.next() >= missed && at >= from && at < to) sessions.push(at);
  }
  return sessions;
}
