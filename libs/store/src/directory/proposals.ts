import type { ProposedChange } from '@varde/look';
import { mayChangePersonalLimit, mayChangeUnitLimit, maySwitchRule, type ChangeableRule } from '@varde/plans';
import type { EntityManager } from 'typeorm';
import { refuseOutsideTeam, seenBy } from '../episodes/visibility.js';
import { Conflict, Forbidden, found, Invalid, NotFound } from './illegal.js';
import { refuseChange, savePersonalLimit } from './limits.js';
import { readProposal, readProposalRows, settleProposalTasks, type Proposal, type ProposalState } from './proposal-rows.js';
import { lockPatient } from './schedules.js';
import type { Viewer } from './sessions.js';
import { useShownPreview, type PreviewOf } from './shown-previews.js';
import { saveRuleSwitch, saveUnitLimit } from './unit-limits.js';
import { lockUnit } from './units.js';

/** About a patient the person may see, or about a unit of theirs. */
const SEEN = `(${seenBy('o.patient_id', '$1')} or o.unit_id = any($1::integer[]))`;

/** Which proposals to list. */
export interface ProposalsQuestion {
  readonly patientId: number | null;
  readonly state: ProposalState | null;
  /** Left out: any. */
  readonly proposalId?: number;
  readonly limit: number;
}

/** Proposals the person may see, newest first. */
export async function readProposals(
  manager: EntityManager,
  viewer: Pick<Viewer, 'unitIds'>,
  { patientId, state, proposalId, limit }: ProposalsQuestion,
): Promise<Proposal[]> {
  const where = `${SEEN} and ($2::integer is null or o.patient_id = $2) and ($3::text is null or o.state = $3)
    and ($4::integer is null or o.id = $4) order by o.id desc limit $5`;
  return readProposalRows(manager, where, [viewer.unitIds, patientId, state, proposalId ?? null, limit]);
}

async function lockProposal(tx: EntityManager, viewer: Viewer, proposalId: number, now: Date): Promise<Proposal> {
  const rows = await tx.query<{ id: number; patient_id: number | null; unit_id: number | null }[]>(
    `select id, patient_id, unit_id from proposal o where o.id = $2 and ${SEEN}`,
    [viewer.unitIds, proposalId],
  );
  const { patient_id: patientId, unit_id: unitId } = found(rows, 'proposal', proposalId);
  // What it is about first, as whoever proposes does; then nobody else can decide it.
  if (patientId !== null) {
    await lockPatient(tx, patientId);
    await refuseOutsideTeam(tx, viewer, patientId);
  }
  if (unitId !== null) await lockUnit(tx, unitId);
  await tx.query(`select id from proposal where id = $1 for no key update`, [proposalId]);
  const proposal = await readProposal(tx, proposalId);
  if (proposal.state !== 'open') throw new Conflict(`the proposal ${proposalId} is ${proposal.state} already`);
  if (proposal.expiresAt <= now) throw new Conflict(`the proposal ${proposalId} has run out; propose it again`);
  return proposal;
}

/** What is approved, and what its second clinician was shown of it. */
export interface Approving {
  readonly proposalId: number;
  readonly previewId: number | null;
  readonly rules: ReadonlyMap<string, ChangeableRule>;
}

/**
 * A second clinician approves: the change is made, in both their names. Everything is checked again, as things stand now; what the first
 * one was shown may be a week old, so the second one must have been shown it too.
 * @param rules the catalogue's, by id
 * @throws NotFound; Forbidden no physician, the one who proposed it, or not of the patient's team; NotPreviewed; Conflict decided, run out, or
 * changed since; Invalid no longer allowed
 */
export async function approveProposal(
  manager: EntityManager,
  viewer: Viewer,
  { proposalId, previewId, rules }: Approving,
  now: Date,
): Promise<Proposal> {
  if (!viewer.roles.includes('physician')) throw new Forbidden('the second clinician must be a physician');
  return manager.transaction(async (tx) => {
    const proposal = await lockProposal(tx, viewer, proposalId, now);
    if (proposal.proposedByPersonId === viewer.personId) throw new Forbidden('somebody else than who proposed it must approve');
    const rule = rules.get(proposal.ruleId);
    if (rule === undefined) throw new NotFound('rule', proposal.ruleId);
    const validFrom = proposal.validFrom === null || proposal.validFrom < now ? now : proposal.validFrom;
    if (proposal.validTo !== null && proposal.validTo <= validFrom) throw new Conflict('what was proposed would have ended by now');
    const shown = { personId: viewer.personId, previewId };
    const used = await useShownPreview(tx, shown, changeOfProposal(proposal), now);
    await make(tx, { ...proposal, validFrom }, { rule, approvedByPersonId: viewer.personId, previewId: used }, now);
    return decide(tx, proposalId, { state: 'approved', personId: viewer.personId, reason: null }, now);
  });
}

interface Approval {
  readonly rule: ChangeableRule;
  readonly approvedByPersonId: number;
  readonly previewId: number;
}

/** Whose plan a proposal would change, and how: what a preview of it must be of. */
export function changeOfProposal(proposal: Proposal): PreviewOf & { readonly change: ProposedChange } {
  const { kind, patientId, unitId, ruleId, parameter, value, enabled } = proposal;
  if (unitId !== null && enabled !== null) return { patientId: null, unitId, change: { kind: 'rule', unitId, ruleId, enabled } };
  if (parameter === null || value === null) throw new Error(`proposal ${proposal.id} (${kind}) is about no value`);
  if (unitId !== null) return { patientId: null, unitId, change: { kind: 'unit_limit', unitId, ruleId, parameter, value } };
  if (patientId === null) throw new Error(`proposal ${proposal.id} is about nobody`);
  return { patientId, unitId, change: { kind: 'limit', ruleId, parameter, value } };
}

async function make(tx: EntityManager, proposal: Proposal & { readonly validFrom: Date }, approval: Approval, now: Date): Promise<void> {
  const { rule, approvedByPersonId, previewId } = approval;
  const { kind, patientId, unitId, parameter, value, enabled, proposedByPersonId: setByPersonId, ...rest } = proposal;
  const answered = { ...rest, setByPersonId, approvedByPersonId, previewId };
  if (kind === 'rule_switch' && unitId !== null && enabled !== null) {
    refuseChange(maySwitchRule(rule, enabled));
    await saveRuleSwitch(tx, { ...answered, unitId, enabled }, now);
    return;
  }
  if (parameter === null || value === null) throw new Error(`proposal ${proposal.id} is about no value`);
  const limit = { ...answered, parameter, value };
  if (kind === 'unit_limit' && unitId !== null) {
    refuseChange(mayChangeUnitLimit(rule, limit));
    await saveUnitLimit(tx, { ...limit, unitId }, now);
  } else if (kind === 'personal_limit' && patientId !== null) {
    refuseChange(mayChangePersonalLimit(rule, limit, { roles: ['physician'], nurseRange: null }));
    await savePersonalLimit(tx, { ...limit, patientId, nurseRange: null }, now);
  } else throw new Error(`proposal ${proposal.id} is about nothing`);
}

/**
 * Declines a proposal with a reason; who proposed it may take it back.
 * @throws NotFound; Forbidden; Conflict decided or run out; Invalid no reason
 */
export async function declineProposal(
  manager: EntityManager,
  viewer: Viewer,
  { proposalId, reason }: { readonly proposalId: number; readonly reason: string },
  now: Date,
): Promise<Proposal> {
  if (reason.trim() === '') throw new Invalid(['say why']);
  return manager.transaction(async (tx) => {
    const proposal = await lockProposal(tx, viewer, proposalId, now);
    const isOwn = proposal.proposedByPersonId === viewer.personId;
    if (!isOwn && !viewer.roles.includes('physician')) throw new Forbidden('a physician declines, or who proposed it takes it back');
    return decide(tx, proposalId, { state: 'declined', personId: viewer.personId, reason: reason.trim() }, now);
  });
}

async function decide(
  tx: EntityManager,
  proposalId: number,
  decision: { readonly state: 'approved' | 'declined'; readonly personId: number; readonly reason: string | null },
  now: Date,
): Promise<Proposal> {
  await tx.query(`update proposal set state = $2, decided_by_person_id = $3, decided_at = $4, decline_reason = $5 where id = $1`, [
    proposalId,
    decision.state,
    decision.personId,
    now,
    decision.reason,
  ]);
  await settleProposalTasks(tx, [proposalId], now);
  return readProposal(tx, proposalId);
}
