import { ApiProperty } from '@nestjs/swagger';
import { DUTY_KINDS, type KeptDuty } from '@varde/store';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayNotEmpty, IsArray, IsBoolean, IsIn, IsInt, Matches, Max, Min, ValidateNested } from 'class-validator';
import { ID_MAX, Instant, Whole } from './fields.js';
import { OpeningHoursDto } from './units.dto.js';

/** `:id` of a unit and `:dutyId` of a row of its roster. */
export class DutyPath {
  @Whole(1, ID_MAX, 'id of the unit')
  id!: number;

  @Whole(1, ID_MAX, 'id of the duty')
  dutyId!: number;
}

/** Which part of a roster is asked for. */
export class DutyQuery {
  @Instant('from when; left out: now', true)
  from?: Date;

  @Instant('until when; left out: 28 days later', true)
  to?: Date;
}

/** One person's duty. */
export class NewDutyDto {
  @ApiProperty()
  @IsInt()
  @Min(1)
  @Max(ID_MAX)
  personId!: number;

  @ApiProperty({ enum: DUTY_KINDS, description: 'shift: while the unit is open; on_call: reachable at any hour' })
  @IsIn(DUTY_KINDS)
  kind!: KeptDuty['kind'];

  @Instant('when it begins')
  from!: Date;

  @Instant('when it ends, 31 days later at most')
  to!: Date;
}

/** Duty to put on a roster. */
export class NewDutiesDto {
  @ApiProperty({ type: [NewDutyDto] })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(1_000)
  @ValidateNested({ each: true })
  @Type(() => NewDutyDto)
  duty!: NewDutyDto[];
}

/** A line of a roster that repeats, by the unit's local time. */
export class WeeklyDutyDto extends OpeningHoursDto {
  @ApiProperty()
  @IsInt()
  @Min(1)
  @Max(ID_MAX)
  personId!: number;

  @ApiProperty({ enum: DUTY_KINDS })
  @IsIn(DUTY_KINDS)
  kind!: KeptDuty['kind'];

  @Whole(1, 53, '2: every other week', { default: 1 })
  everyWeeks: number = 1;
}

/** A roster that repeats week by week. */
export class WeeklyRosterDto {
  @ApiProperty({ type: [WeeklyDutyDto] })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(200)
  @ValidateNested({ each: true })
  @Type(() => WeeklyDutyDto)
  pattern!: WeeklyDutyDto[];

  @ApiProperty({ example: '2026-01-05', description: 'first day; its week is the first one' })
  @Matches(/^\d{4}-\d\d-\d\d$/)
  fromDay!: string;

  @Whole(1, 53, 'how many weeks')
  weeks!: number;
}

/** Whether a unit keeps a roster. */
export class RosterKeptDto {
  @ApiProperty({ description: 'true: somebody is there only when the roster says so; false: whenever the unit is open' })
  @IsBoolean()
  kept!: boolean;
}

/** What came of entering duty. */
export class DutyEnteredDto {
  @ApiProperty()
  entered!: number;
  @ApiProperty({ description: 'rows that were there already' })
  known!: number;
}

/** A row of a roster. */
export class DutyDto {
  @ApiProperty()
  id!: number;
  @ApiProperty()
  unitId!: number;
  @ApiProperty()
  personId!: number;
  @ApiProperty({ description: 'name' })
  person!: string;
  @ApiProperty({ enum: DUTY_KINDS })
  kind!: KeptDuty['kind'];
  @ApiProperty()
  from!: Date;
  @ApiProperty()
  to!: Date;
  @ApiProperty({ type: Number, nullable: true, description: 'null: from the command line' })
  enteredByPersonId!: number | null;
  @ApiProperty()
  enteredAt!: Date;
}
