import { isWorse } from '@varde/alerts';
import { treatmentLimitsAt, treatmentLimitsTasks, type RoutedLimits, type TaskDraft } from '@varde/plans';
import type { Severity, Words } from '@varde/rules';
import { isStaffed, nextStaffed } from './reach.js';
import { OWNING_LEVELS, type Team, type Unit } from './unit.js';

/** Treatment limits that name who has an episode, and the unit they name; null: the team has it no longer, or it cannot own. */
export interface NamedUnit {
  readonly limits: RoutedLimits;
  readonly unit: Unit | null;
}

/** Who has an episode of this severity by the treatment limits in force; null: none are, or they begin with what is worse. */
export function namedUnitAt(team: Team, severity: Severity, at: Date): NamedUnit | null {
  const limits = treatmentLimitsAt(team.treatmentLimits ?? [], at.getTime());
  return limits === null || isWorse(limits.fromSeverity, severity) ? null : { limits, unit: unitNamedBy(team, limits) };
}

function unitNamedBy({ units, guestUnitIds }: Team, { unitId }: RoutedLimits): Unit | null {
  const unit = units.find(({ id }) => id === unitId);
  return unit !== undefined && OWNING_LEVELS.includes(unit.careLevel) && !guestUnitIds.includes(unitId) ? unit : null;
}

/** By which version somebody was chosen. */
export const byLimits = ({ version }: RoutedLimits): Words => ({
  nb: `etter behandlingsbegrensningene (versjon ${version})`,
  en: `by the treatment limits (version ${version})`,
});

/** Why somebody else than the unit they name was chosen. */
export function passedOver({ limits, unit }: NamedUnit, at: Date): Words {
  const { unitName, version } = limits;
  const isClosed = unit !== null && !isStaffed(unit, at);
  return {
    nb: `${unitName}, som behandlingsbegrensningene (versjon ${version}) peker på, er ikke ${isClosed ? 'bemannet nå' : 'i teamet'}`,
    en: `${unitName}, which the treatment limits (version ${version}) name, is not ${isClosed ? 'staffed now' : 'in the team'}`,
  };
}

/** What a physician is asked to do about the treatment limits of a patient: what their time asks for, and to name a unit that is there. */
export function limitsTasks(team: Team, now: Date): readonly TaskDraft[] {
  const versions = team.treatmentLimits ?? [];
  const limits = treatmentLimitsAt(versions, now.getTime());
  const tasks = treatmentLimitsTasks(versions, team.zone, now);
  if (limits === null) return tasks;
  const unit = unitNamedBy(team, limits);
  if (unit !== null && nextStaffed(unit, now) !== null) return tasks;
  const { unitName, version } = limits;
  const why =
    unit === null
      ? { nb: 'som ikke er i teamet', en: 'which is not in the team' }
      : { nb: 'der ingen er kjent å komme på vakt', en: 'which nobody is known to come to' };
  const reason = {
    nb: `Behandlingsbegrensningene (versjon ${version}) peker på ${unitName}, ${why.nb}; forløpet følges så lenge`,
    en: `The treatment limits (version ${version}) name ${unitName}, ${why.en}; the pathway is followed meanwhile`,
  };
  const kind = 'treatment-limits-unit';
  return [...tasks, { key: `${kind}:${version}`, kind, ruleId: null, forRole: 'physician', reason, dueAt: null }];
}
