import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { addGoal, endGoal, readGoals, refuseOutsideTeam, refuseUnseen, type Database, type Viewer } from '@varde/store';
import type { EntityManager } from 'typeorm';
import { DATABASE } from '../provided.js';
import { CLINICAL, Roles, SignedIn } from './access.js';
import { IdPath } from './fields.js';
import { GoalDto, GoalEndDto, GoalPath, NewGoalDto } from './goals.dto.js';

/** What matters to the patient. */
@ApiTags('care plans')
@Roles(...CLINICAL)
@Controller('patients/:id/goals')
export class GoalsController {
  private readonly manager: EntityManager;

  constructor(@Inject(DATABASE) database: Database) {
    this.manager = database.dataSource.manager;
  }

  /** Those that stand, and those that have ended. */
  @Get()
  @ApiOperation({ summary: 'What matters to the patient: goals that stand, then those that have ended, newest first' })
  @ApiOkResponse({ type: [GoalDto] })
  async list(@SignedIn() viewer: Viewer, @Param() { id: patientId }: IdPath): Promise<GoalDto[]> {
    await refuseUnseen(this.manager, viewer, patientId);
    return readGoals(this.manager, patientId);
  }

  /** Writes one down. */
  @Post()
  @Roles('nurse', 'physician')
  @ApiOperation({ summary: 'Write down what matters to the patient, in their own words' })
  @ApiCreatedResponse({ type: GoalDto })
  async add(@SignedIn() viewer: Viewer, @Param() { id: patientId }: IdPath, @Body() { words }: NewGoalDto): Promise<GoalDto> {
    await refuseOutsideTeam(this.manager, viewer, patientId);
    return addGoal(this.manager, viewer, { patientId, words }, new Date());
  }

  /** Ends one. */
  @Post(':goalId/end')
  @HttpCode(204)
  @Roles('nurse', 'physician')
  @ApiOperation({ summary: 'End a goal: reached, changed, or given up' })
  async end(
    @SignedIn() viewer: Viewer,
    @Param() { id: patientId, goalId }: GoalPath,
    @Body() { outcome, note }: GoalEndDto,
  ): Promise<void> {
    await refuseOutsideTeam(this.manager, viewer, patientId);
    await endGoal(this.manager, viewer, { patientId, goalId, outcome, note: note ?? null }, new Date());
  }
}
