import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  isOnlyInEpisode,
  isRunning,
  measuringDaysAt,
  measuringDaysWords,
  reviewDateAt,
  treatmentLimitsAt,
  type CarePlan,
  type Period,
  type ScheduledMeasurement,
} from '@varde/plans';
import { effectiveRules, latestNews2, NEWS2_METRICS, type Catalogue } from '@varde/rules';
import {
  Invalid,
  readAnswers,
  readChart,
  readGoals,
  readPatientEpisodes,
  readReadings,
  readSchedule,
  readSeries,
  readTreatmentLimits,
  type Database,
  type Viewer,
} from '@varde/store';
import { METRICS } from '@varde/vitals';
import type { EntityManager } from 'typeorm';
import { CATALOGUE, DATABASE } from '../provided.js';
import { CLINICAL, Roles, SignedIn } from './access.js';
import { ChartDto, SeriesDto, SeriesQuery, type LimitInForceDto, type MeasuringDaysInForceDto, type PlannedTimeDto } from './charts.dto.js';
import { EpisodesQuery } from './episodes.dto.js';
import { IdPath } from './fields.js';
import { news2View } from './news2-view.js';
import type { News2Dto } from './news2.dto.js';
import { EpisodeDto } from './story.dto.js';

/** One patient as whoever follows them sees them. */
@ApiTags('patients')
@Roles(...CLINICAL)
@Controller('patients/:id')
export class ChartsController {
  private readonly manager: EntityManager;

  constructor(
    @Inject(DATABASE) database: Database,
    @Inject(CATALOGUE) private readonly catalogue: Catalogue,
  ) {
    this.manager = database.dataSource.manager;
  }

  /** What is agreed, by which limits, by whom. */
  @Get()
  @ApiOperation({ summary: 'A patient: plan, limits in force with owner, reason and version, team and devices' })
  @ApiOkResponse({ type: ChartDto })
  async chart(@SignedIn() viewer: Viewer, @Param() { id }: IdPath): Promise<ChartDto> {
    const now = new Date();
    const { plan, ...chart } = await readChart(this.manager, viewer, id, now);
    const stored = await readSchedule(this.manager, id, now);
    const tell = (item: ScheduledMeasurement): PlannedTimeDto => tellPlanned(item, stored);
    const runs = (period: Period): boolean => isRunning(period, now.getTime());
    return {
      ...chart,
      zone: plan.zone,
      programmes: plan.enrolments.filter(runs).map(({ programme, from }) => ({ programme, from })),
      schedule: plan.schedule.filter(runs).map(tell),
      goals: (await readGoals(this.manager, id)).filter(({ endedAt }) => endedAt === null),
      measuringDays: tellMeasuringDays(plan, now),
      reviewDate: reviewDateAt(plan, now.getTime()),
      treatmentLimits: treatmentLimitsAt(await readTreatmentLimits(this.manager, id), now.getTime()),
      leftOut: (plan.leftOut ?? []).filter(runs).map(tell),
      limits: this.limitsInForce(plan, now),
      news2: await this.latestNews2(plan, now),
    };
  }

  /** Readings of a period. */
  @Get('readings')
  @ApiOperation({ summary: 'Readings of one metric over a period; for many, minimum, median and maximum of equal stretches' })
  @ApiOkResponse({ type: SeriesDto })
  async readings(@SignedIn() viewer: Viewer, @Param() { id }: IdPath, @Query() query: SeriesQuery): Promise<SeriesDto> {
    const { metric, from, points } = query;
    const to = query.to ?? new Date();
    if (from >= to) throw new Invalid(['from must be before to']);
    const series = await readSeries(this.manager, viewer, { patientId: id, metric, from, to, points: points ?? 500 });
    return {
      metric,
      unit: METRICS[metric].unit,
      resolution: series.resolution,
      bucketMs: series.resolution === 'buckets' ? series.bucketMs : null,
      points: series.resolution === 'raw' ? series.points : [],
      buckets: series.resolution === 'buckets' ? series.buckets : [],
    };
  }

  /** Episodes, newest first. */
  @Get('episodes')
  @ApiOperation({ summary: "A patient's episodes, newest first" })
  @ApiOkResponse({ type: [EpisodeDto] })
  episodes(@SignedIn() viewer: Viewer, @Param() { id }: IdPath, @Query() { state, before, limit }: EpisodesQuery): Promise<EpisodeDto[]> {
    return readPatientEpisodes(this.manager, viewer, {
      patientId: id,
      state: state ?? 'all',
      beforeId: before ?? null,
      limit: limit ?? 50,
    });
  }

  private async latestNews2(plan: CarePlan, now: Date): Promise<News2Dto | null> {
    const { news2 } = this.catalogue;
    if (news2 === undefined) return null;
    const { patientId, zone } = plan;
    const seen = [{ patientId, zone, unlookedFrom: null }];
    const readings = (await readReadings(this.manager, seen, NEWS2_METRICS, now)).get(patientId) ?? [];
    const answers = (await readAnswers(this.manager, seen, now)).get(patientId) ?? [];
    const latest = latestNews2(news2, { window: { readings, answers }, plan, now });
    return latest && news2View(news2, latest);
  }

  /** Every parameter of the rules that run for the patient now, with whose it is. */
  private limitsInForce(plan: CarePlan, now: Date): LimitInForceDto[] {
    return effectiveRules(this.catalogue, plan, now)
      .filter(({ isOn }) => isOn)
      .flatMap(({ ruleId, title, parameters }) =>
        parameters.map(({ parameter, value, unit, source, version, chosen }) => ({
          ruleId,
          rule: title,
          parameter,
          value,
          unit,
          source,
          version,
          owner: chosen?.ownerName ?? null,
          reason: chosen?.reason ?? null,
          validFrom: chosen?.validFrom ?? null,
          validTo: chosen?.validTo ?? null,
        })),
      );
  }
}

function tellPlanned(item: ScheduledMeasurement, stored: readonly ScheduledMeasurement[]): PlannedTimeDto {
  const { metric, atLocal, weekdays, to } = item;
  return { metric, atLocal, weekdays, onlyInEpisode: isOnlyInEpisode(item), to, isDerived: !stored.some((line) => isSameLine(line, item)) };
}

function isSameLine(one: ScheduledMeasurement, other: ScheduledMeasurement): boolean {
  const isSameTime = one.metric === other.metric && one.atLocal === other.atLocal && isOnlyInEpisode(one) === isOnlyInEpisode(other);
  return isSameTime && one.weekdays.join() === other.weekdays.join() && one.to?.getTime() === other.to?.getTime();
}

function tellMeasuringDays(plan: CarePlan, now: Date): MeasuringDaysInForceDto | null {
  const agreed = measuringDaysAt(plan.measuringDays ?? [], now.getTime());
  return agreed && { ...agreed, words: measuringDaysWords(agreed) };
}
