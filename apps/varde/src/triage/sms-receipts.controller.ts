import { timingSafeEqual } from 'node:crypto';
import { Body, Controller, ForbiddenException, Headers, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiHeader, ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { saveNoticeReceipt, type Database } from '@varde/store';
import type { Config } from '../config.js';
import { CONFIG, DATABASE } from '../provided.js';
import { signature } from '../sending/webhook.js';
import { Open } from './access.js';
import { SmsReceiptDto } from './sms-receipts.dto.js';

/** How far the gateway's clock may be from ours. */
const AGE_MAX_MS = 5 * 60_000;
const SIGNATURE = /^t=([1-9]\d{0,11}),v1=[0-9a-f]{64}$/;

/** What the SMS gateway says became of messages (docs/sms.md). It signs in by no session: every receipt is signed. */
@ApiTags('messages')
@Controller('sms/receipts')
export class SmsReceiptsController {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Keeps one receipt. */
  @Post()
  @Open()
  @HttpCode(204)
  @ApiOperation({ summary: 'A receipt of the SMS gateway: delivered, or failed with a reason' })
  @ApiHeader({ name: 'varde-signature', description: 't=<seconds>,v1=<HMAC-SHA-256 of "<seconds>.<receiptId>.<status>.<reason>">' })
  @ApiNoContentResponse({ description: 'kept; a receipt of a message that is not known is passed over' })
  async keep(@Body() receipt: SmsReceiptDto, @Headers('varde-signature') given = ''): Promise<void> {
    const { sms } = this.config;
    const { receiptId, status, reason = '' } = receipt;
    const now = new Date();
    if (sms === null || !isSigned(given, `${receiptId}.${status}.${reason}`, sms.token, now)) {
      throw new ForbiddenException('the receipt is not signed by the gateway');
    }
    await saveNoticeReceipt(this.database.dataSource.manager, { receiptId, status, reason }, now);
  }
}

function isSigned(given: string, said: string, token: string, now: Date): boolean {
  const [, seconds] = SIGNATURE.exec(given) ?? [];
  if (seconds === undefined) return false;
  const signedAt = new Date(Number(seconds) * 1000);
  if (Math.abs(signedAt.getTime() - now.getTime()) > AGE_MAX_MS) return false;
  return timingSafeEqual(Buffer.from(given), Buffer.from(signature(said, token, signedAt)));
}
