import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  askContactTest,
  confirmContact,
  readUnitContacts,
  readUnitOfContact,
  removeContact,
  saveContact,
  type Database,
  type Viewer,
} from '@varde/store';
import type { EntityManager } from 'typeorm';
import { DATABASE, SECRET } from '../provided.js';
import { EVERYBODY, Roles, SignedIn } from './access.js';
import { ContactCodeDto, ContactDto, ContactTestDto, NewContactDto } from './contacts.dto.js';
import { IdPath } from './fields.js';
import { MadeDto } from './people.dto.js';
import { refuseUnlessOfUnitOrAdministrator } from './unit-access.js';

/** How a unit's people are reached: kept by administrators and the unit's team lead; whoever of the unit gets a code may answer it. */
@ApiTags('units')
@Roles('administrator', 'team_lead')
@Controller()
export class ContactsController {
  private readonly manager: EntityManager;

  constructor(
    @Inject(DATABASE) database: Database,
    @Inject(SECRET) private readonly secretKey: string,
  ) {
    this.manager = database.dataSource.manager;
  }

  /** Every contact of a unit. */
  @Get('units/:id/contacts')
  @Roles(...EVERYBODY)
  @ApiOperation({ summary: "A unit's contacts and when each was tested" })
  @ApiOkResponse({ type: [ContactDto] })
  async list(@SignedIn() viewer: Viewer, @Param() { id }: IdPath): Promise<ContactDto[]> {
    refuseUnlessOfUnitOrAdministrator(viewer, id);
    return readUnitContacts(this.manager, id, new Date());
  }

  /** Adds a contact. */
  @Post('units/:id/contacts')
  @ApiOperation({ summary: 'Add a way to reach a unit or one of its people; it counts as untested' })
  async add(@SignedIn() viewer: Viewer, @Param() { id }: IdPath, @Body() body: NewContactDto): Promise<MadeDto> {
    refuseUnlessOfUnitOrAdministrator(viewer, id);
    const { personId = null, signingSecret = null, channel, address } = body;
    const contact = { unitId: id, personId, channel, address, signingSecret };
    return { id: await saveContact(this.manager, contact, viewer.personId, new Date()) };
  }

  /** Removes a contact. */
  @Delete('contacts/:id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove a contact' })
  async remove(@SignedIn() viewer: Viewer, @Param() { id }: IdPath): Promise<void> {
    await this.refuseOthers(viewer, id);
    await removeContact(this.manager, id, viewer.personId, new Date());
  }

  /** Sends a code. */
  @Post('contacts/:id/test')
  @HttpCode(202)
  @Roles(...EVERYBODY)
  @ApiOperation({ summary: 'Send a code to a contact; a code before it is good no more' })
  @ApiAcceptedResponse({ type: ContactTestDto })
  async test(@SignedIn() viewer: Viewer, @Param() { id }: IdPath): Promise<ContactTestDto> {
    await this.refuseOthers(viewer, id);
    return { expiresAt: await askContactTest(this.manager, id, viewer.personId, new Date()) };
  }

  /** Dates a contact. */
  @Post('contacts/:id/confirm')
  @HttpCode(204)
  @Roles(...EVERYBODY)
  @ApiOperation({ summary: 'Say which code came: the contact is tested from now' })
  async confirm(@SignedIn() viewer: Viewer, @Param() { id }: IdPath, @Body() { code }: ContactCodeDto): Promise<void> {
    await this.refuseOthers(viewer, id);
    await confirmContact(this.manager, { contactId: id, code, byPersonId: viewer.personId }, this.secretKey, new Date());
  }

  private async refuseOthers(viewer: Viewer, contactId: number): Promise<void> {
    refuseUnlessOfUnitOrAdministrator(viewer, await readUnitOfContact(this.manager, contactId));
  }
}
