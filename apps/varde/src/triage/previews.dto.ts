import { applyDecorators } from '@nestjs/common';
import { ApiConflictResponse, ApiProperty, ApiPropertyOptional, ApiUnprocessableEntityResponse } from '@nestjs/swagger';
import { PREVIEW_DAYS, type Amounts, type ShownEffect } from '@varde/look';
import { PROGRAMMES, REFERENCE_KEYS, type Programme, type ReferenceKey } from '@varde/plans';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsString,
  Max,
  MaxLength,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { PREVIEW_DAYS_MIN } from '../preview/question.js';
import { CHANGE_KINDS, type TypedChange } from '../preview/proposed.js';
import { COHORT_MAX } from '../preview/shown-preview.js';
import { BIG_ID_MAX, ID_MAX, MayBeLeftOut, Whole } from './fields.js';

/** A change to be seen before it is made; which fields belong to it is said by `kind`. */
export class ChangeDto implements TypedChange {
  @ApiProperty({
    enum: CHANGE_KINDS,
    description:
      'limit: ruleId, parameter, value; unit_limit: the same for a unit; reference: key, value; rule: ruleId, enabled; programme: programme, enrolled',
  })
  @IsIn(CHANGE_KINDS)
  kind!: TypedChange['kind'];

  @ApiPropertyOptional({ type: String, example: 'copd.spo2.below_target' })
  @MayBeLeftOut()
  @IsString()
  @MaxLength(100)
  ruleId?: string;

  @ApiPropertyOptional({ type: String, example: 'target_low' })
  @MayBeLeftOut()
  @IsString()
  @MaxLength(100)
  parameter?: string;

  @ApiPropertyOptional({ type: Number, nullable: true, example: 86, description: 'null takes back what is set' })
  @ValidateIf((_, value: unknown) => value !== undefined && value !== null)
  @IsNumber()
  value?: number | null;

  @ApiPropertyOptional({ enum: REFERENCE_KEYS })
  @MayBeLeftOut()
  @IsIn([...REFERENCE_KEYS])
  key?: ReferenceKey;

  @ApiPropertyOptional({ type: Boolean })
  @MayBeLeftOut()
  @IsBoolean()
  enabled?: boolean;

  @ApiPropertyOptional({ enum: PROGRAMMES })
  @MayBeLeftOut()
  @IsIn(PROGRAMMES)
  programme?: Programme;

  @ApiPropertyOptional({ type: Boolean })
  @MayBeLeftOut()
  @IsBoolean()
  enrolled?: boolean;
}

/** What is to be previewed of a patient. */
export class PreviewQuestionDto {
  @ApiProperty({ type: [ChangeDto] })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(20)
  @ValidateNested({ each: true })
  @Type(() => ChangeDto)
  changes!: ChangeDto[];

  @ApiPropertyOptional({ type: 'integer', minimum: PREVIEW_DAYS_MIN, maximum: PREVIEW_DAYS, default: PREVIEW_DAYS })
  @MayBeLeftOut()
  @IsInt()
  @Min(PREVIEW_DAYS_MIN)
  @Max(PREVIEW_DAYS)
  days?: number;
}

/** What is to be previewed of everybody whom a unit follows. */
export class CohortQuestionDto extends PreviewQuestionDto {
  @ApiProperty({ type: 'integer', description: `one of your own units; at most ${COHORT_MAX} of its patients` })
  @IsInt()
  @Min(1)
  @Max(ID_MAX)
  unitId!: number;
}

const BEFORE_AND_AFTER = { type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 2 } as const;

/** What a preview came to. */
export class ShownEffectDto implements ShownEffect {
  @ApiProperty()
  days!: number;
  @ApiProperty()
  patients!: number;
  @ApiProperty({ description: 'patients whom the change reaches as well, and who are in none of the sums: too many, or theirs failed' })
  notShown!: number;
  @ApiProperty({ description: 'days on which anything was measured; 0: there was nothing to show' })
  measuredDays!: number;
  @ApiProperty({ ...BEFORE_AND_AFTER, example: [2.5, 1.25], description: 'items on the worklist as it was, and as it would have been' })
  episodesPerWeek!: readonly [number, number];
  @ApiProperty({ ...BEFORE_AND_AFTER, example: [4, 2], description: 'messages as it was, and as it would have been' })
  noticesPerWeek!: readonly [number, number];
  @ApiProperty()
  changedDays!: number;
  @ApiProperty({ description: 'stored episodes that would not have opened' })
  missed!: number;
  @ApiProperty({ description: 'those of them that were red or critical' })
  missedGrave!: number;
  @ApiProperty()
  earlier!: number;
  @ApiProperty()
  later!: number;
  @ApiProperty()
  milder!: number;
  @ApiProperty()
  graver!: number;
  @ApiProperty({ description: 'episodes only the change would have opened' })
  new!: number;
}

/** What was shown before a change was made. */
export class ShownPreviewDto {
  @ApiProperty()
  id!: number;
  @ApiProperty()
  shownAt!: Date;
  @ApiProperty({ type: ShownEffectDto })
  effect!: ShownEffectDto;
}

/** A preview that lets who is given it make the change. */
class UsableDto {
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'to be brought with the change; null when several changes are shown at once',
  })
  previewId!: number | null;
  @ApiProperty({ type: Date, nullable: true, description: 'until when it may be used, as long as the plan stays as it is' })
  previewUntil!: Date | null;
}

/** The preview of one patient; more of it than is described here: days of another colour, and what would have become of each episode. */
export class GivenPreviewDto extends UsableDto {
  @ApiProperty()
  patientId!: number;
  @ApiProperty()
  from!: Date;
  @ApiProperty()
  to!: Date;
  @ApiProperty()
  days!: number;
  @ApiProperty()
  measuredDays!: number;
  @ApiProperty({ type: Object, additionalProperties: true })
  before!: Amounts;
  @ApiProperty({ type: Object, additionalProperties: true })
  after!: Amounts;
  @ApiProperty({ type: ShownEffectDto, description: 'what is kept with the change' })
  effect!: ShownEffectDto;
}

/** How far a preview of a cohort is. */
export class PreviewJobDto extends UsableDto {
  @ApiProperty({
    type: 'integer',
    format: 'int64',
    description: 'never that of another job, of another process or of before a restart either',
  })
  id!: number;
  @ApiProperty({ type: 'integer', description: 'the unit whose patients it is about' })
  unitId!: number;
  @ApiProperty({ type: [ChangeDto], description: 'what would be changed' })
  changes!: readonly TypedChange[];
  @ApiProperty({ enum: ['running', 'done', 'cancelled', 'failed'] })
  state!: string;
  @ApiProperty()
  done!: number;
  @ApiProperty()
  total!: number;
  @ApiProperty({ type: Object, additionalProperties: true, nullable: true })
  result!: object | null;
}

const BRING =
  'the previewId you were given of exactly this change, on the plan as it is now, in the last 24 hours; without one: 422, with one of ' +
  'another plan: 409';

/** Answers of a request that is refused to who has not been shown what it would have done. */
export function NeedsPreview(): MethodDecorator {
  return applyDecorators(
    ApiUnprocessableEntityResponse({ description: 'you have not been shown what exactly this change would have done: preview it first' }),
    ApiConflictResponse({ description: 'the plan has changed since the preview, or it is too old or used: preview it anew' }),
  );
}

/** Field of a request: the preview of the change. */
export function PreviewId(): PropertyDecorator {
  return Whole(1, BIG_ID_MAX, BRING, { optional: true });
}

/** A request that needs nothing but the preview of the change. */
export class PreviewedDto {
  @PreviewId()
  previewId?: number;
}
