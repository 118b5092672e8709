import { readFileSync } from 'node:fs';
import { ALERT_BUDGET, needsReview, REVIEW_AFTER_ALERTS, WORTH } from './hit-rate.js';

test('the budget is the catalogue’s', () => {
  const file = JSON.parse(readFileSync('libs/rules/src/catalogue/rules-catalogue.json', 'utf8')) as {
    alert_budget: { targets: Readonly<Record<string, number>> };
  };
  const { targets } = file.alert_budget;
  expect(targets).toEqual({
    yellow_per_patient_week_median: ALERT_BUDGET.yellowPerPatientWeekMedian,
    yellow_per_patient_week_p95: ALERT_BUDGET.yellowPerPatientWeekP95,
    red_per_patient_week_mean: ALERT_BUDGET.redPerPatientWeekMean,
    share_of_red_with_action: ALERT_BUDGET.shareOfRedWithAction,
  });
});

test.each([
  [29, 0, false],
  [30, 0, true],
  [30, 1, true],
  [30, 2, false],
  [40, 1, true],
  [40, 2, false],
])('a rule with %i judged alerts of which %i were true is to be looked at: %s', (judged, hits, expected) => {
  expect(needsReview({ judged, hits })).toBe(expected);
});

test('what settled by itself or was a technical fault says nothing of a rule', () => {
  expect(WORTH).toMatchObject({ settled: 'apart', technical_fixed: 'apart', false_measurement: 'false', admitted: 'true' });
  expect(REVIEW_AFTER_ALERTS).toBe(30);
});
