import type { TaskRole } from '@varde/plans';
import { unitsInOrder } from './owner.js';
import type { CareLevel, Team, Unit } from './unit.js';

const PHYSICIANS: readonly CareLevel[] = ['gp', 'hospital_outpatient', 'dho', 'home_nursing', 'psht', 'legevakt'];
const OTHERS: readonly CareLevel[] = ['dho', 'home_nursing', 'psht', 'gp', 'hospital_outpatient', 'legevakt'];

/**
 * The unit of a team that has a task on its list: a physician's goes to the GP before the follow-up service, nobody's to a guest. Null: no
 * unit can.
 */
export function taskOwner(team: Team, forRole: TaskRole): number | null {
  for (const level of forRole === 'physician' ? PHYSICIANS : OTHERS) {
    const unit = team.units.find(({ id, careLevel }) => careLevel === level && !team.guestUnitIds.includes(id));
    if (unit !== undefined) return unit.id;
  }
  return null;
}

/** The unit that holds the responsibility for the treatment: the GP's where no other has it. Null: the team has neither. */
export function responsibleUnitOf(team: Team): Unit | null {
  return unitsInOrder(team, ['responsible', 'gp'])[0] ?? null;
}
