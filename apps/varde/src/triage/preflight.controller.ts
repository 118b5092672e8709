import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { problemWords, stretchWords } from '@varde/routing';
import { readPreflight, type Database, type Viewer } from '@varde/store';
import { DATABASE } from '../provided.js';
import { CLINICAL, Roles, SignedIn } from './access.js';
import { PreflightDto, PreflightQuery } from './preflight.dto.js';

/** Where an episode would find nobody, before the night it matters. */
@ApiTags('preflight')
@Roles(...CLINICAL)
@Controller('preflight')
export class PreflightController {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** By beginning. */
  @Get()
  @ApiOperation({
    summary: 'Holes of the next 14 days in the chains of your units and patients: which step would find nobody, from when to when',
    description:
      'Walked within seconds of every change of duty, hours, contacts, people, teams and pathways, and daily. Each is also a task.',
  })
  @ApiOkResponse({ type: PreflightDto })
  async list(@SignedIn() viewer: Viewer, @Query() { unit, patient }: PreflightQuery): Promise<PreflightDto> {
    const question = { unitId: unit ?? null, patientId: patient ?? null };
    const { walkedAt, holes } = await readPreflight(this.database.dataSource.manager, viewer, question, new Date());
    return {
      walkedAt,
      holes: holes.map((hole) => ({
        ...hole,
        steps: [...hole.steps],
        patients: [...hole.patients],
        problemWords: problemWords(hole.problem),
        when: stretchWords(hole, hole.zone),
      })),
    };
  }
}
