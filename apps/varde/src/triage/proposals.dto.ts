import { ApiProperty } from '@nestjs/swagger';
import { PROPOSAL_STATES, type ProposalKind, type ProposalState } from '@varde/store';
import { IsIn } from 'class-validator';
import { ID_MAX, MayBeLeftOut, Whole, Words } from './fields.js';
import { ShownPreviewDto } from './previews.dto.js';

/** A change that waits for a second clinician, or what became of it. */
export class ProposalDto {
  @ApiProperty()
  id!: number;
  @ApiProperty({ enum: ['personal_limit', 'unit_limit', 'rule_switch'] })
  kind!: ProposalKind;
  @ApiProperty({ type: Number, nullable: true })
  patientId!: number | null;
  @ApiProperty({ type: Number, nullable: true })
  unitId!: number | null;
  @ApiProperty()
  ruleId!: string;
  @ApiProperty({ type: String, nullable: true })
  parameter!: string | null;
  @ApiProperty({ type: Number, nullable: true })
  value!: number | null;
  @ApiProperty({ type: Boolean, nullable: true })
  enabled!: boolean | null;
  @ApiProperty()
  reason!: string;
  @ApiProperty({ type: Date, nullable: true, description: 'null: from its approval' })
  validFrom!: Date | null;
  @ApiProperty({ type: Date, nullable: true })
  validTo!: Date | null;
  @ApiProperty()
  expectedVersion!: number;
  @ApiProperty()
  proposedByPersonId!: number;
  @ApiProperty()
  proposedBy!: string;
  @ApiProperty()
  proposedAt!: Date;
  @ApiProperty()
  expiresAt!: Date;
  @ApiProperty({ enum: PROPOSAL_STATES })
  state!: ProposalState;
  @ApiProperty({ type: Number, nullable: true })
  decidedByPersonId!: number | null;
  @ApiProperty({ type: Date, nullable: true })
  decidedAt!: Date | null;
  @ApiProperty({ type: String, nullable: true })
  declineReason!: string | null;
  @ApiProperty({ type: ShownPreviewDto, nullable: true, description: 'what who proposed it was shown' })
  shown!: ShownPreviewDto | null;
}

/** Which proposals. */
export class ProposalsQuery {
  @Whole(1, ID_MAX, 'only about this patient', { optional: true })
  patient?: number;

  @ApiProperty({ enum: PROPOSAL_STATES, required: false })
  @MayBeLeftOut()
  @IsIn(PROPOSAL_STATES)
  state?: ProposalState;
}

/** Why a proposal is declined. */
export class DeclineDto {
  @Words(1, 1_000, 'why')
  reason!: string;
}
