import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Catalogue } from '@varde/rules';
import {
  approveProposal,
  changeRuleSwitch,
  changeUnitLimit,
  declineProposal,
  endUnitLimit,
  readProposals,
  readUnitRules,
  type Database,
  type Viewer,
} from '@varde/store';
import type { Response } from 'express';
import type { EntityManager } from 'typeorm';
import { ruleOf } from '../catalogue.js';
import { CATALOGUE, DATABASE } from '../provided.js';
import { CLINICAL, Roles, SignedIn } from './access.js';
import { IdPath } from './fields.js';
import { LimitPath, NewUnitLimitDto } from './limits.dto.js';
import { NeedsPreview, PreviewedDto } from './previews.dto.js';
import { DeclineDto, ProposalDto, ProposalsQuery } from './proposals.dto.js';
import { refuseUnlessOfUnit } from './unit-access.js';
import { NewRuleSwitchDto, RuleSwitchChangedDto, UnitLimitChangedDto, UnitRulesDto } from './unit-rules.dto.js';

/** What a unit has set for its patients, and changes that wait for a second clinician. The team lead stands in for the programme lead. */
@ApiTags('limits')
@Roles(...CLINICAL)
@Controller()
export class UnitRulesController {
  private readonly manager: EntityManager;

  constructor(
    @Inject(DATABASE) database: Database,
    @Inject(CATALOGUE) private readonly catalogue: Catalogue,
  ) {
    this.manager = database.dataSource.manager;
  }

  /** Every version of a unit's defaults and switches. */
  @Get('units/:id/rules')
  @ApiOperation({ summary: 'Every default and switch a unit of yours has set, newest first' })
  @ApiOkResponse({ type: UnitRulesDto })
  async rules(@SignedIn() viewer: Viewer, @Param() { id: unitId }: IdPath): Promise<UnitRulesDto> {
    refuseUnlessOfUnit(viewer, unitId);
    return readUnitRules(this.manager, unitId);
  }

  /** Sets or proposes a unit's default. */
  @Post('units/:id/limits')
  @Roles('team_lead')
  @ApiOperation({ summary: 'Set a default for patients of the unit; past the safety floor it waits for a physician' })
  @ApiCreatedResponse({ type: UnitLimitChangedDto, description: 'it applies' })
  @ApiAcceptedResponse({ type: UnitLimitChangedDto, description: 'it waits for a physician' })
  @NeedsPreview()
  async setLimit(
    @SignedIn() viewer: Viewer,
    @Param() { id: unitId }: IdPath,
    @Body() { ruleId, validFrom, validTo, previewId, ...limit }: NewUnitLimitDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<UnitLimitChangedDto> {
    refuseUnlessOfUnit(viewer, unitId);
    const times = { validFrom: validFrom ?? null, validTo: validTo ?? null };
    const change = { ...limit, ...times, unitId, rule: ruleOf(this.catalogue, ruleId), previewId: previewId ?? null };
    const changed = await changeUnitLimit(this.manager, viewer, change, new Date());
    if (changed.proposal !== null) response.status(202);
    return changed;
  }

  /** Ends a unit's default. */
  @Post('units/:id/limits/:limitId/end')
  @HttpCode(204)
  @Roles('team_lead')
  @ApiOperation({ summary: 'End a default of the unit now; the preview is of the value that applies then, or of null' })
  @NeedsPreview()
  async endLimit(
    @SignedIn() viewer: Viewer,
    @Param() { id: unitId, limitId }: LimitPath,
    @Body() { previewId }: PreviewedDto,
  ): Promise<void> {
    refuseUnlessOfUnit(viewer, unitId);
    const shown = { personId: viewer.personId, previewId: previewId ?? null };
    await endUnitLimit(this.manager, { unitId, limitId, ...shown }, new Date());
  }

  /** Switches a rule for a unit. */
  @Post('units/:id/rule-switches')
  @Roles('team_lead')
  @ApiOperation({ summary: 'Switch a rule on or off for patients of the unit; a red or critical one off waits for a physician' })
  @ApiCreatedResponse({ type: RuleSwitchChangedDto, description: 'it applies' })
  @ApiAcceptedResponse({ type: RuleSwitchChangedDto, description: 'it waits for a physician' })
  @NeedsPreview()
  async switchRule(
    @SignedIn() viewer: Viewer,
    @Param() { id: unitId }: IdPath,
    @Body() { ruleId, validFrom, validTo, previewId, ...wanted }: NewRuleSwitchDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RuleSwitchChangedDto> {
    refuseUnlessOfUnit(viewer, unitId);
    const times = { validFrom: validFrom ?? null, validTo: validTo ?? null };
    const change = { ...wanted, ...times, unitId, rule: ruleOf(this.catalogue, ruleId), previewId: previewId ?? null };
    const changed = await changeRuleSwitch(this.manager, viewer, change, new Date());
    if (changed.proposal !== null) response.status(202);
    return changed;
  }

  /** Proposals. */
  @Get('proposals')
  @ApiOperation({ summary: 'Changes that wait for a second clinician, and what became of others' })
  @ApiOkResponse({ type: [ProposalDto] })
  proposals(@SignedIn() viewer: Viewer, @Query() { patient, state }: ProposalsQuery): Promise<ProposalDto[]> {
    return readProposals(this.manager, viewer, { patientId: patient ?? null, state: state ?? null, limit: 200 });
  }

  /** Approves a proposal. */
  @Post('proposals/:id/approve')
  @HttpCode(200)
  @Roles('physician')
  @ApiOperation({ summary: 'Approve a proposal as the second clinician: the change is made in both names' })
  @NeedsPreview()
  approve(@SignedIn() viewer: Viewer, @Param() { id: proposalId }: IdPath, @Body() { previewId }: PreviewedDto): Promise<ProposalDto> {
    const approving = { proposalId, previewId: previewId ?? null, rules: this.catalogue.entries };
    return approveProposal(this.manager, viewer, approving, new Date());
  }

  /** Declines a proposal. */
  @Post('proposals/:id/decline')
  @HttpCode(200)
  @Roles('physician', 'team_lead')
  @ApiOperation({ summary: 'Decline a proposal with a reason, or take back your own' })
  decline(@SignedIn() viewer: Viewer, @Param() { id: proposalId }: IdPath, @Body() { reason }: DeclineDto): Promise<ProposalDto> {
    return declineProposal(this.manager, viewer, { proposalId, reason }, new Date());
  }
}
