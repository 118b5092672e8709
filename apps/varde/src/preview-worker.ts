import { parentPort } from 'node:worker_threads';
import { openCatalogue } from './catalogue.js';
import type { PreviewTask, PreviewTaskDone } from './preview-pool.js';
import { answerPreview } from './preview-question.js';

/** A thread that works out previews, one after the other. */
const catalogue = await openCatalogue();

parentPort?.on('message', ({ id, question }: PreviewTask) => {
  parentPort?.postMessage(answer(id, question));
});

function answer(id: number, question: PreviewTask['question']): PreviewTaskDone {
  try {
    return { id, preview: answerPreview(catalogue, question), fault: null };
  } catch (error) {
    return { id, preview: null, fault: error instanceof Error ? `${error.name}: ${error.message}` : 'unknown' };
  }
}
