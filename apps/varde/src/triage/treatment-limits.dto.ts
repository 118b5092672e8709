import { ApiProperty } from '@nestjs/swagger';
import { TREATMENT_LIMITS_FROM, type TreatmentLimits, type TreatmentLimitsFrom } from '@varde/plans';
import { IsIn } from 'class-validator';
import { ID_MAX, IdPath, Instant, Whole, Words } from './fields.js';
import { ExpectedVersion, VersionDto } from './limits.dto.js';

/** Path of one version of a patient's treatment limits. */
export class TreatmentLimitsPath extends IdPath {
  @Whole(1, ID_MAX, 'id of the version')
  treatmentLimitsId!: number;
}

/** What a physician decides of who has what is grave of a patient. */
export class NewTreatmentLimitsDto {
  @ApiProperty({ enum: TREATMENT_LIMITS_FROM, description: 'what is as grave as this, and graver' })
  @IsIn(TREATMENT_LIMITS_FROM)
  fromSeverity!: TreatmentLimitsFrom;

  @Whole(1, ID_MAX, 'the unit of the team that has it in place of the pathway; while it is not staffed the pathway is followed')
  unitId!: number;

  @Words(1, 1_000, 'what is and is not to be done, for whoever acts, such as: no admission, relief of symptoms at home')
  decision!: string;

  @Words(1, 200, 'whom to call there: a name, a telephone number')
  contact!: string;

  @Words(1, 1_000, 'why, and with whom it was talked through')
  reason!: string;

  @Instant('when a physician looks at it again, within a year; past it the limits are outdated and still followed')
  reviewBy!: Date;

  @Instant('now when left out', true)
  validFrom?: Date;

  @Instant('limits with an end lie over the standing ones, which come back after it; else the pathway does', true)
  validTo?: Date;

  @ExpectedVersion()
  expectedVersion!: number;
}

/** One version of a patient's treatment limits. */
export class TreatmentLimitsDto extends VersionDto implements TreatmentLimits {
  @ApiProperty({ enum: TREATMENT_LIMITS_FROM })
  fromSeverity!: TreatmentLimitsFrom;
  @ApiProperty()
  unitId!: number;
  @ApiProperty()
  unitName!: string;
  @ApiProperty()
  decision!: string;
  @ApiProperty()
  contact!: string;
  @ApiProperty()
  setByName!: string;
  @ApiProperty()
  reviewBy!: Date;
  @ApiProperty({ type: Number, nullable: true, description: 'who ended it before its time' })
  endedByPersonId!: number | null;
}
