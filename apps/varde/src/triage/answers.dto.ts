import { ApiProperty } from '@nestjs/swagger';
import type { Answerer } from '@varde/plans';
import { METRICS, type Metric } from '@varde/vitals';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayNotEmpty, IsArray, IsBoolean, IsIn, IsNumber, IsObject, Matches, ValidateNested } from 'class-validator';
import { Instant, MayBeLeftOut, Truth, Whole } from './fields.js';
import { WordsDto } from './worklist.dto.js';

const ANSWERERS: readonly Answerer[] = ['patient', 'carer', 'nurse'];
const CODE = /^[a-z][a-z0-9-]{0,39}$/;
const KEY = /^[A-Za-z0-9._-]{1,64}$/;
/** What can be measured at a home visit, or told by telephone. */
const ENTERED_METRICS = [
  ...['respiratory-rate', 'temperature', 'spo2', 'pulse', 'systolic', 'diastolic', 'systolic-standing', 'diastolic-standing'],
  ...['weight', 'glucose', 'o2-flow'],
] as Metric[];
const ANSWER_SHAPE = { oneOf: [{ type: 'boolean' }, { type: 'number' }, { type: 'string' }] };

/** A key of the client's own for an entry: the same entry sent again is kept once. */
function EntryKey(): PropertyDecorator {
  const describe = ApiProperty({
    example: 'visit-2026-01-15-1',
    description: 'made once by the client: the same entry sent again is kept once',
  });
  const check = Matches(KEY, { message: '$property must be 1 to 64 letters, digits, dots, hyphens or underscores' });
  return (target, name) => {
    describe(target, name);
    check(target, name);
  };
}

/** A questionnaire somebody filled in by telephone or at a visit. */
export class NewAnswersDto {
  @EntryKey()
  key!: string;

  @ApiProperty({ example: 'daily' })
  @Matches(CODE, { message: '$property must be the code of a questionnaire' })
  questionnaire!: string;

  @Whole(1, 1_000, 'left out: the newest', { optional: true })
  version?: number;

  @Instant('when it was answered; left out: now', true)
  answeredAt?: Date;

  @ApiProperty({ enum: ANSWERERS, required: false, default: 'nurse' })
  @MayBeLeftOut()
  @IsIn(ANSWERERS)
  answeredBy?: Answerer;

  @ApiProperty({ type: 'object', additionalProperties: ANSWER_SHAPE, example: { dyspnoea_worse: true, dyspnoea_vas: 6 } })
  @IsObject()
  items!: Record<string, unknown>;
}

/** One value of a visit. */
export class ObservedValueDto {
  @ApiProperty({ enum: ENTERED_METRICS })
  @IsIn(ENTERED_METRICS)
  metric!: Metric;

  @ApiProperty({ example: 22, description: "in the metric's unit" })
  @IsNumber()
  value!: number;
}

/** What was measured by hand. */
export class NewObservationsDto {
  @EntryKey()
  key!: string;

  @Instant('when it was measured; left out: now', true)
  observedAt?: Date;

  @ApiProperty({ required: false, default: false, description: 'pressures were taken standing' })
  @MayBeLeftOut()
  @IsBoolean()
  standing?: boolean;

  @ApiProperty({ type: [ObservedValueDto] })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(20)
  @ValidateNested({ each: true })
  @Type(() => ObservedValueDto)
  values!: ObservedValueDto[];
}

/** One value as it was kept. */
export class KeptValueDto {
  @ApiProperty({ enum: Object.keys(METRICS), enumName: 'Metric' })
  metric!: string;
  @ApiProperty()
  value!: number;
  @ApiProperty({ type: String, nullable: true, description: 'why it is to be used with care' })
  doubt!: string | null;
}

/** What became of an entry. */
export class EnteredDto {
  @ApiProperty({ enum: ['stored', 'duplicate'] })
  status!: 'stored' | 'duplicate';
  @ApiProperty()
  measurementId!: number;
  @ApiProperty({ type: [KeptValueDto] })
  readings!: readonly KeptValueDto[];
}

/** Which period of answers. */
export class AnswersQuery {
  @Instant('first moment; left out: 30 days ago', true)
  from?: Date;

  @Instant('end, not included; left out: now', true)
  to?: Date;

  @Whole(1, 500, 'how many at most', { default: 100 })
  limit?: number;
}

/** One answered question. */
export class AnsweredItemDto {
  @ApiProperty()
  code!: string;
  @ApiProperty({ type: WordsDto, nullable: true, description: 'null when the question is not known any more' })
  question!: WordsDto | null;
  @ApiProperty(ANSWER_SHAPE)
  answer!: boolean | number | string;
}

/** A filled-in questionnaire. */
export class AnswersDto {
  @ApiProperty()
  measurementId!: number;
  @ApiProperty()
  questionnaire!: string;
  @ApiProperty()
  version!: number;
  @ApiProperty({ enum: ANSWERERS })
  answeredBy!: Answerer;
  @ApiProperty()
  observedAt!: Date;
  @ApiProperty()
  receivedAt!: Date;
  @ApiProperty({ description: 'other answers claim the same moment' })
  conflict!: boolean;
  @ApiProperty({ type: [AnsweredItemDto] })
  items!: readonly AnsweredItemDto[];
  @ApiProperty({ type: [KeptValueDto] })
  scores!: readonly KeptValueDto[];
  @ApiProperty({
    type: WordsDto,
    nullable: true,
    description: 'a score that has risen by what matters, and by less than a rule fires at; null: none',
  })
  note!: WordsDto | null;
}

/** Which questions. */
export class QuestionsQuery {
  @Truth('only what is planned for today and not answered yet')
  due?: boolean;
}

/** One of the answers to choose from. */
export class ChoiceDto extends WordsDto {
  @ApiProperty()
  code!: string;
}

/** A question to ask. */
export class QuestionDto extends WordsDto {
  @ApiProperty()
  code!: string;
  @ApiProperty({ enum: ['yes_no', 'scale', 'number', 'choice'] })
  kind!: string;
  @ApiProperty({ type: Number, nullable: true })
  min!: number | null;
  @ApiProperty({ type: Number, nullable: true })
  max!: number | null;
  @ApiProperty({ type: [ChoiceDto] })
  choices!: readonly ChoiceDto[];
  @ApiProperty({ type: String, nullable: true, description: 'ask it only when this question is answered with yes' })
  after!: string | null;
}

/** A questionnaire with what it asks of this patient. */
export class QuestionsDto extends WordsDto {
  @ApiProperty()
  questionnaire!: string;
  @ApiProperty()
  version!: number;
  @ApiProperty({ enum: ANSWERERS, isArray: true })
  answeredBy!: readonly Answerer[];
  @ApiProperty({ type: Date, nullable: true, description: 'when it is planned today; null: it is not' })
  plannedAt!: Date | null;
  @ApiProperty({ type: Date, nullable: true, description: 'when it was last answered today; null: it was not' })
  answeredAt!: Date | null;
  @ApiProperty({ type: [QuestionDto] })
  questions!: readonly QuestionDto[];
}
