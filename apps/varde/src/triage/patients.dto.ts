import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { PROGRAMMES, type Planned, type Programme } from '@varde/plans';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { ID_MAX, IdPath, Instant, MayBeLeftOut, Words } from './fields.js';
import { EpisodeDto } from './story.dto.js';
import { PreviewId } from './previews.dto.js';

/** A patient to follow. */
export class NewPatientDto {
  @ApiProperty()
  @IsInt()
  @Max(ID_MAX)
  communityId!: number;

  @Words(1, 200, 'name of the patient')
  name!: string;

  @ApiPropertyOptional()
  @MayBeLeftOut()
  @IsInt()
  birthYear?: number;

  @ApiPropertyOptional({ default: 'Europe/Oslo', description: 'time zone of the home' })
  @MayBeLeftOut()
  @IsString()
  zone?: string;

  @ApiProperty({ type: [Number], description: 'the team: units that problems can go to; at least one of yours' })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayUnique()
  @IsInt({ each: true })
  @Max(ID_MAX, { each: true })
  unitIds!: number[];

  @ApiPropertyOptional({ description: 'the municipality where the patient lives; left out: not known' })
  @MayBeLeftOut()
  @IsInt()
  @Max(ID_MAX)
  municipalityId?: number;

  @ApiPropertyOptional({ description: 'the unit of the team that holds the responsibility for the treatment; left out: the GP does' })
  @MayBeLeftOut()
  @IsInt()
  @Max(ID_MAX)
  responsibleUnitId?: number;

  @ApiProperty({ enum: PROGRAMMES, isArray: true, description: 'what a physician starts at once; none from anybody else' })
  @IsArray()
  @ArrayUnique()
  @IsIn(PROGRAMMES, { each: true })
  programmes!: Programme[];
}

/** Who answers for a patient. */
export class ResponsibilityDto {
  @ApiProperty({ type: Number, nullable: true, description: 'the municipality where the patient lives; null: not known' })
  @ValidateIf((_, value: unknown) => value !== null)
  @IsInt()
  @Max(ID_MAX)
  municipalityId!: number | null;

  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'the unit of the team that holds the responsibility for the treatment; null: the GP',
  })
  @ValidateIf((_, value: unknown) => value !== null)
  @IsInt()
  @Max(ID_MAX)
  responsibleUnitId!: number | null;
}

/** A new team. */
export class TeamDto {
  @ApiProperty({ type: [Number] })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayUnique()
  @IsInt({ each: true })
  @Max(ID_MAX, { each: true })
  unitIds!: number[];
}

/** Where a patient moves, and who follows them there. */
export class MovingDto extends TeamDto {
  @ApiProperty({ description: 'the municipality where the patient lives from now on' })
  @IsInt()
  @Min(1)
  @Max(ID_MAX)
  municipalityId!: number;

  @ApiPropertyOptional({ description: 'the unit of the new team that holds the responsibility for the treatment; left out: the GP does' })
  @MayBeLeftOut()
  @IsInt()
  @Min(1)
  @Max(ID_MAX)
  responsibleUnitId?: number;

  @Words(1, 1_000, 'why')
  reason!: string;
}

/** What became of the open episodes of a patient who moved. */
export class MovedDto {
  @ApiProperty({ type: [EpisodeDto] })
  episodes!: readonly EpisodeDto[];
}

/** Path of one programme of a patient. */
export class EnrolmentPath extends IdPath {
  @ApiProperty({ enum: PROGRAMMES })
  @IsIn(PROGRAMMES)
  programme!: Programme;
}

/** A programme to start. */
export class EnrolmentDto {
  @ApiProperty({ enum: PROGRAMMES })
  @IsIn(PROGRAMMES)
  programme!: Programme;

  @PreviewId()
  previewId?: number;
}

/** A time of day the patient agrees to measure at. */
export class AgreedTimeDto {
  @ApiProperty({ example: 'spo2', description: 'a metric, or `questionnaire:` and the code of a questionnaire' })
  @IsString()
  @MaxLength(60)
  metric!: Planned;

  @ApiProperty({ example: '09:00', description: 'local time at home' })
  @Matches(/^\d\d:\d\d$/)
  atLocal!: string;

  @ApiProperty({ type: [Number], example: [1, 4], description: '1 Monday to 7 Sunday' })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayUnique()
  @IsInt({ each: true })
  @Min(1, { each: true })
  @Max(7, { each: true })
  weekdays!: number[];

  @ApiPropertyOptional({ default: false, description: 'only for as long as an episode is open that is yellow or worse and not all clear' })
  @MayBeLeftOut()
  @IsBoolean()
  onlyInEpisode?: boolean;

  @Instant('at once when left out or passed', true)
  from?: Date;

  @Instant('left out: until somebody changes it', true)
  to?: Date;
}

/** When something is measured, and whether always. */
export class WeeklyTimeDto {
  @ApiProperty({ type: String, example: 'spo2', description: 'a metric, or `questionnaire:` and the code of a questionnaire' })
  metric!: Planned;
  @ApiProperty({ example: '09:00', description: 'local time at home' })
  atLocal!: string;
  @ApiProperty({ type: [Number], description: '1 Monday to 7 Sunday' })
  weekdays!: readonly number[];
  @ApiProperty({ description: 'only for as long as an episode is open that is yellow or worse and not all clear' })
  onlyInEpisode!: boolean;
}

/** A line of the schedule as it is stored. */
export class StoredTimeDto extends WeeklyTimeDto {
  @ApiProperty()
  from!: Date;
  @ApiPropertyOptional({ description: 'when it ends by itself; left out: it does not' })
  to?: Date;
}

/** What is stored of a schedule, in the form in which it is replaced. */
export class StoredScheduleDto {
  @ApiProperty({ type: [StoredTimeDto] })
  times!: readonly StoredTimeDto[];
}

/** A new schedule. */
export class ScheduleDto {
  @ApiProperty({ type: [AgreedTimeDto] })
  @IsArray()
  @ArrayMaxSize(50)
  @ValidateNested({ each: true })
  @Type(() => AgreedTimeDto)
  times!: AgreedTimeDto[];
}
