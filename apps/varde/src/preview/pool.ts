import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { ChangeNotJudged, type Preview } from '@varde/look';
import type { Catalogue } from '@varde/rules';
import { tryPreview, type PreviewQuestion, type PreviewTried } from './question.js';

/** What a thread is asked. */
export interface PreviewTask {
  readonly id: number;
  readonly question: PreviewQuestion;
}

/** What a thread is begun with. */
export interface PreviewThreadData {
  /** Whether it works out a made-up preview while nobody asks. */
  readonly isWarmedUp: boolean;
}

/** What it answers. */
export interface PreviewTaskDone {
  readonly id: number;
  readonly done: PreviewTried;
}

/** A preview that could not be worked out, whatever the change is. */
export class PreviewFailed extends Error {
  override readonly name = 'PreviewFailed';
}

/** Nobody works previews out any more. */
class PreviewsStopped extends Error {
  override readonly name = 'PreviewsStopped';
  constructor() {
    super('the service is stopping');
  }
}

interface Waiting {
  readonly task: PreviewTask;
  readonly resolve: (preview: Preview) => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  doing: Waiting | null;
  deadline: NodeJS.Timeout | null;
}

// Beside the compiled file; run from source, as tests are, there is none.
const WORKER = join(import.meta.dirname, 'worker.js');
/** More would take the machine from those who are waiting for something else. */
const THREADS_MAX = 2;
/** A preview that takes longer will not end: its thread is given up, for others wait for it. */
const ANSWER_MS_MAX = 60_000;

/**
 * Threads that work out previews beside the event loop. The first one starts with `warmUp`, the others with the questions they are needed for;
 * run from source there are no threads and previews are worked out where they are asked for, one at a turn of the event loop.
 */
export class PreviewPool {
  private readonly threads: Thread[] = [];
  /** Questions of people who wait come before those of cohorts. */
  private readonly urgent: Waiting[] = [];
  private readonly others: Waiting[] = [];
  private lastId = 0;
  /** The last of those that are worked out here. */
  private lastTurn: Promise<unknown> = Promise.resolve();
  private closed = false;

  constructor(
    private readonly catalogue: Catalogue,
    private readonly size = Math.min(THREADS_MAX, availableParallelism()),
  ) {}

  /** Starts a thread, so that the first who asks does not wait for one to begin, nor for its code to be compiled. */
  warmUp(): void {
    if (!this.closed && this.threads.length === 0 && existsSync(WORKER)) this.begin({ isWarmedUp: true })?.worker.unref();
  }

  /** Works a preview out. @throws PreviewFailed; ChangeNotJudged; PreviewsStopped */
  async answer(question: PreviewQuestion, isUrgent: boolean): Promise<Preview> {
    if (this.closed) throw new PreviewsStopped();
    if (!existsSync(WORKER)) return this.answerHere(question);
    return new Promise((resolve, reject) => {
      (isUrgent ? this.urgent : this.others).push({ task: { id: ++this.lastId, question }, resolve, reject });
      this.assign();
    });
  }

  /** Ends the threads; what waits is refused. */
  async close(): Promise<void> {
    this.closed = true;
    for (const { reject } of [...this.urgent.splice(0), ...this.others.splice(0)]) reject(new PreviewsStopped());
    await Promise.all(this.threads.map(({ worker }) => worker.terminate()));
  }

  private answerHere(question: PreviewQuestion): Promise<Preview> {
    const turn = this.lastTurn
      .then(() => new Promise((resolve) => setImmediate(resolve)))
      .then(() => {
        const tried = tryPreview(this.catalogue, question);
        if (tried.preview === null) throw faultOf(tried);
        return tried.preview;
      });
    this.lastTurn = turn.catch(() => undefined);
    return turn;
  }

  private assign(): void {
    while (this.urgent.length + this.others.length > 0) {
      const thread = this.threads.find(({ doing }) => doing === null) ?? this.begin();
      if (thread === null) return;
      const waiting = this.urgent.shift() ?? this.others.shift();
      if (waiting === undefined) return;
      thread.doing = waiting;
      thread.worker.ref();
      thread.deadline = setTimeout(() => void thread.worker.terminate(), ANSWER_MS_MAX);
      thread.worker.postMessage(waiting.task);
    }
  }

  private begin(workerData: PreviewThreadData = { isWarmedUp: false }): Thread | null {
    if (this.threads.length >= this.size) return null;
    const thread: Thread = { worker: new Worker(WORKER, { workerData }), doing: null, deadline: null };
    thread.worker.on('message', (done: PreviewTaskDone) => this.take(thread, done));
    thread.worker.on('error', (error) => this.lose(thread, error));
    thread.worker.on('exit', () => this.lose(thread, new Error('the thread ended')));
    this.threads.push(thread);
    return thread;
  }

  private take(thread: Thread, { done }: PreviewTaskDone): void {
    const waiting = free(thread);
    // An idle thread does not keep the process alive.
    thread.worker.unref();
    if (done.preview === null) waiting?.reject(faultOf(done));
    else waiting?.resolve(done.preview);
    this.assign();
  }

  private lose(thread: Thread, error: Error): void {
    const place = this.threads.indexOf(thread);
    if (place >= 0) this.threads.splice(place, 1);
    free(thread)?.reject(this.closed ? new PreviewsStopped() : new PreviewFailed(error.message));
    if (!this.closed) this.assign();
  }
}

/** Lets go of what a thread was doing. */
function free(thread: Thread): Waiting | null {
  const { doing, deadline } = thread;
  if (deadline !== null) clearTimeout(deadline);
  [thread.doing, thread.deadline] = [null, null];
  return doing;
}

function faultOf({ fault, isOfTheChange }: PreviewTried & { preview: null }): Error {
  return isOfTheChange ? new ChangeNotJudged(fault) : new PreviewFailed(fault);
}
