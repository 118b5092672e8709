import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  endPause,
  NURSE_PAUSE_HOURS_MAX,
  readPauses,
  refuseOutsideTeam,
  refuseUnseen,
  savePause,
  type Database,
  type Viewer,
} from '@varde/store';
import type { EntityManager } from 'typeorm';
import { DATABASE } from '../provided.js';
import { CLINICAL, Roles, SignedIn } from './access.js';
import { IdPath } from './fields.js';
import { NewPauseDto, PauseDto, PausePath } from './pauses.dto.js';

/** Times in which a patient is not expected to measure: admissions, holidays. */
@ApiTags('care plans')
@Roles(...CLINICAL)
@Controller('patients/:id/pauses')
export class PausesController {
  private readonly manager: EntityManager;

  constructor(@Inject(DATABASE) database: Database) {
    this.manager = database.dataSource.manager;
  }

  /** Every pause. */
  @Get()
  @ApiOperation({ summary: 'Every pause of a patient, newest first' })
  @ApiOkResponse({ type: [PauseDto] })
  async list(@SignedIn() viewer: Viewer, @Param() { id: patientId }: IdPath): Promise<PauseDto[]> {
    await refuseUnseen(this.manager, viewer, patientId);
    return readPauses(this.manager, patientId);
  }

  /** Sets a pause. */
  @Post()
  @Roles('nurse', 'physician')
  @ApiOperation({
    summary: 'Expect no measurements until an end; a nurse sets at most 72 hours without a break. Red and critical rules run on',
  })
  async add(
    @SignedIn() viewer: Viewer,
    @Param() { id: patientId }: IdPath,
    @Body() { kind, from, to, reason }: NewPauseDto,
  ): Promise<PauseDto> {
    const now = new Date();
    await refuseOutsideTeam(this.manager, viewer, patientId);
    const hoursMax = viewer.roles.includes('physician') ? null : NURSE_PAUSE_HOURS_MAX;
    return savePause(this.manager, { patientId, kind, from: from ?? now, to, reason, setByPersonId: viewer.personId, hoursMax }, now);
  }

  /** Ends a pause. */
  @Post(':pauseId/end')
  @HttpCode(204)
  @Roles('nurse', 'physician')
  @ApiOperation({ summary: 'End a pause now; what is planned from now on is expected again' })
  async end(@SignedIn() viewer: Viewer, @Param() { id: patientId, pauseId }: PausePath): Promise<void> {
    await refuseOutsideTeam(this.manager, viewer, patientId);
    await endPause(this.manager, { patientId, pauseId, byPersonId: viewer.personId }, new Date());
  }
}
