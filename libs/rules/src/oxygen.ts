import { referenceAtMs, type CarePlan } from '@varde/plans';
import { ANSWERS_SLOT, valueOf, type Act, type Acts } from './act.js';
import { slotOf } from './measure.js';

/** What says whether somebody breathes oxygen. */
export interface OxygenStatus {
  readonly isOn: boolean;
  /** The act that says so; null when it is the clinician's standing decision (reference `home-oxygen`). */
  readonly act: Act | null;
}

/** The times between which what a patient measured or answered speaks of a reading. */
export interface OxygenSpan {
  readonly atMs: number;
  readonly flowFromMs: number;
  readonly flowToMs: number;
  readonly answerFromMs: number;
  readonly answerToMs: number;
}

const FLOW_SLOT = slotOf('o2-flow');
/** Item code of the question whether the patient is breathing oxygen now. */
const ON_OXYGEN = 'on_oxygen';

/**
 * Whether the patient was on oxygen: a flow measured near the reading, else an answer, else what a clinician has recorded of oxygen at
 * home, else nobody knows (null). Never taken from a diagnosis.
 */
export function oxygenAt({ bySlot }: Acts, plan: CarePlan, span: OxygenSpan): OxygenStatus | null {
  const flow = nearest(bySlot[FLOW_SLOT] ?? [], { atMs: span.atMs, fromMs: span.flowFromMs, toMs: span.flowToMs }, () => true);
  if (flow !== null) return { isOn: valueOf(flow, FLOW_SLOT) > 0, act: flow };
  const answered = nearest(
    bySlot[ANSWERS_SLOT] ?? [],
    { atMs: span.atMs, fromMs: span.answerFromMs, toMs: span.answerToMs },
    ({ answers }) => typeof answers?.[ON_OXYGEN] === 'boolean',
  );
  if (answered !== null) return { isOn: answered.answers?.[ON_OXYGEN] === true, act: answered };
  const reference = referenceAtMs(plan, 'home-oxygen', span.atMs);
  return reference === null ? null : { isOn: reference.value === 1, act: null };
}

/** The newest fitting act up to a time; when there is none, the first one after it. Acts are oldest first. */
function nearest(
  acts: readonly Act[],
  { atMs, fromMs, toMs }: { readonly atMs: number; readonly fromMs: number; readonly toMs: number },
  fits: (act: Act) => boolean,
): Act | null {
  let after: Act | null = null;
  for (let at = acts.length - 1; at >= 0; at--) {
    const act = acts[at];
    if (act === undefined || act.atMs > toMs) continue;
    if (act.atMs < fromMs) break;
    if (!fits(act)) continue;
    if (act.atMs <= atMs) return act;
    after = act;
  }
  return after;
}
