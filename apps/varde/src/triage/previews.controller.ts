import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Injectable,
  Param,
  Post,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { PREVIEW_DAYS } from '@varde/look';
import type { Catalogue } from '@varde/rules';
import { Invalid, NotFound, readPatientsOfUnit, readTeamUnitIds, refuseUnseen, type Database, type Viewer } from '@varde/store';
import type { EntityManager } from 'typeorm';
import type { Log } from '../log.js';
import { PreviewJobs, type PreviewJob } from '../preview/jobs.js';
import { PreviewFailed, PreviewPool } from '../preview/pool.js';
import { readPreviewQuestions } from '../preview/question.js';
import { toChange } from '../preview/proposed.js';
import { CATALOGUE, DATABASE, LOG } from '../provided.js';
import { COHORT_MAX, giveNothing, givePreview, type GivenPreview } from '../preview/shown-preview.js';
import { CLINICAL, Roles, SignedIn } from './access.js';
import { BigIdPath, IdPath } from './fields.js';
import { CohortQuestionDto, GivenPreviewDto, PreviewJobDto, PreviewQuestionDto } from './previews.dto.js';

/** The threads and jobs of previews, ended with the application. */
@Injectable()
export class Previews implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly pool: PreviewPool;
  readonly jobs: PreviewJobs;

  constructor(@Inject(DATABASE) database: Database, @Inject(CATALOGUE) catalogue: Catalogue, @Inject(LOG) log: Log) {
    this.pool = new PreviewPool(catalogue);
    this.jobs = new PreviewJobs({ database, catalogue, pool: this.pool, log });
  }

  onApplicationBootstrap(): void {
    this.pool.warmUp();
  }

  async onApplicationShutdown(): Promise<void> {
    this.jobs.stop();
    await this.pool.close();
  }
}

/** What a change would have done, before it is made: who has been shown it may make it. Nothing here changes a plan. */
@ApiTags('previews')
@Roles(...CLINICAL)
@Controller()
export class PreviewsController {
  private readonly manager: EntityManager;

  constructor(
    @Inject(DATABASE) database: Database,
    @Inject(CATALOGUE) private readonly catalogue: Catalogue,
    @Inject(LOG) private readonly log: Log,
    private readonly previews: Previews,
  ) {
    this.manager = database.dataSource.manager;
  }

  /** One patient, at once. */
  @Post('patients/:id/preview')
  @HttpCode(200)
  @ApiOperation({
    summary: 'What a limit, reference, rule or programme would have done to a patient in the last days',
    description:
      'The same looks again over the stored readings, with the plan as it was and as it would have been: findings, items and messages a week, ' +
      'days of another colour, stored episodes that would have been missed or come earlier or later, and new ones, each with why. Who wants to ' +
      'make the change brings the previewId of the answer with it; a patient without a history is shown what there is. ' +
      '422: nothing can be shown; with a previewId when the change is not why, and may be made.',
  })
  @ApiOkResponse({ type: GivenPreviewDto })
  async patient(@SignedIn() viewer: Viewer, @Param() { id }: IdPath, @Body() { changes, days }: PreviewQuestionDto): Promise<GivenPreview> {
    await refuseUnseen(this.manager, viewer, id);
    const [unitId] = await readTeamUnitIds(this.manager, id, viewer);
    const request = {
      changes: changes.map((change) => toChange(change, unitId ?? null, this.catalogue)),
      days: days ?? PREVIEW_DAYS,
      to: new Date(),
    };
    const [question] = await readPreviewQuestions(this.manager, this.catalogue, [id], request);
    if (question === undefined) throw new NotFound('patient', id);
    const of = { question, personId: viewer.personId };
    try {
      return await givePreview(this.manager, await this.previews.pool.answer(question, true), of);
    } catch (error) {
      if (!(error instanceof PreviewFailed)) throw error;
      this.log.error({ err: error, patientId: id }, 'a preview of a patient could not be worked out');
      throw await giveNothing(this.manager, request.days, of);
    }
  }

  /** Everybody of a unit, in the background. */
  @Post('previews')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Start a preview of everybody whom one of your units follows; ask GET /api/previews/:id how far it is',
    description: 'A restart of the service loses previews of cohorts: they change nothing and are asked again.',
  })
  @ApiAcceptedResponse({ type: PreviewJobDto })
  async cohort(@SignedIn() viewer: Viewer, @Body() { changes, days, unitId }: CohortQuestionDto): Promise<PreviewJob> {
    if (!viewer.unitIds.includes(unitId)) throw new NotFound('unit', unitId);
    if (changes.some(({ kind }) => kind === 'reference')) throw new Invalid(['a reference belongs to one patient']);
    const to = new Date();
    const request = { changes: changes.map((change) => toChange(change, unitId, this.catalogue)), days: days ?? PREVIEW_DAYS, to };
    const reached = await readPatientsOfUnit(this.manager, unitId, to);
    const cohort = { unitId, patientIds: reached.slice(0, COHORT_MAX), reached: reached.length };
    return this.previews.jobs.start({ personId: viewer.personId, ...cohort }, request);
  }

  /** How far it is. */
  @Get('previews/:id')
  @ApiOperation({ summary: 'How far a preview of a cohort is, and its result when it is done' })
  @ApiOkResponse({ type: PreviewJobDto })
  progress(@SignedIn() viewer: Viewer, @Param() { id }: BigIdPath): PreviewJob {
    return this.previews.jobs.read(viewer.personId, id);
  }

  /** Ends it. */
  @Delete('previews/:id')
  @ApiOperation({ summary: 'Cancel a preview of a cohort' })
  @ApiOkResponse({ type: PreviewJobDto })
  cancel(@SignedIn() viewer: Viewer, @Param() { id }: BigIdPath): PreviewJob {
    return this.previews.jobs.cancel(viewer.personId, id);
  }
}
