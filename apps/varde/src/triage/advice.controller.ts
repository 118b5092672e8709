import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { readAdvice, refuseUnseen, type Database, type Viewer } from '@varde/store';
import type { EntityManager } from 'typeorm';
import { DATABASE } from '../provided.js';
import { CLINICAL, Roles, SignedIn } from './access.js';
import { AdviceDto } from './advice.dto.js';
import { IdPath } from './fields.js';

/** What patients are told at home. */
@ApiTags('patients')
@Roles(...CLINICAL)
@Controller('patients/:id/advice')
export class AdviceController {
  private readonly manager: EntityManager;

  constructor(@Inject(DATABASE) database: Database) {
    this.manager = database.dataSource.manager;
  }

  /** The latest advice. */
  @Get()
  @ApiOperation({ summary: 'The last 50 things the patient was told or asked at home, newest first, and how far each has come' })
  @ApiOkResponse({ type: [AdviceDto] })
  async list(@SignedIn() viewer: Viewer, @Param() { id: patientId }: IdPath): Promise<AdviceDto[]> {
    await refuseUnseen(this.manager, viewer, patientId);
    return readAdvice(this.manager, patientId);
  }
}
