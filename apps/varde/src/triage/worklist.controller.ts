import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { readWorklist, saveNoticesDelivered, type Database, type Viewer } from '@varde/store';
import { DATABASE, SIGHT } from '../provided.js';
import type { Sight } from '../sight.js';
import { CLINICAL, Roles, SignedIn } from './access.js';
import { WorklistDto, WorklistQuery } from './worklist.dto.js';

/** The one list: who needs somebody now, worst first, and why. */
@ApiTags('worklist')
@Roles(...CLINICAL)
@Controller('worklist')
export class WorklistController {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SIGHT) private readonly sight: Sight,
  ) {}

  /** A page of the worklist; what is shown counts as delivered to the units of whoever sees it. */
  @Get()
  @ApiOperation({ summary: 'One row per patient with open episodes, worst first, with the age of the newest data on every value' })
  @ApiOkResponse({ type: WorklistDto })
  async list(@SignedIn() viewer: Viewer, @Query() { unit, includeInfo, offset, limit }: WorklistQuery): Promise<WorklistDto> {
    const { manager } = this.database.dataSource;
    const now = new Date();
    const question = { unitId: unit ?? null, includeInfo: includeInfo ?? false, offset: offset ?? 0, limit: limit ?? 50 };
    const { rows, ...page } = await readWorklist(manager, viewer, question, now);
    const shown = rows.flatMap(({ episodes }) => episodes.map(({ id }) => ({ episodeId: id, unitIds: viewer.unitIds })));
    await saveNoticesDelivered(manager, shown, now);
    const ageSec = (at: Date): number => Math.max(0, Math.round((now.getTime() - at.getTime()) / 1_000));
    return {
      asOf: now,
      ...page,
      notUpToDateSince: earlier(page.notUpToDateSince, this.sight.stale.since),
      rows: rows.map((row) => ({
        ...row,
        notUpToDateSince: this.sight.staleSinceOf(row.patientId),
        newest: row.newest.map((value) => ({ ...value, ageSec: ageSec(value.observedAt) })),
      })),
    };
  }
}

function earlier(a: Date | null, b: Date | null): Date | null {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
}
