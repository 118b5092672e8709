import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { changeEpisode, inTransaction, readHandoverLists, type Database, type PersonAct, type Viewer } from '@varde/store';
import { DATABASE } from '../provided.js';
import { CLINICAL, Roles, SignedIn } from './access.js';
import { ActDto } from './episodes.dto.js';
import { EpisodePath } from './fields.js';
import {
  AdviceAnswerDto,
  AssignDto,
  HandoverListsDto,
  HandoversQuery,
  MoveDto,
  OfferDto,
  AdviceQuestionDto,
  QuestionPath,
  ReasonDto,
} from './handovers.dto.js';
import { EpisodeDto } from './story.dto.js';

const DAY_MS = 86_400_000;

/** Who has a problem: given to a person, offered to another unit, advice asked. A refusal (409, 403) says in `now` how it stands. */
@ApiTags('handovers')
@Roles(...CLINICAL)
@Controller()
export class HandoversController {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** What waits for the person's units, and the fate of what they gave away. */
  @Get('handovers')
  @ApiOperation({ summary: 'What is offered to your units, what waits for their advice, and what became of what they offered' })
  @ApiOkResponse({ type: HandoverListsDto })
  lists(@SignedIn() viewer: Viewer, @Query() { days }: HandoversQuery): Promise<HandoverListsDto> {
    return readHandoverLists(this.database.dataSource.manager, viewer, new Date(Date.now() - (days ?? 14) * DAY_MS));
  }

  /** Gives it to one person. */
  @Post('episodes/:id/assign')
  @HttpCode(200)
  @ApiOperation({ summary: 'Give it to a person of the owner; the ladder goes on until they acknowledge' })
  @ApiOkResponse({ type: EpisodeDto })
  assign(@SignedIn() viewer: Viewer, @Param() { id }: EpisodePath, @Body() { version, personId }: AssignDto): Promise<EpisodeDto> {
    return this.act(viewer, id, version, { kind: 'assign', toPersonId: personId });
  }

  /** Offers it to another unit. */
  @Post('episodes/:id/offer')
  @HttpCode(200)
  @ApiOperation({ summary: 'Offer it to another unit with a reason and a time to answer; you own it until somebody there accepts' })
  @ApiOkResponse({ type: EpisodeDto })
  offer(@SignedIn() viewer: Viewer, @Param() { id }: EpisodePath, @Body() body: OfferDto): Promise<EpisodeDto> {
    const { version, unitId, reason, answerMin = null, informedUnitIds = [] } = body;
    return this.act(viewer, id, version, { kind: 'offer', toUnitId: unitId, reason, answerMin, informedUnitIds });
  }

  /** Takes it over. */
  @Post('episodes/:id/accept')
  @HttpCode(200)
  @ApiOperation({ summary: 'Accept what is offered to your unit: it owns it from now on, and you have acknowledged it' })
  @ApiOkResponse({ type: EpisodeDto })
  accept(@SignedIn() viewer: Viewer, @Param() { id }: EpisodePath, @Body() { version }: ActDto): Promise<EpisodeDto> {
    return this.act(viewer, id, version, { kind: 'accept' });
  }

  /** Does not take it. */
  @Post('episodes/:id/decline')
  @HttpCode(200)
  @ApiOperation({ summary: 'Decline what is offered to your unit, with a reason' })
  @ApiOkResponse({ type: EpisodeDto })
  decline(@SignedIn() viewer: Viewer, @Param() { id }: EpisodePath, @Body() { version, reason }: ReasonDto): Promise<EpisodeDto> {
    return this.act(viewer, id, version, { kind: 'decline', reason });
  }

  /** Takes the offer back. */
  @Post('episodes/:id/recall')
  @HttpCode(200)
  @ApiOperation({ summary: 'Take an offer back before it is answered' })
  @ApiOkResponse({ type: EpisodeDto })
  recall(@SignedIn() viewer: Viewer, @Param() { id }: EpisodePath, @Body() { version, reason }: ReasonDto): Promise<EpisodeDto> {
    return this.act(viewer, id, version, { kind: 'recall', reason });
  }

  /** Moves the owner where no acceptance is needed. */
  @Post('episodes/:id/move')
  @HttpCode(200)
  @ApiOperation({ summary: 'Move it to another unit without an offer: only between organisations on step 5 (in its programme) or 6' })
  @ApiOkResponse({ type: EpisodeDto })
  move(@SignedIn() viewer: Viewer, @Param() { id }: EpisodePath, @Body() { version, unitId, reason }: MoveDto): Promise<EpisodeDto> {
    return this.act(viewer, id, version, { kind: 'move', toUnitId: unitId, reason });
  }

  /** Asks for advice. */
  @Post('episodes/:id/advice')
  @HttpCode(200)
  @ApiOperation({ summary: 'Ask another unit for advice, with a time to answer; you stay the owner (from step 2)' })
  @ApiOkResponse({ type: EpisodeDto })
  ask(@SignedIn() viewer: Viewer, @Param() { id }: EpisodePath, @Body() body: AdviceQuestionDto): Promise<EpisodeDto> {
    const { version, unitId, question, answerMin = null } = body;
    return this.act(viewer, id, version, { kind: 'ask_advice', unitId, question, answerMin });
  }

  /** Gives advice. */
  @Post('episodes/:id/advice/:number/answer')
  @HttpCode(200)
  @ApiOperation({ summary: 'Answer a question that was asked of your unit' })
  @ApiOkResponse({ type: EpisodeDto })
  answer(@SignedIn() viewer: Viewer, @Param() { id, number }: QuestionPath, @Body() body: AdviceAnswerDto): Promise<EpisodeDto> {
    return this.act(viewer, id, body.version, { kind: 'give_advice', number, answer: body.answer });
  }

  private act(viewer: Viewer, episodeId: number, version: number | undefined, act: PersonAct): Promise<EpisodeDto> {
    const whole = { episodeId, seenVersion: version ?? null, act };
    return inTransaction(this.database.dataSource, (tx) => changeEpisode(tx, viewer, whole, new Date()));
  }
}
