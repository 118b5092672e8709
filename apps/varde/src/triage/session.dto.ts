import { ApiProperty } from '@nestjs/swagger';
import { PERSON_ROLES, type PersonRole } from '@varde/store';
import { IsString, Length, Matches } from 'class-validator';
import { PLAIN_WORDS } from '../plain-words.js';

/** Who wants in. */
export class CredentialsDto {
  @ApiProperty({ example: 'kari.nurse', maxLength: 64 })
  @IsString()
  @Length(1, 64)
  @Matches(PLAIN_WORDS, { message: 'username must not hold control characters' })
  username!: string;

  @ApiProperty({ maxLength: 256 })
  @IsString()
  @Length(1, 256)
  password!: string;
}

/** A unit with its name. */
export class NamedUnitDto {
  @ApiProperty()
  id!: number;
  @ApiProperty()
  name!: string;
}

/** Who is signed in, and until when. */
export class SessionDto {
  @ApiProperty()
  personId!: number;
  @ApiProperty()
  username!: string;
  @ApiProperty()
  name!: string;
  @ApiProperty({ enum: PERSON_ROLES, isArray: true })
  roles!: readonly PersonRole[];
  @ApiProperty({ type: [NamedUnitDto], description: 'the units the person works for; their patients are what the person sees' })
  units!: readonly NamedUnitDto[];
  @ApiProperty()
  expiresAt!: Date;
}
