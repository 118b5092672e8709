import { ApiProperty } from '@nestjs/swagger';
import type { Programme } from '@varde/plans';
import type { CareLevel } from '@varde/routing';
import type { Bucket, RawPoint, TeamUnit, WhoseWeight, WornDevice } from '@varde/store';
import { METRICS, type Metric } from '@varde/vitals';
import { IsIn } from 'class-validator';
import { Instant, Whole } from './fields.js';
import { GoalDto } from './goals.dto.js';
import { MeasuringDaysDto } from './measuring-days.dto.js';
import { WeeklyTimeDto } from './patients.dto.js';
import { ReviewDateDto } from './review-dates.dto.js';
import { TreatmentLimitsDto } from './treatment-limits.dto.js';
import { News2Dto } from './news2.dto.js';
import { WordsDto } from './worklist.dto.js';

const METRIC_NAMES = Object.keys(METRICS) as Metric[];

/** Which readings. */
export class SeriesQuery {
  @ApiProperty({ enum: METRIC_NAMES, enumName: 'Metric' })
  @IsIn(METRIC_NAMES)
  metric!: Metric;

  @Instant('beginning of the period')
  from!: Date;

  @Instant('end of the period, not included; now when left out', true)
  to?: Date;

  @Whole(10, 2_000, 'points at most: with more readings than that, each stands for a stretch of time', { default: 500 })
  points?: number;
}

/** Whose weight it is, as was answered. */
export class WhoseWeightDto implements WhoseWeight {
  @ApiProperty({ description: "true: the patient's, and it counts; false: somebody else's, and it is left out" })
  isMine!: boolean;
  @ApiProperty()
  answeredAt!: Date;
  @ApiProperty({ type: String })
  answeredBy!: WhoseWeight['answeredBy'];
}

/** One reading. */
export class RawPointDto implements RawPoint {
  @ApiProperty()
  observedAt!: Date;
  @ApiProperty()
  receivedAt!: Date;
  @ApiProperty()
  value!: number;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'why it must be used with care; `after-exercise`: rules for rest do not see it',
  })
  doubt!: string | null;
  @ApiProperty()
  measurementId!: number;
  @ApiProperty({ type: WhoseWeightDto, nullable: true, description: 'of a weight: whose it is, as was answered' })
  whose!: WhoseWeightDto | null;
}

/** The readings of one stretch of time. */
export class BucketDto implements Bucket {
  @ApiProperty()
  from!: Date;
  @ApiProperty()
  min!: number;
  @ApiProperty()
  median!: number;
  @ApiProperty()
  max!: number;
  @ApiProperty()
  count!: number;
  @ApiProperty({ description: 'how many are doubtful; the values are of the others when there are any' })
  doubtful!: number;
}

/** Readings of a period: every one of them, or stretches of equal length. */
export class SeriesDto {
  @ApiProperty({ enum: METRIC_NAMES, enumName: 'Metric' })
  metric!: Metric;
  @ApiProperty({ description: 'UCUM unit of every value' })
  unit!: string;
  @ApiProperty({ enum: ['raw', 'buckets'] })
  resolution!: 'raw' | 'buckets';
  @ApiProperty({ type: Number, nullable: true, description: 'length of a stretch' })
  bucketMs!: number | null;
  @ApiProperty({ type: [RawPointDto], description: 'empty for buckets' })
  points!: readonly RawPointDto[];
  @ApiProperty({ type: [BucketDto], description: 'empty for raw; stretches without a reading are left out' })
  buckets!: readonly BucketDto[];
}

/** A programme the patient follows. */
export class EnrolmentInForceDto {
  @ApiProperty({ type: String })
  programme!: Programme;
  @ApiProperty()
  from!: Date;
}

/** When the patient is to measure something, as follows from what is stored, their measuring days and the dates of reviews. */
export class PlannedTimeDto extends WeeklyTimeDto {
  @ApiProperty({ type: Date, nullable: true, description: 'when this ends or changes by itself; null: it does not' })
  to!: Date | null;
  @ApiProperty({
    description: 'it is not stored like this: cut to the measuring days, or of a week before a review; never write it back to the schedule',
  })
  isDerived!: boolean;
}

/** How often the patient has agreed to measure now. */
export class MeasuringDaysInForceDto extends MeasuringDaysDto {
  @ApiProperty({ type: WordsDto })
  words!: WordsDto;
}

/** A limit that rules are judged by now, and who answers for it. */
export class LimitInForceDto {
  @ApiProperty()
  ruleId!: string;
  @ApiProperty({ type: WordsDto })
  rule!: WordsDto;
  @ApiProperty()
  parameter!: string;
  @ApiProperty()
  value!: number;
  @ApiProperty()
  unit!: string;
  @ApiProperty({ enum: ['catalogue', 'unit', 'personal'] })
  source!: 'catalogue' | 'unit' | 'personal';
  @ApiProperty({ description: 'of the personal limit, or of the rule when it is the default' })
  version!: number;
  @ApiProperty({ type: String, nullable: true, description: 'who answers for a personal limit' })
  owner!: string | null;
  @ApiProperty({ type: String, nullable: true })
  reason!: string | null;
  @ApiProperty({ type: Date, nullable: true })
  validFrom!: Date | null;
  @ApiProperty({ type: Date, nullable: true })
  validTo!: Date | null;
}

/** A unit of the team. */
export class TeamUnitDto implements TeamUnit {
  @ApiProperty()
  id!: number;
  @ApiProperty()
  name!: string;
  @ApiProperty({ type: String })
  careLevel!: CareLevel;
  @ApiProperty()
  organisation!: string;
}

/** A device the patient wears. */
export class WornDeviceDto implements WornDevice {
  @ApiProperty()
  deviceId!: number;
  @ApiProperty()
  name!: string;
  @ApiProperty()
  kind!: string;
  @ApiProperty({ type: String, nullable: true })
  model!: string | null;
  @ApiProperty({ type: Number, nullable: true })
  userSlot!: number | null;
  @ApiProperty()
  from!: Date;
  @ApiProperty({ type: Number, nullable: true })
  batteryPercent!: number | null;
  @ApiProperty({ type: Date, nullable: true })
  statusAt!: Date | null;
}

/** One patient: what is agreed, by which limits, by whom, and what they wear. */
export class ChartDto {
  @ApiProperty()
  id!: number;
  @ApiProperty()
  name!: string;
  @ApiProperty({ type: Number, nullable: true })
  birthYear!: number | null;
  @ApiProperty({ description: 'time zone of the home' })
  zone!: string;
  @ApiProperty()
  monitoredFrom!: Date;
  @ApiProperty({ type: Date, nullable: true })
  monitoredTo!: Date | null;
  @ApiProperty()
  planVersion!: number;
  @ApiProperty({ type: Date, nullable: true })
  lookedAt!: Date | null;
  @ApiProperty({ type: [EnrolmentInForceDto] })
  programmes!: readonly EnrolmentInForceDto[];
  @ApiProperty({ type: [PlannedTimeDto] })
  schedule!: readonly PlannedTimeDto[];
  @ApiProperty({ type: [GoalDto], description: 'what matters to the patient, in their own words: the goals that stand' })
  goals!: readonly GoalDto[];
  @ApiProperty({
    type: MeasuringDaysInForceDto,
    nullable: true,
    description: 'how often the patient has agreed to measure, which `schedule` keeps to; null: nothing is agreed of it',
  })
  measuringDays!: MeasuringDaysInForceDto | null;
  @ApiProperty({
    type: ReviewDateDto,
    nullable: true,
    description: 'when the plan is gone through next, or was last; null: no date is set',
  })
  reviewDate!: ReviewDateDto | null;
  @ApiProperty({
    type: TreatmentLimitsDto,
    nullable: true,
    description: 'what a physician has decided of who has what is grave, and of what is to be done; null: nothing',
  })
  treatmentLimits!: TreatmentLimitsDto | null;
  @ApiProperty({ type: [PlannedTimeDto], description: 'planned, but not asked for: the patient has agreed to fewer days' })
  leftOut!: readonly PlannedTimeDto[];
  @ApiProperty({ type: Date, nullable: true, description: 'since when what is planned only in an episode is asked for; null: it is not' })
  closelyFollowedFrom!: Date | null;
  @ApiProperty({ type: [LimitInForceDto] })
  limits!: readonly LimitInForceDto[];
  @ApiProperty({ type: [TeamUnitDto] })
  team!: readonly TeamUnitDto[];
  @ApiProperty({ type: [WornDeviceDto] })
  devices!: readonly WornDeviceDto[];
  @ApiProperty({ type: News2Dto, nullable: true, description: 'null when nothing that belongs to the score was measured in the last days' })
  news2!: News2Dto | null;
}
