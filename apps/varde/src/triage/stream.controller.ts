import { Controller, Get, Headers, Inject, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { CLINICAL, Roles, type GuardedRequest } from './access.js';
import { NotSignedIn } from './access.guard.js';
import { BIG_ID_MAX, Whole } from './fields.js';
import { Malformed } from './problem.js';
import { WorklistStream } from './worklist-stream.js';

/** Where to go on, for clients that cannot set a header. */
export class StreamQuery {
  @Whole(0, BIG_ID_MAX, 'the last id the client has; the header Last-Event-ID goes before it', { optional: true })
  after?: number;
}

/** Follows the worklist. */
@ApiTags('worklist')
@Roles(...CLINICAL)
@Controller('stream')
export class StreamController {
  constructor(@Inject(WorklistStream) private readonly stream: WorklistStream) {}

  /** Server-sent events until the client leaves. */
  @Get()
  @ApiOperation({
    summary: 'Changes of the worklist as server-sent events; resumes after Last-Event-ID without a gap',
    description:
      'Events: `change` {id, at, patientId, episodeId, unitId, kind}; `start` when everything missed has been sent; `reset` when too much was missed, or the database was restored: read the worklist anew; `not_up_to_date` {since, parts} when the worklist is not to be relied on, and `up_to_date`.',
  })
  @ApiProduces('text/event-stream')
  @ApiHeader({ name: 'Last-Event-ID', required: false, schema: { type: 'integer', minimum: 0 } })
  @ApiOkResponse({ description: 'a stream that does not end' })
  async follow(
    @Query() { after }: StreamQuery,
    @Headers('last-event-id') header: string | undefined,
    @Req() { viewer, sessionHash }: GuardedRequest,
    @Res() response: Response,
  ): Promise<void> {
    if (!viewer || !sessionHash) throw new NotSignedIn('sign in first');
    await this.stream.serve(response, { viewer, sessionHash, lastId: lastIdOf(header) ?? after ?? null });
  }
}

function lastIdOf(header: string | undefined): number | null {
  if (header === undefined || header === '') return null;
  const id = /^\d{1,16}$/.test(header) ? Number(header) : Number.NaN;
  if (!(id <= BIG_ID_MAX)) throw new Malformed([{ field: 'Last-Event-ID', problem: 'must be an id this stream has sent' }]);
  return id;
}
