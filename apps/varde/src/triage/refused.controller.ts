import { Body, Controller, Get, HttpCode, Inject, NotImplementedException, Optional, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Conflict, readRefused, saveRefusedDismissed, type Database, type RefusedPage } from '@varde/store';
import { DATABASE } from '../provided.js';
import { Roles } from './access.js';
import { DismissDto, RefusedQuery, ReprocessDto, ReprocessResultDto } from './devices.dto.js';
import { BigIdPath } from './fields.js';
import { REPROCESS, type Reprocess } from './reprocess.js';

/** What devices sent and could not be used: operators see it with its reason, and take it again once the cause is fixed. */
@ApiTags('refused')
@Roles('operator')
@Controller('refused')
export class RefusedController {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Optional() @Inject(REPROCESS) private readonly reprocess: Reprocess | undefined,
  ) {}

  /** A page of what was refused. */
  @Get()
  @ApiOperation({ summary: 'What was refused, newest first, with its reason and the beginning of its bytes' })
  list(@Query() { before, limit, device, ...filter }: RefusedQuery): Promise<RefusedPage> {
    return readRefused(
      this.database.dataSource,
      { ...filter, deviceName: device ?? null },
      { limit: limit ?? 100, before: before ?? null },
    );
  }

  /** Takes refused messages again. */
  @Post('process')
  @HttpCode(200)
  @ApiOperation({ summary: 'Process refused messages again; twice does no harm' })
  @ApiOkResponse({ type: [ReprocessResultDto] })
  async process(@Body() { ids }: ReprocessDto): Promise<readonly ReprocessResultDto[]> {
    if (this.reprocess === undefined) throw new NotImplementedException('this process takes no messages: ask one that plays ingest');
    return this.reprocess(ids);
  }

  /** Sets one aside for good. */
  @Post(':id/dismiss')
  @HttpCode(204)
  @ApiOperation({ summary: 'Set a refused message aside for good, with a note' })
  async dismiss(@Param() { id }: BigIdPath, @Body() { note }: DismissDto): Promise<void> {
    const done = await saveRefusedDismissed(this.database.dataSource, id, note, new Date());
    if (!done) throw new Conflict(`the refused message ${id} is not there or settled already`);
  }
}
