import { Body, Controller, Get, HttpCode, Inject, Param, Post, Put, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { changeRosterKept, endDuty, readDuty, saveDuty, saveWeeklyRoster, type Database, type Viewer } from '@varde/store';
import type { EntityManager } from 'typeorm';
import { DATABASE } from '../provided.js';
import { EVERYBODY, Roles, SignedIn } from './access.js';
import { DutyDto, DutyEnteredDto, DutyPath, DutyQuery, NewDutiesDto, RosterKeptDto, WeeklyRosterDto } from './duty.dto.js';
import { IdPath } from './fields.js';
import { refuseUnlessOfUnitOrAdministrator } from './unit-access.js';

const SHOWN_MS = 28 * 86_400_000;

/** Who is on duty when: kept by administrators and the unit's team lead, readable by everybody who works for the unit. */
@ApiTags('units')
@Roles('administrator', 'team_lead')
@Controller('units/:id')
export class DutyController {
  private readonly manager: EntityManager;

  constructor(@Inject(DATABASE) database: Database) {
    this.manager = database.dataSource.manager;
  }

  /** A part of the roster. */
  @Get('duty')
  @Roles(...EVERYBODY)
  @ApiOperation({ summary: "A unit's roster, by beginning" })
  @ApiOkResponse({ type: [DutyDto] })
  async list(@SignedIn() viewer: Viewer, @Param() { id }: IdPath, @Query() query: DutyQuery): Promise<DutyDto[]> {
    refuseUnlessOfUnitOrAdministrator(viewer, id);
    const from = query.from ?? new Date();
    return readDuty(this.manager, id, { from, to: query.to ?? new Date(from.getTime() + SHOWN_MS) });
  }

  /** Puts people on the roster. */
  @Post('duty')
  @ApiOperation({ summary: "Put people on a unit's roster; everybody it serves is looked at again" })
  @ApiCreatedResponse({ type: DutyEnteredDto })
  async add(@SignedIn() viewer: Viewer, @Param() { id }: IdPath, @Body() { duty }: NewDutiesDto): Promise<DutyEnteredDto> {
    refuseUnlessOfUnitOrAdministrator(viewer, id);
    return saveDuty(this.manager, id, { duty, byPersonId: viewer.personId }, new Date());
  }

  /** Puts people on the roster week by week. */
  @Post('duty/weeks')
  @ApiOperation({ summary: 'Enter a roster that repeats week by week for a stretch of weeks, by the local time of the unit' })
  @ApiCreatedResponse({ type: DutyEnteredDto })
  async addWeeks(@SignedIn() viewer: Viewer, @Param() { id }: IdPath, @Body() roster: WeeklyRosterDto): Promise<DutyEnteredDto> {
    refuseUnlessOfUnitOrAdministrator(viewer, id);
    return saveWeeklyRoster(this.manager, id, { roster, byPersonId: viewer.personId }, new Date());
  }

  /** Takes somebody off the roster. */
  @Post('duty/:dutyId/end')
  @HttpCode(204)
  @ApiOperation({ summary: 'Take somebody off the roster: duty that runs ends now, duty ahead is taken away' })
  async end(@SignedIn() viewer: Viewer, @Param() { id, dutyId }: DutyPath): Promise<void> {
    refuseUnlessOfUnitOrAdministrator(viewer, id);
    await endDuty(this.manager, { unitId: id, dutyId, byPersonId: viewer.personId }, new Date());
  }

  /** Says whether a roster is kept. */
  @Put('roster-kept')
  @HttpCode(204)
  @ApiOperation({ summary: 'Say whether the unit keeps a roster; without one somebody is there whenever it is open' })
  async keep(@SignedIn() viewer: Viewer, @Param() { id }: IdPath, @Body() { kept }: RosterKeptDto): Promise<void> {
    refuseUnlessOfUnitOrAdministrator(viewer, id);
    await changeRosterKept(this.manager, id, kept, new Date());
  }
}
