import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { PersonOutcome } from '@varde/alerts';
import { OUTCOMES } from '@varde/store';
import { IsIn } from 'class-validator';
import { BIG_ID_MAX, ID_MAX, Instant, Whole, Words, MayBeLeftOut } from './fields.js';

/** What every act may carry. */
export class ActDto {
  @ApiPropertyOptional({ description: 'version of the episode that was seen; the act is refused when it has changed since' })
  @Whole(1, ID_MAX, 'version of the episode that was seen; the act is refused when it has changed since', { optional: true })
  version?: number;
}

/** Giving it back to the queue, with a word why. */
export class ReleaseDto extends ActDto {
  @Words(0, 4_000, 'why')
  note?: string;
}

/** A note in the history. */
export class NoteDto extends ActDto {
  @Words(1, 4_000, 'what to remember')
  note!: string;
}

/** How it ended. */
export class CloseDto extends ActDto {
  @ApiProperty({ enum: OUTCOMES, enumName: 'Outcome' })
  @IsIn(OUTCOMES)
  outcome!: PersonOutcome;

  @Words(0, 4_000, 'what was done')
  note?: string;
}

/** A rule to keep quiet. */
export class SnoozeDto extends ActDto {
  @Words(1, 100, 'a rule that has signalled in the episode')
  ruleId!: string;

  @Instant('when it may tell again; at most 72 hours ahead, by a physician 30 days')
  until!: Date;

  @Words(1, 1_000, 'why it may be quiet')
  reason!: string;
}

/** A rule that may tell again. */
export class UndoSnoozeDto extends ActDto {
  @Words(1, 100, 'the rule that is kept quiet')
  ruleId!: string;
}

/** Which of a patient's episodes. */
export class EpisodesQuery {
  @ApiPropertyOptional({ enum: ['open', 'closed', 'all'], default: 'all' })
  @MayBeLeftOut()
  @IsIn(['open', 'closed', 'all'])
  state?: 'open' | 'closed' | 'all';

  @Whole(1, BIG_ID_MAX, 'only older ones: the last id of the page before', { optional: true })
  before?: number;

  @Whole(1, 200, 'episodes on a page', { default: 50 })
  limit?: number;
}
