import { ApiProperty } from '@nestjs/swagger';
import { ALERT_BUDGET } from '@varde/alerts';
import { HIT_RATE_BY, type AlertLoad, type HitRate, type HitRateLine } from '@varde/store';
import { IsIn } from 'class-validator';
import { Instant, MayBeLeftOut, Whole } from './fields.js';

/** Which closed episodes are counted, and by what. */
export class HitRateQuery {
  @ApiProperty({ enum: HIT_RATE_BY, required: false, default: 'rule' })
  @MayBeLeftOut()
  @IsIn(HIT_RATE_BY)
  by?: (typeof HIT_RATE_BY)[number];

  @Instant('closed from here on; 28 days before `to` when left out', true)
  from?: Date;

  @Instant('closed before this; now when left out', true)
  to?: Date;

  @Whole(1, 10_000, 'lines at most, those with the most episodes', { default: 200 })
  limit?: number;
}

/** The closed episodes of one rule, patient or unit. */
export class HitRateLineDto implements HitRateLine {
  @ApiProperty({ example: 'copd.spo2.drop', description: 'rule id, or id of the patient or unit' })
  key!: string;
  @ApiProperty({ type: String, nullable: true })
  name!: string | null;
  @ApiProperty({ description: 'an episode counts once for each rule that has spoken in it' })
  episodes!: number;
  @ApiProperty()
  findings!: number;
  @ApiProperty({ description: 'treated, plan changed, seen by the GP, sent to legevakt or admitted' })
  hits!: number;
  @ApiProperty({ description: 'a false measurement, or no action needed' })
  misses!: number;
  @ApiProperty({ description: 'ended by itself; nobody has judged it, so it is not in the share' })
  settled!: number;
  @ApiProperty({ description: 'a technical fault; not in the share' })
  technical!: number;
  @ApiProperty({ type: Number, nullable: true, description: 'hits of hits and misses, 0 to 1' })
  share!: number | null;
  @ApiProperty({ type: Number, nullable: true, description: 'from taking to closing, the middle one' })
  minutesMedian!: number | null;
}

/** What nurses were asked to look at. */
export class AlertLoadDto implements AlertLoad {
  @ApiProperty()
  patients!: number;
  @ApiProperty()
  yellowPerPatientWeekMedian!: number;
  @ApiProperty()
  yellowPerPatientWeekP95!: number;
  @ApiProperty()
  redPerPatientWeekMean!: number;
  @ApiProperty({ type: Number, nullable: true })
  shareOfRedWithAction!: number | null;
}

/** The alert budget of the rule catalogue. */
export class AlertBudgetDto {
  @ApiProperty()
  yellowPerPatientWeekMedian!: number;
  @ApiProperty()
  yellowPerPatientWeekP95!: number;
  @ApiProperty()
  redPerPatientWeekMean!: number;
  @ApiProperty()
  shareOfRedWithAction!: number;
}

/** Hit rate of a period, beside the budget. */
export class HitRateDto implements HitRate {
  @ApiProperty({ type: [HitRateLineDto] })
  lines!: HitRateLineDto[];
  @ApiProperty({ type: AlertLoadDto, description: 'over all patients followed in the period, those without an episode too' })
  load!: AlertLoadDto;
  @ApiProperty({ type: AlertBudgetDto, example: ALERT_BUDGET })
  budget!: AlertBudgetDto;
}
