import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, IsString, MaxLength } from 'class-validator';
import { Instant, Words } from './fields.js';
import { ExpectedVersion, ValueVersionDto, VersionDto } from './limits.dto.js';
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

/** Everything a unit has set, every version. */
export class UnitRulesDto {
  @ApiProperty({ type: [UnitLimitDto] })
  limits!: readonly UnitLimitDto[];
  @ApiProperty({ type: [RuleSwitchDto] })
  switches!: readonly RuleSwitchDto[];
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
