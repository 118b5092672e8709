import { ApiProperty } from '@nestjs/swagger';
import { NEWS2_CLASSES, NEWS2_PARTS, type News2Class, type News2Part } from '@varde/rules';
import { WordsDto } from './worklist.dto.js';

/** One part of the score. */
export class News2PartDto {
  @ApiProperty({ enum: NEWS2_PARTS, enumName: 'News2Part' })
  part!: News2Part;
  @ApiProperty({ type: WordsDto })
  label!: WordsDto;
  @ApiProperty({ type: WordsDto, nullable: true, description: 'as it went on the chart; null when it is missing or could not be scored' })
  value!: WordsDto | null;
  @ApiProperty({ type: Number, nullable: true, description: 'null is not 0: nobody knows' })
  points!: number | null;
  @ApiProperty({ description: 'scores 3 by itself' })
  isRed!: boolean;
  @ApiProperty({ type: Date, nullable: true, description: 'when it was measured or answered; null when missing, or a standing decision' })
  observedAt!: Date | null;
  @ApiProperty({ type: Number, nullable: true })
  measurementId!: number | null;
}

/** NEWS2 as it stood when the newest part of it was measured: complete, or with bounds. Never zero for what is missing. */
export class News2Dto {
  @ApiProperty({ description: 'time of its newest part: show its age' })
  at!: Date;
  @ApiProperty({ enum: ['complete', 'incomplete', 'invalid', 'not-applicable'] })
  status!: 'complete' | 'incomplete' | 'invalid' | 'not-applicable';
  @ApiProperty({ type: WordsDto, description: 'the whole score in one sentence' })
  words!: WordsDto;
  @ApiProperty({ type: Number, nullable: true, description: 'null unless complete' })
  total!: number | null;
  @ApiProperty({ type: Number, nullable: true, description: 'lowest total the missing parts leave open' })
  lowest!: number | null;
  @ApiProperty({ type: Number, nullable: true })
  highest!: number | null;
  @ApiProperty({ enum: NEWS2_CLASSES, enumName: 'News2Class', nullable: true, description: 'null while more than one is possible' })
  risk!: News2Class | null;
  @ApiProperty({ type: WordsDto, nullable: true })
  riskLabel!: WordsDto | null;
  @ApiProperty({ enum: NEWS2_CLASSES, enumName: 'News2Class', isArray: true, description: 'mildest first' })
  possible!: readonly News2Class[];
  @ApiProperty({ enum: [1, 2], nullable: true, description: '2 only by a recorded decision (reference news2-scale-2)' })
  spo2Scale!: 1 | 2 | null;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'how often to observe at least: an ISO 8601 period, a range of two, or `continuous`',
  })
  monitoring!: string | null;
  @ApiProperty({ type: [News2PartDto], description: 'every part, in the order of the chart' })
  parts!: readonly News2PartDto[];
  @ApiProperty({ type: WordsDto, description: 'who made the score: show it where the score is shown' })
  acknowledgement!: WordsDto;
}
