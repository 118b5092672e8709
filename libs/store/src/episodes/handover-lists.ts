import type { Outcome } from '@varde/alerts';
import type { Severity } from '@varde/rules';
import type { EntityManager } from 'typeorm';
import type { Viewer } from '../directory/sessions.js';
import { nameOf } from './name-of.js';
import type { OfferFate, QuestionFate } from './handovers.js';
import { seenBy } from './visibility.js';

/** An offer of an episode to a unit, with what became of it. */
export interface KeptOffer {
  readonly number: number;
  readonly fromUnitId: number;
  readonly fromUnit: string;
  readonly toUnitId: number;
  readonly toUnit: string;
  readonly reason: string;
  readonly informedUnitIds: readonly number[];
  readonly offeredAt: Date;
  readonly offeredBy: string;
  readonly deadlineAt: Date;
  /** Null while it waits for an answer. */
  readonly fate: OfferFate | null;
  readonly endedAt: Date | null;
  /** Null: the clock, or the end of the episode. */
  readonly endedBy: string | null;
  /** The words of who declined or recalled it. */
  readonly answer: string | null;
}

/** A question to a unit, with its answer. */
export interface KeptQuestion {
  readonly number: number;
  readonly fromUnitId: number;
  readonly fromUnit: string;
  readonly unitId: number;
  readonly unit: string;
  readonly question: string;
  readonly askedAt: Date;
  readonly askedBy: string;
  readonly deadlineAt: Date;
  readonly fate: QuestionFate | null;
  readonly endedAt: Date | null;
  readonly endedBy: string | null;
  readonly answer: string | null;
}

const OFFER = `
  select h.number, h.from_unit_id as "fromUnitId", ${nameOf('unit', 'h.from_unit_id')} as "fromUnit",
    h.to_unit_id as "toUnitId", ${nameOf('unit', 'h.to_unit_id')} as "toUnit", h.reason, h.informed_unit_ids as "informedUnitIds",
    h.offered_at as "offeredAt", ${nameOf('person', 'h.offered_by_person_id')} as "offeredBy", h.deadline_at as "deadlineAt", h.fate,
    h.ended_at as "endedAt", ${nameOf('person', 'h.ended_by_person_id')} as "endedBy", h.answer`;

const QUESTION = `
  select c.number, c.from_unit_id as "fromUnitId", ${nameOf('unit', 'c.from_unit_id')} as "fromUnit",
    c.unit_id as "unitId", ${nameOf('unit', 'c.unit_id')} as unit, c.question,
    c.asked_at as "askedAt", ${nameOf('person', 'c.asked_by_person_id')} as "askedBy", c.deadline_at as "deadlineAt", c.fate,
    c.ended_at as "endedAt", ${nameOf('person', 'c.ended_by_person_id')} as "endedBy", c.answer`;

/** Every offer of an episode, oldest first. */
export function readOffers(manager: EntityManager, episodeId: number): Promise<KeptOffer[]> {
  return manager.query<KeptOffer[]>(`${OFFER} from handover h where h.episode_id = $1 order by h.number`, [episodeId]);
}

/** Every question that was asked about an episode, oldest first. */
export function readQuestions(manager: EntityManager, episodeId: number): Promise<KeptQuestion[]> {
  return manager.query<KeptQuestion[]>(`${QUESTION} from consultation c where c.episode_id = $1 order by c.number`, [episodeId]);
}

/** The episode a line of the lists is about. */
export interface AboutEpisode {
  readonly episodeId: number;
  readonly patientId: number;
  readonly patient: string;
  readonly severity: Severity;
  /** Who has it now. */
  readonly ownerUnit: string;
  readonly closedAt: Date | null;
  readonly outcome: Outcome | null;
}

/** What waits between units, and what became of what was given away. */
export interface HandoverLists {
  /** Offers that wait for an answer of the person's units, the one with least time first. */
  readonly offered: readonly (KeptOffer & AboutEpisode)[];
  /** Questions that wait for an answer of the person's units, the one with least time first. */
  readonly asked: readonly (KeptQuestion & AboutEpisode)[];
  /** Offers that the person's units have made since a moment, newest first; they see the patient, or follow what they gave away. */
  readonly given: readonly (KeptOffer & AboutEpisode)[];
}

const ABOUT = `, e.id::float8 as "episodeId", e.patient_id as "patientId", p.name as patient, e.severity, ${nameOf('unit', 'e.owner_unit_id')} as "ownerUnit",
  e.closed_at as "closedAt", e.outcome`;
const episodeOf = (id: string): string => `join episode e on e.id = ${id} join patient p on p.id = e.patient_id`;
/** The most offers of one's own that are told of. */
export const GIVEN_OFFERS_MAX = 200;

/** What is offered to the person's units, what waits for their advice, and the fate of what they have offered since a moment. */
export async function readHandoverLists(manager: EntityManager, { unitIds }: Pick<Viewer, 'unitIds'>, since: Date): Promise<HandoverLists> {
  const offered = await manager.query<HandoverLists['offered']>(
    `${OFFER} ${ABOUT} from handover h ${episodeOf('h.episode_id')}
     where h.fate is null and h.to_unit_id = any($1::integer[]) order by h.deadline_at, h.episode_id`,
    [unitIds],
  );
  const asked = await manager.query<HandoverLists['asked']>(
    `${QUESTION} ${ABOUT} from consultation c ${episodeOf('c.episode_id')}
     where c.fate is null and c.unit_id = any($1::integer[]) order by c.deadline_at, c.episode_id, c.number`,
    [unitIds],
  );
  const given = await manager.query<HandoverLists['given']>(
    `${OFFER} ${ABOUT} from handover h ${episodeOf('h.episode_id')}
     where h.from_unit_id = any($1::integer[]) and h.offered_at >= $2
       and (e.follower_unit_ids && $1::integer[] or ${seenBy('e.patient_id', '$1')})
     order by h.offered_at desc, h.episode_id limit ${GIVEN_OFFERS_MAX}`,
    [unitIds, since],
  );
  return { offered, asked, given };
}
