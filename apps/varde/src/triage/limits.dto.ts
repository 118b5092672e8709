import { ApiProperty } from '@nestjs/swagger';
import { REFERENCE_KEYS, type ReferenceKey } from '@varde/plans';
import { SEVERITIES, type Severity, type Words as Sentence } from '@varde/rules';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsNumber, IsString, Max, MaxLength, Min, ValidateNested } from 'class-validator';
import { ID_MAX, IdPath, Instant, MayBeLeftOut, Whole, Words } from './fields.js';
import { PreviewId, ShownPreviewDto } from './previews.dto.js';
import { ProposalDto } from './proposals.dto.js';
import { WordsDto } from './worklist.dto.js';

/** Versions never come near this. */
const VERSION_MAX = 1_000_000;

/** Field of a request: the newest version its author saw. */
export function ExpectedVersion(): PropertyDecorator {
  return (target, name) => {
    ApiProperty({ description: 'the newest version you saw, 0 when there was none; another one there now is a conflict' })(target, name);
    for (const check of [IsInt(), Min(0), Max(VERSION_MAX)]) check(target, name);
  };
}

/** Path of one limit of a patient or unit. */
export class LimitPath extends IdPath {
  @Whole(1, ID_MAX, 'id of the limit')
  limitId!: number;
}

/** Path of one reference of a patient. */
export class ReferencePath extends IdPath {
  @Whole(1, ID_MAX, 'id of the reference')
  referenceId!: number;
}

/** The range a physician leaves to nurses. */
export class NurseRangeDto {
  @ApiProperty()
  @IsNumber()
  min!: number;

  @ApiProperty()
  @IsNumber()
  max!: number;
}

/** A default a unit wants. */
export class NewUnitLimitDto {
  @ApiProperty({ example: 'copd.spo2.below_target' })
  @IsString()
  @MaxLength(100)
  ruleId!: string;

  @ApiProperty({ example: 'target_low' })
  @IsString()
  @MaxLength(100)
  parameter!: string;

  @ApiProperty({ example: 86, description: 'in the unit the rule gives for the parameter' })
  @IsNumber()
  value!: number;

  @Words(1, 1_000, 'why, such as: habitual saturation 86-88 at rest')
  reason!: string;

  @ExpectedVersion()
  expectedVersion!: number;

  @Instant('now when left out', true)
  validFrom?: Date;

  @Instant('a limit with an end lies over the standing one, which comes back after it', true)
  validTo?: Date;

  @PreviewId()
  previewId?: number;
}

/** A personal limit to set. */
export class NewLimitDto extends NewUnitLimitDto {
  @ApiProperty({ type: NurseRangeDto, required: false, description: 'a physician: inside which nurses may move it; none when left out' })
  @MayBeLeftOut()
  @ValidateNested()
  @Type(() => NurseRangeDto)
  nurseRange?: NurseRangeDto;
}

/** A reference to record. */
export class NewReferenceDto {
  @ApiProperty({ enum: REFERENCE_KEYS })
  @IsIn(REFERENCE_KEYS)
  key!: ReferenceKey;

  @ApiProperty({ example: 72.5, description: 'a number in its canonical unit; a decision is 1 (yes) or 0 (no)' })
  @IsNumber()
  value!: number;

  @Words(1, 1_000, 'why, such as: weighed at the clinic after treatment')
  reason!: string;

  @ExpectedVersion()
  expectedVersion!: number;

  @Instant('now when left out', true)
  validFrom?: Date;

  @Instant('until it is replaced when left out', true)
  validTo?: Date;

  @Instant('when a clinician must look at it again; a task is raised then', true)
  reviewBy?: Date;

  @PreviewId()
  previewId?: number;
}

/** One version of something with a reason and an owner. */
export class VersionDto {
  @ApiProperty()
  id!: number;
  @ApiProperty()
  reason!: string;
  @ApiProperty()
  setByPersonId!: number;
  @ApiProperty()
  validFrom!: Date;
  @ApiProperty({ type: Date, nullable: true })
  validTo!: Date | null;
  @ApiProperty()
  version!: number;
}

/** One version of a value. */
export class ValueVersionDto extends VersionDto {
  @ApiProperty()
  value!: number;
}

/** One version of a personal limit. */
export class LimitDto extends ValueVersionDto {
  @ApiProperty()
  ruleId!: string;
  @ApiProperty()
  parameter!: string;
  @ApiProperty()
  setAt!: Date;
  @ApiProperty({ type: String, required: false })
  setByName?: string;
  @ApiProperty({ type: Number, nullable: true, required: false, description: 'the second clinician, past the safety floor' })
  approvedByPersonId?: number | null;
  @ApiProperty({ type: Number, nullable: true, required: false, description: 'who ended it before its time' })
  endedByPersonId?: number | null;
  @ApiProperty({ type: NurseRangeDto, nullable: true, required: false })
  nurseRange?: { readonly min: number; readonly max: number } | null;
}

/** One version of a personal limit, with what was shown before it was set and before it was ended. */
export class KeptLimitDto extends LimitDto {
  @ApiProperty({ type: ShownPreviewDto, nullable: true, description: 'null: before previews were kept' })
  shown!: ShownPreviewDto | null;
  @ApiProperty({ type: ShownPreviewDto, nullable: true })
  shownAtEnd!: ShownPreviewDto | null;
}

/** One version of a reference. */
export class ReferenceDto extends ValueVersionDto {
  @ApiProperty({ enum: REFERENCE_KEYS })
  key!: ReferenceKey;
  @ApiProperty({ type: String, required: false })
  setByName?: string;
  @ApiProperty({ type: Date, nullable: true })
  reviewBy!: Date | null;
  @ApiProperty({ type: ShownPreviewDto, nullable: true, description: 'null: before previews were kept' })
  shown!: ShownPreviewDto | null;
  @ApiProperty({ type: ShownPreviewDto, nullable: true })
  shownAtEnd!: ShownPreviewDto | null;
}

/** What came of a change of a limit. */
export class LimitChangedDto {
  @ApiProperty({ type: LimitDto, nullable: true, description: 'null: it waits for a second clinician' })
  limit!: LimitDto | null;
  @ApiProperty({ type: ProposalDto, nullable: true })
  proposal!: ProposalDto | null;
}

/** A limit somebody set that could apply. */
export class LimitCandidateDto {
  @ApiProperty()
  value!: number;
  @ApiProperty({ enum: ['unit', 'personal'] })
  source!: 'unit' | 'personal';
  @ApiProperty()
  version!: number;
  @ApiProperty({ description: 'the person of a personal limit, the unit of a unit' })
  ownerId!: number;
  @ApiProperty({ type: String, nullable: true })
  ownerName!: string | null;
  @ApiProperty()
  reason!: string;
  @ApiProperty()
  validFrom!: Date;
  @ApiProperty({ type: Date, nullable: true })
  validTo!: Date | null;
  @ApiProperty({ type: String, nullable: true, description: 'a reference, or the limit of another rule, it was taken from' })
  takenFrom!: string | null;
}

/** One parameter with what applies, whose it is, and what may be set. */
export class EffectiveParameterDto {
  @ApiProperty()
  parameter!: string;
  @ApiProperty()
  value!: number;
  @ApiProperty()
  unit!: string;
  @ApiProperty({ enum: ['catalogue', 'unit', 'personal'] })
  source!: 'catalogue' | 'unit' | 'personal';
  @ApiProperty()
  version!: number;
  @ApiProperty({ type: LimitCandidateDto, nullable: true, description: 'null: the default of the catalogue' })
  chosen!: LimitCandidateDto | null;
  @ApiProperty({ type: [LimitCandidateDto], description: 'when several of the same rank differ: all of them, the more protective first' })
  differing!: readonly LimitCandidateDto[];
  @ApiProperty({ type: String, nullable: true, description: 'the row of the conflict table that settled it; "conflict left" is a task' })
  settledBy!: string | null;
  @ApiProperty()
  default!: number;
  @ApiProperty()
  min!: number;
  @ApiProperty()
  max!: number;
  @ApiProperty({ type: Number, nullable: true })
  safetyFloor!: number | null;
}

/** One rule as it stands for a patient. */
export class EffectiveRuleDto {
  @ApiProperty()
  ruleId!: string;
  @ApiProperty({ type: WordsDto })
  title!: Sentence;
  @ApiProperty({ enum: SEVERITIES, enumName: 'Severity' })
  severity!: Severity;
  @ApiProperty({ description: 'false: switched off, or resting' })
  isOn!: boolean;
  @ApiProperty({ type: [String] })
  whoMayChange!: readonly string[];
  @ApiProperty({ type: [EffectiveParameterDto] })
  parameters!: readonly EffectiveParameterDto[];
}
