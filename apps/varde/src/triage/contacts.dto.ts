import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { CONTACT_CHANNELS, type KeptContact } from '@varde/store';
import { IsIn, IsInt, IsString, Length, Matches, Max, MaxLength, Min, MinLength } from 'class-validator';
import { ID_MAX, MayBeLeftOut } from './fields.js';

/** A contact to add. */
export class NewContactDto {
  @ApiPropertyOptional({ description: 'one person of the unit; left out: the unit as a whole' })
  @MayBeLeftOut()
  @IsInt()
  @Min(1)
  @Max(ID_MAX)
  personId?: number;

  @ApiProperty({ enum: CONTACT_CHANNELS })
  @IsIn(CONTACT_CHANNELS)
  channel!: KeptContact['channel'];

  @ApiProperty({ example: '+4790000000', description: 'a number with its country, an address of mail, or of a webhook' })
  @IsString()
  @Length(3, 2_000)
  address!: string;

  @ApiPropertyOptional({ description: 'of a webhook: key its bodies are signed with, at least 32 characters; never shown again' })
  @MayBeLeftOut()
  @IsString()
  @MinLength(32)
  @MaxLength(200)
  signingSecret?: string;
}

/** A code that came to a contact. */
export class ContactCodeDto {
  @ApiProperty({ example: '123456' })
  @Matches(/^\s*\d{6}\s*$/)
  code!: string;
}

/** A code that was sent. */
export class ContactTestDto {
  @ApiProperty({ description: 'until when the code is good' })
  expiresAt!: Date;
}

/** A code that waits for an answer. */
export class WaitingTestDto {
  @ApiProperty()
  askedAt!: Date;
  @ApiProperty()
  expiresAt!: Date;
  @ApiProperty({ type: Date, nullable: true, description: 'null: not yet, or given up' })
  sentAt!: Date | null;
  @ApiProperty({ type: Date, nullable: true, description: 'when no try had brought it there; null: not given up' })
  givenUpAt!: Date | null;
}

/** One way to reach a unit. */
export class ContactDto {
  @ApiProperty()
  id!: number;
  @ApiProperty()
  unitId!: number;
  @ApiProperty({ type: Number, nullable: true, description: 'null: the unit as a whole' })
  personId!: number | null;
  @ApiProperty({ type: String, nullable: true })
  person!: string | null;
  @ApiProperty({ enum: CONTACT_CHANNELS })
  channel!: KeptContact['channel'];
  @ApiProperty()
  address!: string;
  @ApiProperty()
  addedAt!: Date;
  @ApiProperty({ type: Date, nullable: true, description: 'when somebody last answered a code sent there; null: never' })
  testedAt!: Date | null;
  @ApiProperty({ type: WaitingTestDto, nullable: true })
  test!: WaitingTestDto | null;
}
