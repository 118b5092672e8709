import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, IsString, MaxLength } from 'class-validator';
import { Instant, Words } from './fields.js';
import { ExpectedVersion, ValueVersionDto, VersionDto } from './limits.dto.js';
import { PreviewId, ShownPreviewDto } from './previews.dto.js';
import { ProposalDto } from './proposals.dto.js';

/** A rule a unit wants to run, or not. */
export class NewRuleSwitchDto {
  @ApiProperty({ example: 'copd.exact.event' })
  @IsString()
  @MaxLength(100)
  ruleId!: string;

  @ApiProperty()
  @IsBoolean()
  enabled!: boolean;

  @Words(1, 1_000, 'why')
  reason!: string;

  @ExpectedVersion()
  expectedVersion!: number;

  @Instant('now when left out', true)
  validFrom?: Date;

  @Instant('until it is changed when left out', true)
  validTo?: Date;

  @PreviewId()
  previewId?: number;
}

/** One version of a unit's default. */
export class UnitLimitDto extends ValueVersionDto {
  @ApiProperty()
  unitId!: number;
  @ApiProperty()
  ruleId!: string;
  @ApiProperty()
  parameter!: string;
}

/** One version of a unit's switch of a rule. */
export class RuleSwitchDto extends VersionDto {
  @ApiProperty()
  unitId!: number;
  @ApiProperty()
  ruleId!: string;
  @ApiProperty()
  enabled!: boolean;
}

/** One version of a unit's default, with what was shown before it was set and before it was ended. */
export class KeptUnitLimitDto extends UnitLimitDto {
  @ApiProperty({ type: ShownPreviewDto, nullable: true, description: 'null: before previews were kept' })
  shown!: ShownPreviewDto | null;
  @ApiProperty({ type: ShownPreviewDto, nullable: true })
  shownAtEnd!: ShownPreviewDto | null;
}

/** One version of a unit's switch of a rule, with what was shown before it. */
export class KeptRuleSwitchDto extends RuleSwitchDto {
  @ApiProperty({ type: ShownPreviewDto, nullable: true, description: 'null: before previews were kept' })
  shown!: ShownPreviewDto | null;
}

/** Everything a unit has set, every version. */
export class UnitRulesDto {
  @ApiProperty({ type: [KeptUnitLimitDto] })
  limits!: readonly KeptUnitLimitDto[];
  @ApiProperty({ type: [KeptRuleSwitchDto] })
  switches!: readonly KeptRuleSwitchDto[];
}

/** What came of a change of a unit's default. */
export class UnitLimitChangedDto {
  @ApiProperty({ type: UnitLimitDto, nullable: true })
  limit!: UnitLimitDto | null;
  @ApiProperty({ type: ProposalDto, nullable: true })
  proposal!: ProposalDto | null;
}

/** What came of switching a rule. */
export class RuleSwitchChangedDto {
  @ApiProperty({ type: RuleSwitchDto, nullable: true })
  ruleSwitch!: RuleSwitchDto | null;
  @ApiProperty({ type: ProposalDto, nullable: true })
  proposal!: ProposalDto | null;
}
