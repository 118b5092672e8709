import { Fifo } from './fifo.js';

/** The answer to one message: given when the message is kept. */
export interface Answer {
  isKept: boolean;
  send(): void;
}

/**
 * Sends the answers of one client in the order of its messages, whatever order they are kept in: PUBACKs follow the order of the
 * PUBLISHes [MQTT-4.6.0-2]. After a failure nothing more is answered, so no later message can be confirmed past a lost one.
 */
export class AnswersInOrder {
  private readonly waiting = new Fifo<Answer>();
  private hasFailed = false;

  expect(send: () => void): Answer {
    const answer: Answer = { isKept: false, send };
    this.waiting.push(answer);
    return answer;
  }

  keep(answer: Answer): void {
    answer.isKept = true;
    while (!this.hasFailed && this.waiting.peek()?.isKept) this.waiting.shift()?.send();
  }

  fail(): void {
    this.hasFailed = true;
  }
}
