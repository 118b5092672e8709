import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { closeTask, readTasks, type Database, type Viewer } from '@varde/store';
import type { EntityManager } from 'typeorm';
import { DATABASE } from '../provided.js';
import { CLINICAL, Roles, SignedIn } from './access.js';
import { BigIdPath } from './fields.js';
import { TaskDto, TaskOutcomeDto, TasksQuery } from './tasks.dto.js';

/** Work for a person that is no episode: what is missing, outdated, about to end or in conflict. */
@ApiTags('tasks')
@Roles(...CLINICAL)
@Controller('tasks')
export class TasksController {
  private readonly manager: EntityManager;

  constructor(@Inject(DATABASE) database: Database) {
    this.manager = database.dataSource.manager;
  }

  /** Tasks by due time. */
  @Get()
  @ApiOperation({ summary: 'Tasks about patients of your units, those due first at the top' })
  @ApiOkResponse({ type: [TaskDto] })
  list(@SignedIn() viewer: Viewer, @Query() { unit, patient, role, state, limit }: TasksQuery): Promise<TaskDto[]> {
    const question = {
      unitId: unit ?? null,
      patientId: patient ?? null,
      forRole: role ?? null,
      state: state ?? 'open',
      limit: limit ?? 200,
    };
    return readTasks(this.manager, viewer, question);
  }

  /** Done. */
  @Post(':id/done')
  @HttpCode(200)
  @ApiOperation({ summary: 'Close a task as done; what is still missing comes again after a week' })
  @ApiOkResponse({ type: TaskDto })
  done(@SignedIn() viewer: Viewer, @Param() { id: taskId }: BigIdPath, @Body() { outcome }: TaskOutcomeDto): Promise<TaskDto> {
    return closeTask(this.manager, viewer, { taskId, state: 'done', outcome }, new Date());
  }

  /** Dismissed. */
  @Post(':id/dismiss')
  @HttpCode(200)
  @ApiOperation({ summary: 'Close a task that need not be done, with the reason' })
  @ApiOkResponse({ type: TaskDto })
  dismiss(@SignedIn() viewer: Viewer, @Param() { id: taskId }: BigIdPath, @Body() { outcome }: TaskOutcomeDto): Promise<TaskDto> {
    return closeTask(this.manager, viewer, { taskId, state: 'dismissed', outcome }, new Date());
  }
}
