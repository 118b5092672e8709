import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  deviceNameOf,
  correctStoredMeanwhile,
  endWearer,
  readCredentialLines,
  readDeviceLines,
  readRunningWearer,
  readWearers,
  refuseOutsideTeam,
  revokeCredential,
  saveCredential,
  saveDevice,
  saveWearer,
  type Database,
  type Viewer,
} from '@varde/store';
import type { EntityManager } from 'typeorm';
import { DATABASE, SECRET } from '../provided.js';
import { Roles, SignedIn } from './access.js';
import {
  CredentialDto,
  DeviceDto,
  MadeCredentialDto,
  MadeDeviceDto,
  NewCredentialDto,
  NewDeviceDto,
  NewWearerDto,
  PageQuery,
  WearerDto,
  WearerEndDto,
} from './devices.dto.js';
import { IdPath } from './fields.js';

/** Operators see everybody's devices; others those of their communities, and who wears them of the patients they may see. */
const deviceViewer = (viewer: Viewer): Viewer | null => (viewer.roles.includes('operator') ? null : viewer);

/** Devices and what they sign in with, kept by operators; who wears them, by nurses. */
@ApiTags('devices')
@Roles('operator')
@Controller()
export class DevicesController {
  private readonly manager: EntityManager;

  constructor(
    @Inject(DATABASE) database: Database,
    @Inject(SECRET) private readonly secretKey: string,
  ) {
    this.manager = database.dataSource.manager;
  }

  /** Devices with who wears them now. */
  @Get('devices')
  @Roles('operator', 'nurse')
  @ApiOperation({ summary: 'Devices by id, with who wears them now; no operator: of your communities, with the patients you may see' })
  @ApiOkResponse({ type: [DeviceDto] })
  list(@SignedIn() viewer: Viewer, @Query() { afterId, limit }: PageQuery): Promise<DeviceDto[]> {
    return readDeviceLines(this.manager, deviceViewer(viewer), { afterId: afterId ?? 0, limit: limit ?? 100 });
  }

  /** Registers a device and makes its credential. */
  @Post('devices')
  @ApiOperation({ summary: 'Register a device; its secret is in the answer and never shown again' })
  async register(@Body() { communityId, name: printed, kind, model, connects }: NewDeviceDto): Promise<MadeDeviceDto> {
    const now = new Date();
    const name = deviceNameOf(printed);
    return this.manager.transaction(async (tx) => {
      const id = await saveDevice(tx, { communityId, name, kind, model: model ?? null }, now);
      const owner = { communityId, clientId: name };
      return { id, name, credential: connects === false ? null : await saveCredential(tx, owner, this.secretKey, now) };
    });
  }

  /** Credentials without their secrets. */
  @Get('credentials')
  @ApiOperation({ summary: 'Credentials, in force and revoked' })
  @ApiOkResponse({ type: [CredentialDto] })
  credentials(@Query('clientId') clientId?: string): Promise<CredentialDto[]> {
    return readCredentialLines(this.manager, clientId ?? null);
  }

  /** Makes a credential, a first or a second one. */
  @Post('credentials')
  @ApiOperation({ summary: 'Make a credential; a client may have two while it changes from one to the other' })
  makeCredential(@Body() owner: NewCredentialDto): Promise<MadeCredentialDto> {
    return saveCredential(this.manager, owner, this.secretKey, new Date());
  }

  /** Ends a credential. */
  @Delete('credentials/:id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Revoke a credential' })
  async revoke(@Param() { id }: IdPath): Promise<void> {
    await revokeCredential(this.manager, id, new Date());
  }

  /** Who has worn a device. */
  @Get('devices/:id/wearers')
  @Roles('operator', 'nurse')
  @ApiOperation({ summary: 'Who has worn a device, newest first; no operator: of the patients you may see' })
  @ApiOkResponse({ type: [WearerDto] })
  wearers(@SignedIn() viewer: Viewer, @Param() { id }: IdPath): Promise<WearerDto[]> {
    return readWearers(this.manager, deviceViewer(viewer), id);
  }

  /** Gives a device to a patient. */
  @Post('devices/:id/wearers')
  @Roles('nurse')
  @ApiOperation({ summary: 'Give a device to a patient of your units' })
  async assign(
    @SignedIn() viewer: Viewer,
    @Param() { id: deviceId }: IdPath,
    @Body() { patientId, userSlot, from }: NewWearerDto,
  ): Promise<WearerDto> {
    const now = new Date();
    await refuseOutsideTeam(this.manager, viewer, patientId);
    return saveWearer(this.manager, { deviceId, patientId, userSlot: userSlot ?? null, from: from ?? now }, now, deviceViewer(viewer));
  }

  /** Takes a device back. */
  @Post('wearers/:id/end')
  @HttpCode(200)
  @Roles('nurse')
  @ApiOperation({ summary: 'Take a device back from a patient of your units' })
  async end(@SignedIn() viewer: Viewer, @Param() { id: wearerId }: IdPath, @Body() { at }: WearerEndDto): Promise<WearerDto> {
    const now = new Date();
    const ended = await this.manager.transaction(async (tx) => {
      // Asked first: whoever may not see the patient is not even told whose wearer this is.
      await refuseOutsideTeam(tx, viewer, (await readRunningWearer(tx, viewer, wearerId)).patientId);
      return endWearer(tx, wearerId, at ?? now, now);
    });
    await correctStoredMeanwhile(this.manager, ended, now);
    return ended;
  }
}
