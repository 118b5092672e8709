import { CATALOGUE as catalogue } from '../../../test/clinic.js';
import { judged, type Scenario, type Setting } from '../../../test/both-sides/patient.js';
import type { Finding } from './finding.js';

const fired = (scenario: Scenario, setting: Setting): Finding => {
  const { findings } = judged(catalogue, scenario, setting);
  return findings.find(({ ruleId, result }) => ruleId === setting.ruleId && result === 'fire')!;
};

describe('a limit that must be passed is not one that is enough to reach', () => {
  const rome = fired(
    {
      baseline: { spo2: 96 },
      values: [
        ['dyspnoea-vas', 6],
        ['respiratory-rate', 25],
        ['spo2', 92],
      ],
    },
    { programme: 'copd', ruleId: 'copd.rome.moderate' },
  );

  test('below the baseline', () => {
    expect(rome.reason.nb).toContain('under personlig utgangsverdi 96 % (mer enn 3 prosentpoeng, standardgrense for KOLS)');
    expect(rome.reason.en).toContain('below the personal baseline of 96% (more than 3 percentage points, default limit for COPD)');
  });

  test('is kept as what it is of', () => {
    expect(rome.limits.map(({ parameter, value, unit }) => [parameter, value, unit])).toContainEqual([
      'spo2 - baseline <',
      -3,
      'percentage points',
    ]);
  });

  test('above the baseline', () => {
    const fever = fired({ baseline: { temperature: 36.2 }, values: [['temperature', 37.4]] }, { programme: 'frail', ruleId: 'frail.temp' });
    expect(fever.reason.en).toContain('1.2 °C above the personal baseline of 36.2 °C (more than 1.1 °C,');
    expect(fever.limits.map(({ parameter }) => parameter)).toContain('temperature - baseline >');
  });
});

test('the limit of a baseline is not one of a value', () => {
  const values = [
    ['dyspnoea-vas', 6],
    ['respiratory-rate', 25],
    ['spo2', 91],
  ] as const;
  const rome = fired({ baseline: { spo2: 92 }, values }, { programme: 'copd', ruleId: 'copd.rome.moderate' });
  expect(rome.limits.map(({ parameter, value }) => `${parameter} ${value}`)).toEqual(
    expect.arrayContaining(['baseline of spo2 >= 92', 'spo2 < 92']),
  );
});

test('one day is one', () => {
  const scenario: Scenario = {
    values: [
      ['weight', 80.2, -24],
      ['weight', 82.4],
    ],
    answers: [{ h: 0.1, yes: ['swelling_worse'] }],
  };
  const { reason } = fired(scenario, { programme: 'hf', ruleId: 'hf.weight.gain_1d_symptoms' });
  expect(reason.nb).toContain('mer enn laveste vekt det siste døgnet, 80,2 kg');
  expect(reason.en).toContain('more than the lowest weight of the last day, 80.2 kg');
});
