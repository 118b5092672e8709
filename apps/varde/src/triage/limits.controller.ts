import { Body, Controller, Get, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { effectiveRules, type Catalogue } from '@varde/rules';
import {
  changePersonalLimit,
  changeReference,
  endPersonalLimit,
  endReference,
  readAgreement,
  readPersonalLimits,
  readReferences,
  refuseOutsideTeam,
  refuseUnseen,
  type Database,
  type Viewer,
} from '@varde/store';
import type { Response } from 'express';
import type { EntityManager } from 'typeorm';
import { ruleOf } from '../catalogue.js';
import { CATALOGUE, DATABASE } from '../provided.js';
import { CLINICAL, Roles, SignedIn } from './access.js';
import { IdPath } from './fields.js';
import {
  EffectiveRuleDto,
  KeptLimitDto,
  LimitChangedDto,
  LimitPath,
  NewLimitDto,
  NewReferenceDto,
  ReferenceDto,
  ReferencePath,
} from './limits.dto.js';
import { NeedsPreview, PreviewedDto } from './previews.dto.js';

/** By which limits a patient is judged, whose they are, and what clinicians have recorded that rules compare with. */
@ApiTags('limits')
@Roles(...CLINICAL)
@Controller('patients/:id')
export class LimitsController {
  private readonly manager: EntityManager;

  constructor(
    @Inject(DATABASE) database: Database,
    @Inject(CATALOGUE) private readonly catalogue: Catalogue,
  ) {
    this.manager = database.dataSource.manager;
  }

  /** What applies now. */
  @Get('rules')
  @ApiOperation({ summary: 'The rules that run for the patient, each limit with where it comes from and what it conflicts with' })
  @ApiOkResponse({ type: [EffectiveRuleDto] })
  async rules(@SignedIn() viewer: Viewer, @Param() { id: patientId }: IdPath): Promise<EffectiveRuleDto[]> {
    const now = new Date();
    await refuseUnseen(this.manager, viewer, patientId);
    const { plan } = await readAgreement(this.manager, patientId, now);
    return effectiveRules(this.catalogue, plan, now).map(({ parameters, ...rule }) => ({
      ...rule,
      parameters: parameters.map(({ range, ruleId: _ruleId, ownerId: _ownerId, ...limit }) => ({
        ...limit,
        default: range.default,
        min: range.min,
        max: range.max,
        safetyFloor: range.safetyFloor,
      })),
    }));
  }

  /** Every version of every personal limit. */
  @Get('limits')
  @ApiOperation({ summary: 'Every version of every personal limit, newest first' })
  @ApiOkResponse({ type: [KeptLimitDto] })
  async limits(@SignedIn() viewer: Viewer, @Param() { id: patientId }: IdPath): Promise<KeptLimitDto[]> {
    await refuseUnseen(this.manager, viewer, patientId);
    return readPersonalLimits(this.manager, patientId);
  }

  /** Sets or proposes the next version of a personal limit. */
  @Post('limits')
  @Roles('physician', 'nurse')
  @ApiOperation({
    summary:
      'Set a personal limit inside the range of the rule; past its safety floor it waits for a second clinician. Nothing is overwritten',
  })
  @ApiCreatedResponse({ type: LimitChangedDto, description: 'it applies' })
  @ApiAcceptedResponse({ type: LimitChangedDto, description: 'it waits for a second clinician' })
  @NeedsPreview()
  async setLimit(
    @SignedIn() viewer: Viewer,
    @Param() { id: patientId }: IdPath,
    @Body() { ruleId, validFrom, validTo, nurseRange, previewId, ...limit }: NewLimitDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<LimitChangedDto> {
    await refuseOutsideTeam(this.manager, viewer, patientId);
    const rule = ruleOf(this.catalogue, ruleId);
    const times = { validFrom: validFrom ?? null, validTo: validTo ?? null };
    const change = { ...limit, ...times, patientId, rule, nurseRange: nurseRange ?? null, previewId: previewId ?? null };
    const changed = await changePersonalLimit(this.manager, viewer, change, new Date());
    if (changed.proposal !== null) response.status(202);
    return changed;
  }

  /** Ends a personal limit. */
  @Post('limits/:limitId/end')
  @HttpCode(204)
  @Roles('physician')
  @ApiOperation({ summary: 'End a personal limit now; the preview is of the value that applies then, or of null' })
  @NeedsPreview()
  async endLimit(
    @SignedIn() viewer: Viewer,
    @Param() { id: patientId, limitId }: LimitPath,
    @Body() { previewId }: PreviewedDto,
  ): Promise<void> {
    await refuseOutsideTeam(this.manager, viewer, patientId);
    const shown = { personId: viewer.personId, previewId: previewId ?? null };
    await endPersonalLimit(this.manager, { patientId, limitId, ...shown }, new Date());
  }

  /** Every version of every reference. */
  @Get('references')
  @ApiOperation({ summary: 'Every version of every reference, newest first: dry weight, oxygen target, NEWS2 scale and the like' })
  @ApiOkResponse({ type: [ReferenceDto] })
  async references(@SignedIn() viewer: Viewer, @Param() { id: patientId }: IdPath): Promise<ReferenceDto[]> {
    await refuseUnseen(this.manager, viewer, patientId);
    return readReferences(this.manager, patientId);
  }

  /** Records the next version of a reference. */
  @Post('references')
  @Roles('physician', 'nurse')
  @ApiOperation({ summary: 'Record a reference; orders and targets only as a physician. The one before stays on record' })
  @NeedsPreview()
  async setReference(
    @SignedIn() viewer: Viewer,
    @Param() { id: patientId }: IdPath,
    @Body() { validFrom, validTo, reviewBy, previewId, ...reference }: NewReferenceDto,
  ): Promise<ReferenceDto> {
    await refuseOutsideTeam(this.manager, viewer, patientId);
    const times = { validFrom: validFrom ?? null, validTo: validTo ?? null, reviewBy: reviewBy ?? null };
    return changeReference(this.manager, viewer, { ...reference, ...times, patientId, previewId: previewId ?? null }, new Date());
  }

  /** Ends a reference. */
  @Post('references/:referenceId/end')
  @HttpCode(204)
  @Roles('physician', 'nurse')
  @ApiOperation({ summary: 'End a reference now; the preview is of the value that applies then, or of null' })
  @NeedsPreview()
  async endReference(
    @SignedIn() viewer: Viewer,
    @Param() { id: patientId, referenceId }: ReferencePath,
    @Body() { previewId }: PreviewedDto,
  ): Promise<void> {
    await refuseOutsideTeam(this.manager, viewer, patientId);
    await endReference(this.manager, viewer, { patientId, referenceId, previewId: previewId ?? null }, new Date());
  }
}
