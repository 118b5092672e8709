import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { TREATMENT_LIMITS_FROM, type TreatmentLimitsFrom } from '@varde/plans';
import { SEVERITIES, type Domain, type Severity } from '@varde/rules';
import type {
  NewestValue,
  PatientTold,
  RunningPause,
  RunningSnooze,
  TreatmentLimitsInForce,
  UnjudgedRule,
  Worklist,
  WorklistEpisode,
  WorklistRow,
} from '@varde/store';
import { METRICS, type Metric } from '@varde/vitals';
import { ID_MAX, Truth, Whole } from './fields.js';

const METRIC_NAMES = Object.keys(METRICS);

/** Which part of the worklist. */
export class WorklistQuery {
  @Whole(1, ID_MAX, 'only patients with an open episode this unit owns, is offered or is asked about', { optional: true })
  unit?: number;

  @Truth('also episodes of severity info, which are notes and no alarms')
  includeInfo?: boolean;

  @Whole(0, 1_000_000, 'patients to pass over', { default: 0 })
  offset?: number;

  @Whole(1, 200, 'patients on a page', { default: 50 })
  limit?: number;
}

/** The same sentence in Norwegian and English. */
export class WordsDto {
  @ApiProperty()
  nb!: string;
  @ApiProperty()
  en!: string;
}

/** The last advice about an episode, and whether the patient has it. */
export class PatientToldDto implements PatientTold {
  @ApiProperty({ type: String, description: 'a step of the self-treatment plan, or critical' })
  kind!: PatientTold['kind'];
  @ApiProperty()
  at!: Date;
  @ApiProperty({
    enum: ['not_reached', 'sent', 'delivered', 'read', 'answered'],
    description: 'before answered the patient has not confirmed',
  })
  state!: PatientTold['state'];
  @ApiProperty({ type: String, nullable: true, description: "the patient's own answer, which nobody has checked" })
  answer!: PatientTold['answer'];
}

/** What one rule has contributed. */
export class SignalSummaryDto {
  @ApiProperty()
  ruleId!: string;
  @ApiProperty({ enum: SEVERITIES, enumName: 'Severity' })
  severity!: Severity;
  @ApiProperty({ description: 'how many times it has fired' })
  count!: number;
  @ApiProperty({ description: 'false: its values are normal again' })
  standing!: boolean;
}

/** An offer that waits for an answer. */
export class WaitingOfferDto {
  @ApiProperty()
  toUnitId!: number;
  @ApiProperty()
  toUnit!: string;
  @ApiProperty()
  deadlineAt!: Date;
  @ApiProperty()
  reason!: string;
}

/** Advice that is waited for. */
export class WaitingQuestionDto {
  @ApiProperty()
  number!: number;
  @ApiProperty()
  unitId!: number;
  @ApiProperty()
  unit!: string;
  @ApiProperty()
  deadlineAt!: Date;
  @ApiProperty()
  question!: string;
}

/** One open episode. */
export class WorklistEpisodeDto implements WorklistEpisode {
  @ApiProperty()
  id!: number;
  @ApiProperty({ enum: SEVERITIES, enumName: 'Severity' })
  severity!: Severity;
  @ApiProperty({ type: [String] })
  domains!: readonly Domain[];
  @ApiProperty({ enum: ['waiting', 'acknowledged'] })
  state!: 'waiting' | 'acknowledged';
  @ApiProperty()
  openedAt!: Date;
  @ApiProperty()
  lastSignalAt!: Date;
  @ApiProperty({ type: Date, nullable: true, description: 'when all values became normal again; not the same as closed' })
  clearedAt!: Date | null;
  @ApiProperty({ type: Date, nullable: true })
  acknowledgedAt!: Date | null;
  @ApiProperty({ type: String, nullable: true })
  acknowledgedBy!: string | null;
  @ApiProperty({ type: Date, nullable: true, description: 'when the acknowledgement runs out and it waits again' })
  acknowledgementEndsAt!: Date | null;
  @ApiProperty()
  ownerUnitId!: number;
  @ApiProperty()
  ownerUnit!: string;
  @ApiProperty({ type: String, nullable: true, description: 'the person of the owner it was given to' })
  assignedTo!: string | null;
  @ApiProperty({ type: WaitingOfferDto, nullable: true, description: 'the owner has offered it to another unit' })
  offer!: WaitingOfferDto | null;
  @ApiProperty({ type: [WaitingQuestionDto], description: 'advice the owner waits for' })
  questions!: readonly WaitingQuestionDto[];
  @ApiProperty({ type: String, nullable: true, description: 'who proposes to close it; a second person must confirm' })
  closeProposedBy!: string | null;
  @ApiProperty({ type: Date, nullable: true, description: 'when the next step of the ladder is taken, should nobody accept it' })
  nextStepAt!: Date | null;
  @ApiProperty()
  relapses!: number;
  @ApiProperty({ type: WordsDto, nullable: true, description: 'why it is here: the newest finding' })
  reason!: WordsDto | null;
  @ApiProperty({ type: PatientToldDto, nullable: true, description: 'what the patient was told last about it; null: nothing' })
  patientTold!: PatientToldDto | null;
  @ApiProperty({ type: [SignalSummaryDto] })
  signals!: readonly SignalSummaryDto[];
  @ApiProperty({ description: 'send it with an act to be refused when somebody else was first' })
  version!: number;
}

/** The newest value of one metric. */
export class NewestValueDto implements NewestValue {
  @ApiProperty({ enum: METRIC_NAMES, enumName: 'Metric' })
  metric!: Metric;
  @ApiProperty()
  observedAt!: Date;
  @ApiProperty({ description: 'age of the value when this was answered' })
  ageSec!: number;
  @ApiProperty({ type: Number, nullable: true, description: 'null when it is older than 60 days' })
  value!: number | null;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'why it must be used with care; `after-exercise`: rules for rest do not see it',
  })
  doubt!: string | null;
}

/** A rule that is kept quiet. */
export class RunningSnoozeDto implements RunningSnooze {
  @ApiProperty()
  ruleId!: string;
  @ApiProperty({ enum: SEVERITIES, enumName: 'Severity', description: 'anything worse is told all the same' })
  severity!: Severity;
  @ApiProperty()
  until!: Date;
  @ApiProperty()
  reason!: string;
  @ApiProperty()
  by!: string;
}

/** A time in which the patient is not expected to measure. */
export class RunningPauseDto implements RunningPause {
  @ApiProperty({ enum: ['admission', 'holiday', 'other'] })
  kind!: RunningPause['kind'];
  @ApiProperty()
  from!: Date;
  @ApiProperty()
  to!: Date;
  @ApiProperty()
  reason!: string;
}

/** Treatment limits in force. */
export class TreatmentLimitsInForceDto implements TreatmentLimitsInForce {
  @ApiProperty({ enum: TREATMENT_LIMITS_FROM, description: 'what is as grave as this goes to `unitId` first, while it is staffed' })
  fromSeverity!: TreatmentLimitsFrom;
  @ApiProperty()
  unitId!: number;
  @ApiProperty()
  unitName!: string;
  @ApiProperty({ description: 'what is and is not to be done: read it before you act' })
  decision!: string;
  @ApiProperty({ description: 'whom to call there' })
  contact!: string;
  @ApiProperty({ type: Date, nullable: true })
  validTo!: Date | null;
  @ApiProperty({ description: 'past it they are outdated, and still followed' })
  reviewBy!: Date;
  @ApiProperty()
  version!: number;
}

/** A rule that could not be judged in the last day. */
export class UnjudgedRuleDto implements UnjudgedRule {
  @ApiProperty()
  ruleId!: string;
  @ApiProperty()
  at!: Date;
  @ApiProperty({ type: WordsDto, description: 'why; it is not the same as normal' })
  reason!: WordsDto;
}

/** How many open episodes of each severity. */
export class CountsDto implements Readonly<Record<Severity, number>> {
  @ApiProperty()
  info!: number;
  @ApiProperty()
  yellow!: number;
  @ApiProperty()
  red!: number;
  @ApiProperty()
  critical!: number;
}

/** One patient. */
export class WorklistRowDto implements WorklistRow {
  @ApiProperty()
  patientId!: number;
  @ApiProperty()
  name!: string;
  @ApiProperty({ type: Number, nullable: true })
  birthYear!: number | null;
  @ApiProperty({ enum: SEVERITIES, enumName: 'Severity' })
  severity!: Severity;
  @ApiProperty({ description: 'whether one of the gravest episodes waits for a person' })
  isWaiting!: boolean;
  @ApiProperty({
    type: [String],
    description: 'areas with yellow signals within 24 hours of one another, which move the patient to the top of the yellow ones that wait',
  })
  yellowTogether!: readonly Domain[];
  @ApiProperty()
  waitingSince!: Date;
  @ApiProperty({ type: CountsDto })
  counts!: CountsDto;
  @ApiProperty({ type: [WorklistEpisodeDto] })
  episodes!: readonly WorklistEpisodeDto[];
  @ApiProperty({ type: [NewestValueDto] })
  newest!: readonly NewestValueDto[];
  @ApiProperty({ type: [RunningSnoozeDto] })
  snoozes!: readonly RunningSnoozeDto[];
  @ApiProperty({ type: RunningPauseDto, nullable: true, description: 'null: measurements are expected as planned' })
  pause!: RunningPauseDto | null;
  @ApiProperty({
    type: TreatmentLimitsInForceDto,
    nullable: true,
    description: 'what a physician has decided of what is grave; null: nothing',
  })
  treatmentLimits!: TreatmentLimitsInForceDto | null;
  @ApiProperty({ type: [UnjudgedRuleDto] })
  unjudged!: readonly UnjudgedRuleDto[];
  @ApiProperty({ description: 'open tasks about the patient' })
  openTasks!: number;
  @ApiProperty({ type: Date, nullable: true, description: 'when the patient was last looked at' })
  lookedAt!: Date | null;
  @ApiProperty({ type: Date, nullable: true, description: 'set when the gateway of the home is gone: later values may be missing' })
  notUpToDateSince!: Date | null;
}

/** A page of the worklist, gravest first. */
export class WorklistDto implements Worklist {
  @ApiProperty({ description: 'when this was answered: ages are counted to here' })
  asOf!: Date;
  @ApiPropertyOptional({
    type: Date,
    nullable: true,
    description: 'set when a part of the service is blind or behind: what happened later may be missing',
  })
  notUpToDateSince!: Date | null;
  @ApiProperty({ description: 'patients on all pages' })
  total!: number;
  @ApiProperty({ type: [WorklistRowDto] })
  rows!: readonly WorklistRowDto[];
}
