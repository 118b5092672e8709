import { ApiProperty } from '@nestjs/swagger';
import { GOAL_CHARS_MAX, GOAL_OUTCOMES, type Goal, type GoalOutcome } from '@varde/store';
import { IsIn } from 'class-validator';
import { ID_MAX, IdPath, Whole, Words } from './fields.js';

/** Path of one goal. */
export class GoalPath extends IdPath {
  @Whole(1, ID_MAX, 'id of the goal')
  goalId!: number;
}

/** What matters to the patient. */
export class NewGoalDto {
  @Words(1, GOAL_CHARS_MAX, 'in the words of the patient, such as: walk to the shop by myself')
  words!: string;
}

/** What became of a goal. */
export class GoalEndDto {
  @ApiProperty({ enum: GOAL_OUTCOMES, enumName: 'GoalOutcome' })
  @IsIn(GOAL_OUTCOMES)
  outcome!: GoalOutcome;

  @Words(0, GOAL_CHARS_MAX, 'what there is to say of it')
  note?: string;
}

/** What matters to a patient, in their own words. */
export class GoalDto implements Goal {
  @ApiProperty()
  id!: number;
  @ApiProperty()
  words!: string;
  @ApiProperty()
  setByPersonId!: number;
  @ApiProperty()
  setByName!: string;
  @ApiProperty()
  setAt!: Date;
  @ApiProperty({ type: Date, nullable: true, description: 'null while it stands' })
  endedAt!: Date | null;
  @ApiProperty({ type: String, nullable: true })
  endedByName!: string | null;
  @ApiProperty({ enum: GOAL_OUTCOMES, enumName: 'GoalOutcome', nullable: true })
  outcome!: GoalOutcome | null;
  @ApiProperty({ type: String, nullable: true })
  note!: string | null;
}
