import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { UNIT_CARE_LEVELS } from '@varde/store';
import { Type } from 'class-transformer';
import {
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

/** An organisation to add. */
export class NewOrganisationDto {
  @ApiProperty()
  @IsInt()
  @Max(ID_MAX)
  communityId!: number;

  @Words(1, 200, 'such as: Testvik municipality')
  name!: string;
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
  @ApiProperty()
  organisationId!: number;
  @ApiProperty()
  organisation!: string;
  @ApiProperty()
  communityId!: number;
  @ApiProperty({ type: String, nullable: true })
  webhookUrl!: string | null;
}
