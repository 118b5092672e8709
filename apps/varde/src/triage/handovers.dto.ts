import { ApiProperty, IntersectionType } from '@nestjs/swagger';
import type { Outcome } from '@varde/alerts';
import { SEVERITIES, type Severity } from '@varde/rules';
import {
  OFFER_FATES,
  OUTCOMES,
  QUESTION_FATES,
  type AboutEpisode,
  type HandoverLists,
  type KeptOffer,
  type KeptQuestion,
  type OfferFate,
  type QuestionFate,
} from '@varde/store';
import { IsArray, IsInt, Max, Min } from 'class-validator';
import { ActDto } from './episodes.dto.js';
import { BIG_ID_MAX, ID_MAX, MayBeLeftOut, Whole, Words } from './fields.js';

const MINUTES_MAX = 30 * 24 * 60;

/** Giving it to a person of the owner. */
export class AssignDto extends ActDto {
  @Whole(1, ID_MAX, 'a clinician of the owner')
  personId!: number;
}

/** Offering it to another unit. */
export class OfferDto extends ActDto {
  @Whole(1, ID_MAX, 'the unit it is offered to')
  unitId!: number;

  @Words(1, 4_000, 'why')
  reason!: string;

  @Whole(1, MINUTES_MAX, 'minutes to answer; at most, and by default, those of the pathway', { optional: true })
  answerMin?: number;

  @ApiProperty({ type: [Number], required: false, description: 'units of the team to be told what becomes of it' })
  @MayBeLeftOut()
  @IsArray()
  @IsInt({ each: true })
  @Min(1, { each: true })
  @Max(ID_MAX, { each: true })
  informedUnitIds?: number[];
}

/** Saying no, or taking an offer back. */
export class ReasonDto extends ActDto {
  @Words(1, 4_000, 'why')
  reason!: string;
}

/** Asking for advice. */
export class AdviceQuestionDto extends ActDto {
  @Whole(1, ID_MAX, 'the unit that is asked')
  unitId!: number;

  @Words(1, 4_000, 'what is asked')
  question!: string;

  @Whole(1, MINUTES_MAX, 'minutes to answer; at most, and by default, those of the pathway', { optional: true })
  answerMin?: number;
}

/** Giving advice. */
export class AdviceAnswerDto extends ActDto {
  @Words(1, 4_000, 'the advice')
  answer!: string;
}

/** Moving it, where no acceptance is needed. */
export class MoveDto extends ActDto {
  @Whole(1, ID_MAX, 'the unit that owns it from now on')
  unitId!: number;

  @Words(1, 4_000, 'why')
  reason!: string;
}

/** `:id` of an episode and `:number` of one of its questions. */
export class QuestionPath {
  @Whole(1, BIG_ID_MAX, 'id of the episode')
  id!: number;

  @Whole(1, ID_MAX, 'number of the question')
  number!: number;
}

/** An offer with what became of it. */
export class KeptOfferDto implements KeptOffer {
  @ApiProperty()
  number!: number;
  @ApiProperty()
  fromUnitId!: number;
  @ApiProperty()
  fromUnit!: string;
  @ApiProperty()
  toUnitId!: number;
  @ApiProperty()
  toUnit!: string;
  @ApiProperty()
  reason!: string;
  @ApiProperty({ type: [Number] })
  informedUnitIds!: readonly number[];
  @ApiProperty()
  offeredAt!: Date;
  @ApiProperty()
  offeredBy!: string;
  @ApiProperty()
  deadlineAt!: Date;
  @ApiProperty({ enum: OFFER_FATES, nullable: true, description: 'null while it waits for an answer' })
  fate!: OfferFate | null;
  @ApiProperty({ type: Date, nullable: true })
  endedAt!: Date | null;
  @ApiProperty({ type: String, nullable: true, description: 'null: the clock, or the end of the episode' })
  endedBy!: string | null;
  @ApiProperty({ type: String, nullable: true })
  answer!: string | null;
}

/** A question with its answer. */
export class KeptQuestionDto implements KeptQuestion {
  @ApiProperty()
  number!: number;
  @ApiProperty()
  fromUnitId!: number;
  @ApiProperty()
  fromUnit!: string;
  @ApiProperty()
  unitId!: number;
  @ApiProperty()
  unit!: string;
  @ApiProperty()
  question!: string;
  @ApiProperty()
  askedAt!: Date;
  @ApiProperty()
  askedBy!: string;
  @ApiProperty()
  deadlineAt!: Date;
  @ApiProperty({ enum: QUESTION_FATES, nullable: true, description: 'null while it waits for an answer' })
  fate!: QuestionFate | null;
  @ApiProperty({ type: Date, nullable: true })
  endedAt!: Date | null;
  @ApiProperty({ type: String, nullable: true })
  endedBy!: string | null;
  @ApiProperty({ type: String, nullable: true })
  answer!: string | null;
}

/** Which episode it is about, and what has become of it. */
export class AboutEpisodeDto implements AboutEpisode {
  @ApiProperty()
  episodeId!: number;
  @ApiProperty()
  patientId!: number;
  @ApiProperty()
  patient!: string;
  @ApiProperty({ enum: SEVERITIES, enumName: 'Severity' })
  severity!: Severity;
  @ApiProperty({ description: 'who has it now' })
  ownerUnit!: string;
  @ApiProperty({ type: Date, nullable: true })
  closedAt!: Date | null;
  @ApiProperty({ enum: [...OUTCOMES, 'settled', 'merged'], nullable: true })
  outcome!: Outcome | null;
}

/** An offer with its episode. */
export class ListedOfferDto extends IntersectionType(KeptOfferDto, AboutEpisodeDto) {}

/** A question with its episode. */
export class ListedQuestionDto extends IntersectionType(KeptQuestionDto, AboutEpisodeDto) {}

/** What waits between units, and what became of what was given away. */
export class HandoverListsDto implements HandoverLists {
  @ApiProperty({ type: [ListedOfferDto], description: 'offered to your units, the one with least time first' })
  offered!: readonly ListedOfferDto[];
  @ApiProperty({ type: [ListedQuestionDto], description: 'advice asked of your units, the one with least time first' })
  asked!: readonly ListedQuestionDto[];
  @ApiProperty({ type: [ListedOfferDto], description: 'what your units have offered, newest first, with its fate' })
  given!: readonly ListedOfferDto[];
}

/** How far back the list of what was given away goes. */
export class HandoversQuery {
  @Whole(1, 366, 'days back for what was given away', { default: 14 })
  days?: number;
}
