import { REFERENCE_KEYS, REFERENCES, type ReferenceKey } from '@varde/plans';
import { effectiveRules } from '@varde/rules';
import {
  approveProposal,
  changeOfProposal,
  changePersonalLimit,
  changeReference,
  declineProposal,
  readAgreement,
  readPersonalLimits,
  readProposals,
  readReferences,
  readUnits,
  refuseOutsideTeam,
  type Proposal,
} from '@varde/store';
import type { EntityManager } from 'typeorm';
import { openCatalogue, ruleOf } from '../catalogue.js';
import { toChange } from '../preview/proposed.js';
import { actingPerson, askOwnPassword, PERSON_OPTIONS } from './acting-person.js';
import { UsageError, type Command } from './command.js';
import { limitOption, readCut } from './cut.js';
import { knownPatient } from './pick.js';
import { formatMoment, formatTable } from './printed.js';
import { PREVIEW_OPTION, previewIdOf, showFirst } from './show-first.js';

/** The command line sees every unit: whoever runs it has the database. */
export async function everyUnit(manager: EntityManager): Promise<{ readonly unitIds: readonly number[] }> {
  return { unitIds: (await readUnits(manager)).map(({ id }) => id) };
}

const RULES: Command = {
  words: ['limit', 'list'],
  args: '<patient>',
  summary: 'Show by which limits a patient is judged now, whose they are, and what they conflict with',
  takes: [1, 1],
  options: {},
  run: async (typed, { manager, terminal }) => {
    const now = terminal.now();
    const { plan } = await readAgreement(manager, typed.id(0, 'the patient'), now);
    const rules = effectiveRules(await openCatalogue(), plan, now);
    const rows = rules.flatMap(({ ruleId, isOn, parameters }) =>
      parameters.map(({ parameter, value, unit, source, version, chosen, differing, settledBy }) => [
        ...[ruleId, parameter, `${value} ${unit}`, isOn ? source : 'off', version, chosen?.ownerName ?? null],
        ...[formatMoment(chosen?.validTo ?? null), settledBy && `${settledBy}: ${differing.map((each) => each.value).join(', ')}`],
      ]),
    );
    return { lines: formatTable(['RULE', 'LIMIT', 'VALUE', 'FROM', 'VERSION', 'WHOSE', 'UNTIL', 'CONFLICT'], rows), data: rules };
  },
};

const SET: Command = {
  words: ['limit', 'set'],
  args: '<patient> <rule> <parameter> <value> --reason <words> --by <username>',
  summary: 'Show what a personal limit would have done, then set it; past its safety floor it waits for a second physician',
  takes: [4, 4],
  options: {
    reason: { type: 'string', value: '<words>', meaning: 'why' },
    until: { type: 'string', value: '<moment>', meaning: 'a temporary limit ends by itself then' },
    ...PREVIEW_OPTION,
    ...PERSON_OPTIONS,
  },
  askFirst: askOwnPassword,
  run: async (typed, bench) => {
    const { manager, terminal } = bench;
    const patientId = typed.id(0, 'the patient');
    const [ruleId, parameter] = [typed.word(1, 'the rule'), typed.word(2, 'the parameter')];
    const reason = typed.words('reason', 1_000);
    const person = await actingPerson(typed, bench);
    await refuseOutsideTeam(manager, person, patientId);
    const catalogue = await openCatalogue();
    const rule = ruleOf(catalogue, ruleId);
    const value = numberOf(typed.word(3, 'the value'));
    const proposed = toChange({ kind: 'limit', ruleId, parameter, value }, null, catalogue);
    const shown = await showFirst(typed, bench, catalogue, { patientId, unitId: null, change: proposed, personId: person.personId });
    if (shown !== null) return shown;
    const before = (await readPersonalLimits(manager, patientId)).filter((each) => each.ruleId === ruleId && each.parameter === parameter);
    const change = { patientId, rule, parameter, value, reason, previewId: previewIdOf(typed) };
    const times = { validFrom: null, validTo: typed.moment('until'), nurseRange: null, expectedVersion: before[0]?.version ?? 0 };
    const { limit, proposal } = await changePersonalLimit(manager, person, { ...change, ...times }, terminal.now());
    const line = limit
      ? `The limit is ${limit.value} from now on, version ${limit.version}.`
      : `Proposal ${proposal?.id}: it lies past the safety floor and waits for a second physician until ${formatMoment(proposal?.expiresAt ?? null)}.`;
    return { lines: [line], data: { limit, proposal } };
  },
};

const REFERENCE_LIST: Command = {
  words: ['reference', 'list'],
  args: '<patient>',
  summary: 'List what is recorded of a patient that rules compare with: dry weight, oxygen target, NEWS2 scale and the like',
  takes: [1, 1],
  options: {},
  run: async (typed, { manager }) => {
    const references = await readReferences(manager, await knownPatient(manager, typed.id(0, 'the patient')));
    const rows = references.map(({ key, value, version, setByName, validFrom, validTo, reviewBy, reason }) => [
      ...[key, value, version, setByName ?? null, formatMoment(validFrom), formatMoment(validTo), formatMoment(reviewBy), reason],
    ]);
    return { lines: formatTable(['WHAT', 'VALUE', 'VERSION', 'BY', 'FROM', 'TO', 'REVIEW', 'WHY'], rows), data: references };
  },
};

const REFERENCE_SET: Command = {
  words: ['reference', 'set'],
  args: '<patient> <key> <value> --reason <words> --by <username>',
  summary: 'Show what a reference of a patient would have done, then record it; the one before stays on record',
  takes: [3, 3],
  options: {
    reason: { type: 'string', value: '<words>', meaning: 'why' },
    until: { type: 'string', value: '<moment>', meaning: 'it ends by itself then' },
    review: { type: 'string', value: '<moment>', meaning: 'when a clinician must look at it again' },
    ...PREVIEW_OPTION,
    ...PERSON_OPTIONS,
  },
  askFirst: askOwnPassword,
  run: async (typed, bench) => {
    const { manager, terminal } = bench;
    const patientId = typed.id(0, 'the patient');
    const key = keyOf(typed.word(1, 'the key'));
    const reason = typed.words('reason', 1_000);
    const value = numberOf(typed.word(2, 'the value'));
    const person = await actingPerson(typed, bench);
    await refuseOutsideTeam(manager, person, patientId);
    const wanted = { patientId, unitId: null, change: { kind: 'reference', key, value }, personId: person.personId } as const;
    const shown = await showFirst(typed, bench, await openCatalogue(), wanted);
    if (shown !== null) return shown;
    const before = (await readReferences(manager, patientId)).find((each) => each.key === key);
    const times = { validFrom: null, validTo: typed.moment('until'), reviewBy: typed.moment('review') };
    const seen = { expectedVersion: before?.version ?? 0, previewId: previewIdOf(typed) };
    const change = { patientId, key, value, reason, ...times, ...seen };
    const reference = await changeReference(manager, person, change, terminal.now());
    return { lines: [`${REFERENCES[key].title.en}: ${value}, version ${reference.version}.`], data: reference };
  },
};

const PROPOSALS: Command = {
  words: ['proposal', 'list'],
  args: '[--limit <n>]',
  summary: 'List changes that wait for a second clinician',
  takes: [0, 0],
  options: limitOption(200),
  run: async (typed, { manager }) => {
    const viewer = await everyUnit(manager);
    const read = (limit: number) => readProposals(manager, viewer, { patientId: null, state: 'open', limit });
    const { rows: proposals, leftOut } = await readCut(typed, 200, (limit) => `newest ${limit}`, read);
    const rows = proposals.map((each) => [
      ...[each.id, each.patientId === null ? `unit ${each.unitId}` : `patient ${each.patientId}`, each.ruleId, each.parameter],
      ...[each.value ?? (each.enabled === true ? 'on' : 'off'), each.proposedBy, formatMoment(each.expiresAt), each.reason],
    ]);
    return { lines: formatTable(['ID', 'ABOUT', 'RULE', 'LIMIT', 'VALUE', 'BY', 'UNTIL', 'WHY'], rows), data: proposals, leftOut };
  },
};

const APPROVE: Command = {
  words: ['proposal', 'approve'],
  args: '<id> --by <username>',
  summary: 'Show what a proposal would have done, then approve it as the second clinician',
  takes: [1, 1],
  options: { ...PREVIEW_OPTION, ...PERSON_OPTIONS },
  askFirst: askOwnPassword,
  run: async (typed, bench) => {
    const person = await actingPerson(typed, bench);
    const catalogue = await openCatalogue();
    const proposalId = typed.id(0, 'the proposal');
    const [wanted] = await readProposals(bench.manager, person, { patientId: null, state: 'open', proposalId, limit: 1 });
    const isTheirs = wanted?.proposedByPersonId === person.personId;
    const shown =
      wanted && !isTheirs && (await showFirst(typed, bench, catalogue, { ...changeOfProposal(wanted), personId: person.personId }));
    if (shown) return shown;
    const approving = { proposalId, previewId: previewIdOf(typed), rules: catalogue.entries };
    return decided(await approveProposal(bench.manager, person, approving, bench.terminal.now()));
  },
};

const DECLINE: Command = {
  words: ['proposal', 'decline'],
  args: '<id> --reason <words> --by <username>',
  summary: 'Decline a proposal, or take back your own',
  takes: [1, 1],
  options: { reason: { type: 'string', value: '<words>', meaning: 'why' }, ...PERSON_OPTIONS },
  askFirst: askOwnPassword,
  run: async (typed, bench) => {
    const wanted = { proposalId: typed.id(0, 'the proposal'), reason: typed.words('reason', 1_000) };
    const person = await actingPerson(typed, bench);
    return decided(await declineProposal(bench.manager, person, wanted, bench.terminal.now()));
  },
};

function decided(proposal: Proposal): { lines: string[]; data: Proposal } {
  return { lines: [`Proposal ${proposal.id} is ${proposal.state}.`], data: proposal };
}

function numberOf(text: string): number {
  const value = Number(text.replace(',', '.'));
  if (text.trim() === '' || !Number.isFinite(value)) throw new UsageError(`the value must be a number, not ${text}`);
  return value;
}

function keyOf(text: string): ReferenceKey {
  const key = REFERENCE_KEYS.find((each) => each === text);
  if (key === undefined) throw new UsageError(`the key must be one of ${REFERENCE_KEYS.join(', ')}`);
  return key;
}

/** Commands about limits, references, and changes that two persons make. */
export const LIMIT_COMMANDS: readonly Command[] = [RULES, SET, REFERENCE_LIST, REFERENCE_SET, PROPOSALS, APPROVE, DECLINE];
