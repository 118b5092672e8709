import { ApiProperty } from '@nestjs/swagger';
import type { ReviewDate } from '@varde/plans';
import { Matches } from 'class-validator';
import { ID_MAX, IdPath, Whole, Words } from './fields.js';
import { ExpectedVersion, VersionDto } from './limits.dto.js';

/** Path of one date of a review. */
export class ReviewDatePath extends IdPath {
  @Whole(1, ID_MAX, 'id of the version')
  reviewDateId!: number;
}

/** When the plan is gone through with the patient next. */
export class NewReviewDateDto {
  @ApiProperty({
    example: '2026-03-10',
    description: 'a day at the home; with hypertension the pressure is measured every day of the week before it',
  })
  @Matches(/^\d{4}-\d\d-\d\d$/)
  reviewOn!: string;

  @Words(1, 1_000, 'why, such as: three months after the new treatment')
  reason!: string;

  @ExpectedVersion()
  expectedVersion!: number;
}

/** One version of the date of the next review. */
export class ReviewDateDto extends VersionDto implements ReviewDate {
  @ApiProperty({ example: '2026-03-10' })
  reviewOn!: string;
  @ApiProperty({ type: String, required: false })
  setByName?: string;
}
