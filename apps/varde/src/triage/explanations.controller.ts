import { Controller, Get, Headers, Inject, Param, Query } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Catalogue } from '@varde/rules';
import { readExplanationFacts, type Database, type Viewer } from '@varde/store';
import { explain } from '../explanation/explanation.js';
import type { Language } from '../explanation/words.js';
import { CATALOGUE, DATABASE } from '../provided.js';
import { CLINICAL, Roles, SignedIn } from './access.js';
import { ExplanationDto, ExplanationQuery } from './explanations.dto.js';
import { EpisodePath } from './fields.js';

/** Why an episode is there, in the language of whoever asks. */
@ApiTags('episodes')
@Roles(...CLINICAL)
@Controller('episodes/:id/explanation')
export class ExplanationsController {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(CATALOGUE) private readonly catalogue: Catalogue,
  ) {}

  /** Each finding with its rule version, limits and their owner, readings and baseline. */
  @Get()
  @ApiOperation({
    summary:
      'Why an episode is there: each finding with rule version, limits in force and their owner, readings, baseline, and why this owner',
  })
  @ApiHeader({ name: 'Accept-Language', required: false, description: 'used when lang is left out' })
  @ApiOkResponse({ type: ExplanationDto })
  async explanation(
    @SignedIn() viewer: Viewer,
    @Param() { id }: EpisodePath,
    @Query() { lang }: ExplanationQuery,
    @Headers('accept-language') accepted?: string,
  ): Promise<ExplanationDto> {
    const { manager } = this.database.dataSource;
    const facts = await readExplanationFacts(manager, viewer, id, { catalogue: this.catalogue, now: new Date() });
    return explain(facts, this.catalogue, lang ?? preferred(accepted));
  }
}

/** English when it is asked for before Norwegian; else Norwegian. */
function preferred(accepted = ''): Language {
  const first = accepted
    .toLowerCase()
    .split(',')
    .map((each) => each.trim().slice(0, 2))
    .find((language) => ['nb', 'nn', 'no', 'en'].includes(language));
  return first === 'en' ? 'en' : 'nb';
}
