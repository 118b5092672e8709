import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  checkNewPathway,
  readPathwayVersions,
  refuseOutsider,
  savePathway,
  type Database,
  type NewPathway,
  type Viewer,
} from '@varde/store';
import type { EntityManager } from 'typeorm';
import { DATABASE } from '../provided.js';
import { EVERYBODY, Roles, SignedIn } from './access.js';
import { IdPath } from './fields.js';
import { NewPathwayDto, PathwayHoleDto, PathwayVersionDto, SavedPathwayDto } from './pathways.dto.js';

/** Who gets what severity at what hour in a community, and how far its organisations have joined; versions, never changed. */
@ApiTags('pathways')
@Roles('team_lead', 'administrator')
@Controller('communities/:id/pathways')
export class PathwaysController {
  private readonly manager: EntityManager;

  constructor(@Inject(DATABASE) database: Database) {
    this.manager = database.dataSource.manager;
  }

  /** Every version. */
  @Get()
  @Roles(...EVERYBODY)
  @ApiOperation({ summary: 'Every version of every pathway of a community, newest version first' })
  @ApiOkResponse({ type: [PathwayVersionDto] })
  versions(@Param() { id: communityId }: IdPath): Promise<PathwayVersionDto[]> {
    return readPathwayVersions(this.manager, communityId);
  }

  /** Checks without saving. */
  @Post('check')
  @HttpCode(200)
  @ApiOperation({ summary: 'Every way of a pathway that reaches nobody and every other fault, without saving it' })
  @ApiOkResponse({ type: [PathwayHoleDto] })
  async check(@SignedIn() viewer: Viewer, @Param() { id: communityId }: IdPath, @Body() body: NewPathwayDto): Promise<PathwayHoleDto[]> {
    const now = new Date();
    await refuseOutsider(this.manager, viewer, communityId);
    return checkNewPathway(this.manager, toNewPathway(communityId, body, now), now);
  }

  /** Saves the next version. */
  @Post()
  @ApiOperation({ summary: 'Save a pathway or its next version; refused when it leads somebody to nobody. Open episodes keep theirs' })
  @ApiCreatedResponse({ type: SavedPathwayDto })
  async save(@SignedIn() viewer: Viewer, @Param() { id: communityId }: IdPath, @Body() body: NewPathwayDto): Promise<SavedPathwayDto> {
    const now = new Date();
    await refuseOutsider(this.manager, viewer, communityId);
    const given = { ...toNewPathway(communityId, body, now), savedByPersonId: viewer.personId };
    const { id, version, warnings } = await savePathway(this.manager, given, now);
    return { id, version, warnings };
  }
}

function toNewPathway(communityId: number, { pathwayId, inForceFrom, ...body }: NewPathwayDto, now: Date): NewPathway {
  return { ...body, id: pathwayId ?? null, communityId, inForceFrom: inForceFrom ?? now };
}
