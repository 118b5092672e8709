import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayUnique, IsArray, IsInt, Max, Min } from 'class-validator';
import { ID_MAX, Instant, Whole } from './fields.js';

/** `:id` of a unit and `:agreementId` of one of its agreements. */
export class AgreementPath {
  @Whole(1, ID_MAX, 'id of the unit')
  id!: number;

  @Whole(1, ID_MAX, 'id of the agreement')
  agreementId!: number;
}

/** Organisations that own a unit together with its home. */
export class OwnersDto {
  @ApiProperty({ type: [Number], description: 'none: the unit is its home’s alone' })
  @IsArray()
  @ArrayUnique()
  @ArrayMaxSize(50)
  @IsInt({ each: true })
  @Min(1, { each: true })
  @Max(ID_MAX, { each: true })
  jointWith!: number[];
}

/** An agreement that a unit serves a municipality's patients. */
export class NewAgreementDto {
  @ApiProperty({ description: 'the municipality' })
  @IsInt()
  @Min(1)
  @Max(ID_MAX)
  organisationId!: number;

  @Instant('from when; left out: now', true)
  from?: Date;

  @Instant('until when; left out: until it is ended', true)
  to?: Date;
}

/** When an agreement ends. */
export class AgreementEndDto {
  @Instant('left out: now', true)
  at?: Date;
}

/** An agreement as it is kept. */
export class AgreementDto {
  @ApiProperty()
  id!: number;
  @ApiProperty()
  unitId!: number;
  @ApiProperty()
  organisationId!: number;
  @ApiProperty()
  from!: Date;
  @ApiProperty({ type: Date, nullable: true })
  to!: Date | null;
}
