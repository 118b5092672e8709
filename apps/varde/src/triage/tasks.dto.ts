import { ApiProperty } from '@nestjs/swagger';
import type { TaskRole } from '@varde/plans';
import type { Words as Sentence } from '@varde/rules';
import { TASK_STATES, type Task, type TaskState } from '@varde/store';
import { IsIn } from 'class-validator';
import { ID_MAX, MayBeLeftOut, Whole, Words } from './fields.js';
import { WordsDto } from './worklist.dto.js';

const TASK_ROLES: readonly TaskRole[] = ['physician', 'nurse', 'team_lead', 'programme_lead'];

/** Which tasks. */
export class TasksQuery {
  @Whole(1, ID_MAX, 'only on the list of this unit', { optional: true })
  unit?: number;

  @Whole(1, ID_MAX, 'only about this patient', { optional: true })
  patient?: number;

  @ApiProperty({ enum: TASK_ROLES, required: false, description: 'only for this role' })
  @MayBeLeftOut()
  @IsIn(TASK_ROLES)
  role?: TaskRole;

  @ApiProperty({ enum: TASK_STATES, required: false, default: 'open' })
  @MayBeLeftOut()
  @IsIn(TASK_STATES)
  state?: TaskState;

  @Whole(1, 500, 'tasks at most', { default: 200 })
  limit?: number;
}

/** How a task is closed. */
export class TaskOutcomeDto {
  @Words(1, 1_000, 'what was done, or why it need not be')
  outcome!: string;
}

/** Work for a person that is no episode. */
export class TaskDto implements Task {
  @ApiProperty()
  id!: number;
  @ApiProperty({ type: Number, nullable: true })
  patientId!: number | null;
  @ApiProperty({ type: String, nullable: true })
  patientName!: string | null;
  @ApiProperty()
  unitId!: number;
  @ApiProperty()
  unit!: string;
  @ApiProperty({ enum: TASK_ROLES })
  forRole!: TaskRole;
  @ApiProperty()
  key!: string;
  @ApiProperty({ example: 'reference-missing' })
  kind!: string;
  @ApiProperty({ type: String, nullable: true })
  ruleId!: string | null;
  @ApiProperty({ type: WordsDto })
  reason!: Sentence;
  @ApiProperty({ type: Date, nullable: true })
  dueAt!: Date | null;
  @ApiProperty()
  raisedAt!: Date;
  @ApiProperty({ enum: TASK_STATES, description: 'settled: what it was about is in order by itself' })
  state!: TaskState;
  @ApiProperty({ type: Date, nullable: true })
  closedAt!: Date | null;
  @ApiProperty({ type: String, nullable: true })
  closedBy!: string | null;
  @ApiProperty({ type: String, nullable: true })
  outcome!: string | null;
}
