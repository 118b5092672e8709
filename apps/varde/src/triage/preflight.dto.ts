import { ApiProperty } from '@nestjs/swagger';
import type { HoleProblem, HoleStep } from '@varde/routing';
import { SEVERITIES, type Severity, type Words } from '@varde/rules';
import type { PreflightHole } from '@varde/store';
import { ID_MAX, Whole } from './fields.js';
import { WordsDto } from './worklist.dto.js';

const PROBLEMS: readonly HoleProblem[] = ['nobody_on_duty', 'untested_contact', 'closed_level', 'empty_unit', 'no_unit'];

/** Which holes. */
export class PreflightQuery {
  @Whole(1, ID_MAX, 'only of this unit', { optional: true })
  unit?: number;

  @Whole(1, ID_MAX, 'only those that concern this patient', { optional: true })
  patient?: number;
}

/** A step of a ladder. */
export class HoleStepDto implements HoleStep {
  @ApiProperty({ enum: SEVERITIES, enumName: 'Severity' })
  severity!: Severity;
  @ApiProperty({ description: 'from 1' })
  number!: number;
  @ApiProperty({ description: 'how many steps the ladder has' })
  of!: number;
  @ApiProperty({ example: 'all dho staff on duty' })
  name!: string;
}

/** A patient whose chain has a hole. */
export class HolePatientDto {
  @ApiProperty()
  id!: number;
  @ApiProperty()
  name!: string;
}

/** A stretch of time in which steps of chains find nobody. */
export class HoleDto implements PreflightHole {
  @ApiProperty({ description: 'whose team lead must see to it' })
  leadUnitId!: number;
  @ApiProperty()
  leadUnit!: string;
  @ApiProperty({ type: Number, nullable: true, description: 'the unit that has the hole; null: the team has none at the level' })
  unitId!: number | null;
  @ApiProperty({ type: String, nullable: true })
  unit!: string | null;
  @ApiProperty({ example: 'dho' })
  careLevel!: PreflightHole['careLevel'];
  @ApiProperty({ enum: PROBLEMS })
  problem!: HoleProblem;
  @ApiProperty({ type: WordsDto })
  problemWords!: Words;
  @ApiProperty()
  fromAt!: Date;
  @ApiProperty()
  toAt!: Date;
  @ApiProperty({ type: WordsDto, description: 'the exact hours, by local time, and steps' })
  when!: Words;
  @ApiProperty({ type: [HoleStepDto] })
  steps!: HoleStepDto[];
  @ApiProperty({ example: 'Europe/Oslo' })
  zone!: string;
  @ApiProperty()
  foundAt!: Date;
  @ApiProperty({ description: 'how many patients it concerns' })
  patientCount!: number;
  @ApiProperty({ type: [HolePatientDto], description: 'those of them you may see' })
  patients!: HolePatientDto[];
}

/** What was found. */
export class PreflightDto {
  @ApiProperty({ type: Date, nullable: true, description: 'when chains were walked last; null: never' })
  walkedAt!: Date | null;
  @ApiProperty({ type: [HoleDto] })
  holes!: HoleDto[];
}
