import type { Sentence } from '@varde/vitals';
import type { CarePlan, Reference, ReferenceKey } from './care-plan.js';
import { isValid } from './limit-candidate.js';
import type { TaskRole } from './task.js';

const DAY_MS = 86_400_000;

/** What may be recorded under one key. */
export interface ReferenceEntry {
  readonly title: Sentence;
  /** A decision is 1 (yes) or 0 (no). */
  readonly kind: 'number' | 'decision';
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  /** A value besides the range that says there is none, such as 0 for no pacemaker; null when there is no such value. */
  readonly none: number | null;
  /** Who may record it (catalogue `roles`: orders and targets are the physician's). */
  readonly setBy: readonly TaskRole[];
}

const PHYSICIAN: readonly TaskRole[] = ['physician'];
const CLINICIANS: readonly TaskRole[] = ['physician', 'nurse'];

function decision(nb: string, en: string, setBy = PHYSICIAN): ReferenceEntry {
  return { title: { nb, en }, kind: 'decision', unit: '1', min: 0, max: 1, none: null, setBy };
}

function number(nb: string, en: string, range: { unit: string; min: number; max: number; none?: number }): ReferenceEntry {
  const { unit, min, max, none } = range;
  return { title: { nb, en }, kind: 'number', unit, min, max, none: none ?? null, setBy: PHYSICIAN };
}

/**
 * Everything that can be recorded. The ranges of the pressure targets are those of the parameters they stand for in the catalogue
 * (`hf.sbp.low.without_symptoms`, `htn.mean.high.sbp`), so that a target never passes a safety floor; a catalogue that has
 * others does not start (`checkReferenceRanges` of the rules).
 */
export const REFERENCES: Readonly<Record<ReferenceKey, ReferenceEntry>> = {
  'dry-weight': number('tørrvekt', 'dry weight', { unit: 'kg', min: 30, max: 250 }),
  'spo2-target-88-92': decision('mål for oksygenmetning 88-92 %', 'oxygen saturation target 88-92 %'),
  'news2-scale-2': decision('NEWS2 skala 2', 'NEWS2 scale 2'),
  'home-oxygen': decision('oksygen hjemme', 'oxygen at home'),
  'atrial-fibrillation': decision('kjent atrieflimmer', 'known atrial fibrillation'),
  'pacemaker-lower-rate': number('pacemakerens laveste puls (0: ingen pacemaker)', 'lower rate of the pacemaker (0: no pacemaker)', {
    unit: '/min',
    min: 30,
    max: 100,
    none: 0,
  }),
  'lowest-systolic': number('laveste godtatte overtrykk', 'lowest accepted systolic pressure', { unit: 'mm[Hg]', min: 75, max: 90 }),
  'hypoglycaemic-drugs': decision('legemidler som kan gi føling', 'drugs that can cause hypoglycaemia'),
  'frail-pressure-target': number('mål for overtrykk hos skrøpelig eldre', 'systolic target of a frail or very old person', {
    unit: 'mm[Hg]',
    min: 125,
    max: 150,
  }),
  'planned-diuresis': decision('planlagt vanndrivende kur', 'planned diuresis'),
  'self-treatment-plan': decision('egenbehandlingsplan avtalt med fastlegen', 'self-treatment plan agreed with the GP', CLINICIANS),
  'plan-starts-treatment': decision(
    'egenbehandlingsplanen starter behandling på gult trinn (steroider, antibiotika)',
    'the self-treatment plan starts treatment at its yellow step (steroids, antibiotics)',
  ),
  'cuff-fitted': decision('arm og mansjettstørrelse valgt', 'arm and cuff size chosen', CLINICIANS),
  'treatment-limits': decision('behandlingsbegrensninger avklart', 'treatment limits decided'),
  'questionnaire-by-patient': decision(
    'pasienten svarer selv på skjema (nei: en annen)',
    'the patient answers the questionnaire (no: another)',
    CLINICIANS,
  ),
  'usual-function': decision('vanlig funksjon og kognisjon beskrevet', 'usual level of function and cognition described', CLINICIANS),
};

/** A dry weight is to be looked at again when it is this old, unless its physician has set another day (`hf.weight.above_dry`). */
export const DRY_WEIGHT_REVIEW_DAYS = 90;

/** When a reference is to be looked at again; null: never by itself. */
export function reviewDueAt({ key, validFrom, reviewBy }: Pick<Reference, 'key' | 'validFrom' | 'reviewBy'>): Date | null {
  if (reviewBy !== null || key !== 'dry-weight') return reviewBy;
  return new Date(validFrom.getTime() + DRY_WEIGHT_REVIEW_DAYS * DAY_MS);
}

/** Every key, in a steady order. */
export const REFERENCE_KEYS = Object.keys(REFERENCES) as ReferenceKey[];

/** Who is asked to record a reference: a nurse where a nurse may. */
export function roleFor(key: ReferenceKey): TaskRole {
  return REFERENCES[key].setBy.includes('nurse') ? 'nurse' : 'physician';
}

/** The reference that is valid at an instant: the highest version that has begun and not ended; null when there is none. */
export function referenceAt(plan: CarePlan, key: ReferenceKey, at: Date): Reference | null {
  return referenceAtMs(plan, key, at.getTime());
}

/** As `referenceAt`, for who goes through many instants. */
export function referenceAtMs({ references }: Pick<CarePlan, 'references'>, key: ReferenceKey, atMs: number): Reference | null {
  let chosen: Reference | null = null;
  for (const reference of references) {
    if (reference.key !== key || !isValid(reference, atMs)) continue;
    if (chosen === null || reference.version > chosen.version) chosen = reference;
  }
  return chosen;
}

/** A reference somebody wants to record. */
export interface ProposedReference {
  readonly key: ReferenceKey;
  readonly value: number;
  readonly reason: string;
  readonly validFrom: Date;
  readonly validTo: Date | null;
  readonly reviewBy: Date | null;
}

/** What is wrong with a reference, as sentences; empty when nothing is. */
export function faultsOfReference(proposed: ProposedReference): readonly Sentence[] {
  const { kind, min, max, none, unit } = REFERENCES[proposed.key];
  const { value, reason, validFrom, validTo, reviewBy } = proposed;
  const faults: Sentence[] = [];
  const isDecision = kind === 'decision' && value !== 0 && value !== 1;
  if (isDecision) faults.push({ nb: 'En avgjørelse er 1 (ja) eller 0 (nei)', en: 'A decision is 1 (yes) or 0 (no)' });
  else if (!(value >= min && value <= max) && value !== none) {
    faults.push({
      nb: `Verdien må ligge mellom ${min} og ${max} (${unit})`,
      en: `The value must lie between ${min} and ${max} (${unit})`,
    });
  }
  if (reason.trim() === '') faults.push({ nb: 'En referanse må ha en begrunnelse', en: 'A reference needs a reason' });
  if (validTo !== null && validTo <= validFrom) {
    faults.push({ nb: 'Referansen slutter før den begynner', en: 'The reference ends before it begins' });
  }
  if (reviewBy !== null && reviewBy <= validFrom) {
    faults.push({ nb: 'Referansen må vurderes på nytt etter at den begynner', en: 'The reference must be reviewed after it begins' });
  }
  return faults;
}
