import type { Config } from '../config.js';
import { openMailer, type Mailer } from './mail.js';
import { openSmsGateway, type SmsGateway } from './sms.js';

/** The ways out of this process that need a setting; null: none is set. */
export interface Couriers {
  readonly mailer: Mailer | null;
  readonly sms: SmsGateway | null;
}

/** Opens what the settings name. Nothing is connected before something is sent. */
export function openCouriers({ mail, sms }: Pick<Config, 'mail' | 'sms'>): Couriers {
  return { mailer: mail && openMailer(mail), sms: sms && openSmsGateway(sms) };
}
