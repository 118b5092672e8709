import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { HOLIDAY_RULES, ORGANISATION_KINDS, UNIT_CARE_LEVELS, type KeptUnit, type OrganisationKind } from '@varde/store';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';
import { ID_MAX, Words, MayBeLeftOut } from './fields.js';

/** A care level that has units. */
type UnitCareLevel = (typeof UNIT_CARE_LEVELS)[number];

/** Open from `from` to `to` on these weekdays. */
export class OpeningHoursDto {
  @ApiProperty({ type: [Number], example: [1, 2, 3, 4, 5], description: '1 Monday to 7 Sunday' })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayUnique()
  @IsInt({ each: true })
  @Min(1, { each: true })
  @Max(7, { each: true })
  weekdays!: number[];

  @ApiProperty({ example: '08:00' })
  @Matches(/^\d\d:\d\d$/)
  from!: string;

  @ApiProperty({ example: '15:30', description: 'at or before `from`: on the next day; 24:00 is midnight' })
  @Matches(/^\d\d:\d\d$/)
  to!: string;
}

/** New opening hours of a unit. */
export class OpeningHoursChangeDto {
  @ApiProperty({ type: [OpeningHoursDto] })
  @IsArray()
  @ArrayNotEmpty()
  @ValidateNested({ each: true })
  @Type(() => OpeningHoursDto)
  openingHours!: OpeningHoursDto[];
}

/** Open from `from` to `to` on a day of its own. */
export class DayHoursDto {
  @ApiProperty({ example: '08:00' })
  @Matches(/^\d\d:\d\d$/)
  from!: string;

  @ApiProperty({ example: '14:00' })
  @Matches(/^\d\d:\d\d$/)
  to!: string;
}

/** One day that is not like its weekday. */
export class SpecialDayDto {
  @ApiProperty({ example: '2026-12-24' })
  @Matches(/^\d{4}-\d\d-\d\d$/)
  day!: string;

  @ApiProperty({ type: [DayHoursDto], description: 'none: closed' })
  @IsArray()
  @ArrayMaxSize(10)
  @ValidateNested({ each: true })
  @Type(() => DayHoursDto)
  hours!: DayHoursDto[];
}

/** What a unit does on days that are not like their weekday. */
export class HolidaysDto {
  @ApiProperty({ enum: HOLIDAY_RULES, description: 'on public holidays; a special day comes before it' })
  @IsIn(HOLIDAY_RULES)
  onHolidays!: KeptUnit['onHolidays'];

  @ApiProperty({ type: [SpecialDayDto] })
  @IsArray()
  @ArrayMaxSize(200)
  @ValidateNested({ each: true })
  @Type(() => SpecialDayDto)
  specialDays!: SpecialDayDto[];
}

/** What a unit does for people. */
export class ServicesDto {
  @ApiProperty({ type: [String], example: ['COPD home follow-up'] })
  @IsArray()
  @ArrayMaxSize(50)
  @IsString({ each: true })
  @MaxLength(200, { each: true })
  services!: string[];
}

/** Where a unit's notices are posted. */
export class WebhookDto {
  @ApiProperty({ example: 'https://example.org/notices' })
  @IsString()
  @MaxLength(2_000)
  url!: string;

  @ApiProperty({ description: 'key the bodies are signed with, at least 32 characters; never shown again' })
  @IsString()
  @MinLength(32)
  @MaxLength(200)
  secret!: string;
}

/** A unit to add. */
export class NewUnitDto extends OpeningHoursChangeDto {
  @ApiProperty()
  @IsInt()
  @Max(ID_MAX)
  organisationId!: number;

  @Words(1, 200, 'such as: Follow-up service')
  name!: string;

  @ApiProperty({ enum: UNIT_CARE_LEVELS })
  @IsIn(UNIT_CARE_LEVELS)
  careLevel!: UnitCareLevel;

  @ApiProperty({ example: 'Europe/Oslo', description: 'time zone of the opening hours' })
  @IsString()
  zone!: string;

  @ApiPropertyOptional({ type: WebhookDto })
  @MayBeLeftOut()
  @ValidateNested()
  @Type(() => WebhookDto)
  webhook?: WebhookDto;
}

/** What an organisation is. */
export class OrganisationKindDto {
  @ApiProperty({ enum: ORGANISATION_KINDS })
  @IsIn(ORGANISATION_KINDS)
  kind!: OrganisationKind;
}

/** An organisation to add. */
export class NewOrganisationDto {
  @ApiProperty()
  @IsInt()
  @Max(ID_MAX)
  communityId!: number;

  @Words(1, 200, 'such as: Testvik municipality')
  name!: string;

  @ApiPropertyOptional({ enum: ORGANISATION_KINDS, default: 'other' })
  @MayBeLeftOut()
  @IsIn(ORGANISATION_KINDS)
  kind?: OrganisationKind;
}

/** A community to found. */
export class NewCommunityDto {
  @ApiProperty({ example: 'testfjord', description: 'segment of every topic of its devices' })
  @IsString()
  @MaxLength(64)
  code!: string;

  @Words(1, 200, 'such as: Testfjord health community')
  name!: string;
}

/** One line of the list of communities. */
export class CommunityDto extends NewCommunityDto {
  @ApiProperty()
  id!: number;
}

/** One line of the list of organisations. */
export class OrganisationDto extends NewOrganisationDto {
  @ApiProperty()
  id!: number;
}

/** One line of the list of units. */
export class UnitDto {
  @ApiProperty()
  id!: number;
  @ApiProperty()
  name!: string;
  @ApiProperty({ enum: UNIT_CARE_LEVELS })
  careLevel!: string;
  @ApiProperty()
  zone!: string;
  @ApiProperty({ type: [OpeningHoursDto] })
  openingHours!: readonly { readonly weekdays: readonly number[]; readonly from: string; readonly to: string }[];
  @ApiProperty({ enum: HOLIDAY_RULES })
  onHolidays!: KeptUnit['onHolidays'];
  @ApiProperty({ type: [SpecialDayDto] })
  specialDays!: KeptUnit['specialDays'];
  @ApiProperty({ type: [String] })
  services!: readonly string[];
  @ApiProperty({ description: 'false: somebody is there whenever it is open' })
  rosterKept!: boolean;
  @ApiProperty({ description: 'its home' })
  organisationId!: number;
  @ApiProperty({ type: [Number], description: 'all organisations that own it' })
  organisationIds!: readonly number[];
  @ApiProperty()
  organisation!: string;
  @ApiProperty()
  communityId!: number;
  @ApiProperty({ type: String, nullable: true })
  webhookUrl!: string | null;
}
