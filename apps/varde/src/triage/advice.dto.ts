import { ApiProperty } from '@nestjs/swagger';
import type { AdviceAnswer, AdviceKind } from '@varde/look';
import type { AdviceLine } from '@varde/store';
import { WordsDto } from './worklist.dto.js';

/** Something the patient was told or asked at home. What has not happened is null. */
export class AdviceDto implements AdviceLine {
  @ApiProperty()
  id!: number;
  @ApiProperty({ type: Number, nullable: true })
  episodeId!: number | null;
  @ApiProperty({
    type: String,
    description: 'a step of the self-treatment plan, critical, or what is asked: did_it_help, warning_signs, whose_weight',
  })
  kind!: AdviceKind;
  @ApiProperty({ type: WordsDto, description: 'what the patient is shown' })
  text!: WordsDto;
  @ApiProperty({ description: 'full screen until it is answered' })
  mustAnswer!: boolean;
  @ApiProperty()
  advisedAt!: Date;
  @ApiProperty({ description: 'false: no gateway of the patient is known, and nobody can be told' })
  hasGateway!: boolean;
  @ApiProperty({ type: Date, nullable: true, description: 'null: the gateway has not been reached yet' })
  sentAt!: Date | null;
  @ApiProperty({ type: Date, nullable: true, description: 'when the gateway confirmed it; never behind an external broker' })
  deliveredAt!: Date | null;
  @ApiProperty({ type: Date, nullable: true })
  readAt!: Date | null;
  @ApiProperty({ type: Date, nullable: true })
  answeredAt!: Date | null;
  @ApiProperty({ type: String, nullable: true, description: "the patient's own answer, which nobody has checked" })
  answer!: AdviceAnswer | null;
  @ApiProperty({ type: Date, nullable: true, description: 'when it was of no use any more' })
  withdrawnAt!: Date | null;
}
