import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { changePlanText, endPlanText, readPlanTexts, refuseOutsideTeam, refuseUnseen, type Database, type Viewer } from '@varde/store';
import type { EntityManager } from 'typeorm';
import { DATABASE } from '../provided.js';
import { CLINICAL, Roles, SignedIn } from './access.js';
import { IdPath } from './fields.js';
import { NewPlanTextDto, PlanTextDto, PlanTextPath } from './plan-texts.dto.js';

/** The words of the self-treatment plan, and of the calls for help, as agreed with the patient. */
@ApiTags('patients')
@Roles(...CLINICAL)
@Controller('patients/:id/plan-texts')
export class PlanTextsController {
  private readonly manager: EntityManager;

  constructor(@Inject(DATABASE) database: Database) {
    this.manager = database.dataSource.manager;
  }

  /** Every version. */
  @Get()
  @ApiOperation({
    summary: 'Every version of the words agreed with the patient, newest first; where there is none the default ones are used',
  })
  @ApiOkResponse({ type: [PlanTextDto] })
  async list(@SignedIn() viewer: Viewer, @Param() { id: patientId }: IdPath): Promise<PlanTextDto[]> {
    await refuseUnseen(this.manager, viewer, patientId);
    return readPlanTexts(this.manager, patientId);
  }

  /** Records the next version. */
  @Post()
  @Roles('physician', 'nurse')
  @ApiOperation({
    summary: 'Agree words with the patient; the calls for help only as a physician. No text may say that somebody has called',
  })
  async agree(
    @SignedIn() viewer: Viewer,
    @Param() { id: patientId }: IdPath,
    @Body() { nb, en, validFrom, validTo, ...change }: NewPlanTextDto,
  ): Promise<PlanTextDto> {
    await refuseOutsideTeam(this.manager, viewer, patientId);
    const times = { validFrom: validFrom ?? null, validTo: validTo ?? null };
    return changePlanText(this.manager, viewer, { ...change, ...times, text: { nb, en }, patientId }, new Date());
  }

  /** Ends a version. */
  @Post(':textId/end')
  @HttpCode(204)
  @Roles('physician', 'nurse')
  @ApiOperation({ summary: 'End agreed words now: the default ones are used again' })
  async end(@SignedIn() viewer: Viewer, @Param() { id: patientId, textId }: PlanTextPath): Promise<void> {
    await refuseOutsideTeam(this.manager, viewer, patientId);
    await endPlanText(this.manager, viewer, { patientId, textId }, new Date());
  }
}
