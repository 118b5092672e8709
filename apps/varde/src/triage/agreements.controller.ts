import { Body, Controller, Get, HttpCode, Inject, Param, Post, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { changeUnitOwners, endUnitService, readUnitServices, saveUnitService, type Database, type Viewer } from '@varde/store';
import type { EntityManager } from 'typeorm';
import { DATABASE } from '../provided.js';
import { AgreementDto, AgreementEndDto, AgreementPath, NewAgreementDto, OwnersDto } from './agreements.dto.js';
import { EVERYBODY, Roles, SignedIn } from './access.js';
import { IdPath } from './fields.js';
import { MadeDto } from './people.dto.js';

/** Which organisations own a unit together, and which municipalities it serves by agreement: kept by administrators. */
@ApiTags('units')
@Roles('administrator')
@Controller('units/:id')
export class AgreementsController {
  private readonly manager: EntityManager;

  constructor(@Inject(DATABASE) database: Database) {
    this.manager = database.dataSource.manager;
  }

  /** Replaces those who own the unit with its home. */
  @Put('owners')
  @HttpCode(204)
  @ApiOperation({ summary: 'Let organisations own a unit together, from step 4 of the staircase' })
  owners(@Param() { id }: IdPath, @Body() { jointWith }: OwnersDto): Promise<void> {
    return changeUnitOwners(this.manager, id, jointWith, new Date());
  }

  /** Every agreement of a unit. */
  @Get('agreements')
  @Roles(...EVERYBODY)
  @ApiOperation({ summary: 'Which municipalities a unit serves without belonging to them, newest first' })
  @ApiOkResponse({ type: [AgreementDto] })
  list(@Param() { id }: IdPath): Promise<AgreementDto[]> {
    return readUnitServices(this.manager, id);
  }

  /** Enters an agreement. */
  @Post('agreements')
  @ApiOperation({ summary: 'Enter that a unit serves patients of a municipality, which answers for their data' })
  async add(@SignedIn() viewer: Viewer, @Param() { id }: IdPath, @Body() { organisationId, from, to }: NewAgreementDto): Promise<MadeDto> {
    const now = new Date();
    const agreement = { unitId: id, organisationId, from: from ?? now, to: to ?? null, enteredByPersonId: viewer.personId };
    return { id: await saveUnitService(this.manager, agreement, now) };
  }

  /** Ends an agreement. */
  @Post('agreements/:agreementId/end')
  @HttpCode(204)
  @ApiOperation({ summary: 'End an agreement; not while patients of the municipality have the unit in their team' })
  end(@Param() { id, agreementId }: AgreementPath, @Body() { at }: AgreementEndDto): Promise<void> {
    const now = new Date();
    return endUnitService(this.manager, { unitId: id, serviceId: agreementId }, at ?? now, now);
  }
}
