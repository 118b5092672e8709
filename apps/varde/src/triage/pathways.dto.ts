import { PROGRAMMES } from '@varde/plans';
import {
  OWNING_LEVELS,
  type CareLevel,
  type Cooperation,
  type Deadlines,
  type LadderStep,
  type Route,
  type StaircaseStep,
} from '@varde/routing';
import { SEVERITIES, type Severity } from '@varde/rules';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  Max,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { ID_MAX, Instant, MayBeLeftOut, Words } from './fields.js';
import { OpeningHoursDto } from './units.dto.js';

const CALLED = [...OWNING_LEVELS, 'responsible'] as const;
const MINUTES_MAX = 525_600;
/** More routes of one pathway than people can keep apart. */
const ROUTES_MAX = 200;
const STEPS = [1, 2, 3, 4, 5, 6] as const;

/** For whom and when a route is meant. */
export class RouteConditionDto {
  @ApiPropertyOptional({ type: [Number], description: 'organisations: the municipality where the patient lives is one of them' })
  @MayBeLeftOut()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayUnique()
  @IsInt({ each: true })
  municipalityIds?: number[];

  @ApiPropertyOptional({ enum: PROGRAMMES, isArray: true, description: 'one of these runs' })
  @MayBeLeftOut()
  @ArrayNotEmpty()
  @IsIn(PROGRAMMES, { each: true })
  programmes?: string[];

  @ApiPropertyOptional({ enum: OWNING_LEVELS, isArray: true, description: 'the level that holds the responsibility for the treatment' })
  @MayBeLeftOut()
  @ArrayNotEmpty()
  @IsIn(OWNING_LEVELS, { each: true })
  responsibleLevels?: CareLevel[];

  @ApiPropertyOptional({ type: [OpeningHoursDto], description: 'in the zone of the patient' })
  @MayBeLeftOut()
  @IsArray()
  @ArrayNotEmpty()
  @ValidateNested({ each: true })
  @Type(() => OpeningHoursDto)
  hours?: OpeningHoursDto[];
}

/** One step of a ladder. */
export class LadderStepDto implements LadderStep {
  @ApiProperty({ description: 'minutes after the episode reached its severity' })
  @IsNumber()
  @Min(0)
  @Max(MINUTES_MAX)
  afterMin!: number;

  @ApiProperty({ description: 'minutes of opening hours of the owner; never for red and critical' })
  @IsBoolean()
  openingHoursClock!: boolean;

  @ApiProperty({ enum: CALLED })
  @IsIn(CALLED)
  careLevel!: LadderStep['careLevel'];

  @Words(1, 200, 'what happens, such as: worklist')
  to!: string;

  @ApiPropertyOptional({ description: 'due at the end of so many service days of the owner instead' })
  @MayBeLeftOut()
  @IsInt()
  @Min(1)
  @Max(10)
  serviceDays?: number;
}

/** One route. */
export class RouteDto implements Route {
  @ApiProperty({ enum: SEVERITIES })
  @IsIn(SEVERITIES)
  severity!: Severity;

  @ApiProperty({ type: RouteConditionDto, nullable: true, required: false, description: 'null: for everybody, always' })
  @ValidateIf((_, value: unknown) => value !== undefined && value !== null)
  @ValidateNested()
  @Type(() => RouteConditionDto)
  when?: RouteConditionDto | null;

  @ApiProperty({ enum: CALLED, isArray: true })
  @ArrayNotEmpty()
  @IsIn(CALLED, { each: true })
  first!: (CareLevel | 'responsible')[];

  @ApiProperty({ type: [LadderStepDto] })
  @IsArray()
  @ArrayMaxSize(20)
  @ValidateNested({ each: true })
  @Type(() => LadderStepDto)
  ladder!: LadderStepDto[];

  @ApiProperty({ type: Number, nullable: true, description: 'null: with the shift' })
  @ValidateIf((_, value: unknown) => value !== null)
  @IsInt()
  @Min(1)
  @Max(MINUTES_MAX)
  acknowledgementMin!: number | null;

  @ApiPropertyOptional({ description: 'with nobody staffed, emergency advice to the patient is an agreed end; otherwise it is a hole' })
  @MayBeLeftOut()
  @IsBoolean()
  endsWithAdvice?: boolean;
}

/** The step of the staircase on which two organisations stand. */
export class CooperationDto implements Cooperation {
  @ApiProperty({ type: [Number], description: 'two organisations, the lower id first' })
  @IsArray()
  @ArrayMaxSize(2)
  @IsInt({ each: true })
  organisationIds!: [number, number];

  @ApiProperty({ enum: STEPS })
  @IsIn(STEPS)
  step!: StaircaseStep;

  @ApiProperty({ enum: PROGRAMMES, nullable: true, description: 'the field of step 5' })
  @ValidateIf((_, value: unknown) => value !== null)
  @IsIn(PROGRAMMES)
  programme!: string | null;
}

/** Minutes by severity. */
export class MinutesBySeverityDto implements Record<Severity, number> {
  @ApiProperty()
  @IsInt()
  info!: number;
  @ApiProperty()
  @IsInt()
  yellow!: number;
  @ApiProperty()
  @IsInt()
  red!: number;
  @ApiProperty()
  @IsInt()
  critical!: number;
}

/** How long another unit has to answer. */
export class DeadlinesDto implements Deadlines {
  @ApiProperty({ type: MinutesBySeverityDto })
  @ValidateNested()
  @Type(() => MinutesBySeverityDto)
  handoverMin!: MinutesBySeverityDto;

  @ApiProperty({ type: MinutesBySeverityDto })
  @ValidateNested()
  @Type(() => MinutesBySeverityDto)
  consultationMin!: MinutesBySeverityDto;
}

/** A pathway, or its next version. */
export class NewPathwayDto {
  @ApiPropertyOptional({ description: 'the pathway of which it is the next version; left out: a new pathway' })
  @MayBeLeftOut()
  @IsInt()
  @Max(ID_MAX)
  pathwayId?: number;

  @ApiPropertyOptional({ description: 'the version it was written from: refused when there is a newer one' })
  @MayBeLeftOut()
  @IsInt()
  seenVersion?: number;

  @Words(1, 200, 'what it is called')
  name!: string;

  @ApiProperty({ type: [RouteDto], description: 'of each severity the first whose condition holds is taken' })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(ROUTES_MAX)
  @ValidateNested({ each: true })
  @Type(() => RouteDto)
  routes!: RouteDto[];

  @ApiPropertyOptional({ type: [CooperationDto], description: 'pairs that are not named stand on step 1' })
  @MayBeLeftOut()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => CooperationDto)
  cooperations?: CooperationDto[];

  @ApiPropertyOptional({ type: DeadlinesDto })
  @MayBeLeftOut()
  @ValidateNested()
  @Type(() => DeadlinesDto)
  deadlines?: DeadlinesDto;

  @Instant('when it comes into force for new episodes; left out: now', true)
  inForceFrom?: Date;

  @Words(0, 2_000, 'why')
  reason?: string;
}

/** One thing to know of a pathway before it is saved. */
export class PathwayHoleDto {
  @ApiProperty({ description: 'it cannot be saved with this; otherwise a warning' })
  blocking!: boolean;
  @ApiProperty({ example: 'municipality Lyngnes, red, Sunday 02:00' })
  where!: string;
  @ApiProperty({ example: 'dho closed -> gp closed -> legevakt none -> nobody (130.5 hours of every week)' })
  problem!: string;
}

/** A version that was saved. */
export class SavedPathwayDto {
  @ApiProperty()
  id!: number;
  @ApiProperty()
  version!: number;
  @ApiProperty({ type: [PathwayHoleDto] })
  warnings!: readonly PathwayHoleDto[];
}

/** A kept version of a pathway. */
export class PathwayVersionDto {
  @ApiProperty()
  id!: number;
  @ApiProperty()
  version!: number;
  @ApiProperty()
  communityId!: number;
  @ApiProperty()
  name!: string;
  @ApiProperty({ type: [RouteDto] })
  routes!: readonly Route[];
  @ApiProperty({ type: [CooperationDto] })
  cooperations!: readonly Cooperation[];
  @ApiProperty({ type: DeadlinesDto })
  deadlines!: Deadlines;
  @ApiProperty()
  inForceFrom!: Date;
  @ApiProperty()
  reason!: string;
  @ApiProperty({ type: Number, nullable: true })
  savedByPersonId!: number | null;
  @ApiProperty({ type: Date, nullable: true })
  savedAt!: Date | null;
}
