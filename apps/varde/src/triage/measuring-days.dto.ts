import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { MeasuringDays } from '@varde/plans';
import { ArrayNotEmpty, ArrayUnique, IsArray, IsInt, Max, Min } from 'class-validator';
import { ID_MAX, IdPath, Instant, MayBeLeftOut, Whole, Words } from './fields.js';
import { ExpectedVersion, VersionDto } from './limits.dto.js';

/** Path of one version of how often a patient has agreed to measure. */
export class MeasuringDaysPath extends IdPath {
  @Whole(1, ID_MAX, 'id of the version')
  measuringDaysId!: number;
}

/** How often a patient agrees to measure. */
export class NewMeasuringDaysDto {
  @ApiPropertyOptional({ type: [Number], example: [1, 4], description: '1 Monday to 7 Sunday; either these or `daysAWeek`' })
  @MayBeLeftOut()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayUnique()
  @IsInt({ each: true })
  @Min(1, { each: true })
  @Max(7, { each: true })
  weekdays?: number[];

  @Whole(1, 7, 'on how many days a week; which ones follows from what is planned', { optional: true })
  daysAWeek?: number;

  @Words(1, 1_000, 'what was agreed and why, such as: works early on weekdays')
  reason!: string;

  @ExpectedVersion()
  expectedVersion!: number;

  @Instant('now when left out', true)
  validFrom?: Date;

  @Instant('one with an end, such as a week before a review, lies over the standing one, which comes back after it', true)
  validTo?: Date;
}

/** One version of how often a patient has agreed to measure. */
export class MeasuringDaysDto extends VersionDto implements MeasuringDays {
  @ApiProperty({ type: [Number], nullable: true, description: '1 Monday to 7 Sunday' })
  weekdays!: readonly number[] | null;
  @ApiProperty({ type: Number, nullable: true })
  daysAWeek!: number | null;
  @ApiProperty({ type: String, required: false, description: 'who agreed it with the patient' })
  setByName?: string;
}
