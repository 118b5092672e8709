import { ApiProperty } from '@nestjs/swagger';
import { PLAN_TEXT_KEYS, type PlanText, type PlanTextKey } from '@varde/plans';
import { IsIn } from 'class-validator';
import { ID_MAX, IdPath, Instant, Whole, Words } from './fields.js';
import { ExpectedVersion, VersionDto } from './limits.dto.js';
import { WordsDto } from './worklist.dto.js';

/** Path of one version of the words agreed with a patient. */
export class PlanTextPath extends IdPath {
  @Whole(1, ID_MAX, 'id of the version')
  textId!: number;
}

/** Words agreed with the patient. */
export class NewPlanTextDto {
  @ApiProperty({ enum: PLAN_TEXT_KEYS, description: 'a step of the self-treatment plan, or a call for help' })
  @IsIn(PLAN_TEXT_KEYS)
  key!: PlanTextKey;

  @Words(1, 400, 'what the patient is shown in Norwegian')
  nb!: string;

  @Words(1, 400, 'the same in English')
  en!: string;

  @Words(1, 1_000, 'why, such as: agreed with the patient and the GP')
  reason!: string;

  @ExpectedVersion()
  expectedVersion!: number;

  @Instant('now when left out', true)
  validFrom?: Date;

  @Instant('until they are replaced when left out', true)
  validTo?: Date;
}

/** One version of words agreed with the patient. */
export class PlanTextDto extends VersionDto implements PlanText {
  @ApiProperty({ enum: PLAN_TEXT_KEYS })
  key!: PlanTextKey;
  @ApiProperty({ type: WordsDto })
  text!: WordsDto;
  @ApiProperty({ type: String, required: false })
  setByName?: string;
}
