import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  changeHolidays,
  changeOpeningHours,
  changeOrganisationKind,
  changeServices,
  changeWebhook,
  readCommunities,
  readOrganisations,
  readUnits,
  saveCommunity,
  saveOrganisation,
  saveUnit,
  type Database,
  type Viewer,
} from '@varde/store';
import type { EntityManager } from 'typeorm';
import { DATABASE } from '../provided.js';
import { EVERYBODY, Roles, SignedIn } from './access.js';
import { IdPath } from './fields.js';
import { MadeDto } from './people.dto.js';
import { refuseUnlessOfUnitOrAdministrator } from './unit-access.js';
import {
  CommunityDto,
  HolidaysDto,
  NewCommunityDto,
  NewOrganisationDto,
  NewUnitDto,
  OpeningHoursChangeDto,
  OrganisationDto,
  OrganisationKindDto,
  ServicesDto,
  UnitDto,
  WebhookDto,
} from './units.dto.js';

/** Communities, their organisations and units: kept by administrators, readable by everybody who signs in. */
@ApiTags('units')
@Roles('administrator')
@Controller()
export class UnitsController {
  private readonly manager: EntityManager;

  constructor(@Inject(DATABASE) database: Database) {
    this.manager = database.dataSource.manager;
  }

  /** Every community. */
  @Get('communities')
  @Roles(...EVERYBODY)
  @ApiOperation({ summary: 'Every community, by code' })
  @ApiOkResponse({ type: [CommunityDto] })
  communities(): Promise<CommunityDto[]> {
    return readCommunities(this.manager);
  }

  /** Founds a community. */
  @Post('communities')
  @ApiOperation({ summary: "Found a community; its patients follow the rule catalogue's pathway until it has its own" })
  async addCommunity(@Body() body: NewCommunityDto): Promise<MadeDto> {
    const { communityId } = await saveCommunity(this.manager, { ...body, pathway: null }, new Date());
    return { id: communityId };
  }

  /** Every organisation. */
  @Get('organisations')
  @Roles(...EVERYBODY)
  @ApiOperation({ summary: 'Every organisation, by name' })
  @ApiOkResponse({ type: [OrganisationDto] })
  organisations(): Promise<OrganisationDto[]> {
    return readOrganisations(this.manager);
  }

  /** Adds an organisation. */
  @Post('organisations')
  @ApiOperation({ summary: 'Add an organisation to a community' })
  async addOrganisation(@Body() body: NewOrganisationDto): Promise<MadeDto> {
    return { id: await saveOrganisation(this.manager, body) };
  }

  /** Says what an organisation is. */
  @Put('organisations/:id/kind')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Say what an organisation is; the units of a municipality hold data of its own patients, or of others by agreement',
  })
  changeKind(@Param() { id }: IdPath, @Body() { kind }: OrganisationKindDto): Promise<void> {
    return changeOrganisationKind(this.manager, id, kind, new Date());
  }

  /** Every unit. */
  @Get('units')
  @Roles(...EVERYBODY)
  @ApiOperation({ summary: 'Every unit with its organisation and opening hours' })
  @ApiOkResponse({ type: [UnitDto] })
  units(): Promise<UnitDto[]> {
    return readUnits(this.manager);
  }

  /** Adds a unit. */
  @Post('units')
  @ApiOperation({ summary: 'Add a unit to an organisation' })
  async addUnit(@Body() { webhook, ...unit }: NewUnitDto): Promise<MadeDto> {
    return { id: await saveUnit(this.manager, { ...unit, webhook: webhook ?? null }) };
  }

  /** Replaces opening hours. */
  @Put('units/:id/opening-hours')
  @HttpCode(204)
  @Roles('administrator', 'team_lead')
  @ApiOperation({ summary: "Replace a unit's opening hours; everybody it serves is looked at again" })
  async changeHours(@SignedIn() viewer: Viewer, @Param() { id }: IdPath, @Body() { openingHours }: OpeningHoursChangeDto): Promise<void> {
    refuseUnlessOfUnitOrAdministrator(viewer, id);
    await changeOpeningHours(this.manager, id, openingHours, new Date());
  }

  /** Replaces holidays and special days. */
  @Put('units/:id/holidays')
  @HttpCode(204)
  @Roles('administrator', 'team_lead')
  @ApiOperation({ summary: 'Replace what a unit does on public holidays, and its special days; everybody it serves is looked at again' })
  async holidays(@SignedIn() viewer: Viewer, @Param() { id }: IdPath, @Body() body: HolidaysDto): Promise<void> {
    refuseUnlessOfUnitOrAdministrator(viewer, id);
    await changeHolidays(this.manager, id, body, new Date());
  }

  /** Replaces what the unit does for people. */
  @Put('units/:id/services')
  @HttpCode(204)
  @Roles('administrator', 'team_lead')
  @ApiOperation({ summary: 'Replace what a unit says it does for people' })
  async services(@SignedIn() viewer: Viewer, @Param() { id }: IdPath, @Body() { services }: ServicesDto): Promise<void> {
    refuseUnlessOfUnitOrAdministrator(viewer, id);
    await changeServices(this.manager, id, services);
  }

  /** Sets where notices are posted. */
  @Put('units/:id/webhook')
  @HttpCode(204)
  @ApiOperation({ summary: "Post a unit's notices to an address, signed" })
  setWebhook(@Param() { id }: IdPath, @Body() webhook: WebhookDto): Promise<void> {
    return changeWebhook(this.manager, id, webhook);
  }

  /** Stops posting notices. */
  @Delete('units/:id/webhook')
  @HttpCode(204)
  @ApiOperation({ summary: "Stop posting a unit's notices" })
  removeWebhook(@Param() { id }: IdPath): Promise<void> {
    return changeWebhook(this.manager, id, null);
  }
}
