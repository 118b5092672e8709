import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { PERSON_ROLES, type PersonRole } from '@varde/store';
import { ArrayNotEmpty, ArrayUnique, IsArray, IsBoolean, IsIn, IsInt, IsString, Max, MaxLength } from 'class-validator';
import { ID_MAX, Words, MayBeLeftOut } from './fields.js';

/** A person to add. */
export class NewPersonDto {
  @ApiProperty({ example: 'kari.nurse', description: 'what they sign in with; lower-case letters, digits, dot, hyphen, underscore' })
  @IsString()
  @MaxLength(64)
  username!: string;

  @Words(1, 200, 'the name others see')
  name!: string;

  @ApiProperty({ description: 'at least 12 characters; kept as an argon2id hash only' })
  @IsString()
  @MaxLength(256)
  password!: string;

  @ApiProperty({ enum: PERSON_ROLES, isArray: true })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayUnique()
  @IsIn(PERSON_ROLES, { each: true })
  roles!: PersonRole[];

  @ApiPropertyOptional({ description: 'where they are employed; left out: where the first of the units has its home' })
  @MayBeLeftOut()
  @IsInt()
  @Max(ID_MAX)
  organisationId?: number;

  @ApiProperty({ type: [Number], description: 'the units they work for; units of another organisation from step 3 of the staircase' })
  @IsArray()
  @ArrayUnique()
  @IsInt({ each: true })
  @Max(ID_MAX, { each: true })
  unitIds!: number[];
}

/** What to change of a person; what is left out stays. */
export class PersonChangeDto {
  @ApiPropertyOptional({ enum: PERSON_ROLES, isArray: true })
  @MayBeLeftOut()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayUnique()
  @IsIn(PERSON_ROLES, { each: true })
  roles?: PersonRole[];

  @ApiPropertyOptional({ description: 'where they are employed' })
  @MayBeLeftOut()
  @IsInt()
  @Max(ID_MAX)
  organisationId?: number;

  @ApiPropertyOptional({ type: [Number] })
  @MayBeLeftOut()
  @IsArray()
  @ArrayUnique()
  @IsInt({ each: true })
  @Max(ID_MAX, { each: true })
  unitIds?: number[];

  @ApiPropertyOptional({ description: 'false: cannot sign in any more, and is signed out' })
  @MayBeLeftOut()
  @IsBoolean()
  active?: boolean;

  @ApiPropertyOptional({ description: 'at least 12 characters; every sign-in of theirs ends' })
  @MayBeLeftOut()
  @IsString()
  @MaxLength(256)
  password?: string;
}

/** One line of the list of people. */
export class PersonDto {
  @ApiProperty()
  id!: number;
  @ApiProperty()
  username!: string;
  @ApiProperty()
  name!: string;
  @ApiProperty({ enum: PERSON_ROLES, isArray: true })
  roles!: readonly PersonRole[];
  @ApiProperty()
  active!: boolean;
  @ApiProperty({ type: Number, nullable: true, description: 'where they are employed' })
  organisationId!: number | null;
  @ApiProperty({ type: [Number] })
  unitIds!: readonly number[];
  @ApiProperty()
  createdAt!: Date;
}

/** The id of what was made. */
export class MadeDto {
  @ApiProperty()
  id!: number;
}
