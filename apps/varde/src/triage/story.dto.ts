import { ApiProperty } from '@nestjs/swagger';
import type {
  CloseProposal,
  Consultation,
  Episode,
  EpisodeStep,
  HandoverOffer,
  NoticeCause,
  Outcome,
  PersonOutcome,
  Signal,
} from '@varde/alerts';
import { SEVERITIES, type AppliedLimit, type Domain, type Result, type Severity, type SilenceCause } from '@varde/rules';
import { OUTCOMES, type EpisodeStory, type StoryFinding, type StoryNotice, type StoryStep } from '@varde/store';
import { KeptOfferDto, KeptQuestionDto } from './handovers.dto.js';
import { AdviceDto } from './advice.dto.js';
import { RunningSnoozeDto, TreatmentLimitsInForceDto, WordsDto } from './worklist.dto.js';

const CAUSES = ['patient', 'device', 'gateway', 'service', 'unknown'] as const satisfies readonly SilenceCause[];

/** What one rule has contributed to an episode. */
export class SignalDto implements Signal {
  @ApiProperty()
  ruleId!: string;
  @ApiProperty()
  ruleVersion!: number;
  @ApiProperty()
  domain!: Domain;
  @ApiProperty({ enum: SEVERITIES, enumName: 'Severity' })
  severity!: Severity;
  @ApiProperty()
  count!: number;
  @ApiProperty()
  firstAt!: Date;
  @ApiProperty()
  lastAt!: Date;
  @ApiProperty()
  standing!: boolean;
  @ApiProperty({ type: Date, nullable: true })
  clearedAt!: Date | null;
  @ApiProperty({
    type: Boolean,
    required: false,
    description: 'it stands again after all was clear, and the patient has not been told since',
  })
  untold?: true;
  @ApiProperty({
    enum: SEVERITIES,
    enumName: 'Severity',
    required: false,
    description: 'as grave as this the patient is to be told of it once a call for 113 because of another problem stands no longer',
  })
  behindCall?: Severity;
  @ApiProperty({
    type: [String],
    required: false,
    description: 'the newest vital signs it rests on, as measurement and metric (`42/spo2`): what rests on the same one is one problem',
  })
  vitals?: readonly string[];
}

/** Ownership offered to another unit. */
export class HandoverOfferDto implements HandoverOffer {
  @ApiProperty({ description: 'which of the episode’s offers' })
  number!: number;
  @ApiProperty()
  toUnitId!: number;
  @ApiProperty()
  offeredAt!: Date;
  @ApiProperty()
  offeredByPersonId!: number;
  @ApiProperty()
  deadlineAt!: Date;
  @ApiProperty()
  reason!: string;
  @ApiProperty({ type: [Number] })
  informedUnitIds!: readonly number[];
}

/** Advice asked of another unit that has not been given yet. */
export class ConsultationDto implements Consultation {
  @ApiProperty()
  number!: number;
  @ApiProperty()
  unitId!: number;
  @ApiProperty()
  askedAt!: Date;
  @ApiProperty()
  askedByPersonId!: number;
  @ApiProperty()
  deadlineAt!: Date;
  @ApiProperty()
  question!: string;
}

/** Somebody wants to close an episode that has been critical; a second person must look at it. */
export class CloseProposalDto implements CloseProposal {
  @ApiProperty()
  at!: Date;
  @ApiProperty()
  byPersonId!: number;
  @ApiProperty({ enum: OUTCOMES })
  outcome!: PersonOutcome;
  @ApiProperty()
  note!: string;
}

/** One patient's problem from first finding to closing. */
export class EpisodeDto implements Episode {
  @ApiProperty()
  id!: number;
  @ApiProperty()
  patientId!: number;
  @ApiProperty({ type: [String] })
  domains!: readonly Domain[];
  @ApiProperty({ enum: SEVERITIES, enumName: 'Severity' })
  severity!: Severity;
  @ApiProperty({ type: [SignalDto] })
  signals!: readonly SignalDto[];
  @ApiProperty()
  openedAt!: Date;
  @ApiProperty({
    type: Date,
    nullable: true,
    description: 'since when the patient is followed closely, if not since it opened; null: since then',
  })
  begunAgainAt!: Date | null;
  @ApiProperty()
  lastSignalAt!: Date;
  @ApiProperty()
  ownerUnitId!: number;
  @ApiProperty({ type: Number, nullable: true })
  assignedToPersonId!: number | null;
  @ApiProperty({ type: HandoverOfferDto, nullable: true })
  offer!: HandoverOfferDto | null;
  @ApiProperty({ description: 'how many times it has been offered' })
  offersMade!: number;
  @ApiProperty({ type: [ConsultationDto] })
  consultations!: readonly ConsultationDto[];
  @ApiProperty()
  consultationsAsked!: number;
  @ApiProperty({ type: [Number], description: 'units that gave it away, or were to be told: they are told how it ends' })
  followerUnitIds!: readonly number[];
  @ApiProperty({ type: CloseProposalDto, nullable: true, description: 'waits for a second person before it is closed' })
  closeProposed!: CloseProposalDto | null;
  @ApiProperty({ type: Date, nullable: true })
  acknowledgedAt!: Date | null;
  @ApiProperty({ type: Number, nullable: true })
  acknowledgedByPersonId!: number | null;
  @ApiProperty({ type: Date, nullable: true })
  acknowledgementEndsAt!: Date | null;
  @ApiProperty({ type: Date, nullable: true })
  clearedAt!: Date | null;
  @ApiProperty({ type: Date, nullable: true })
  closedAt!: Date | null;
  @ApiProperty({ type: Number, nullable: true })
  closedByPersonId!: number | null;
  @ApiProperty({ enum: [...OUTCOMES, 'settled', 'merged'], nullable: true })
  outcome!: Outcome | null;
  @ApiProperty({ type: Number, nullable: true, description: 'the open episode it went into: the same problem' })
  mergedIntoId!: number | null;
  @ApiProperty()
  relapses!: number;
  @ApiProperty()
  pathwayId!: number;
  @ApiProperty()
  pathwayVersion!: number;
  @ApiProperty()
  ladderStartedAt!: Date;
  @ApiProperty()
  ladderStepsTaken!: number;
  @ApiProperty({ type: Date, nullable: true })
  nextStepAt!: Date | null;
  @ApiProperty()
  version!: number;
}

/** One line of the history. */
export class StoryStepDto implements StoryStep {
  @ApiProperty()
  at!: Date;
  @ApiProperty({ type: String })
  kind!: EpisodeStep['kind'];
  @ApiProperty({ type: Number, nullable: true, description: 'null: the program did it' })
  byPersonId!: number | null;
  @ApiProperty({ type: String, nullable: true })
  by!: string | null;
  @ApiProperty({ type: WordsDto })
  reason!: WordsDto;
}

/** A limit as it was when a rule was judged. */
export class AppliedLimitDto implements AppliedLimit {
  @ApiProperty()
  parameter!: string;
  @ApiProperty()
  value!: number;
  @ApiProperty()
  unit!: string;
  @ApiProperty({ enum: ['catalogue', 'unit', 'personal'] })
  source!: 'catalogue' | 'unit' | 'personal';
  @ApiProperty()
  version!: number;
}

/** What one rule said: rule version, limits in force and the measurements it rests on. */
export class StoryFindingDto implements StoryFinding {
  @ApiProperty()
  ruleId!: string;
  @ApiProperty()
  ruleVersion!: number;
  @ApiProperty({ type: String })
  domain!: Domain;
  @ApiProperty({ type: String })
  result!: Result;
  @ApiProperty({ enum: SEVERITIES, enumName: 'Severity' })
  severity!: Severity;
  @ApiProperty()
  at!: Date;
  @ApiProperty()
  receivedAt!: Date;
  @ApiProperty()
  judgedAt!: Date;
  @ApiProperty({ type: [Number], description: 'measurements' })
  readingIds!: readonly number[];
  @ApiProperty({ type: [AppliedLimitDto] })
  limits!: readonly AppliedLimitDto[];
  @ApiProperty({ type: WordsDto })
  reason!: WordsDto;
  @ApiProperty({ type: String, nullable: true, enum: CAUSES, description: 'who is silent; null for what is not about silence' })
  cause!: SilenceCause | null;
}

/** One message to one unit; queued, sent, delivered, read and accepted are five different things. */
export class StoryNoticeDto implements StoryNotice {
  @ApiProperty()
  id!: number;
  @ApiProperty({ enum: ['worklist', 'webhook', 'email', 'sms'] })
  channel!: StoryNotice['channel'];
  @ApiProperty({ type: String, nullable: true, description: "the person whose contact it went to; null: the unit's own" })
  to!: string | null;
  @ApiProperty({ type: String })
  cause!: NoticeCause;
  @ApiProperty({ enum: SEVERITIES, enumName: 'Severity' })
  severity!: Severity;
  @ApiProperty()
  unitId!: number;
  @ApiProperty()
  unit!: string;
  @ApiProperty({ type: WordsDto })
  text!: WordsDto;
  @ApiProperty()
  queuedAt!: Date;
  @ApiProperty({ type: Date, nullable: true })
  sentAt!: Date | null;
  @ApiProperty({ type: Date, nullable: true })
  deliveredAt!: Date | null;
  @ApiProperty({ type: Date, nullable: true })
  readAt!: Date | null;
  @ApiProperty({ type: Date, nullable: true })
  acceptedAt!: Date | null;
  @ApiProperty()
  attempts!: number;
  @ApiProperty({ type: Date, nullable: true })
  givenUpAt!: Date | null;
  @ApiProperty({ type: String, nullable: true })
  lastError!: string | null;
}

/** An episode with everything that happened to it. */
export class EpisodeStoryDto implements EpisodeStory {
  @ApiProperty({ type: EpisodeDto })
  episode!: EpisodeDto;
  @ApiProperty()
  ownerUnit!: string;
  @ApiProperty({ type: String, nullable: true })
  acknowledgedBy!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'the person of the owner it was given to' })
  assignedTo!: string | null;
  @ApiProperty({ type: [Number], description: 'episodes that were the same problem and went into it; their findings are here too' })
  absorbedIds!: readonly number[];
  @ApiProperty({ type: String, nullable: true, description: 'who proposes to close it; a second person must confirm' })
  closeProposedBy!: string | null;
  @ApiProperty({ type: [KeptOfferDto] })
  offers!: readonly KeptOfferDto[];
  @ApiProperty({ type: [KeptQuestionDto] })
  questions!: readonly KeptQuestionDto[];
  @ApiProperty({ type: [StoryStepDto] })
  steps!: readonly StoryStepDto[];
  @ApiProperty({ type: [StoryFindingDto] })
  findings!: readonly StoryFindingDto[];
  @ApiProperty({ type: [StoryNoticeDto] })
  notices!: readonly StoryNoticeDto[];
  @ApiProperty({ type: [AdviceDto], description: 'what the patient was told at home, and what became of it' })
  advice!: readonly AdviceDto[];
  @ApiProperty({ type: [RunningSnoozeDto] })
  snoozes!: readonly RunningSnoozeDto[];
  @ApiProperty({
    type: TreatmentLimitsInForceDto,
    nullable: true,
    description: 'what a physician has decided of what is grave; null: nothing',
  })
  treatmentLimits!: TreatmentLimitsInForceDto | null;
}
