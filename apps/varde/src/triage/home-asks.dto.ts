import { ApiProperty } from '@nestjs/swagger';

/** Something the home was asked to do. */
export class HomeAskDto {
  @ApiProperty()
  id!: number;
  @ApiProperty({ description: 'the measurement to repeat, by the name of its device' })
  deviceName!: string;
  @ApiProperty({ type: [String] })
  metrics!: string[];
  @ApiProperty({ description: 'what the patient is shown' })
  textNb!: string;
  @ApiProperty()
  textEn!: string;
  @ApiProperty()
  askedAt!: Date;
  @ApiProperty({ description: 'after this nobody waits for it; what waited fires unconfirmed' })
  answerBy!: Date;
  @ApiProperty({ type: Date, nullable: true, description: 'null: the gateway has not been reached yet' })
  sentAt!: Date | null;
  @ApiProperty({ type: Date, nullable: true, description: 'when the gateway confirmed it; never behind an external broker' })
  deliveredAt!: Date | null;
  @ApiProperty({ type: Date, nullable: true, description: 'when a new measurement settled it' })
  settledAt!: Date | null;
}
