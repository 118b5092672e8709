import { ApiProperty } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { ID_MAX, IdPath, Instant, Whole, Words } from './fields.js';

const KINDS = ['admission', 'holiday', 'other'] as const;

/** Path of one pause of a patient. */
export class PausePath extends IdPath {
  @Whole(1, ID_MAX, 'id of the pause')
  pauseId!: number;
}

/** A pause to set. */
export class NewPauseDto {
  @ApiProperty({ enum: KINDS })
  @IsIn(KINDS)
  kind!: (typeof KINDS)[number];

  @Instant('now when left out; at most 48 hours ago', true)
  from?: Date;

  @Instant('a pause always has an end')
  to!: Date;

  @Words(1, 1_000, 'why, such as: admitted to the lung ward')
  reason!: string;
}

/** A pause. */
export class PauseDto {
  @ApiProperty()
  id!: number;
  @ApiProperty({ enum: KINDS })
  kind!: (typeof KINDS)[number];
  @ApiProperty()
  from!: Date;
  @ApiProperty()
  to!: Date;
  @ApiProperty()
  reason!: string;
  @ApiProperty()
  setByPersonId!: number;
  @ApiProperty()
  setAt!: Date;
  @ApiProperty({ type: Number, nullable: true, description: 'who ended it before its time' })
  endedByPersonId!: number | null;
  @ApiProperty({ type: Date, nullable: true })
  endedAt!: Date | null;
}
