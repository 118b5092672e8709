import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  changeReviewDate,
  endReviewDate,
  readReviewDates,
  refuseOutsideTeam,
  refuseUnseen,
  type Database,
  type Viewer,
} from '@varde/store';
import type { EntityManager } from 'typeorm';
import { DATABASE } from '../provided.js';
import { CLINICAL, Roles, SignedIn } from './access.js';
import { IdPath } from './fields.js';
import { NewReviewDateDto, ReviewDateDto, ReviewDatePath } from './review-dates.dto.js';

/** When the plan is gone through with the patient next, and the week of measuring pressure before it. */
@ApiTags('care plans')
@Roles(...CLINICAL)
@Controller('patients/:id/review-dates')
export class ReviewDatesController {
  private readonly manager: EntityManager;

  constructor(@Inject(DATABASE) database: Database) {
    this.manager = database.dataSource.manager;
  }

  /** Every version. */
  @Get()
  @ApiOperation({ summary: 'Every date of a review, newest first' })
  @ApiOkResponse({ type: [ReviewDateDto] })
  async list(@SignedIn() viewer: Viewer, @Param() { id: patientId }: IdPath): Promise<ReviewDateDto[]> {
    await refuseUnseen(this.manager, viewer, patientId);
    return readReviewDates(this.manager, patientId);
  }

  /** Sets the next one. */
  @Post()
  @Roles('nurse', 'physician')
  @ApiOperation({
    summary:
      'Set the date of the next review: with hypertension the week before it is planned, told at home, and its mean told to a physician',
  })
  @ApiOkResponse({ type: ReviewDateDto })
  async set(@SignedIn() viewer: Viewer, @Param() { id: patientId }: IdPath, @Body() change: NewReviewDateDto): Promise<ReviewDateDto> {
    await refuseOutsideTeam(this.manager, viewer, patientId);
    return changeReviewDate(this.manager, viewer, { ...change, patientId }, new Date());
  }

  /** Takes one back. */
  @Post(':reviewDateId/end')
  @HttpCode(204)
  @Roles('nurse', 'physician')
  @ApiOperation({ summary: 'Take the date of a review back, and what was planned before it' })
  async end(@SignedIn() viewer: Viewer, @Param() { id: patientId, reviewDateId }: ReviewDatePath): Promise<void> {
    await refuseOutsideTeam(this.manager, viewer, patientId);
    await endReviewDate(this.manager, viewer, { patientId, reviewDateId }, new Date());
  }
}
