import { timeOf, type Told } from './words.js';
import type { BlindMessage } from './teller.js';

/** How long a service may answer nobody before people are told: a restart takes its time. */
const SILENT_MS = 40_000;
const AGAIN_MS = 3_600_000;
/** A watcher that has not looked for so long has slept. */
const SLEPT_MS = 20_000;

/**
 * Watches a whole service from outside, by whether any of its processes answers: when the only machine is gone nobody inside can tell.
 * Asks no clock but the one it is given, and knows no database.
 */
export class OutsideWatch {
  private answeredMs: number | null = null;
  private answeredAt: Date;
  private lookedMs: number | null = null;
  private since: Date | null = null;
  private toldMs: number | null = null;

  /** @param name what the service is called in the messages */
  constructor(
    private readonly name: string,
    begunAt: Date,
  ) {
    this.answeredAt = begunAt;
  }

  /** Takes whether anybody answered just now; answers what people are to be told, if anything. `steadyMs` never goes back. */
  look(hasAnswered: boolean, now: Date, steadyMs: number): BlindMessage | null {
    const hasSlept = this.lookedMs !== null && steadyMs - this.lookedMs > SLEPT_MS;
    this.lookedMs = steadyMs;
    if (hasAnswered) return this.answered(now, steadyMs);
    if (hasSlept || this.answeredMs === null) this.answeredMs = steadyMs;
    if (steadyMs - this.answeredMs < SILENT_MS) return null;
    this.since ??= this.answeredAt;
    if (this.toldMs !== null && steadyMs - this.toldMs < AGAIN_MS) return null;
    this.toldMs = steadyMs;
    const at = timeOf(this.since, now);
    return this.message('blind', this.since, null, {
      nb: `Varde ser ikke: ${this.name} svarer ikke siden ${at}. Stol ikke på arbeidslisten før det meldes at Varde ser igjen.`,
      en: `Varde is blind: ${this.name} does not answer since ${at}. Do not rely on the worklist until it is said that Varde sees again.`,
    });
  }

  private answered(now: Date, steadyMs: number): BlindMessage | null {
    const since = this.since;
    this.answeredMs = steadyMs;
    this.answeredAt = now;
    this.since = null;
    this.toldMs = null;
    if (since === null) return null;
    const [from, to] = [timeOf(since, now), timeOf(now, now)];
    return this.message('sees_again', since, now, {
      nb: `${this.name} svarer igjen. Borte fra ${from} til ${to}. Hjemmene beholder det de målte og sender det nå.`,
      en: `${this.name} answers again. Away from ${from} to ${to}. Homes have kept what they measured and send it now.`,
    });
  }

  private message(kind: BlindMessage['kind'], since: Date, to: Date | null, text: Told): BlindMessage {
    const blind = [{ part: 'service', subject: this.name, why: 'silent', since, to, detail: null }];
    return { key: `${kind === 'blind' ? 'blind' : 'sees-again'}-service-${since.getTime()}`, kind, text, facts: { blind } };
  }
}
