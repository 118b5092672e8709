import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  changeMeasuringDays,
  endMeasuringDays,
  readMeasuringDays,
  refuseOutsideTeam,
  refuseUnseen,
  type Database,
  type Viewer,
} from '@varde/store';
import type { EntityManager } from 'typeorm';
import { DATABASE } from '../provided.js';
import { CLINICAL, Roles, SignedIn } from './access.js';
import { IdPath } from './fields.js';
import { MeasuringDaysDto, MeasuringDaysPath, NewMeasuringDaysDto } from './measuring-days.dto.js';

/** How often a patient has agreed to measure: what is planned never asks for more. */
@ApiTags('care plans')
@Roles(...CLINICAL)
@Controller('patients/:id/measuring-days')
export class MeasuringDaysController {
  private readonly manager: EntityManager;

  constructor(@Inject(DATABASE) database: Database) {
    this.manager = database.dataSource.manager;
  }

  /** Every version. */
  @Get()
  @ApiOperation({ summary: 'Every version of how often the patient has agreed to measure, newest first; none: as often as is planned' })
  @ApiOkResponse({ type: [MeasuringDaysDto] })
  async list(@SignedIn() viewer: Viewer, @Param() { id: patientId }: IdPath): Promise<MeasuringDaysDto[]> {
    await refuseUnseen(this.manager, viewer, patientId);
    return readMeasuringDays(this.manager, patientId);
  }

  /** Records the next version. */
  @Post()
  @Roles('nurse', 'physician')
  @ApiOperation({
    summary: 'Agree with the patient how often they measure; the plan says what it leaves out. What is planned only in an episode stays',
  })
  @ApiOkResponse({ type: MeasuringDaysDto })
  async agree(
    @SignedIn() viewer: Viewer,
    @Param() { id: patientId }: IdPath,
    @Body() { weekdays, daysAWeek, validFrom, validTo, ...change }: NewMeasuringDaysDto,
  ): Promise<MeasuringDaysDto> {
    await refuseOutsideTeam(this.manager, viewer, patientId);
    const days = { weekdays: weekdays ?? null, daysAWeek: daysAWeek ?? null };
    const times = { validFrom: validFrom ?? null, validTo: validTo ?? null };
    return changeMeasuringDays(this.manager, viewer, { ...change, ...days, ...times, patientId }, new Date());
  }

  /** Ends a version. */
  @Post(':measuringDaysId/end')
  @HttpCode(204)
  @Roles('nurse', 'physician')
  @ApiOperation({ summary: 'End what was agreed now: an earlier version that still runs applies again, else whatever is planned' })
  async end(@SignedIn() viewer: Viewer, @Param() { id: patientId, measuringDaysId }: MeasuringDaysPath): Promise<void> {
    await refuseOutsideTeam(this.manager, viewer, patientId);
    await endMeasuringDays(this.manager, viewer, { patientId, measuringDaysId }, new Date());
  }
}
