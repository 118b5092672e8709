import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { SEVERITIES, type Domain, type Result, type Severity } from '@varde/rules';
import type { Metric } from '@varde/vitals';
import { IsIn } from 'class-validator';
import { LANGUAGES, type Language } from '../explanation/words.js';
import type { ExplainedBaseline, ExplainedLimit, ExplainedReading, Explanation, FindingExplanation } from '../explanation/explanation.js';
import { MayBeLeftOut } from './fields.js';

/** In which language. */
export class ExplanationQuery {
  @ApiPropertyOptional({ enum: LANGUAGES, description: 'left out: what Accept-Language asks for, else Norwegian' })
  @MayBeLeftOut()
  @IsIn(LANGUAGES)
  lang?: Language;
}

/** A limit as it was when the rule was judged. */
export class ExplainedLimitDto implements ExplainedLimit {
  @ApiProperty()
  parameter!: string;
  @ApiProperty()
  value!: number;
  @ApiProperty()
  unit!: string;
  @ApiProperty({ enum: ['catalogue', 'unit', 'personal'] })
  source!: ExplainedLimit['source'];
  @ApiProperty()
  version!: number;
  @ApiProperty({ type: String, nullable: true, description: 'who answers for it; null: the catalogue' })
  owner!: string | null;
  @ApiProperty()
  text!: string;
}

/** A reading a finding rests on. */
export class ExplainedReadingDto implements ExplainedReading {
  @ApiProperty()
  measurementId!: number;
  @ApiProperty({ type: String })
  metric!: Metric;
  @ApiProperty()
  value!: number;
  @ApiProperty()
  unit!: string;
  @ApiProperty()
  observedAt!: Date;
  @ApiProperty()
  receivedAt!: Date;
  @ApiProperty({ type: String, nullable: true })
  doubt!: string | null;
  @ApiProperty({ type: Boolean, nullable: true, description: "of a weight: whether it is the patient's, as was answered" })
  isOwn!: boolean | null;
  @ApiProperty()
  device!: string;
  @ApiProperty({ description: 'what the device said of the measurement' })
  quality!: string;
  @ApiProperty()
  text!: string;
}

/** A personal baseline a rule compares with. */
export class ExplainedBaselineDto implements ExplainedBaseline {
  @ApiProperty({ type: String })
  metric!: Metric;
  @ApiProperty({ type: Number, nullable: true, description: 'null: too little was measured to make one' })
  value!: number | null;
  @ApiProperty({ type: Number, nullable: true })
  spread!: number | null;
  @ApiProperty()
  unit!: string;
  @ApiProperty()
  text!: string;
}

/** What one rule said, and by what. */
export class FindingExplanationDto implements FindingExplanation {
  @ApiProperty()
  ruleId!: string;
  @ApiProperty()
  ruleVersion!: number;
  @ApiProperty()
  title!: string;
  @ApiProperty({ type: String })
  domain!: Domain;
  @ApiProperty({ enum: ['fire', 'fire_unconfirmed', 'pending', 'not_confirmed', 'not_evaluable'] })
  result!: Result;
  @ApiProperty({ enum: SEVERITIES, enumName: 'Severity' })
  severity!: Severity;
  @ApiProperty()
  at!: Date;
  @ApiProperty()
  judgedAt!: Date;
  @ApiProperty()
  reason!: string;
  @ApiProperty({ type: [ExplainedLimitDto] })
  limits!: readonly ExplainedLimitDto[];
  @ApiProperty({ type: [ExplainedReadingDto] })
  readings!: readonly ExplainedReadingDto[];
  @ApiProperty({ type: [ExplainedBaselineDto] })
  baselines!: readonly ExplainedBaselineDto[];
  @ApiProperty({ type: [String], description: 'modified severity, late arrival, what it was covered or kept quiet by' })
  notes!: readonly string[];
}

/** Why an episode is there. */
export class ExplanationDto implements Explanation {
  @ApiProperty()
  episodeId!: number;
  @ApiProperty({ enum: LANGUAGES })
  language!: Language;
  @ApiProperty({ enum: SEVERITIES, enumName: 'Severity' })
  severity!: Severity;
  @ApiProperty({ type: [String] })
  domains!: readonly Domain[];
  @ApiProperty()
  openedAt!: Date;
  @ApiProperty({ type: Date, nullable: true })
  closedAt!: Date | null;
  @ApiProperty()
  owner!: string;
  @ApiProperty({ type: [String] })
  whyOwner!: readonly string[];
  @ApiProperty({ type: [String], description: 'which episodes were the same problem and have come in, or which it went into' })
  whyOne!: readonly string[];
  @ApiProperty({ type: [FindingExplanationDto] })
  findings!: readonly FindingExplanationDto[];
  @ApiProperty({ type: [FindingExplanationDto], description: 'fired meanwhile and told to nobody: kept quiet, or too old when it arrived' })
  toldNobody!: readonly FindingExplanationDto[];
  @ApiProperty({ type: [FindingExplanationDto], description: 'judged meanwhile without firing: not evaluable, or not confirmed' })
  notFired!: readonly FindingExplanationDto[];
  @ApiProperty({ type: [String], description: 'the same as lines to read' })
  text!: readonly string[];
}
