import { parentPort, workerData } from 'node:worker_threads';
import { openCatalogue } from '../catalogue.js';
import type { PreviewTask, PreviewTaskDone, PreviewThreadData } from './pool.js';
import { answerPreview, tryPreview } from './question.js';
import { madeUpQuestion } from './warm-up.js';

/** The rest of the service begins first; nobody has signed in by then. */
const WARM_UP_AFTER_MS = 2_000;
/** After so many the first real preview takes about half as long; more do not make it faster still. */
const WARM_UP_TURNS = 3;

/** A thread that works out previews, one after the other. */
const catalogue = await openCatalogue();
let turnsLeft = (workerData as PreviewThreadData).isWarmedUp ? WARM_UP_TURNS : 0;

parentPort?.on('message', ({ id, question }: PreviewTask) => {
  turnsLeft = 0;
  parentPort?.postMessage({ id, done: tryPreview(catalogue, question) } satisfies PreviewTaskDone);
});
if (turnsLeft > 0) setTimeout(warmUp, WARM_UP_AFTER_MS);

function warmUp(): void {
  if (turnsLeft === 0) return;
  turnsLeft -= 1;
  answerPreview(catalogue, madeUpQuestion(turnsLeft));
  setImmediate(warmUp);
}
