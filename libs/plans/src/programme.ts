import type { CarePlan, Programme } from './care-plan.js';
import { isRunning } from './period.js';

/** The programmes of the catalogue, in its order. */
export const PROGRAMMES: readonly Programme[] = ['copd', 'hf', 'htn', 'dm', 'frail'];

/** A programme with the rules it brings (`programmes[]` of the catalogue). */
export interface ProgrammeRules {
  readonly id: Programme;
  readonly rules: readonly string[];
}

/** A programme as the catalogue has it: with what must be recorded before it starts, word for word. */
export interface ProgrammeEntry extends ProgrammeRules {
  readonly needsBeforeStart: readonly string[];
}

/**
 * Rules that step back for a programme's own (catalogue `conflict_resolution`): COPD sets the low saturation limits ("not run when the
 * COPD programme is active"), heart failure the low systolic ones ("heart failure limits replace the general ones").
 */
const GIVES_WAY: Readonly<Partial<Record<Programme, readonly string[]>>> = {
  copd: ['gen.spo2.very_low', 'gen.spo2.low', 'gen.spo2.reduced'],
  hf: ['gen.sbp.very_low', 'gen.sbp.low'],
};

/** Programmes the patient follows at an instant, in the catalogue's order. */
export function programmesInForce(plan: CarePlan, at: Date): readonly Programme[] {
  const atMs = at.getTime();
  return PROGRAMMES.filter((programme) =>
    plan.enrolments.some((enrolment) => enrolment.programme === programme && isRunning(enrolment, atMs)),
  );
}

/** The rules that run for somebody who follows these programmes: all of them together, less those that give way. */
export function rulesFor(programmes: readonly Programme[], catalogue: readonly ProgrammeRules[]): ReadonlySet<string> {
  const rules = new Set(catalogue.filter(({ id }) => programmes.includes(id)).flatMap(({ rules: own }) => own));
  for (const rule of steppingBack(programmes)) rules.delete(rule);
  return rules;
}

/** Rules that do not run for who follows these programmes, for one of them has its own in their place. */
export function steppingBack(programmes: readonly Programme[]): readonly string[] {
  return programmes.flatMap((programme) => GIVES_WAY[programme] ?? []);
}
