import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  changeTreatmentLimits,
  endTreatmentLimits,
  readTreatmentLimits,
  refuseOutsideTeam,
  refuseUnseen,
  type Database,
  type Viewer,
} from '@varde/store';
import type { EntityManager } from 'typeorm';
import { DATABASE } from '../provided.js';
import { CLINICAL, Roles, SignedIn } from './access.js';
import { IdPath } from './fields.js';
import { NewTreatmentLimitsDto, TreatmentLimitsDto, TreatmentLimitsPath } from './treatment-limits.dto.js';

/** What a physician has decided of who has what is grave of a patient, in place of the pathway. */
@ApiTags('care plans')
@Roles(...CLINICAL)
@Controller('patients/:id/treatment-limits')
export class TreatmentLimitsController {
  private readonly manager: EntityManager;

  constructor(@Inject(DATABASE) database: Database) {
    this.manager = database.dataSource.manager;
  }

  /** Every version. */
  @Get()
  @ApiOperation({ summary: "Every version of the patient's treatment limits, newest first; none in force: the pathway is followed" })
  @ApiOkResponse({ type: [TreatmentLimitsDto] })
  async list(@SignedIn() viewer: Viewer, @Param() { id: patientId }: IdPath): Promise<TreatmentLimitsDto[]> {
    await refuseUnseen(this.manager, viewer, patientId);
    return readTreatmentLimits(this.manager, patientId);
  }

  /** Records the next version. */
  @Post()
  @Roles('physician')
  @ApiOperation({
    summary:
      'Decide which unit has what is red or critical of the patient. All is found and shown as before, and what the patient is told stays (113 too)',
  })
  @ApiOkResponse({ type: TreatmentLimitsDto })
  async decide(
    @SignedIn() viewer: Viewer,
    @Param() { id: patientId }: IdPath,
    @Body() { validFrom, validTo, ...change }: NewTreatmentLimitsDto,
  ): Promise<TreatmentLimitsDto> {
    await refuseOutsideTeam(this.manager, viewer, patientId);
    const times = { validFrom: validFrom ?? null, validTo: validTo ?? null };
    return changeTreatmentLimits(this.manager, viewer, { ...change, ...times, patientId }, new Date());
  }

  /** Ends a version. */
  @Post(':treatmentLimitsId/end')
  @HttpCode(204)
  @Roles('physician')
  @ApiOperation({ summary: 'End treatment limits now: an earlier version that still runs applies again, else the pathway' })
  async end(@SignedIn() viewer: Viewer, @Param() { id: patientId, treatmentLimitsId }: TreatmentLimitsPath): Promise<void> {
    await refuseOutsideTeam(this.manager, viewer, patientId);
    await endTreatmentLimits(this.manager, viewer, { patientId, treatmentLimitsId }, new Date());
  }
}
