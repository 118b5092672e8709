import { momentWords, type TaskDraft } from '@varde/plans';
import { SEVERITY_WORDS, type Words } from '@varde/rules';
import { problemKey, type GatheredHole, type HoleStep } from './preflight-gather.js';
import type { HoleProblem } from './preflight.js';
import type { LadderStep } from './pathway.js';
import { LEVEL_WORDS, stepName } from './wording.js';

/** Kind of the tasks that preflight raises and settles. */
export const PREFLIGHT_TASK = 'preflight';

/** Stretches that a task names one by one; how many there are besides is said. */
const NAMED_MAX = 5;

const PROBLEM_WORDS: Readonly<Record<HoleProblem, Words>> = {
  nobody_on_duty: { nb: 'ingen på vakt', en: 'nobody on duty' },
  untested_contact: {
    nb: 'bare bakvakt, og ingen kontakt er prøvd i det siste',
    en: 'only somebody on call, and no contact that was tested lately',
  },
  closed_level: { nb: 'stengt, og ingen andre i kjeden er bemannet', en: 'closed, and nobody else of the chain is staffed' },
  empty_unit: { nb: 'enheten har ingen klinikere i Varde', en: 'the unit has no clinicians in Varde' },
  no_unit: { nb: 'pasientens team har ingen enhet på dette nivået', en: "the patient's team has no unit at this level" },
};

/** What is wrong, such as `nobody on duty`. */
export const problemWords = (problem: HoleProblem): Words => PROBLEM_WORDS[problem];

/** The exact hours and steps of one stretch. */
export function stretchWords({ fromAt, toAt, steps }: Pick<GatheredHole, 'fromAt' | 'toAt' | 'steps'>, zone: string): Words {
  const [from, to] = [momentWords(zone, fromAt), momentWords(zone, toAt)];
  const named = steps.map(stepWords);
  return {
    nb: `${from.nb} til ${to.nb} (${named.map(({ nb }) => nb).join('; ')})`,
    en: `${from.en} to ${to.en} (${named.map(({ en }) => en).join('; ')})`,
  };
}

function stepWords({ severity, number, of, name }: HoleStep): Words {
  const [level, step] = [SEVERITY_WORDS[severity], stepName(name, number, of)];
  return { nb: `${level.nb}: ${lower(step.nb)}`, en: `${level.en}: ${lower(step.en)}` };
}

const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

function placeWords(unitName: string | null, careLevel: LadderStep['careLevel']): Words {
  if (unitName !== null) return { nb: unitName, en: unitName };
  if (careLevel === 'responsible') return { nb: 'behandlingsansvarlig', en: 'who holds the responsibility for the treatment' };
  return LEVEL_WORDS[careLevel];
}

/** The task of one team lead about one problem of one unit, with its first stretches. Holes of one `problemKey`, by beginning. */
export function preflightTask(
  holes: readonly [GatheredHole, ...GatheredHole[]],
  { unitName, zone }: { readonly unitName: string | null; readonly zone: string },
): TaskDraft {
  const [first] = holes;
  const place = placeWords(unitName, first.careLevel);
  const problem = problemWords(first.problem);
  const patients = new Set(holes.flatMap(({ patientIds }) => patientIds)).size;
  const named = holes.slice(0, NAMED_MAX).map((hole) => stretchWords(hole, zone));
  const more = holes.length - named.length;
  const reason = {
    nb: `${place.nb}: ${problem.nb} ${named.map(({ nb }) => nb).join(', og ')}${more > 0 ? `, og ${more} ganger til innen 14 dager` : ''}. Gjelder ${patients} ${patients === 1 ? 'pasient' : 'pasienter'}.`,
    en: `${place.en}: ${problem.en} ${named.map(({ en }) => en).join(', and ')}${more > 0 ? `, and ${more} more times within 14 days` : ''}. Concerns ${patients} ${patients === 1 ? 'patient' : 'patients'}.`,
  };
  return { key: problemKey(first), kind: PREFLIGHT_TASK, ruleId: null, forRole: 'team_lead', reason, dueAt: first.fromAt };
}
