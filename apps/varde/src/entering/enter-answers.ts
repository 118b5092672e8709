import { newestQuestionnaire, type Questionnaires } from '@varde/plans';
import { WHOSE_WEIGHT } from '@varde/rules';
import { Invalid, readWeighing, refuseOutsideTeam, type Viewer } from '@varde/store';
import { encodeAnswers, type Answer, type OutgoingEnvelope } from '@varde/wire';
import { randomUUID } from 'node:crypto';
import { keepEntry, printedOf, type Bench, type KeptEntry } from './entries.js';

/** A questionnaire as a person has it answered, by telephone or at a visit. */
export interface GivenAnswers {
  readonly patientId: number;
  /** Sent again with the same key it is kept once. */
  readonly key: string;
  readonly questionnaire: string;
  /** Null: the newest. */
  readonly version: number | null;
  readonly answeredBy: 'patient' | 'carer' | 'nurse';
  /** Null: now. */
  readonly at: Date | null;
  readonly items: Readonly<Record<string, Answer>>;
}

/**
 * Keeps answers that a person enters for a patient of their team, the way a device's answers are kept.
 * @throws Invalid with every fault, also for a weighing answered about before it was; NotFound the weighing; and as `keepEntry`, `refuseOutsideTeam`
 */
export async function enterAnswers(
  bench: Bench & { readonly questionnaires: Questionnaires },
  viewer: Viewer,
  given: GivenAnswers,
  now: Date,
): Promise<KeptEntry> {
  const { patientId, key, questionnaire, answeredBy, at: givenAt, items } = given;
  const newest = newestQuestionnaire(bench.questionnaires, questionnaire);
  if (newest === null) throw new Invalid([`there is no questionnaire ${questionnaire}`]);
  if (!newest.answeredBy.includes(answeredBy)) throw new Invalid([`${questionnaire} is answered by ${newest.answeredBy.join(', ')}`]);
  await refuseOutsideTeam(bench.manager, viewer, patientId);
  if (questionnaire === WHOSE_WEIGHT.questionnaire) await refuseOtherWeights(bench, given, now);
  const context = { enteredBy: viewer.personId };
  const set = { key, questionnaire, version: given.version ?? newest.version, answeredBy, items, context };
  return keepEntry(bench, { patientId, kind: 'answers', at: givenAt, now }, ({ at, now: readAt, device }) =>
    encodeAnswers({ ...envelopeOf(device, readAt), answers: [{ ...set, answeredAt: printedOf(at), gatewayTime: readAt }] }),
  );
}

/** Whose weight it is can be said of a weighing of this patient only, and only both together: which, and whether it was them. */
async function refuseOtherWeights({ manager }: Bench, { patientId, at, items }: GivenAnswers, now: Date): Promise<void> {
  const [about, isMine] = [items[WHOSE_WEIGHT.about], items[WHOSE_WEIGHT.isMine]];
  if (typeof about !== 'number' || typeof isMine !== 'boolean') {
    throw new Invalid([`${WHOSE_WEIGHT.about} and ${WHOSE_WEIGHT.isMine} belong together`]);
  }
  const { observedAt } = await readWeighing(manager, about, patientId);
  if ((at ?? now) < observedAt) throw new Invalid(['it cannot be answered before the weighing']);
}

/** Around an entry: its device has the clock of this machine, to the second. */
export function envelopeOf(id: string, now: Date): OutgoingEnvelope {
  const readAt = new Date(Math.floor(now.getTime() / 1_000) * 1_000);
  return { messageId: randomUUID(), sentAt: now, device: { id, idType: 'serial', clock: { reading: printedOf(now), readAt } } };
}
