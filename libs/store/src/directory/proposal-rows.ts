import type { TaskDraft } from '@varde/plans';
import type { EntityManager } from 'typeorm';
import { saveTask } from '../looks/task-save.js';
import { Conflict, found } from './illegal.js';
import { shownText, toShown, type ShownPreview, type ShownRow } from './shown-previews.js';

/** What is proposed: a personal limit or a unit's past its safety floor, or to switch off a red or critical rule. */
export type ProposalKind = 'personal_limit' | 'unit_limit' | 'rule_switch';
/** Where a proposal can stand. */
export const PROPOSAL_STATES = ['open', 'approved', 'declined', 'expired'] as const;
/** One of them. */
export type ProposalState = (typeof PROPOSAL_STATES)[number];

/** A change that waits for a second clinician, or what became of it. */
export interface Proposal {
  readonly id: number;
  readonly kind: ProposalKind;
  readonly patientId: number | null;
  readonly unitId: number | null;
  readonly ruleId: string;
  readonly parameter: string | null;
  readonly value: number | null;
  readonly enabled: boolean | null;
  readonly reason: string;
  /** Null: from the moment it is approved. */
  readonly validFrom: Date | null;
  readonly validTo: Date | null;
  readonly expectedVersion: number;
  readonly proposedByPersonId: number;
  readonly proposedBy: string;
  readonly proposedAt: Date;
  readonly expiresAt: Date;
  readonly state: ProposalState;
  readonly decidedByPersonId: number | null;
  readonly decidedAt: Date | null;
  readonly declineReason: string | null;
  /** What whoever proposed it was shown; null: before previews were kept. */
  readonly shown: ShownPreview | null;
}

/** A proposal to make. */
export type NewProposal = { readonly previewId: number } & Pick<
  Proposal,
  'kind' | 'patientId' | 'unitId' | 'ruleId' | 'parameter' | 'value' | 'enabled' | 'reason' | 'validFrom' | 'validTo' | 'expectedVersion'
>;

/** How long a proposal waits for the second clinician. */
const WAITS_DAYS = 7;
const DAY_MS = 86_400_000;

/** Columns of a proposal as `Proposal` names them. */
const PROPOSAL_COLUMNS = `o.id, o.kind, o.patient_id as "patientId", o.unit_id as "unitId", o.rule_id as "ruleId", o.parameter, o.value,
  o.enabled, o.reason, o.valid_from as "validFrom", o.valid_to as "validTo", o.expected_version as "expectedVersion",
  o.proposed_by_person_id as "proposedByPersonId", a.name as "proposedBy", o.proposed_at as "proposedAt", o.expires_at as "expiresAt", o.state,
  o.decided_by_person_id as "decidedByPersonId", o.decided_at as "decidedAt", o.decline_reason as "declineReason", ${shownText('v')} as shown`;

const PROPOSALS_FROM = `proposal o join person a on a.id = o.proposed_by_person_id left join shown_preview v on v.id = o.preview_id`;

/** Proposals that a condition on `o` chooses. */
export async function readProposalRows(manager: EntityManager, where: string, values: readonly unknown[]): Promise<Proposal[]> {
  const rows = await manager.query<(Proposal & { shown: ShownRow | null })[]>(
    `select ${PROPOSAL_COLUMNS} from ${PROPOSALS_FROM} where ${where}`,
    [...values],
  );
  return rows.map((row) => ({ ...row, shown: toShown(row.shown) }));
}

/** Kind of the task that stands for a change waiting for a second clinician: it ends with the decision, never before it. */
export const PROPOSAL_TASK = 'limit-proposal';

/** Key of the task that asks for the second clinician. */
function proposalTaskKey(proposalId: number): string {
  return `${PROPOSAL_TASK}:${proposalId}`;
}

function taskOf({ id, ruleId, parameter, value, proposedBy, expiresAt }: Proposal): TaskDraft {
  const what = value === null ? ruleId : `${ruleId}/${parameter ?? ''} = ${value}`;
  const reason = {
    nb: `${proposedBy} foreslår ${what}; en lege til må godkjenne`,
    en: `${proposedBy} proposes ${what}; a second physician must approve`,
  };
  return { key: proposalTaskKey(id), kind: PROPOSAL_TASK, ruleId, forRole: 'physician', reason, dueAt: expiresAt };
}

/**
 * Keeps a proposal and raises the task that asks for the second clinician.
 * @param taskUnitId the unit whose list the task goes to
 * @throws Conflict there is an open one about the same already
 */
export async function saveProposal(
  tx: EntityManager,
  proposal: NewProposal,
  by: { readonly personId: number; readonly taskUnitId: number },
  now: Date,
): Promise<Proposal> {
  await expireProposals(tx, now);
  const { kind, patientId, unitId, ruleId, parameter, value, enabled, reason, validFrom, validTo, expectedVersion, previewId } = proposal;
  const rows = await tx.query<{ id: number }[]>(
    `insert into proposal (kind, patient_id, unit_id, rule_id, parameter, value, enabled, reason, valid_from, valid_to, expected_version,
       proposed_by_person_id, proposed_at, expires_at, preview_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) on conflict do nothing returning id`,
    [
      ...[kind, patientId, unitId, ruleId, parameter, value, enabled, reason.trim(), validFrom, validTo, expectedVersion, by.personId, now],
      ...[new Date(now.getTime() + WAITS_DAYS * DAY_MS), previewId],
    ],
  );
  const [row] = rows;
  if (row === undefined) throw new Conflict('there is an open proposal about this already; approve or decline it first');
  const saved = await readProposal(tx, row.id);
  await saveTask(tx, { patientId, unitId: by.taskUnitId, task: taskOf(saved) }, now);
  return saved;
}

/** One proposal. @throws NotFound */
export async function readProposal(tx: EntityManager, proposalId: number): Promise<Proposal> {
  return found(await readProposalRows(tx, 'o.id = $1', [proposalId]), 'proposal', proposalId);
}

/** Proposals nobody has decided in time lapse, and their tasks with them. */
export async function expireProposals(tx: EntityManager, now: Date): Promise<number> {
  const [rows] = await tx.query<[{ id: number }[], number]>(
    `update proposal set state = 'expired' where state = 'open' and expires_at <= $1 returning id`,
    [now],
  );
  await settleProposalTasks(
    tx,
    rows.map(({ id }) => id),
    now,
  );
  return rows.length;
}

/** Settles the tasks of proposals that wait no longer. */
export async function settleProposalTasks(tx: EntityManager, proposalIds: readonly number[], now: Date): Promise<void> {
  if (proposalIds.length === 0) return;
  await tx.query(`update task set state = 'settled', closed_at = $2 where key = any($1::text[]) and state = 'open'`, [
    proposalIds.map(proposalTaskKey),
    now,
  ]);
}
