import { parentPort, workerData } from 'node:worker_threads';
import { breachesOfFixedLimits, yesAnswers } from './fixed-limits.js';
import { SimulatedHome } from './home.js';
import { judgeYear, openCatalogue } from './judged.js';
import { drawPerson } from './person.js';
import { scoreOf, type PatientScore } from './score.js';

/** What a thread is asked to simulate: patients of each seed, every `of`-th from `from` on. */
export interface Share {
  readonly seeds: readonly string[];
  readonly patients: number;
  readonly from: number;
  readonly of: number;
}

const catalogue = openCatalogue();

function simulate(seed: string, { patients, from, of }: Share): PatientScore[] {
  const scores: PatientScore[] = [];
  for (let patientId = from; patientId < patients; patientId += of) {
    const home = new SimulatedHome(drawPerson(seed, patientId + 1));
    const fixed = breachesOfFixedLimits(home.sent);
    const answers = yesAnswers(home.sent);
    scores.push(scoreOf(home, judgeYear(catalogue, home), fixed, answers));
  }
  return scores;
}

const share = workerData as Share;
parentPort?.postMessage(share.seeds.map((seed) => simulate(seed, share)));
