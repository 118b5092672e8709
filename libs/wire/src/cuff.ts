import type { Metric } from '@varde/vitals';
import type { Measurement, Value } from './message.js';
import type { Refusal } from './refusal.js';
import { qualityDoubt } from './status-bits.js';

/** What a cuff says of one inflation beside its pressures. */
export interface CuffAct extends Pick<Measurement, 'context' | 'flags' | 'quality'> {
  readonly isStatusKnown: boolean;
}

const STANDING: Readonly<Partial<Record<Metric, Metric>>> = { systolic: 'systolic-standing', diastolic: 'diastolic-standing' };

/** Whether the act was taken standing, by what the sender says of it (`posture` of devices/README 5.2; some call it `position`). */
const isStanding = ({ context }: CuffAct): boolean => context['posture'] === 'standing' || context['position'] === 'standing';

/**
 * What a cuff's act means beside its pressures: those taken standing are metrics of their own, never mixed with sitting ones, and a status
 * with or without the bit for an irregular pulse is a reading (1 or 0) of the same act. Without a status nothing is known of the rhythm.
 */
export function finishCuff(act: CuffAct, values: Value[], refused: Refusal[]): void {
  if (isStanding(act)) {
    for (const [at, value] of values.entries()) values[at] = { ...value, metric: STANDING[value.metric] ?? value.metric };
    for (const [at, each] of refused.entries()) {
      if (each.metric !== null) refused[at] = { ...each, metric: STANDING[each.metric] ?? each.metric };
    }
  }
  const isTold = values.some(({ metric }) => metric === 'irregular-pulse');
  if (!act.isStatusKnown || isTold || values.length === 0) return;
  const value = act.flags.includes('irregular-pulse') ? 1 : 0;
  const doubt = qualityDoubt(act.quality);
  values.push({ metric: 'irregular-pulse', value, unit: '{flag}', deliveredValue: value, deliveredUnit: '{flag}', doubt });
}
