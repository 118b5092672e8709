import { hourOf, Silence } from './silence.js';
import type { BlindMessage } from './teller.js';
import { sayServiceAnswers, sayServiceSilent } from './words.js';

/** A restart takes its time. */
const PATIENCE = { silentMs: 40_000, sleptMs: 20_000 };

/**
 * Watches a whole service from outside, by whether any of its processes answers: when the only machine is gone nobody inside can tell.
 * Asks no clock but the one it is given, and knows no database.
 */
export class OutsideWatch {
  private readonly silence: Silence;

  /** @param name what the service is called in the messages */
  constructor(
    private readonly name: string,
    begunAt: Date,
  ) {
    this.silence = new Silence(PATIENCE, begunAt);
  }

  /** Takes whether anybody answered just now; answers what people are to be told, if anything. `steadyMs` never goes back. */
  look(hasAnswered: boolean, now: Date, steadyMs: number): BlindMessage | null {
    if (hasAnswered) {
      const since = this.silence.end(now, steadyMs);
      return since && this.message('sees_again', since, now);
    }
    const since = this.silence.look(steadyMs);
    return since !== null && this.silence.takeTelling(steadyMs) ? this.message('blind', since, now) : null;
  }

  /** What people were to be told reached nobody: it is told again soon, if it still is so. */
  giveTellingBack(): void {
    this.silence.giveTellingBack();
  }

  private message(kind: BlindMessage['kind'], since: Date, now: Date): BlindMessage {
    const isBlind = kind === 'blind';
    const blind = [{ part: 'service', subject: this.name, why: 'silent', since, to: isBlind ? null : now, detail: null }];
    return {
      key: isBlind ? `blind-service-${since.getTime()}-${hourOf(since, now)}` : `sees-again-service-${since.getTime()}`,
      kind,
      text: (isBlind ? sayServiceSilent : sayServiceAnswers)(this.name, since, now),
      facts: { blind },
    };
  }
}
