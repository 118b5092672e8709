import { mayChangeUnitLimit, maySwitchRule, type ChangeableRule, type RuleSwitch, type UnitLimit } from '@varde/plans';
import type { EntityManager } from 'typeorm';
import { raisePlanVersionOfUnit } from './agreement.js';
import { Conflict, found, Invalid } from './illegal.js';
import { refuseChange, type Author } from './limits.js';
import { saveProposal, type Proposal } from './proposal-rows.js';
import { shownText, toShown, useShownPreview, type Shown, type ShownPreview, type ShownRow } from './shown-previews.js';
import { lockUnit } from './units.js';
import { endVersion, makeRoom, readEndOfLimit, refusePast, type NewVersion } from './versions.js';

/** What every change of a unit's rules has. */
interface UnitChange extends Omit<NewVersion, 'validFrom'> {
  readonly unitId: number;
  readonly rule: ChangeableRule;
  readonly reason: string;
  /** Null: from now on, or from its approval. */
  readonly validFrom: Date | null;
  /** The preview of this change for everybody the unit follows that its author was given; null: none, which is refused. */
  readonly previewId: number | null;
}

/** A default a unit wants for its patients. */
export interface UnitLimitChange extends UnitChange {
  readonly parameter: string;
  readonly value: number;
}

/** A rule a unit wants to run for its patients, or not. */
export interface RuleSwitchChange extends UnitChange {
  readonly enabled: boolean;
}

/** A unit's default with what was shown of it before it was set, and before it was ended; null: nothing, before previews were kept. */
export interface KeptUnitLimit extends UnitLimit {
  readonly shown: ShownPreview | null;
  readonly shownAtEnd: ShownPreview | null;
}

/** A unit's switch with what was shown of it; null: nothing, before previews were kept. */
export interface KeptRuleSwitch extends RuleSwitch {
  readonly shown: ShownPreview | null;
}

/** Who answers for a stored version. */
interface Answered extends NewVersion {
  readonly unitId: number;
  readonly ruleId: string;
  readonly reason: string;
  readonly setByPersonId: number;
  readonly approvedByPersonId: number | null;
  readonly previewId: number;
}

const LIMIT_COLUMNS = `l.id, l.unit_id as "unitId", n.name as "unitName", l.rule_id as "ruleId", l.parameter, l.value, l.reason,
  l.set_by_person_id as "setByPersonId", l.valid_from as "validFrom", l.valid_to as "validTo", l.version`;
const SWITCH_COLUMNS = `l.id, l.unit_id as "unitId", l.rule_id as "ruleId", l.enabled, l.reason, l.set_by_person_id as "setByPersonId",
  l.valid_from as "validFrom", l.valid_to as "validTo", l.version`;

/**
 * Sets the next version of a unit's default, or proposes it to a physician where it lies past the safety floor. That the author leads the
 * unit is for the caller to know.
 * @throws Invalid; Forbidden the rule is fixed; NotFound unit; NotPreviewed; Conflict changed since the author
 * looked, or an open proposal about it
 */
export async function changeUnitLimit(
  manager: EntityManager,
  author: Author,
  change: UnitLimitChange,
  now: Date,
): Promise<{ readonly limit: UnitLimit | null; readonly proposal: Proposal | null }> {
  const { unitId, rule, parameter, value, reason, validTo, expectedVersion } = change;
  const validFrom = change.validFrom ?? now;
  refusePast(validFrom, now);
  const { needsSecond } = refuseChange(mayChangeUnitLimit(rule, { parameter, value, reason, validFrom, validTo }));
  return manager.transaction(async (tx) => {
    await lockUnit(tx, unitId);
    const shown = { personId: author.personId, previewId: change.previewId };
    const previewed = { kind: 'unit_limit', unitId, ruleId: rule.id, parameter, value } as const;
    const previewId = await useShownPreview(tx, shown, { patientId: null, unitId, change: previewed }, now);
    const common = { unitId, ruleId: rule.id, parameter, value, reason: reason.trim(), validTo, expectedVersion, previewId };
    if (needsSecond) {
      const proposal = { kind: 'unit_limit' as const, patientId: null, enabled: null, ...common, validFrom: change.validFrom };
      return { limit: null, proposal: await saveProposal(tx, proposal, { personId: author.personId, taskUnitId: unitId }, now) };
    }
    const answered = { ...common, validFrom, setByPersonId: author.personId, approvedByPersonId: null };
    return { limit: await saveUnitLimit(tx, answered, now), proposal: null };
  });
}

/** Stores the next version of a locked unit's default; whoever calls has decided that it may be. @throws Conflict */
export async function saveUnitLimit(
  tx: EntityManager,
  limit: Answered & { readonly parameter: string; readonly value: number },
  now: Date,
): Promise<UnitLimit> {
  const { unitId, ruleId, parameter, value, reason, setByPersonId, approvedByPersonId, validFrom, validTo, previewId } = limit;
  const version = await makeRoom(tx, 'unit_limit', { unit_id: unitId, rule_id: ruleId, parameter }, limit);
  const inserted = await tx.query<{ id: number }[]>(
    `insert into unit_limit (unit_id, rule_id, parameter, value, reason, set_by_person_id, approved_by_person_id, set_at, valid_from, valid_to, version,
       preview_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) returning id`,
    [unitId, ruleId, parameter, value, reason, setByPersonId, approvedByPersonId, now, validFrom, validTo, version, previewId],
  );
  await raisePlanVersionOfUnit(tx, unitId, now);
  const { id } = found(inserted, 'unit limit', ruleId);
  return found(
    await tx.query<UnitLimit[]>(`select ${LIMIT_COLUMNS} from unit_limit l join unit n on n.id = l.unit_id where l.id = $1`, [id]),
    'unit limit',
    id,
  );
}

/**
 * Switches a rule on or off for a unit, or proposes it to a physician where a red or critical rule would be off.
 * @throws Forbidden the rule is fixed; Invalid; NotFound unit; NotPreviewed; Conflict
 */
export async function changeRuleSwitch(
  manager: EntityManager,
  author: Author,
  change: RuleSwitchChange,
  now: Date,
): Promise<{ readonly ruleSwitch: RuleSwitch | null; readonly proposal: Proposal | null }> {
  const { unitId, rule, enabled, reason, validTo, expectedVersion } = change;
  const validFrom = change.validFrom ?? now;
  refusePast(validFrom, now);
  if (reason.trim() === '') throw new Invalid(['a switch needs a reason']);
  if (validTo !== null && validTo <= validFrom) throw new Invalid(['it ends before it begins']);
  const { needsSecond } = refuseChange(maySwitchRule(rule, enabled));
  return manager.transaction(async (tx) => {
    await lockUnit(tx, unitId);
    const shown = { personId: author.personId, previewId: change.previewId };
    const previewed = { kind: 'rule', unitId, ruleId: rule.id, enabled } as const;
    const previewId = await useShownPreview(tx, shown, { patientId: null, unitId, change: previewed }, now);
    const common = { unitId, ruleId: rule.id, enabled, reason: reason.trim(), validTo, expectedVersion, previewId };
    if (needsSecond) {
      const nothing = { patientId: null, parameter: null, value: null };
      const proposal = { kind: 'rule_switch' as const, ...nothing, ...common, validFrom: change.validFrom };
      return { ruleSwitch: null, proposal: await saveProposal(tx, proposal, { personId: author.personId, taskUnitId: unitId }, now) };
    }
    const answered = { ...common, validFrom, setByPersonId: author.personId, approvedByPersonId: null };
    return { ruleSwitch: await saveRuleSwitch(tx, answered, now), proposal: null };
  });
}

/** Stores the next version of a locked unit's switch; whoever calls has decided that it may be. @throws Conflict */
export async function saveRuleSwitch(tx: EntityManager, change: Answered & { readonly enabled: boolean }, now: Date): Promise<RuleSwitch> {
  const { unitId, ruleId, enabled, reason, setByPersonId, approvedByPersonId, validFrom, validTo, previewId } = change;
  const version = await makeRoom(tx, 'rule_switch', { unit_id: unitId, rule_id: ruleId }, change);
  const inserted = await tx.query<{ id: number }[]>(
    `insert into rule_switch (unit_id, rule_id, enabled, reason, set_by_person_id, approved_by_person_id, set_at, valid_from, valid_to, version, preview_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning id`,
    [unitId, ruleId, enabled, reason, setByPersonId, approvedByPersonId, now, validFrom, validTo, version, previewId],
  );
  await raisePlanVersionOfUnit(tx, unitId, now);
  const { id } = found(inserted, 'rule switch', ruleId);
  return found(await tx.query<RuleSwitch[]>(`select ${SWITCH_COLUMNS} from rule_switch l where l.id = $1`, [id]), 'rule switch', id);
}

/**
 * Ends a unit's default now; the preview is of what applies then: an earlier one that still runs, or null.
 * @throws NotFound; NotPreviewed; Conflict it does not run now
 */
export async function endUnitLimit(
  manager: EntityManager,
  { unitId, limitId, ...shown }: { readonly unitId: number; readonly limitId: number } & Shown,
  now: Date,
): Promise<void> {
  await manager.transaction(async (tx) => {
    await lockUnit(tx, unitId);
    const { ruleId, parameter, left } = await readEndOfLimit(tx, 'unit_limit', { ownerId: unitId, limitId }, now);
    const change = { kind: 'unit_limit', unitId, ruleId, parameter, value: left } as const;
    const previewId = await useShownPreview(tx, shown, { patientId: null, unitId, change }, now);
    const ended = await endVersion(tx, 'unit_limit', limitId, { byPersonId: null, previewId, now });
    if (!ended) throw new Conflict(`the limit ${limitId} does not run now`);
    await raisePlanVersionOfUnit(tx, unitId, now);
  });
}

/** Every version of a unit's defaults and switches, newest first within each. */
export async function readUnitRules(
  manager: EntityManager,
  unitId: number,
): Promise<{ readonly limits: readonly KeptUnitLimit[]; readonly switches: readonly KeptRuleSwitch[] }> {
  const limits = await manager.query<(UnitLimit & { shown: ShownRow | null; shownAtEnd: ShownRow | null })[]>(
    `select ${LIMIT_COLUMNS}, ${shownText('v')} as shown, ${shownText('e')} as "shownAtEnd"
     from unit_limit l join unit n on n.id = l.unit_id
       left join shown_preview v on v.id = l.preview_id left join shown_preview e on e.id = l.end_preview_id
     where l.unit_id = $1 order by l.rule_id, l.parameter, l.version desc`,
    [unitId],
  );
  const switches = await manager.query<(RuleSwitch & { shown: ShownRow | null })[]>(
    `select ${SWITCH_COLUMNS}, ${shownText('v')} as shown from rule_switch l left join shown_preview v on v.id = l.preview_id
     where l.unit_id = $1 order by l.rule_id, l.version desc`,
    [unitId],
  );
  return {
    limits: limits.map((row) => ({ ...row, shown: toShown(row.shown), shownAtEnd: toShown(row.shownAtEnd) })),
    switches: switches.map((row) => ({ ...row, shown: toShown(row.shown) })),
  };
}
