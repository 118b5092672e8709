import { ApiProperty } from '@nestjs/swagger';
import type { NoticeReceipt } from '@varde/store';
import { IsIn } from 'class-validator';
import { Words } from './fields.js';

const STATUSES = ['delivered', 'failed'] as const;

/** What became of one text message. */
export class SmsReceiptDto implements Omit<NoticeReceipt, 'reason'> {
  @Words(1, 128, 'what the gateway answered when it took the message')
  receiptId!: string;

  @ApiProperty({ enum: STATUSES })
  @IsIn(STATUSES)
  status!: (typeof STATUSES)[number];

  @Words(0, 200, 'why it failed')
  reason?: string;
}
