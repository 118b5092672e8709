import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ALERT_BUDGET } from '@varde/alerts';
import { readHitRate, type Database, type Viewer } from '@varde/store';
import { DATABASE } from '../provided.js';
import { CLINICAL, Roles, SignedIn } from './access.js';
import { HitRateDto, HitRateQuery } from './hit-rate.dto.js';

const USUAL_PERIOD_MS = 28 * 86_400_000;

/** How often alerts were worth a person's time. Nothing here changes a rule. */
@ApiTags('hit rate')
@Roles(...CLINICAL)
@Controller('hit-rate')
export class HitRateController {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** By rule, patient or unit. */
  @Get()
  @ApiOperation({ summary: 'What became of the closed episodes of your units, by rule, patient or unit, beside the alert budget' })
  @ApiOkResponse({ type: HitRateDto })
  async rate(@SignedIn() viewer: Viewer, @Query() { by, from, to, limit }: HitRateQuery): Promise<HitRateDto> {
    const end = to ?? new Date();
    const begin = from ?? new Date(end.getTime() - USUAL_PERIOD_MS);
    const question = { by: by ?? 'rule', from: begin, to: end, limit: limit ?? 200 } as const;
    const { lines, load } = await readHitRate(this.database.dataSource.manager, viewer, question);
    return { lines: [...lines], load, budget: ALERT_BUDGET };
  }
}
