import { hostname } from 'node:os';
import { randomUUID } from 'node:crypto';
import type { Beat, Player, ServicePart } from '@varde/store';
import { answerWithin } from './answer-within.js';

const ANSWER_WITHIN_MS = 3_500;

/** What a part says of its work when it is asked. */
export interface Work {
  /** When it last did its work, or saw that there was none: `performance.now()`. */
  readonly workedAtMs: number;
  /** For how long the oldest of its work has waited; null: none waits. */
  readonly lateForMs: number | null;
  /** See `Beat.lateWhat`. */
  readonly lateWhat?: string | null;
}

type Telling = () => Work | Promise<Work>;

/**
 * The parts this process plays, each with the question how its work goes: a beat that only said that the process lives would say nothing.
 * A room enters its part when it begins to serve.
 */
export class WorkBook {
  /** This process, by a name of its own for each start. */
  readonly player: Player = { process: randomUUID(), host: hostname() };
  private readonly parts = new Map<ServicePart, Telling>();

  /** Enters a part. */
  enter(part: ServicePart, telling: Telling): void {
    this.parts.set(part, telling);
  }

  /** The parts entered. */
  get played(): readonly ServicePart[] {
    return [...this.parts.keys()];
  }

  /** Asks every part. One whose answer fails, or does not come, says nothing, and keeps no other from saying how it is. */
  async ask(): Promise<Beat[]> {
    const asked = [...this.parts].map(async ([part, telling]): Promise<Beat> => {
      const { workedAtMs, lateForMs, lateWhat = null } = await answerWithin(Promise.resolve(telling()), ANSWER_WITHIN_MS);
      return { part, workedAgoMs: Math.max(0, performance.now() - workedAtMs), lateForMs, lateWhat };
    });
    const answers = await Promise.allSettled(asked);
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  }
}

/** Work of a part that has done it just now and has none waiting. */
export function upToDate(): Work {
  return { workedAtMs: performance.now(), lateForMs: null };
}
