import type { Sentence } from '@varde/vitals';
import type { CarePlan, ReferenceKey } from './care-plan.js';
import { personalLimitAt } from './limit-candidate.js';
import { REFERENCES, referenceAt, roleFor } from './reference.js';
import type { TaskRole } from './task.js';

/** One thing a programme needs to have recorded. */
export interface Need {
  /** Steady name: a reference's key or `rule/parameter`. */
  readonly key: string;
  readonly title: Sentence;
  readonly forRole: TaskRole;
  readonly ruleId: string | null;
  /** Whether it is recorded and valid at a time. */
  readonly isMet: (plan: CarePlan, at: Date) => boolean;
}

function reference(key: ReferenceKey): Need {
  return {
    key,
    title: REFERENCES[key].title,
    forRole: roleFor(key),
    ruleId: null,
    isMet: (plan, at) => referenceAt(plan, key, at) !== null,
  };
}

/** A personal limit, or a reference that stands for it. */
function limit(ruleId: string, parameter: string, title: Sentence, instead?: ReferenceKey): Need {
  const isMet = (plan: CarePlan, at: Date): boolean =>
    personalLimitAt(plan, ruleId, parameter, at) !== null || (instead !== undefined && referenceAt(plan, instead, at) !== null);
  return { key: `${ruleId}/${parameter}`, title, forRole: 'physician', ruleId, isMet };
}

/** Whatever a programme of the catalogue asks for in words (`needs_before_start`), as what can be looked up. */
export const NEEDS: Readonly<Record<string, readonly Need[]>> = {
  'personal lower SpO2 limit': [
    limit('copd.spo2.below_target', 'target_low', { nb: 'personlig nedre grense for oksygenmetning', en: 'personal lower SpO2 limit' }),
  ],
  'oxygen use and target': [reference('home-oxygen'), reference('spo2-target-88-92')],
  'scale 2 decision yes/no with name and date': [reference('news2-scale-2')],
  'self-treatment plan agreed with the GP': [reference('self-treatment-plan')],
  'dry weight with date': [reference('dry-weight')],
  'lowest accepted systolic pressure': [limit('hf.sbp.low', 'without_symptoms', REFERENCES['lowest-systolic'].title, 'lowest-systolic')],
  'atrial fibrillation yes/no': [reference('atrial-fibrillation')],
  'pacemaker lower rate': [reference('pacemaker-lower-rate')],
  target: [limit('htn.mean.high', 'sbp', { nb: 'mål for blodtrykket', en: 'target of the blood pressure' }, 'frail-pressure-target')],
  'arm and cuff size': [reference('cuff-fitted')],
  'known atrial fibrillation': [reference('atrial-fibrillation')],
  'hypoglycaemic drugs yes/no': [reference('hypoglycaemic-drugs')],
  'target range': [
    limit('dm.glucose.level1', 'limit', { nb: 'nedre grense for glukose', en: 'lower limit of glucose' }),
    limit('dm.glucose.high', 'limit', { nb: 'øvre grense for glukose', en: 'upper limit of glucose' }),
  ],
  'treatment-limit decisions': [reference('treatment-limits')],
  'who answers the questionnaire': [reference('questionnaire-by-patient')],
  'usual level of function and cognition': [reference('usual-function')],
};
