import type { Metric } from '@varde/vitals';

/** The rules judged now; the rest of the catalogue is read and checked, and comes in force with the full rule set. */
export const RULES_IN_FORCE: readonly string[] = [
  'copd.spo2.critical',
  'copd.spo2.below_target',
  'copd.spo2.drop',
  'copd.spo2.drop_large',
  'gen.spo2.very_low',
  'gen.spo2.low',
  'gen.spo2.reduced',
  'gen.pulse.very_high',
  'gen.pulse.high',
  'gen.pulse.very_low',
  'gen.sbp.very_low',
  'gen.sbp.low',
  'htn.severe',
  'hf.sbp.low',
  'hf.sbp.high',
  'hf.pulse',
  'gen.temp.high',
  'gen.temp.very_high',
  'gen.temp.very_low',
  'hf.weight.gain_3d',
  'gen.silence.reminder',
  'gen.silence.service',
  'gen.tech.implausible',
  'gen.tech.quality',
  'gen.tech.unit_suspect',
  'gen.tech.other_person',
];

/** A rule rests while the personal baseline is at most this. */
export interface BaselineGate {
  readonly metric: Metric;
  readonly restsAtMost: number;
}

/** Said only in words in the catalogue: `gen.spo2.reduced`, evidence note, "not run when ... the baseline is 93 or lower". */
export const BASELINE_GATES: Readonly<Record<string, BaselineGate>> = {
  'gen.spo2.reduced': { metric: 'spo2', restsAtMost: 93 },
};
