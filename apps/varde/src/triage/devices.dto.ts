import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { DEVICE_KINDS, type DeviceKind } from '@varde/store';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayNotEmpty, IsArray, IsBoolean, IsIn, IsInt, IsString, Max, MaxLength, Min } from 'class-validator';
import { ID_MAX, Instant, Words, MayBeLeftOut } from './fields.js';

/** A device to register. */
export class NewDeviceDto {
  @ApiProperty()
  @IsInt()
  @Max(ID_MAX)
  communityId!: number;

  @ApiProperty({ example: '00:1A:7D:DA:71:13', description: 'EUI-64, MAC or serial as printed on it' })
  @IsString()
  @MaxLength(64)
  name!: string;

  @ApiProperty({ enum: DEVICE_KINDS })
  @IsIn(DEVICE_KINDS)
  kind!: DeviceKind;

  @ApiPropertyOptional({ example: 'Nonin 3230' })
  @MayBeLeftOut()
  @IsString()
  @MaxLength(200)
  model?: string;

  @ApiPropertyOptional({ default: true, description: 'false: it connects through a gateway that has a credential of its own' })
  @MayBeLeftOut()
  @IsBoolean()
  connects?: boolean;
}

/** Who is to connect. */
export class NewCredentialDto {
  @ApiProperty()
  @IsInt()
  @Max(ID_MAX)
  communityId!: number;

  @ApiProperty({ description: 'gateway, or name of a device that connects by itself' })
  @IsString()
  @MaxLength(64)
  clientId!: string;
}

/** A credential with the only showing of its secret. */
export class MadeCredentialDto {
  @ApiProperty()
  id!: number;
  @ApiProperty()
  clientId!: string;
  @ApiProperty({ description: 'shown now and never again' })
  secret!: string;
}

/** A device just registered. */
export class MadeDeviceDto {
  @ApiProperty()
  id!: number;
  @ApiProperty({ description: 'as its topics spell it' })
  name!: string;
  @ApiProperty({ type: MadeCredentialDto, nullable: true })
  credential!: MadeCredentialDto | null;
}

/** One line of the list of credentials. */
export class CredentialDto {
  @ApiProperty()
  id!: number;
  @ApiProperty()
  communityId!: number;
  @ApiProperty()
  clientId!: string;
  @ApiProperty()
  createdAt!: Date;
  @ApiProperty({ type: Date, nullable: true })
  revokedAt!: Date | null;
}

/** Who wears a device now. */
export class WornByDto {
  @ApiProperty()
  wearerId!: number;
  @ApiProperty()
  patientId!: number;
  @ApiProperty({ type: Number, nullable: true })
  userSlot!: number | null;
}

/** One line of the list of devices. */
export class DeviceDto {
  @ApiProperty()
  id!: number;
  @ApiProperty()
  communityId!: number;
  @ApiProperty()
  name!: string;
  @ApiProperty()
  kind!: string;
  @ApiProperty({ type: String, nullable: true })
  model!: string | null;
  @ApiProperty()
  registeredAt!: Date;
  @ApiProperty({ type: Number, nullable: true })
  batteryPercent!: number | null;
  @ApiProperty({ type: Date, nullable: true })
  statusAt!: Date | null;
  @ApiProperty({ type: [WornByDto] })
  wearers!: readonly WornByDto[];
}

/** Who gets a device. */
export class NewWearerDto {
  @ApiProperty()
  @IsInt()
  @Max(ID_MAX)
  patientId!: number;

  @ApiPropertyOptional({ description: 'slot of a shared device, 1 to 254' })
  @MayBeLeftOut()
  @IsInt()
  userSlot?: number;

  @Instant('since when; now when left out, never in the future', true)
  from?: Date;
}

/** When a device was taken back. */
export class WearerEndDto {
  @Instant('now when left out, never in the future', true)
  at?: Date;
}

/** A period during which a device belonged to a patient. */
export class WearerDto {
  @ApiProperty()
  id!: number;
  @ApiProperty()
  deviceId!: number;
  @ApiProperty({ type: Number, nullable: true })
  userSlot!: number | null;
  @ApiProperty()
  patientId!: number;
  @ApiProperty()
  from!: Date;
  @ApiProperty({ type: Date, nullable: true })
  to!: Date | null;
}

/** A page of a list in order of id. */
export class PageQuery {
  @ApiPropertyOptional({ default: 0, description: 'the last id of the page before' })
  @MayBeLeftOut()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  afterId?: number;

  @ApiPropertyOptional({ default: 100 })
  @MayBeLeftOut()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(500)
  limit?: number;
}

/** Which refused messages to list, newest first. */
export class RefusedQuery {
  @ApiPropertyOptional({ enum: ['open', 'processed', 'dismissed'] })
  @MayBeLeftOut()
  @IsIn(['open', 'processed', 'dismissed'])
  state?: 'open' | 'processed' | 'dismissed';

  @ApiPropertyOptional({ description: 'why, such as unknown-device' })
  @MayBeLeftOut()
  @IsString()
  @MaxLength(64)
  reason?: string;

  @ApiPropertyOptional({ description: 'name of a device, registered or not' })
  @MayBeLeftOut()
  @IsString()
  @MaxLength(64)
  device?: string;

  @ApiPropertyOptional({ description: 'the last id of the page before' })
  @MayBeLeftOut()
  @Type(() => Number)
  @IsInt()
  before?: number;

  @ApiPropertyOptional({ default: 100 })
  @MayBeLeftOut()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(500)
  limit?: number;
}

/** Which refused messages to process again. */
export class ReprocessDto {
  @ApiProperty({ type: [Number] })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(500)
  @IsInt({ each: true })
  @Min(1, { each: true })
  ids!: number[];
}

/** What came of one. */
export class ReprocessResultDto {
  @ApiProperty()
  refusedId!: number;
  @ApiProperty({ enum: ['processed', 'still-open', 'settled', 'not-found'] })
  result!: 'processed' | 'still-open' | 'settled' | 'not-found';
  @ApiProperty()
  note!: string;
}

/** Why a refused message is set aside for good. */
export class DismissDto {
  @Words(1, 500, 'why')
  note!: string;
}
