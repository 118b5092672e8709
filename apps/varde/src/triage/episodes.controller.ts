import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  changeEpisode,
  Invalid,
  inTransaction,
  readEpisodeStory,
  saveNoticesRead,
  type Database,
  type PersonAct,
  type Viewer,
} from '@varde/store';
import { DATABASE } from '../provided.js';
import { CLINICAL, Roles, SignedIn } from './access.js';
import { ActDto, CloseDto, NoteDto, ReleaseDto, SnoozeDto, UndoSnoozeDto } from './episodes.dto.js';
import { EpisodePath } from './fields.js';
import { EpisodeDto, EpisodeStoryDto } from './story.dto.js';

/** A snooze that never ends is a limit somebody should have changed; nobody but a physician sets a long one (`roles.dho_nurse`). */
const SNOOZE_HOURS_MAX = { physician: 30 * 24, others: 72 };

/** What happened to a patient's problem, and what a person does about it. */
@ApiTags('episodes')
@Roles(...CLINICAL)
@Controller('episodes/:id')
export class EpisodesController {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** The whole history; what was told to the person's units about it counts as read. */
  @Get()
  @ApiOperation({ summary: 'An episode with its whole history: steps, findings with rule version and limits in force, notices' })
  @ApiOkResponse({ type: EpisodeStoryDto })
  async story(@SignedIn() viewer: Viewer, @Param() { id }: EpisodePath): Promise<EpisodeStoryDto> {
    const { manager } = this.database.dataSource;
    const now = new Date();
    const story = await readEpisodeStory(manager, viewer, id, now);
    await saveNoticesRead(manager, viewer, id, now);
    return story;
  }

  /** A person has it. */
  @Post('acknowledge')
  @HttpCode(200)
  @ApiOperation({ summary: 'Acknowledge: you have it until the shift ends; again by the same person changes nothing' })
  @ApiOkResponse({ type: EpisodeDto })
  acknowledge(@SignedIn() viewer: Viewer, @Param() { id }: EpisodePath, @Body() { version }: ActDto): Promise<EpisodeDto> {
    return this.act(viewer, id, version, { kind: 'acknowledge' });
  }

  /** A person lets go of it. */
  @Post('release')
  @HttpCode(200)
  @ApiOperation({ summary: 'Put it back in the queue; the ladder begins again' })
  @ApiOkResponse({ type: EpisodeDto })
  release(@SignedIn() viewer: Viewer, @Param() { id }: EpisodePath, @Body() { version, note }: ReleaseDto): Promise<EpisodeDto> {
    return this.act(viewer, id, version, { kind: 'release', note: note ?? '' });
  }

  /** A line in the history. */
  @Post('note')
  @HttpCode(200)
  @ApiOperation({ summary: 'Note something in the history' })
  @ApiOkResponse({ type: EpisodeDto })
  note(@SignedIn() viewer: Viewer, @Param() { id }: EpisodePath, @Body() { version, note }: NoteDto): Promise<EpisodeDto> {
    return this.act(viewer, id, version, { kind: 'note', note });
  }

  /** A person has finished. */
  @Post('close')
  @HttpCode(200)
  @ApiOperation({ summary: 'Close with an outcome code; what has been critical is closed when a second person does so too' })
  @ApiOkResponse({ type: EpisodeDto })
  close(@SignedIn() viewer: Viewer, @Param() { id }: EpisodePath, @Body() { version, outcome, note }: CloseDto): Promise<EpisodeDto> {
    return this.act(viewer, id, version, { kind: 'close', outcome, note: note ?? '' });
  }

  /** A rule is kept quiet. */
  @Post('snooze')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Keep one rule quiet for this patient until a time, with a reason; never hides anything worse or new, red or critical',
  })
  @ApiOkResponse({ type: EpisodeDto })
  async snooze(@SignedIn() viewer: Viewer, @Param() { id }: EpisodePath, @Body() body: SnoozeDto): Promise<EpisodeDto> {
    const { version, ruleId, until, reason } = body;
    const aheadMs = until.getTime() - Date.now();
    if (aheadMs <= 0) throw new Invalid(['until must be in the future']);
    const hoursMax = SNOOZE_HOURS_MAX[viewer.roles.includes('physician') ? 'physician' : 'others'];
    if (aheadMs > hoursMax * 3_600_000) throw new Invalid([`until must be at most ${hoursMax} hours ahead: change the limit instead`]);
    return this.act(viewer, id, version, { kind: 'snooze', ruleId, until, note: reason });
  }

  /** A rule may tell again. */
  @Post('undo-snooze')
  @HttpCode(200)
  @ApiOperation({ summary: 'Take back a snooze' })
  @ApiOkResponse({ type: EpisodeDto })
  undoSnooze(@SignedIn() viewer: Viewer, @Param() { id }: EpisodePath, @Body() { version, ruleId }: UndoSnoozeDto): Promise<EpisodeDto> {
    return this.act(viewer, id, version, { kind: 'undo_snooze', ruleId });
  }

  private act(viewer: Viewer, episodeId: number, version: number | undefined, act: PersonAct): Promise<EpisodeDto> {
    const whole = { episodeId, seenVersion: version ?? null, act };
    return inTransaction(this.database.dataSource, (tx) => changeEpisode(tx, viewer, whole, new Date()));
  }
}
