import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { PREVIEW_DAYS } from '@varde/look';
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
import { COHORT_MAX } from '../preview-jobs.js';
import { PREVIEW_DAYS_MIN } from '../preview-question.js';
import { CHANGE_KINDS, type TypedChange } from '../proposed.js';
import { ID_MAX, MayBeLeftOut } from './fields.js';

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
