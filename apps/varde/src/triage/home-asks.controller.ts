import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { readHomeAsks, refuseUnseen, type Database, type Viewer } from '@varde/store';
import type { EntityManager } from 'typeorm';
import { DATABASE } from '../provided.js';
import { CLINICAL, Roles, SignedIn } from './access.js';
import { IdPath } from './fields.js';
import { HomeAskDto } from './home-asks.dto.js';

/** What homes are asked to do while a rule waits. */
@ApiTags('patients')
@Roles(...CLINICAL)
@Controller('patients/:id/asks')
export class HomeAsksController {
  private readonly manager: EntityManager;

  constructor(@Inject(DATABASE) database: Database) {
    this.manager = database.dataSource.manager;
  }

  /** The latest requests. */
  @Get()
  @ApiOperation({ summary: 'The last 50 requests to measure again, newest first, and how far each has come' })
  @ApiOkResponse({ type: [HomeAskDto] })
  async list(@SignedIn() viewer: Viewer, @Param() { id: patientId }: IdPath): Promise<HomeAskDto[]> {
    await refuseUnseen(this.manager, viewer, patientId);
    return readHomeAsks(this.manager, patientId);
  }
}
